"""How near a text is to a persona's manner, held against the manners of other personas: a likelihood ratio.

A dozen example lines are too few to learn a style from: of four personas' replies a character model made of them alone gave 0.26 to
the right one, and distances of habits after Burrows's Delta (2002) 0.37, as one expects of samples under a few thousand words (Eder,
"Does size matter?", 2015).
So a style is a mixture. Fourteen manners of speaking (calm, dry, bubbly …), each known from hundreds of lines that were written for
the built-in model, span the background; a linear classifier over words, pairs of words, punctuation and habits of building
sentences (features as in Stamatatos 2009, section 2) gives P(manner | text), and a persona is the mean of that over her example
lines: her mixture π. With manners equally common, P(text | persona) ∝ Σ π(manner) · P(manner | text), and what is reported is her
share of that beside the mean of the others': the likelihood ratio of a background model (Reynolds, Quatieri and Dunn 2000).

1 is hers alone, 0.5 as likely somebody else's (a plain "I see." is anybody's), 0 nothing like her. One short reply says little; a mean
over several says much. Names are covered first, so that manner is not what she talks about (Stamatatos 2017). English only: of words
that it does not know nothing is held for or against her. `recipe.py` makes the weights.
"""

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from companion.errors import ModelError
from companion.persona.blueprint import Blueprint

WEIGHTS = Path(__file__).parent / "weights" / "manners.safetensors"
FEATURES = 8192
PRIOR_LINES = 2.0  # so many lines of an even mixture are added to hers: who has said little is like anybody
SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
TOKEN = re.compile(r"@|[^\W\d_]+(?:'[^\W\d_]+)*|\.\.\.|…|[^\w\s]")
NAME = re.compile(r"(?<=[\w,;:'\"”)] )[A-Z][\w'-]+")
FIRST_PERSON = frozenset(("i", "i'm", "i'd", "i'll", "i've"))

Row = NDArray[np.float32]


def lines_of(blueprint: Blueprint) -> tuple[str, ...]:
    """What she says in her blueprint: her lines, her greetings and the replies of her examples."""
    examples = (exchange.reply for conversation in blueprint.examples for exchange in conversation)
    stages = (stage.greeting for stage in blueprint.relationship.stages if stage.greeting)
    return (*blueprint.character.speech.lines, blueprint.greeting, *blueprint.alternate_greetings, *examples, *stages)


def tokens(text: str) -> frozenset[int]:
    """The features of a text that are there or not: words, pairs of words, punctuation, as numbers under `FEATURES`."""
    words = ["^", *TOKEN.findall(_covered(text).lower()), "$"]
    return frozenset(zlib.crc32(one.encode()) % FEATURES for one in (*words[1:-1], *map("_".join, pairwise(words))))


def habits(text: str) -> Row:
    """How a text is built: float32 (10,). Length of sentences and their number (logarithms), shares of exclamations and questions,
    commas, contractions and first persons a word, length of words, ellipses and dashes a sentence."""
    plain = _covered(text)
    sentences = [one.strip() for one in SENTENCE.findall(plain) if WORD.search(one)] or [plain]
    words, count = WORD.findall(plain) or ["x"], len(sentences)
    return np.array(
        (
            math.log1p(len(words) / count),
            math.log1p(count),
            sum(one.endswith("!") for one in sentences) / count,
            sum(one.endswith("?") for one in sentences) / count,
            plain.count(",") / len(words),
            sum("'" in word for word in words) / len(words),
            sum(word.lower() in FIRST_PERSON for word in words) / len(words),
            sum(map(len, words)) / len(words),
            (plain.count("...") + plain.count("…")) / count,
            sum(map(plain.count, ";:—–")) / count,
        ),
        np.float32,
    )


class Manners:
    """The background: which of its manners a text is in.

    Args:
        names: of the manners.
        weights: float32 (FEATURES, manners).
        habit_weights: float32 (habits, manners), for z-scores.
        bias: float32 (manners,).
        centre, spread: float32 (habits,), of the lines it was learnt from.
    """

    def __init__(self, names: Sequence[str], weights: Row, habit_weights: Row, bias: Row, centre: Row, spread: Row) -> None:
        self.names = tuple(names)
        self._weights, self._habit_weights, self._bias = weights, habit_weights, bias
        self._centre, self._spread = centre, spread

    def of(self, text: str) -> Row:
        """P(manner | text): float32 (manners,), which sums to 1. A text without a word is in all alike."""
        if not WORD.search(text):
            return np.full(len(self.names), 1 / len(self.names), np.float32)
        built = np.clip((habits(text) - self._centre) / self._spread, -4, 4)
        scores = self._weights[list(tokens(text))].sum(0) + built @ self._habit_weights + self._bias
        likely = np.exp(scores - scores.max())
        return np.asarray(likely / likely.sum(), np.float32)

    def mixture(self, lines: Sequence[str]) -> Row:
        """The mixture that somebody speaks in: float32 (manners,), which sums to 1."""
        even = np.full(len(self.names), PRIOR_LINES / len(self.names), np.float32)
        return np.asarray((sum((self.of(line) for line in lines), even)) / (len(lines) + PRIOR_LINES), np.float32)


class Likeness:
    """One persona's manner against that of others.

    Args:
        own: her lines.
        others: the lines of others, by name; without any she is held against all manners alike.
    """

    def __init__(self, own: Sequence[str], others: Mapping[str, Sequence[str]], manners: Manners | None = None) -> None:
        self._manners = known = manners or shipped_manners()
        self._own = known.mixture(own)
        self._names = tuple(others)
        self._others = np.stack([known.mixture(lines) for lines in others.values()]) if others else known.mixture(())[None]

    def of(self, text: str) -> float:
        """How near a text is to her manner, in [0, 1]; 0.5 says as much for her as against her."""
        return self.nearest(text)[0]

    def nearest(self, text: str) -> tuple[float, str]:
        """The same, and whose manner the text is in most; empty when it is hers."""
        likely = self._manners.of(text)
        own, others = float(self._own @ likely), self._others @ likely
        best = int(others.argmax())
        return own / (own + float(others.mean())), self._names[best] if self._names and others[best] > own else ""


@lru_cache(maxsize=1)
def shipped_manners() -> Manners:
    """Those that come with Companion, read once.

    Raises:
        ModelError: the file is missing or damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(WEIGHTS, framework="numpy") as file:
            there = ("weights", "scale", "habit_weights", "bias", "centre", "spread")
            named = {name: file.get_tensor(name).astype(np.float32) for name in there}
            names = file.metadata()["manners"].split()
        weights = named["weights"] * named["scale"]
        return Manners(names, weights, named["habit_weights"], named["bias"], named["centre"], named["spread"])
    except (OSError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError("The manners of speaking cannot be read.", hint="Install Companion again.") from error


def _covered(text: str) -> str:
    """A text with its names covered; one that begins a sentence cannot be told from any other word."""
    plain = " ".join(text.replace("’", "'").split())
    return NAME.sub(lambda name: name[0] if name[0].casefold() in FIRST_PERSON else "@", plain)
