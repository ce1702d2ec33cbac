"""Words in common: BM25 over SQLite's FTS5, one word at a time.

Asking for one word at a time says not only how well a message fits but which of the words it has, so that a message and its
neighbours can share a question between them. BM25 is a sum over words, so nothing is lost by it (Robertson and Zaragoza,
The Probabilistic Relevance Framework, 2009; FTS5 has k1 = 1.2, b = 0.75). Stemming is Porter's, by the tokenizer.
"""

import re
from collections.abc import Collection
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from companion.remember.protocol import Vector

Rows = NDArray[np.int64]

WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 16
MOST_HITS = 400  # a word; what is in more messages than that says little


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing about what a question is about."""
    return frozenset((Path(__file__).parent / "stopwords.txt").read_text("utf-8").split())


def words_of(text: str) -> tuple[str, ...]:
    """All words, in lower case."""
    return tuple(WORD.findall(text.casefold()))


def telling_words(text: str, *, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The words of a question that tell what it is about, each once: all of them where there are no others.

    Args:
        without: the speakers' names, which stand in front of everything they said.
    """
    names = {word for name in without for word in words_of(name)}
    everything = tuple(dict.fromkeys(words_of(text)))
    telling = tuple(word for word in everything if word not in stop_words() and word not in names)
    return (telling or everything)[:MOST_WORDS]


def relation_token(persona_id: str) -> str:
    """The word that stands for a relationship in the index, as the triggers of the store write it."""
    return f"r{persona_id.encode().hex()}x"


def later(connection: Connection, persona_id: str, words: Collection[str], row: int, most: int = 12) -> list[int]:
    """The row numbers of messages after `row` that have any of these words, those that have the most of them first."""
    any_of = " OR ".join(f'"{word}"' for word in dict.fromkeys(words))
    asked = f'relation:"{relation_token(persona_id)}" AND text:({any_of})'
    query = "SELECT rowid FROM message_words WHERE message_words MATCH ? AND rowid > ? ORDER BY bm25(message_words, 0.0, 1.0) LIMIT ?"
    return [int(found) for (found,) in connection.exec_driver_sql(query, (asked, row, most))]


def hits(connection: Connection, table: str, persona_id: str, word: str, most: int = MOST_HITS) -> tuple[Rows, Vector]:
    """Where a word occurs.

    Args:
        table: "message_words" or "memory_words".

    Returns:
        Row numbers, and what the word adds to the BM25 score of each; best first.
    """
    query = f"SELECT rowid, -bm25({table}, 0.0, 1.0) FROM {table} WHERE {table} MATCH ? ORDER BY bm25({table}, 0.0, 1.0) LIMIT ?"
    asked = f'relation:"{relation_token(persona_id)}" AND text:"{word}"'
    found = np.array(connection.exec_driver_sql(query, (asked, most)).fetchall(), dtype=np.float64).reshape(-1, 2)
    return found[:, 0].astype(np.int64), found[:, 1].astype(np.float32)
