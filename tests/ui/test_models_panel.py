from collections.abc import Callable
from dataclasses import replace

from companion.errors import DownloadError
from companion.persona.blueprint import ModelChoice
from companion.think.hardware import Hardware
from companion.think.models import Models
from companion.ui.download import Progress
from companion.ui.models_panel import banner, panel
from companion.writers import Writers
from tests.ui.room import Room

Rooms = Callable[..., Room]
QWEN = "Qwen/Qwen3-0.6B"


def test_the_banner_names_who_writes(rooms: Rooms) -> None:
    companion = rooms().companion
    assert "the built-in model" in banner(companion, ModelChoice())
    assert "You are talking to Qwen3 0.6B." in banner(companion, ModelChoice(base=QWEN))


def test_words_that_leave_the_machine_are_said_to(rooms: Rooms) -> None:
    companion = rooms().companion
    settings = companion.settings.model_copy(update={"remote_url": "http://me:secret@there:8000/v1?<i>", "remote_model": "<b>ada"})
    there = replace(companion, settings=settings, writers=Writers(settings, companion.models))
    line = banner(there, ModelChoice(base=QWEN))
    assert "You are talking to &lt;b&gt;ada on http://there:8000/v1?&lt;i&gt;. What you write goes there." in line
    assert "this machine" not in line and "secret" not in line
    html = panel(there, Progress())
    assert "COMPANION_REMOTE_URL is set to “http://there:8000/v1?&lt;i&gt;” and goes before what is chosen here." in html
    assert "Speaking" not in html and "secret" not in html


def test_the_panel_lists_models_by_the_machine_they_suit(rooms: Rooms) -> None:
    html = panel(rooms().companion, Progress())
    assert html.index("Any computer") < html.index(" · recommended for this machine") < html.index("not tried by us yet")
    for tier in ("A computer without a graphics card", *(f"A graphics card with {size} GB" for size in (8, 16, 24, 80)), "Apple"):
        assert tier in html
    assert "1.5 GB · 2.3 GB of memory · Apache-2.0" in html and "of memory · in 4 bits, with bitsandbytes" in html
    assert "its owner asks for consent first" in html and "Speaking" in html


def test_what_suits_a_large_card_is_shown_first_to_who_has_one(rooms: Rooms) -> None:
    companion = rooms().companion
    large = Models(companion.settings.home, hardware=lambda: Hardware("cuda", 85))
    html = panel(replace(companion, models=large), Progress())
    assert "A graphics card with 80 GB · recommended" in html and html.count("recommended for") == 1
    assert html.index("Qwen3 32B") < html.index("Qwen3 0.6B")


def test_a_download_shows_how_far_it_is_and_can_be_stopped(rooms: Rooms) -> None:
    html = panel(rooms().companion, Progress(QWEN, 500_000_000, 1_500_000_000, running=True))
    assert 'aria-valuenow="33"' in html and "500 MB of 1.5 GB" in html and f'data-act="stop" data-id="{QWEN}"' in html


def test_a_download_that_failed_says_why_and_goes_on(rooms: Rooms) -> None:
    problem = DownloadError("The model hub cannot be reached.", hint="Check the connection.")
    html = panel(rooms().companion, Progress(QWEN, problem=problem))
    assert 'role="alert"' in html and "cannot be reached" in html and "Check the connection." in html and ">Go on<" in html
