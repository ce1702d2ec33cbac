"""Which feeling she shows: the one that serves her goals best for the least departure from what she feels and how she is.

Every feeling of GoEmotions is weighed, and "neutral", which shows her mood and no more; what the rules hide is left out. Worth is

    J(s) = G(s) − DEPARTURE · ‖place(s) − mood‖² − PRETENCE · p(s)        p(s) = 1 − felt(s) / max(strongest, SLIGHT)

with `place` in pleasure, arousal and dominance, `felt(s)` how strongly she feels an emotion that shows as s, and `strongest` how
strongly she feels any. What is felt most costs no pretence, what is not felt at all the whole. Neutral lies where her mood does, and
its pretence is what it keeps to itself: min(1, strongest / SLIGHT). There are 28 candidates, so the optimum is found by trying each;
of two equal ones the first in the alphabet is shown. That to show what one does not feel has a price is Hochschild's finding ("The
Managed Heart", 1983); its size is our judgement, as is that of a departure.

G is the expected gain: what her goals would gain if the user felt as far towards s as feelings carry over.

1. The user is at u, the sum of the places of what was read, weighted with its strengths (their mean where they exceed 1).
2. Feelings are caught: pleasure and arousal of who speaks carry over (Hatfield, Cacioppo and Rapson, "Emotional Contagion", Current
   Directions in Psychological Science 2, 1993), while dominance is answered with its opposite (Kiesler, "The 1982 Interpersonal Circle: A
   Taxonomy for Complementarity in Human Transactions", Psychological Review 90, 1983). So u' = u + c (t − u), where t is s with its
   dominance turned round. The share is c = CONTAGION · exp(−d² / 2 REACH²), d being how far s is from u in pleasure and arousal: what
   is too far from one's own state does not reach one. That is why grief is not met with delight; it is our assumption.
3. A feeling e is as present as exp(−‖u − place(e)‖² / 2 BREADTH²). Each of her goals gains its utility times how far e moves its
   likelihood times how much more present e is at u' than at u; and as she likes the user, their pleasure counts as well.

It is a model of one exchange with somebody unknown, good enough to choose among 28 words and for nothing else. It predicts no one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from companion.affect import SLIGHT, Mood
from companion.feel.emotions import NEUTRAL, repertoire
from companion.persona.goals import Goal

DEPARTURE = 0.03
PRETENCE = 0.2
CONTAGION = 0.4
REACH = 0.8
BREADTH = 0.5


@dataclass(frozen=True, slots=True)
class Optimum:
    """What came of it.

    Attributes:
        shown: a GoEmotions label, or `NEUTRAL`.
        value: J of it.
        departure: ‖place − mood‖, in [0, √12].
        gain: G of it.
        felt: how strongly she feels an emotion that shows like that, in [0, 1]; of neutral, how little she keeps to herself.
        runner_up: the second best; `NEUTRAL` where there is no other.
        margin: how much more the best is worth, at least 0.
    """

    shown: str
    value: float
    departure: float
    gain: float
    felt: float
    runner_up: str = NEUTRAL
    margin: float = 0.0


def optimum(
    goals: Sequence[Goal],
    likelihoods: Mapping[str, float],
    mood: Mood,
    emotions: Mapping[str, float],
    heard: Mapping[str, float],
    liking: float,
    hidden: Collection[str] = (),
) -> Optimum:
    """The feeling to show.

    Args:
        goals: what she wants.
        likelihoods: goal's name → how likely it seems, in [0, 1].
        mood: hers.
        emotions: what she feels, OCC label → intensity in [0, 1].
        heard: what was read in the message, GoEmotions label → strength in [0, 1].
        liking: how much the user's luck is hers, in [0, 1].
        hidden: GoEmotions labels that she does not show now. Neutral cannot be hidden: something must be left.
    """
    labels, places = _table()
    felt = _felt_as(emotions)
    strongest = max(felt.values(), default=0.0)
    true = np.array([felt.get(label, 0.0) for label in labels])
    gains = _gains(_wishes(goals, likelihoods), _where(heard), liking)
    departures = np.linalg.norm(places - mood, axis=1)
    values = gains - DEPARTURE * departures**2 - PRETENCE * (1.0 - true / max(strongest, SLIGHT))
    kept = min(1.0, strongest / SLIGHT)
    found = [Optimum(NEUTRAL, -PRETENCE * kept, 0.0, 0.0, 1.0 - kept)]
    rows = zip(labels, values.tolist(), departures.tolist(), gains.tolist(), true.tolist(), strict=True)
    found += [Optimum(label, value, far, gain, share) for label, value, far, gain, share in rows if label not in hidden]
    found.sort(key=lambda one: (-one.value, one.shown))
    best, second = found[0], found[min(1, len(found) - 1)]
    return replace(best, runner_up=second.shown, margin=best.value - second.value)


@cache
def _table() -> tuple[tuple[str, ...], np.ndarray]:
    """The labels of GoEmotions that have a place, and their places: float64 (27, 3)."""
    places = repertoire().places
    return tuple(places), np.array(list(places.values()))


def _gains(wishes: np.ndarray, user: np.ndarray, liking: float) -> np.ndarray:
    """G of each feeling, float64 (27,): `wishes` (27,) is what a feeling of the user's is worth, `user` (3,) where the user is."""
    _, places = _table()
    target = places * (1.0, 1.0, -1.0)
    far = np.square(places[:, :2] - user[:2]).sum(axis=1)
    caught = user + (CONTAGION * np.exp(-far / (2.0 * REACH**2)))[:, None] * (target - user)
    served = _presence(caught) @ wishes - _presence(user[None, :]) @ wishes
    return np.asarray(served + liking * (caught[:, 0] - user[0]) / 2.0)


def _presence(moods: np.ndarray) -> np.ndarray:
    """How present each feeling is at each of some moods (n, 3): float64 (n, 27) in (0, 1]."""
    _, places = _table()
    return np.asarray(np.exp(-np.square(moods[:, None, :] - places[None, :, :]).sum(axis=2) / (2.0 * BREADTH**2)))


def _felt_as(emotions: Mapping[str, float]) -> dict[str, float]:
    """GoEmotions label → how strongly she feels what shows like that: the strongest where there are several."""
    known = repertoire().felt
    shown: dict[str, float] = {}
    for name, intensity in emotions.items():
        if name in known:
            shown[known[name].shows] = max(intensity, shown.get(known[name].shows, 0.0))
    return shown


def _where(heard: Mapping[str, float]) -> np.ndarray:
    """Where the user is, as far as it could be read, float64 (3,); the middle where nothing was."""
    labels, places = _table()
    strengths = np.array([heard.get(label, 0.0) for label in labels])
    return np.asarray(strengths @ places / max(1.0, strengths.sum()))


def _wishes(goals: Sequence[Goal], likelihoods: Mapping[str, float]) -> np.ndarray:
    """What her goals would gain if each feeling were there in the user: float64 (27,)."""
    labels, _ = _table()
    wishes = dict.fromkeys(labels, 0.0)
    for goal in goals:
        likelihood = likelihoods.get(goal.name, goal.likelihood)
        for influence in goal.moved_by:
            emotion = influence.emotion
            if emotion is not None and emotion in wishes:
                room = 1.0 - likelihood if influence.effect > 0 else likelihood
                wishes[emotion] += goal.utility * influence.effect * room
    return np.array(list(wishes.values()))
