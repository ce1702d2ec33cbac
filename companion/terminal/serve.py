"""`companion serve`: the page, as `python app.py` opens it."""

from typing import Annotated, Any

import typer

from companion.terminal.setting import terminal_of


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the page.", min=1, max=65535)] = None,
) -> None:
    """Open the page."""
    from companion.ui.page import launch  # Gradio takes seconds to import

    terminal = terminal_of(context)
    chosen: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    with terminal.companion(**chosen) as companion:
        launch(companion)
