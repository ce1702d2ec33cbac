import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.feel.grams import MOST_CHARS, grams


@pytest.mark.parametrize(
    ("one", "other"),
    [("I am SO glad", "i am so Glad to"), ("don’t go", "don't go now"), ("soooo good", "sooooooo good"), ("ha 😀", "😀 ha")],
)
def test_what_is_written_alike_shares_signs(one: str, other: str) -> None:
    shared = set(grams(one)) & set(grams(other))
    assert len(shared) > len(set(grams(one)) & set(grams("the bus leaves at nine in the morning from here.")))


@pytest.mark.parametrize(
    ("one", "other"),
    [("happy", "not happy"), ("good dog", "dog good"), ("fine", "fine!"), ("fine", "FINE"), ("nice", "nice :)"), ("well", "well...")],
)
def test_what_is_put_otherwise_has_another_sign(one: str, other: str) -> None:
    assert grams(one) != grams(other)


def test_a_word_behind_a_denial_is_another_word() -> None:
    assert set(grams("not happy")) - set(grams("happy")) - set(grams("not")) != set()
    denied = set(grams("not really happy")) & set(grams("never so happy"))
    assert len(denied) > len(set(grams("a really happy")) & set(grams("one so happy")))


@given(st.text())
def test_signs_are_distinct_and_in_rising_order(text: str) -> None:
    found = grams(text)
    assert found == sorted(set(found)) and found and all(0 <= sign < 2**32 for sign in found)


def test_half_a_character_and_a_very_long_text_are_read_too() -> None:
    assert grams("\ud800 hello") and grams("a" * MOST_CHARS) == grams("a" * 10 * MOST_CHARS)
