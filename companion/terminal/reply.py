"""A reply in the terminal: streamed as it is written, and stopped by Ctrl-C.

What a model writes is text and nothing else: control characters, which a terminal would obey, are left out.
"""

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from companion.events import Event, Queued, Referral, Referred, TextDelta, TurnFailed, TurnFinished
from companion.store.records import Message

if TYPE_CHECKING:
    from companion.worker import Worker

NOTES = {"stopped": "stopped", "interrupted": "interrupted; /continue goes on", "failed": "broken off"}


def show_reply(console: Console, name: str, worker: "Worker", turn_id: str) -> None:
    """Shows one turn to its end. Ctrl-C stops the turn, and what had been written stays."""
    console.print(Text.assemble("\n", (name, "bold"), "  "), end="")
    seen = 0
    while True:
        try:
            for event in worker.follow(turn_id, after=seen):
                seen += 1
                _show(console, event)
            return
        except KeyboardInterrupt:
            worker.stop(turn_id)


def show_message(console: Console, name: str, message: Message) -> None:
    """Shows a message that is already there."""
    if message.referral is not None:
        console.print(_card(message.referral))
        return
    who = "you" if message.role == "user" else name
    console.print(Text.assemble("\n", (who, "bold"), "  ", plain(message.text)), soft_wrap=True)
    if message.status in NOTES:
        console.print(f"({NOTES[message.status]})", style="dim", highlight=False)


def plain(text: str) -> str:
    """A text without the characters a terminal obeys; line breaks and tabs stay."""
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


def _show(console: Console, event: Event) -> None:
    match event:
        case Queued(ahead=ahead) if ahead:
            console.print(f"(waiting for {ahead} other {'reply' if ahead == 1 else 'replies'})", style="dim", highlight=False)
        case TextDelta(text=text):
            console.print(Text(plain(text)), end="", soft_wrap=True)
        case Referred(referral=referral):
            console.print()
            console.print(_card(referral))
        case TurnFinished(reason=reason, trace=trace):
            first = "" if trace.first_token_ms is None else f"first word {trace.first_token_ms / 1000:.2f} s"
            ended = {"stopped": "stopped", "length": "at its longest; /continue goes on"}.get(reason, "")
            console.print()
            if first or ended:
                console.print(", ".join(part for part in (first, ended) if part), style="dim", highlight=False)
        case TurnFailed(message=message, hint=hint):
            console.print()
            console.print(f"{message} {hint}", style="yellow", markup=False, highlight=False)


def _card(referral: Referral) -> Panel:
    """The card of help lines, out of character."""
    rows = [Text(referral.body), Text()]
    for line in referral.lines:
        rows.append(Text.assemble((line.name, "bold"), f"  {line.contact}", f"  {line.hours}" if line.hours else ""))
    rows += [Text(), Text(f"Numbers as of {referral.as_of}.", style="dim")]
    return Panel(Group(*rows), title=referral.title, title_align="left", border_style="white", padding=(1, 2))
