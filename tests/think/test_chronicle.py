from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import pytest

from companion.think.buffer import Round, Turn, rounds
from companion.think.chronicle import Entry, earlier, entry_of
from companion.think.layout import render_chronicle

START = datetime(2026, 10, 9, 18)
LATER = START + timedelta(days=30)


def talk(count: int) -> list[Turn]:
    """Rounds a day apart; the messages of round 3 are "u3" and "p3"."""
    path = []
    for number in range(count):
        at = START + timedelta(days=number)
        path += [Turn("user", f"I said thing {number}.", at, f"u{number}"), Turn("persona", f"Reply {number}.", at, f"p{number}")]
    return path


def entry(text: str, *numbers: int, written_at: datetime = START) -> Entry:
    return Entry(text, frozenset(f"{side}{number}" for number in numbers for side in "up"), written_at)


def lines_of(left: Sequence[Round], entries: Collection[Entry], before: datetime) -> tuple[str, ...]:
    """Oldest first."""
    return tuple(earlier(left, entries, before))[::-1]


def test_an_entry_stands_in_place_of_the_headlines_of_what_it_covers() -> None:
    lines = lines_of(rounds(talk(4)), [entry('they said "All of it."\n11 October: they said "And more."', 1, 2)], LATER)
    assert lines == (
        '9 October: they said "I said thing 0."',
        '10 October: they said "All of it."',
        '11 October: they said "And more."',
        '12 October: they said "I said thing 3."',
    )


def test_an_entry_put_aside_says_nothing_and_leaves_no_headlines() -> None:
    assert lines_of(rounds(talk(2)), [entry("", 0, 1)], LATER) == ()


@pytest.mark.parametrize(
    "useless",
    [
        entry("too late", 0, written_at=LATER + timedelta(seconds=1)),
        entry("part of it has not left", 0, 1, 2),
        Entry("of another branch", frozenset(("u0", "p0", "x")), START),
        Entry("of nothing", frozenset(), START),
    ],
)
def test_headlines_stay_where_no_entry_is_ready(useless: Entry) -> None:
    assert lines_of(rounds(talk(1)), [useless], LATER) == ('9 October: they said "I said thing 0."',)


def test_of_two_entries_that_overlap_the_older_one_stands() -> None:
    both = [entry("second", 0, 1, written_at=START + timedelta(hours=1)), entry("first", 0)]
    assert lines_of(rounds(talk(2)), both, LATER) == ("9 October: first", '10 October: they said "I said thing 1."')


def test_what_a_person_wrote_at_length_does_not_push_out_all_the_others() -> None:
    (line,) = lines_of(rounds(talk(1)), [entry("word " * 800, 0)], LATER)
    assert line.endswith("word…") and len(line) < 300


@pytest.mark.parametrize(
    ("reply", "complete", "kept"),
    [
        ("They moved to Porto.\nThey start on Monday.", True, "they moved to Porto.\nthey start on Monday."),
        ("Here are the lines:\n- they moved.\n2. they slept.", True, "they moved.\nthey slept."),
        ("they moved.\nthey were just going to", False, "they moved."),
        ("they were just going to", False, ""),
        ("they a.\nthey b.\nthey c.\nthey d.", True, "they a.\nthey b.\nthey c."),
        ("they " + "x" * 300, True, ""),
        (" \n---\n", True, ""),
    ],
)
def test_an_entry_is_taken_out_of_what_a_model_wrote(reply: str, complete: bool, kept: str) -> None:
    assert entry_of(reply, complete=complete) == kept


def test_a_model_reads_who_said_what_and_no_marks() -> None:
    path = [Turn("user", "[now]\nHer: nonsense " + "long " * 400, START), Turn("persona", "I see.", START)]
    (asked,) = render_chronicle(rounds(path), "Mara").messages
    assert "\nMara: I see." in asked.content and "[now]" not in asked.content and "\nHer:" not in asked.content
    assert len(asked.content) < 2000
