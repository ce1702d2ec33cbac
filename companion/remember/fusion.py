"""What was found, weighed: words, meaning, context and time, added with weights.

Each sign of relevance is divided by the best of its kind in the pool and the weighted sum decides; adding normalised scores
did better than reciprocal rank fusion (Cormack et al. 2009) in every comparison. What surrounds a message counts: the words
of a question that its neighbours have, how well they fit, and how well its sitting does. The weights were fitted by
logistic regression over each question's messages (a listwise softmax); `weights.yaml` says on what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from companion.remember.dates import Span, asks_when, tells_when
from companion.remember.pool import Pool, Positions
from companion.remember.protocol import Factors, Vector

SIGNS = (  # what is known of a message with respect to a question, and which of the four factors it counts for
    ("words", "words"),
    ("words nearby", "words"),
    ("meaning", "meaning"),
    ("words two before", "context"),
    ("words one before", "context"),
    ("meaning one before", "context"),
    ("meaning one after", "context"),
    ("words of the sitting", "context"),
    ("meaning of the sitting", "context"),
    ("speaker", "context"),
    ("day", "time"),
    ("tells when", "time"),
    ("length", "context"),
    ("is a question", "context"),
)
COSINE_FLOOR, COSINE_RANGE = 0.2, 0.5  # two unrelated sentences have about 0.2, one saying the same in other words 0.7
NAMES = tuple(name for name, _ in SIGNS)
NEARBY = ((0, 1.0), (-1, 0.8), (-2, 0.6), (1, 0.7))  # how much a neighbour's words count for a message


@dataclass(frozen=True, slots=True)
class Found:
    """What the indexes say about a question.

    Attributes:
        words: for each word of it, the row numbers of messages that have it, and what it adds to the BM25 score of each.
        meaning: cosines by message id.
        spans: the days it speaks of.
        speaker: which role's words it is about: "user", "persona", or "" for either.
    """

    words: Sequence[tuple[Positions, Vector]]
    meaning: Mapping[str, float]
    spans: Sequence[Span]
    speaker: str


def signs(pool: Pool, found: Found, question: str, zone: tzinfo | None = None) -> Vector:
    """Every sign of every message: float32 (messages, signs), in the order of `NAMES`."""
    size = len(pool)
    by_word = np.zeros((max(1, len(found.words)), size), dtype=np.float32)
    for row, (rows, scores) in enumerate(found.words):
        at = pool.at(rows)
        by_word[row, at[at >= 0]] = scores[at >= 0]
    beside = {offset: pool.beside(offset) for offset in (-2, -1, 1)}
    words = _of_best(by_word.sum(0))
    nearby = _of_best(np.maximum.reduce([weight * _moved(by_word, beside.get(offset)) for offset, weight in NEARBY]).sum(0))
    meaning = _of_best(np.array([found.meaning.get(one.id, 0.0) for one in pool.said], dtype=np.float32))
    sitting = pool.sittings()
    days = pool.days(zone) if found.spans else []
    nearness = {day: max(span.nearness(day) for span in found.spans) for day in set(days)}
    asks = asks_when(question)
    columns = (
        words,
        nearby,
        meaning,
        _moved(words, beside[-2]),
        _moved(words, beside[-1]),
        _moved(meaning, beside[-1]),
        _moved(meaning, beside[1]),
        _best_of(words, sitting, 1),
        _best_of(meaning, sitting, 3),
        [float(one.role == found.speaker) for one in pool.said],
        [nearness[day] for day in days] or np.zeros(size),
        [float(asks and tells_when(one.text)) for one in pool.said],
        np.log1p([len(one.text) for one in pool.said]) / 5,
        [float(one.text.rstrip().endswith("?")) for one in pool.said],
    )
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


@cache
def weights() -> Vector:
    """The weights that ship, float32 (signs,)."""
    kept = yaml.safe_load((Path(__file__).parent / "weights.yaml").read_text("utf-8"))["weights"]
    return np.array([kept[name] for name in NAMES], dtype=np.float32)


def factors(message_signs: Vector, by: Vector) -> Factors:
    """The shares of a message's score that are meaning, words, context and time."""
    parts = dict.fromkeys(("meaning", "words", "context", "time"), 0.0)
    for (name, factor), value in zip(SIGNS, message_signs * by, strict=True):
        if name not in ("length", "is a question"):  # of the message alone, whatever was asked
            parts[factor] += float(value)
    positive = {name: max(0.0, value) for name, value in parts.items()}
    total = sum(positive.values()) or 1.0
    return Factors(**{name: value / total for name, value in positive.items()})


def worth(pool: Pool, found: Found) -> Vector:
    """How well each message fits in itself, whatever else is there: float32 (messages,) in [0, 1].

    Its cosine, or where that is more, the mean of that and the share of the question's words that it or its neighbours have.
    A floor can be set under this; the weighted signs only say which of several fits best.
    """
    size = len(pool)
    rarity = rarities(found)
    shared = np.zeros(size, dtype=np.float32)
    for (rows, _), weight in zip(found.words, rarity, strict=True):
        there = pool.having(rows).astype(np.float32)
        near = [share * _moved(there, None if not offset else pool.beside(offset)) for offset, share in NEARBY]
        shared += np.maximum.reduce(near) * weight / (sum(rarity) or 1.0)
    if not found.meaning:  # while there is no index, words decide alone
        return shared
    cosines = np.array([found.meaning.get(one.id, 0.0) for one in pool.said], dtype=np.float32)
    meaning = np.clip((cosines - COSINE_FLOOR) / COSINE_RANGE, 0, 1)
    return np.asarray(np.maximum(meaning, (meaning + shared) / 2), dtype=np.float32)


def rarities(found: Found) -> list[float]:
    """How much each word of the question tells: what it adds to the score of the message that it says most of."""
    best = [float(scores.max(initial=0.0)) for _, scores in found.words]
    return [one or max(best) for one in best]


def _of_best(scores: Vector) -> Vector:
    best = scores.max(initial=0.0)
    return np.maximum(scores, 0) / best if best > 0 else np.zeros_like(scores)


def _moved(scores: Vector, positions: Positions | None) -> Vector:
    """What stands at other positions of the last axis, 0 where nothing does."""
    if positions is None:
        return scores
    return np.where(positions >= 0, scores[..., positions], 0).astype(np.float32)


def _best_of(scores: Vector, groups: Positions, count: int) -> Vector:
    """For each message the mean of its group's `count` best scores."""
    order = np.lexsort((-scores, groups))
    sorted_groups = groups[order]
    first = np.searchsorted(sorted_groups, sorted_groups)  # where each message's group begins
    best = np.arange(len(groups)) - first < count
    sums = np.bincount(sorted_groups[best], weights=scores[order][best], minlength=1)
    return np.asarray(sums[groups] / np.minimum(np.bincount(groups, minlength=1), count)[groups], dtype=np.float32)
