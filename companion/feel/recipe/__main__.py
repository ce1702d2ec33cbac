"""The whole recipe as one command that goes on where it was stopped.

    python -m companion.feel.recipe --data ../shared/data/emotions --work build/feel

Embeds the comments of GoEmotions in both wordings, trains the network on the training part, prints how well it reads the
development part, and writes the file that ships. Thresholds are chosen on one half of it
and measured on the other, so that no figure was fitted on what it measures. Minutes on two cores.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from companion.feel.reading import WEIGHTS
from companion.feel.recipe.comments import WORDINGS, Comments, read_comments, read_labels, read_said, worded
from companion.feel.recipe.embedding import EMBEDDER, embed
from companion.feel.recipe.measures import best_thresholds, brier_score, calibration_error, f1_scores
from companion.feel.recipe.training import Lesson, shipped, train

SEED = 0


def _say(text: str) -> None:
    print(text, flush=True)


def _lesson(comments: Comments, folder: Path) -> Lesson:
    """The comments in every wording, one wording after the other."""
    vectors = [embed(worded(comments.texts, wording), folder / f"{number}", say=_say) for number, wording in enumerate(WORDINGS)]
    seen = np.concatenate([comments.seen] * len(WORDINGS))
    return Lesson(torch.from_numpy(np.concatenate(vectors)), torch.from_numpy(seen).float())


def _figures(probabilities: np.ndarray, seen: np.ndarray) -> dict[str, float]:
    """The F1 is the mean of both ways round: thresholds from one half, measured on the other."""
    halves = [slice(0, None, 2), slice(1, None, 2)]
    scores = [
        f1_scores(probabilities[other], seen[other], best_thresholds(probabilities[half], seen[half])).mean()
        for half, other in (halves, reversed(halves))
    ]
    return {
        "macro_f1": round(float(np.mean(scores)), 4),
        "brier": round(brier_score(probabilities, seen), 4),
        "calibration_error": round(calibration_error(probabilities, seen), 4),
    }


def main() -> None:
    """Embeds what is not embedded yet, trains, measures and writes."""
    parser = argparse.ArgumentParser(description="Train the reading of feelings.")
    parser.add_argument("--data", type=Path, required=True, help="folder with goemotions-train.tsv, goemotions-dev.tsv and labels.txt")
    parser.add_argument("--work", type=Path, default=Path("build/feel"), help="folder of vectors")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="the file to write")
    arguments = parser.parse_args()
    data: Path = arguments.data

    labels = read_labels(data)
    development = read_comments(data / "goemotions-dev.tsv", len(labels))
    comments = _lesson(read_comments(data / "goemotions-train.tsv", len(labels)), arguments.work / "train")
    said = _lesson(read_said(labels), arguments.work / "said")
    network = train(comments, said, seed=SEED, say=_say)

    unseen = _lesson(development, arguments.work / "dev")
    with torch.no_grad():
        found = torch.sigmoid(network(unseen.vectors * unseen.vectors.shape[1] ** 0.5)).numpy()
    for wording, probabilities in zip(WORDINGS, np.split(found, len(WORDINGS)), strict=True):
        _say(json.dumps({"wording": wording, **_figures(probabilities, development.seen)}))
    save_file(shipped(network), arguments.output, metadata={"embedder": EMBEDDER, "labels": json.dumps(labels)})
    _say(f"{arguments.output}: {arguments.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
