from datetime import UTC, datetime
from math import exp
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.affect import SLIGHT, Mood
from companion.feel import optimum as room
from companion.feel.appraisal import News
from companion.feel.emotions import repertoire
from companion.feel.optimum import optimum
from companion.feel.state import step
from companion.persona.blueprint import BigFive
from companion.persona.goals import Goal, Influence
from companion.persona.terms import Emotion

LABELS = get_args(Emotion)
CALM = Mood(0.2, -0.1, 0.0)
share = st.floats(0, 1)
trait = st.floats(-1, 1)
wanted = trait.filter(bool)
moods = st.builds(Mood, trait, trait, trait)
felt = st.dictionaries(st.sampled_from(sorted(repertoire().felt)), st.floats(0.01, 1), max_size=4)
heard_of = st.dictionaries(st.sampled_from(LABELS), share, max_size=4)
goals_of = st.lists(
    st.builds(
        Goal,
        name=st.sampled_from("abc"),
        utility=wanted,
        likelihood=share,
        moved_by=st.lists(st.builds(Influence, emotion=st.sampled_from(LABELS), effect=wanted), max_size=4).map(tuple),
    ),
    max_size=3,
    unique_by=lambda goal: goal.name,
)


def worth(label: str, goals: list[Goal], mood: Mood, emotions: dict[str, float], heard: dict[str, float], liking: float) -> float:
    """J, written out from the definition, one number at a time."""
    places, known = repertoire().places, repertoire().felt
    strongest = max(emotions.values(), default=0.0)
    if label == "neutral":
        return -room.PRETENCE * min(1.0, strongest / SLIGHT)
    place = places[label]
    total = max(1.0, sum(strength for name, strength in heard.items() if name in places))
    user = [sum(strength * places[name][axis] for name, strength in heard.items() if name in places) / total for axis in range(3)]
    far = sum((place[axis] - user[axis]) ** 2 for axis in (0, 1))
    target = (place.pleasure, place.arousal, -place.dominance)
    reach = room.CONTAGION * exp(-far / (2 * room.REACH**2))
    after = [here + reach * (there - here) for here, there in zip(user, target, strict=True)]

    def presence(where: list[float], name: str) -> float:
        return exp(-sum((a - b) ** 2 for a, b in zip(where, places[name], strict=True)) / (2 * room.BREADTH**2))

    gain = liking * (after[0] - user[0]) / 2
    for goal in goals:
        for one in goal.moved_by:
            if one.emotion in places:
                left = 1 - goal.likelihood if one.effect > 0 else goal.likelihood
                gain += goal.utility * one.effect * left * (presence(after, one.emotion) - presence(user, one.emotion))
    departure = sum((a - b) ** 2 for a, b in zip(place, mood, strict=True))
    true = max((intensity for name, intensity in emotions.items() if known[name].shows == label), default=0.0)
    return gain - room.DEPARTURE * departure - room.PRETENCE * (1 - true / max(strongest, SLIGHT))


@settings(max_examples=60)
@given(goals_of, moods, felt, heard_of, share, st.sets(st.sampled_from(LABELS), max_size=27))
def test_it_is_the_best_of_all_that_may_be_shown(goals, mood, emotions, heard, liking, hidden) -> None:
    best = optimum(goals, {}, mood, emotions, heard, liking, hidden)
    allowed = [label for label in LABELS if label == "neutral" or label not in hidden]
    worths = {label: worth(label, goals, mood, emotions, heard, liking) for label in allowed}
    assert best.shown in allowed
    assert best.value == pytest.approx(max(worths.values()), abs=1e-9)
    assert worths[best.shown] == pytest.approx(max(worths.values()), abs=1e-9)
    if len(allowed) > 1:
        second = sorted(worths.values())[-2]
        assert best.runner_up != best.shown and best.runner_up in allowed
        assert best.margin == pytest.approx(best.value - second, abs=1e-9) and best.margin >= 0
    assert best == optimum(goals, {}, mood, emotions, heard, liking, hidden)


def test_with_nothing_felt_and_nothing_heard_she_shows_her_mood() -> None:
    best = optimum((), {}, CALM, {}, {}, 0.2)
    assert (best.shown, best.value, best.departure) == ("neutral", 0.0, 0.0)


def test_what_is_felt_is_shown() -> None:
    assert optimum((), {}, CALM, {"pity": 0.5}, {"sadness": 0.8}, 0.2).shown == "caring"
    assert optimum((), {}, CALM, {"happy-for": 0.5}, {"joy": 0.8}, 0.2).shown == "joy"


def test_what_is_hidden_gives_way_to_the_next() -> None:
    first = optimum((), {}, CALM, {"pity": 0.5}, {"sadness": 0.8}, 0.2)
    second = optimum((), {}, CALM, {"pity": 0.5}, {"sadness": 0.8}, 0.2, {first.shown})
    assert second.shown == first.runner_up and second.value < first.value


def test_where_everything_is_hidden_her_mood_is_left() -> None:
    best = optimum((), {}, CALM, {"pity": 0.5}, {"sadness": 0.8}, 0.2, LABELS)
    assert (best.shown, best.runner_up, best.margin) == ("neutral", "neutral", 0.0)


def test_a_goal_that_matters_can_change_what_is_shown() -> None:
    emotions = {"fear": 0.5, "hope": 0.45}
    heard = {"nervousness": 0.6}
    assert optimum((), {}, Mood(-0.3, 0.5, -0.1), emotions, heard, 0.1).shown == "nervousness"
    brave = Goal(
        name="g", utility=1, likelihood=0.2, moved_by=(Influence(emotion="optimism", effect=1), Influence(emotion="fear", effect=-1))
    )
    assert optimum((brave,), {}, Mood(-0.3, 0.5, -0.1), emotions, heard, 0.1).shown == "optimism"


def test_grief_is_not_met_with_delight() -> None:
    goal = Goal(name="g", utility=1, likelihood=0.1, moved_by=(Influence(emotion="joy", effect=1),))
    best = optimum((goal,), {}, Mood(0.6, 0.4, 0.3), {"pity": 0.3}, {"grief": 0.9}, 0.3)
    assert best.shown not in {"joy", "amusement", "excitement", "love"}


def test_it_is_reported_as_a_reason() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    sad = step(BigFive(), (), None, News({"sadness": 0.8}), at)
    assert sad.reasons[-1].kind == "shown" and sad.reasons[-1].name == sad.shown != ""
    assert sad.shown not in step(BigFive(), (), None, News({"sadness": 0.8}), at, hidden={sad.shown}).shown
    plain = step(BigFive(), (), None, News(), at)
    assert plain.shown == "" and plain.reasons[-1].name == "neutral"
