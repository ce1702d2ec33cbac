"""The words for an image model: parts in a fixed order, and of each as many clauses as CLIP reads.

CLIP's text encoder reads 77 tokens (Radford et al. 2021), and what comes later is lost without a word. Which clauses are let in
follows a stated order of importance (`knobs.yaml`); each keeps its place in the prompt. Tokens are estimated from the letters of a
word, so that no vocabulary has to be at hand: over our own personas the estimate lies a little above the true number.
"""

import math
import re
from collections.abc import Mapping, Sequence

TOKEN = re.compile(r"[^\W\d_]+|\d|[^\w\s]|_")
CLAUSE = re.compile(r"\s*[,;.\n]+(?:\s+|$)")


class Wording:
    """Puts prompts together.

    Args:
        order: the parts, as they stand in the prompt.
        first: which clauses are let in first: "hair 1" for one clause, "hair" for all that are left of a part.
        most_tokens: how long a prompt may be.
        letters_a_token: a word of more letters counts as more tokens.
    """

    def __init__(self, order: Sequence[str], first: Sequence[str], most_tokens: int, letters_a_token: int) -> None:
        self._order, self._most_tokens, self._letters = tuple(order), most_tokens, letters_a_token
        self._first = [(part, int(number) if number else 0) for part, _, number in (one.partition(" ") for one in first)]

    def tokens(self, text: str) -> int:
        """About how many tokens a text has; what is not Latin counts by its bytes."""
        return sum(max(1, math.ceil(len(word.encode()) / self._letters)) for word in TOKEN.findall(text))

    def compose(self, parts: Mapping[str, str]) -> str:
        """The prompt: the parts that are given, in their order, as far as there is room.

        Args:
            parts: by the names of `order`; each is cut at its commas.
        """
        clauses = {part: [one.strip() for one in CLAUSE.split(parts.get(part, "")) if one.strip()] for part in self._order}
        taken: set[tuple[str, int]] = set()
        spent, told = 0, set[str]()
        for part, number in self._first:
            for at in [number - 1] if number else range(len(clauses[part])):
                if at >= len(clauses[part]) or (part, at) in taken or (at and (part, 0) not in taken):
                    continue  # what follows a clause says nothing without it: "eyes dark brown, warm"
                clause = clauses[part][at]
                cost = self.tokens(clause) + 1  # and the comma
                if clause.casefold() not in told and spent + cost <= self._most_tokens + 1:
                    taken.add((part, at))
                    told.add(clause.casefold())
                    spent += cost
        return ", ".join(clause for part in self._order for at, clause in enumerate(clauses[part]) if (part, at) in taken)

    def cut(self, text: str) -> str:
        """The first clauses of a text, as many as there is room for."""
        kept: list[str] = []
        for clause in (one.strip() for one in CLAUSE.split(text)):
            if clause and clause not in kept and self.tokens(", ".join([*kept, clause])) <= self._most_tokens:
                kept.append(clause)
        return ", ".join(kept)
