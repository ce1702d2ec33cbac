"""Painting until it is her."""

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import Cancelled, ModelError
from companion.persona.blueprint import Appearance
from companion.shot import Knobs, Shot
from companion.show.attempts import Attempt, paint_until_her
from companion.show.fake import FakePainter, FakeScores
from companion.show.protocol import Commission, Painted, Progress, Scores, Sitter, Told

COMMISSION = Commission(Sitter("mara", Appearance()), Shot(), Knobs(ip_scale=0.5, seed=1), 64)


def stronger(knobs: Knobs, tries: int) -> Knobs:
    return replace(knobs, ip_scale=knobs.ip_scale + 0.1 * tries, seed=knobs.seed + tries)


def tried(scores: Scores | None, tries: int = 3, painter: FakePainter | None = None, told=lambda progress: None) -> Attempt:  # type: ignore[no-untyped-def]
    return paint_until_her(painter or FakePainter(), COMMISSION, scores, (), stronger, tries, told, threading.Event())


def test_the_first_that_holds_ends_it() -> None:
    painter = FakePainter()
    attempt = tried(FakeScores(0.2, 0.7, 0.9), painter=painter)
    assert attempt.holds and attempt.likeness and (attempt.likeness.score, attempt.likeness.tries, attempt.painted) == (0.7, 2, 2)
    assert [one.knobs.seed for one in painter.commissions] == [1, 2] and attempt.knobs.ip_scale == pytest.approx(0.6)


def test_where_none_holds_the_best_comes_back_as_what_it_is() -> None:
    painter = FakePainter()
    attempt = tried(FakeScores(0.2, 0.4, 0.3), painter=painter)
    assert [one.knobs.seed for one in painter.commissions] == [1, 2, 3] and attempt.knobs.seed == 2
    assert not attempt.holds and attempt.likeness and (attempt.likeness.score, attempt.likeness.tries, attempt.painted) == (0.4, 2, 3)


@pytest.mark.parametrize("scores", [None, FakeScores(None)], ids=["no scorer", "nothing to compare with"])
def test_what_cannot_be_compared_is_taken_as_it_is(scores: Scores | None) -> None:
    attempt = tried(scores)
    assert attempt.holds and attempt.likeness is None and attempt.painted == 1


def test_knobs_that_cannot_be_stronger_end_it() -> None:
    painter = FakePainter()
    attempt = paint_until_her(painter, COMMISSION, FakeScores(0.1), (), lambda knobs, tries: knobs, 5, lambda _: None, threading.Event())
    assert attempt.painted == 1 == len(painter.commissions)


class Stubborn(FakePainter):
    """Paints the same picture whatever the knobs."""

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        return super().paint(replace(commission, knobs=Knobs()), told, cancel)


def test_the_same_picture_again_ends_it() -> None:
    painter = Stubborn()
    attempt = tried(FakeScores(0.1, 0.9), tries=5, painter=painter)
    assert len(painter.commissions) == 2 and attempt.likeness and attempt.likeness.score == 0.1


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.integers(1, 6))
def test_it_is_the_best_of_those_that_were_painted(scores: list[float], tries: int) -> None:
    attempt = tried(FakeScores(*scores), tries)
    seen = [scores[min(number, len(scores) - 1)] for number in range(attempt.painted)]
    assert attempt.painted <= tries and attempt.likeness and attempt.likeness.score == max(seen)
    assert all(score < 0.5 for score in seen[:-1])


def test_progress_never_goes_back_and_stays_within_0_and_1() -> None:
    heard: list[Progress] = []
    tried(FakeScores(0.1), told=heard.append)
    shares = [progress.share for progress in heard]
    assert shares == sorted(shares) and 0 < shares[0] < shares[-1] <= 1 and len(shares) == 6
    alone: list[Progress] = []
    tried(None, told=alone.append)
    assert [progress.share for progress in alone] == pytest.approx([1 / 3, 2 / 3])


def test_errors_and_cancelling_come_through() -> None:
    with pytest.raises(ModelError):
        tried(FakeScores(0.9), painter=FakePainter(error=ModelError("Out of memory.", hint="Smaller.")))
    with pytest.raises(ModelError):
        tried(FakeScores(0.9, error=ModelError("No encoder.", hint="Add it.")))
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        paint_until_her(FakePainter(), COMMISSION, None, (), stronger, 3, lambda _: None, cancel)
