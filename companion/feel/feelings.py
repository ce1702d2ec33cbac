"""The feelings that are read: how good or bad each is to feel, how strong, and the plain word for what feels so.

The list is data (`emotions.yaml`). Labels are those of GoEmotions (Demszky et al. 2020); valences, strengths and words are our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

NEUTRAL = "neutral"


@dataclass(frozen=True)
class Feeling:
    """One feeling.

    Attributes:
        valence: from -1 (bad to feel) to 1 (good to feel).
        strength: how strong it is when it is named without a stress, in [0, 1].
        word: completes "talking about work has been … lately".
    """

    valence: float
    strength: float
    word: str


@cache
def feelings() -> Mapping[str, Feeling]:
    """The feelings by their names, `NEUTRAL` among them."""
    book = yaml.safe_load((files("companion.feel") / "emotions.yaml").read_text(encoding="utf-8"))
    return {name: Feeling(row["valence"], row["strength"], row["word"]) for name, row in book.items()}
