import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import OCTANTS
from companion.feel.temperament import resting_mood
from companion.persona.blueprint import BigFive

trait = st.floats(-1, 1)


def test_nobody_in_particular_rests_in_the_middle() -> None:
    mood = resting_mood(BigFive())
    assert tuple(mood) == (0, 0, 0) and mood.words == "even"


def test_stability_calms_and_its_absence_unsettles() -> None:
    calm, tense = (resting_mood(BigFive(emotional_stability=sign)) for sign in (1.0, -1.0))
    assert calm.pleasure > 0 > calm.arousal and tense.pleasure < 0 < tense.arousal, "the sign that ports get wrong"
    assert calm.words == "calm" and tense.words == "restless"


def test_each_trait_weighs_as_published() -> None:
    assert resting_mood(BigFive(extraversion=1.0)) == pytest.approx((0.21, 0, 0.60))
    assert resting_mood(BigFive(agreeableness=1.0)) == pytest.approx((0.59, 0.30, -0.32))
    assert resting_mood(BigFive(openness=1.0)) == pytest.approx((0, 0.15, 0.25))
    assert resting_mood(BigFive(conscientiousness=1.0)) == pytest.approx((0, 0, 0.17))


@given(trait, trait, trait, trait, trait)
def test_it_stays_in_bounds_and_has_a_name(o: float, c: float, e: float, a: float, s: float) -> None:
    mood = resting_mood(BigFive(openness=o, conscientiousness=c, extraversion=e, agreeableness=a, emotional_stability=s))
    assert all(-1 <= value <= 1 for value in mood) and mood.octant in OCTANTS.values() and mood.words
