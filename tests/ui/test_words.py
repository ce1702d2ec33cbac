from datetime import datetime, timedelta

import pytest

from companion.ui.words import counted, day, gap, seconds, size

NOW = datetime(2026, 11, 20, 19, 30)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (datetime(2026, 11, 20, 8), "This morning"),
        (datetime(2026, 11, 20, 19), "This evening"),
        (datetime(2026, 11, 20, 23, 30), "Tonight"),
        (datetime(2026, 11, 19, 15), "Yesterday afternoon"),
        (datetime(2026, 11, 17, 9), "Tuesday morning"),
        (datetime(2026, 10, 9, 20), "9 October, evening"),
        (datetime(2025, 10, 9, 2), "9 October 2025, night"),
    ],
)
def test_a_day_is_told_as_people_tell_it(said: datetime, words: str) -> None:
    assert day(said, NOW) == words


@pytest.mark.parametrize(
    ("between", "words"),
    [
        (timedelta(hours=5), "five hours"),
        (timedelta(days=1, hours=3), "one day"),
        (timedelta(weeks=6), "six weeks"),
        (timedelta(days=90), "three months"),
    ],
)
def test_a_pause_is_told_in_its_largest_unit(between: timedelta, words: str) -> None:
    assert gap(between) == words


def test_numbers_up_to_twelve_are_words() -> None:
    assert [counted(1, "day"), counted(12, "day"), counted(1300, "day")] == ["one day", "twelve days", "1,300 days"]


@pytest.mark.parametrize(("ms", "words"), [(210, "0.21 s"), (4300, "4.3 s"), (42_000, "42 s"), (72_000, "1 min 12 s")])
def test_durations(ms: float, words: str) -> None:
    assert seconds(ms) == words


@pytest.mark.parametrize(("number", "words"), [(12, "12 bytes"), (76e6, "76 MB"), (4.1e9, "4.1 GB"), (16.4e9, "16 GB")])
def test_sizes(number: float, words: str) -> None:
    assert size(number) == words
