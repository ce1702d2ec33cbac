"""A score is told beside what it is for herself and for others, and the threshold lies between the two."""

import io
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from companion.persona.blueprint import Appearance
from companion.shot import Shot
from companion.show.encoders import View, subject_of, unit
from companion.show.likeness import REMEMBERED, Scorer, area_under_curve, drawn_by, leave_one_out
from companion.show.protocol import Painted, Scores, Sitter


class Colours:
    """An encoder that sees the mean colour, around grey."""

    name = "colours"
    strangers = 0.25

    def __init__(self) -> None:
        self.seen = 0

    def encode(self, views: Sequence[View]) -> NDArray[np.float32]:
        self.seen += len(views)
        means = [np.asarray(subject_of(view), np.float32).mean((0, 1)) - 127.5 for view in views]
        return unit(np.array(means).reshape(len(views), 3))


def picture(*colour: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(file, "PNG")
    return file.getvalue()


def painted(*colour: int) -> Painted:
    return Painted(picture(*colour), "image/png", 8, 8)


RED = tuple(picture(255, at, 0) for at in (0, 20, 40))
BLUE = tuple(picture(0, at, 255) for at in (0, 20, 40))
HER, HIM = Sitter("ada", Appearance(), references=RED), Sitter("ben", Appearance(), references=BLUE)


def test_she_is_told_from_others() -> None:
    scorer: Scores = Scorer(Colours())
    hers, his = scorer.score(painted(250, 30, 10), HER, [HIM]), scorer.score(painted(10, 30, 250), HER, [HIM])
    assert hers and his
    assert hers.holds and not his.holds
    assert (hers.same, hers.others, hers.threshold) == (his.same, his.others, his.threshold)
    assert hers.others < hers.threshold < hers.same
    assert hers.threshold == pytest.approx((hers.same + hers.others) / 2)
    assert hers.encoder == "colours"


def test_strictness_moves_the_threshold_between_the_two() -> None:
    found = [Scorer(Colours(), strictness=one).score(painted(255, 0, 0), HER, [HIM]) for one in (0.0, 0.25, 1.0)]
    lenient, loose, strict = [one for one in found if one]
    assert lenient.threshold == pytest.approx(lenient.others)
    assert lenient.threshold < loose.threshold < strict.threshold
    assert strict.threshold == pytest.approx(strict.same)
    with pytest.raises(ValueError):
        Scorer(Colours(), strictness=1.5)


def test_without_references_nothing_is_claimed() -> None:
    assert Scorer(Colours()).score(painted(255, 0, 0), Sitter("ada", Appearance()), [HIM]) is None


def test_she_is_no_other_and_others_without_references_do_not_count() -> None:
    found = Scorer(Colours()).score(painted(255, 0, 0), HER, [HER, Sitter("cleo", Appearance())])
    assert found and found.others == Colours.strangers


def test_one_reference_is_compared_with_its_mirror_image() -> None:
    two = Image.new("RGB", (8, 8), (255, 0, 0))
    two.paste((250, 60, 0), (4, 0, 8, 8))
    file = io.BytesIO()
    two.save(file, "PNG")
    scorer = Scorer(Colours())
    alone = Sitter("ada", Appearance(), references=(file.getvalue(),))
    assert scorer.embeddings(alone).shape == (2, 3)
    found = scorer.score(painted(255, 30, 0), alone, [HIM])
    assert found and found.holds and found.same == pytest.approx(1.0, abs=1e-5)


def test_references_are_embedded_once_and_again_when_they_change() -> None:
    encoder = Colours()
    scorer = Scorer(encoder)
    for _ in range(3):
        scorer.score(painted(255, 0, 0), HER, [HIM])
    assert encoder.seen == len(RED) + len(BLUE) + 3
    scorer.score(painted(255, 0, 0), Sitter("ada", Appearance(), references=BLUE), [HIM])
    assert encoder.seen == len(RED) + len(BLUE) + 3 + len(BLUE) + 1
    scorer.score(painted(255, 0, 0), Sitter("ada", Appearance(accent="#123456"), references=RED), [HIM])
    assert encoder.seen == len(RED) + 2 * len(BLUE) + 4 + len(RED) + 1


def test_what_is_remembered_is_bounded() -> None:
    encoder = Colours()
    scorer = Scorer(encoder)
    for at in range(REMEMBERED + 1):
        scorer.embeddings(Sitter(f"id{at}", Appearance(), references=RED))
    seen = encoder.seen
    scorer.embeddings(Sitter(f"id{REMEMBERED}", Appearance(), references=RED))
    assert encoder.seen == seen
    scorer.embeddings(Sitter("id0", Appearance(), references=RED))
    assert encoder.seen > seen, "the longest unused one has left"


def test_a_painter_that_draws_anyone_draws_the_references() -> None:
    class Draws:
        def sketch(self, sitter: Sitter, shot: Shot, long_side_px: int) -> Painted:
            return painted(255 if sitter.persona_id == "ada" else 0, 100, 60 if shot.framing == "close" else 90)

    scorer = Scorer(Colours(), drawn_by(Draws()))
    ada, ben = Sitter("ada", Appearance()), Sitter("ben", Appearance())
    hers, his = scorer.score(painted(255, 100, 70), ada, [ben]), scorer.score(painted(0, 100, 70), ada, [ben])
    assert hers and his and hers.holds and not his.holds


vectors = st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), min_size=2, max_size=6)


@given(vectors)
def test_leave_one_out_is_the_mean_over_pairs(rows: list[list[float]]) -> None:
    found = unit(np.array(rows))
    pairs = [float(a @ b) for i, a in enumerate(found) for j, b in enumerate(found) if i != j]
    assert leave_one_out(found) == pytest.approx(sum(pairs) / len(pairs), abs=1e-5)
    assert leave_one_out(found[:1]) == 1.0


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=12), st.lists(st.integers(-9, 9), min_size=1, max_size=12))
def test_the_area_is_the_chance_of_being_above(same: list[int], different: list[int]) -> None:
    chance = sum((a > b) + 0.5 * (a == b) for a in same for b in different) / (len(same) * len(different))
    assert area_under_curve(same, different) == pytest.approx(chance)
    assert area_under_curve(same, different) + area_under_curve(different, same) == pytest.approx(1)
    assert area_under_curve([1.0], [0.0]) == 1.0 and math.isclose(area_under_curve([1.0], [1.0]), 0.5)
