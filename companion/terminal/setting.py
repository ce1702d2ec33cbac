"""What every command is given: where to write, the settings, and the doors to what is kept.

Commands that only look or change files beside the database go without the home's lock, so that they work while the page
is open; `companion` takes it, because it writes conversations.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import typer
from rich.console import Console

from companion.persona.library import Library
from companion.settings import Settings

if TYPE_CHECKING:
    from companion.compose import Companion


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where a command runs.

    Attributes:
        console: what people read.
        errors: where errors go, so that a pipe receives data only.
        settings: as read at start.
        compose: makes a Companion of the settings, as `companion.compose.compose` does; a test passes its own.
    """

    console: Console
    errors: Console
    settings: Settings
    compose: "Callable[..., Companion]"

    @contextmanager
    def companion(self, *, warm: bool = True, **changes: object) -> "Iterator[Companion]":
        """A Companion for the length of the block; it holds the home folder meanwhile.

        Args:
            warm: load the model that writes; False where nobody is going to ask for a reply.
            changes: settings that the command line overrides.

        Raises:
            ConflictError: the page or another chat holds it.
        """
        settings = self.settings.model_copy(update=changes)
        companion = self.compose(settings) if warm else self.compose(settings, warm=False)
        try:
            yield companion
        finally:
            companion.close()

    def library(self) -> Library:
        """Everyone there is, without a Companion."""
        from companion.compose import SHIPPED_PERSONAS

        return Library(SHIPPED_PERSONAS, self.settings.home / "personas")


def terminal_of(context: typer.Context) -> Terminal:
    """The terminal a command was started in."""
    return cast(Terminal, context.obj)
