"""Fits the weights of recall's fusion, and writes the file that ships.

    python -m benchmarks.recall_tuning --data FILE [--write]

A question's messages are the classes of a softmax over weighted signs; the loss is the cross-entropy of the messages that
answer it (listwise learning to rank, Cao et al. 2007), with a little weight decay. Seventeen numbers are fitted on a
thousand questions: there is not much to overfit, and `benchmarks.recall` leaves each conversation out in turn to make sure.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml

from companion.remember import fusion
from companion.remember.protocol import Vector

DECAY = 1e-3
SCALE = 10.0  # of scores in the softmax, so that weights stay near 1
STEPS = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """One question: the signs of its messages, and which of them answer it."""

    signs: Vector
    answers: tuple[int, ...]


def fit(samples: Sequence[Sample]) -> Vector:
    """Weights by L-BFGS, float32 (signs,)."""
    usable = [one for one in samples if one.answers]
    signs = torch.nn.utils.rnn.pad_sequence([torch.tensor(one.signs) for one in usable], batch_first=True)
    there = torch.zeros(signs.shape[:2], dtype=torch.bool)
    wanted = torch.zeros(signs.shape[:2])
    for i, one in enumerate(usable):
        there[i, : len(one.signs)] = True
        wanted[i, list(one.answers)] = 1 / len(one.answers)
    weights = torch.zeros(signs.shape[2], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        scores = (signs @ weights * SCALE).masked_fill(~there, -1e9)
        total = -(wanted * torch.log_softmax(scores, 1)).sum(1).mean() + DECAY * (weights * weights).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return np.asarray(weights.detach().numpy(), dtype=np.float32)


def main() -> None:
    """Fits on every conversation of a file."""
    from benchmarks.locomo import read
    from benchmarks.recall import open_bench, samples_of

    parser = argparse.ArgumentParser(description="Fit the weights of recall.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="replace companion/remember/weights.yaml")
    arguments = parser.parse_args()
    dialogues = read(arguments.data)
    with open_bench(dialogues) as bench:
        samples = [sample for dialogue in dialogues for sample in samples_of(bench, dialogue)]
    weights = {name: round(float(value), 3) for name, value in zip(fusion.NAMES, fit(samples), strict=True)}
    for name, value in weights.items():
        print(f"{name:<26}{value:>8.3f}")
    if arguments.write:
        text = (
            f"# Weights of the fusion, fitted by `python -m benchmarks.recall_tuning --data {arguments.data.name} --write`\n"
            f"# on {len(samples)} questions about the conversations named below. Nothing else of them is kept here.\n"
        )
        kept = {"fitted_on": [dialogue.name for dialogue in dialogues], "weights": weights}
        Path(fusion.__file__).with_name("weights.yaml").write_text(text + yaml.safe_dump(kept, sort_keys=False), "utf-8")


if __name__ == "__main__":
    main()
