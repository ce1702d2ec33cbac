"""Fits the reader of recall, and writes the file that ships.

    python -m benchmarks.reader_training --data FOLDER [--write]

Pairs of a question and what answers it: remarks made in passing, written for this (`tellings/`), and the facts of the built-in
model's grammar, told and noted, with drawn values. A pair's remark competes in a softmax with those of the other pairs and with
unrelated talk: messages and replies of the built-in model's dialogues, and of Synthetic-Persona-Chat (`--data` names its folder).
About six minutes on two cores, nearly all of it embedding.
"""

import argparse
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import yaml

from companion.remember.embedder import SentenceEmbedder
from companion.remember.protocol import Vector
from companion.remember.reader import WEIGHTS, Reader
from companion.starter.recipe.corpora import read_talks
from companion.starter.recipe.grammar import Entry, load_grammar

TELLINGS = Path(__file__).with_name("tellings")
RANK = 96
STEPS = 400
RATE, DECAY = 2e-3, 0.1
AT_ONCE = (96, 160, 512)  # tellings, facts of the grammar, unrelated texts a step
BEGINS = 20.0  # what a cosine weighs in the beginning
DRAWN = ((12, 6), (3, 1))  # pairs with something told and something noted, of a fact and of a family's member
UNRELATED = (9000, 5000)  # texts of the corpus and of the dialogues


@dataclass(frozen=True, slots=True)
class Telling:
    """Three questions, three remarks each of which answers them all, and three that are near and do not."""

    ask: tuple[str, ...]
    told: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Questions and what answers them: float32 (pairs, dims) each; pairs of one number ask for the same."""

    ask: torch.Tensor
    told: torch.Tensor
    number: torch.Tensor


def tellings() -> list[Telling]:
    """All that were written."""
    raw = [entry for path in sorted(TELLINGS.glob("*.yaml")) for entry in yaml.safe_load(path.read_text("utf-8"))]
    return [Telling(tuple(one["ask"]), tuple(re.sub(r"[{}]", "", text) for text in one["told"]), tuple(one["near"])) for one in raw]


def grammar_pairs(rng: random.Random) -> list[tuple[int, str, str]]:
    """Facts of the user's, asked, and told or noted, with drawn values; the number says which fact."""
    grammar = load_grammar()
    pairs = []
    for number, fact in enumerate(grammar.user):
        for texts, count in zip((fact.told, fact.memory), DRAWN[fact.family != fact.attribute], strict=True):
            for _ in range(count if texts else 0):
                value = grammar.values.draw(fact.kind, rng)
                pairs.append((number, rng.choice(fact.ask), rng.choice(texts).replace("{value}", value)))
    return pairs


def unrelated(folder: Path, rng: random.Random) -> list[str]:
    """Messages and replies of others' talk, and of the dialogues."""
    corpus = [text for talk in read_talks(folder) for exchange in talk.exchanges for text in exchange]

    def texts(entry: Entry) -> list[str]:
        own = [*entry.users[:2], *(replies[0] for replies in entry.replies.values())]
        return own + [text for child in entry.then for text in texts(child)]

    written = [text for entry in load_grammar().dialogues for text in texts(entry) if "{" not in text]
    return [one for some, most in zip((corpus, written), UNRELATED, strict=True) for one in rng.sample(some, min(most, len(some)))]


def fit(said: Pairs, facts: Pairs, others: torch.Tensor, seed: int = 0) -> Reader:
    """A reader by AdamW."""
    torch.manual_seed(seed)
    dims = said.ask.shape[1]
    left, right = (torch.randn(dims, RANK) * 0.02).requires_grad_(), torch.zeros(dims, RANK, requires_grad=True)
    own, prior = torch.full((dims,), BEGINS, requires_grad=True), torch.zeros(dims, requires_grad=True)
    weights = [{"params": [left, right], "weight_decay": DECAY}, {"params": [own, prior], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(weights, lr=RATE)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 1.0 / STEPS, STEPS)
    apart = int(said.number.max()) + 1
    for _ in range(STEPS):
        a, b, c = (torch.randint(size, (count,)) for size, count in zip((len(said.ask), len(facts.ask), len(others)), AT_ONCE, strict=True))
        ask, told = torch.cat([said.ask[a], facts.ask[b]]), torch.cat([said.told[a], facts.told[b], others[c]])
        number = torch.cat([said.number[a], apart + facts.number[b]])
        scores = (ask * own + ask @ left @ right.T + prior) @ told.T
        same = (number[:, None] == number[None]) & ~torch.eye(len(ask), dtype=torch.bool)
        scores = scores - 1e4 * torch.nn.functional.pad(same.float(), (0, len(c)))
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(scores, torch.arange(len(ask))).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return Reader(*(one.detach().numpy() for one in (own, left, right, prior)))


@dataclass(frozen=True)
class Material:
    """Everything there is to fit on, embedded.

    Attributes:
        written: the tellings; `ask` and `told` have their vectors, (tellings, 3, dims), `near` those of what does not answer.
    """

    written: Sequence[Telling]
    ask: Vector
    told: Vector
    near: Vector
    facts: Pairs
    others: torch.Tensor

    @classmethod
    def read(cls, folder: Path, embedder: SentenceEmbedder, seed: int = 5) -> "Material":
        """Reads and embeds it."""
        rng, written = random.Random(seed), tellings()
        drawn, others = grammar_pairs(rng), unrelated(folder, rng)

        def three(texts: Sequence[tuple[str, ...]]) -> Vector:
            return embedder.encode([text for some in texts for text in some]).reshape(len(texts), 3, -1)

        facts = Pairs(
            torch.from_numpy(embedder.encode([ask for _, ask, _ in drawn])),
            torch.from_numpy(embedder.encode([told for _, _, told in drawn])),
            torch.tensor([number for number, _, _ in drawn]),
        )
        ask, told, near = (three([getattr(one, name) for one in written]) for name in ("ask", "told", "near"))
        return cls(written, ask, told, near, facts, torch.from_numpy(embedder.encode(others)))

    def pairs(self, chosen: Sequence[int]) -> Pairs:
        """Every question of some tellings with every remark that answers it."""
        rows = np.asarray(chosen)
        ask, told = np.repeat(self.ask[rows], 3, axis=1), np.tile(self.told[rows], (1, 3, 1))
        number = torch.arange(len(rows)).repeat_interleave(9)
        return Pairs(torch.from_numpy(ask.reshape(len(number), -1)), torch.from_numpy(told.reshape(len(number), -1)), number)


def main() -> None:
    """Fits on everything."""
    from safetensors.numpy import save_file

    parser = argparse.ArgumentParser(description="Fit the reader of recall.")
    parser.add_argument("--data", type=Path, required=True, help="folder of Synthetic-Persona-Chat")
    parser.add_argument("--write", action="store_true", help=f"replace {WEIGHTS.name}")
    arguments = parser.parse_args()
    material = Material.read(arguments.data, SentenceEmbedder())
    fitted = fit(material.pairs(range(len(material.written))), material.facts, material.others)
    print(f"{len(material.written)} tellings, {len(material.facts.number)} facts, {len(material.others)} unrelated texts")
    if arguments.write:
        save_file({name: tensor.astype(np.float16) for name, tensor in fitted.tensors().items()}, WEIGHTS)


if __name__ == "__main__":
    main()
