"""The network that reads feelings from a sentence's vector and its words, and its training.

One hidden layer over the frozen vector and the sum of the words' own vectors, a sigmoid for each feeling. Comments and lines
said to a companion are mixed in every step. Dropout, of words too (Iyyer et al. 2015, "Deep Unordered Composition Rivals
Syntactic Methods for Text Classification"), weight decay and few epochs keep it from learning the comments by heart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

HIDDEN, GRAM_WIDTH = 512, 64
DROPOUT_IN, DROPOUT, DROPOUT_GRAMS = 0.1, 0.5, 0.3
EPOCHS = 6
BATCH_ROWS = 512
LEARNING_RATE, GRAM_LEARNING_RATE = 2e-3, 2e-2
WEIGHT_DECAY = 0.05
SAID_TIMES = 4  # how often a line said to a companion is seen for each time that a comment is seen
SAID_ABSENT = 0.3  # its writer named one feeling only, so that the others are not known to be absent
RARE = -3.0  # logit that every feeling begins with: few sentences carry it
GRAM_SPREAD = 0.5  # of the words' vectors at the beginning


@dataclass(frozen=True)
class Lesson:
    """What is learnt from, n rows.

    Attributes:
        vectors: float32 (n, dims), unit length.
        grams: int64 (n, most), places in the vocabulary from 1 on, 0 where there is none.
        seen: float32 (n, labels), 0 or 1.
    """

    vectors: Tensor
    grams: Tensor
    seen: Tensor

    def __len__(self) -> int:
        return len(self.seen)

    def __getitem__(self, rows: Tensor) -> "Lesson":
        return Lesson(self.vectors[rows], self.grams[rows], self.seen[rows])


def joined(*lessons: Lesson) -> Lesson:
    """Lessons one after the other."""
    most = max(lesson.grams.shape[1] for lesson in lessons)
    rows = [nn.functional.pad(lesson.grams, (0, most - lesson.grams.shape[1])) for lesson in lessons]
    return Lesson(torch.cat([lesson.vectors for lesson in lessons]), torch.cat(rows), torch.cat([lesson.seen for lesson in lessons]))


class Network(nn.Module):
    """Vectors float32 (n, dims) and grams int64 (n, most) → logits (n, labels)."""

    def __init__(self, dims: int, known_grams: int, labels: int) -> None:
        super().__init__()
        self.scale = dims**0.5  # so that each number of a vector is about 1
        self.gram_vectors = nn.Embedding(known_grams + 1, GRAM_WIDTH, padding_idx=0)
        nn.init.normal_(self.gram_vectors.weight, std=GRAM_SPREAD)
        nn.init.zeros_(self.gram_vectors.weight[0])
        self.dropout_in, self.dropout = nn.Dropout(DROPOUT_IN), nn.Dropout(DROPOUT)
        self.hidden = nn.Linear(dims + GRAM_WIDTH, HIDDEN)
        self.output = nn.Linear(HIDDEN, labels)
        nn.init.constant_(self.output.bias, RARE)

    def forward(self, vectors: Tensor, grams: Tensor) -> Tensor:
        """The logits."""
        there = (grams > 0).float()
        weights = there / there.sum(1, keepdim=True).clamp(min=1).sqrt()
        if self.training:
            weights = weights * (torch.rand_like(weights) >= DROPOUT_GRAMS) / (1 - DROPOUT_GRAMS)
        words = torch.bmm(weights[:, None], self.gram_vectors(grams))[:, 0]
        hidden = torch.relu(self.hidden(torch.cat([self.dropout_in(vectors * self.scale), words], dim=1)))
        logits: Tensor = self.output(self.dropout(hidden))
        return logits


def train(comments: Lesson, said: Lesson, known_grams: int, *, seed: int, say: Callable[[str], None]) -> Network:
    """A trained network; the same seed gives the same one on the same machine."""
    torch.manual_seed(seed)
    network = Network(comments.vectors.shape[1], known_grams, comments.seen.shape[1])
    steps = len(comments) // BATCH_ROWS
    said_rows = round(BATCH_ROWS * SAID_TIMES * len(said) / len(comments))
    said_weights = torch.where(said.seen > 0, 1.0, SAID_ABSENT)
    words = list(network.gram_vectors.parameters())
    rest = [*network.hidden.parameters(), *network.output.parameters()]
    optimiser = torch.optim.AdamW([{"params": rest}, {"params": words}], weight_decay=WEIGHT_DECAY)
    rates = [LEARNING_RATE, GRAM_LEARNING_RATE]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps * EPOCHS, pct_start=0.1)
    network.train()
    for epoch in range(EPOCHS):
        order, total = torch.randperm(len(comments)), 0.0
        for step in range(steps):
            lines = torch.randint(len(said), (said_rows,))
            some = comments[order[step * BATCH_ROWS :][:BATCH_ROWS]]
            batch = joined(some, said[lines])
            weights = torch.cat([torch.ones_like(some.seen), said_weights[lines]])
            logits = network(batch.vectors, batch.grams)
            loss = nn.functional.binary_cross_entropy_with_logits(logits, batch.seen, weights) * weights.shape[1]
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += loss.item()
        say(f"epoch {epoch + 1} of {EPOCHS}: loss {total / steps:.4f}")
    return network.eval()


def logits_of(network: Network, lesson: Lesson) -> np.ndarray:
    """The logits of every row, float32 (n, labels)."""
    parts = [lesson[torch.arange(start, min(start + 2048, len(lesson)))] for start in range(0, len(lesson), 2048)]
    with torch.no_grad():
        return np.concatenate([network(part.vectors, part.grams).numpy() for part in parts])
