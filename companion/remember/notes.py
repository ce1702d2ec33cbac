"""What was learnt, by its worth for a question: facts, events, patterns and summaries.

A note is found by its words, by its meaning, and through the messages it came from when those fit. Its worth is absolute, so
that a floor can be set under it: recalling nothing is better than recalling anything. Importance and strength only reorder.
"""

import itertools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

import numpy as np
from sqlalchemy import Connection

from companion.remember import lexical, remarks
from companion.remember.fusion import COSINE_FLOOR, COSINE_RANGE
from companion.remember.pool import Said
from companion.remember.protocol import Factors, Query, Vector
from companion.store.database import fetch
from companion.store.memories import Memory
from companion.store.memory_records import WHOLE

FLOOR = 0.25  # of a note's worth; what fits a question less is not recalled
MEANING, WORDS, SOURCE = 0.5, 0.35, 0.25
IMPORTANCE = 0.03
PINNED = 0.05
SOURCES_LOOKED_AT = 12
A_WHILE = timedelta(hours=12)
MOST_DUE = 2


@dataclass(frozen=True, slots=True)
class Worth:
    """How a note fits: cosine, the share of the question's words it has, and how well its best source does, each in [0, 1].

    A `meaning` of None says that no cosines are known, while there is no index: then words decide.
    """

    meaning: float | None
    words: float
    source: float

    @property
    def score(self) -> float:
        """The three together."""
        if self.meaning is None:
            return (WORDS + MEANING) * self.words + SOURCE * self.source
        return MEANING * self.meaning + WORDS * self.words + SOURCE * self.source

    @property
    def factors(self) -> Factors:
        """Shares of the score; what a source adds is context."""
        if not (whole := self.score):
            return Factors()
        meaning, context = MEANING * (self.meaning or 0.0) / whole, SOURCE * self.source / whole
        return Factors(meaning, 1 - meaning - context, context)


def candidates(
    connection: Connection, persona_id: str, words: Sequence[str], cosines: Mapping[str, float] | None, fitting: Sequence[str]
) -> dict[str, Worth]:
    """Every note that was hit by anything.

    Args:
        cosines: by id of the memory; None while there is no index.
        fitting: ids of the messages that fit best, best first.
    """
    by_words = _coverage(connection, persona_id, words)
    by_source = _by_source(connection, fitting[:SOURCES_LOOKED_AT])
    ids = {*by_words, *by_source, *(cosines or ())}
    return {one: Worth(_meaning(cosines, one), by_words.get(one, 0.0), by_source.get(one, 0.0)) for one in ids}


def odds(
    known: Sequence[Memory], worths: Mapping[str, Worth], read: Mapping[str, float], said: Mapping[str, float], question: str
) -> dict[str, float]:
    """How much likelier each note answers a question than nothing does, by id; see `remarks.answering`.

    A note in force speaks for the message that it came from, which is then not recalled besides. The message has words that a note has not,
    and other matters too: so where it is likelier, they meet half-way. Of several notes from one message, the likeliest speaks for it.

    Args:
        said: how much likelier each message does, by id.
    """
    some = [memory for memory in known if memory.id in worths]
    fits = [worths[memory.id] for memory in some]
    cosines = np.array([COSINE_FLOOR + COSINE_RANGE * (one.meaning or 0.0) for one in fits], dtype=np.float32)
    words = np.array([one.words for one in fits], dtype=np.float32)
    by_itself = remarks.answering([(memory.id, memory.text) for memory in some], cosines, words, read, question)
    found = dict(zip((memory.id for memory in some), by_itself.tolist(), strict=True))
    spoken_for: set[str] = set()
    for memory in sorted(some, key=lambda one: -found[one.id]):
        if memory.in_force and not memory.denies and memory.kind not in WHOLE:
            sources = set(memory.sources) - spoken_for
            own = found[memory.id]
            found[memory.id] = max([own, *((own + said[one]) / 2 for one in sources if one in said)])
            spoken_for |= sources
    return found


def _meaning(cosines: Mapping[str, float] | None, memory_id: str) -> float | None:
    if cosines is None:
        return None
    return min(1.0, max(0.0, cosines.get(memory_id, 0.0) - COSINE_FLOOR) / COSINE_RANGE)


def worth_knowing(connection: Connection, worths: Mapping[str, Worth], said: Iterable[Said]) -> set[str]:
    """Those of some notes that fit well enough, and those that come from what was said here."""
    near = {one for one, worth in worths.items() if worth.score >= FLOOR}
    asked = "SELECT s.memory_id, s.message_id FROM json_each(?) note CROSS JOIN memory_sources s ON s.memory_id = note.value"
    here = {one.id for one in said}
    others = json.dumps([one for one in worths if one not in near])
    return near | {memory_id for memory_id, message_id in fetch(connection, asked, (others,)) if message_id in here}


def due(connection: Connection, query: Query) -> tuple[str, ...]:
    """Ids of what was to happen since the last talk, where that was a while ago: she asks how it went."""
    if query.since is None or query.moment - query.since < A_WHILE:
        return ()
    times = [moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") for moment in (query.since, query.moment)]
    asked = (
        "SELECT id FROM memories WHERE persona_id = ? AND holds_from > ? AND holds_from <= ? AND said_at < holds_from "
        "ORDER BY importance DESC, holds_from DESC LIMIT ?"
    )
    return tuple(one for (one,) in connection.exec_driver_sql(asked, (query.persona_id, *times, MOST_DUE)))


def _coverage(connection: Connection, persona_id: str, words: Sequence[str]) -> dict[str, float]:
    """The share of the question's words that a note has; a word counts by its rarity, one that no note has like the rarest. A word
    that may stand for one of the question counts for most of it."""
    alternates = [remarks.alike().get(word, ()) for word in words]
    hit = iter(lexical.hits(connection, "memory_words", persona_id, [*words, *itertools.chain.from_iterable(alternates)]))
    found = [_by_row(itertools.islice(hit, 1)) for _ in words]
    alike = [_by_row(itertools.islice(hit, len(some))) for some in alternates]
    rarity = [max([*scores.values(), *others.values()], default=0.0) for scores, others in zip(found, alike, strict=True)]
    rarest = max(rarity, default=0.0)
    if rarest <= 0:
        return {}
    rarity = [one or rarest for one in rarity]
    shares: dict[int, float] = {}
    for scores, others, weight in zip(found, alike, rarity, strict=True):
        for row in scores.keys() | others.keys():
            shares[row] = shares.get(row, 0.0) + weight * (1.0 if row in scores else remarks.STANDS_FOR) / sum(rarity)
    named = _ids_of(connection, shares)
    return {named[row]: share for row, share in shares.items() if row in named}


def _by_row(hits: Iterable[tuple[lexical.Rows, Vector]]) -> dict[int, float]:
    """BM25 by row number, of the last of these hits that has a row."""
    return {row: score for rows, scores in hits for row, score in zip(rows.tolist(), scores.tolist(), strict=True)}


def _ids_of(connection: Connection, rows: Collection[int]) -> dict[int, str]:
    marks = ", ".join(str(int(row)) for row in rows)
    query = f"SELECT sequence, id FROM memories WHERE sequence IN ({marks})"
    return dict(fetch(connection, query))


def _by_source(connection: Connection, fitting: Sequence[str]) -> dict[str, float]:
    if not fitting:
        return {}
    marks = ", ".join("?" * len(fitting))
    query = f"SELECT memory_id, message_id FROM memory_sources WHERE message_id IN ({marks})"
    rank = {message_id: place for place, message_id in enumerate(fitting)}
    best: dict[str, float] = {}
    for memory_id, message_id in fetch(connection, query, tuple(fitting)):
        best[memory_id] = max(best.get(memory_id, 0.0), 1 / (1 + rank[message_id] / 2))
    return best
