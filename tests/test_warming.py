"""Painting ahead: resumable, bounded, and out of the way of whoever waits."""

import threading
from pathlib import Path

from companion.errors import ModelError
from companion.shot import Shot
from companion.show.fake import FakePainter
from companion.show.protocol import Commission, Painted, Told
from companion.show.templates import likely
from companion.warming import MOST_FAILURES, Progress, Warming
from tests.easel import VISUAL, WAIT_S, Studio, persona, studio

MARA, THEO = persona(), persona("Theo")


def ended(here: Studio, persona_id: str = "mara") -> Progress:
    progress = here.warming.wait(persona_id, WAIT_S)
    assert progress is not None and not progress.running
    return progress


def test_the_likeliest_are_painted_and_what_is_ready_is_not_painted_again(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        assert here.warming.progress("mara") is None
        assert here.warming.warm(MARA, count=4) == Progress("mara", 0, 4)
        assert ended(here) == Progress("mara", 4, 4, running=False)
        assert {picture.shot for picture in here.showing.templates(MARA)} == set(likely(VISUAL, 4))
        grid = here.warming.coverage(MARA)
        assert sum(sum(row.values()) for row in grid.values()) == 4 and grid["lamp room"]["content"] == 1
    with studio(tmp_path) as again:
        assert again.warming.warm(MARA, count=6) == Progress("mara", 4, 6)
        assert ended(again).done == 6 and len(again.painter.commissions) == 2
        assert again.warming.warm(MARA, count=6) == Progress("mara", 6, 6, running=False)


def test_shots_that_are_named_are_completed_and_painted_once(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        here.warming.warm(MARA, [Shot("sad"), Shot("sad", setting="lamp room", outfit="watch")])
        assert ended(here).total == 1 and here.showing.at_hand(MARA, Shot("sad"))


class Patient(FakePainter):
    """Paints templates only when nobody asks for anything else: it ends by being broken off."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()
        self.broken_off = 0

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        if commission.shot.expression == "content" and not self.broken_off:
            self.began.set()
            cancel.wait(WAIT_S)
            self.broken_off += 1
        return super().paint(commission, told, cancel)


def test_it_gives_way_to_whoever_waits_and_goes_on_after(tmp_path: Path) -> None:
    painter = Patient()
    with studio(tmp_path, painter) as here:
        here.warming.warm(MARA, count=2)
        assert painter.began.wait(WAIT_S)
        job = here.showing.ask(MARA, Shot("angry"), kind="chat")
        assert here.showing.wait(job.id, WAIT_S).state == "done"
        assert ended(here) == Progress("mara", 2, 2, running=False)
        assert painter.broken_off == 1 and here.pictures.counts() == {"chat": 1, "template": 2, "studio": 0}


def test_two_people_are_warmed_one_after_the_other_and_one_can_be_ended(tmp_path: Path) -> None:
    painter = Patient()
    with studio(tmp_path, painter) as here:
        here.warming.warm(MARA, count=3)
        here.warming.warm(THEO, count=2)
        assert painter.began.wait(WAIT_S)
        here.warming.cancel("mara")
        assert ended(here, "theo").done == 2 and ended(here) == Progress("mara", 0, 3, running=False)
        here.warming.cancel("nobody")


def test_room_of_other_looks_is_taken(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        here.showing.shoot(MARA, Shot("sad"), kind="template")
        size = here.pictures.size()
        here.warming.warm(MARA, count=2)
        ended(here)
    another = persona(visual=VISUAL.model_copy(update={"style": "watercolour"}))
    with studio(tmp_path, disk_bytes=size * 3 + 200) as here:
        here.warming.warm(another, count=3)
        assert ended(here).done == 3 and here.showing.templates(MARA) == ()


def test_it_ends_when_the_room_does(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        here.showing.shoot(MARA, Shot("sad"), kind="template")
        size = here.pictures.size()
    with studio(tmp_path, disk_bytes=size * 3 + size // 2) as here:
        here.warming.warm(MARA, count=20)
        last = ended(here)
        assert last.done == 2 and len(here.painter.commissions) == 2 and "no room" in last.error and "COMPANION_PICTURES_MB" in last.hint
        assert here.pictures.counts()["template"] == 3


def test_failures_are_counted_and_a_painter_that_only_fails_is_left_alone(tmp_path: Path) -> None:
    painter = FakePainter(error=ModelError("The weights are missing.", hint="Add the model."))
    with studio(tmp_path, painter) as here:
        here.warming.warm(MARA, count=20)
        last = ended(here)
        assert last.failed == MOST_FAILURES + 1 and last.done == 0 and last.error == "The weights are missing."
        painter.error = None
        here.warming.warm(MARA, count=3)
        assert ended(here) == Progress("mara", 3, 3, running=False)


def test_closing_in_the_middle_loses_nothing_that_is_ready(tmp_path: Path) -> None:
    painter = Patient()
    with studio(tmp_path, painter) as here:
        here.showing.shoot(MARA, Shot("shy"), kind="template")
        here.warming.warm(MARA, count=2)
        assert painter.began.wait(WAIT_S)
    with studio(tmp_path) as again:
        assert [picture.shot.expression for picture in again.showing.templates(MARA)] == ["shy"]
        assert {path.stem for path in again.files()} == again.pictures.digests()
        again.warming.warm(MARA, count=2)
        assert ended(again).done == 2


def test_a_new_warming_knows_nothing_of_the_last(tmp_path: Path) -> None:
    with studio(tmp_path) as here:
        assert Warming(here.showing).progress("mara") is None
