"""How her mood moves: what she feels pulls it, and time brings it back to where it rests.

The layers are ALMA's (Gebhard, "ALMA: A Layered Model of Affect", AAMAS 2005): emotions have a virtual centre in pleasure, arousal
and dominance, the mean of their places, here weighted by their intensities. It pulls the mood towards itself, and a mood that already
lies beyond it in its own direction is pushed further out. ALMA does this at every tick of a clock; here it happens once with each
message, by what that message made her feel. So it matters what happens and when, but not how often anybody looks.

Between messages the mood goes back to rest by halves. Who is emotionally stable is back sooner: moods of the unstable carry over
more (Kuppens, Allen and Sheeber, "Emotional Inertia and Psychological Maladjustment", Psychological Science 21, 2010). Half-life,
pull and push are our judgement: an evening is still felt the next morning, and not a week later.
"""

from collections.abc import Mapping

from companion.affect import Mood
from companion.feel.emotions import repertoire
from companion.persona.blueprint import BigFive

HALF_LIFE_H = 8.0  # of somebody neither stable nor unstable
INERTIA = 2.0  # the half-life is divided by this where stability is 1 and times this where it is −1
PULL = 0.5  # how much of the way to the centre the strongest feeling brings it at once
PUSH = 0.25  # how much of the way to the edge, from beyond the centre


def half_life_h(traits: BigFive) -> float:
    """Hours until half of what moved her mood is gone: from 4 for the stable to 16 for the unstable."""
    return float(HALF_LIFE_H * INERTIA**-traits.emotional_stability)


def returned(mood: Mood, rest: Mood, hours: float, half_life_h: float) -> Mood:
    """The mood after some hours in which nothing happened; less than nothing counts as nothing.

    Two waits in a row bring it where one of their length does, up to rounding.
    """
    share = 0.5 ** (max(0.0, hours) / half_life_h)
    return _within(Mood(*(at_rest + (now - at_rest) * share for now, at_rest in zip(mood, rest, strict=True))))


def moved_by(mood: Mood, elicited: Mapping[str, float]) -> Mood:
    """The mood after something made her feel.

    Args:
        mood: before it.
        elicited: what it made her feel, OCC label → intensity in [0, 1]; what she felt before has had its pull.
    """
    felt = repertoire().felt
    weights = {name: intensity for name, intensity in elicited.items() if name in felt and intensity > 0}
    if not weights:
        return mood
    total = sum(weights.values())
    centre = Mood(*(sum(share * felt[name].place[axis] for name, share in weights.items()) / total for axis in range(3)))
    strength = max(weights.values())
    length = sum(one * one for one in centre)
    if length and sum(here * there for here, there in zip(mood, centre, strict=True)) >= length:
        farthest = max(abs(one) for one in centre)
        return _towards(mood, Mood(*(one / farthest for one in centre)), PUSH * strength)
    return _towards(mood, centre, PULL * strength)


def distance(one: Mood, other: Mood) -> float:
    """Between two moods, in [0, √12]."""
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def _towards(mood: Mood, goal: Mood, share: float) -> Mood:
    return _within(Mood(*(now + (there - now) * share for now, there in zip(mood, goal, strict=True))))


def _within(mood: Mood) -> Mood:
    return Mood(*(max(-1.0, min(1.0, value)) for value in mood))
