"""Rules that clash, and rules that are never followed: told with their names and a reason, before anybody wonders."""

from pathlib import Path
from typing import Any

import pytest

from companion.feel.topics import Topics
from companion.persona.blueprint import Relationship, Rule
from companion.persona.files import read_blueprint
from companion.persona.rule_checks import conflicts

PERSONAS = sorted((Path(__file__).parents[2] / "personas").glob("*.yaml"))
STAGES = [{"name": "guest"}, {"name": "friend", "enter": {"trust": 0.5}}, {"name": "kin", "enter": {"trust": 0.4}}]


def told(*rules: dict[str, Any], topics: tuple[str, ...] | None = None) -> list[str]:
    named = tuple(Rule.model_validate({"name": name} | rule) for name, rule in zip("ABCDEF", rules, strict=False))
    mara = read_blueprint(PERSONAS[2])
    update = {"rules": named, "relationship": Relationship.model_validate({"stages": STAGES})}
    return [str(one) for one in conflicts(mara.model_copy(update=update), topics)]


def test_nobody_who_ships_has_any() -> None:
    assert [conflicts(read_blueprint(file), list(_topics())) for file in PERSONAS] == [()] * 4


def _topics() -> set[str]:
    return {rule.when.topic for file in PERSONAS for rule in read_blueprint(file).rules if rule.when.topic} | {"work"}


def test_the_topics_of_those_who_ship_are_read_in_messages() -> None:
    reader, named = Topics.open(), {cause.topic for file in PERSONAS for goal in read_blueprint(file).goals for cause in goal.moved_by}
    assert named - {None} and all(reader.of(f"Let us talk about my {topic}.") == (topic,) for topic in named - {None})


@pytest.mark.parametrize(
    ("field", "one", "other", "words"),
    [
        ("pace", "slow", "quick", "pace: slow and quick"),
        ("questions", "none", "one", "questions: none and one"),
        ("tone", "gentle", "dry", "tone: gentle and dry"),
        ("temperature", 0.8, 1.2, "temperature: 0.8 and 1.2"),
    ],
)
def test_two_that_ask_for_different_things_at_once_clash(field: str, one: Any, other: Any, words: str) -> None:
    (warning,) = told({"when": {"time_of_day": "night"}, "then": {field: one}}, {"when": {"topic": "work"}, "then": {field: other}})
    assert warning == f"“A” and “B” can hold at once with the same priority and disagree on {words}"


def test_one_that_avoids_what_the_other_favours_clashes_whole_words_only() -> None:
    (warning,) = told({"then": {"avoid": ["dear"]}}, {"then": {"favour": ["my Dear friend"]}})
    assert "the first avoids “Dear” where the second favours “my Dear friend”" in warning
    (warning,) = told({"then": {"favour": ["my dear"]}}, {"then": {"avoid": ["my dear"]}})
    assert "the second avoids" in warning
    assert told({"then": {"avoid": ["dear"]}}, {"then": {"favour": ["dearest"]}}) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"time_of_day": "night"}, {"time_of_day": "morning"}),
        ({"mood": "bored"}, {"mood": "hostile"}),
        ({"emotion": "joy"}, {"emotion": "grief"}),
        ({"user_emotion": "joy", "topic": "work"}, {"user_emotion": "grief"}),
        ({"stage": "guest"}, {"stage": "kin"}),
    ],
)
def test_two_that_never_hold_at_once_do_not(one: dict[str, str], other: dict[str, str]) -> None:
    assert told({"when": one, "then": {"pace": "slow"}}, {"when": other, "then": {"pace": "quick"}}) == []


def test_two_topics_may_be_one_messages_and_days_apart_only_grow() -> None:
    for one, other in (({"topic": "work"}, {"topic": "sleep"}), ({"days_apart": 2}, {"days_apart": 30})):
        assert len(told({"when": one, "then": {"pace": "slow"}}, {"when": other, "then": {"pace": "quick"}})) == 1


def test_priority_settles_it() -> None:
    assert told({"priority": 1, "when": {"mood": "bored"}, "then": {"pace": "slow"}}, {"then": {"pace": "quick"}}) == []
    assert told({"then": {"pace": "slow"}}, {"then": {"pace": "slow", "questions": "none"}}) == []


def test_a_rule_of_a_stage_where_nobody_stays_is_never_followed() -> None:
    (warning,) = told({"when": {"stage": "friend"}, "then": {"pace": "slow"}})
    assert warning == "“A” is never followed: nobody stays at “friend”, because a later stage takes no more to get to"


def test_a_rule_of_a_topic_that_nobody_reads_is_never_followed() -> None:
    rule = {"when": {"topic": "wrok"}, "then": {"pace": "slow"}}
    assert told(rule) == []
    assert told(rule, topics=("work",)) == ["“A” is never followed: no message is read as being about “wrok”"]


def test_a_rule_that_wider_ones_of_higher_priority_leave_nothing_of_is_never_followed() -> None:
    wide = {"priority": 2, "then": {"pace": "quick"}}
    also = {"priority": 1, "when": {"days_apart": 2}, "then": {"avoid": ["my dear"]}}
    narrow = {"when": {"days_apart": 5, "mood": "bored"}, "then": {"pace": "slow", "favour": ["My dear"]}}
    (warning,) = told(wide, also, narrow)
    assert warning == "“C” is never followed: when it holds, so does what comes first and leaves nothing of it: “A”, “B”"
    assert told(wide, narrow) == [], "its phrases are left"
    assert told(wide, also | {"when": {"days_apart": 9}}, narrow) == [], "it holds earlier"
