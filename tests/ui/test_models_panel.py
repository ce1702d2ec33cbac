from collections.abc import Callable

from companion.errors import DownloadError
from companion.persona.blueprint import ModelChoice
from companion.ui.download import Progress
from companion.ui.models_panel import banner, panel
from tests.ui.room import Room

Rooms = Callable[..., Room]
QWEN = "Qwen/Qwen3-0.6B"


def test_the_banner_names_who_writes(rooms: Rooms) -> None:
    companion = rooms().companion
    assert "the built-in model" in banner(companion, ModelChoice())
    assert "You are talking to Qwen3 0.6B." in banner(companion, ModelChoice(base=QWEN))


def test_the_panel_lists_models_by_the_machine_they_suit(rooms: Rooms) -> None:
    html = panel(rooms().companion, Progress())
    assert html.index("Any computer") < html.index("A laptop without a graphics card") < html.index("Qwen3 8B")
    assert "1.5 GB · 2.5 GB of memory" in html and "its owner asks for consent first" in html and "Speaking" in html


def test_a_download_shows_how_far_it_is_and_can_be_stopped(rooms: Rooms) -> None:
    html = panel(rooms().companion, Progress(QWEN, 500_000_000, 1_500_000_000, running=True))
    assert 'aria-valuenow="33"' in html and "500 MB of 1.5 GB" in html and f'data-act="stop" data-id="{QWEN}"' in html


def test_a_download_that_failed_says_why_and_goes_on(rooms: Rooms) -> None:
    problem = DownloadError("The model hub cannot be reached.", hint="Check the connection.")
    html = panel(rooms().companion, Progress(QWEN, problem=problem))
    assert 'role="alert"' in html and "cannot be reached" in html and "Check the connection." in html and ">Go on<" in html
