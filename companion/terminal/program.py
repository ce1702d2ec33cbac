"""The table of commands, and the one place where an error becomes a line in the terminal.

Heavy imports wait inside the commands: `--help` answers at once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from companion.errors import CompanionError
from companion.settings import Settings, load_settings
from companion.terminal import cards, chat, conversations, doctor, forget, memory, models, personas, pictures, serve, settings
from companion.terminal.setting import Terminal

if TYPE_CHECKING:
    from companion.compose import Companion

EXIT_ERROR = 2
MEMORY: dict[str, Any] = {
    "search": memory.search,
    "list": memory.list_,
    "export": memory.export,
    "import": memory.import_,
    "reindex": memory.reindex,
    "forget": forget.forget,
    "stats": memory.stats,
}


class Program(TyperGroup):
    """Says what a CompanionError has to say and leaves with 2; a bug keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Runs the command that was asked for."""
        try:
            ctx.obj = ctx.obj or Terminal(Console(), Console(stderr=True), load_settings(), _compose)
            return super().invoke(ctx)
        except CompanionError as error:
            console = ctx.obj.errors if ctx.obj else Console(stderr=True)
            console.print(error.message, style="red", markup=False, highlight=False, soft_wrap=True)
            console.print(error.hint, markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(EXIT_ERROR) from error


def build_program() -> typer.Typer:
    """Every command under its name."""
    program = typer.Typer(
        cls=Program,
        name="companion",
        help="A persistent synthetic persona, on your own machine.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,  # locals may hold somebody's messages
    )
    program.command("chat")(chat.chat)
    program.command("serve")(serve.serve)
    program.command("doctor")(doctor.doctor)
    program.command("settings")(settings.settings)
    groups: dict[str, tuple[str, dict[str, Any]]] = {
        "model": ("The models that write.", {"list": models.list_, "add": models.add, "use": models.use, "remove": models.remove}),
        "persona": (
            "The people you talk to.",
            {"list": personas.list_, "check": personas.check, "new": personas.new, "schema": personas.schema},
        ),
        "card": (
            "Character cards of other programs.",
            {"inspect": cards.inspect, "validate": cards.validate, "import": cards.import_, "export": cards.export},
        ),
        "conversation": ("What was said.", {"list": conversations.list_, "export": conversations.export}),
        "memory": ("What she knows.", MEMORY),
        "picture": (
            "Pictures of her.",
            {"shoot": pictures.shoot, "again": pictures.again, "warm": pictures.warm, "list": pictures.list_, "score": pictures.score},
        ),
    }
    for name, (help, commands) in groups.items():
        group = typer.Typer(help=help, no_args_is_help=True)
        for verb, command in commands.items():
            group.command(verb)(command)
        program.add_typer(group, name=name)
    return program


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the program and exits: 0 done, 1 something is missing, 2 an error it could name."""
    build_program()(args=arguments)


def _compose(settings: Settings, **options: Any) -> "Companion":
    from companion.compose import compose

    return compose(settings, **options)
