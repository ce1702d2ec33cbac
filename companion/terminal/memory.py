"""`companion memory`: what she knows, looked at, searched, taken away as a file and brought back. Forgetting is `forget.py`.

Looking, exporting and counting only read, so the page may be open. What changes memory or asks the index of meanings needs the
home folder for itself, and says so when the page has it.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from companion.bringing import MOST_BYTES, too_large
from companion.errors import InputError, NotFoundError, StorageError
from companion.remember.marks import Marks
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Imported, Memories, Memory
from companion.store.memory_records import MemoryKind, MemoryState
from companion.terminal.reply import plain
from companion.terminal.setting import Terminal, terminal_of

if TYPE_CHECKING:
    from companion.compose import Companion
    from companion.remember.protocol import Recollection

EXIT_MISSING = 1
SHOWN_CHARS = 8  # of an id; the first few name it
SHOWN_PROBLEMS = 20
ALL = 1_000_000
FACTORS = ("meaning", "words", "context", "time")
Whose = Annotated[str, typer.Option(help="Id of the persona; left out, the one talked to last.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Since = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Said on this day or later.")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Said on this day or earlier.")]


def search(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help="What you would say.")],
    persona: Whose = "",
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many at most.")] = 8,
    as_json: AsJson = False,
) -> None:
    """Show what she would recall if you said something, and why: by meaning and by words."""
    from companion.remember.protocol import Query

    terminal = terminal_of(context)
    with terminal.companion(warm=False) as companion:
        persona_id = whose(terminal, companion.memories, companion.conversations, persona)
        name = called(terminal, persona_id)
        catch_up(terminal, companion, "Indexing")
        found = companion.remembers.recall(Query(persona_id, words, companion.clock(), names=("", name), most=limit))
    if as_json:
        typer.echo(as_text([asdict(one) for one in found]))
    elif not found:
        terminal.console.print("Nothing comes to her mind.")
    else:
        terminal.console.print(_recollections(found, name))


def list_(
    context: typer.Context,
    persona: Whose = "",
    kind: Annotated[MemoryKind | None, typer.Option(help="Only of this kind.")] = None,
    about: Annotated[str, typer.Option(help="Only about this person or thing.")] = "",
    state: Annotated[MemoryState, typer.Option(help="What she knows is standing; or only a part of it, or the rest.")] = "standing",
    conversation: Annotated[str, typer.Option(help="Only what was learnt in the conversation with this id.")] = "",
    since: Since = None,
    until: Until = None,
    pinned: Annotated[bool, typer.Option("--pinned", help="Only what is pinned.")] = False,
    words: Annotated[str, typer.Option(help="Only what holds all these words.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what she knows, what was said last first."""
    terminal = terminal_of(context)
    with reading_home(terminal) as engine:
        memories = Memories(engine)
        persona_id = whose(terminal, memories, Conversations(engine), persona)
        found = memories.list(
            persona_id,
            kinds=(kind,) if kind else (),
            subject=about,
            state=state,
            conversation_id=conversation,
            since=beginning(since),
            until=beginning(until, days=1),
            pinned=True if pinned else None,
            words=words,
            limit=limit + 1,
        )
    if as_json:
        typer.echo(as_text([asdict(one) for one in found[:limit]]))
    elif not found:
        terminal.console.print("There is nothing of that kind.")
    else:
        terminal.console.print(table_of(found[:limit]))
        if len(found) > limit:
            terminal.console.print(f"\nThere are more; --limit shows more than {limit}.", style="dim", highlight=False)


def export(
    context: typer.Context,
    persona: Whose = "",
    to: Annotated[Path | None, typer.Option(help="File to write; the terminal when left out.")] = None,
) -> None:
    """Write all memories as JSON Lines, to a file or to the terminal. `memory import` takes them in again."""
    terminal = terminal_of(context)
    with reading_home(terminal) as engine:
        memories = Memories(engine)
        lines = list(memories.export(whose(terminal, memories, Conversations(engine), persona)))
    if to is None:
        typer.echo("".join(lines), nl=False)
        return
    try:
        with to.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(lines)
    except OSError as error:
        raise StorageError(f"{to} cannot be written: {error.strerror}.", hint="Choose another file with --to.") from error
    say(terminal.errors, f"{len(lines):,} memories are written to {to}.")


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Exported memories, a SillyTavern chat (JSONL), or a transcript like `Me: hello`.")],
    persona: Whose = "",
    as_json: AsJson = False,
) -> None:
    """Bring memories or history in. A line that cannot be read is named, and the rest is taken; then it leaves with 1."""
    terminal = terminal_of(context)
    content = _content(file)
    with terminal.companion(warm=False) as companion:
        persona_id = whose(terminal, companion.memories, companion.conversations, persona)
        done = companion.bring_in(persona_id, file.name, content)
        if as_json:
            problems = [{"line": number, "problem": problem} for number, problem in done.problems]
            typer.echo(as_text({"added": done.added, "skipped": done.skipped, "problems": problems, "unnamed": done.unnamed}))
        else:
            _tell(terminal, done)
        catch_up(terminal, companion, "She reads it")
    if done.problems:
        raise typer.Exit(EXIT_MISSING)


def reindex(context: typer.Context) -> None:
    """Make the index of meanings anew, of everyone. Nothing is lost: it holds nothing that is not in the database."""
    terminal = terminal_of(context)
    with terminal.companion(warm=False) as companion:
        companion.background.reindex()
        if catch_up(terminal, companion, "Indexing"):
            terminal.console.print("The index is made anew.")


def stats(context: typer.Context, persona: Whose = "", as_json: AsJson = False) -> None:
    """Count what she knows, what it takes on the disk, and how far the index is."""
    terminal = terminal_of(context)
    home = terminal.settings.home
    with reading_home(terminal) as engine:
        memories = Memories(engine)
        persona_id = whose(terminal, memories, Conversations(engine), persona)
        marks = Marks(engine)
        told = {
            "persona": persona_id,
            "memories": memories.count(persona_id),
            "can_be_taken_back": len(memories.pending(persona_id)),
            "bytes_of_words": memories.size(persona_id),
            "bytes_of_database": sum(path.stat().st_size for path in home.glob("companion.sqlite3*")),
            "bytes_of_index": sum(path.stat().st_size for path in (home / "vectors").rglob("*") if path.is_file()),
            "indexed": marks.counts().get(persona_id, 0),
            "waiting_for_the_index": marks.waiting(),
        }
    if as_json:
        typer.echo(as_text(told))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in told.items():
        parts = value.items() if isinstance(value, dict) else ((name, value),)
        for part, number in parts:
            table.add_row(str(part).replace("_", " "), f"{number:,}" if isinstance(number, int) else str(number))
    terminal.console.print(table)


@contextmanager
def reading_home(terminal: Terminal) -> Iterator[Engine]:
    """The database, read only by custom: nothing here writes, so the page may be open."""
    engine = open_database(terminal.settings.home)
    try:
        yield engine
    finally:
        engine.dispose()


def whose(terminal: Terminal, memories: Memories, conversations: Conversations, persona: str) -> str:
    """Whose memories are meant: those of the persona named, else of the one talked to last, else of the setting's.

    Raises:
        NotFoundError: she is not there, and nothing of her is kept.
    """
    if persona:
        if not memories.size(persona):  # words of a persona whose file is gone are still there
            terminal.library().get(persona)
        return persona
    talks = conversations.list()
    return talks[0].persona_id if talks else terminal.settings.persona


def called(terminal: Terminal, persona_id: str) -> str:
    """What the persona is called; her id when her file is gone."""
    try:
        return terminal.library().get(persona_id).blueprint.identity.called
    except NotFoundError:
        return persona_id


def catch_up(terminal: Terminal, companion: "Companion", what: str) -> bool:
    """Waits for learning and indexing and shows how far they are; Ctrl-C leaves the rest for later.

    Returns:
        Whether all is done.

    Raises:
        ModelError: the embedder cannot be loaded.
        StorageError: the index cannot be written.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=terminal.errors, transient=True) as progress:
            task = progress.add_task(what, total=None)
            companion.background.catch_up(lambda done, total: progress.update(task, completed=done, total=total))
    except KeyboardInterrupt:
        terminal.errors.print("Stopped. The rest is done whenever Companion is open.")
        return False
    return True


def beginning(day: datetime | None, *, days: int = 0) -> datetime | None:
    """When a day begins on this machine's clock, or one some days later."""
    return None if day is None else (day + timedelta(days=days)).astimezone()


def table_of(found: Sequence[Memory]) -> Table:
    """Memories, one a row."""
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "kind", "said", "", "what"):
        table.add_column(heading, no_wrap=heading != "what")
    for one in found:
        said = f"{one.said_at.astimezone():%Y-%m-%d}"
        table.add_row(one.id[:SHOWN_CHARS], one.kind, said, _standing(one), Text(plain(one.text)))
    return table


def as_text(value: object) -> str:
    """JSON, with times as they are written in an export."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=datetime.isoformat)


def say(console: Console, text: str, style: str = "") -> None:
    """A line as it is, whatever signs it holds."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def _standing(one: Memory) -> str:
    marks: tuple[tuple[Callable[[Memory], bool], str], ...] = (
        (lambda memory: memory.forgotten_at is not None, "forgotten"),
        (lambda memory: not memory.stands, "taken back"),
        (lambda memory: memory.hidden, "hidden"),
        (lambda memory: not memory.in_force, "no longer"),
        (lambda memory: memory.pinned, "pinned"),
    )
    return next((word for holds, word in marks if holds(one)), "")


def _recollections(found: "Sequence[Recollection]", name: str) -> Table:
    """What is recalled, with the shares of meaning, words, context and time in its score."""
    table = Table(box=None, pad_edge=False)
    for heading in ("who", "said", *FACTORS, "what"):
        table.add_column(heading, no_wrap=heading != "what", justify="right" if heading in FACTORS else "left")
    for one in found:
        who = {"user": "you", "persona": name}.get(one.speaker, one.kind)
        shares = (f"{getattr(one.factors, factor):.0%}" for factor in FACTORS)
        text = Text(plain(one.text), style="" if one.in_force else "strike")
        table.add_row(Text(who), f"{one.at.astimezone():%Y-%m-%d}", *shares, text)
    return table


def _content(file: Path) -> bytes:
    try:
        if (size := file.stat().st_size) > MOST_BYTES:
            raise too_large(size)
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", hint="Choose another file.") from error


def _tell(terminal: Terminal, done: Imported) -> None:
    skipped = f" {done.skipped:,} were there already." if done.skipped else ""
    say(terminal.console, f"{done.added:,} {'line' if done.added == 1 else 'lines'} taken in.{skipped}")
    for number, problem in done.problems[:SHOWN_PROBLEMS]:
        say(terminal.errors, f"line {number:,}: {problem}", style="yellow")
    if (more := len(done.problems) - SHOWN_PROBLEMS + done.unnamed) > 0:
        say(terminal.errors, f"… and {more:,} more lines could not be read.", style="yellow")
