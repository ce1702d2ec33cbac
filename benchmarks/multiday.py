"""Does she find the right day? Ten days of talk with each of fifteen people, and questions about them.

    python -m benchmarks.multiday --data memory-bank-en.json [--questions probing-questions-en.jsonl]

The files are MemoryBank's (Zhong et al. 2024). Each person is one relationship and each day one conversation, brought in with
its date through the product, learnt from and indexed; then the questions are asked through `Recall.recall` on the day after
the last. The first k recollections are looked at: one is right when it was said on the right day. The questions come without
an answer, so the right day was read out of the conversations by us and stands in `multiday.yaml`; a person who is not in there
counts with the questions that name a day themselves ("on May 4th"). A question about which nothing was said is left out.

Baselines, in the same run: the embedder alone (one vector a message), FTS5's BM25 alone, and chance: k messages drawn blindly.
With ten days a person chance is high at ten recollections, which is why it is printed.

Not shown: whether the message holds the answer, and what a model makes of it.
"""

import argparse
import json
import re
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import comb
from pathlib import Path

import numpy as np
import yaml
from sqlalchemy import Engine

from companion.learn.learner import Learner
from companion.remember import lexical
from companion.remember.chroma_index import ChromaIndex
from companion.remember.embedder import SentenceEmbedder
from companion.remember.indexer import Indexer
from companion.remember.marks import Marks
from companion.remember.protocol import Query, Vector
from companion.remember.recall import Recall
from companion.store.database import open_database, reading
from companion.store.memories import Memories
from companion.store.transcripts import Line, bring_in

DEPTHS = (1, 5, 10)
EVENING = timedelta(hours=19)
NAMED = re.compile(r"\b(April|May)\s+(\d{1,2})(?:st|nd|rd|th)\b")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the days any of which is right."""

    text: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Someone's talks by day, oldest first, and the questions about them."""

    name: str
    talks: dict[date, tuple[Line, ...]]
    questions: tuple[Question, ...]


def read(data: Path, questions: Path) -> tuple[Person, ...]:
    """MemoryBank's two files: who said what on which day, and what is asked."""
    asked: dict[str, list[str]] = {}
    for line in questions.read_text("utf-8").splitlines():
        asked |= {name.strip(): texts for name, texts in json.loads(line).items()} if line.strip() else {}
    known = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    people = []
    for raw in json.loads(data.read_text("utf-8")).values():
        name = raw["name"].strip()
        talks = {date.fromisoformat(day): tuple(_lines(date.fromisoformat(day), turns)) for day, turns in raw["history"].items()}
        days = [day for day, lines in sorted(talks.items()) if lines]
        texts = [text.strip("\"' ") for text in asked.get(name, [])]
        right = known.get(name, [None] * len(texts))
        found = tuple(Question(text, tuple(_right(text, days, told))) for text, told in zip(texts, right, strict=True))
        people.append(Person(name, {day: talks[day] for day in days}, found))
    return tuple(people)


def _lines(day: date, turns: Sequence[dict[str, str]]) -> Iterator[Line]:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + EVENING
    for turn in turns:
        for role, text in (("user", turn["query"]), ("persona", turn["response"])):
            yield Line("user" if role == "user" else "persona", text.strip(), at)
            at += timedelta(minutes=1)


def _right(text: str, days: Sequence[date], told: Sequence[str] | None) -> Iterator[date]:
    """The right days: those told, or the one the question names."""
    if told is None:
        named = NAMED.search(text)
        told = [f"{4 if named[1] == 'April' else 5:02}-{int(named[2]):02}"] if named else []
    yield from (day for day in days if f"{day:%m-%d}" in told)


@dataclass(slots=True)
class Bench:
    """A home with everyone's talks in it, learnt from and indexed."""

    engine: Engine
    recall: Recall
    embedder: SentenceEmbedder


@contextmanager
def open_bench(people: Sequence[Person]) -> Iterator[Bench]:
    """Brings everything in, and lets it be learnt and indexed."""
    folder = Path(tempfile.mkdtemp())
    try:
        engine = open_database(folder)
        for person in people:
            for day, lines in person.talks.items():
                bring_in(engine, person.name, lines, title=f"{day}")
        memories, embedder = Memories(engine), SentenceEmbedder()
        Learner(memories).catch_up()
        vectors = ChromaIndex(folder / "vectors", embedder.name)
        indexer = Indexer(memories, Marks(engine), embedder, vectors)
        indexer.start()
        print("indexing …", flush=True)
        indexer.follow(lambda done, total: None)
        yield Bench(engine, Recall(engine, memories, embedder, vectors), embedder)
        indexer.stop()
        vectors.close()
        engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Baselines:
    """One person's messages ranked by meaning alone and by words alone; each answer is the messages' days, best first."""

    def __init__(self, bench: Bench, person: Person) -> None:
        self._bench, self._name = bench, person.name
        said = [(day, line) for day, lines in person.talks.items() for line in lines]
        self._days = [day for day, _ in said]
        self._vectors: Vector = bench.embedder.encode([line.text for _, line in said])
        query = "SELECT m.sequence, m.created_at FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.persona_id = ?"
        with reading(bench.engine) as connection:
            rows = connection.exec_driver_sql(query, (person.name,)).all()
        self._rows = {int(row): date.fromisoformat(str(at)[:10]) for row, at in rows}

    def by_meaning(self, text: str) -> list[date]:
        """Cosines, one vector a message."""
        order = np.argsort(-(self._vectors @ self._bench.embedder.encode([text])[0]), kind="stable")
        return [self._days[i] for i in order]

    def by_words(self, text: str) -> list[date]:
        """FTS5's BM25, summed over the question's words."""
        sums: dict[int, float] = defaultdict(float)
        with reading(self._bench.engine) as connection:
            for rows, scores in lexical.hits(connection, "message_words", self._name, lexical.telling_words(text), 10_000):
                for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
                    sums[row] += score
        return [self._rows[row] for row in sorted(sums, key=lambda row: -sums[row])]

    def by_chance(self, question: Question, depth: int) -> float:
        """How likely one of `depth` messages drawn blindly is of a right day."""
        wrong = sum(day not in question.days for day in self._days)
        return 1 - comb(wrong, depth) / comb(len(self._days), depth)


def measure(people: Sequence[Person]) -> dict[str, object]:
    """Asks everything."""
    hits: dict[str, list[list[float]]] = defaultdict(list)
    left_out = 0
    with open_bench(people) as bench:
        for person in people:
            ends = max(line.at for lines in person.talks.values() for line in lines)
            moment = (ends + timedelta(days=1)).replace(hour=9, minute=0)
            baselines = Baselines(bench, person)
            for question in person.questions:
                if not question.days:
                    left_out += 1
                    continue
                found = bench.recall.recall(Query(person.name, question.text, moment, names=(person.name, ""), most=max(DEPTHS)))
                ranked = {
                    "recall": [one.at.astimezone(UTC).date() for one in found],
                    "the embedder alone": baselines.by_meaning(question.text),
                    "FTS5 alone": baselines.by_words(question.text),
                }
                named = NAMED.search(question.text) is not None
                for ranker, days in ranked.items():
                    row = [float(any(day in question.days for day in days[:depth])) for depth in DEPTHS]
                    hits[ranker].append(row)
                    hits[f"{ranker}, a day named" if named else f"{ranker}, none named"].append(row)
                hits["chance"].append([baselines.by_chance(question, depth) for depth in DEPTHS])
    shares = {
        ranker: {str(depth): round(100 * statistics.fmean(row[i] for row in rows), 1) for i, depth in enumerate(DEPTHS)}
        for ranker, rows in sorted(hits.items(), key=lambda one: ("," in one[0], one[0]))
    }
    print(f"{'':<36}" + "".join(f"{'@' + str(depth):>8}" for depth in DEPTHS) + f"{'asked':>8}")
    for ranker, share in shares.items():
        print(f"{ranker:<36}" + "".join(f"{value:>8}" for value in share.values()) + f"{len(hits[ranker]):>8}")
    overall = {ranker: share for ranker, share in shares.items() if "," not in ranker}
    return {"right_day": overall["recall"], "baselines": {name: share for name, share in overall.items() if name != "recall"}} | {
        "asked": len(hits["recall"]),
        "left_out": left_out,
    }


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure whether the right day is recalled.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=Path, help="left out, probing-questions-en.jsonl beside the data")
    options = parser.parse_args()
    print(json.dumps(measure(read(options.data, options.questions or options.data.with_name("probing-questions-en.jsonl")))))


if __name__ == "__main__":
    main()
