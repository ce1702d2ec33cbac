"""The training loop: rows without end, a budget in minutes, a checkpoint to resume from."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

from companion.starter.recipe.conversations import Composer
from companion.starter.recipe.copying import copy_batch, copy_loss
from companion.starter.recipe.corpora import CorpusTalk, corpus_row
from companion.starter.recipe.encoding import EncodedRow, Encoder
from companion.starter.recipe.optimiser import MasterAdamW, cosine
from companion.starter.recipe.peers import ALONE, Peers

GROUNDED = 0.6  # share of training after which talk comes first
MOMENT_ROWS, LATE_MOMENT_ROWS = 0.7, 0.8  # shares of rows with a short trunk and many moments
CORPUS_ROWS = 0.03
COPY_EVERY = 40
SAVE_S = 180
ROWS_A_STEP = 1
MOST_TOKENS = 3800
PEAK = 1.2e-3


def rows(composer: Composer, talks: list[CorpusTalk], encoder: Encoder, grounded: Callable[[], bool]) -> Iterator[EncodedRow]:
    """Encoded rows without end, none longer than `MOST_TOKENS`.

    Most turns at first are all about what the prompt says, since copying is learnt early or not at all; talk takes over
    once the network is `grounded`.
    """
    shapes = random.Random(17)  # the same in every process: rows of one step are alike in length, and nobody waits long
    while True:
        composer.early = early = not grounded()
        kind, short, long = shapes.random(), shapes.choice((0, 1, 2, 4, 8)), shapes.randint(24, 64)
        encoded = None
        while encoded is None or encoded.ids.shape[1] > MOST_TOKENS:
            if kind < (MOMENT_ROWS if early else LATE_MOMENT_ROWS):
                row = composer.row(exchanges=short, tails=3, moments=3)
            elif kind > 1 - CORPUS_ROWS and talks:
                row = corpus_row(composer.rng.choice(talks), composer, tails=5)
            elif early:
                row = composer.row()
            else:  # a reply of the trunk costs a third of a tail's tokens: talk is learnt there
                row = composer.row(exchanges=long, tails=4, moments=0)
                long = max(24, long - 8)
            encoded = encoder.row(row)
        yield encoded


def reply_logits(model: LlamaForCausalLM, row: EncodedRow) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits where a label stands, float32 (labels, vocabulary), and those labels."""
    hidden = model.model(input_ids=row.ids, position_ids=row.positions, branches=row.branches, use_cache=False).last_hidden_state
    counted = row.labels != -100
    return model.lm_head(hidden[counted]).float(), row.labels[counted]


def save(path: Path, model: LlamaForCausalLM, optimiser: MasterAdamW, composer: Composer, step: int, seconds: float) -> None:
    """Writes a checkpoint beside the old one and swaps them, so that a kill leaves one of the two."""
    fresh = path.with_suffix(".new")
    torch.save({"optimiser": optimiser.state(), "random": composer.rng.getstate(), "step": step, "seconds": seconds}, fresh)
    fresh.replace(path)


def train(
    model: LlamaForCausalLM,
    composer: Composer,
    talks: list[CorpusTalk],
    encoder: Encoder,
    *,
    minutes: Callable[[], float],
    checkpoint: Path,
    say: Callable[[str], None],
    grounded: float = GROUNDED,
    peers: Peers = ALONE,
) -> None:
    """Trains until `minutes()` of training time are spent, resuming from `checkpoint` when it exists.

    Every one of `peers` trains on rows of its own and takes the same steps; the first writes the checkpoints.

    `minutes` is asked again and again, so a budget can be changed while training runs; the learning rate follows it.
    `grounded` is the share of training after which talk comes first: 0 for a network that copies already.
    """
    optimiser = MasterAdamW(model.parameters(), learning_rate=PEAK, average=peers.average)
    step, spent = 0, 0.0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=False)
        optimiser.load(saved["optimiser"])
        composer.rng.setstate(saved["random"])
        step, spent = saved["step"], saved["seconds"]
    if peers.rank:
        composer.rng.seed(f"{peers.rank} {step}")
    generator = torch.Generator().manual_seed(step + 1)
    began, tokens, losses = time.monotonic() - spent, 0, [0.0, 0.0]
    kept = time.monotonic()
    source = rows(composer, talks, encoder, lambda: time.monotonic() - began >= grounded * minutes() * 60)
    while (seconds := peers.agree(time.monotonic() - began)) < (budget := peers.agree(minutes() * 60)):
        if step % COPY_EVERY == COPY_EVERY - 1:
            loss, _ = copy_loss(model, copy_batch(random.Random(step).choice((17, 47, 134)), 4096, 6, generator))
            loss.backward()  # type: ignore[no-untyped-call]
        else:
            batch = [next(source) for _ in range(ROWS_A_STEP)]
            total = sum(float(row.weights[row.labels != -100].sum()) for row in batch)
            for row in batch:
                logits, labels = reply_logits(model, row)
                loss = (cross_entropy(logits, labels, reduction="none") * row.weights[row.labels != -100]).sum() / total
                loss.backward()  # type: ignore[no-untyped-call]
                losses[0] += float(loss.detach())
                tokens += row.ids.shape[1]
            losses[1] += 1
        step += 1
        optimiser.step(cosine(seconds / budget, peak=PEAK))
        if step % 100 == 0 and peers.rank == 0:
            rate = peers.count * tokens / (time.monotonic() - began - spent)
            say(f"step {step}, {seconds / 60:.1f} of {budget / 60:.0f} min, loss {losses[0] / max(1, losses[1]):.3f}, {rate:.0f} tokens/s")
            losses = [0.0, 0.0]
        if peers.rank == 0 and time.monotonic() - kept > SAVE_S:
            kept = time.monotonic()
            save(checkpoint, model, optimiser, composer, step, kept - began)
    if peers.rank == 0:
        save(checkpoint, model, optimiser, composer, step, time.monotonic() - began)
