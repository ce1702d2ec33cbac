"""From scores to tokens, one rule for target and draft.

A token is drawn by the Gumbel-max trick: noise is added to the bounded scores and the best one taken, which draws from
their softmax. The noise of a position depends on the seed and the position alone. So target and draft, given the same
scores, choose the same token; a reply depends on its seed and never on what was cached, guessed or how fast it went
(drafter-invariant coupling: Daliri et al. 2024). Constraints are stateless, so the score of a guessed token is bounded
exactly as if it had been written.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch

from companion.think.constraints import ReplyOnly, Wording, logits_processors
from companion.think.protocol import Constraints

KEPT_POSITIONS = 64  # more than are ever guessed ahead


class Sampler:
    """Bounds scores and chooses tokens for one reply.

    Args:
        constraints: the bounds; temperature 0 takes the best token.
        start: index of the reply's first token.
        encode: text → token ids, without special tokens.
        never: ids that may not be written at all.
        structure: what holds the reply to a form (`structure.py`).
        ends: ids that end a reply.
        wording: of the model's vocabulary; bounds on words need it.
        device: where scores lie.
    """

    def __init__(
        self,
        constraints: Constraints,
        *,
        start: int,
        encode: Callable[[str], list[int]],
        never: Collection[int] = (),
        structure: Callable[..., Any] | None = None,
        ends: Collection[int] = (),
        wording: Wording | None = None,
        device: str = "cpu",
    ) -> None:
        self._greedy = constraints.temperature <= 0
        # Given the reply alone.
        chain = logits_processors(constraints, start=0, encode=encode, never=never, structure=structure, ends=ends, wording=wording)
        self._by_history = [p for p in chain if isinstance(p, ReplyOnly)]
        self._alike = [p for p in chain if not isinstance(p, ReplyOnly)]
        self._random = torch.Generator(device=device)
        if constraints.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(constraints.seed)
        self._noise: dict[int, torch.Tensor] = {}
        self._start = self._next = start

    def bound(self, tokens: Sequence[int], scores: torch.Tensor) -> torch.Tensor:
        """Applies the constraints.

        Args:
            tokens: what the last row follows; row i of n follows all but the last n − 1 − i of them.
            scores: float32 (n, vocabulary).

        Returns:
            Scores (n, vocabulary), −∞ where a token may not be written.
        """
        if self._by_history:
            reply: Any = torch.tensor([tokens[self._start :]], dtype=torch.long, device=scores.device)
            before = reply.shape[1] - len(scores) + 1  # tokens of the reply that the first row follows
            scores = torch.cat([self._by_reply(reply[:, : before + i], scores[i : i + 1]) for i in range(len(scores))])
        for processor in self._alike:
            scores = processor(None, scores)
        return scores

    def _by_reply(self, reply: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        for processor in self._by_history:
            scores = processor(reply, scores)
        return scores

    def choose(self, position: int, bounded: torch.Tensor) -> list[int]:
        """The tokens at `position` and after it, one for each row of (n, vocabulary) bounded scores."""
        if not self._greedy:
            bounded = bounded + torch.stack([self._gumbel(position + row, bounded.shape[-1]) for row in range(len(bounded))])
        chosen: list[int] = bounded.argmax(-1).tolist()
        return chosen

    def _gumbel(self, position: int, size: int) -> torch.Tensor:
        while self._next <= position:  # one stream of noise, in order of position
            self._noise[self._next] = -torch.empty(size, device=self._random.device).exponential_(generator=self._random).log()
            self._noise.pop(self._next - KEPT_POSITIONS, None)
            self._next += 1
        return self._noise[position]
