"""What she feels after a message, from what she felt before: time, appraisal, emotions, mood and what she shows, in this order.

Pure: the same before, news and moment give the same after. What is returned says why: what faded, which goal moved and through what,
what the user's feelings did, and why this feeling is shown. How near the two are is not touched, and what was read is told by whoever
read it.

A silence that moves a goal does so on the day when it has lasted long enough, not when it ends: what she felt about it has faded as
much as that was long ago, and that somebody comes back is met as news of its own.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from companion.affect import Affect, Mood, Reason
from companion.feel import appraisal, grounds
from companion.feel.appraisal import Move, News
from companion.feel.emotions import NEUTRAL, added, faded, limited, repertoire
from companion.feel.mood import half_life_h, moved_by, returned
from companion.feel.optimum import optimum
from companion.feel.temperament import resting_mood
from companion.persona.blueprint import BigFive
from companion.persona.goals import Goal

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class _Inside:
    """What time and news move."""

    mood: Mood
    emotions: Mapping[str, float]
    likelihoods: Mapping[str, float]


def resting(traits: BigFive, goals: Sequence[Goal], at: datetime) -> Affect:
    """What she feels before anything happened: nothing in particular."""
    return Affect(at, resting_mood(traits), likelihoods={goal.name: goal.likelihood for goal in goals})


def waited(traits: BigFive, goals: Sequence[Goal], before: Affect, at: datetime) -> Affect:
    """What is left of what she felt, at another moment without any news; it says no reason.

    However often one looks in between, it comes to the same. A clock that was put back lets nothing fade.
    """
    inside = _waited(traits, goals, _inside(goals, before), (at - before.at) / HOUR)
    return Affect(at, inside.mood, inside.emotions, inside.likelihoods, before.shown, bond=before.bond)


def step(traits: BigFive, goals: Sequence[Goal], before: Affect | None, news: News, at: datetime, hidden: Collection[str] = ()) -> Affect:
    """What she feels after a message.

    Args:
        traits, goals: her blueprint's.
        before: what she felt after the last one; None at the first meeting.
        news: what the message brings.
        at: when it came: an aware time. Earlier than `before.at`, it counts as the same moment.
        hidden: feelings that she does not show now, GoEmotions labels.

    Returns:
        its `heard` and `topics` are empty and its `bond` is what it was; `shown` is empty where she shows her mood and no more.
    """
    start = before if before is not None else resting(traits, goals, at)
    inside, last = _inside(goals, start), min(start.at, at)
    reasons: list[Reason] = []
    for days in appraisal.silences(goals, news.silence_days):
        moment = min(at, max(last, at - (news.silence_days - days) * DAY))
        inside, last = _waited(traits, goals, inside, (moment - last) / HOUR), moment
        moves = appraisal.fallen_silent(goals, inside.likelihoods, days)
        inside, _ = _appraised(traits, inside, appraisal.felt_about(moves), moves)
        reasons += grounds.of_goals(moves)
    inside = _waited(traits, goals, inside, (at - last) / HOUR)
    reasons += grounds.of_time(max(NO_TIME, at - start.at), start.mood, inside.mood, start.emotions, inside.emotions)
    moves = appraisal.moved(goals, inside.likelihoods, news)
    social = appraisal.felt_with(news.emotions, appraisal.liking(traits))
    about = appraisal.felt_about(moves)
    inside, elicited = _appraised(traits, inside, {**about, **social}, moves)
    reasons += grounds.of_goals(moves)
    reasons += grounds.of_empathy(news.emotions, {name: elicited[name] for name in social})
    affect = Affect(at, inside.mood, inside.emotions, inside.likelihoods, bond=start.bond, reasons=tuple(reasons))
    return showing(traits, goals, affect, news.emotions, hidden)


def showing(traits: BigFive, goals: Sequence[Goal], affect: Affect, heard: Mapping[str, float], hidden: Collection[str] = ()) -> Affect:
    """The same with what she shows chosen, or chosen again: what was hidden may follow from what she felt.

    Args:
        traits, goals: her blueprint's.
        affect: what she feels; what it said of showing is said anew.
        heard: what was read in the message, GoEmotions label → strength in [0, 1].
        hidden: feelings that she does not show now, GoEmotions labels.
    """
    best = optimum(goals, affect.likelihoods, affect.mood, affect.emotions, heard, appraisal.liking(traits), hidden)
    others = tuple(reason for reason in affect.reasons if reason.kind != "shown")
    return replace(affect, shown="" if best.shown == NEUTRAL else best.shown, reasons=(*others, grounds.of_showing(best)))


def _inside(goals: Sequence[Goal], affect: Affect) -> _Inside:
    return _Inside(affect.mood, affect.emotions, {goal.name: affect.likelihoods.get(goal.name, goal.likelihood) for goal in goals})


def _waited(traits: BigFive, goals: Sequence[Goal], inside: _Inside, hours: float) -> _Inside:
    return _Inside(
        returned(inside.mood, resting_mood(traits), hours, half_life_h(traits)),
        faded(inside.emotions, hours),
        appraisal.drifted(goals, inside.likelihoods, hours),
    )


def _appraised(traits: BigFive, inside: _Inside, sums: Mapping[str, float], moves: Sequence[Move]) -> tuple[_Inside, dict[str, float]]:
    """What is inside afterwards, and how strongly each emotion was elicited: OCC label → intensity in [0, 1)."""
    sums = {name: amount * appraisal.gain(traits, repertoire().felt[name].good) for name, amount in sums.items()}
    elicited = {name: limited(amount) for name, amount in sums.items()}
    likelihoods = {**inside.likelihoods, **{move.goal.name: move.after for move in moves}}
    return _Inside(moved_by(inside.mood, elicited), added(inside.emotions, sums), likelihoods), elicited
