"""Whether a line asks to see her, or calls for a picture, by what it means: its vector beside those of a few examples.

The nearest example decides (Cover and Hart 1967, "Nearest neighbor pattern classification"), if it is near enough and the nearest of
another kind is farther by a margin; most lines are neither. Examples and thresholds are data (`triggers.yaml`). Whoever encodes is
given from outside; vectors of examples are computed when the first line is read.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from companion.show.asking import book

Vectors = NDArray[np.float32]
Kind = Literal["asked", "story"]
KINDS = ("asked", "story", "neither")
MOST_CHARS = 400


class Meaning:
    """Reads lines by the vectors of a sentence encoder. Any thread may ask.

    Args:
        encode: texts → their vectors, float32 (n, dims), unit length.
        examples: as `triggers.yaml` has them under `meanings`; without them those that come with the program.
    """

    def __init__(self, encode: Callable[[Sequence[str]], Vectors], examples: Mapping[str, Any] | None = None) -> None:
        self._encode = encode
        self._examples = examples or book()["meanings"]
        self._kinds = [kind for kind in KINDS for _ in self._examples[kind]]
        self._loading = threading.Lock()
        self._known: Vectors | None = None

    def of(self, text: str, vector: Vectors | None = None) -> Kind | None:
        """What a line means; None for neither.

        Args:
            text: the line; of a long one the beginning is read.
            vector: its own, by the same encoder, where somebody has it already: float32 (dims,), unit length.

        Raises:
            ModelError: the encoder failed.
        """
        if vector is None:
            (vector,) = self._encode([text[:MOST_CHARS]])
        near = self._vectors() @ vector
        nearest = {kind: max(score for score, own in zip(near.tolist(), self._kinds, strict=True) if own == kind) for kind in KINDS}
        best = max(nearest, key=lambda kind: nearest[kind])
        others = max(score for kind, score in nearest.items() if kind != best)
        if best == "neither" or nearest[best] < self._examples["least"][best] or nearest[best] - others < self._examples["ahead"]:
            return None
        return cast(Kind, best)

    def _vectors(self) -> Vectors:
        with self._loading:
            if self._known is None:
                self._known = self._encode([one for kind in KINDS for one in self._examples[kind]])
            return self._known
