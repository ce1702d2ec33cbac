"""How well feelings are read in comments, and what it costs beside the embedding.

    python -m benchmarks.emotion --data ../shared/data/emotions [--part dev]

The reader that ships decides for each comment of GoEmotions (Demszky et al. 2020) which of 28 feelings are there, with the
thresholds that came with it, which its recipe fitted on the training part. Macro-F1 is the mean of the feelings' F1, so that
grief counts as much as "neutral". For Ekman's groups a group is there when one of its feelings is. Baselines in the same run: the
commonest feeling of the training part for every comment, and the cosine of a comment's vector to the feelings' names, with
thresholds fitted on some training comments.

It does not show how messages to a companion are read: those are no comments (`companion/feel/README.md`).
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from companion.feel.head import EmotionReader
from companion.feel.recipe.comments import Comments, read_comments, read_labels
from companion.feel.recipe.measures import best_thresholds
from companion.remember.embedder import SentenceEmbedder

FITTED_ROWS = 4096  # training comments that the thresholds of the second baseline are fitted on


def f1_scores(found: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """F1 of each column of what was found and what was seen, bool (n, columns)."""
    scores: np.ndarray = 2 * (found & seen).sum(axis=0) / np.maximum(found.sum(axis=0) + seen.sum(axis=0), 1)
    return scores


def grouped(which: np.ndarray, labels: Sequence[str], groups: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Which groups are there, bool (n, groups), from which labels are, bool (n, labels)."""
    return np.stack([which[:, [labels.index(name) for name in names]].any(axis=1) for names in groups.values()], axis=1)


def read(reader: EmotionReader, comments: Comments, vectors: np.ndarray, labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """What the reader finds, bool (n, labels), and how long each reading takes, in ms (n,)."""
    found = np.zeros(comments.seen.shape, dtype=bool)
    took_ms = np.zeros(len(comments.texts))
    for row, (text, vector) in enumerate(zip(comments.texts, vectors, strict=True)):
        began = time.perf_counter()
        reading = reader.read(text, vector)
        took_ms[row] = (time.perf_counter() - began) * 1000
        found[row, [labels.index(name) for name in reading.present]] = True
    return found, took_ms


def by_name(vectors: np.ndarray, names: np.ndarray, fitted: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """What the cosine to the names finds, with the thresholds that are best on the comments `fitted`, bool (n, labels)."""
    found: np.ndarray = vectors @ names.T > best_thresholds(fitted @ names.T, seen)
    return found


def main() -> None:
    """Reads one part of the data and prints how well."""
    parser = argparse.ArgumentParser(description="Measure the reading of feelings.")
    parser.add_argument("--data", type=Path, required=True, help="folder with goemotions-train.tsv, goemotions-PART.tsv and labels.txt")
    parser.add_argument("--part", default="dev", help="the part that is read")
    arguments = parser.parse_args()
    labels = read_labels(arguments.data)
    groups = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    comments = read_comments(arguments.data / f"goemotions-{arguments.part}.tsv", len(labels))
    training = read_comments(arguments.data / "goemotions-train.tsv", len(labels))
    embedder, reader = SentenceEmbedder(), EmotionReader.open()
    vectors = embedder.encode(comments.texts)

    ours, took_ms = read(reader, comments, vectors, labels)
    majority = np.zeros_like(ours)
    majority[:, training.seen.sum(axis=0).argmax()] = True
    cosine = by_name(vectors, embedder.encode(labels), embedder.encode(training.texts[:FITTED_ROWS]), training.seen[:FITTED_ROWS])

    rows = {"the commonest feeling": majority, "cosine to the names": cosine, "ours": ours}
    scores = {name: f1_scores(found, comments.seen) for name, found in rows.items()}
    ekman = {name: f1_scores(grouped(found, labels, groups), grouped(comments.seen, labels, groups)) for name, found in rows.items()}
    print(f"{'':24}{'macro-F1, 28':>14}{'Ekman, 7':>12}")
    for name in rows:
        print(f"{name:24}{scores[name].mean():14.3f}{ekman[name].mean():12.3f}")
    print(f"\n{'ours, by feeling':24}{'F1':>14}{'comments':>12}{'threshold':>12}")
    for label, score, count in sorted(zip(labels, scores["ours"], comments.seen.sum(axis=0), strict=True), key=lambda row: -row[1]):
        print(f"{label:24}{score:14.3f}{count:12}{reader.thresholds[label]:12.2f}")
    for name, score in zip(groups, ekman["ours"], strict=True):
        print(f"{f'Ekman: {name}':24}{score:14.3f}")
    print(f"\na reading beyond the embedding: median {np.median(took_ms):.3f} ms, 99th percentile {np.quantile(took_ms, 0.99):.3f} ms")
    result = {"macro_f1": scores["ours"].mean(), "ekman_macro_f1": ekman["ours"].mean(), "ms": np.median(took_ms)}
    print(json.dumps({name: round(float(value), 4) for name, value in result.items()}))


if __name__ == "__main__":
    main()
