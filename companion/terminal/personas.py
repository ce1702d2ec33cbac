"""`companion persona`: who there is, whether a file is sound, and a copy of one's own to write in.

These need no model and no database, so they work while the page is open.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from companion.feel.topics import Topics
from companion.persona.editing import schema_text
from companion.persona.files import read_blueprint
from companion.persona.rule_checks import conflicts
from companion.terminal.setting import terminal_of


def list_(context: typer.Context) -> None:
    """List everyone, and files that cannot be read."""
    terminal = terminal_of(context)
    library = terminal.library()
    table = Table("id", "name", "tagline", "", box=None, pad_edge=False)
    for persona in library.list():
        identity = persona.blueprint.identity
        table.add_row(persona.id, Text(identity.called), Text(identity.tagline), "" if persona.shipped else "yours")
    terminal.console.print(table)
    for broken in library.problems():
        terminal.console.print(f"\n{broken.message}", style="yellow", markup=False, highlight=False)
        terminal.console.print(broken.hint, markup=False, highlight=False)


def check(context: typer.Context, file: Annotated[Path, typer.Argument(help="A persona file (YAML).")]) -> None:
    """Say whether a persona file is sound, and if not, on which line."""
    blueprint = read_blueprint(file)
    identity, console = blueprint.identity, terminal_of(context).console
    console.print(f"{file.name} is sound: {identity.called}, {identity.tagline}", markup=False, highlight=False)
    for warning in (*conflicts(blueprint, Topics.open().names), *blueprint.relationship.doubts()):
        console.print(str(warning), style="yellow", markup=False, highlight=False)


def schema() -> None:
    """Print the JSON Schema of persona files, for editors and other programs."""
    typer.echo(schema_text(), nl=False)


def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The new name.")],
    like: Annotated[str, typer.Option("--from", help="Id of the persona to begin from.")] = "mara",
) -> None:
    """Copy a persona under a new name, for you to change."""
    terminal = terminal_of(context)
    persona = terminal.library().duplicate(like, name)
    terminal.console.print(f"{persona.blueprint.identity.called} is yours to write. The file is:", markup=False, highlight=False)
    terminal.console.print(str(persona.path), markup=False, highlight=False, soft_wrap=True)
