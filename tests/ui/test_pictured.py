"""Pictures in the talk: seen, on their way, and why there is none."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from companion.compose import compose
from companion.settings import Settings
from companion.think.fake import FakeEngine
from companion.ui.actions import Actions
from tests.ui.room import Room

WAIT_S = 60


class Pictured(Room):
    """A room whose painter the test chooses."""

    def __init__(self, home: Path, painter: str) -> None:
        self.engine = FakeEngine(["Here I am."], ["And again."])
        self.companion = compose(Settings(home=home, painter=painter), engine=self.engine)
        self.actions = Actions(self.companion, pause=lambda seconds: None)
        self.shown = {}
        self.do(self.actions.arrive(""))

    def ask(self) -> None:
        self.do(self.actions.send(self.place, "Show me a picture of you."))

    def painted(self) -> None:
        for job in self.companion.showing.jobs():
            self.companion.showing.wait(job.id, WAIT_S)

    def glance(self) -> int:
        return len(self.do(self.actions.glance(self.place, "")))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Callable[[str], Pictured]]:
    opened: list[Pictured] = []

    def open_room(painter: str) -> Pictured:
        opened.append(Pictured(tmp_path, painter))
        return opened[-1]

    yield open_room
    for one in opened:
        one.companion.close()


def test_a_picture_appears_once_it_is_there_and_then_nothing_is_drawn_again(room: Callable[[str], Pictured]) -> None:
    here = room("sketch")
    here.ask()
    here.painted()
    here.glance()
    assert "companion/pictures/" in here.text("transcript") and "made by an AI" in here.text("transcript")
    assert 'class="pictured coming"' not in here.text("live")
    assert here.glance() == 0


def test_why_there_is_no_picture_is_said_where_it_would_be(room: Callable[[str], Pictured]) -> None:
    here = room("server")  # which nobody has named
    here.ask()
    here.painted()
    here.glance()
    assert "could not be painted" in here.text("transcript") and "COMPANION_PICTURES_URL" in here.text("transcript")
    assert "Here I am." in here.text("transcript") and here.glance() == 0
    here.do(here.actions.send(here.place, "Thank you."))
    assert "And again." in here.text("transcript")
