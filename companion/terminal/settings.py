"""`companion settings`: every setting, its value, its range, and what it is for. The page in the docs is written by it."""

from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.table import Table
from rich.text import Text

from companion.settings import Settings
from companion.terminal.setting import terminal_of

PAGE = """# Settings

Each is read from the environment once, at start: `COMPANION_PORT=8000 python app.py`. A value that is not valid is
refused with the name of its variable. This page is written by `python -m companion settings --markdown`.

| variable | default | values | what it is |
| --- | --- | --- | --- |
{rows}
"""


def settings(
    context: typer.Context,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page of the documentation instead.")] = False,
) -> None:
    """Show every setting and its present value."""
    if markdown:
        typer.echo(settings_page(), nl=False)
        return
    terminal = terminal_of(context)
    table = Table(box=None, pad_edge=False)
    for heading in ("variable", "value", "what it is"):
        table.add_column(heading, no_wrap=heading == "variable")
    for name, field in Settings.model_fields.items():
        table.add_row(_variable(name), Text(str(getattr(terminal.settings, name))), field.description)
    terminal.console.print(table)


def settings_page() -> str:
    """`docs/settings.md`, from the fields of `Settings`."""
    rows = [
        f"| `{_variable(name)}` | {_default(field)} | {_values(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return PAGE.format(rows="\n".join(rows))


def _variable(name: str) -> str:
    return f"COMPANION_{name.upper()}"


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "the system's folder for data of programs"
    default = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return f"`{default}`" if default != "" else "empty"


def _values(field: FieldInfo) -> str:
    kind: Any = field.annotation
    if get_origin(kind) is not None:
        return ", ".join(f"`{choice}`" for choice in get_args(kind))
    low, high, longest = _bound(field, "ge"), _bound(field, "le"), _bound(field, "max_length")
    if low is not None and high is not None:
        return f"{low} to {high}"
    if longest is not None:
        return f"at most {longest} letters"
    return "a folder" if kind.__name__ == "Path" else "text"


def _bound(field: FieldInfo, name: str) -> int | None:
    return next((getattr(bound, name) for bound in field.metadata if hasattr(bound, name)), None)
