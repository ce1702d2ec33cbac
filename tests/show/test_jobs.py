"""One thread paints: in order, bounded, and honest about how it ended."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from companion.errors import Cancelled, ConflictError, ModelError, NotFoundError
from companion.shot import Picture, Shot
from companion.show.jobs import KEPT_JOBS, MOST_WAITING, Job, Jobs
from companion.show.protocol import Progress, Told

WAIT_S = 10
ASKED = Job("", "mara", Shot(), "studio")


def picture(name: str = "p") -> Picture:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Picture(name, "mara", "studio", Shot(), "d", "d", "image/png", 8, 10, 9, "look", "sketch", at)


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    jobs.close()


class Held:
    """Paints as soon as it may, and says when it began."""

    def __init__(self) -> None:
        self.began, self.may = threading.Event(), threading.Event()

    def __call__(self, told: Told, cancel: threading.Event) -> Picture:
        self.began.set()
        while not self.may.wait(0.005):
            if cancel.is_set():
                raise Cancelled
        return picture()


def test_jobs_are_done_in_their_order_with_their_progress(jobs: Jobs) -> None:
    order: list[str] = []

    def paint(name: str, told: Told) -> Picture:
        order.append(name)
        told(Progress(0.5, b"small"))
        told(Progress(0.25))
        return picture(name)

    held = Held()
    first = jobs.ask(ASKED, held)
    held.began.wait(WAIT_S)
    others = [jobs.ask(ASKED, lambda told, cancel, name=name: paint(name, told)) for name in ("a", "b")]
    assert [jobs.job(one.id).state for one in others] == ["waiting", "waiting"] and jobs.job(first.id).state == "painting"
    held.may.set()
    ended = [jobs.wait(one.id, WAIT_S) for one in (first, *others)]
    assert order == ["a", "b"] and [one.picture_id for one in ended] == ["p", "a", "b"]
    assert {one.state for one in ended} == {"done"} and ended[1].preview == b"small" and ended[1].share == 1
    assert [one.id for one in jobs.jobs()] == [first.id, *(one.id for one in others)]


@pytest.mark.parametrize(
    ("error", "said", "hint"),
    [
        (ModelError("The weights are missing.", hint="Add the model."), "The weights are missing.", "Add the model."),
        (MemoryError(), "memory", "smaller painter"),
        (RuntimeError("tensor"), "could not be painted", "log"),
    ],
)
def test_a_failure_is_told_and_the_next_job_goes_on(jobs: Jobs, error: Exception, said: str, hint: str) -> None:
    def fail(told: Told, cancel: threading.Event) -> Picture:
        raise error

    failed = jobs.wait(jobs.ask(ASKED, fail).id, WAIT_S)
    assert failed.state == "failed" and said in failed.error and hint in failed.hint and "tensor" not in failed.error
    assert failed.picture_id == ""
    assert jobs.wait(jobs.ask(ASKED, lambda told, cancel: picture()).id, WAIT_S).state == "done"


def test_cancelling_ends_one_that_waits_at_once_and_one_that_is_painted(jobs: Jobs) -> None:
    held = Held()
    painting = jobs.ask(ASKED, held)
    held.began.wait(WAIT_S)
    waiting = jobs.ask(ASKED, lambda told, cancel: picture())
    jobs.cancel(waiting.id)
    assert jobs.job(waiting.id).state == "stopped" and jobs.job(painting.id).state == "painting"
    jobs.cancel(painting.id)
    assert jobs.wait(painting.id, WAIT_S).state == "stopped"
    jobs.cancel(painting.id)
    jobs.cancel("never was")


def test_the_queue_is_bounded_and_old_jobs_are_forgotten(jobs: Jobs) -> None:
    held = Held()
    first = jobs.ask(ASKED, held)
    held.began.wait(WAIT_S)
    asked = [jobs.ask(ASKED, lambda told, cancel: picture()) for _ in range(MOST_WAITING)]
    with pytest.raises(ConflictError):
        jobs.ask(ASKED, lambda told, cancel: picture())
    held.may.set()
    jobs.wait(asked[-1].id, WAIT_S)
    for _ in range(KEPT_JOBS):
        jobs.ready(ASKED, picture())
    assert len(jobs.jobs()) == KEPT_JOBS
    with pytest.raises(NotFoundError):
        jobs.job(first.id)


def test_what_is_painted_ahead_is_broken_off_for_a_job_and_goes_on_after_it(jobs: Jobs) -> None:
    began, ended, broken_off = threading.Event(), threading.Event(), threading.Event()
    rounds: list[bool] = []

    def ahead(break_off: threading.Event) -> bool:
        began.set()
        if not broken_off.is_set():
            break_off.wait(WAIT_S)
            rounds.append(break_off.is_set())
            broken_off.set()
            return True
        rounds.append(break_off.is_set())
        ended.set()
        return False

    jobs.paint_ahead(ahead)
    assert began.wait(WAIT_S)
    assert jobs.wait(jobs.ask(ASKED, lambda told, cancel: picture()).id, WAIT_S).state == "done"
    assert ended.wait(WAIT_S) and rounds == [True, False]


def test_painting_ahead_that_breaks_does_not_end_the_thread(jobs: Jobs) -> None:
    tried = threading.Event()

    def ahead(break_off: threading.Event) -> bool:
        tried.set()
        raise RuntimeError("tensor")

    jobs.paint_ahead(ahead)
    assert tried.wait(WAIT_S)
    assert jobs.wait(jobs.ask(ASKED, lambda told, cancel: picture()).id, WAIT_S).state == "done"


def test_closing_ends_what_is_painted_and_what_waits(jobs: Jobs) -> None:
    held = Held()
    painting = jobs.ask(ASKED, held)
    held.began.wait(WAIT_S)
    waiting = jobs.ask(ASKED, lambda told, cancel: picture())
    jobs.close()
    assert [jobs.job(one.id).state for one in (painting, waiting)] == ["stopped", "stopped"]
    with pytest.raises(ConflictError):
        jobs.ask(ASKED, lambda told, cancel: picture())
