"""What makes a remark an answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.remember.remarks import SIGNS, UNREAD, WEIGHTS, alike, answering, chances, has_what


def worth(text: str, question: str, *, meaning: float = 0.3, words: float = 0.2, read: float | None = None) -> float:
    known = {} if read is None else {"it": read, "the last that was read": -1.0}
    return float(answering([("it", text)], np.array([meaning]), np.array([words]), known, question)[0])


@pytest.mark.parametrize(
    ("question", "has", "lacks"),
    [
        ("when is my birthday?", "it's on the 29th of December", "nobody remembers it"),
        ("which day do I play chess?", "chess at the library on Thursdays", "chess at the library"),
        ("how old is my gran?", "she's 93", "she's ancient"),
        ("how much is the loan?", "it's forty thousand", "it's too much"),
        ("what is my dog called?", "the dog, Waffles, ate a candle", "the dog ate a candle"),
        ("where do I live?", "the buses in Leeds are a joke", "the buses are a joke"),
    ],
)
def test_what_is_asked_for_counts(question: str, has: str, lacks: str) -> None:
    assert has_what(question, has) > has_what(question, lacks)
    assert worth(has, question) > worth(lacks, question)


def test_who_tells_answers_better_than_who_asks() -> None:
    assert worth("I have a dog", "what pet do I have?") > worth("do you have a dog?", "what pet do I have?")


def test_words_may_stand_for_one_another() -> None:
    assert "mum" in alike()["mother"]
    assert "mother" in alike()["mum"]
    assert all(word not in others for word, others in alike().items())


@given(st.text(max_size=80), st.text(max_size=80), st.floats(0, 1), st.floats(0, 1))
def test_nearer_is_never_worse(text: str, question: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert worth(text, question, meaning=low) <= worth(text, question, meaning=high) + 1e-5
    assert worth(text, question, words=low) <= worth(text, question, words=high) + 1e-5
    assert worth(text, question, read=low) <= worth(text, question, read=high) + 1e-5


def test_what_was_not_read_counts_like_the_last_that_was() -> None:
    read = {"first": 12.0, "last": 7.0}
    first, last, other = answering([(one, "I have a dog") for one in ("first", "last", "other")], np.zeros(3), np.zeros(3), read, "a dog?")
    assert first > last == other


@given(st.lists(st.floats(-20, 20), max_size=20))
def test_chances_leave_room_for_nothing(odds: list[float]) -> None:
    found = chances(odds)
    assert all(0 <= one <= 1 for one in found) and sum(found) < 1
    assert sorted(range(len(odds)), key=odds.__getitem__) == sorted(range(len(odds)), key=lambda i: (found[i], odds[i]))


def test_one_that_is_as_likely_as_nothing_is_so_in_one_of_two() -> None:
    assert chances([0.0]) == [0.5] and chances([]) == []


def test_every_sign_has_a_weight() -> None:
    assert len(SIGNS) == len(WEIGHTS) == len(UNREAD) and (WEIGHTS >= 0).all() and (UNREAD >= 0).all()
