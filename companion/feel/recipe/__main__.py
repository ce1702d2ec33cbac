"""The whole recipe as one command that goes on where it was stopped.

    python -m companion.feel.recipe --data ../shared/data/emotions --work build/feel

Embeds the comments of GoEmotions, trains the networks on four fifths of the training part five times, calibrates and fits
thresholds on the fifth that they had not seen, trains those that ship on all of it, and writes their file. The development part
is read once, at the end, to say how well it went. About half an hour on two cores. The work folder keeps vectors and networks;
throw its networks away after a change of the recipe.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from companion.feel.head import WEIGHTS, EmotionReader
from companion.feel.recipe.comments import WORDINGS, Comments, read_comments, read_labels, read_said, worded
from companion.feel.recipe.embedding import EMBEDDER, embed
from companion.feel.recipe.finishing import FOLDS, calibration, folds, shipped
from companion.feel.recipe.measures import best_thresholds, brier_score, calibration_error, f1_scores
from companion.feel.recipe.training import Lesson, Network, joined, logits_of, train
from companion.feel.recipe.vocabulary import places, vocabulary

SEED = 0
NETWORKS = 2  # that read together, each with its own beginning
ALSO_WORDED = 4  # every fourth comment is learnt from in the second wording as well


def _say(text: str) -> None:
    print(text, flush=True)


def _lesson(comments: Comments, known: Sequence[int], wording: str, folder: Path) -> Lesson:
    vectors = embed(worded(comments.texts, wording), folder, say=_say)
    seen = torch.from_numpy(comments.seen).float()
    return Lesson(torch.from_numpy(vectors), torch.from_numpy(places(comments.texts, known)), seen)


def _trained(comments: Lesson, said: Lesson, known: Sequence[int], seed: int, path: Path) -> Network:
    """A network, from its file where it was trained before."""
    if path.exists():
        network = Network(comments.vectors.shape[1], len(known), comments.seen.shape[1])
        network.load_state_dict(load_file(path))
        return network.eval()
    _say(f"training {path}")
    network = train(comments, said, len(known), seed=seed, say=_say)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), path.with_suffix(".partial"))
    path.with_suffix(".partial").rename(path)
    return network


def _shares(logits: np.ndarray, slope: np.ndarray, shift: np.ndarray) -> np.ndarray:
    shares: np.ndarray = 1 / (1 + np.exp(-(logits * slope + shift)))
    return shares


def _figures(shares: np.ndarray, seen: np.ndarray, thresholds: np.ndarray) -> dict[str, float]:
    return {
        "macro_f1": round(float(f1_scores(shares, seen, thresholds).mean()), 4),
        "brier": round(brier_score(shares, seen), 4),
        "calibration_error": round(calibration_error(shares, seen), 4),
    }


def main() -> None:
    """Embeds what is not embedded yet, trains, calibrates, writes and measures."""
    parser = argparse.ArgumentParser(description="Train the reading of feelings.")
    parser.add_argument("--data", type=Path, required=True, help="folder with goemotions-train.tsv, goemotions-dev.tsv and labels.txt")
    parser.add_argument("--work", type=Path, default=Path("build/feel"), help="folder of vectors and networks")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="the file to write")
    arguments = parser.parse_args()
    data, work = arguments.data, arguments.work

    labels = read_labels(data)
    comments = read_comments(data / "goemotions-train.tsv", len(labels))
    some = Comments(comments.texts[::ALSO_WORDED], comments.seen[::ALSO_WORDED])
    known = vocabulary([*comments.texts, *read_said(labels).texts])
    plain = _lesson(comments, known, WORDINGS[0], work / "train" / "0")
    also = _lesson(some, known, WORDINGS[1], work / "train" / "1")
    said = joined(*(_lesson(read_said(labels), known, wording, work / "said" / str(number)) for number, wording in enumerate(WORDINGS)))

    fold, seeds = folds(len(plain), SEED), range(SEED, SEED + NETWORKS)
    logits = np.zeros(comments.seen.shape, dtype=np.float32)
    for number in range(FOLDS):
        others, rest = (torch.from_numpy(np.flatnonzero(part != number)) for part in (fold, fold[::ALSO_WORDED]))
        own, lesson = torch.from_numpy(np.flatnonzero(fold == number)), joined(plain[others], also[rest])
        networks = [_trained(lesson, said, known, seed, work / "networks" / f"{seed}-without-{number}.safetensors") for seed in seeds]
        logits[own] = np.mean([logits_of(network, plain[own]) for network in networks], axis=0)
    slope, shift = calibration(logits, comments.seen)
    shares = _shares(logits, slope, shift)
    thresholds = best_thresholds(shares, comments.seen)
    _say(json.dumps({"unseen fifths of the training part": _figures(shares, comments.seen, thresholds)}))

    lesson = joined(plain, also)
    networks = [_trained(lesson, said, known, seed, work / "networks" / f"{seed}.safetensors") for seed in seeds]
    about = {"embedder": EMBEDDER, "labels": json.dumps(labels)}
    save_file(shipped(networks, known, slope, shift, thresholds), arguments.output, about)
    _say(f"{arguments.output}: {arguments.output.stat().st_size} bytes")
    _measure(EmotionReader.open(arguments.output), read_comments(data / "goemotions-dev.tsv", len(labels)), work / "dev")


def _measure(reader: EmotionReader, unseen: Comments, folder: Path) -> None:
    """Says how well the file reads comments that had no part in it, in both wordings."""
    thresholds = np.array(list(reader.thresholds.values()))
    for number, wording in enumerate(WORDINGS):
        vectors = embed(worded(unseen.texts, wording), folder / str(number), say=_say)
        readings = [reader.read(text, vector) for text, vector in zip(unseen.texts, vectors, strict=True)]
        shares = np.array([list(reading.emotions.values()) for reading in readings])
        _say(json.dumps({"wording": wording, **_figures(shares, unseen.seen, thresholds)}))


if __name__ == "__main__":
    main()
