"""How well a message answers by itself a question about its speaker: a remark made in passing, amid talk of something else.

Such a remark has no neighbours that speak of the matter, and often hardly a word of the question. What tells it from the talk
around it: what a reader makes of it (`reader.py`), it has the question's words itself or one that means the same, it is near in
meaning, it speaks of its speaker, it tells and does not ask, and it has what the question asks for: a time, a number, a name
(question classification, Li and Roth, Learning Question Classifiers, 2002). They add up to the logarithm of how much likelier it
answers than nothing does. The weights were fitted by a softmax over each question's messages and nothing, on what three of the five people
of `benchmarks/persistence*.yaml` tell; `python -m benchmarks.answers` measures them on remarks that hardly name what they tell of.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from companion.remember.dates import tells_when
from companion.remember.fusion import COSINE_FLOOR, COSINE_RANGE, Found, rarities
from companion.remember.pool import Pool, Positions
from companion.remember.protocol import Vector

SIGNS = ("meaning", "words", "of the speaker", "tells", "what is asked for", "read")
WEIGHTS = np.array([5.1, 3.2, 0.5, 2.0, 0.9, 0.69], dtype=np.float32)
NOTHING = 11.9  # what nothing weighs
UNREAD = np.array([12.1, 4.1, 0.6, 2.6, 1.2, 0.0], dtype=np.float32)  # the weights where there is no reader
UNREAD_NOTHING = 10.3
NEAR = np.array([0.54, 0.17], dtype=np.float32)  # how near a message is to a question: meaning, words
OUT_OF_SIGHT = -20.0  # of what is not looked at
LOOKED_AT = 120  # of the nearest the words are read
STANDS_FOR = 0.7  # a word that means the same, against the word itself

OF_THE_SPEAKER = re.compile(r"\b(?:i|my|me|mine|we|our|us|i'?m|i'?ve|we'?ve|we'?re|i'?d|im|ive)\b", re.IGNORECASE)
ASKS_YOU = re.compile(r"\byou\b.*\?|(?:^|[.!?,] ?)(?:do|did|are|have|would|were|what|how) (?:about )?you\b", re.IGNORECASE)
FOR_A_TIME = re.compile(r"\bwhen\b|\b(?:what|which) (?:day|date|month|time)\b|\bon which day\b", re.IGNORECASE)
FOR_A_NUMBER = re.compile(r"\bhow (?:much|many|old|big|strong|tall|long|far)\b|\bnumber\b|\bwhat (?:age|size)\b", re.IGNORECASE)
FOR_A_NAME = re.compile(r"\bwho(?:m|se)?\b|\bnamed?\b|\bcalled\b|\bwhere\b|\bwhich (?:city|company|town|place)\b", re.IGNORECASE)
NUMBER = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|sixteen|eighteen|nineteen|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|hundred|thousand|first|second|third)\b",
    re.IGNORECASE,
)
NAME = re.compile(r"(?<=[a-z,;:'’] )(?!I\b|I'|OMG|LOL)[A-ZÀ-Þ][\w'-]+|\b(?:called|named|name is|name's)\b")
A_DATE = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th)?\b.{0,4}\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|"
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)


@cache
def alike() -> dict[str, tuple[str, ...]]:
    """Words that may stand for a word."""
    groups = [line.split() for line in (Path(__file__).parent / "same.txt").read_text("utf-8").splitlines()]
    return {
        word: tuple(other for group in groups if word in group for other in group if other != word) for group in groups for word in group
    }


def worth(pool: Pool, found: Found, alike_rows: Sequence[Positions], read: Mapping[str, float], question: str) -> tuple[Vector, Vector]:
    """How much likelier each message answers by itself than nothing does, a logarithm, and how near it is to the question, in [0, 1]:
    float32 (messages,) each.

    Args:
        alike_rows: for each word of the question, the row numbers of messages that have a word that may stand for it.
        read: what a reader says of those that answer best, by id; empty where there is none.
    """
    rarity = rarities(found)
    words = np.zeros(len(pool), dtype=np.float32)
    for (rows, _), others, weight in zip(found.words, alike_rows, rarity, strict=True):
        has = np.where(pool.having(rows), 1.0, np.where(pool.having(others), STANDS_FOR, 0.0)).astype(np.float32)
        words += has * weight / (sum(rarity) or 1.0)
    cosines = np.array([found.meaning.get(one.id, 0.0) for one in pool.said], dtype=np.float32)
    near = np.stack([np.clip((cosines - COSINE_FLOOR) / COSINE_RANGE, 0, 1), words], axis=1) @ NEAR
    looked_at = np.argsort(-near, kind="stable")[:LOOKED_AT]
    if read:
        looked_at = np.union1d(looked_at, [i for i, one in enumerate(pool.said) if one.id in read])
    alone = np.full(len(pool), OUT_OF_SIGHT, dtype=np.float32)
    texts = [(pool.said[i].id, pool.said[i].text) for i in looked_at]
    alone[looked_at] = answering(texts, cosines[looked_at], words[looked_at], read, question)
    return alone, near


def answering(texts: Sequence[tuple[str, str]], cosines: Vector, words: Vector, read: Mapping[str, float], question: str) -> Vector:
    """How much likelier each text answers a question than nothing does: a natural logarithm, float32 (texts,).

    Args:
        texts: ids and texts.
        words: the share of the question's words that each has itself, float32 (texts,).
        read: see `worth`.
    """
    if not texts:
        return np.zeros(0, dtype=np.float32)
    least = min(read.values(), default=0.0)
    by_sign = signs([text for _, text in texts], cosines, words, [read.get(one, least) for one, _ in texts], question)
    odds: Vector = by_sign @ WEIGHTS - NOTHING if read else by_sign @ UNREAD - UNREAD_NOTHING
    return odds


def signs(texts: Sequence[str], cosines: Vector, words: Vector, read: Sequence[float], question: str) -> Vector:
    """Every sign of every text: float32 (texts, signs), in the order of `SIGNS`."""
    columns = (
        cosines,
        words,
        [float(OF_THE_SPEAKER.search(text) is not None) for text in texts],
        [float(ASKS_YOU.search(text) is None and not text.rstrip().endswith("?")) for text in texts],
        [has_what(question, text) for text in texts],
        read,
    )
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def chances(odds: Sequence[float]) -> list[float]:
    """How likely each of some texts is the answer, and nothing besides, given how much likelier than nothing each is."""
    weights = np.exp(np.asarray(odds, dtype=np.float64))
    return [float(one) for one in weights / (1.0 + weights.sum())]


def has_what(question: str, text: str) -> float:
    """1 if a text has what is asked for, 0.5 where nothing of a known kind is."""
    if FOR_A_TIME.search(question):
        return 1.0 if A_DATE.search(text) else 0.5 if tells_when(text) else 0.0
    if FOR_A_NUMBER.search(question):
        return float(NUMBER.search(text) is not None)
    if FOR_A_NAME.search(question):
        return 1.0 if NAME.search(text) else 0.3
    return 0.5
