from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.affect import Affect, Bond, Mood
from companion.feel.appraisal import News
from companion.feel.emotions import repertoire
from companion.feel.mood import distance, half_life_h, moved_by, returned
from companion.feel.state import resting, showing, step, waited
from companion.feel.temperament import resting_mood
from companion.persona.blueprint import BigFive
from companion.persona.goals import Goal, Influence
from companion.persona.library import Library
from companion.persona.terms import Emotion

START = datetime(2026, 3, 1, 20, tzinfo=UTC)
LABELS = get_args(Emotion)
share = st.floats(0, 1)
trait = st.floats(-1, 1)
wanted = trait.filter(bool)
moods = st.builds(Mood, trait, trait, trait)
felt = st.dictionaries(st.sampled_from(sorted(repertoire().felt)), st.floats(0, 1), max_size=6)
traits_of = st.builds(BigFive, openness=trait, conscientiousness=trait, extraversion=trait, agreeableness=trait, emotional_stability=trait)
influences = st.one_of(
    st.builds(Influence, emotion=st.sampled_from(LABELS), effect=wanted),
    st.builds(Influence, topic=st.sampled_from(["work", "sea"]), effect=wanted),
    st.builds(Influence, event=st.just("return"), effect=wanted),
    st.builds(Influence, silence_days=st.integers(1, 30), effect=wanted),
)
goals_of = st.lists(
    st.builds(Goal, name=st.sampled_from("abcd"), utility=wanted, likelihood=share, moved_by=st.lists(influences, max_size=4).map(tuple)),
    max_size=4,
    unique_by=lambda goal: goal.name,
).map(tuple)
news_of = st.builds(
    News,
    emotions=st.dictionaries(st.sampled_from(LABELS), share, max_size=4),
    topics=st.dictionaries(st.sampled_from(["work", "sea"]), share, max_size=2),
    events=st.sampled_from([frozenset(), frozenset({"return"})]),
    silence_days=st.floats(0, 60),
)
talks = st.lists(st.tuples(st.floats(-5, 300), news_of), max_size=8)


def talk(traits: BigFive, goals: tuple[Goal, ...], messages: list[tuple[float, News]]) -> Affect:
    affect, at = resting(traits, goals, START), START
    for hours, news in messages:
        at += timedelta(hours=hours)
        affect = step(traits, goals, affect, news, at)
    return affect


def within(mood: Mood) -> bool:
    return all(-1 <= value <= 1 for value in mood)


@given(moods, moods, st.floats(0, 2000), st.floats(0, 2000), traits_of)
def test_two_waits_are_one_and_lead_back_to_rest(mood: Mood, rest: Mood, one: float, two: float, traits: BigFive) -> None:
    half_life = half_life_h(traits)
    once = returned(mood, rest, one + two, half_life)
    assert returned(returned(mood, rest, one, half_life), rest, two, half_life) == pytest.approx(once, abs=1e-9)
    assert within(once) and distance(once, rest) <= distance(mood, rest) + 1e-9
    assert returned(mood, rest, 24 * 60, half_life) == pytest.approx(rest, abs=1e-6)


def test_half_of_the_way_takes_a_half_life_and_the_stable_are_back_sooner() -> None:
    assert returned(Mood(1, 0, -1), Mood(0, 0, 0), 8, half_life_h(BigFive())) == pytest.approx((0.5, 0, -0.5))
    assert half_life_h(BigFive(emotional_stability=1)) < half_life_h(BigFive()) < half_life_h(BigFive(emotional_stability=-1))


@given(moods, st.lists(felt, max_size=12))
def test_whatever_is_felt_keeps_the_mood_in_bounds(mood: Mood, feelings: list[dict[str, float]]) -> None:
    for elicited in feelings:
        mood = moved_by(mood, elicited)
        assert within(mood)


def test_what_is_felt_pulls_and_from_beyond_its_centre_pushes_on() -> None:
    hope = repertoire().felt["hope"].place
    pulled = moved_by(Mood(-0.5, 0, 0), {"hope": 0.5})
    assert distance(pulled, hope) < distance(Mood(-0.5, 0, 0), hope)
    beyond = Mood(0.7, 0.3, 0.2)
    assert moved_by(beyond, {"hope": 0.5}).pleasure > beyond.pleasure
    assert moved_by(beyond, {}) == beyond and moved_by(beyond, {"hope": 0.0}) == beyond


@settings(max_examples=60)
@given(traits_of, goals_of, talks)
def test_any_talk_keeps_everything_in_bounds(traits: BigFive, goals: tuple[Goal, ...], messages: list[tuple[float, News]]) -> None:
    affect = talk(traits, goals, messages)
    assert within(affect.mood)
    assert all(0 < intensity <= 1 for intensity in affect.emotions.values())
    assert affect.likelihoods.keys() == {goal.name for goal in goals}
    assert all(0 <= likelihood <= 1 for likelihood in affect.likelihoods.values())
    assert affect == talk(traits, goals, messages), "the same events lead to the same state"


@settings(max_examples=60)
@given(traits_of, goals_of, talks, st.lists(st.floats(0, 200), max_size=5))
def test_looking_in_between_changes_nothing(
    traits: BigFive, goals: tuple[Goal, ...], messages: list[tuple[float, News]], waits: list[float]
) -> None:
    affect = looked = talk(traits, goals, messages)
    at = affect.at
    for hours in waits:
        at += timedelta(hours=hours)
        looked = step(traits, goals, looked, News(), at)
    once = waited(traits, goals, affect, at)
    assert looked.mood == pytest.approx(once.mood, abs=1e-9) and looked.likelihoods == pytest.approx(once.likelihoods, abs=1e-9)
    assert all(looked.emotions.get(name, 0.0) == pytest.approx(once.emotions.get(name, 0.0), abs=1e-9) for name in affect.emotions)
    assert all(once.emotions[name] <= affect.emotions[name] for name in once.emotions), "no emotion grows by waiting"


@settings(max_examples=40)
@given(traits_of, goals_of, talks)
def test_left_alone_she_is_herself_again(traits: BigFive, goals: tuple[Goal, ...], messages: list[tuple[float, News]]) -> None:
    affect = talk(traits, goals, messages)
    later = waited(traits, goals, affect, affect.at + timedelta(days=365))
    assert later.mood == pytest.approx(resting_mood(traits), abs=1e-6) and not later.emotions
    assert later.likelihoods == pytest.approx({goal.name: goal.likelihood for goal in goals}, abs=1e-6)


def test_without_goals_she_is_moved_by_what_the_user_feels_and_by_nothing_else() -> None:
    traits = BigFive(agreeableness=0.5)
    rest = resting(traits, (), START)
    sad = step(traits, (), rest, News({"sadness": 0.8}, {"work": 1.0}, frozenset({"return"}), 90), START)
    assert sad.emotions.keys() == {"pity"} and sad.mood.pleasure < rest.mood.pleasure
    assert step(traits, (), rest, News({}, {"work": 1.0}, frozenset({"return"}), 90), START).mood == rest.mood
    cool = BigFive(agreeableness=-0.5)
    moved = distance(step(cool, (), None, News({"sadness": 0.8}), START).mood, resting_mood(cool))
    assert 0 < moved < distance(sad.mood, rest.mood), "the less agreeable are moved less"


def test_a_clock_that_went_back_lets_nothing_fade() -> None:
    traits = BigFive()
    glad = step(traits, (), None, News({"joy": 1.0}), START)
    earlier = step(traits, (), glad, News(silence_days=3), START - timedelta(days=2))
    assert earlier.at == START - timedelta(days=2)
    looked = waited(traits, (), glad, START - timedelta(days=2))
    assert (earlier.mood, earlier.emotions) == (looked.mood, looked.emotions) == (glad.mood, glad.emotions)


def test_a_silence_hurts_on_its_day_and_is_half_forgotten_when_it_ends() -> None:
    goal = Goal(name="g", utility=-1, likelihood=0.2, moved_by=(Influence(silence_days=10, effect=0.5),))
    known = resting(BigFive(), (goal,), START)

    def after(days: float) -> Affect:
        return step(BigFive(), (goal,), known, News(silence_days=days), START + timedelta(days=days))

    assert not after(9.9).emotions
    on_the_day, later, much_later = (after(days).emotions.get("fear", 0.0) for days in (10, 10.5, 60))
    assert on_the_day > later > 0.01 > much_later


def test_it_says_why_in_words_of_its_own() -> None:
    goal = Goal(name="that nobody is sad", utility=0.9, likelihood=0.6, moved_by=(Influence(emotion="grief", effect=-0.5),))
    first = step(BigFive(), (goal,), None, News({"grief": 0.8}), START)
    assert [(reason.kind, reason.name) for reason in first.reasons] == [
        ("goal", "that nobody is sad"),
        ("read", "grief"),
        ("shown", first.shown),
    ]
    assert first.reasons[0].effect == "looks less likely through grief, which woke worry" and first.reasons[0].amount < 0
    assert first.reasons[1].effect == "woke compassion"
    next_day = step(BigFive(), (goal,), first, News(), START + timedelta(hours=30))
    assert (next_day.reasons[0].kind, next_day.reasons[0].name) == ("time", "1 day")
    assert "faded" in next_day.reasons[0].effect and "rest" in next_day.reasons[0].effect


def test_what_she_shows_can_be_chosen_again_when_more_is_hidden() -> None:
    heard = {"sadness": 0.8}
    sad = step(BigFive(), (), None, News(heard), START)
    again = showing(BigFive(), (), sad, heard, {sad.shown})
    assert again == step(BigFive(), (), None, News(heard), START, hidden={sad.shown})
    assert again.shown != sad.shown and (again.mood, again.emotions) == (sad.mood, sad.emotions)


def test_how_near_the_two_are_is_not_touched() -> None:
    before = replace(resting(BigFive(), (), START), bond=Bond("guest", 0.4, 0.2))
    assert step(BigFive(), (), before, News({"joy": 1.0}), START).bond == before.bond
    assert waited(BigFive(), (), before, START).bond == before.bond


def test_a_goal_of_a_new_version_begins_where_the_blueprint_says() -> None:
    old, new = Goal(name="old", utility=1), Goal(name="new", utility=1, likelihood=0.7)
    affect = step(BigFive(), (new,), resting(BigFive(), (old,), START), News(), START + timedelta(hours=1))
    assert affect.likelihoods == {"new": 0.7}


@pytest.mark.parametrize("persona", Library(Path("personas"), Path("nobody-lives-here")).list(), ids=lambda persona: persona.id)
def test_five_hundred_turns_wear_nobody_out(persona) -> None:
    traits, goals = persona.blueprint.character.big_five, persona.blueprint.goals
    affect, at = None, START
    for turn in range(500):
        at += timedelta(minutes=2)
        affect = step(traits, goals, affect, News({LABELS[turn % 27]: 0.8}), at)
    rest = resting_mood(traits)
    assert distance(affect.mood, rest) < 1.0, "all feelings in turn leave her near herself"
    glad, sad = (step(traits, goals, affect, News({label: 0.8}), at).mood for label in ("joy", "sadness"))
    assert glad.pleasure > sad.pleasure + 0.05, "and she is still moved"
