"""The chronicle on the Memory tab: read, corrected where it stands, and left alone while someone writes in it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from companion.store.memories import Memory, New
from companion.ui.memory_words import force
from tests.ui.knowledge import NOON, Known, Tab


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Known]:
    made = Known(tmp_path / "home")
    yield made
    made.engine.dispose()


def entry(known: Known, text: str, *, days_ago: int = 0) -> Memory:
    """An entry of the chronicle on what was said over two days."""
    said = known.talk(f"{text} began", days_ago=days_ago + 1) + known.talk(f"{text} ended", days_ago=days_ago)
    until = NOON - timedelta(days=days_ago)
    new = New("summary", text, said_at=until, holds_from=until - timedelta(days=1), sources=tuple(said))
    return known.memories.add("mara", new)


def test_an_entry_tells_its_days_and_each_line_its_own(known: Known) -> None:
    made = entry(known, 'they said "Gulls."\n19 November: they said "<b>Terns</b>."', days_ago=1)
    html = Tab(known).text("chronicle")
    assert "18 November to 19 November" in html
    assert '<small>19 November</small> They said "&lt;b&gt;Terns' in html.replace("&quot;", '"')
    assert force(made, NOON) == "18 Nov to 19 Nov"


def test_an_entry_is_corrected_where_it_stands(known: Known) -> None:
    made = entry(known, "they counted gulls")
    tab = Tab(known)
    tab.do(tab.actions.save(tab.outlook, made.id, {"text": "they counted terns"}))
    assert "They counted terns" in tab.text("chronicle") and "in your words" in tab.text("chronicle")
    assert known.memories.get(made.id).edited_at


def test_the_newest_come_first_and_the_oldest_behind_a_press(known: Known) -> None:
    for number in range(10):
        entry(known, f"they counted number{number}", days_ago=40 - number)
    html = Tab(known).text("chronicle")
    assert html.index("number9") < html.index("number2") < html.index("<details") < html.index("number1") and "Two older entries" in html


def test_what_is_being_written_stays_until_there_is_another_entry(known: Known) -> None:
    entry(known, "they counted gulls")
    tab = Tab(known)
    known.learn("their boat is called Skerry")
    (drawn,) = tab.do(tab.actions.glance(tab.outlook))
    assert drawn.rows and drawn.chronicle is None
    entry(known, "they counted terns")
    (drawn,) = tab.do(tab.actions.glance(tab.outlook))
    assert drawn.chronicle and "terns" in drawn.chronicle


def test_where_nothing_has_left_there_is_no_chronicle(known: Known) -> None:
    known.learn("their boat is called Skerry")
    assert Tab(known).text("chronicle") == ""
