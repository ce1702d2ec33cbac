"""Why she feels as she does, in a few words of our own: one reason for each thing that happened, none in the user's words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from companion.affect import Mood, Reason
from companion.feel.appraisal import Move, felt_about
from companion.feel.emotions import NEUTRAL, repertoire
from companion.feel.mood import distance
from companion.feel.optimum import Optimum

NOTICED = 0.01  # of a likelihood, a mood or an intensity: a smaller change is no reason for anything
MOST_CAUSES = 2


def of_time(passed: timedelta, before: Mood, after: Mood, emotions: Mapping[str, float], left: Mapping[str, float]) -> Iterator[Reason]:
    """What faded since the last message; `amount` is how far the mood moved."""
    moved = distance(before, after)
    gone = sorted((left.get(name, 0.0) - felt, name) for name, felt in emotions.items())
    names = [repertoire().felt[name].word for lost, name in gone if lost <= -NOTICED and name in repertoire().felt]
    if moved >= NOTICED or names:
        effects = [f"{_listed(names[:MOST_CAUSES])} faded"] if names else []
        if moved >= NOTICED:
            effects.append("the mood went back towards rest")
        yield Reason("time", _span(passed), ", ".join(effects), moved)


def of_goals(moves: Sequence[Move]) -> Iterator[Reason]:
    """Which goals moved, the most important change first; `amount` is the change of the likelihood."""
    for move in sorted(moves, key=lambda one: -abs(one.desirability)):
        if abs(move.change) >= NOTICED:
            looks = "likelier" if move.change > 0 else "less likely"
            words = [repertoire().felt[name].word for name in felt_about([move])]
            woke = f", which woke {_listed(words)}" if words else ""
            yield Reason("goal", move.goal.name, f"looks {looks} through {_listed(move.causes[:MOST_CAUSES])}{woke}", move.change)


def of_empathy(heard: Mapping[str, float], felt: Mapping[str, float]) -> Iterator[Reason]:
    """What the user's feelings woke in her, by the label that weighed most; `amount` is its intensity, negative where it hurts."""
    places, known = repertoire().places, repertoire().felt
    for name, intensity in felt.items():
        if intensity >= NOTICED:
            sign = 1.0 if known[name].good else -1.0
            weights = {label: sign * strength * places[label].pleasure for label, strength in heard.items() if label in places}
            strongest = max(sorted(weights), key=lambda label: weights[label])
            yield Reason("read", strongest, f"woke {known[name].word}", sign * intensity)


def of_showing(best: Optimum) -> Reason:
    """Why this feeling is shown; `amount` is what it is worth."""
    if best.shown == NEUTRAL:
        why = "no feeling serves the goals enough to be worth showing"
    elif best.felt >= NOTICED:
        why = "it is felt, and serves the goals best for the least departure from the mood"
    else:
        why = "it serves the goals so well that it is shown without being felt"
    besides = f"; next best by {best.margin:.2f}: {best.runner_up}" if best.runner_up != best.shown else ""
    return Reason("shown", best.shown, why + besides, best.value)


def _span(passed: timedelta) -> str:
    hours = passed / timedelta(hours=1)
    for length, unit in ((168.0, "week"), (24.0, "day"), (1.0, "hour"), (1 / 60, "minute")):
        if hours >= length:
            count = int(hours // length)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "a moment"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words)
