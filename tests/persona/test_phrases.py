"""Phrases as whole words: what stands inside what, whatever the capitals and the commas."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.persona.phrases import MOST_COMPARED, among, everyday, sentence_lengths

TEXTS = st.lists(st.sampled_from(["my", "dear", "Dear", "oh", "I'm", "here", "…", "dearest", "up"]), min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("inner", "outer", "inside"),
    [
        ("dear", "my Dear friend", True),
        ("MY  DEAR", "oh, my dear!", True),
        ("dear", "dearest", False),
        ("dear", "endear", False),
        ("my friend", "my dear friend", False),
        ("friend my", "my friend", False),
        ("I'm", "i'm here", True),
        ("ﬁne", "a fine day", True),
        ("♥", "♥", True),
        ("…", "well …", False),
    ],
)
def test_whole_words_alone_count(inner: str, outer: str, inside: bool) -> None:
    assert (among((inner,)).within(outer) is not None) == (among((outer,)).around(inner) is not None) == inside


@given(st.lists(TEXTS, max_size=6), TEXTS)
def test_both_looks_agree_with_a_look_at_each(phrases: list[str], phrase: str) -> None:
    assert (among(tuple(phrases)).within(phrase) is not None) == any(among((one,)).within(phrase) for one in phrases)
    assert (among(tuple(phrases)).around(phrase) is not None) == any(among((phrase,)).within(one) for one in phrases)


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_inside_stays_inside_when_more_is_said(inner: str, before: str, after: str) -> None:
    if any(letter.isalnum() for letter in inner):
        assert among((inner,)).within(f"{before} {inner}, {after}") == inner


def test_the_commonest_words_are_found_when_they_stand_alone() -> None:
    assert everyday(["The", "lighthouse", "to be", "and", "the"]) == ("the", "and")


def test_sentences_are_counted_with_their_words() -> None:
    assert sentence_lengths("One wave at a time. Then… the next!") == (5, 1, 2)
    assert sentence_lengths("...") == ()


def test_of_a_very_long_phrase_its_beginning_is_compared() -> None:
    long = [f"word{at}" for at in range(MOST_COMPARED + 3)]
    assert among((" ".join(long),)).within(" ".join(["so", *long])) and among((" ".join(long),)).around(" ".join(long[4:]))
    assert among((" ".join(long),)).within(" ".join(long[: MOST_COMPARED - 1])) is None
