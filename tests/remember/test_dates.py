from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.remember.dates import Span, asks_when, spans, tells_when

TODAY = date(2026, 11, 20)  # a Friday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("What did I show you on October 13, 2023?", date(2023, 10, 13), date(2023, 10, 13)),
        ("what happened on the 3rd of march 2024", date(2024, 3, 3), date(2024, 3, 3)),
        ("Where was I on 2025-02-07?", date(2025, 2, 7), date(2025, 2, 7)),
        ("what did we do last June?", date(2026, 6, 1), date(2026, 6, 30)),
        ("what did I say in December", date(2025, 12, 1), date(2025, 12, 31)),
        ("Who visited me in August 2023?", date(2023, 8, 1), date(2023, 8, 31)),
        ("what did I tell you yesterday", date(2026, 11, 19), date(2026, 11, 19)),
        ("what was wrong last Tuesday?", date(2026, 11, 17), date(2026, 11, 17)),
        ("how was I two weeks ago", date(2026, 11, 3), date(2026, 11, 9)),
        ("what did i read last summer", date(2026, 6, 1), date(2026, 8, 31)),
        ("where did I go last winter", date(2025, 12, 1), date(2026, 2, 28)),
        ("what did I plan for last month?", date(2026, 10, 1), date(2026, 10, 31)),
        ("what happened in 2022", date(2022, 1, 1), date(2022, 12, 31)),
        ("how did I feel last week", date(2026, 11, 9), date(2026, 11, 15)),
    ],
)
def test_days_a_question_speaks_of(text: str, first: date, last: date) -> None:
    assert spans(text, TODAY) == (Span(first, last),)


@pytest.mark.parametrize(
    "text",
    ["may I ask you something?", "the long march home", "you may be right", "give me a second", "he sat in the sun", "I have two cats"],
)
def test_ordinary_words_are_no_dates(text: str) -> None:
    assert spans(text, TODAY) == ()


def test_two_dates_are_both_read() -> None:
    assert len(spans("what changed between 3 May 2025 and 10 June 2025?", TODAY)) == 2


def test_what_was_said_near_the_day_fits_better() -> None:
    day = Span(date(2026, 5, 10), date(2026, 5, 10))
    marks = [day.nearness(date(2026, 5, d)) for d in (10, 14, 28)]
    assert marks == sorted(marks, reverse=True) and marks[0] == 1
    assert 1 > day.nearness(day.first - timedelta(days=1)) == day.nearness(day.last + timedelta(days=1)) > marks[1]
    assert day.nearness(date(2026, 9, 1)) == 0


def test_when() -> None:
    assert asks_when("When did I adopt him?") and asks_when("what year was that") and not asks_when("who was there?")
    assert tells_when("we went there last weekend") and not tells_when("we went there by car")


@given(st.text(max_size=200), st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
def test_any_text_can_be_read(text: str, today: date) -> None:
    for span in spans(text, today):
        assert span.first <= span.last
        assert 0 <= span.nearness(today) <= 1
