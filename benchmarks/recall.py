"""Does she recall what answers a question? LoCoMo's metric, through the product's own path.

    python -m benchmarks.recall --data FILE

Every conversation is brought into a fresh home as one relationship, indexed by the product's indexer and asked through
`Recall.recall`, as a message is: the raw question only, from the moment the conversation ends. `overall` is the mean share of
evidence turns among the first k recollections, over all questions; one without evidence counts 1, an evidence id that no turn
has counts as missed. A conversation that the shipped weights were fitted on is ranked with weights fitted anew on the others;
any other one with the weights that ship. `p95_ms` is of whole recalls. Beside it, in the same run: the fused order alone, which
leaves out what is there for remarks made in passing and for relevance (`Recall.turns`); and as baselines the embedder alone (one
vector a turn), and FTS5's BM25 alone.

Not shown: what a model makes of what it is given.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from sqlalchemy import Engine

from benchmarks.locomo import Dialogue, Question, read
from benchmarks.recall_tuning import Sample, fit
from companion.remember import fusion, lexical
from companion.remember.chroma_index import ChromaIndex
from companion.remember.embedder import SentenceEmbedder
from companion.remember.indexer import Indexer
from companion.remember.marks import Marks
from companion.remember.protocol import Query, Vector
from companion.remember.recall import Recall
from companion.store.conversations import Conversations
from companion.store.database import open_database, reading
from companion.store.memories import Memories
from companion.store.transcripts import bring_in

DEPTHS = (5, 10, 25, 50)
CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}


@dataclass(slots=True)
class Bench:
    """A home with every conversation in it, indexed.

    Attributes:
        recalls: the product's recall with these weights; None for those that ship.
        ids: by conversation, the id of each message's turn in the file.
    """

    recalls: Callable[[Vector | None], Recall]
    embedder: SentenceEmbedder
    ids: dict[str, dict[str, str]]
    engine: Engine


@contextmanager
def open_bench(dialogues: Sequence[Dialogue]) -> Iterator[Bench]:
    """Brings the conversations in and indexes them."""
    folder = Path(tempfile.mkdtemp())
    try:
        engine = open_database(folder)
        conversations = Conversations(engine)
        ids: dict[str, dict[str, str]] = {}
        for dialogue in dialogues:
            talk = bring_in(engine, dialogue.name, [line for _, line in dialogue.turns])
            path = conversations.path(talk.id)
            ids[dialogue.name] = {message.id: turn for message, (turn, _) in zip(path, dialogue.turns, strict=True)}
        embedder = SentenceEmbedder()
        vectors = ChromaIndex(folder / "vectors", embedder.name)
        memories = Memories(engine)
        indexer = Indexer(memories, Marks(engine), embedder, vectors)
        indexer.start()
        while not indexer.settled(60):
            print("indexing …", flush=True)
        yield Bench(lambda weights: Recall(engine, memories, embedder, vectors, weights), embedder, ids, engine)
        indexer.stop()
        vectors.close()
        engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def asked(dialogue: Dialogue, question: Question) -> Query:
    """A question as the product gets it."""
    return Query(dialogue.name, question.text, dialogue.ends, names=dialogue.speakers, most=max(DEPTHS))


def samples_of(bench: Bench, dialogue: Dialogue) -> list[Sample]:
    """The signs of every question's messages, and which of them are evidence."""
    ids, recall = bench.ids[dialogue.name], bench.recalls(None)
    samples = []
    for question in dialogue.questions:
        turns = recall.turns(asked(dialogue, question))
        samples.append(Sample(turns.signs, tuple(i for i, one in enumerate(turns.said) if ids[one.id] in question.evidence)))
    return samples


def shares(ranked: Sequence[str], question: Question) -> list[float]:
    """The share of evidence among the first 5, 10, 25 and 50."""
    if not question.evidence:
        return [1.0] * len(DEPTHS)
    place = {turn: rank for rank, turn in enumerate(ranked)}
    return [sum(place.get(turn, depth) < depth for turn in question.evidence) / len(question.evidence) for depth in DEPTHS]


class Table:
    """Shares by ranker and category."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, list[list[float]]]] = defaultdict(lambda: defaultdict(list))

    def add(self, ranker: str, question: Question, ranked: Sequence[str]) -> None:
        """Counts one question."""
        self.rows[ranker][question.category].append(shares(ranked, question))

    def of(self, ranker: str, category: int | None = None) -> dict[str, float]:
        """Percent at each depth."""
        chosen = self.rows[ranker]
        every = [one for number, many in chosen.items() if category in (None, number) for one in many]
        return {str(depth): round(100 * statistics.fmean(one[i] for one in every), 1) for i, depth in enumerate(DEPTHS)}


def baselines(bench: Bench, dialogue: Dialogue) -> tuple[Callable[[str], list[str]], Callable[[str], list[str]]]:
    """The embedder alone, and BM25 alone."""
    turns, ids = [turn for turn, _ in dialogue.turns], bench.ids[dialogue.name]
    with reading(bench.engine) as connection:
        rows = {row: ids[one] for row, one in connection.exec_driver_sql("SELECT sequence, id FROM messages") if one in ids}
    vectors = bench.embedder.encode([line.text for _, line in dialogue.turns])

    def by_meaning(text: str) -> list[str]:
        return [turns[i] for i in np.argsort(-(vectors @ bench.embedder.encode([text])[0]), kind="stable")]

    def by_words(text: str) -> list[str]:
        sums: dict[int, float] = defaultdict(float)
        with reading(bench.engine) as connection:
            for found, scores in lexical.hits(connection, "message_words", dialogue.name, lexical.telling_words(text), 10_000):
                for row, score in zip(found.tolist(), scores.tolist(), strict=True):
                    sums[row] += score
        return [rows[row] for row in sorted(sums, key=lambda row: -sums[row])]

    return by_meaning, by_words


def measure(dialogues: Sequence[Dialogue]) -> dict[str, object]:
    """Asks everything."""
    fitted_on = yaml.safe_load(Path(fusion.__file__).with_name("weights.yaml").read_text("utf-8"))["fitted_on"]
    table, taken = Table(), []
    with open_bench(dialogues) as bench:
        samples = {one.name: samples_of(bench, one) for one in dialogues if one.name in fitted_on}
        for dialogue in dialogues:
            others = [sample for name, many in samples.items() if name != dialogue.name for sample in many]
            weights = fit(others) if dialogue.name in fitted_on and others else fusion.weights()
            by_meaning, by_words = baselines(bench, dialogue)
            recall, ids = bench.recalls(weights), bench.ids[dialogue.name]
            for question in dialogue.questions:
                began = time.perf_counter()
                found = recall.recall(asked(dialogue, question))
                taken.append((time.perf_counter() - began) * 1000)
                table.add("recall", question, [ids[source] for one in found for source in one.sources])
                table.add("the fused order alone", question, [ids[one.id] for one in recall.turns(asked(dialogue, question)).said])
                table.add("the embedder alone", question, by_meaning(question.text))
                table.add("FTS5 alone", question, by_words(question.text))
    print(f"{'':<24}" + "".join(f"{'@' + str(depth):>8}" for depth in DEPTHS))
    for ranker in table.rows:
        print(f"{ranker:<24}" + "".join(f"{value:>8}" for value in table.of(ranker).values()))
    for number in sorted(table.rows["recall"]):
        print(f"  {CATEGORIES.get(number, number):<22}" + "".join(f"{value:>8}" for value in table.of("recall", number).values()))
    return {
        "overall": table.of("recall"),
        "by_category": {CATEGORIES.get(number, str(number)): table.of("recall", number) for number in sorted(table.rows["recall"])},
        "p95_ms": round(float(np.percentile(taken, 95)), 1),
    }


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure recall on a file of LoCoMo's schema.")
    parser.add_argument("--data", type=Path, required=True)
    print(json.dumps(measure(read(parser.parse_args().data))))


if __name__ == "__main__":
    main()
