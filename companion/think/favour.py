"""Leans towards a text while a reply follows it, as a logits processor: a pure function of the reply so far.

Contextual biasing by shallow fusion (Zhao et al. 2019), with a bonus that grows with what was followed already: whether a reply
takes the text up is left to the model, and a small one that has taken it up says it to its end. Where the text has a gap nothing
is favoured, and behind it the text is found again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from companion.think.protocol import GAP

if TYPE_CHECKING:
    import torch

LONGEST = 3  # tokens of the reply that are looked for in the text
# added to the score of what follows, by how many of them are found; the first begins the text
BONUS: Mapping[str, tuple[float, ...]] = {
    "lightly": (1.5, 3.0, 5.0, 7.0),
    "firmly": (5.0, 6.0, 8.0, 9.0),  # where the prompt has nothing better to say
}


SURELY = 40.0  # added to what follows in a text that is said word for word


class Recites:
    """Has a reply begin with a text, say it word for word and end with it; where something else was said, nothing is favoured any more.

    Args:
        text: what is said.
        encode: text → token ids, without special tokens.
        ends: what may follow its end.
    """

    def __init__(self, text: str, encode: Callable[[str], list[int]], ends: Collection[int]) -> None:
        self._ids, self._ends = encode(text.strip()), sorted(ends)

    def __call__(self, input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """input_ids: int64 (batch, tokens of the reply); scores: float32 (batch, vocabulary), returned with the bonus added."""
        favoured = scores.clone()
        for row, reply in enumerate(input_ids.tolist()):
            if self._ids and reply == self._ids[: len(reply)]:
                favoured[row, [self._ids[len(reply)]] if len(reply) < len(self._ids) else self._ends] += SURELY
        return favoured


class Favours:
    """Adds to the scores of the tokens that would go on with a text.

    Args:
        text: `GAP` stands for anything.
        encode: text → token ids, without special tokens.
        ends: what may follow its end.
        lean: "lightly" or "firmly"; see `Constraints`.
    """

    def __init__(self, text: str, encode: Callable[[str], list[int]], ends: Collection[int], *, lean: str = "lightly") -> None:
        self._bonus = BONUS[lean]
        self._next: dict[tuple[int, ...], set[int]] = {}
        first, *rest = text.strip().split(GAP)
        for beginning in dict.fromkeys((first, f" {first}")):
            self._learn(encode(beginning) if first else [], begins=True, ends=() if rest else ends)
        for at, part in enumerate(rest):
            self._learn(encode(part) if part else [], begins=False, ends=ends if at == len(rest) - 1 else ())

    def _learn(self, ids: Sequence[int], *, begins: bool, ends: Collection[int]) -> None:
        for at in range(len(ids) + 1):
            following = {ids[at]} if at < len(ids) else set(ends)
            # One token alone is found only where a part of the text begins; later it would be found anywhere.
            shortest = 1 if at == 1 else 2
            for length in range(shortest, min(LONGEST, at) + 1):
                self._next.setdefault(tuple(ids[at - length : at]), set()).update(following)
        if begins and ids:
            self._next.setdefault((), set()).add(ids[0])

    def __call__(self, input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """input_ids: int64 (batch, tokens of the reply); scores: float32 (batch, vocabulary), returned with the bonus added."""
        favoured = scores.clone()
        for row, reply in enumerate(input_ids.tolist()):
            for length in range(min(LONGEST, len(reply)), -1 if not reply else 0, -1):
                if following := self._next.get(tuple(reply[len(reply) - length :])):
                    favoured[row, sorted(following)] += self._bonus[length]
                    break
        return favoured
