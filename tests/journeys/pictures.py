"""Takes the README's pictures: `python -m tests.journeys.pictures [FOLDER]`, by default docs/pictures.

A conversation is really held with the built-in model in a home of its own, and the page is photographed at a desk and on a
phone, in light and dark: chat.png, chat-dark.png, phone.png, phone-dark.png. Every reply and every figure in them is real.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from companion.compose import Companion, compose
from companion.settings import Settings
from companion.turn import Order
from companion.ui.page import build_page, launch_arguments
from tests.journeys.conftest import FLAGS, free_port

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
PERSONA = "mara"
TALKS = {
    "The ferry": ["hello", "I missed the ferry this morning"],
    "Names for the boat": ["hi Mara", "I'm looking for a name for my boat"],
    "After the storm": ["good evening", "my dog is called Bruno, he hates thunder", "where do you live?", "what's my dog's name?"],
}


def talk(companion: Companion, title: str, messages: list[str]) -> str:
    """Holds one conversation and returns its id."""
    blueprint = companion.library.get(PERSONA).blueprint
    conversation = companion.conversations.create(PERSONA, [blueprint.greeting, *blueprint.alternate_greetings])
    for message in messages:
        turn = companion.worker.start(Order(conversation.id, "send", message))
        for _ in companion.worker.follow(turn):
            pass
    companion.conversations.rename(conversation.id, title)
    return conversation.id


def take(address: str, folder: Path) -> None:
    """Photographs the page."""
    shapes = {"chat": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, viewport in shapes.items():
            for scheme, ending in (("light", ""), ("dark", "-dark")):
                phone = name == "phone"
                context = browser.new_context(
                    viewport=viewport, color_scheme=scheme, is_mobile=phone, has_touch=phone, device_scale_factor=2
                )
                page = context.new_page()
                page.goto(address)
                page.wait_for_selector(".log .turn")
                page.evaluate("document.fonts.ready")
                page.wait_for_function("[...document.images].filter(i => !i.hidden).every(i => i.complete && i.naturalWidth)")
                page.screenshot(path=folder / f"{name}{ending}.png")
                context.close()
        browser.close()


def main() -> None:
    """Talks, serves the page, and photographs it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        companion = compose(Settings(home=Path(home), port=free_port()))
        here = [talk(companion, title, messages) for title, messages in TALKS.items()][-1]
        page = build_page(companion)
        page.launch(**launch_arguments(companion) | {"prevent_thread_lock": True})
        take(f"http://127.0.0.1:{companion.settings.port}/?talk={here}", folder)
        page.close()
        companion.close()


if __name__ == "__main__":
    main()
