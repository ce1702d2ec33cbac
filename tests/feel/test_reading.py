from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from companion.feel.feelings import NEUTRAL, feelings
from companion.feel.reading import Reading, decided
from companion.feel.wording import Wording, Wordings

SHARES = st.dictionaries(st.sampled_from(sorted(feelings())), st.floats(0, 1))


def test_a_neutral_message_has_no_strongest_feeling() -> None:
    assert Reading({"joy": 0.15, "sadness": 0.01, NEUTRAL: 0.9}).strongest(3) == ()
    assert Reading({"joy": 0.5, "love": 0.6, "sadness": 0.01, NEUTRAL: 0.3}).strongest(3) == ("love", "joy")
    assert Reading({"joy": 0.5, "love": 0.6}).strongest() == ("love",)
    assert Reading({}).strongest() == () and Reading({}).valence == 0.0 and Reading({}).intensity == 0.0


def test_what_reaches_its_threshold_is_present_strongest_first() -> None:
    thresholds = {"joy": 0.5, "grief": 0.1, "anger": 0.4, NEUTRAL: 0.6}
    reading = decided({"joy": 0.5, "grief": 0.2, "anger": 0.39, NEUTRAL: 0.6}, thresholds, Wording())
    assert reading.present == (NEUTRAL, "joy", "grief")
    assert decided(dict.fromkeys(thresholds, 0.05), thresholds, Wording()).present == ()


def test_a_mild_feeling_that_all_agree_on_is_weaker_than_a_strong_one() -> None:
    assert Reading({"annoyance": 0.9}).intensity < Reading({"anger": 0.9}).intensity
    assert Reading({"anger": 0.5, NEUTRAL: 0.5}).intensity < Reading({"anger": 0.5, NEUTRAL: 0.1}).intensity
    assert Reading({"joy": 0.1, "anger": 0.8}).intensity == Reading({"anger": 0.8}).strength("anger")


def test_the_wording_moves_the_strength_of_every_feeling() -> None:
    shares, of = {"joy": 0.6, "love": 0.3, NEUTRAL: 0.2}, Wordings.open().of
    faint, plain, loud = (Reading(shares, (), of(text)) for text in ("I'm a bit happy", "I'm happy", "I'm so HAPPY!!"))
    for name in ("joy", "love"):
        assert 0 < faint.strength(name) < plain.strength(name) < loud.strength(name) < 1
    assert loud.strength(NEUTRAL) == loud.strength("grief") == 0.0


@given(SHARES, st.text())
def test_strength_and_intensity_stay_in_range(shares: dict[str, float], text: str) -> None:
    reading = Reading(MappingProxyType(shares), (), Wordings.open().of(text))
    assert all(0 <= reading.strength(name) <= 1 for name in feelings())
    assert 0 <= reading.intensity <= 1 and bool(reading.intensity) == bool(reading.strongest())


@given(SHARES)
def test_valence_stays_in_range_and_follows_joy(shares: dict[str, float]) -> None:
    plain = Reading(shares).valence
    assert -1 <= plain <= 1
    assert Reading({**shares, "joy": 1.0}).valence >= plain - 1e-9
