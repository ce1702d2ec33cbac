"""The mood simulator and the forms of goals and rules, without a browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Affect, Felt, Manner, Mood, Reason
from companion.compose import Companion, compose
from companion.errors import InputError, ModelError
from companion.persona.editing import data_of, part_at
from companion.settings import Settings
from companion.think.fake import FakeEngine
from companion.ui.studio_drawing import marks
from companion.ui.studio_mood import beside, simulator
from companion.ui.studio_plane import PAD_PX, SIDE_PX, _together, over_time, plane, window
from companion.ui.studio_rules import CAUSES, caused, goal_words, goals, rule_words, rules, topics
from companion.ui.studio_trying import MOST_LINES, Line, Talk, examples
from tests.ui.moods import try_out
from tests.ui.tab import Tab

TODAY = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
UNIT = st.floats(-1, 1)
MOODS = st.lists(st.builds(Mood, UNIT, UNIT, UNIT), min_size=1, max_size=MOST_LINES)


def simulated(companion: Companion, feels: object = try_out) -> Tab:
    """A copy of Mara, whose heart is the one that a test hands in."""
    tab = Tab(companion, feels)
    tab.do(tab.actions.duplicate(tab.bench))
    return tab


@pytest.fixture
def companion(tmp_path: Path) -> Iterator[Companion]:
    made = compose(Settings(home=tmp_path), engine=FakeEngine())
    yield made
    made.close()


@pytest.fixture
def tab(companion: Companion) -> Tab:
    made = simulated(companion)
    made.do(made.actions.section(made.bench, "mood"))
    return made


# --- the talk


def test_time_passes_as_it_was_said() -> None:
    talk = Talk(begins="night").said("hello", "weeks").said("  I am\nback ", "weeks").said("and again", "nonsense")
    moments = [moment for _, moment in talk.steps(TODAY)]
    assert moments[0].hour == 1, "the first line has nothing before it"
    assert (moments[1] - moments[0]).days == 21 and (moments[2] - moments[1]).total_seconds() < 600
    assert talk.lines[1].text == "I am back"


def test_nothing_is_no_line_and_there_is_an_end() -> None:
    with pytest.raises(InputError):
        Talk().said(" \n ", "now")
    with pytest.raises(InputError):
        Talk(tuple(Line("a word") for _ in range(MOST_LINES))).said("one more", "now")


def test_the_ready_talks_can_be_tried() -> None:
    assert set(examples()) == {"sad", "joyful", "angry"}
    for _, talk in examples().values():
        assert 2 <= len(talk.lines) < MOST_LINES
        moments = [moment for _, moment in talk.steps(TODAY)]
        assert moments == sorted(moments)


# --- the plane


@given(MOODS)
def test_every_mood_lies_on_the_plane_that_is_drawn(moods: list[Mood]) -> None:
    part = window(moods)
    for mood in moods:
        x, y = part.place(mood.pleasure, mood.arousal)
        assert PAD_PX - 0.1 <= x <= SIDE_PX - PAD_PX + 0.1 and PAD_PX - 0.1 <= y <= SIDE_PX - PAD_PX + 0.1
    assert abs(part.pleasure) + part.reach <= 1.0001 and abs(part.arousal) + part.reach <= 1.0001


@given(MOODS)
def test_each_step_is_a_dot_with_its_number(moods: list[Mood]) -> None:
    shared = _together([window(moods).place(one.pleasure, one.arousal) for one in moods])
    assert sorted(number for _, numbers in shared for number in numbers) == list(range(1, len(moods) + 1))
    drawn = plane(Mood(0.1, 0.1, 0.1), moods)
    assert drawn.count("step-dot last") == 1


def test_steps_that_would_cover_each_other_share_a_dot() -> None:
    calm, glad = Mood(0.1, -0.2, 0), Mood(0.6, 0.3, 0)
    assert re.findall(r'text-anchor="middle">([^<]+)</text></g>', plane(calm, [calm, calm, calm])) == ["1–3"]
    assert re.findall(r'text-anchor="middle">([^<]+)</text></g>', plane(calm, [calm, glad, calm])) == ["2", "1, 3"]


def test_happier_is_further_right_and_more_stirred_is_higher() -> None:
    part = window([Mood(-1, -1, 0), Mood(1, 1, 0)])
    assert part.place(0.5, 0)[0] > part.place(-0.5, 0)[0] and part.place(0, 0.5)[1] < part.place(0, -0.5)[1]


def test_emotions_are_listed_by_their_peak() -> None:
    drawn = over_time([{"hope": 0.2, "fear": 0.9}, {"hope": 0.5}])
    assert drawn.index("fear") < drawn.index("hope") and drawn.count('scope="col"') == 2 and "0.50" in drawn
    assert "Nothing moved her" in over_time([{}])


# --- the simulator


def test_what_is_said_moves_her_and_leaves_no_trace(tab: Tab) -> None:
    tab.do(tab.actions.say(tab.bench, "Thank you for the soup, Mara"))
    page = tab.text("form")
    assert "Thank you for the soup" in page and "gratitude 80" in page
    assert "leaves calmer than they came" in page and "50\u00a0% → 70\u00a0%" in page
    assert "hope" in tab.text("side") and ">1</text>" in tab.text("side")
    assert tab.companion.conversations.list() == () and not tab.companion.memories.list(tab.bench.persona_id)
    assert not tab.companion.studio.open(tab.bench.persona_id).drafted


def test_a_line_is_there_at_once_and_its_feelings_follow(tab: Tab) -> None:
    first, last = tab.do(tab.actions.say(tab.bench, "I got the job"))
    assert "awaited" in str(first.form) and "I got the job" in str(first.form) and first.bench is None
    assert "awaited" not in str(last.form)


def test_the_rule_that_holds_and_what_it_changes_are_told(tab: Tab) -> None:
    id = tab.bench.persona_id
    tab.companion.studio.set(id, ("rules", 1, "when", "user_emotion"), "anger")
    tab.do(tab.actions.say(tab.bench, "I am furious"))
    page = tab.text("form")
    assert "“fear gets one small thing”" in page and "unhurried" in page and "one wave at a time" in page
    assert "at most 3 sentences" in page and "asks one question at most" in page


def test_the_draft_listens_and_not_the_saved_version(tab: Tab) -> None:
    tab.do(tab.actions.say(tab.bench, "thank you"))
    before = tab.text("form")
    tab.do(tab.actions.edit(tab.bench, ("goals", 1, "name"), "that nobody thanks me"))
    tab.do(tab.actions.section(tab.bench, "mood"))
    assert "that nobody thanks me" in tab.text("form") and "that nobody thanks me" not in before
    tab.do(tab.actions.undo(tab.bench))
    assert "that nobody thanks me" not in tab.text("form")


def test_a_draft_that_is_none_is_said_and_the_saved_version_listens(tab: Tab) -> None:
    tab.do(tab.actions.edit(tab.bench, ("goals", 1, "utility"), 4))
    tab.do(tab.actions.say(tab.bench, "thank you"))
    assert "this is version 1" in tab.text("form") and "leaves calmer" in tab.text("form")


def test_lines_are_taken_back_and_the_talk_begins_again(tab: Tab) -> None:
    tab.do(tab.actions.example(tab.bench, "sad"))
    assert len(tab.bench.tried.lines) == 4
    tab.do(tab.actions.unsay(tab.bench))
    assert len(tab.bench.tried.lines) == 3 and "helped a little" not in tab.text("form")
    tab.do(tab.actions.begin_again(tab.bench))
    tab.do(tab.actions.begins(tab.bench, "night"))
    assert tab.bench.tried == Talk(begins="night") and "Write what you might say" in tab.text("form")
    tab.do(tab.actions.say(tab.bench, "  "))
    assert "nothing in this message" in str(tab.shown["toast"]) and tab.bench.tried.lines == ()


def test_another_persona_begins_with_an_empty_talk(tab: Tab) -> None:
    tab.do(tab.actions.example(tab.bench, "angry"))
    tab.do(tab.actions.enter(tab.bench, "theo"))
    assert tab.bench.tried.lines == () and tab.bench.section == "mood"


def test_what_cannot_be_read_is_said_where_one_looks(companion: Companion) -> None:
    def broken(blueprint: object, steps: object) -> tuple[Felt, ...]:
        raise ModelError("The reader is not there.", hint="Install it.")

    tab = simulated(companion, broken)
    tab.do(tab.actions.section(tab.bench, "mood"))
    tab.do(tab.actions.say(tab.bench, "hello"))
    assert "The reader is not there." in tab.text("form") and "hello" in tab.text("form")


def test_no_text_of_anyones_is_markup(companion: Companion) -> None:
    bad = "<img src=x onerror=alert(1)>"
    work = companion.studio.open("mara")
    goal = work.version.blueprint.goals[0].model_copy(update={"name": bad})
    blueprint = work.version.blueprint.model_copy(update={"goals": (goal,)})
    reasons = (Reason("goal", bad, bad, 0.2), Reason("shown", bad, bad), Reason("stage", bad, bad))
    manner = Manner((bad,), (bad,), tone=bad, expression=bad, reasons=(Reason("rule", bad, bad),))
    affect = Affect(TODAY, Mood(0, 0, 0), {bad: 0.5}, {bad: 0.9}, bad, {bad: 0.5}, (bad,), reasons=reasons)
    felt = (Felt("", affect, manner),)
    drawn = simulator(Talk((Line(bad),)), felt, blueprint, bad) + beside(felt, blueprint)
    assert "<img" not in drawn and "&lt;img" in drawn


# --- goals and rules by form


def test_every_field_of_a_rule_and_of_a_goal_can_be_reached() -> None:
    rule: dict[str, object] = {"name": "one", "priority": 0, "when": {}, "then": {}}
    drawn = rules([rule], ("a guest",))
    for group in ("when", "then"):
        for name in part_at(("rules", 0, group))["properties"]:
            assert f"[&quot;rules&quot;,0,&quot;{group}&quot;,&quot;{name}&quot;]" in drawn, name
    for cause in CAUSES:
        goal = {"name": "g", "utility": 0.5, "likelihood": 0.5, "moved_by": [caused({"effect": 0.2}, cause)]}
        assert f"&quot;moved_by&quot;,0,&quot;{cause}&quot;]" in goals([goal])


def test_what_is_set_and_not_in_a_list_stays_what_it_is() -> None:
    rule = {"name": "one", "priority": 0, "when": {"topic": "volcanoes", "stage": "nobody"}, "then": {"pace": "slow"}}
    drawn = rules([rule], ("a guest",))
    assert '<option value="volcanoes" selected>' in drawn and '<option value="nobody" selected>' in drawn
    assert drawn.count("(not known)") == 2


def test_a_row_says_itself_in_a_line(companion: Companion) -> None:
    data = data_of(companion.studio.open("mara").version.blueprint)
    assert goal_words(data["goals"][1]) == "longs for it · seems 50\u00a0% likely · moved by relief, gratitude, fear"
    assert "14 days of silence" in goal_words(data["goals"][2]) and goal_words(data["goals"][2]).startswith("dreads it")
    said = rule_words(data["rules"][1])
    assert said.startswith("when the user feels fear: unhurried, steady, three sentences at most, asks one question at most")
    assert rule_words({"when": {}, "then": {}}) == "always: nothing is said yet"


def test_a_goal_is_moved_by_something_else_and_keeps_how_far(tab: Tab) -> None:
    path = ("goals", 1, "moved_by", 0)
    tab.do(tab.actions.cause(tab.bench, path, "silence_days"))
    influence = tab.companion.studio.open(tab.bench.persona_id).data["goals"][1]["moved_by"][0]
    assert influence["silence_days"] == 7 and influence["emotion"] is None and influence["effect"] == 0.6
    tab.do(tab.actions.cause(tab.bench, path, "money"))
    assert tab.companion.studio.open(tab.bench.persona_id).data["goals"][1]["moved_by"][0] == influence


def test_what_is_added_to_a_goal_is_whole_from_the_start(tab: Tab) -> None:
    tab.do(tab.actions.append(tab.bench, ("goals", 0, "moved_by")))
    work = tab.companion.studio.open(tab.bench.persona_id)
    assert work.blueprint is not None and work.data["goals"][0]["moved_by"][-1]["emotion"] == "joy"


def test_rules_that_can_never_be_followed_are_said_at_their_row(tab: Tab) -> None:
    tab.do(tab.actions.edit(tab.bench, ("rules", 2, "when", "topic"), "volcanoes"))
    (warned,) = marks(tab.companion.studio.open(tab.bench.persona_id))["warned"]
    assert warned["path"] == ["rules", 2] and "no message is read as being about “volcanoes”" in warned["text"]
    tab.do(tab.actions.section(tab.bench, "goals"))
    assert "about “volcanoes”" in tab.text("side")


def test_rules_that_clash_are_said_at_both_rows(tab: Tab) -> None:
    for field, value in (("pace", "quick"), ("tone", "loud")):
        tab.do(tab.actions.edit(tab.bench, ("rules", 2, "then", field), value))
    warned = marks(tab.companion.studio.open(tab.bench.persona_id))["warned"]
    assert {tuple(one["path"]) for one in warned} >= {("rules", 0), ("rules", 2)}
    assert any("pace" in one["text"] for one in warned)


def test_what_is_wrong_with_a_rule_is_said_at_its_field(tab: Tab) -> None:
    new = len(tab.companion.library.get(tab.bench.persona_id).blueprint.rules)
    tab.do(tab.actions.append(tab.bench, ("rules",)))
    drawing = tab.do(tab.actions.edit(tab.bench, ("rules", new, "name"), "a new one"))[-1]
    assert drawing.marks is not None and drawing.form is None
    paths = [one["path"] for one in drawing.marks["troubles"]]
    assert ["rules", new, "then"] in paths
    assert drawing.marks["said"][-1] == {"path": ["rules", new], "title": "a new one", "text": "always: nothing is said yet"}


def test_the_topics_to_choose_from_are_those_that_are_read() -> None:
    assert {"work", "sleep", "the past"} <= set(topics())
