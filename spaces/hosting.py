"""What a Space needs beyond the program: a folder to keep things in, an address, and a plain word to its visitors.

`make space` copies this file beside the Space's `app.py`.
"""

import os
import tempfile
from pathlib import Path

import gradio as gr

from companion.compose import Companion
from companion.settings import Settings, load_settings
from companion.ui.page import build_page, launch_arguments

STORAGE = Path("/data")  # where persistent storage is mounted, if the Space has any
SHARED = "Everyone who opens this Space shares one set of conversations. Duplicate it as a private Space to have your own."
LOST = "It has no persistent storage: conversations are gone when it restarts."


def space_settings() -> Settings:
    """Settings from the environment, with a Space's address, and a home that lasts if there is one.

    Raises:
        SettingsError: a COMPANION_* value is not valid.
    """
    read = load_settings()
    ours = {"host": "0.0.0.0", "port": int(os.environ.get("GRADIO_SERVER_PORT", "7860"))}
    if "home" not in read.model_fields_set:
        ours["home"] = STORAGE / "companion" if os.access(STORAGE, os.W_OK) else Path(tempfile.mkdtemp(prefix="companion-"))
    return read.model_copy(update={name: value for name, value in ours.items() if name not in read.model_fields_set})


def serve(companion: Companion) -> None:
    """Serves the page, and tells every visitor what a Space is like."""
    lost = companion.settings.home.is_relative_to(tempfile.gettempdir())
    notice = f"{SHARED} {LOST}" if lost else SHARED

    def tell() -> None:
        gr.Info(notice, title="A room with an open door", duration=None)

    page = build_page(companion)
    with page:
        page.load(tell, api_visibility="private")
    print(notice, flush=True)
    page.launch(**launch_arguments(companion))
