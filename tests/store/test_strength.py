"""The direction of the forgetting curve, which is easily turned round."""

from hypothesis import given
from hypothesis import strategies as st

from companion.store.strength import GREATEST_STRENGTH_DAYS, repeated, retention

days = st.floats(0, 20_000)
strengths = st.floats(0.01, GREATEST_STRENGTH_DAYS)


@given(days, days, strengths)
def test_less_is_left_the_longer_it_is_ago(one: float, other: float, strength: float) -> None:
    sooner, later = sorted((one, other))
    assert 1 >= retention(sooner, strength) >= retention(later, strength) >= 0
    assert retention(-1, strength) == retention(0, strength) == 1


@given(days, strengths, strengths)
def test_what_is_stronger_fades_more_slowly(idle: float, one: float, other: float) -> None:
    weaker, stronger = sorted((one, other))
    assert retention(idle, weaker) <= retention(idle, stronger)


@given(days, days, strengths)
def test_repeating_strengthens_and_more_so_after_longer(one: float, other: float, strength: float) -> None:
    sooner, later = sorted((one, other))
    assert strength <= repeated(strength, sooner) <= repeated(strength, later) <= max(strength, GREATEST_STRENGTH_DAYS)
    assert repeated(30.0, sooner) > 30.0
