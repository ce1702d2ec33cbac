"""Rules that clash, and rules that are never followed: told with their names and a reason, before anybody wonders."""

from pathlib import Path
from typing import Any

import pytest

from companion.feel.topics import Topics
from companion.persona.blueprint import Relationship, Rule
from companion.persona.files import read_blueprint
from companion.persona.rule_checks import conflicts
from companion.persona.rules import FEELINGS, MOST_RULES

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
    assert "the first avoids “dear” where the second favours “my Dear friend”" in warning
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
    assert told(wide, {"then": {"favour": ["dear"], "pace": "slow"}}, {"then": {"avoid": ["my dear"]}}) == [], "nothing is settled"
    above = {"priority": 1, "then": {"avoid": ["dear"]}}
    for then in ({"favour": ["oh, my dear"]}, {"avoid": ["my Dear"]}):
        assert told(above, {"then": then}) == [
            "“B” is never followed: when it holds, so does what comes first and leaves nothing of it: “A”"
        ]


def test_a_rule_that_repeats_an_earlier_one_is_never_followed() -> None:
    both = {"then": {"pace": "slow", "favour": ["my dear"], "hide": ["anger"]}}
    (warning,) = told(both, both | {"when": {"mood": "bored"}, "priority": 0})
    assert warning == "“B” is never followed: when it holds, so does what comes first and leaves nothing of it: “A”"
    assert told(both | {"when": {"mood": "bored"}}, both) == [], "it holds at other times as well"


def test_nobody_is_days_apart_at_a_stage_that_one_talk_ends() -> None:
    rule = Rule.model_validate({"name": "A", "when": {"stage": "guest", "days_apart": 1}, "then": {"pace": "slow"}})
    mara = read_blueprint(PERSONAS[2])

    def told_of(enter: dict[str, float]) -> list[str]:
        stages = Relationship.model_validate({"stages": [{"name": "guest"}, {"name": "friend", "enter": enter}]})
        return [str(one) for one in conflicts(mara.model_copy(update={"rules": (rule,), "relationship": stages}))]

    (warning,) = told_of({"shared_turns": 1})
    assert warning == "“A” is never followed: who has been days apart has talked before, and nobody who has stays at “guest”"
    assert told_of({"shared_turns": 2}) == told_of({"trust": 0.1}) == []


def test_a_rule_of_a_feeling_that_is_always_hidden_is_never_followed() -> None:
    hides = {"when": {"time_of_day": "night"}, "then": {"hide": ["anger"]}}
    loud = {"when": {"emotion": "anger", "time_of_day": "night"}, "then": {"pace": "quick"}}
    assert told(hides, loud) == ["“B” is never followed: she does not show anger when it could hold, because of “A”"]
    assert told(hides, loud | {"when": {"emotion": "anger"}}) == [], "by day she shows it"
    assert told(hides, loud | {"then": {"hide": ["joy"]}}) == [], "a rule that hides looks at what is felt"


def test_what_is_felt_and_what_is_shown_may_differ() -> None:
    hides, shows = ({"when": {"emotion": emotion}, "then": then} for emotion, then in (("joy", {"hide": ["joy"], "pace": "slow"}), _QUICK))
    assert len(told(hides, shows)) == 1, "she feels joy and shows sadness"
    assert told(hides, shows | {"priority": 1}) == []


_QUICK = ("sadness", {"pace": "quick"})
HALVES = (list(FEELINGS[:14]), list(FEELINGS[14:]))


def test_rules_that_hide_everything_together_are_told_when_they_can_meet() -> None:
    one, other = ({"when": {"mood": "bored"}, "then": {"hide": list(half)}} for half in HALVES)
    idle = {"then": {"hide": ["joy"]}}
    assert told(idle, one, other)[-1] == "“B” and “C” can hold at once and hide every feeling; what the last of them hides is then shown"
    assert told(one, other | {"when": {"mood": "hostile"}}) == []
    thirds = [{"then": {"hide": list(part)}} for part in (FEELINGS[:10], FEELINGS[10:20], FEELINGS[20:])]
    topics = [{"when": {"topic": name}} for name in ("work", "sleep", "food")]
    assert told(*(rule | when for rule, when in zip(thirds, topics, strict=True))) == [], "no message is about three topics"
    assert told(thirds[0], *(rule | when for rule, when in zip(thirds[1:], topics[1:], strict=True))) != []


def test_rules_that_leave_hardly_a_word_together_are_told_when_they_can_meet() -> None:
    words = "the and to of in on at for from with by about".split()
    one, other = ({"when": when, "then": {"avoid": part}} for when, part in (({"mood": "bored"}, words[:6]), ({}, words[6:])))
    (warning,) = told(one, other)
    assert warning == "“A” and “B” can hold at once and forbid 12 of the hundred commonest words, which leaves hardly a sentence"
    assert told(one, other | {"then": {"avoid": words[6:10]}}) == []
    assert told(one, other | {"when": {"mood": "hostile"}}) == []


def test_two_feelings_of_one_message_are_no_conflict_since_the_stronger_comes_first() -> None:
    rules = [{"when": {"user_emotion": name}, "then": {"pace": pace}} for name, pace in (("joy", "quick"), ("grief", "slow"))]
    assert told(*rules) == []


def test_as_many_rules_as_there_may_be_that_ask_for_anything_are_looked_at() -> None:
    whens = [{"mood": "bored"}, {"user_emotion": "joy"}, {"topic": "work"}, {"emotion": "joy", "days_apart": 3}]
    rules = tuple(
        Rule.model_validate(
            {
                "name": f"rule {at}",
                "priority": at % 9,
                "when": whens[at % 4],
                "then": {"avoid": [f"word {at}", "the"], "hide": [FEELINGS[at % 28]]},
            }
        )
        for at in range(MOST_RULES)
    )
    assert conflicts(read_blueprint(PERSONAS[2]).model_copy(update={"rules": rules}))
