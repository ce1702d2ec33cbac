"""Shows beside each turn of a row what the product would find near its message: in the blueprint, the memories, the talk before."""

import random
from collections.abc import Callable
from dataclasses import replace

from companion.remember.cached import CachedEmbedder
from companion.remember.embedder import Embeds
from companion.starter.recipe.rows import Row
from companion.think.nearest import nearest, sentences

KEPT = 1 << 14  # texts whose vectors are kept: questions come again, told facts hardly ever
BUFFER = 20  # exchanges that a prompt has word for word at most
BLIND = 0.06  # of turns that are shown nothing, since a long prompt has no room for it

Points = Callable[[Row, random.Random], None]


def pointing(embedder: Embeds) -> Points:
    """Fills in the `near` of a row's tails, by an embedder."""
    kept = CachedEmbedder(embedder, most=KEPT)

    def point(row: Row, rng: random.Random) -> None:
        users = [user for user, _ in row.exchanges]
        heard = [tuple(users[max(0, tail.after - BUFFER) : tail.after]) for tail in row.tails]
        known = {one for tail, told in zip(row.tails, heard, strict=True) for one in sentences(row.about_her, tail.now.memories, told)}
        kept.encode([*(tail.message for tail in row.tails), *(one.text for one in known)])  # all at once
        row.tails = [
            tail if rng.random() < BLIND else replace(tail, near=nearest(kept.encode, tail.message, row.about_her, tail.now.memories, told))
            for tail, told in zip(row.tails, heard, strict=True)
        ]

    return point
