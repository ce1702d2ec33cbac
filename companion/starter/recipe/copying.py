"""The warm-up: a network that cannot copy learns no grounding from conversations in any time we have.

Each row is noise, a random sequence, noise, and the same sequence again; the loss counts the second copy only. Length and
vocabulary grow each time accuracy passes 0.9 (curriculum). Positions start anywhere in the context, so that the skill
holds at every depth of a conversation. Induction heads: Olsson et al. 2022, "In-context learning and induction heads".
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaForCausalLM

from companion.starter.recipe.optimiser import MasterAdamW
from companion.starter.recipe.shapes import CONTEXT_TOKENS, VOCABULARY

LENGTHS = (6, 10, 17, 28, 47, 79, 134)
VOCABULARIES = (256, 512, 1024, 2048, 3072, 4096, 4096)
FIRST_TOKEN = 8  # below stand the special tokens


@dataclass(frozen=True, slots=True)
class CopyBatch:
    """`ids` and `labels`: int64 (rows, tokens); labels are −100 outside the second copy. `positions`: the same shape."""

    ids: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor


def copy_batch(length: int, vocabulary: int, rows: int, generator: torch.Generator, *, noise: bool = True) -> CopyBatch:
    """Rows of noise, sequence, noise, sequence; each noise is up to half the sequence long, the same in every row."""

    def draw(high: int, shape: tuple[int, ...] = (), low: int = 0) -> torch.Tensor:
        return torch.randint(low, high, shape, generator=generator)

    before, between = (int(draw(length // 2 + 1)), int(draw(length // 2 + 1))) if noise else (0, 0)
    sequence = draw(vocabulary, (rows, length), FIRST_TOKEN)
    ids = torch.cat(
        [draw(vocabulary, (rows, before), FIRST_TOKEN), sequence, draw(vocabulary, (rows, between), FIRST_TOKEN), sequence], dim=1
    )
    labels = torch.full_like(ids, -100)
    labels[:, -length + 1 :] = sequence[:, 1:]
    start = draw(CONTEXT_TOKENS // 2 - ids.shape[1], (rows, 1))
    return CopyBatch(ids, labels, start + torch.arange(ids.shape[1])[None])


def copy_loss(model: LlamaForCausalLM, batch: CopyBatch) -> tuple[torch.Tensor, float]:
    """Mean cross-entropy over the second copy, and the share of its tokens predicted right."""
    hidden = model.model(input_ids=batch.ids, position_ids=batch.positions, use_cache=False).last_hidden_state
    counted = batch.labels[:, 1:] != -100
    logits = model.lm_head(hidden[:, :-1][counted]).float()
    labels = batch.labels[:, 1:][counted]
    return cross_entropy(logits, labels), float((logits.argmax(-1) == labels).float().mean())


def warm_up(model: LlamaForCausalLM, *, say: Callable[[str], None], seconds: float = 900, seed: int = 0) -> float:
    """Trains until the longest length is copied with 0.9 accuracy or time is up; returns the last running accuracy."""
    optimiser = MasterAdamW(model.parameters(), learning_rate=1.5e-3, weight_decay=0.0)
    generator = torch.Generator().manual_seed(seed)
    began, stage, accuracy, step = time.monotonic(), 0, 0.0, 0
    while stage < len(LENGTHS) and time.monotonic() - began < seconds:
        length = LENGTHS[stage]
        rows = max(4, 2048 // (3 * length))
        loss, right = copy_loss(model, copy_batch(length, VOCABULARIES[stage], rows, generator, noise=stage > 1))
        loss.backward()  # type: ignore[no-untyped-call]
        step += 1
        optimiser.step(1.5e-3 * min(1.0, step / 100))
        accuracy = 0.95 * accuracy + 0.05 * right
        if step % 100 == 0:
            where = f"copying {length} of {VOCABULARIES[stage]}, step {step}"
            say(f"{where}: loss {float(loss.detach()):.3f}, accuracy {accuracy:.3f}, {time.monotonic() - began:.0f} s")
        if accuracy > 0.9:
            say(f"copies {length} of {VOCABULARIES[stage]} after {time.monotonic() - began:.0f} s")
            stage, accuracy = stage + 1, 0.0
    assert VOCABULARIES[-1] == VOCABULARY
    return accuracy
