"""Which rules hold and what comes of them: the same every time, and every effect with its reason."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.affect import Affect, Bond, Manner, Mood, Reason
from companion.feel.ruling import Situation, hidden, part_of_day, rule
from companion.persona.blueprint import Rule, Then, When
from companion.persona.phrases import among
from companion.persona.rules import FEELINGS

EVENING = datetime(2025, 3, 7, 20, 15, tzinfo=timezone(timedelta(hours=1)))
NOW = Situation(
    "anxious", "night", shown="sadness", felt="grief", heard=("fear", "joy"), stage="guest", days_apart=4, topics=("work", "sleep")
)

PHRASES = st.lists(
    st.sampled_from(["dear", "my dear", "My Dear friend", "oh dear, oh", "calm down", "calm", "down", "dearest"]), max_size=4
)
WHENS = st.builds(
    When,
    emotion=st.sampled_from([None, "sadness", "grief", "joy"]),
    mood=st.sampled_from([None, "anxious", "bored"]),
    user_emotion=st.sampled_from([None, "fear", "joy", "anger"]),
    time_of_day=st.sampled_from([None, "night", "morning"]),
    days_apart=st.sampled_from([None, 4, 5]),
    topic=st.sampled_from([None, "Work", "sleep", "food"]),
)
THENS = st.builds(
    Then.model_construct,  # not even a rule that ought to be refused does harm
    avoid=PHRASES.map(tuple),
    favour=PHRASES.map(tuple),
    pace=st.sampled_from([None, "slow", "even", "quick"]),
    questions=st.sampled_from([None, "none", "one", "allowed"]),
    temperature=st.sampled_from([None, 0.8, 1.0, 1.2]),
    reply_sentences=st.sampled_from([None, 1, 3]),
    hide=st.lists(st.sampled_from(FEELINGS), max_size=28).map(tuple),
)


@st.composite
def many(draw: st.DrawFn) -> tuple[Rule, ...]:
    parts = draw(st.lists(st.tuples(st.integers(-1, 1), WHENS, THENS), max_size=8))
    return tuple(Rule.model_construct(name=f"r{at}", priority=one, when=when, then=then) for at, (one, when, then) in enumerate(parts))


def rules(*written: dict[str, Any]) -> tuple[Rule, ...]:
    return tuple(Rule.model_validate({"name": name} | one) for name, one in zip("ABCDEF", written, strict=False))


def test_no_rules_leave_everything_as_it_is() -> None:
    assert rule((), NOW) == Manner() and hidden((), NOW) == frozenset()


def test_a_situation_is_what_she_feels_when_and_how_long_it_has_been() -> None:
    affect = Affect(
        EVENING,
        Mood(-0.2, 0.4, -0.1),
        emotions={"distress": 0.6, "hope": 0.3},
        shown="caring",
        heard={"neutral": 0.9, "fear": 0.5, "joy": 0.3, "anger": 0.2},
        topics=("Work",),
        bond=Bond("guest"),
    )
    assert Situation.of(affect, EVENING, timedelta(days=4, hours=23)) == Situation(
        "anxious", "evening", shown="caring", felt="sadness", heard=("fear", "joy"), stage="guest", days_apart=4, topics=("work",)
    )
    quiet = Situation.of(Affect(EVENING, Mood(0, 0, 0), heard={"neutral": 0.9}), EVENING.astimezone(UTC), None)
    assert quiet == Situation("exuberant", "evening", days_apart=0)
    assert Situation.of(affect, EVENING, timedelta(hours=-30)).days_apart == 0, "a clock that was set back"


@pytest.mark.parametrize(
    ("hour", "part"), [(4, "night"), (5, "morning"), (12, "afternoon"), (18, "evening"), (22, "evening"), (23, "night")]
)
def test_the_parts_of_the_day(hour: int, part: str) -> None:
    assert part_of_day(EVENING.replace(hour=hour)) == part


@pytest.mark.parametrize(
    ("holds", "does_not"),
    [
        ({"emotion": "sadness"}, {"emotion": "grief"}),
        ({"mood": "anxious"}, {"mood": "bored"}),
        ({"user_emotion": "joy"}, {"user_emotion": "neutral"}),
        ({"stage": "guest"}, {"stage": "friend"}),
        ({"time_of_day": "night"}, {"time_of_day": "evening"}),
        ({"days_apart": 4}, {"days_apart": 5}),
        ({"topic": "Sleep"}, {"topic": "food"}),
        ({"mood": "anxious", "topic": "work"}, {"mood": "anxious", "topic": "food"}),
    ],
)
def test_all_of_a_when_must_hold(holds: dict[str, Any], does_not: dict[str, Any]) -> None:
    assert rule(rules({"when": holds, "then": {"pace": "slow"}}), NOW).pace == "slow"
    assert rule(rules({"when": does_not, "then": {"pace": "slow"}}), NOW) == Manner()


def test_everything_a_rule_says_is_done_and_told() -> None:
    then = {
        "avoid": ["cheer up", "calm down"],
        "favour": ["take your time"],
        "sentence_words": 12,
        "reply_sentences": 1,
        "questions": "one",
        "pace": "slow",
        "tone": "low and tender",
        "expression": "open and still",
        "hide": ["joy", "anger", "fear", "disgust"],
        "temperature": 0.8,
    }
    told = (
        "slow, low and tender; 12 words a sentence at most; 1 sentence at most; asks one question at most; face: open and still; steadier; "
        "gladly “take your time”; never “cheer up”, “calm down”; does not show joy, anger, fear and 1 more"
    )
    assert rule(rules({"then": then}), NOW) == Manner(
        avoid=("cheer up", "calm down"),
        favour=("take your time",),
        sentence_words=12,
        reply_sentences=1,
        questions="one",
        pace="slow",
        tone="low and tender",
        expression="open and still",
        temperature=0.8,
        reasons=(Reason("rule", "A", told),),
    )


def test_the_higher_priority_is_followed_and_what_is_left_of_the_other_told() -> None:
    manner = rule(rules({"then": {"pace": "slow", "tone": "soft"}}, {"priority": 1, "then": {"pace": "quick"}}), NOW)
    assert (manner.pace, manner.tone) == ("quick", "soft")
    assert manner.reasons == (Reason("rule", "B", "quick"), Reason("rule", "A", "soft"))


def test_of_equals_the_earlier_is_followed_and_a_rule_that_changes_nothing_is_no_reason() -> None:
    manner = rule(rules({"then": {"pace": "slow"}}, {"when": {"mood": "anxious"}, "then": {"pace": "quick"}}), NOW)
    assert manner == Manner(pace="slow", reasons=(Reason("rule", "A", "slow"),))


def test_of_two_feelings_in_a_message_the_stronger_ones_rule_comes_first() -> None:
    joy, fear = ({"when": {"user_emotion": name}, "then": {"pace": pace}} for name, pace in (("joy", "quick"), ("fear", "slow")))
    assert rule(rules(joy, fear), NOW).pace == "slow"
    assert rule(rules(joy, fear), replace(NOW, heard=("joy", "fear"))).pace == "quick"
    assert rule(rules(joy | {"priority": 1}, fear), NOW).pace == "quick", "priority counts before"


@pytest.mark.parametrize(("first", "avoid", "favour"), [("avoid", ("dear",), ()), ("favour", (), ("my dear",))])
def test_of_avoiding_and_favouring_the_higher_priority_is_followed(first: str, avoid: tuple[str], favour: tuple[str]) -> None:
    both = ({"then": {"avoid": ["dear"]}}, {"then": {"favour": ["my dear"]}})
    manner = rule(rules(*(one | {"priority": int(first in one["then"])} for one in both)), NOW)
    assert (manner.avoid, manner.favour, len(manner.reasons)) == (avoid, favour, 1)


def test_phrases_add_up_in_the_order_of_the_rules_each_once() -> None:
    low, high = {"then": {"favour": ["breathe in", "Sit down"]}}, {"priority": 1, "then": {"favour": ["sit down", "you again"]}}
    assert rule(rules(low, high), NOW).favour == ("sit down", "you again", "breathe in")


def test_a_rule_that_hides_looks_at_what_is_felt_and_any_other_at_what_is_shown() -> None:
    hides = {"when": {"emotion": "grief"}, "then": {"hide": ["grief", "sadness"], "tone": "dry"}}
    assert hidden(rules(hides), NOW) == {"grief", "sadness"}
    assert rule(rules(hides), NOW).tone == "dry"
    assert hidden(rules(hides | {"when": {"emotion": "sadness"}}), NOW) == frozenset()


def test_whoever_hides_everything_still_shows_what_the_last_rule_would_hide() -> None:
    half, rest = ({"priority": at, "then": {"hide": list(part)}} for at, part in enumerate((FEELINGS[:14], FEELINGS[14:])))
    assert hidden(rules(half, rest), NOW) == set(FEELINGS[14:])
    assert [one.name for one in rule(rules(half, rest), NOW).reasons] == ["B"]


@given(many())
def test_no_avoided_phrase_stands_in_a_favoured_one(some: tuple[Rule, ...]) -> None:
    manner = rule(some, NOW)
    avoided = among(manner.avoid)
    assert [phrase for phrase in manner.favour if avoided.within(phrase)] == []


@given(many(), WHENS, THENS, st.data())
def test_a_rule_that_does_not_hold_changes_nothing(some: tuple[Rule, ...], when: When, then: Then, data: st.DataObject) -> None:
    idle = Rule.model_construct(
        name="idle", priority=data.draw(st.integers(-1, 1)), when=when.model_copy(update={"stage": "kin"}), then=then
    )
    at = data.draw(st.integers(0, len(some)))
    more = (*some[:at], idle, *some[at:])
    assert rule(more, NOW) == rule(some, NOW) and hidden(more, NOW) == hidden(some, NOW)


@given(many())
def test_of_the_order_in_the_list_only_that_of_equals_counts(some: tuple[Rule, ...]) -> None:
    assert rule(sorted(some, key=lambda one: one.priority), NOW) == rule(some, NOW)
    assert rule(sorted(some, key=lambda one: -one.priority), NOW) == rule(some, NOW)


@given(many())
def test_every_reason_is_a_rule_that_changed_something_and_something_changed_has_a_reason(some: tuple[Rule, ...]) -> None:
    manner = rule(some, NOW)
    named = {one.name for one in manner.reasons}
    assert len(named) == len(manner.reasons) and all(one.effect for one in manner.reasons)
    without = tuple(one for one in some if one.name in named)
    assert rule(without, NOW) == manner, "the others may go"
    assert manner.reasons or replace(manner, reasons=()) == Manner()


@given(many())
def test_something_is_always_left_to_show(some: tuple[Rule, ...]) -> None:
    assert len(hidden(some, NOW)) < len(FEELINGS)
