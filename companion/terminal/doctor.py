"""`companion doctor`: what this machine has, what is missing, and how to get it."""

from collections.abc import Iterable

import typer
from rich.table import Table
from rich.text import Text

from companion.terminal.checks import Finding, examine
from companion.terminal.setting import terminal_of

MARKS = {"ok": ("ok", "green"), "optional": ("absent", "yellow"), "missing": ("missing", "red")}


def doctor(context: typer.Context) -> None:
    """Check this machine. Ends with 1 if something that is needed is missing."""
    terminal = terminal_of(context)
    with terminal.errors.status("Looking around…"):
        findings = tuple(examine(terminal.settings))
    terminal.console.print(_table(findings))
    missing = sum(finding.state == "missing" for finding in findings)
    if missing:
        terminal.console.print(f"\n{missing} {'thing is' if missing == 1 else 'things are'} missing.", style="red", highlight=False)
        raise typer.Exit(1)
    terminal.console.print("\nEverything that is needed is here.", style="green")


def _table(findings: Iterable[Finding]) -> Table:
    table = Table("", "what", "found", box=None, pad_edge=False)
    for finding in findings:
        mark, colour = MARKS[finding.state]
        found = Text(finding.detail)
        if finding.hint:
            found.append(f"\n{finding.hint}", style="dim")
        table.add_row(Text(mark, style=colour), finding.name, found)
    return table
