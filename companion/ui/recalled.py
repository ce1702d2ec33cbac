"""What came back to her for a reply, as chips under it. A reply keeps ids and reasons only; the words are looked up when it is drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from companion.compose import Companion
from companion.errors import NotFoundError
from companion.store.records import Message, shorten
from companion.ui.memory_words import FACTORS
from companion.ui.prose import attribute, escape

MOST_SHOWN = 3
CHIP_CHARS = 44


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing recalled that is still there.

    Attributes:
        act: what a press does: shows the "memory", or goes to its "source" in the chat.
        why: its factors in words.
    """

    id: str
    act: str
    text: str
    why: str


def reminders(companion: Companion, messages: Iterable[Message]) -> dict[str, tuple[Reminder, ...]]:
    """What was recalled for each of some messages, by their ids; what no longer exists is left out."""
    told = {message.id: message.recalled for message in messages if message.recalled}
    learnt = [one.id for recalled in told.values() for one in recalled if one.kind != "turn"]
    known = {memory.id: memory.text for memory in companion.memories.of(learnt) if memory.stands} if learnt else {}
    said = {one.id for recalled in told.values() for one in recalled if one.kind == "turn"}
    words = {each: text for each in said if (text := _said(companion, each))}
    return {
        message_id: tuple(
            Reminder(one.id, "memory" if one.id in known else "source", known.get(one.id) or f"“{words[one.id]}”", reasons(one.factors))
            for one in recalled
            if one.id in known or one.id in words
        )
        for message_id, recalled in told.items()
    }


def reasons(factors: Mapping[str, float]) -> str:
    """ "meaning 44 %, words 31 %"; empty where there are none."""
    return ", ".join(f"{name} {100 * factors[name]:.0f} %" for name in FACTORS if factors.get(name, 0.0) >= 0.005)


def chips(reminders: tuple[Reminder, ...]) -> str:
    """The quiet line under a reply: three at most, the others behind a number."""
    if not reminders:
        return ""
    first, rest = reminders[:MOST_SHOWN], reminders[MOST_SHOWN:]
    more = ""
    if rest:
        words = f'<summary aria-label="{len(rest)} more">+{len(rest)}</summary>'
        more = f'<details class="recalled-rest">{words}<span>{_buttons(rest)}</span></details>'
    head = '<span class="recalled-head">recalled</span>'
    return f'<div class="recalled" role="group" aria-label="Recalled for this reply">{head}{_buttons(first)}{more}</div>'


def _buttons(reminders: tuple[Reminder, ...]) -> str:
    return "".join(
        f'<button type="button" data-act="{one.act}" data-id="{attribute(one.id)}" title="{attribute(one.why)}">'
        f"{escape(shorten(one.text, CHIP_CHARS))}</button>"
        for one in reminders
    )


def _said(companion: Companion, message_id: str) -> str:
    try:
        return companion.conversations.message(message_id).text
    except NotFoundError:
        return ""
