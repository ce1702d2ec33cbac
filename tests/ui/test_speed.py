import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.events import Guesses, Trace
from companion.ui.speed import MOST_REPLIES, Series, panel, plot
from companion.ui.view import look
from companion.ui.words import seconds
from tests.ui.room import Room

Rooms = Callable[..., Room]


def reply(ms: float, drafted: int = 0, accepted: int = 0, plain: str = "") -> Trace:
    guesses = (Guesses("lookup", drafted, accepted),) if drafted else ()
    return Trace(first_token_ms=ms, total_ms=2 * ms, guesses=guesses, plain=plain)


@pytest.fixture
def drawn(rooms: Rooms) -> Callable[..., str]:
    room = rooms()
    view = look(room.companion, room.place.conversation_id)

    def draw(*traces: Trace) -> str:
        return panel(replace(view, traces=traces)).replace("\u00a0", " ")

    return draw


def cells(html: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)]


def heights(html: str) -> list[float]:
    """How far down each point of the first picture lies, in hundredths."""
    (dots,) = re.findall(r'<path class="dots" d="([^"]*)"', html)[:1]
    return [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)h0", dots)]


def test_a_conversation_without_a_reply_says_what_will_be_here(drawn: Callable[..., str]) -> None:
    html = drawn()
    assert "Nothing has been timed here yet. Write to Mara" in html and "<svg" not in html and "<table" not in html


def test_one_reply_is_one_point(drawn: Callable[..., str]) -> None:
    html = drawn(reply(210))
    assert "One reply so far. Its first word came after 0.21 s." in html and len(heights(html)) == 1


def test_every_reply_is_a_point_and_a_row(drawn: Callable[..., str]) -> None:
    html = drawn(reply(900, 10, 4), reply(300), reply(210, 24, 18))
    assert "Three replies. Half of them began within 0.30 s, and 65 % of what was guessed ahead stood." in html
    assert cells(html)[1:] == [
        ["1", "0.90 s", "1.8 s", "4 of 10"],
        ["2", "0.30 s", "0.60 s", "none made"],
        ["3", "0.21 s", "0.42 s", "18 of 24"],
    ]
    assert len(heights(html)) == 3 and "guesses that stood, newest 75 %" in html


def test_the_goal_is_drawn_where_it_lies(drawn: Callable[..., str]) -> None:
    html = drawn(reply(800), reply(100))
    (level,) = re.findall(r'class="mark" d="M0 ([\d.]+)H100"', html)[:1]
    slow, fast = heights(html)
    assert slow < float(level) < fast and "goal 0.50 s" in html


def test_a_line_breaks_off_where_nothing_was_guessed(drawn: Callable[..., str]) -> None:
    html = drawn(reply(1, 4, 1), reply(1), reply(1, 4, 2), reply(1, 4, 4))
    line = re.findall(r'class="line" d="([^"]*)"', html)[1]
    assert line.count("M") == 2 and line.count("L") == 1


def test_without_guesses_the_page_says_so_and_why(drawn: Callable[..., str]) -> None:
    html = drawn(reply(300, plain="sliding-window attention"))
    assert "Nothing was guessed ahead in these replies. Sliding-window attention." in html and html.count("<svg") == 1


def test_one_slow_beginning_does_not_flatten_the_rest(drawn: Callable[..., str]) -> None:
    html = drawn(reply(9000), *(reply(200 + 10 * i) for i in range(8)))
    slow, *others = heights(html)
    assert slow == 0 and max(others) - min(others) > 3 and "9.0 s ↑" in html


def test_a_long_conversation_shows_its_newest_replies_under_their_own_numbers(drawn: Callable[..., str]) -> None:
    html = drawn(*(reply(200 + i) for i in range(MOST_REPLIES + 10)))
    assert len(heights(html)) == MOST_REPLIES and cells(html)[1][0] == "11" and "70 replies." in html and ">reply 11<" in html


def test_what_an_engine_says_is_text(drawn: Callable[..., str]) -> None:
    assert "<b>" not in drawn(reply(1, plain="<b>x</b>"))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(1e-3, 1e6))
def test_no_point_leaves_the_picture(values: list[float], top: float) -> None:
    html = plot(Series("x", values, top, seconds, (top, "top")), 1)
    assert all(0 <= y <= 100 for y in heights(html)) and "nan" not in html


def test_the_newest_reply_joins_when_it_ends_and_a_swipe_shows_the_others(rooms: Rooms) -> None:
    room = rooms(("First.",), ("Second.",))
    assert "Nothing has been timed" in room.text("speed")
    room.do(room.actions.send(room.place, "Hi."))
    assert "One reply so far." in room.text("speed")
    room.do(room.actions.send(room.place, "And again."))
    assert "Two replies." in room.text("speed")
    room.do(room.actions.branch(room.place, room.companion.conversations.path(room.place.conversation_id)[2].id))
    assert "One reply so far." in room.text("speed")


def test_the_panel_opens_from_under_a_reply_and_from_beside_her(rooms: Rooms) -> None:
    room = rooms(("First.",))
    room.do(room.actions.send(room.place, "Hi."))
    assert all('popovertarget="speed-panel"' in room.text(part) for part in ("transcript", "presence"))
