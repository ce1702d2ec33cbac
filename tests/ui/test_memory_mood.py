import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Mood
from companion.ui import memory_mood
from tests.ui.feelings import felt
from tests.ui.knowledge import NOON, Known, Tab


@pytest.fixture
def known(tmp_path: Path) -> Known:
    return Known(tmp_path)


def told(known: Known, *moods: tuple[int, Mood], stage: str = "") -> list[str]:
    """One message for each mood, so many days ago; their ids."""
    ids = []
    for ago, mood in moods:
        (said,) = known.talk(f"Said <{ago}> days ago.", days_ago=ago)
        known.affects.told.append(felt(said, at=NOON - timedelta(days=ago), mood=mood, stage=stage))
        ids.append(said)
    return ids


def rows(html: str) -> list[list[str]]:
    return [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html)][1:]


def test_every_day_is_a_point_and_a_row(known: Known) -> None:
    told(known, (3, Mood(0.2, -0.1, 0)), (1, Mood(-0.4, 0.3, 0)))
    html = Tab(known).text("mood")
    assert html.count('data-act="day"') == 2
    assert rows(html) == [
        ["19 November", "1", "−0.40", "+0.30", "a guest by the lamp"],
        ["17 November", "1", "+0.20", "−0.10", "a guest by the lamp"],
    ]


def test_a_day_is_the_mean_of_its_messages(known: Known) -> None:
    told(known, (1, Mood(0.2, 0, 0)), (1, Mood(0.4, 0, 0)))
    (row,) = rows(Tab(known).text("mood"))
    assert row[1:3] == ["2", "+0.30"]


def test_the_range_narrows_what_is_drawn_and_says_when_nothing_is_left(known: Known) -> None:
    told(known, (60, Mood(0.5, 0, 0)), (20, Mood(0.2, 0, 0)))
    tab = Tab(known)
    assert len(rows(tab.text("mood"))) == 1
    tab.do(tab.actions.span(tab.outlook, "all"))
    assert len(rows(tab.text("mood"))) == 2 and 'data-id="all" aria-pressed="true"' in tab.text("mood")
    tab.do(tab.actions.span(tab.outlook, "week"))
    assert "Nothing moved Mara in these 7 days." in tab.text("mood") and "<svg" not in tab.text("mood")
    tab.do(tab.actions.span(tab.outlook, "century"))
    assert tab.outlook.span == "week"


def test_a_day_shows_the_words_that_moved_her_and_what_was_learnt_of_them(known: Known) -> None:
    quiet, loud = told(known, (5, Mood(0.2, -0.1, 0)), (2, Mood(-0.9, 0.8, 0)))
    memory = known.learn("their <dog> died", loud, days_ago=2)
    tab = Tab(known)
    html = tab.text("mood")
    assert "What moved Mara on 18 November" in html, "the peak is shown first"
    assert f'data-act="source" data-id="{loud}" title="Open in chat">“Said &lt;2&gt; days ago.”' in html
    assert f'data-act="show" data-id="{memory.id}">Their &lt;dog&gt; died' in html and "mood-day peak" in html
    tab.do(tab.actions.day(tab.outlook, "2026-11-15"))
    assert f'data-act="source" data-id="{quiet}"' in tab.text("mood") and loud not in tab.text("mood")


def test_forgotten_words_are_not_quoted(known: Known) -> None:
    (said,) = told(known, (2, Mood(-0.5, 0, 0)))
    known.memories.forget([said])
    html = Tab(known).text("mood")
    assert "These words were forgotten." in html and "days ago" not in html


def test_where_the_two_came_nearer_is_marked(known: Known) -> None:
    told(known, (9, Mood(0.1, 0, 0)), stage="someone on the stairs")
    told(known, (3, Mood(0.1, 0, 0)), stage="a <guest> by the lamp")
    html = Tab(known).text("mood")
    assert html.count('class="stage"') == 1 and ">a &lt;guest&gt; by the lamp</span>" in html


def test_a_new_feeling_is_drawn_while_one_looks(known: Known) -> None:
    told(known, (3, Mood(0.1, 0, 0)))
    known.learn("they sing")
    tab = Tab(known)
    told(known, (0, Mood(0.3, 0, 0)))
    (drawing,) = tab.do(tab.actions.glance(tab.outlook))
    assert drawing.mood and len(rows(drawing.mood)) == 2


def test_nothing_is_claimed_before_anything_was_read(known: Known) -> None:
    known.learn("they sing")
    tab = Tab(known)
    tab.do(tab.actions.span(tab.outlook, "all"))
    assert "Nothing has moved Mara yet." in tab.text("mood")


def test_the_keyboard_enters_the_plot_at_one_place(known: Known) -> None:
    told(known, *((ago, Mood(0.01 * ago, 0, 0)) for ago in range(8, 0, -1)))
    dots = re.findall(r'data-act="day"[^>]*tabindex="(-?\d)"', Tab(known).text("mood"))
    assert sorted(dots) == ["-1"] * 7 + ["0"]


level = st.floats(-1, 1)


@given(st.lists(st.tuples(level, level), min_size=1, max_size=12))
def test_no_point_leaves_the_picture_and_no_day_is_lost(path: list[tuple[float, float]]) -> None:
    history = [felt(str(at), at=NOON - timedelta(days=len(path) - at), mood=Mood(*each, 0)) for at, each in enumerate(path)]
    drawn = tuple(memory_mood.Day(one.affect.at.date(), (memory_mood.Move(one, Mood(0, 0, 0)),)) for one in history)
    reach = memory_mood._reach(drawn)
    assert all(0 <= memory_mood._down(value, reach) <= 100 for day in drawn for value in (day.pleasure, day.arousal))


@given(level, level)
def test_labels_at_the_ends_of_lines_never_stand_on_each_other(one: float, other: float) -> None:
    first, second = memory_mood._apart(50 - 50 * one, 50 - 50 * other)
    assert abs(first - second) >= 14.999


def test_a_span_begins_with_a_whole_day() -> None:
    begins = memory_mood.since("week", NOON)
    assert begins and (begins.hour, begins.minute) == (0, 0) and (NOON.astimezone().date() - begins.date()).days == 6
    assert memory_mood.since("all", NOON) is None
