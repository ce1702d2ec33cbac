"""The page: its parts put together, and how it is served. `build_page` and `launch` are all that others need."""

import socket
from typing import Any

import gradio as gr

from companion.compose import Companion
from companion.errors import SettingsError
from companion.ui import chat_tab, frame, gallery_tab, memory_tab, models_panel, studio_tab
from companion.ui.assets import FAVICON, STYLES
from companion.ui.routes import routes
from companion.ui.theme import theme


def build_page(companion: Companion) -> gr.Blocks:
    """The page, not yet served."""
    page = gr.Blocks(title="Companion", analytics_enabled=False, fill_width=True)
    with page:
        with frame.build() as room:
            with room.chat:
                talk = chat_tab.build(room)
            with room.studio:
                studio = studio_tab.build()
            with room.memory:
                memory = memory_tab.build()
            with room.gallery:
                gallery = gallery_tab.build()
        models = models_panel.build(talk.banner)
        chat_tab.wire(talk, companion, page, (memory.rows, memory.mood, memory.card, gallery.box), (studio.moved_to,))
        studio_tab.wire(studio, companion, talk, room)
        memory_tab.wire(memory, companion, talk, room)
        gallery_tab.wire(gallery, companion, talk, room)
        models_panel.wire(models, companion, talk.place)
    return page


def launch(companion: Companion, **overrides: Any) -> None:
    """Serves the page until the program is told to end.

    Args:
        **overrides: arguments of Gradio's `launch` that go before ours. `share` is not among them: what is said here stays here.

    Raises:
        SettingsError: the port is taken, or the address is not one of this machine.
    """
    arguments = launch_arguments(companion) | {name: value for name, value in overrides.items() if name != "share"}
    check_address(arguments["server_name"], arguments["server_port"])
    page = build_page(companion)
    _, address, _ = page.launch(**arguments | {"prevent_thread_lock": True})
    print(f"Companion is at {address}", flush=True)
    if not arguments.get("prevent_thread_lock"):
        page.block_thread()


def launch_arguments(companion: Companion) -> dict[str, Any]:
    """How the page is served: from this machine, with its own files, and with nothing recorded in the browser's history of runs."""
    return {
        "server_name": companion.settings.host,
        "server_port": companion.settings.port,
        "theme": theme(),
        "css_paths": list(STYLES),
        "favicon_path": str(FAVICON),
        "footer_links": [],
        "run_history": False,
        "enable_monitoring": False,
        "quiet": True,
        "ssr_mode": False,
        "pwa": False,
        "share": False,
        "app_kwargs": {"routes": routes(companion)},
    }


def check_address(host: str, port: int) -> None:
    """Whether the page can listen there.

    Raises:
        SettingsError: the port is taken, or the address is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            hint = "Set COMPANION_PORT to another number, or end the program that uses it."
            raise SettingsError(f"The page cannot listen on {host}, port {port}: {error.strerror or error}.", hint=hint) from error
