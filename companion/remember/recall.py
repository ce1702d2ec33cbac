"""One question's way through both indexes: embed, look up, gather, weigh; its words on one core while its meaning is on another.

What was said is ranked message by message (`turns`); what was learnt (facts, events, patterns, summaries) is found by its own
words and meaning and through the messages it came from. What has been replaced is left out unless the past is asked for.
Nothing here asks a language model.
"""

import itertools
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Connection, Engine

from companion.errors import CompanionError
from companion.remember import changes, fusion, lexical, notes, patterns, remarks
from companion.remember.asking import ASKS_OF_THE_PAST, asks, asks_of_self, bare, whose_words
from companion.remember.dates import spans
from companion.remember.embedder import PACKAGED, Embeds
from companion.remember.pool import gather, widen, with_repeats
from companion.remember.protocol import Query, Recollection, Vector
from companion.remember.reader import reader
from companion.remember.spoken import Turns, is_over, leading, spoken, with_answers
from companion.remember.vectors import Vectors
from companion.store.backlog import MEMORY, MESSAGE
from companion.store.database import reading
from companion.store.memories import Memories, Memory
from companion.store.memory_records import WHOLE
from companion.store.strength import retention

logger = logging.getLogger(__name__)
NEAREST = 100  # by each index
READ = 50  # of what answers best
AT_ONCE = 4  # questions; more wait
FLOOR = 0.05  # of a worth in [0, 1]; what fits a question less is not recalled
REMARK_FLOOR = 0.25  # the same for a remark, which asks for nothing
DUE = 1.0  # what was to happen since the last talk comes first
NO_LONGER = 0.2

Near = tuple[dict[str, float], dict[str, float]]  # see `Recall._near`


class Recall:
    """Recalls from one home's database.

    Args:
        vectors: asked for meaning; while it is being rebuilt or broken, words alone decide.
        weights: float32 (signs,); None for those that ship.
        topics: names the topics of a text, as patterns name them.
    """

    def __init__(
        self,
        engine: Engine,
        memories: Memories,
        embedder: Embeds,
        vectors: Vectors,
        weights: Vector | None = None,
        *,
        topics: Callable[[str], Collection[str]] = lambda text: (),
    ) -> None:
        self._engine, self._memories, self._embedder, self._vectors = engine, memories, embedder, vectors
        self._weights = fusion.weights() if weights is None else weights
        self._topics = topics
        # Two, since what is done on the first waits for the second.
        self._beside, self._further = (ThreadPoolExecutor(AT_ONCE, f"recall-{name}") for name in ("meaning", "answers"))

    def recall(self, query: Query) -> tuple[Recollection, ...]:
        """What was learnt first, then what was said; what fits too little is left out.

        Raises:
            StorageError: the database cannot be read.
        """
        meant = self._beside.submit(self._near, query)
        with reading(self._engine) as connection:
            said = self._said(connection, query, meant)
            near, answering = meant.result()
            fitting = [one.id for one, worth in zip(said.said, said.worth, strict=True) if worth >= FLOOR]
            words = lexical.telling_words(query.text, without=query.names)
            worths = notes.candidates(connection, query.persona_id, words, _of_kind(near, MEMORY) if near else None, fitting)
            worths = patterns.only_one(connection, query.persona_id, worths, near, self._topics(query.text))
            due = notes.due(connection, query)
            wanted = {*notes.worth_knowing(connection, worths, said.said), *due}
            asked = changes.rare_words(connection, query)
        floor = FLOOR if asks(query.text) else REMARK_FLOOR
        past = ASKS_OF_THE_PAST.search(query.text) is not None
        known = [memory for memory in self._memories.of(wanted) if memory.stands and not memory.hidden]
        learnt = sorted(_noted(query, known, worths, due, past=past), key=lambda one: -one.score)[: max(1, query.most // 2)]
        told = with_answers(said.said, {source for one in learnt if one.kind not in WHOLE for source in one.sources})
        replaced = set() if past else {s for memory in known if not memory.in_force for s in memory.sources} - told
        whose = whose_words(query)
        sources = {source for one in learnt if one.kind == "fact" for source in one.sources}
        with reading(self._engine) as connection:
            later = {} if past else changes.followers(connection, query, leading(said, whose, sources))
        learnt = [replace(one, in_force=one.in_force and not is_over(one, later)) for one in learnt]
        quoted = spoken(said, self._weights, floor, later, whose=whose, leave_out=told | replaced | query.besides)
        turns = list(itertools.islice(quoted, query.most - len(learnt)))
        if asks_of_self(query):
            turns.sort(key=lambda one: one.speaker == "persona")
        shown = {one.id for one in turns} | sources
        heard = [one for one in said.said if one.id in shown]
        gone = set() if past else changes.outdated(heard, said.nearness(), query.text, asked, later)
        quotes = [replace(one, in_force=False) if one.id in gone else one for one in turns]
        recalled = (*learnt, *quotes)
        if whose == "persona":  # nobody asks what they told themselves
            return recalled
        odds = said.odds()
        return _with_chances(recalled, odds | notes.odds(known, worths, _of_kind(answering, MEMORY), odds, query.text))

    def turns(self, query: Query) -> Turns:
        """Every message worth a look, weighed.

        Raises:
            StorageError: the database cannot be read.
        """
        with reading(self._engine) as connection:
            return self._said(connection, query, self._beside.submit(self._near, query))

    def _said(self, connection: Connection, query: Query, meant: Future[Near]) -> Turns:
        words = lexical.telling_words(query.text, without=query.names)
        found = lexical.hits(connection, "message_words", query.persona_id, words)
        alike = [np.array(lexical.having(connection, query.persona_id, remarks.alike().get(word, ())), dtype=np.int64) for word in words]
        pool = gather(connection, query.persona_id, _best_rows(found), query.besides)
        meaning, reads = (with_repeats(connection, _of_kind(near, MESSAGE)) for near in meant.result())
        widen(pool, connection, query.persona_id, [*meaning, *(one for one in reads if one not in meaning)], query.besides)
        known = fusion.Found(
            words=found,
            meaning=meaning,
            spans=spans(query.text, query.moment.date()),
            speaker=whose_words(query),
        )
        signs = fusion.signs(pool, known, query.text, query.moment.tzinfo)
        scores = signs @ self._weights
        order = np.argsort(-scores, kind="stable")
        worth = fusion.worth(pool, known)
        alone, close = remarks.worth(pool, known, alike, reads, query.text)
        return Turns(tuple(pool.said[i] for i in order), scores[order], signs[order], worth[order], alone[order], close[order])

    def _near(self, query: Query) -> Near:
        """Cosines of what is nearest in meaning, and how well what answers best does (`reader.py`), by id in the index."""
        text, vector = bare(query.text), query.vector
        if vector is None or text != query.text:
            vector = self._embedder.encode([text])[0]
        try:
            if not (asks(query.text) and self._embedder.name == PACKAGED):
                return _by_id(self._vectors.nearest(query.persona_id, vector, NEAREST)), {}
            turned = reader().turned(vector)
            length = float(np.linalg.norm(turned))
            answering = self._further.submit(self._vectors.nearest, query.persona_id, turned / length, READ)
            near = _by_id(self._vectors.nearest(query.persona_id, vector, NEAREST))
            return near, _by_id(answering.result(), length)
        except CompanionError as error:  # the indexer sees to it; until then words decide
            logger.info("recalled by words alone: %s", error)
            return {}, {}


def _by_id(found: tuple[Sequence[str], Vector], length: float = 1.0) -> dict[str, float]:
    ids, cosines = found
    return dict(zip(ids, (length * cosines).tolist(), strict=True))


def _of_kind(near: Mapping[str, float], prefix: str) -> dict[str, float]:
    return {one.removeprefix(prefix): cosine for one, cosine in near.items() if one.startswith(prefix)}


def _noted(
    query: Query, known: Sequence[Memory], worths: Mapping[str, notes.Worth], due: Collection[str], *, past: bool
) -> Iterator[Recollection]:
    """Memories worth recalling: those in force, and with `past` those that were. An entry of the chronicle says nothing beyond the
    messages it sums up, which are recalled themselves, unless a person has written in it."""
    for memory in known:
        if memory.kind == "summary" and not (memory.by_hand or memory.edited_at):
            continue
        worth = worths.get(memory.id, notes.Worth(0.0, 0.0, 0.0))
        is_due = memory.id in due
        just_said = bool(memory.sources) and query.besides.issuperset(memory.sources)
        if just_said or memory.denies or not (memory.in_force or past or is_due) or (worth.score < notes.FLOOR and not is_due):
            continue
        little = notes.IMPORTANCE * (memory.importance + _left(memory, query.moment)) + notes.PINNED * memory.pinned
        score = worth.score + little + (DUE if is_due else 0) - (0 if memory.in_force else NO_LONGER)
        yield Recollection(memory.id, memory.kind, memory.text, memory.said_at, "", score, worth.factors, memory.sources, memory.in_force)


def _with_chances(recalled: Sequence[Recollection], odds: Mapping[str, float]) -> tuple[Recollection, ...]:
    """Each with how likely it is what was asked for; what is over, what she said herself and what was only counted never are."""
    able = [one for one in recalled if one.in_force and one.kind != "pattern" and one.speaker != "persona"]
    chances = dict(zip([one.id for one in able], remarks.chances([odds.get(one.id, remarks.OUT_OF_SIGHT) for one in able]), strict=True))
    return tuple(replace(one, answers=chances.get(one.id, 0.0)) for one in recalled)


def _left(memory: Memory, now: datetime) -> float:
    """How much of it the forgetting curve has left."""
    last = max(memory.said_at, memory.recalled_at or memory.said_at)
    return retention((now - last) / timedelta(days=1), memory.strength)


def _best_rows(found: Sequence[tuple[lexical.Rows, Vector]]) -> list[int]:
    """The row numbers with the highest sums over all words."""
    if not found:
        return []
    rows, where = np.unique(np.concatenate([rows for rows, _ in found]), return_inverse=True)
    sums = np.bincount(where, weights=np.concatenate([scores for _, scores in found]), minlength=len(rows))
    return [int(row) for row in rows[np.argsort(-sums, kind="stable")[:NEAREST]]]
