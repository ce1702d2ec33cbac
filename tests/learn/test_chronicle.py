from datetime import UTC, datetime, timedelta

import pytest

from companion.learn.chronicle import summed_up
from companion.store.chronicle import Noted
from companion.store.records import Message

START = datetime(2026, 10, 9, 12, tzinfo=UTC)


def talk(*said: str, hours_apart: float = 0.1) -> list[Message]:
    """What the user said, each answered with "I see."."""
    path = []
    for number, text in enumerate(said):
        at = START + timedelta(hours=number * hours_apart)
        for role, words in (("user", text), ("persona", "I see.")):
            path.append(Message(f"{role}{number}", "c", None, role, words, "complete", at, at, None, None, None))  # type: ignore[arg-type]
    return path


SMALL_TALK = ("Hi there!", "How are you?", "Thanks a lot.", "That sounds great!", "Haha, yes.", "What do you think?", "Good night!")


def lines_of(path: list[Message], *noted: Noted) -> list[str]:
    return summed_up(path, path, noted, len(path) // 2).splitlines()


def test_what_tells_something_is_quoted_in_the_order_it_was_said() -> None:
    path = talk(
        *SMALL_TALK[:4], "My sister Anna moved to Porto. Isn't that nice?", *SMALL_TALK[4:], "I start at the bakery on Monday.", "Ok."
    )
    assert lines_of(path)[:2] == ['they said "My sister Anna moved to Porto."', 'they said "I start at the bakery on Monday."']
    assert len(lines_of(path)) == 2  # there is room for a third, and nothing else was told


def test_three_of_ten_are_kept_and_each_speaks_of_something_else() -> None:
    boat = [f"I painted the old boat {colour} on the slipway." for colour in ("red", "blue", "green", "white")]
    path = talk(*boat, "My brother Tom broke his leg skiing.", "I baked rye bread this morning.", *SMALL_TALK[:4])
    lines = lines_of(path)
    assert len(lines) == 3 and sum("boat" in line for line in lines) == 1
    assert any("Tom" in line for line in lines) and any("rye" in line for line in lines)


def test_what_something_was_learnt_from_counts_for_more() -> None:
    path = talk("I saw grey seals and puffins near the lighthouse rocks.", "I am allergic to nuts.", "The ferry was late.")
    assert "seals" in lines_of(path)[0]
    assert lines_of(path, Noted("user1", "they are allergic to nuts", "nuts", 0.9)) == ['they said "I am allergic to nuts."']


def test_a_line_of_a_later_day_names_it() -> None:
    path = talk("I planted tulips in the garden.", *SMALL_TALK, "The tulips died in the frost, my garden is bare.", hours_apart=30)
    lines = lines_of(path)
    assert lines[0].startswith('they said "I planted tulips') and lines[1].startswith('19 October: they said "The tulips died')


def test_a_long_sentence_is_shortened_and_its_quotes_cannot_end_it() -> None:
    (line,) = lines_of(talk('I told her "' + "lighthouse " * 30 + '"'))
    assert line.startswith("they said \"I told her 'lighthouse") and line.endswith('lighthouse…"') and len(line) < 100


@pytest.mark.parametrize("text", ["Hi!", "?!", "…", "早上好", "a" * 5000])
def test_whatever_was_said_gives_one_line(text: str) -> None:
    assert len(lines_of(talk(text))) == 1


def test_languages_without_blanks_tell_something_too() -> None:
    path = talk("你好!", "我姐姐安娜搬到了波尔图。", "谢谢!", "我星期一开始在面包店工作。")
    assert 'they said "我姐姐安娜搬到了波尔图。"' in lines_of(path) or 'they said "我星期一开始在面包店工作。"' in lines_of(path)


def test_where_the_user_said_nothing_there_is_nothing_to_tell() -> None:
    assert summed_up([one for one in talk("Hi") if one.role == "persona"], talk("Hi"), (), 1) == ""
