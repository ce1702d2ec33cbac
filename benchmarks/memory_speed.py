"""How long does recalling take, with a thousand, ten thousand and a hundred thousand messages behind it?

    python -m benchmarks.memory_speed [--sizes 1000 10000 100000] [--questions N]

Whole recalls in one relationship through `Recall.recall`: the question is embedded, both indexes are asked, neighbours
gathered, everything weighed, notes looked up. The messages are the hand-written dialogues of the built-in model, mixed and
filled anew; the first few thousand are embedded, the others get the vector of one of these with noise, since embedding
100,000 texts would take longer than all the rest. `adds_per_s`: messages embedded and indexed by the product's indexer.
Baseline, in the same run: scanning every vector and every text for the same question.

Not shown: what is recalled (`benchmarks.recall`), several users at once, a Chroma server.
"""

import argparse
import json
import random
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from companion.remember.chroma_index import ChromaIndex
from companion.remember.embedder import SentenceEmbedder
from companion.remember.indexer import Indexer
from companion.remember.lexical import telling_words, words_of
from companion.remember.marks import Marks
from companion.remember.protocol import Query, Vector
from companion.remember.recall import Recall
from companion.starter.recipe.grammar import Entry, Grammar, load_grammar
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Memories, New, slot_of
from companion.store.transcripts import Line, bring_in

START = datetime(2025, 1, 1, 9, tzinfo=UTC)
EMBEDDED = 4000
NOISE = 0.35  # of unit length: cosine 0.94 to the sentence it comes from
TALK = 500  # messages a conversation
FACT_EVERY = 40
ADDED = 500
SLOT = re.compile(r"\{\w+\}")


def lines(grammar: Grammar, rng: random.Random) -> Iterator[str]:
    """Messages of two people in turn, without end."""

    def fill(text: str) -> str:
        return SLOT.sub(lambda _: rng.choice(values), text)

    values = [fact.attribute.split(":")[-1].strip() or "it" for fact in grammar.user]
    while True:
        entry: Entry = rng.choice(grammar.dialogues)
        replies = [text for many in entry.replies.values() for text in many]
        yield fill(rng.choice(entry.users))
        yield fill(rng.choice(replies))


def fill_home(engine: Engine, persona: str, texts: Sequence[str]) -> list[str]:
    """Brings the texts in, five hundred a conversation, a minute apart, some facts among them; ids of the messages."""
    conversations, memories, ids = Conversations(engine), Memories(engine), []
    for start in range(0, len(texts), TALK):
        part = texts[start : start + TALK]
        talk = bring_in(
            engine,
            persona,
            [Line("persona" if i % 2 else "user", text, START + timedelta(minutes=start + i)) for i, text in enumerate(part)],
        )
        path = conversations.path(talk.id)
        ids += [message.id for message in path]
        for message in path[::FACT_EVERY]:
            subject = f"thing {len(ids)} {message.id[:4]}"
            new = New(
                "fact", message.text[:80], said_at=message.created_at, sources=(message.id,), subject=subject, slot=slot_of(subject, "name")
            )
            memories.add(persona, new)
    return ids


def measure(sizes: Sequence[int], questions: int, folder: Path) -> dict[str, object]:
    """Fills a home for each size, and asks."""
    rng, grammar, embedder = random.Random(5), load_grammar(), SentenceEmbedder()
    source = lines(grammar, rng)
    sentences = [next(source) for _ in range(EMBEDDED)]
    vectors = embedder.encode(sentences)
    asked = [rng.choice(rng.choice(grammar.user.attributes).ask) for _ in range(questions)]
    p50, p95, scans = {}, {}, {}
    print(f"{'messages':>10}{'p50 ms':>10}{'p95 ms':>10}{'scan p50 ms':>14}")
    for size in sizes:
        home = folder / str(size)
        engine, index = open_database(home), ChromaIndex(home / "vectors", embedder.name)
        chosen = np.random.default_rng(size).integers(0, EMBEDDED, size)
        texts = [sentences[i] for i in chosen]
        ids = fill_home(engine, "mara", texts)
        known = noisy(vectors[chosen], size)
        for start in range(0, size, 2000):
            index.upsert("mara", [f"m:{one}" for one in ids[start : start + 2000]], known[start : start + 2000])
        recall = Recall(engine, Memories(engine), embedder, index)
        moment = START + timedelta(minutes=size)
        for question in asked[:5]:
            recall.recall(Query("mara", question, moment))
        taken, scanned = [], []
        for question in asked:
            began = time.perf_counter()
            recall.recall(Query("mara", question, moment))
            taken.append((time.perf_counter() - began) * 1000)
        for question in asked[:10]:
            began = time.perf_counter()
            scan(question, embedder, known, texts)
            scanned.append((time.perf_counter() - began) * 1000)
        p50[str(size)], p95[str(size)], scans[str(size)] = (
            round(float(np.percentile(values, share)), 1) for values, share in ((taken, 50), (taken, 95), (scanned, 50))
        )
        print(f"{size:>10}{p50[str(size)]:>10}{p95[str(size)]:>10}{scans[str(size)]:>14}", flush=True)
        index.close()
        engine.dispose()
    return {"p50_ms": p50, "p95_ms": p95, "scan_p50_ms": scans, "adds_per_s": adds_per_s(folder / "adds", sentences[:ADDED], embedder)}


def noisy(vectors: Vector, seed: int) -> Vector:
    """Vectors near those given, unit length."""
    moved = vectors + np.random.default_rng(seed).normal(0, NOISE / vectors.shape[1] ** 0.5, vectors.shape).astype(np.float32)
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), dtype=np.float32)


def scan(question: str, embedder: SentenceEmbedder, vectors: Vector, texts: Sequence[str]) -> int:
    """The best message by looking at each: its cosine and the words it shares."""
    words = set(telling_words(question))
    shared = np.array([len(words & set(words_of(text))) for text in texts], dtype=np.float32)
    return int((vectors @ embedder.encode([question])[0] + shared).argmax())


def adds_per_s(home: Path, texts: Sequence[str], embedder: SentenceEmbedder) -> float:
    """How many messages a second the indexer embeds and takes in."""
    engine, index = open_database(home), ChromaIndex(home / "vectors", embedder.name)
    fill_home(engine, "mara", texts)
    indexer = Indexer(Memories(engine), Marks(engine), embedder, index)
    began = time.perf_counter()
    indexer.start()
    while not indexer.settled(60):
        pass
    taken = time.perf_counter() - began
    indexer.stop()
    index.close()
    engine.dispose()
    return round(len(texts) / taken, 1)


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure how long recalling takes.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--questions", type=int, default=200)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        figures = measure(arguments.sizes, arguments.questions, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
