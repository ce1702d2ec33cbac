"""Takes the README's pictures of a seeded home: `python -m tests.journeys.pictures [FOLDER]`, by default docs/pictures.

At a desk and on a phone, in light and dark: chat.png, chat-dark.png, phone.png, phone-dark.png.
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import sync_playwright

from companion.compose import Companion, compose
from companion.events import Stage, Trace
from companion.settings import Settings
from companion.store.conversations import Conversations
from companion.ui.page import build_page, launch_arguments
from tests.journeys.conftest import FLAGS, free_port
from tests.journeys.serve import PacedEngine

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
STAGES = (Stage("arrive", 9), Stage("guard", 4), Stage("prompt", 16), Stage("prefill", 138), Stage("decode", 1650))
TRACE = Trace(STAGES, first_token_ms=210, total_ms=1890, prompt_tokens=812, reused_tokens=648, reply_tokens=31, engine="Starter")
EARLIER = [
    ("The letter to my sister", "Start with the small part. What do you miss?"),
    ("Names for the boat", "Something that comes back. Tern, perhaps."),
]
EVENING = [
    (
        "I was up the stairs before I knew it.",
        "Then the lamp did its work. Sit, the kettle is nearly there. What did the day take from you?",
    ),
    (
        "The ferry was late and I forgot the letter.",
        "A late ferry forgives a forgotten letter. *She turns the lamp down a little.* Tell me the small part first.",
    ),
    (
        "It was for my sister. We have not talked since spring.",
        "Then it has waited long enough to wait one more night. What would the first line say?",
    ),
]


@dataclass
class Clock:
    """Time as the seeded story needs it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=40)
        return self.now


def seed(companion: Companion, store: Conversations, clock: Clock) -> str:
    """Writes what was said on a few evenings, and returns the last conversation."""
    blueprint = companion.library.get("mara").blueprint
    today = clock.now.astimezone().replace(hour=19, minute=40, second=0).astimezone(UTC)
    for weeks, (title, reply) in enumerate(EARLIER, start=1):
        clock.now = today - timedelta(weeks=weeks)
        conversation = store.create("mara", [blueprint.greeting])
        converse(store, conversation.id, title, reply)
    clock.now = today - timedelta(days=9)
    here = store.create("mara", [blueprint.greeting]).id
    converse(store, here, *EVENING[0])
    clock.now = today
    for said, reply in EVENING[1:]:
        converse(store, here, said, reply)
    last = store.path(here)[-2]
    another = store.begin_reply(last.id)
    store.finish_reply(another.id, EVENING[-1][1], "complete", "end", TRACE)
    store.rename(here, "After the ferry")
    return here


def converse(store: Conversations, conversation_id: str, said: str, reply: str) -> None:
    """One message and its reply."""
    _, open_reply = store.begin_turn(conversation_id, said)
    store.finish_reply(open_reply.id, reply, "complete", "end", TRACE)


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
    """Seeds a home in a temporary folder, serves it, and photographs it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        companion = compose(Settings(home=Path(home), port=free_port()), engine=PacedEngine())
        clock = Clock()
        store = Conversations(companion.conversations._engine, clock)
        here = seed(companion, store, clock)
        page = build_page(companion)
        arguments = launch_arguments(companion) | {"prevent_thread_lock": True}
        page.launch(**arguments)
        take(f"http://127.0.0.1:{companion.settings.port}/?talk={here}", folder)
        page.close()
        companion.close()


if __name__ == "__main__":
    main()
