"""The network that reads feelings from a sentence's vector, and its training.

One hidden layer on the frozen vector, a sigmoid for each feeling. Comments and lines said to a companion are mixed in every
step. Dropout, weight decay and few epochs keep it from learning the comments by heart, and its probabilities honest.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

HIDDEN = 512
DROPOUT_IN, DROPOUT = 0.1, 0.5
EPOCHS = 6
BATCH_ROWS = 512
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.05
SAID_TIMES = 4  # how often a line said to a companion is seen for each time that a comment is seen
SAID_ABSENT = 0.3  # its writer named one feeling only, so that the others are not known to be absent
RARE = -3.0  # logit that every feeling begins with: few sentences carry it


@dataclass(frozen=True)
class Lesson:
    """Vectors float32 (n, dims), unit length, and what was seen in them, float32 (n, labels), 0 or 1."""

    vectors: Tensor
    seen: Tensor


def new_network(dims: int, labels: int) -> nn.Sequential:
    """A network (n, dims) → logits (n, labels). It takes vectors of length √dims, so that each number is about 1."""
    output = nn.Linear(HIDDEN, labels)
    nn.init.constant_(output.bias, RARE)
    return nn.Sequential(nn.Dropout(DROPOUT_IN), nn.Linear(dims, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), output)


def train(comments: Lesson, said: Lesson, *, seed: int, say: Callable[[str], None]) -> nn.Sequential:
    """A trained network; the same seed gives the same one on the same machine."""
    torch.manual_seed(seed)
    rows, dims = comments.vectors.shape
    scale = dims**0.5
    network = new_network(dims, comments.seen.shape[1])
    steps = rows // BATCH_ROWS
    said_rows = round(BATCH_ROWS * SAID_TIMES * len(said.vectors) / rows)
    said_weights = torch.where(said.seen > 0, 1.0, SAID_ABSENT)
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps * EPOCHS, pct_start=0.1)
    network.train()
    for epoch in range(EPOCHS):
        order, total = torch.randperm(rows), 0.0
        for step in range(steps):
            some, lines = order[step * BATCH_ROWS :][:BATCH_ROWS], torch.randint(len(said.vectors), (said_rows,))
            vectors = torch.cat([comments.vectors[some], said.vectors[lines]]) * scale
            seen = torch.cat([comments.seen[some], said.seen[lines]])
            weights = torch.cat([torch.ones_like(comments.seen[some]), said_weights[lines]])
            loss = nn.functional.binary_cross_entropy_with_logits(network(vectors), seen, weights) * seen.shape[1]
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += loss.item()
        say(f"epoch {epoch + 1} of {EPOCHS}: loss {total / steps:.4f}")
    return network.eval()


def shipped(network: nn.Sequential) -> dict[str, Tensor]:
    """The weights that a unit vector is read with, float16: the vector's scale is part of them."""
    hidden, output = network[1], network[4]
    assert isinstance(hidden, nn.Linear) and isinstance(output, nn.Linear)
    weights = {
        "hidden": hidden.weight * hidden.in_features**0.5,
        "hidden_bias": hidden.bias,
        "output": output.weight,
        "output_bias": output.bias,
    }
    return {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in weights.items()}
