"""How the manners' weights are made: a linear classifier over the lines that were written for the built-in model, by their manner.

    python -m companion.drift.recipe [--output FILE]

Softmax regression with an L2 penalty, all lines at once, by Adam. One exchange in five is held out for the figure that is printed; the
weights that ship are then fitted on all of them. Under a minute on one core.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from companion.drift.manner import FEATURES, WEIGHTS, habits, tokens

SAYINGS = Path(__file__).parents[1] / "starter" / "weights" / "sayings.json"
SLOT = re.compile(r"\{\w+\}")
PENALTY = 1e-3
STEPS, RATE = 150, 0.05


def lines(path: Path) -> tuple[list[str], list[str], list[int]]:
    """Lines, their manners, and the exchange that each belongs to."""
    told = [
        (SLOT.sub("Robin", text), manner, number)
        for number, entry in enumerate(json.loads(path.read_text("utf-8"))["entries"])
        for manner, texts in entry["replies"].items()
        for text in texts
    ]
    return [one[0] for one in told], [one[1] for one in told], [one[2] for one in told]


class Lesson:
    """Lines as numbers: which features are there, and z-scores of habits."""

    def __init__(self, texts: list[str]) -> None:
        found = [sorted(tokens(text)) for text in texts]
        rows = [row for row, features in enumerate(found) for _ in features]
        columns = [feature for features in found for feature in features]
        self.there = torch.sparse_coo_tensor(
            torch.tensor([rows, columns]), torch.ones(len(rows)), (len(texts), FEATURES), check_invariants=True
        ).coalesce()
        built = torch.from_numpy(np.stack([habits(text) for text in texts]))
        self.centre, self.spread = built.mean(0), built.std(0) + 1e-3
        self.built = ((built - self.centre) / self.spread).clamp(-4, 4)


def fit(lesson: Lesson, labels: torch.Tensor, chosen: torch.Tensor, kinds: int) -> list[torch.Tensor]:
    """Weights of features, of habits, and a bias, from the chosen lines."""
    torch.manual_seed(0)
    there, built, wanted = lesson.there.index_select(0, chosen), lesson.built[chosen], labels[chosen]
    learnt = [torch.zeros(FEATURES, kinds, requires_grad=True), torch.zeros(built.shape[1], kinds, requires_grad=True)]
    bias = torch.zeros(kinds, requires_grad=True)
    optimiser = torch.optim.Adam([*learnt, bias], lr=RATE)
    for _ in range(STEPS):
        optimiser.zero_grad()
        scores = torch.sparse.mm(there, learnt[0]) + built @ learnt[1] + bias
        loss = torch.nn.functional.cross_entropy(scores, wanted) + PENALTY * sum(one.square().sum() for one in learnt) / 2
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return [one.detach() for one in (*learnt, bias)]


def main() -> None:
    """Measures on what is held out, fits on all, and writes."""
    parser = argparse.ArgumentParser(description="Fit the manners of speaking.")
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    texts, manners, exchange = lines(SAYINGS)
    names = sorted(set(manners))
    lesson, labels = Lesson(texts), torch.tensor([names.index(one) for one in manners])
    held_out = torch.tensor(exchange) % 5 == 0
    weights, habit_weights, bias = fit(lesson, labels, (~held_out).nonzero()[:, 0], len(names))
    scores = torch.sparse.mm(lesson.there, weights) + lesson.built @ habit_weights + bias
    right = (scores.argmax(1) == labels)[held_out].float().mean().item()
    guess = labels[held_out].bincount().max().item() / int(held_out.sum())
    weights, habit_weights, bias = fit(lesson, labels, torch.arange(len(texts)), len(names))
    scale = weights.abs().max() / 127
    named = {"weights": (weights / scale).round().to(torch.int8), "scale": scale.reshape(1), "habit_weights": habit_weights, "bias": bias}
    save_file(named | {"centre": lesson.centre, "spread": lesson.spread}, arguments.output, metadata={"manners": " ".join(names)})
    print(json.dumps({"lines": len(texts), "manners": len(names), "right_held_out": round(right, 3), "most_frequent": round(guess, 3)}))


if __name__ == "__main__":
    main()
