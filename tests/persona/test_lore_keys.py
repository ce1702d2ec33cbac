"""What counts as finding a key in a text, and that no pattern, whoever wrote it, takes long."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.persona.lore_keys import PATTERN_S, STRIKES, Allowance, KeySearch, Sought, is_pattern


class Clock:
    """A clock that each look at it moves on by a little."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


def finds(key: str, text: str, *, case_sensitive: bool = False, whole_words: bool = True) -> bool:
    search = KeySearch()
    number = search.number(Sought(key, case_sensitive, whole_words))
    return number in search.found(text, Allowance(Clock()))


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("mill", "The MILL burned.", True),
        ("mill", "A windmill.", False),
        ("mill", "mill_stone", False),
        ("safe haven", "Is this a Safe Haven?", True),
        ("safe haven", "unsafe haven", False),
        ("safe haven", "safe havens", False),
        ("Mara's", "that is mara’s cat", True),
        ("@home", "write to me@home now", True),
        ("...", "Well...", True),
        ("Zoë", "Zoe\u0308 is here", True),
        ("straße", "die STRASSE", True),
        ("森", "黒い森の中", True),
        ("❤", "I ❤ you", True),
        ("C++", "she writes C++.", True),
        ("C++", "ABC++", False),
    ],
)
def test_whole_words(key: str, text: str, found: bool) -> None:
    assert finds(key, text) is found


def test_inside_words_and_capitals_when_asked_for() -> None:
    assert finds("mill", "A windmill.", whole_words=False)
    assert not finds("Mill", "the mill", case_sensitive=True)
    assert finds("Mill", "the Mill", case_sensitive=True)


def test_a_pattern_is_one_only_when_it_is_written_as_one() -> None:
    assert finds(r"/drag(on|ons)\b/i", "DRAGONS arrive")
    assert not finds(r"/dragon/", "DRAGON")
    assert finds(r"/a.b/s", "a\nb")
    assert finds("dr.gon", "a dr.gon")
    assert not finds("dr.gon", "a dragon")
    assert [is_pattern(key) for key in ("/a/", "/a/gi", r"/a\/b/u", "/a/b/", "/a/x", "a/b/", "//", "km/h", "/usr/bin")] == [
        True, True, True, False, False, False, False, False, False,
    ]  # fmt: skip


def test_a_pattern_that_is_none_is_never_found_and_named() -> None:
    search = KeySearch()
    search.number(Sought("/(a/"))
    assert search.found("(a", Allowance(Clock())) == frozenset()
    assert search.broken == ("/(a/",)


def test_a_catastrophic_pattern_is_stopped_and_after_three_times_put_aside() -> None:
    search = KeySearch()
    number = search.number(Sought(r"/^(a|aa)+(b|bb)+\1*c$/"))
    key = r"/((a+)+)+$/"
    slow = search.number(Sought(key))
    text = "a" * 200 + "!"
    for _ in range(STRIKES):
        assert slow not in search.found(text, Allowance(Clock()))
    assert key in search.slow
    assert number not in search.found(text, Allowance(Clock()))


def test_all_patterns_together_have_an_allowance_and_texts_are_found_without_it() -> None:
    search = KeySearch()
    patterns = [search.number(Sought(f"/mill{'e' * i}?/")) for i in range(5)]
    word = search.number(Sought("mill"))
    allowance = Allowance(Clock(step_s=PATTERN_S), left_s=PATTERN_S * 1.5)
    assert search.found("the mill", allowance) == {*patterns[:2], word}
    assert allowance.left_s <= 0


words = st.text(alphabet="ab' -ß森", min_size=1, max_size=6).filter(str.strip)


@given(st.lists(words, min_size=1, max_size=8), st.text(alphabet="abAB' -ß森", max_size=40), st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_searching_for_all_keys_together_finds_what_searching_for_each_alone_does(
    keys: list[str], text: str, case: bool, whole: bool
) -> None:
    search = KeySearch()
    numbers = {key: search.number(Sought(key, case, whole)) for key in keys}
    together = search.found(text, Allowance(Clock()))
    assert {key for key, number in numbers.items() if number in together} == {
        key for key in keys if finds(key, text, case_sensitive=case, whole_words=whole)
    }


@given(words, st.text(alphabet="abAB -", max_size=30))
@settings(max_examples=200, deadline=None)
def test_a_key_found_as_a_word_is_found_inside_as_well(key: str, text: str) -> None:
    if finds(key, text):
        assert finds(key, text, whole_words=False)
