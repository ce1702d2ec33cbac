"""What she can feel, where it lies, how it adds up and how it fades.

The labels are those of the OCC model (Ortony, Clore and Collins 1988) that GAMYGDALA appraises (Popescu, Broekens and van Someren,
"GAMYGDALA: An Emotion Engine for Games", IEEE Transactions on Affective Computing 5, 2014), less four. She never gloats over a user
or resents their luck: GAMYGDALA has both between enemies, and nobody is her enemy. She is never angry with a user either, and feels
no remorse: both need somebody to blame, and a reading does not tell whom a feeling is meant for, or who brought it about. What
would be anger stays distress or worry. The list is data (`occ.yaml`).

Intensities follow GAMYGDALA as well: appraisals of one emotion add up, what has added up halves again and again, and a limiter
keeps what is felt below 1: `felt = sum / (sum + 1)`. The sum is thus the odds of what is felt, so one number keeps both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from companion.affect import Mood

NEUTRAL = "neutral"
FAINTEST = 1e-12  # of what is felt: less is gone
MOST_FELT = 0.999  # odds have no end, and what is kept must be read again


@dataclass(frozen=True, slots=True)
class Emotion:
    """One emotion of the OCC model.

    Attributes:
        place: where it lies.
        shows: the GoEmotions label it is shown as.
        good: whether it is good to feel.
        half_life_h: hours until half of what has added up is left.
        word: what a reason calls it.
    """

    place: Mood
    shows: str
    good: bool
    half_life_h: float
    word: str


@dataclass(frozen=True, slots=True)
class Repertoire:
    """What can be felt and shown.

    Attributes:
        felt: OCC label → the emotion.
        places: GoEmotions label → where it lies; `NEUTRAL` has no place.
    """

    felt: Mapping[str, Emotion]
    places: Mapping[str, Mood]


@cache
def repertoire() -> Repertoire:
    """The repertoire that comes with the program."""
    book = yaml.safe_load((files("companion.feel") / "occ.yaml").read_text(encoding="utf-8"))
    terms = {name: Mood(*place) for name, place in book["terms"].items()}
    felt = {
        name: Emotion(terms[row["like"]], row["shows"], row["good"], float(row["half_life_h"]), row["word"])
        for name, row in book["felt"].items()
    }
    return Repertoire(felt, {name: terms[term] for name, term in book["shown"].items() if term is not None})


def added(emotions: Mapping[str, float], news: Mapping[str, float]) -> dict[str, float]:
    """The emotions with new appraisals, strongest first.

    Args:
        emotions: OCC label → intensity in (0, 1].
        news: OCC label → what an appraisal adds to its sum, at least 0.

    Returns:
        OCC label → intensity in (0, 1); none fell, and the order of appraisals makes no difference.
    """
    stronger = dict(emotions)
    for name, more in news.items():
        if more > 0:
            felt = emotions.get(name, 0.0)
            stronger[name] = max(felt, limited(_odds(felt) + more))
    return _strongest_first(stronger)


def faded(emotions: Mapping[str, float], hours: float) -> dict[str, float]:
    """What is left of the emotions after some hours, strongest first; one that is not known any more is gone.

    Two waits in a row leave what one of their length leaves. Less than nothing counts as nothing.
    """
    known, hours = repertoire().felt, max(0.0, hours)
    left = {
        name: min(felt, limited(_odds(felt) * 0.5 ** (hours / known[name].half_life_h)))  # rounding lets nothing grow
        for name, felt in emotions.items()
        if name in known
    }
    return _strongest_first(left)


def limited(amount: float) -> float:
    """What is felt, in [0, 1), of appraisals that sum up to `amount`: GAMYGDALA's limiter."""
    return min(MOST_FELT, amount / (amount + 1.0))


def _odds(felt: float) -> float:
    felt = min(MOST_FELT, max(0.0, felt))
    return felt / (1.0 - felt)


def _strongest_first(emotions: dict[str, float]) -> dict[str, float]:
    return dict(sorted(((name, felt) for name, felt in emotions.items() if felt > FAINTEST), key=lambda one: (-one[1], one[0])))
