"""Takes the pictures of the docs, all into docs/pictures unless told: `python -m tests.journeys.pictures [FOLDER] [chat] [memory] …`.

`chat`: a conversation is really held with the built-in model in a home of its own, and the page is photographed at a desk and on
a phone, in light and dark: chat.png, chat-dark.png, phone.png, phone-dark.png. Every reply and every figure in them is real.

`memory`: talks of four months (`memory.txt`) are brought in, learnt from and indexed, and the Memory tab is photographed with one
memory opened: memory.png. What she knows in it is what Companion learnt from them.

`studio`: a copy of a persona is made more outgoing, and the built-in model answers the same questions as she was and as she is drafted:
studio.png.

`gallery`: pictures of her are drawn by the painter that comes along, and the Gallery tab is photographed: gallery.png.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from companion.compose import Companion, compose
from companion.settings import Settings
from companion.shot import Shot
from companion.think.fake import FakeEngine
from companion.turn import Order
from companion.ui.page import build_page, launch_arguments
from tests.journeys.conftest import FLAGS, free_port

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SAID = Path(__file__).with_name("memory.txt")
PICTURED_AT = datetime(2026, 11, 20, 18, 30).astimezone()
PERSONA = "mara"
PICTURES = ("chat", "memory", "studio", "gallery")
TALKS = {
    "The ferry": ["hello", "I missed the ferry this morning"],
    "Names for the boat": ["hi Mara", "I'm looking for a name for my boat"],
    "After the storm": ["good evening", "my dog is called Bruno, he hates thunder", "where do you live?", "what's my dog's name?"],
}

SHOTS = (
    *(
        Shot("tender", gesture="hand_on_heart", setting="lamp room", time="dusk", light="golden"),
        Shot("joyful", setting="garden", time="day"),
    ),
    *(Shot("thoughtful", gesture="hand_on_chin", setting="kitchen"), Shot("sad", setting="lamp room", time="night", light="moon")),
    *(
        Shot("playful", setting="street", outfit="storm", light="overcast"),
        Shot("calm", gesture="holding_cup", setting="kitchen", time="dawn"),
    ),
    *(
        Shot("proud", setting="lamp room", outfit="storm", framing="wide"),
        Shot("laughing", gesture="waving", setting="lamp room", framing="close"),
    ),
)


def talk(companion: Companion, title: str, messages: list[str]) -> str:
    """Holds one conversation and returns its id."""
    conversation = companion.cast.begin(PERSONA)
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


def take_memory(address: str, folder: Path) -> None:
    """Photographs the Memory tab, with the memory opened that has replaced another."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", device_scale_factor=2)
        page.set_default_timeout(180_000)  # a busy machine is slow
        page.goto(address)
        page.click(f".persona[data-id={PERSONA}]")
        page.click("#tabs [role=tab][data-tab-id=memory]")
        page.wait_for_selector("#memory-rows .row-open")
        page.click("#memory-rows tbody tr:has-text('Oslo') .row-open")
        page.wait_for_selector("#memory-title:has-text('Oslo')")
        page.evaluate("document.fonts.ready")
        page.mouse.move(640, 5)
        page.screenshot(path=folder / "memory.png")
        browser.close()


def take_studio(address: str, folder: Path) -> None:
    """Photographs the Persona studio, with a draft and both answers to each question."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", device_scale_factor=2)
        page.set_default_timeout(180_000)  # a busy machine is slow
        page.goto(f"{address}#studio")
        page.click(f".persona[data-id={PERSONA}]")
        page.wait_for_selector(".studio-name h1:has-text('Mara')")
        page.click(".studio-tabs [data-id=character]")
        page.locator(".traits [type=range]").nth(2).fill("0.6")
        page.wait_for_selector(".studio-name:has-text('one change')")
        page.click("#studio-preview [type=submit]")
        page.wait_for_function("document.querySelectorAll('.probe .words p').length >= 6")
        page.evaluate("document.fonts.ready")
        page.mouse.move(640, 5)
        page.screenshot(path=folder / "studio.png")
        browser.close()


def take_gallery(address: str, folder: Path) -> None:
    """Photographs the Gallery tab."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light", device_scale_factor=2)
        page.set_default_timeout(180_000)  # a busy machine is slow
        page.goto(f"{address}#gallery")
        page.click(f".persona[data-id={PERSONA}]")
        page.wait_for_function(f"document.querySelectorAll('#gallery-wall img').length >= {len(SHOTS)}")
        page.wait_for_function("[...document.images].filter(i => i.checkVisibility()).every(i => i.complete && i.naturalWidth)")
        page.evaluate("document.fonts.ready")
        page.mouse.move(640, 5)
        page.screenshot(path=folder / "gallery.png")
        browser.close()


@contextmanager
def serving(**options: Any) -> Iterator[tuple[Companion, str]]:
    """The page over a home of its own: the Companion and the address."""
    with tempfile.TemporaryDirectory() as home:
        companion = compose(Settings(home=Path(home), port=free_port()), **options)
        page = build_page(companion)
        page.launch(**launch_arguments(companion) | {"prevent_thread_lock": True})
        yield companion, f"http://127.0.0.1:{companion.settings.port}/"
        page.close()
        companion.close()


def main() -> None:
    """Talks or brings talks in, serves the page, and photographs it."""
    names = [name for name in sys.argv[1:] if name in PICTURES] or [*PICTURES]
    folder = next((Path(name) for name in sys.argv[1:] if name not in names), FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    if "chat" in names:
        with serving() as (companion, address):
            here = [talk(companion, title, messages) for title, messages in TALKS.items()][-1]
            take(f"{address}?talk={here}", folder)
    if "memory" in names:
        with serving(engine=FakeEngine(), clock=lambda: PICTURED_AT) as (companion, address):
            companion.bring_in(PERSONA, "Our autumn.txt", SAID.read_bytes())
            companion.background.catch_up()
            take_memory(address, folder)
    if "studio" in names:
        with serving() as (_, address):
            take_studio(address, folder)
    if "gallery" in names:
        with serving(engine=FakeEngine(), clock=lambda: PICTURED_AT) as (companion, address):
            persona = companion.library.get(PERSONA)
            for shot in SHOTS:
                companion.showing.shoot(persona, shot, kind="studio")
            take_gallery(address, folder)


if __name__ == "__main__":
    main()
