"""How often is the very remark found that answers a question, and how often is anything taken for one where nothing does?

    python -m benchmarks.answers --data FOLDER

Four parts of the tellings (`tellings/`) are asked by readers fitted on the other three (`reader_training.py`), with the weights of
the signs that ship. A question's answer stands among the remarks of all tellings of its part, three of each that are near and do
not answer, and 1,600 messages of Topical-Chat: `first` is the share of questions for which it comes first, `first_cosine` the same
by the embedder alone, the baseline; `easy_first` and `easy_first_cosine` leave out what is near. `said` and `said_right`: the share
of questions for which she would name something, and of those the share for which that is right; `said_unknown`: the share for which
she would where the answer was taken away; `perhaps…`: the same without what she only calls the nearest; `surely…`: without a doubt.

Not shown: remarks of several years, what was corrected since, notes (see `persistence`).
"""

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.persistence import small_talk
from benchmarks.reader_training import Material, fit
from companion.answering import BESIDE, MOST_DOUBTFUL, MOST_NEAREST, NEAREST, PERHAPS, SURE
from companion.remember import remarks
from companion.remember.embedder import SentenceEmbedder
from companion.remember.lexical import telling_words, words_of
from companion.remember.protocol import Vector

PARTS = 4
MESSAGES = 1600
READ = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the signs of every text, which text answers it, and which are near and do not."""

    signs: Vector
    answer: int
    near: NDArray[np.bool_]


def shares(question: str, words: list[frozenset[str]]) -> Vector:
    """The share of a question's telling words that each text has, by their rarity; one that may stand for a word counts for most of it."""
    total, found = 0.0, np.zeros(len(words), dtype=np.float32)
    for word in telling_words(question):
        others = set(remarks.alike().get(word, ()))
        has = np.array([1.0 if word in some else remarks.STANDS_FOR if some & others else 0.0 for some in words], dtype=np.float32)
        rarity = float(np.log(len(words) / (1 + np.count_nonzero(has == 1))))
        found, total = found + rarity * has, total + rarity
    return found / max(total, 1e-6)


def asked(material: Material, folder: Path, embedder: SentenceEmbedder) -> Iterator[Asked]:
    """Every question, read by a reader that did not see its telling."""
    talk = small_talk(folder, random.Random(3))
    messages = [next(talk) for _ in range(MESSAGES)]
    vectors = embedder.encode(messages)
    count = len(material.written)
    for part in range(PARTS):
        held = list(range(part, count, PARTS))
        fitted = fit(material.pairs([i for i in range(count) if i % PARTS != part]), material.facts, material.others)
        texts = [*(text for i in held for text in (*material.written[i].told, *material.written[i].near)), *messages]
        known = np.concatenate([np.concatenate([material.told[held], material.near[held]], axis=1).reshape(len(held) * 6, -1), vectors])
        words = [frozenset(words_of(text)) for text in texts]
        for place, i in enumerate(held):
            for which, question in enumerate(material.written[i].ask):
                ask = material.ask[i, which]
                rows = np.array([row for row in range(len(texts)) if row == 6 * place + which or not 6 * place <= row < 6 * place + 3])
                read = known[rows] @ fitted.turned(ask)
                best = np.sort(read)[-READ]
                cosines = known[rows] @ ask
                some = [texts[row] for row in rows]
                share = shares(question, [words[row] for row in rows])
                signs = remarks.signs(some, cosines, share, np.maximum(read, best).tolist(), question)
                near = (rows < 6 * len(held)) & (rows % 6 >= 3)
                yield Asked(signs, int(np.flatnonzero(rows == 6 * place + which)[0]), near)


def main() -> None:
    """Prints the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure how remarks are found that answer a question.")
    parser.add_argument("--data", type=Path, required=True, help="folder of Synthetic-Persona-Chat and Topical-Chat")
    arguments = parser.parse_args()
    embedder = SentenceEmbedder()
    questions = list(asked(Material.read(arguments.data, embedder), arguments.data, embedder))
    right: dict[str, list[bool]] = defaultdict(list)
    for one in questions:
        odds = one.signs @ remarks.WEIGHTS - remarks.NOTHING
        best = int(odds.argmax())
        chances = remarks.chances(odds.tolist())
        without = max(remarks.chances([*odds[: one.answer], *odds[one.answer + 1 :]]))
        for name, worth in (("first", odds), ("first_cosine", one.signs[:, 0])):
            right[name].append(int(worth.argmax()) == one.answer)
            right[f"easy_{name}"].append(int(np.where(one.near, -np.inf, worth).argmax()) == one.answer)
        most = 1 if chances[best] >= SURE else MOST_DOUBTFUL if chances[best] >= PERHAPS else MOST_NEAREST
        named = chances[one.answer] >= max(BESIDE * chances[best], float(np.partition(chances, -most)[-most]))
        for name, floor in (("said", NEAREST), ("perhaps", PERHAPS), ("surely", SURE)):
            right[name].append(chances[best] >= floor)
            right[f"{name}_unknown"].append(without >= floor)
            right[f"{name}_right"] += [named] if chances[best] >= floor else []
    print(json.dumps({name: round(float(np.mean(values)), 3) for name, values in right.items()}))


if __name__ == "__main__":
    main()
