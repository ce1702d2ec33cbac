"""The program in a test: its own home folder, and a model that writes what the test says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from companion.settings import Settings
from companion.terminal.program import build_program
from companion.terminal.setting import Terminal

Run = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", country="PT")


@pytest.fixture
def run(settings: Settings) -> Run:
    """Runs a command line; `compose` makes its Companion."""

    def invoke(*arguments: str, input: str = "", compose: Callable = no_companion, settings: Settings = settings) -> Result:
        runner = CliRunner()
        terminal = Terminal(Console(width=400), Console(width=400, stderr=True), settings, compose)
        return runner.invoke(build_program(), list(arguments), input=input, obj=terminal)

    return invoke


def no_companion(settings: Settings):
    raise AssertionError("this command needs no Companion")
