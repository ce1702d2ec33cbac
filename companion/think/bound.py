"""What every bound on the words of a reply has in common: it adds something to the scores, and what depends on the tokens alone."""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


KEPT_BYTES = 1 << 25
FEWEST_KEPT = 32


class Kept:
    """Tensors by what they depend on, the oldest of which leave when they are too many."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, torch.Tensor] = OrderedDict()

    def get(self, key: Hashable, make: "Callable[[], torch.Tensor]") -> "torch.Tensor":
        """The tensor of a key, made where it is not there."""
        if (found := self._kept.get(key)) is None:
            found = self._kept[key] = make()
            if len(self._kept) > max(FEWEST_KEPT, KEPT_BYTES // max(1, found.nbytes)):
                self._kept.popitem(last=False)
        return found


class Bound(ABC):
    """A logits processor over one reply."""

    @abstractmethod
    def added(self, reply: list[int], device: "torch.device") -> "torch.Tensor | None":
        """What is added to the scores of what may follow: float32 (vocabulary,), −∞ where a token may not; None adds nothing.

        Args:
            reply: its tokens so far.
            device: where the scores lie.
        """

    def __call__(self, input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """input_ids: int64 (batch, tokens of the reply); scores: float32 (batch, vocabulary), returned with the bound applied."""
        import torch

        return torch.stack([self.applied(reply, row) for reply, row in zip(input_ids.tolist(), scores, strict=True)])

    def applied(self, reply: list[int], scores: "torch.Tensor") -> "torch.Tensor":
        """Scores (vocabulary,) of what may follow one reply, with the bound applied."""
        added = self.added(reply, scores.device)
        return scores if added is None else scores + added
