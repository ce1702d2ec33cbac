"""`companion card`: what is in a character card, where it departs from its specification, taking it in, and giving a persona out.

Looking only reads files, so it works while the page is open; taking in holds the home folder. Texts of a card are
shown without the characters that a terminal obeys.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from companion.errors import CardError, CompanionError, InputError
from companion.persona.atomic import write_atomically
from companion.persona.cards.books import RawBook, books_of
from companion.persona.cards.card import FIELDS, Card, card_of
from companion.persona.cards.checks import Departure, check, check_lorebook
from companion.persona.cards.container import Container, read_container
from companion.persona.cards.document import Document, Json, same
from companion.persona.cards.export import Exported, exported, format_of
from companion.persona.cards.limits import MOST_BYTES
from companion.persona.cards.writing import Spec
from companion.persona.library import Persona
from companion.store.lock import HomeLock
from companion.terminal.reply import plain
from companion.terminal.setting import Terminal, terminal_of

EXIT_DEPARTS = 1
PORTRAIT_PX = 768
EXIT_UNREADABLE = 2
KINDS = {"png": "PNG", "json": "JSON", "charx": "CHARX", "image": "image with a zip behind it"}
_KEYS = ("keys", "key", "secondary_keys", "keysecondary")
Files = Annotated[list[Path], typer.Argument(help="Cards or lorebooks: PNG, JSON, CHARX, or images with a zip behind them.")]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON a file, for programs.")]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that was asked for: what is in it, or why it cannot be read. A lorebook on its own has no card."""

    file: Path
    container: Container | None = None
    card: Card | None = None
    error: CardError | None = None

    @property
    def departures(self) -> tuple[Departure, ...]:
        """Where it is not as its specification says."""
        if self.container is None:
            return ()
        return check(self.container, self.card) if self.card else check_lorebook(self.container)

    @property
    def books(self) -> tuple[RawBook, ...]:
        """Its lorebooks."""
        return books_of(self.container.document.value) if self.container else ()


def inspect(context: typer.Context, files: Files, as_json: AsJson = False) -> None:
    """Show all that is in cards: where it stands, every field, the lorebook, the files that come along."""
    terminal = terminal_of(context)
    opened = [_open(file) for file in files]
    for one in opened:
        if as_json:
            typer.echo(json.dumps(_as_data(one)))  # ASCII: half a character in a card must not stop the output
        elif one.container is None:
            _say_unreadable(terminal, one)
        else:
            _show(terminal.console, one, one.container)
    _leave(opened)


def validate(context: typer.Context, files: Files, as_json: AsJson = False) -> None:
    """Say where cards are not as their specification says. Leaves with 0 if they are, with 1 if not, with 2 if one cannot be read."""
    terminal = terminal_of(context)
    opened = [_open(file) for file in files]
    for one in opened:
        if as_json:
            told = [{"field": departure.field, "text": departure.text} for departure in one.departures]
            typer.echo(json.dumps({"file": str(one.file), "error": one.error and str(one.error), "departures": told}))
        elif one.container is None:
            _say_unreadable(terminal, one)
        else:
            found = one.departures
            say(terminal.console, f"{one.file.name}: {_version(one)}, {f'{len(found)} departures' if found else 'as it should be'}")
            for departure in found:
                say(terminal.console, f"  {departure}")
    _leave(opened)
    if any(one.departures for one in opened):
        raise typer.Exit(EXIT_DEPARTS)


def import_(context: typer.Context, files: Files) -> None:
    """Take cards in as personas of yours; one line of JSON a file. Leaves with 2 if one cannot be taken; the others are."""
    terminal = terminal_of(context)
    failed = False
    with HomeLock(terminal.settings.home):
        library = terminal.library()
        for file in files:
            told: dict[str, object] = {"file": str(file)}
            try:
                persona, warnings = library.import_file(file.name, _bytes(file))
                told |= {"persona": persona.id, "warnings": warnings}
            except CompanionError as error:
                failed = True
                told |= {"error": error.message, "hint": error.hint}
            typer.echo(json.dumps(told))
    if failed:
        raise typer.Exit(EXIT_UNREADABLE)


def export(
    context: typer.Context,
    persona: Annotated[str, typer.Argument(help="A persona's id, as `companion persona list` shows it.")],
    outputs: Annotated[
        list[Path],
        typer.Option("--output", "-o", help="A file to write: .png, .json, .charx, or .companion for all of hers. May be repeated."),
    ],
    spec: Annotated[Spec | None, typer.Option(help="Without it a card keeps its own, and a new one is V3.")] = None,
    picture: Annotated[Path | None, typer.Option(help="A PNG for a card that brings none along; without it her portrait.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Write a persona as a card for other programs; one line of JSON a file. Without changes since she came in, she leaves as she came.

    What a format cannot hold is said before anything is written, and if one of the files cannot be, none is.
    """
    terminal = terminal_of(context)
    library = terminal.library()
    one, card = library.get(persona), library.card(persona)
    now = datetime.now(UTC)
    done: list[tuple[Path, Exported]] = []
    for output in outputs:
        to = format_of(output.suffix, card)
        if output.exists() and not force:
            raise InputError(f"{output} is there already.", hint="Choose another name, or add --force to write over it.")
        if output.is_dir() or not output.parent.is_dir():
            raise InputError(f"{output} cannot be written: {output.parent} is no folder, or it is one itself.", hint="Choose another name.")
        drawn = _bytes(picture) if picture else None if to in ("json", "image") else _portrait(one)
        done.append((output, exported(one.blueprint, card, to, spec=spec, picture=drawn, now=now)))
    for output, file in done:
        for warning in file.warnings:
            say(terminal.errors, f"{output.name}: {warning}")
    for output, file in done:
        write_atomically(output, file.data)
        typer.echo(json.dumps({"persona": one.id, "file": str(output), "warnings": file.warnings}))


def _portrait(persona: Persona) -> bytes:
    from companion.show.portrait import Portraits

    with TemporaryDirectory() as folder:  # the page may hold the home, and its pictures
        portraits = Portraits(Path(folder))
        return portraits.path(persona.id, persona.blueprint.appearance, size_px=PORTRAIT_PX, shape="square").read_bytes()


def say(console: Console, text: str, style: str = "") -> None:
    """A line of a card, whatever signs it holds."""
    console.print(plain(text), style=style, markup=False, highlight=False, soft_wrap=True)


def _open(file: Path) -> Opened:
    try:
        container = read_container(_bytes(file))
        return Opened(file, container, None if container.is_lorebook else card_of(container))
    except CardError as error:
        return Opened(file, error=error)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CardError(f"It has more than {MOST_BYTES // 1024 // 1024} MB.", hint="Make its pictures and sounds smaller.")
        return file.read_bytes()
    except OSError as error:
        raise CardError(f"It cannot be read: {error.strerror}.", hint="Choose another file.") from error


def _leave(opened: Sequence[Opened]) -> None:
    if any(one.error for one in opened):
        raise typer.Exit(EXIT_UNREADABLE)


def _say_unreadable(terminal: Terminal, one: Opened) -> None:
    assert one.error
    say(terminal.errors, f"{one.file}: {one.error.message}", style="red")
    say(terminal.errors, one.error.hint)


def _version(one: Opened) -> str:
    if one.card is None:
        return "a lorebook"
    version = f" ({one.card.spec} {one.card.spec_version})" if one.card.spec else ""
    return f"a {one.card.version.upper()} card{version}"


def _show(console: Console, one: Opened, container: Container) -> None:
    kind = "APNG" if container.png and container.png.animated else KINDS[container.kind]
    say(console, f"{one.file.name}: {_version(one)}, {kind}, {len(container.raw):,} bytes", style="bold")
    console.print(_parts(container))
    if one.card:
        for name, value in _fields(one.card):
            _show_field(console, name, value)
        for other in container.documents[1:]:
            _show_other(console, container.document, other)
    for book in one.books:
        _show_book(console, book)
    for departure in one.departures:
        say(console, f"! {departure}", style="yellow")
    console.print()


def _parts(container: Container) -> Table:
    """The chunks of a PNG or the members of a zip, with their bytes and what card is in them."""
    table = Table(box=None, show_header=False, pad_edge=False)
    places = {document.place: document for document in container.documents}
    for (kind, keyword), group in groupby(container.png.chunks if container.png else (), lambda chunk: (chunk.kind, chunk.keyword)):
        sizes = [len(chunk.data) for chunk in group]
        times = f" × {len(sizes):,}" if len(sizes) > 1 else ""
        table.add_row(f"{kind.decode()}{times}", Text(plain(keyword)), f"{sum(sizes):,}", _what(places.get(keyword.lower())))
    if container.archive:
        for name, size in container.archive.sizes.items():
            table.add_row("zip", Text(plain(name)), f"{size:,}", _what(places.get(name)))
    return table


def _what(document: Document | None) -> str:
    if document is None:
        return ""
    card = Card(document)
    return f"{card.version.upper()} card, {len(card.data)} fields, {len(document.text):,} characters"


def _fields(card: Card) -> Iterator[tuple[str, Json]]:
    """Every field but the lorebook, which is shown as a table: those of the specifications first, then what else there is."""
    known = [field for field in FIELDS if field in card.data or field in card.document.members]
    for field in known:
        if field != "character_book" or not isinstance(card.raw(field), dict):
            yield field, card.raw(field)
    for name, value in card.data.items():
        if name not in FIELDS and card.version != "v1":
            yield f"data.{name}", value
    for name, value in card.document.members.items():
        if name not in ("data", "spec", "spec_version", *FIELDS) or (name == "data" and card.version == "v1"):
            yield name, value
        elif card.version != "v1" and name in FIELDS and name in card.data and not same(value, card.data[name]):
            yield f"{name} at the top", value


def _show_field(console: Console, name: str, value: Json) -> None:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        shown = "\n".join(f"{number}. {item}" for number, item in enumerate(value, start=1))
    else:
        shown = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    console.print(Text.assemble((plain(name), "bold"), "\n" if "\n" in shown else "  ", plain(shown)), soft_wrap=True)


def _show_other(console: Console, first: Document, other: Document) -> None:
    """What an older copy of the card says otherwise."""
    card, mine = Card(other), dict(_fields(Card(first)))
    differing = [(name, value) for name, value in _fields(card) if name not in mine or not same(value, mine[name])]
    say(console, f"{other.place}: {_what(other)}; {'in it is different:' if differing else 'its fields say the same'}", style="bold")
    for name, value in differing:
        _show_field(console, f"{other.place} {name}", value)


def _show_book(console: Console, book: RawBook) -> None:
    place = ".".join(map(str, book.path))
    count = "1 entry" if len(book.entries) == 1 else f"{len(book.entries)} entries"
    say(console, f"lorebook{f' in {place}' if place else ''}: {count} ({book.form})", style="bold")
    for name, value in book.value.items():
        if name != "entries":
            _show_field(console, f"  {name}", value)
    for key, entry in book.entries:
        console.print(Text.assemble((f"  {key}", "bold"), "  ", plain(_keys(entry))), soft_wrap=True)
        rest = {name: value for name, value in entry.items() if name not in (*_KEYS, "content")}
        say(console, f"     {json.dumps(rest, ensure_ascii=False)}", style="dim")
        say(console, str(entry.get("content") or ""))


def _keys(entry: dict[str, Json]) -> str:
    found = [entry.get(name) for name in _KEYS]
    return " + ".join(", ".join(map(str, one)) for one in found if isinstance(one, list) and one)


def _as_data(one: Opened) -> dict[str, Any]:
    """What `inspect` shows, whole."""
    if one.container is None:
        return {"file": str(one.file), "error": str(one.error)}
    chunks = one.container.png.chunks if one.container.png else ()
    return {
        "file": str(one.file),
        "kind": one.container.kind,
        "version": one.card.version if one.card else "lorebook",
        "bytes": len(one.container.raw),
        "chunks": [{"type": chunk.kind.decode(), "keyword": chunk.keyword, "bytes": len(chunk.data)} for chunk in chunks],
        "files": dict(one.container.files),
        "documents": [{"place": document.place, "value": document.value} for document in one.container.documents],
        "lorebooks": [{"path": list(book.path), "form": book.form, "entries": len(book.entries)} for book in one.books],
        "departures": [{"field": departure.field, "text": departure.text} for departure in one.departures],
    }
