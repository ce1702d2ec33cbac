"""`companion conversation`: what was said, listed and taken away as files. Reading only, so the page may be open."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from rich.text import Text

from companion.errors import NotFoundError, StorageError
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.terminal.reply import plain
from companion.terminal.setting import Terminal, terminal_of


def list_(
    context: typer.Context,
    persona: Annotated[str, typer.Option(help="Only those with this persona.")] = "",
    search: Annotated[str, typer.Option(help="Only those in which this was said.")] = "",
) -> None:
    """List the conversations, newest first."""
    terminal = terminal_of(context)
    found = _conversations(terminal).list(persona or None, search)
    if not found:
        terminal.console.print("There are none yet. `python -m companion chat` begins one." if not search else "Nothing was found.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "with", "last said", "title"):
        table.add_column(heading, no_wrap=heading == "id")
    for one in found:
        table.add_row(one.id, one.persona_id, f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}", Text(plain(one.title or one.preview)))
    terminal.console.print(table)


def export(
    context: typer.Context,
    conversation: Annotated[str, typer.Argument(help="Id, as `conversation list` shows it.")],
    format: Annotated[Literal["markdown", "json"], typer.Option(help="markdown to read, json with every branch.")] = "markdown",
    to: Annotated[Path | None, typer.Option(help="File to write; the terminal when left out.")] = None,
) -> None:
    """Write a conversation to a file, or to the terminal."""
    terminal = terminal_of(context)
    store = _conversations(terminal)
    text = (
        store.export_json(conversation)
        if format == "json"
        else store.export_markdown(conversation, _name(terminal, store.get(conversation).persona_id))
    )
    if to is None:
        typer.echo(text, nl=False)
        return
    try:
        to.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{to} cannot be written: {error.strerror}.", hint="Choose another file with --to.") from error
    terminal.errors.print(f"Written to {to}.", markup=False, highlight=False, soft_wrap=True)


def _conversations(terminal: Terminal) -> Conversations:
    return Conversations(open_database(terminal.settings.home))


def _name(terminal: Terminal, persona_id: str) -> str:
    """What the persona is called; her id when her file is gone, because what she said is still there."""
    try:
        return terminal.library().get(persona_id).blueprint.identity.called
    except NotFoundError:
        return persona_id
