"""Distils the draft model: one layer that guesses what the target will say next.

First on composed rows, where the target's distribution at every reply token is the goal; then on replies that the target
itself samples, since those are what it will have to guess. Loss: KL(target ‖ draft), as in Hinton et al. 2015; own
outputs after Zhou et al. 2023 (DistillSpec). Acceptance at temperature 1 is Σ min(p, q) (Leviathan et al. 2023).
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch.nn.functional import kl_div, log_softmax
from transformers import LlamaForCausalLM

from companion.starter.recipe.conversations import Composer
from companion.starter.recipe.encoding import EncodedRow, Encoder
from companion.starter.recipe.optimiser import MasterAdamW, cosine
from companion.starter.recipe.peers import ALONE, Peers
from companion.starter.recipe.rows import user_text
from companion.starter.recipe.shapes import draft_config, new_model
from companion.starter.recipe.training import reply_logits
from companion.starter.recipe.vocabulary import ASSISTANT, SYSTEM, USER

PEAK = 2e-3
OWN_SHARE = 0.35
USES = 6  # of one row
MOST_KEPT = 300  # rows in memory, about a megabyte each
OWN_REPLY_TOKENS = 48


def new_draft(target: LlamaForCausalLM) -> LlamaForCausalLM:
    """A draft that begins with the target's embeddings, first layer and last norm."""
    draft = new_model(draft_config()).to(torch.bfloat16)
    draft.model.embed_tokens.load_state_dict(target.model.embed_tokens.state_dict())
    draft.model.layers[0].load_state_dict(target.model.layers[0].state_dict())
    draft.model.norm.load_state_dict(target.model.norm.state_dict())
    return draft


@torch.no_grad()
def own_replies(target: LlamaForCausalLM, composer: Composer, encoder: Encoder, *, temperature: float = 0.7) -> EncodedRow:
    """A composed row whose tails' replies are the target's own, sampled together in one left-padded batch."""
    row = composer.row(exchanges=composer.rng.randint(0, 6), tails=8, moments=0)
    head = encoder.message(SYSTEM, row.system) + encoder.message(ASSISTANT, row.greeting)
    prompts = []
    for tail in row.tails:
        past = list(head)
        for user, reply in row.exchanges[: tail.after]:
            past += encoder.message(USER, user) + encoder.message(ASSISTANT, reply)
        prompts.append([*past, *encoder.message(USER, user_text(tail)), encoder.role[ASSISTANT]])
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    target.set_attn_implementation("sdpa")
    written = target.generate(
        input_ids=ids,
        attention_mask=(ids != 0).long(),
        max_new_tokens=OWN_REPLY_TOKENS,
        do_sample=True,
        temperature=temperature,
        top_p=0.95,
        eos_token_id=encoder.end,
        pad_token_id=0,
    )
    target.set_attn_implementation("branched")
    replies = [encoder.tokenizer.decode(w[longest:], skip_special_tokens=True).strip() for w in written]
    row.tails = [replace(tail, reply=reply) for tail, reply in zip(row.tails, replies, strict=True) if reply]
    return encoder.row(row, learn_trunk=False)


@dataclass(frozen=True, slots=True)
class Task:
    """A row and what the target would say at each label, log-probabilities in bfloat16 (labels, vocabulary)."""

    row: EncodedRow
    wanted: torch.Tensor


def _tasks(target: LlamaForCausalLM, composer: Composer, encoder: Encoder, share: Callable[[], float]) -> Iterator[Task]:
    """Tasks without end: one in `USES` is new, since asking the target costs ten times what the draft's own step does.

    Composed rows come first; from `OWN_SHARE` of the time on, all are the target's own.
    """
    kept: list[Task] = []
    rng, own = random.Random(0), False
    while True:
        if not own and share() > OWN_SHARE:
            kept, own = [], True
        if not kept or rng.random() < 1 / USES:
            row = own_replies(target, composer, encoder) if own else encoder.row(composer.row(tails=3, moments=2))
            with torch.no_grad():
                kept.append(Task(row, log_softmax(reply_logits(target, row)[0], -1).bfloat16()))
            del kept[:-MOST_KEPT]
        yield kept[-1] if rng.random() < 1 / USES else rng.choice(kept)


def distil(
    target: LlamaForCausalLM, composer: Composer, encoder: Encoder, *, minutes: float, say: Callable[[str], None], peers: Peers = ALONE
) -> tuple[LlamaForCausalLM, float]:
    """Trains a draft for `minutes`; returns it and its mean acceptance over the last own replies, each seen `USES` times.

    Every one of `peers` draws rows of its own and takes the same steps.
    """
    draft = new_draft(target)
    target.requires_grad_(False)
    optimiser = MasterAdamW(draft.parameters(), learning_rate=PEAK, average=peers.average)
    if peers.rank:
        composer.rng.seed(peers.rank)
    began, acceptance = time.monotonic(), 0.0

    def spent() -> float:
        return (time.monotonic() - began) / (minutes * 60)

    for step, task in enumerate(_tasks(target, composer, encoder, spent), start=1):
        if (done := peers.agree(spent())) >= 1:
            break
        wanted = task.wanted.float()
        guessed = log_softmax(reply_logits(draft, task.row)[0], -1)
        loss = kl_div(guessed, wanted, log_target=True, reduction="batchmean")
        loss.backward()  # type: ignore[no-untyped-call]
        accepted = float(torch.minimum(guessed.detach().exp(), wanted.exp()).sum(-1).mean())
        acceptance = 0.98 * acceptance + 0.02 * accepted
        optimiser.step(cosine(done, peak=PEAK))
        if step % 100 == 0 and peers.rank == 0:
            say(f"draft step {step}, {done:.0%}, KL {float(loss.detach()):.3f}, acceptance {acceptance:.3f}")
    return draft, acceptance
