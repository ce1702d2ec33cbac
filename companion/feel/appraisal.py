"""What a message means to her: how far it moves her goals, and what she feels about that.

GAMYGDALA's appraisal (Popescu, Broekens and van Someren, "GAMYGDALA: An Emotion Engine for Games", IEEE Transactions on Affective
Computing 5, 2014). What moves a goal changes its likelihood; the change times the goal's utility is how desirable the news is, and
its size how strongly she feels about it. While a goal is open that is hope or fear. Where it has become all but certain or all but
hopeless it is joy or distress, and beside it satisfaction or a fear confirmed if that had been expected (the likelihood moved by less
than half), disappointment or relief if not. What happens to somebody she likes makes her glad or sorry with them; what somebody does
for her makes her grateful, and what she has done for them gratified.

Four things differ, each for a reason:

- GAMYGDALA adds a message's congruence to a likelihood and cuts off at the ends. Here it moves the likelihood by its share of what
  is left: `L + c (1 − L)` for c ≥ 0, `L + c L` below. An effect of 1 still makes a goal certain and −1 hopeless, and news for the
  hundredth time says little. It is how certainty factors add up (Shortliffe and Buchanan, "A Model of Inexact Reasoning in
  Medicine", Mathematical Biosciences 23, 1975), which also gives several causes in one message one sum, whatever their order.
- No goal is over once it is reached: whoever left calmer today may be sad tomorrow. GAMYGDALA calls these maintenance goals.
- Likelihoods go back to what the blueprint says, half the way in three days. The talk of one evening is news, not a new world, and
  five hundred turns leave no goal stuck at an end where nothing moves it any more.
- "All but" certain is within a twentieth of it, since shares of what is left never arrive.

It takes labels and numbers, never words of the user. Whom a feeling is meant for it does not know (`emotions.py` says what is left out).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from companion.feel.emotions import repertoire
from companion.persona.blueprint import BigFive
from companion.persona.goals import Goal, Influence

LIKELIHOOD_HALF_LIFE_H = 72.0
ALL_BUT = 0.05  # how near an end of its scale a likelihood counts as having arrived
EXPECTED = 0.5  # a likelihood that moved less than that arrives where it was expected to
GAIN = 5.0  # GAMYGDALA's gain: its appraisals are "small and rare" in a talk, where it advises a high one (1 to 20)
REACTIVITY = 0.3  # how much a trait at its end adds to the gain: Larsen and Ketelaar 1991, as `gain` tells
THANKS = frozenset({"gratitude", "relief"})  # what a user feels where she has been of use
KINDNESS = frozenset({"gratitude", "admiration", "approval", "caring", "love"})  # feelings that are also something done for another


@dataclass(frozen=True, slots=True)
class News:
    """What a message brings, or the time before it.

    Attributes:
        emotions: what the user seems to feel, GoEmotions label → strength in [0, 1].
        topics: what the message is about, name → relevance in [0, 1]. Whoever compares by meaning gives the names that goals
            use, each with its similarity.
        events: names of what happened outside the talk, such as "return".
        silence_days: days since the user's last message, before this one; at least 0.
    """

    emotions: Mapping[str, float] = field(default_factory=dict)
    topics: Mapping[str, float] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    silence_days: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """What one piece of news did to one goal.

    Attributes:
        goal: which.
        before, after: how likely it seemed and seems, in [0, 1].
        causes: what moved it, in the blueprint's own words, the strongest first.
        given: whether the user did it by being kind: only then is there somebody to thank.
    """

    goal: Goal
    before: float
    after: float
    causes: tuple[str, ...]
    given: bool = False

    @property
    def change(self) -> float:
        """Of the likelihood, in [−1, 1]."""
        return self.after - self.before

    @property
    def desirability(self) -> float:
        """In [−1, 1]."""
        return self.goal.utility * self.change


def drifted(goals: Sequence[Goal], likelihoods: Mapping[str, float], hours: float) -> dict[str, float]:
    """How likely each goal seems after some hours without news. A goal that is new begins where the blueprint says."""
    share = 0.5 ** (max(0.0, hours) / LIKELIHOOD_HALF_LIFE_H)
    return {goal.name: goal.likelihood + (likelihoods.get(goal.name, goal.likelihood) - goal.likelihood) * share for goal in goals}


def moved(goals: Sequence[Goal], likelihoods: Mapping[str, float], news: News) -> tuple[Move, ...]:
    """The goals that the message moves, in the blueprint's order. Silence is not counted here: `silences` and `fallen_silent` are."""
    topics = {name.casefold(): _share(relevance) for name, relevance in news.topics.items()}
    events = {name.casefold() for name in news.events}

    def strength(influence: Influence) -> float:
        if influence.emotion is not None:
            return _share(news.emotions.get(influence.emotion, 0.0))
        if influence.topic is not None:
            return topics.get(influence.topic.casefold(), 0.0)
        return float(influence.event is not None and influence.event.casefold() in events)

    return tuple(_moves(goals, likelihoods, strength))


def silences(goals: Sequence[Goal], days: float) -> tuple[int, ...]:
    """After how many days each silence of that length moves a goal, shortest first."""
    named = {one.silence_days for goal in goals for one in goal.moved_by if one.silence_days is not None}
    return tuple(sorted(threshold for threshold in named if threshold <= days))


def fallen_silent(goals: Sequence[Goal], likelihoods: Mapping[str, float], days: int) -> tuple[Move, ...]:
    """The goals that a silence moves when it has lasted just so many days."""
    return tuple(_moves(goals, likelihoods, lambda influence: float(influence.silence_days == days)))


def felt_about(moves: Iterable[Move]) -> dict[str, float]:
    """What she feels about her goals: OCC label → the sum of its appraisals, at least 0, before any gain."""
    sums: dict[str, float] = {}
    for move in moves:
        for name in _prospects(move):
            sums[name] = sums.get(name, 0.0) + abs(move.desirability)
        if move.given and move.desirability > 0:
            sums["gratitude"] = sums.get("gratitude", 0.0) + move.desirability
    return sums


def felt_with(heard: Mapping[str, float], liking: float) -> dict[str, float]:
    """What she feels for the user: OCC label → appraisal in [0, 1], before any gain.

    A feeling is as good or bad for the user as its pleasure. GAMYGDALA's social emotions: desirability for the other, times liking.
    """
    places = repertoire().places
    good = [_share(strength) * places[name].pleasure for name, strength in heard.items() if name in places]
    sums = {
        "happy-for": liking * _any_of(max(0.0, value) for value in good),
        "pity": liking * _any_of(max(0.0, -value) for value in good),
        "gratification": liking * _any_of(_share(heard.get(name, 0.0)) * places[name].pleasure for name in sorted(THANKS)),
    }
    return {name: amount for name, amount in sums.items() if amount > 0}


def liking(traits: BigFive) -> float:
    """How much the user's luck is hers, in [0.1, 0.3]: empathy rises with agreeableness.

    That it does is well found (Graziano, Habashi, Sheese and Tobin, "Agreeableness, Empathy, and Helping", Journal of
    Personality and Social Psychology 93, 2007); how much is our judgement: what is read moves her less than what she wants does.
    """
    return 0.2 + 0.1 * traits.agreeableness


def gain(traits: BigFive, good: bool) -> float:
    """What an appraisal counts for.

    Who is extraverted feels good news more, who is unstable bad news (Larsen and Ketelaar, "Personality and Susceptibility to
    Positive and Negative Emotional States", Journal of Personality and Social Psychology 61, 1991); how much is our judgement.
    """
    return GAIN * (1.0 + REACTIVITY * (traits.extraversion if good else -traits.emotional_stability))


def _moves(goals: Sequence[Goal], likelihoods: Mapping[str, float], strength: Callable[[Influence], float]) -> Iterator[Move]:
    for goal in goals:
        found = [(one.effect * share, one) for one in goal.moved_by if (share := strength(one))]
        found = [(congruence, one) for congruence, one in found if congruence]
        if found:
            before = _share(likelihoods.get(goal.name, goal.likelihood))
            after = _likelihood(before, [congruence for congruence, _ in found])
            strongest = sorted(found, key=lambda one: -abs(one[0]))
            given = any(one.emotion in KINDNESS for congruence, one in found if congruence * goal.utility > 0)
            yield Move(goal, before, after, tuple(_cause(one) for _, one in strongest), given)


def _likelihood(before: float, congruences: Sequence[float]) -> float:
    no_likelier = no_less = 1.0  # how far nothing speaks for it, and nothing against it
    for congruence in congruences:
        if congruence > 0:
            no_likelier *= 1.0 - congruence
        else:
            no_less *= 1.0 + congruence
    net = no_less - no_likelier
    return before + net * (1.0 - before if net >= 0 else before)


def _prospects(move: Move) -> tuple[str, ...]:
    wanted, expected = move.goal.utility >= 0, abs(move.change) < EXPECTED
    if move.after >= 1.0 - ALL_BUT and move.change > 0:
        if wanted:
            return ("joy", "satisfaction") if expected else ("joy",)
        return ("distress", "fears-confirmed") if expected else ("distress",)
    if move.after <= ALL_BUT and move.change < 0:
        if wanted:
            return ("distress",) if expected else ("distress", "disappointment")
        return ("joy",) if expected else ("joy", "relief")
    if not move.desirability:
        return ()
    return ("hope",) if move.desirability > 0 else ("fear",)


def _cause(influence: Influence) -> str:
    if influence.silence_days is not None:
        return f"{influence.silence_days} days of silence" if influence.silence_days > 1 else "a day of silence"
    return influence.emotion or influence.topic or influence.event or ""


def _any_of(chances: Iterable[float]) -> float:
    return 1.0 - prod(1.0 - chance for chance in chances)


def _share(value: float) -> float:
    return max(0.0, min(1.0, value))
