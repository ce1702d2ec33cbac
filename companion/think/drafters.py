"""Who guesses what the target will say next: a small model, the text itself, or a book of phrases.

`ModelDrafter` reads along with a cache of its own. `LookupDrafter` looks for the last few tokens earlier in the sequence
and proposes what followed them there: names and memories are often said again word for word (prompt lookup, Saxena 2023).
`PhraseDrafter` searches what a model often says, where it comes with such a book (`phrasebook.py`).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import torch

from companion.think.kv_cache import PREFILL_CHUNK_TOKENS, CachedSequence, common_prefix
from companion.think.phrasebook import PhraseBook
from companion.think.sampling import Sampler

DrafterName = Literal["model", "lookup", "phrases"]
LONGEST_MATCH = 10  # tokens that agree, from which on a lookup is as sure as can be
MEMORY = 0.8  # weight of the past in the running mean of a step's time


@dataclass(frozen=True, slots=True)
class Guess:
    """Tokens that may come next, and how sure the drafter is of each, in [0, 1]."""

    ids: list[int]
    confidence: list[float]


NOTHING = Guess([], [])


class Drafter(Protocol):
    """Guesses."""

    @property
    def name(self) -> DrafterName:
        """For the trace."""

    def guess(self, tokens: Sequence[int], most: int) -> Guess:
        """Up to `most` tokens that may follow, perhaps none."""


class ModelDrafter:
    """A small model with the target's tokenizer.

    Args:
        sequence: what it has read; it is brought into step with the target's tokens.
        sampler: the reply's own.
        enough: asked with its confidence so far, after each token: whether another one would not pay.
        step_s: what a guessed token took so far.
        over: asked between parts of a long text that is to be caught up with: whether to stop.

    Attributes:
        step_s: seconds a guessed token takes, reading what was decided since included: a running mean, 0 before the first.
    """

    name: DrafterName = "model"

    def __init__(
        self,
        sequence: CachedSequence,
        sampler: Sampler,
        enough: Callable[[Sequence[float]], bool],
        *,
        step_s: float = 0.0,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sequence, self._sampler, self._enough, self._over = sequence, sampler, enough, over
        self.step_s = step_s

    def behind(self, tokens: Sequence[int]) -> int:
        """How many of the tokens it has not read."""
        return len(tokens) - common_prefix(self._sequence.ids, tokens)

    def guess(self, tokens: Sequence[int], most: int) -> Guess:
        """See `Drafter`."""
        sequence, text, confidence = self._sequence, list(tokens), list[float]()
        sequence.truncate(min(common_prefix(sequence.ids, tokens), len(tokens) - 1))
        behind, began = len(tokens) - len(sequence.ids), time.perf_counter()
        while len(confidence) < most and not (confidence and self._enough(confidence)):
            scores = sequence.append(text[len(sequence.ids) :], over=self._over)
            if scores is None:
                break
            bounded = self._sampler.bound(text, scores)
            (token,) = self._sampler.choose(len(text), bounded)
            confidence.append(float(torch.softmax(bounded[0], -1)[token]))
            text.append(token)
        if confidence and behind < PREFILL_CHUNK_TOKENS // 8:  # the prompt is read once and says nothing of a step
            took = (time.perf_counter() - began) / len(confidence)
            self.step_s = took if not self.step_s else MEMORY * self.step_s + (1 - MEMORY) * took
        return Guess(text[len(tokens) :], confidence)


class LookupDrafter:
    """What followed the last `match` tokens where they stood before; the longer they agree, the surer."""

    name: DrafterName = "lookup"

    def __init__(self, match: int = 3) -> None:
        self._match = match
        self._indexed: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}

    def guess(self, tokens: Sequence[int], most: int) -> Guess:
        """See `Drafter`."""
        self._index(tokens)
        found = self._after.get(tuple(tokens[-self._match :]))
        if found is None:
            return NOTHING
        alike, here = self._match, len(tokens)
        while alike < LONGEST_MATCH and alike < found and tokens[found - alike - 1] == tokens[here - alike - 1]:
            alike += 1
        ids = list(tokens[found : found + most])
        return Guess(ids, [alike / LONGEST_MATCH] * len(ids))

    def _index(self, tokens: Sequence[int]) -> None:
        # Everything but the very end, which would only find itself.
        shared = common_prefix(self._indexed, tokens)
        if shared < len(self._indexed):
            self._indexed, self._after, shared = [], {}, 0
        for end in range(max(shared, self._match), len(tokens)):
            self._after[tuple(tokens[end - self._match : end])] = end
        self._indexed = list(tokens)


class PhraseDrafter:
    """What mostly follows the last tokens in a phrase book."""

    name: DrafterName = "phrases"

    def __init__(self, book: PhraseBook) -> None:
        self._book = book

    def guess(self, tokens: Sequence[int], most: int) -> Guess:
        """See `Drafter`."""
        ids, share = self._book.continuation(tokens, most)
        return Guess(ids, [share] * len(ids))
