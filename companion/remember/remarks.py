"""How well a message answers by itself a question about its speaker: a remark made in passing, amid talk of something else.

Such a remark has no neighbours that speak of the matter, and often hardly a word of the question. What tells it from the talk
around it: it has the question's words itself or one that means the same, it is near in meaning, it speaks of its speaker, it
tells and does not ask, and it has what the question asks for: a time, a number, a name (question classification, Li and Roth,
Learning Question Classifiers, 2002). The weights were fitted by logistic regression on the facts of `benchmarks/persistence.yaml`
and the `tuned` ones of `persistence_more.yaml`.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from companion.remember.dates import tells_when
from companion.remember.fusion import COSINE_FLOOR, COSINE_RANGE, Found, rarities
from companion.remember.pool import Pool, Positions
from companion.remember.protocol import Vector

SIGNS = ("meaning", "words", "of the speaker", "tells", "what is asked for")
WEIGHTS = np.array([0.54, 0.17, 0.04, 0.18, 0.07], dtype=np.float32)
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


def worth(pool: Pool, found: Found, alike_rows: Sequence[Positions], question: str) -> tuple[Vector, Vector]:
    """How well each message answers by itself, and how much of that is its nearness to the question: float32 (messages,) each.

    Args:
        alike_rows: for each word of the question, the row numbers of messages that have a word that may stand for it.
    """
    rarity = rarities(found)
    words = np.zeros(len(pool), dtype=np.float32)
    for (rows, _), others, weight in zip(found.words, alike_rows, rarity, strict=True):
        has = np.where(pool.having(rows), 1.0, np.where(pool.having(others), STANDS_FOR, 0.0)).astype(np.float32)
        words += has * weight / (sum(rarity) or 1.0)
    cosines = np.array([found.meaning.get(one.id, 0.0) for one in pool.said], dtype=np.float32)
    meaning = np.clip((cosines - COSINE_FLOOR) / COSINE_RANGE, 0, 1)
    near = WEIGHTS[0] * meaning + WEIGHTS[1] * words
    looked_at = np.argsort(-near, kind="stable")[:LOOKED_AT]
    alone = near.copy()
    texts = [pool.said[i].text for i in looked_at]
    alone[looked_at] = signs(texts, meaning[looked_at], words[looked_at], question) @ WEIGHTS
    return alone, near


def signs(texts: Sequence[str], meaning: Vector, words: Vector, question: str) -> Vector:
    """Every sign of every message: float32 (messages, signs), in the order of `SIGNS`.

    Args:
        meaning: float32 (messages,) in [0, 1].
        words: the share of the question's words that each has itself, the same shape.
    """
    columns = (
        meaning,
        words,
        [float(OF_THE_SPEAKER.search(text) is not None) for text in texts],
        [float(ASKS_YOU.search(text) is None and not text.rstrip().endswith("?")) for text in texts],
        [has_what(question, text) for text in texts],
    )
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


def has_what(question: str, text: str) -> float:
    """1 if a text has what is asked for, 0.5 where nothing of a known kind is."""
    if FOR_A_TIME.search(question):
        return 1.0 if A_DATE.search(text) else 0.5 if tells_when(text) else 0.0
    if FOR_A_NUMBER.search(question):
        return float(NUMBER.search(text) is not None)
    if FOR_A_NAME.search(question):
        return 1.0 if NAME.search(text) else 0.3
    return 0.5
