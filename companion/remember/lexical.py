"""Words in common: BM25 over SQLite's FTS5, one word at a time.

Asking for one word at a time says not only how well a message fits but which of the words it has, so that a message and its
neighbours can share a question between them. BM25 is a sum over words, so nothing is lost by it (Robertson and Zaragoza,
The Probabilistic Relevance Framework, 2009; FTS5 has k1 = 1.2, b = 0.75). Stemming is Porter's, by the tokenizer.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from companion.remember.protocol import Vector
from companion.store.database import fetch

Table = Literal["message_words", "memory_words"]
Rows = NDArray[np.int64]

WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 16
MOST_HITS = 400  # a word; what is in more messages than that says little
MOST_ROWS = 5000

_ANY_OTHER = "SELECT EXISTS (SELECT 1 FROM {0} WHERE persona_id < ?) OR EXISTS (SELECT 1 FROM {0} WHERE persona_id > ?)"
_OTHERS: dict[Table, str] = {  # whether there is any other relationship than one
    "message_words": _ANY_OTHER.format("conversations"),
    "memory_words": _ANY_OTHER.format("memories"),
}
_OWN: dict[Table, str] = {  # which of some rows are one relationship's
    "message_words": "SELECT m.sequence FROM json_each(?) hit CROSS JOIN messages m ON m.sequence = hit.value "
    "CROSS JOIN conversations c ON c.id = m.conversation_id AND c.persona_id = ?",
    "memory_words": "SELECT m.sequence FROM json_each(?) hit CROSS JOIN memories m ON m.sequence = hit.value AND m.persona_id = ?",
}


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


def hits(connection: Connection, table: Table, persona_id: str, words: Sequence[str], most: int = MOST_HITS) -> list[tuple[Rows, Vector]]:
    """Where each of these words occurs in one relationship.

    Returns:
        For each word row numbers, and what the word adds to the BM25 score of each; best first, at most `most`.
    """
    found = [_scored(connection, table, f'text:"{word}"', most) for word in words]
    # FTS5's BM25 counts, each time, all rows that have any part of what is asked: a word that stands for the relationship has them
    # all. So it is asked for only where others' messages would take the places of this one's.
    everywhere = {row for one in found for row, _ in one}
    if not everywhere or _alone(connection, table, persona_id):
        return [_arrays(one) for one in found]
    own = {row for (row,) in fetch(connection, _OWN[table], (json.dumps([*everywhere]), persona_id))}
    kept = [[(row, score) for row, score in one if row in own] for one in found]
    return [
        _arrays(mine if len(mine) == len(one) or len(one) < most else _scored(connection, table, _asked(persona_id, (word,)), most))
        for word, one, mine in zip(words, found, kept, strict=True)
    ]


def having(connection: Connection, persona_id: str, words: Sequence[str], after: int = 0, most: int = MOST_ROWS) -> list[int]:
    """The row numbers of a relationship's messages after row `after` that have any of these words, oldest first."""
    if not words:
        return []
    query = "SELECT rowid FROM message_words WHERE message_words MATCH ? AND rowid > ? LIMIT ?"
    if _alone(connection, "message_words", persona_id):  # the word that stands for the relationship is in every row: all would be read
        return [row for (row,) in fetch(connection, query, (f"text:({_any_of(words)})", after, most))]
    return [row for (row,) in fetch(connection, query, (_asked(persona_id, words), after, most))]


def count(connection: Connection, persona_id: str, word: str, most: int) -> int:
    """How many of a relationship's messages have a word, counted up to `most`."""
    return len(having(connection, persona_id, (word,), most=most))


def _alone(connection: Connection, table: Table, persona_id: str) -> bool:
    """Whether there is no other relationship than this one."""
    return not fetch(connection, _OTHERS[table], (persona_id, persona_id))[0][0]


def _any_of(words: Sequence[str]) -> str:
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(words))


def _asked(persona_id: str, words: Sequence[str]) -> str:
    return f'relation:"{relation_token(persona_id)}" AND text:({_any_of(words)})'


def _scored(connection: Connection, table: Table, asked: str, most: int) -> list[tuple[int, float]]:
    query = f"SELECT rowid, -bm25({table}, 0.0, 1.0) AS score FROM {table} WHERE {table} MATCH ? ORDER BY score DESC LIMIT ?"
    return fetch(connection, query, (asked, most))


def _arrays(found: Sequence[tuple[int, float]]) -> tuple[Rows, Vector]:
    both = np.array(found, dtype=np.float64).reshape(-1, 2)
    return both[:, 0].astype(np.int64), both[:, 1].astype(np.float32)
