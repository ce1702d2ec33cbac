"""Which days people speak of, on Wednesday 11 March 2026 at three in the afternoon."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.learn.moments import find

NOW = datetime(2026, 3, 11, 15, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("clause", "words", "starts"),
    [
        ("we met yesterday", "Tuesday 10 March", "2026-03-10"),
        ("i leave tomorrow at nine", "Thursday 12 March at 9:00", "2026-03-12"),
        ("i leave tomorrow morning", "Thursday 12 March", "2026-03-12"),
        ("it is the day after tomorrow", "Friday 13 March", "2026-03-13"),
        ("we married last tuesday", "Tuesday 10 March", "2026-03-10"),
        ("it is on wednesday", "Wednesday 18 March", "2026-03-18"),
        ("i fell on wednesday", "Wednesday 4 March", "2026-03-04"),
        ("it is next friday", "Friday 20 March", "2026-03-20"),
        ("it is this friday", "Friday 13 March", "2026-03-13"),
        ("it is next week tuesday", "Tuesday 17 March", "2026-03-17"),
        ("it is on tuesday next week", "Tuesday 17 March", "2026-03-17"),
        ("it is in two weeks", "Wednesday 25 March", "2026-03-25"),
        ("it was a week ago", "Wednesday 4 March", "2026-03-04"),
        ("we moved three years ago", "2023", "2023-01-01"),
        ("it is next month", "April", "2026-04-01"),
        ("it was last month", "February", "2026-02-01"),
        ("it is next week", "the week of 16 March", "2026-03-16"),
        ("it is this weekend", "the weekend of 14 March", "2026-03-14"),
        ("it is next summer", "summer", "2026-06-01"),
        ("we met last summer", "summer 2025", "2025-06-01"),
        ("it is in may", "May", "2026-05-01"),
        ("it is in january", "January 2027", "2027-01-01"),
        ("it is on the 3rd", "Friday 3 April", "2026-04-03"),
        ("it was on the 3rd", "Tuesday 3 March", "2026-03-03"),
        ("it is on 12 march", "Thursday 12 March", "2026-03-12"),
        ("it is on march 12th at 14:30", "Thursday 12 March at 14:30", "2026-03-12"),
        ("it is on the 5th of june 2027", "Saturday 5 June 2027", "2027-06-05"),
        ("it is on 2026-12-24", "Thursday 24 December", "2026-12-24"),
        ("it is on 24.12.2026", "Thursday 24 December", "2026-12-24"),
        ("at half past nine on thursday", "Thursday 12 March at 9:30", "2026-03-12"),
        ("it is at 3pm on friday", "Friday 13 March at 15:00", "2026-03-13"),
        ("since 2019", "2019", "2019-01-01"),
        ("until may", "May", "2026-05-01"),
        ("on christmas eve", "Thursday 24 December", "2026-12-24"),
    ],
)
def test_a_date_is_resolved(clause: str, words: str, starts: str) -> None:
    found = find(clause, NOW)
    assert found is not None
    assert (found.when.words, f"{found.when.start:%Y-%m-%d}") == (words, starts)


ORDINARY = (
    *("i may go home", "we march on", "the sun is out", "he sat down", "give me a second", "we have 3 dogs and 2 cats"),
    *("it is 31 february", "mon ami", "3/4/2026", "i am 34"),
)


@pytest.mark.parametrize("clause", ORDINARY)
def test_ordinary_words_are_no_date(clause: str) -> None:
    assert find(clause, NOW) is None


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120), st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)))
def test_nothing_breaks_it(clause: str, moment: datetime) -> None:
    for words in ("on monday ", "in two weeks ", "last month ", "on the 31st ", "29 february ", "next year "):
        found = find(words + clause.lower(), moment.replace(tzinfo=NOW.tzinfo))
        assert found is None or found.when.start < found.when.end
