"""`companion model`: the models there are, fetching one, choosing one. A page that is open takes a new choice at its next start."""

from functools import partial
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from companion.terminal.setting import Terminal, terminal_of
from companion.think.hardware import this_machine
from companion.think.models import Models
from companion.think.remote import public_address

WEIGHTS = {"none": "whole", "int8": "8 bits", "int4": "4 bits"}
ModelId = Annotated[str, typer.Argument(help="Id, as `model list` shows it.")]


def list_(context: typer.Context) -> None:
    """List the models: built in, known to fit, and added."""
    terminal = terminal_of(context)
    registry = _registry(terminal)
    server = public_address(terminal.settings.remote_url)
    speaking = "" if server else terminal.settings.model or registry.chosen()
    table = Table(box=None, pad_edge=False)
    for heading in ("", "id", "download", "memory", "weights", "licence"):
        table.add_column(heading, no_wrap=heading == "id")
    tier = ""
    entries = registry.list()
    for model in entries:
        if model.tier != tier:
            tier = model.tier
            own = " — recommended for this machine" if model.recommended else ""
            table.add_row("", f"[dim]{tier or 'Added'}{own}:[/]")
        mark = "●" if model.id == speaking else "○" if model.installed else ""
        sizes = (_gb(model.size_gb), _gb(model.memory_gb), WEIGHTS[model.quantise])
        table.add_row(mark, Text(model.id), *sizes, model.licence or "see its page")
    terminal.console.print(table)
    if any(model.kind == "preset" and not model.tried for model in entries):
        terminal.console.print("\nMemory is computed, not measured: those that can be fetched have not been run by us yet.", style="dim")
    legend = ("" if server else "● speaks now   ") + "○ is here   the others can be fetched with `model add`"
    terminal.console.print(legend, style="dim", highlight=False)
    if server:
        said = f"{terminal.settings.remote_model} on {server} speaks now, as COMPANION_REMOTE_URL says. What you write goes there."
        terminal.console.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)


def add(context: typer.Context, model: Annotated[str, typer.Argument(help="A hub id such as owner/name, or a folder.")]) -> None:
    """Add a model: fetch it from the hub, or take a folder. An interrupted download goes on where it stopped."""
    terminal = terminal_of(context)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=terminal.errors, transient=True) as progress:
            task = progress.add_task(model, total=None)
            entry = _registry(terminal).add(model, lambda done, total: progress.update(task, completed=done, total=total))
    except KeyboardInterrupt:
        terminal.errors.print("Stopped. What has arrived is kept; the same command goes on from there.")
        raise typer.Exit(130) from None
    terminal.console.print(
        f"{entry.id} is here. To let it speak: python -m companion model use {entry.id}", markup=False, highlight=False, soft_wrap=True
    )


def use(context: typer.Context, model: ModelId) -> None:
    """Choose the model that speaks."""
    terminal = terminal_of(context)
    entry = _registry(terminal).use(model)
    terminal.console.print(f"{entry.id} speaks from the next start on.", markup=False, highlight=False)
    if server := public_address(terminal.settings.remote_url):
        said = f"COMPANION_REMOTE_URL names {server}, which goes first. Unset it."
        terminal.console.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)
    elif terminal.settings.model and terminal.settings.model != entry.id:
        said = f"COMPANION_MODEL names {terminal.settings.model}, which goes first. Unset it."
        terminal.console.print(said, style="yellow", markup=False, highlight=False, soft_wrap=True)


def remove(context: typer.Context, model: ModelId) -> None:
    """Remove a model, and its files if they were downloaded."""
    terminal = terminal_of(context)
    _registry(terminal).remove(model)
    terminal.console.print(f"{model} is removed.", markup=False, highlight=False)


def _registry(terminal: Terminal) -> Models:
    return Models(terminal.settings.home, hardware=partial(this_machine, terminal.settings.device))


def _gb(size: float) -> str:
    return "?" if not size else f"{size:.2g} GB" if size < 1 else f"{size:.1f} GB"
