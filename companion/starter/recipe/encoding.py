"""Rows as tensors: token ids, labels, positions, and how the tails branch off."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

import torch
from transformers import PreTrainedTokenizerFast

from companion.starter.recipe.rows import Row, Tail
from companion.starter.recipe.shapes import HIDDEN, Branches, TailGroup
from companion.starter.recipe.vocabulary import ASSISTANT, END, SYSTEM, USER
from companion.think.layout import render_found, render_now

MOMENTS_A_GROUP = 3
FULL_GROUP_TOKENS = 256


@dataclass(frozen=True, slots=True)
class EncodedRow:
    """ids, labels, positions: int64 (1, tokens); labels are −100 outside replies and already shifted by one.

    `weights`, float32 (1, tokens), is how much each label counts in the loss.
    """

    ids: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor
    positions: torch.Tensor
    branches: Branches


@dataclass(frozen=True, slots=True)
class Moment:
    """Tails with one `now` block: where they leave the trunk, where the block starts, where it ends, where each tail ends."""

    point: int
    start: int
    shared: int
    ends: tuple[int, ...]


class Encoder:
    """Turns text into tokens exactly as the chat template does."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.role = {role: tokenizer.convert_tokens_to_ids(role) for role in (SYSTEM, USER, ASSISTANT)}
        self.end = tokenizer.convert_tokens_to_ids(END)

    def message(self, role: str, content: str) -> list[int]:
        """One message: role token, space and content, end token."""
        return [self.role[role], *self.tokenizer.encode(" " + content, add_special_tokens=False), self.end]

    def now(self, tail: Tail) -> list[int]:
        """The head of a tail's user message: its `now` block and the line break after it."""
        return [self.role[USER], *self.tokenizer.encode(f" {render_now(tail.now)}\n", add_special_tokens=False)]

    def question(self, tail: Tail) -> list[int]:
        """The rest of a tail's user message: what was found for it and what is said."""
        return [*self.tokenizer.encode(f"{render_found(tail.near, tail.idea)}{tail.message}", add_special_tokens=False), self.end]

    def row(self, row: Row, *, learn_trunk: bool = True) -> EncodedRow:
        """Trunk, then tails by branch point, those of one moment behind one `now` block.

        A reply is learnt from its role token to its end token.
        """
        ids: list[int] = []
        labels: list[int] = []
        weights: list[float] = []
        depth: list[int] = []  # tokens before exchange i+1, that is the branch point after i exchanges

        def add(tokens: list[int], learn: bool, weight: float = 1.0) -> None:
            ids.extend(tokens)
            weights.extend([weight] * len(tokens))
            labels.extend([*tokens[1:], -100] if learn else [-100] * len(tokens))

        add(self.message(SYSTEM, row.system), False)
        add(self.message(ASSISTANT, row.greeting), False)
        depth.append(len(ids))
        for user, reply in row.exchanges:
            add(self.message(USER, user), False)
            add(self.message(ASSISTANT, reply), learn_trunk)
            depth.append(len(ids))
        trunk = len(ids)
        positions = list(range(trunk))
        moments: list[Moment] = []
        tails = sorted(row.tails, key=lambda t: (t.after, id(t.now)))
        for (after, _), asked in groupby(tails, key=lambda t: (t.after, id(t.now))):
            leaves = list(asked)
            start, point = len(ids), depth[after]
            add(self.now(leaves[0]), False)
            shared = len(ids)
            positions.extend(range(point, point + shared - start))
            ends = []
            for leaf in leaves:
                began = len(ids)
                add(self.question(leaf), False)
                add(self.message(ASSISTANT, leaf.reply), True, leaf.weight)
                positions.extend(range(point + shared - start, point + shared - start + len(ids) - began))
                ends.append(len(ids))
            moments.append(Moment(point, start, shared, tuple(ends)))
        branches = Branches(trunk, tuple(_groups(moments)))
        return EncodedRow(torch.tensor([ids]), torch.tensor([labels]), torch.tensor([weights]), torch.tensor([positions]), branches)


def _groups(moments: list[Moment]) -> Iterator[TailGroup]:
    """Neighbouring moments together, so that short ones share a call."""
    waiting: list[Moment] = []
    for moment in moments:
        waiting.append(moment)
        if len(waiting) == MOMENTS_A_GROUP or moment.ends[-1] - waiting[0].start > FULL_GROUP_TOKENS:
            yield _group(waiting)
            waiting = []
    if waiting:
        yield _group(waiting)


def _group(moments: list[Moment]) -> TailGroup:
    first, last = moments[0].start, moments[-1].ends[-1]
    seen = max(moment.point for moment in moments)
    mask = torch.full((last - first, seen + last - first), HIDDEN, dtype=torch.bfloat16)
    for moment in moments:
        mask[moment.start - first : moment.ends[-1] - first, : moment.point] = 0
        for start, end in pairwise((moment.start, moment.shared, *moment.ends)):
            rows = slice(start - first, end - first)
            mask[rows, seen + start - first : seen + end - first] = torch.full((end - start, end - start), HIDDEN).triu(1)
            if start != moment.start:
                mask[rows, seen + moment.start - first : seen + moment.shared - first] = 0
    return TailGroup(first, last, seen, mask)
