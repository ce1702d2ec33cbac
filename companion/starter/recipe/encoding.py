"""Rows as tensors: token ids, labels, positions, and how the tails branch off."""

from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerFast

from companion.starter.recipe.conversations import Row, user_text
from companion.starter.recipe.shapes import HIDDEN, Branches, TailGroup
from companion.starter.recipe.vocabulary import ASSISTANT, END, SYSTEM, USER

TAILS_A_GROUP = 3


@dataclass(frozen=True, slots=True)
class EncodedRow:
    """ids, labels, positions: int64 (1, tokens); labels are −100 outside replies and already shifted by one."""

    ids: torch.Tensor
    labels: torch.Tensor
    positions: torch.Tensor
    branches: Branches


class Encoder:
    """Turns text into tokens exactly as the chat template does."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self.tokenizer = tokenizer
        self.role = {role: tokenizer.convert_tokens_to_ids(role) for role in (SYSTEM, USER, ASSISTANT)}
        self.end = tokenizer.convert_tokens_to_ids(END)

    def message(self, role: str, content: str) -> list[int]:
        """One message: role token, space and content, end token."""
        return [self.role[role], *self.tokenizer.encode(" " + content, add_special_tokens=False), self.end]

    def row(self, row: Row, *, learn_trunk: bool = True) -> EncodedRow:
        """Trunk, then tails sorted by branch point; a reply is learnt from its role token to its end token."""
        ids: list[int] = []
        labels: list[int] = []
        depth: list[int] = []  # tokens before exchange i+1, that is the branch point after i exchanges

        def add(tokens: list[int], learn: bool) -> None:
            ids.extend(tokens)
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
        spans: list[tuple[int, int, int]] = []
        for tail in sorted(row.tails, key=lambda t: t.after):
            start, point = len(ids), depth[tail.after]
            add(self.message(USER, user_text(tail.now, tail.message)), False)
            add(self.message(ASSISTANT, tail.reply), True)
            positions.extend(range(point, point + len(ids) - start))
            spans.append((start, len(ids), point))
        groups = tuple(_group(spans[i : i + TAILS_A_GROUP]) for i in range(0, len(spans), TAILS_A_GROUP))
        return EncodedRow(torch.tensor([ids]), torch.tensor([labels]), torch.tensor([positions]), Branches(trunk, groups))


def _group(spans: list[tuple[int, int, int]]) -> TailGroup:
    start, end = spans[0][0], spans[-1][1]
    seen = max(point for _, _, point in spans)
    mask = torch.full((end - start, seen + end - start), HIDDEN, dtype=torch.bfloat16)
    for first, last, point in spans:
        rows = slice(first - start, last - start)
        mask[rows, :point] = 0
        mask[rows, seen + first - start : seen + last - start] = torch.full((last - first, last - first), HIDDEN).triu(1)
    return TailGroup(start, end, seen, mask)
