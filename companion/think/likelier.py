"""Makes words that the prompt points to likelier, as a logits processor: a pure function of the reply so far.

Contextual biasing by shallow fusion (Zhao et al. 2019), here towards single words: a small network that has found the sentence
with the answer still says a word that sounds like it, or loses a long name halfway. Whether it names one at all is left to it.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

BEGINS = 2.0  # added to the score of a word's first token
GOES_ON = (4.0, 9.0)  # and to that of the next one, once one of its tokens is said, or more
LONGEST = 8  # tokens of a word or a name that are looked for


class Likelier:
    """Adds to the scores of some words.

    Args:
        words: as they would stand inside a sentence; a name may have several.
        encode: text → token ids, without special tokens.
    """

    def __init__(self, words: Sequence[str], encode: Callable[[str], list[int]]) -> None:
        self._begins: set[int] = set()
        self._first: set[int] = set()
        self._next: dict[tuple[int, ...], set[int]] = {}
        for word in words:
            self._begins.update(self._learn(encode(f" {word}")))
            self._first.update(self._learn(encode(f" {word[:1].upper()}{word[1:]}")))

    def _learn(self, ids: Sequence[int]) -> Sequence[int]:
        for at in range(1, len(ids)):
            self._next.setdefault(tuple(ids[:at]), set()).add(ids[at])
        return ids[:1]

    def __call__(self, input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """input_ids: int64 (batch, tokens of the reply); scores: float32 (batch, vocabulary), returned with the bonus added."""
        likelier = scores.clone()
        for row, reply in enumerate(input_ids.tolist()):
            likelier[row, sorted(self._begins if reply else self._begins | self._first)] += BEGINS
            for length in range(min(LONGEST, len(reply)), 0, -1):
                if following := self._next.get(tuple(reply[len(reply) - length :])):
                    likelier[row, sorted(following)] += GOES_ON[length > 1]
                    break
        return likelier
