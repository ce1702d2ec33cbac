"""How memories are drawn: hostile words stay words, and pictures stay in their frames."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.remember.protocol import Factors
from companion.store.memories import New
from companion.ui.memory_pictures import plane, timeline
from companion.ui.memory_rows import bar
from companion.ui.memory_view import look, pictured
from companion.ui.memory_words import force
from companion.ui.outlook import Outlook, filters
from companion.ui.recalled import Reminder, chips
from tests.ui.knowledge import NOON, Known, Tab

EVIL = '<img src=x onerror="a()">"\'</textarea><script>b()</script>'


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Known]:
    made = Known(tmp_path / "home")
    yield made
    made.engine.dispose()


class Reader(HTMLParser):
    """The names of all elements and of all their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _ in attrs)}


def tags(html: str) -> set[str]:
    reader = Reader()
    reader.feed(html)
    return reader.seen


def test_what_is_known_cannot_act(known: Known) -> None:
    (said,) = known.talk(EVIL, title=EVIL)
    memory = known.learn(EVIL, said, subject=EVIL, attribute=EVIL, value=EVIL)
    known.memories.add("mara", New("summary", EVIL, said_at=NOON), by_hand=True)
    known.places = tuple((one.id, n, n) for n, one in enumerate((*pictured(known, "mara"), memory)))
    tab = Tab(known)
    tab.do(tab.actions.show(tab.outlook, memory.id))
    parts = [value for value in tab.shown.values() if isinstance(value, str)]
    tab.do(tab.actions.choose_others(tab.outlook, memory.id))
    parts.append(tab.text("rows"))
    tab.do(tab.actions.ask(tab.outlook, "find", EVIL + "?"))
    parts.append(tab.text("rows"))
    html = "".join(parts) + chips((Reminder("x", "memory", EVIL, EVIL),))
    assert not tags(html) & {"img", "script", "onerror"} and "&lt;script&gt;" in html


def test_a_bar_has_a_part_for_each_reason(known: Known) -> None:
    assert bar(Factors(0.25, 0, 0.75)).count("<span") == 2 and "width:75.0%" in bar(Factors(0.25, 0, 0.75))


def test_a_quiet_line_shows_three_and_keeps_the_rest_behind_a_number() -> None:
    html = chips(tuple(Reminder(str(n), "memory", f"thing {n}", "") for n in range(5)))
    assert html.index("thing 2") < html.index("+2") < html.index("thing 3") and chips(()) == ""


def test_days_out_of_a_form_that_are_none_are_not_chosen() -> None:
    chosen = filters({"since": "yesterday", "until": "2026-13-40", "state": "gone", "pinned": ""})
    assert chosen == filters({})


def test_when_a_memory_holds_is_told_by_its_kind(known: Known) -> None:
    assert force(known.learn("a", days_ago=7), NOON) == "since 13 Nov"
    event = known.memories.add("mara", New("event", "b", said_at=NOON), by_hand=True)
    assert force(event, NOON) == "20 Nov"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=3, max_size=9))
def test_no_point_leaves_the_map(known: Known, points: list[tuple[float, float]]) -> None:
    while len(here := pictured(known, "mara")) < len(points):
        known.learn(f"thing {len(here)}")
    view = look(known, Outlook("mara"))
    html = plane(view, here, [(one.id, x, y) for one, (x, y) in zip(here, points, strict=False)])
    assert all(0 <= float(each) <= 100 for each in re.findall(r"(?:left|top):([\d.-]+)%", html)) and "nan" not in html


def test_a_crowded_day_counts_what_does_not_fit_and_opens_it(known: Known) -> None:
    for number in range(9):
        known.learn(f"thing {number}", days_ago=3)
    known.learn("later")
    html = timeline(look(known, Outlook("mara")), pictured(known, "mara"))
    assert ">+4<" in html and 'data-since="2026-11-17" data-until="2026-11-17"' in html and html.count('class="point') == 6


def test_a_card_says_when_a_model_has_read_it(known: Known) -> None:
    (said,) = known.talk("We've been in Porto since May")
    tab = Tab(known)
    for extractor, told in (("model", True), ("rules", False)):
        memory = known.learn(f"by {extractor}", said, extractor=extractor)
        tab.do(tab.actions.show(tab.outlook, memory.id))
        assert ("by a language model" in tab.text("card")) == told
