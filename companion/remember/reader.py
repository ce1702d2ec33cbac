"""Which remark answers a question, where the embedder alone says only which is about the same.

A question and its answer are different sentences: "which team do I support?" and "match day! if Fulham lose again …". The question's
vector *q* is turned so that what answers it lies nearest; a remark's vector *d* stays what the index holds:

    score(q, d) = (own ∘ q + right (leftᵀ q) + prior) · d

which is linear in *d*, so an index by meaning finds the best of all remarks. Two scores' difference is the logarithm of how much
likelier one answers than the other. Fitted by a softmax over each question's answer, other answers and unrelated talk (InfoNCE,
van den Oord et al. 2018); `python -m benchmarks.reader_training` says on what.
"""

from functools import cache
from pathlib import Path

import numpy as np

from companion.remember.protocol import Vector

WEIGHTS = Path(__file__).with_name("reader.safetensors")


class Reader:
    """Turns questions.

    Args:
        own, prior: float32 (dims,).
        left, right: float32 (dims, rank).
    """

    def __init__(self, own: Vector, left: Vector, right: Vector, prior: Vector) -> None:
        self._own, self._left, self._right, self._prior = own, left, right, prior

    def tensors(self) -> dict[str, Vector]:
        """Its weights by name."""
        return {"own": self._own, "left": self._left, "right": self._right, "prior": self._prior}

    def turned(self, question: Vector) -> Vector:
        """The vector whose product with a remark's is the remark's score: float32 (dims,), of any length.

        Args:
            question: float32 (dims,), unit length.
        """
        turned: Vector = self._own * question + self._right @ (self._left.T @ question) + self._prior
        return turned


@cache
def reader() -> Reader:
    """The one that ships; it belongs to the embedder that ships."""
    from safetensors.numpy import load_file

    return Reader(**{name: tensor.astype(np.float32) for name, tensor in load_file(WEIGHTS).items()})
