import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.feel.feelings import NEUTRAL, feelings
from companion.feel.wording import Wordings

WORDINGS = Wordings.open()


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        ("I'm sad", "I'm so sad"),
        ("I'm a bit sad", "I'm sad"),
        ("I'm not really sad", "I'm sad"),
        ("I'm sad", "I'm sad!"),
        ("I'm sad!", "I'm sad!!!"),
        ("I'm sad", "I'm SAD"),
        ("I'm slightly annoyed!", "I'm extremely annoyed!"),
        ("I've been happy", "I've never been so happy"),
    ],
)
def test_a_wording_is_stronger_than_another(weaker: str, stronger: str) -> None:
    assert WORDINGS.of(weaker).strengthened(0.5) < WORDINGS.of(stronger).strengthened(0.5)


@pytest.mark.parametrize(
    "text", ["", "so what", "that is kind of you", "me too", "I saw a little girl", "how much is it", "🙂", "OK I see"]
)
def test_a_plain_wording_says_nothing_of_strength(text: str) -> None:
    assert WORDINGS.of(text).strengthened(0.4) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("I'm not sad", {"sadness", "grief"}),
        ("i am NOT SAD", {"sadness", "grief"}),
        ("I don’t feel very happy or glad today", {"joy"}),
        ("I was never proud of it", {"pride"}),
        ("I'm not happy but sad", {"joy"}),
        ("no, I'm happy", set()),
        ("I'm not only happy, I'm proud", set()),
        ("I can't wait, so excited", set()),
        ("I couldn't be more grateful", set()),
        ("I have never been so sad", set()),
        ("not sad now, I was sad yesterday", set()),
        ("it's not that I mind. Sad, though", set()),
        ("", set()),
    ],
)
def test_what_is_denied(text: str, denied: set[str]) -> None:
    assert WORDINGS.of(text).denied == denied


def test_every_feeling_has_a_strength_and_what_can_be_denied_exists() -> None:
    assert all(0 < one.strength <= 1 for name, one in feelings().items() if name != NEUTRAL)
    denied = WORDINGS.of(" , ".join(f"not {word}" for word in WORDINGS.own_words)).denied
    assert denied <= set(feelings()) - {NEUTRAL} and len(denied) > 15


@given(st.text(), st.floats(0, 1))
def test_intensity_stays_in_range_and_nothing_stays_nothing(text: str, intensity: float) -> None:
    wording = WORDINGS.of(text)
    assert 0 <= wording.strengthened(intensity) <= 1 + 1e-12 and wording.strengthened(0.0) == 0.0


@given(st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_stronger_feeling_in_the_same_wording_is_no_weaker(text: str, one: float, other: float) -> None:
    wording, (less, more) = WORDINGS.of(text), sorted((one, other))
    assert wording.strengthened(less) <= wording.strengthened(more) + 1e-12


@given(st.text(), st.floats(0, 1))
def test_an_exclamation_mark_more_is_never_weaker(text: str, intensity: float) -> None:
    assert WORDINGS.of(text).strengthened(intensity) <= WORDINGS.of(f"{text}!").strengthened(intensity) + 1e-12
