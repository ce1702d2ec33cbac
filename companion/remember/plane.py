"""Notes on a plane, so that what is alike in meaning lies close together: the first two principal components of their vectors."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from companion.remember.embedder import Embeds
from companion.remember.protocol import Vector

MOST_KEPT = 4000


class Plane:
    """Lays texts out. Vectors are kept, since the same notes are laid out again and again.

    Args:
        embedder: gives the vectors.
    """

    def __init__(self, embedder: Embeds) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Vector] = OrderedDict()

    def lay_out(self, texts: Sequence[str]) -> Vector:
        """Coordinates in [-1, 1]: float32 (texts, 2). Fewer than three lie on a line.

        Raises:
            ModelError: the embedder cannot be loaded.
        """
        if not texts:
            return np.zeros((0, 2), dtype=np.float32)
        vectors = self._vectors(texts)
        centred = vectors - vectors.mean(0)
        # Left singular vectors of the smaller side: a few hundred notes against 384 dimensions.
        left, spread, _ = np.linalg.svd(centred, full_matrices=False)
        flat = np.zeros((len(texts), 2), dtype=np.float32)
        dims = min(2, left.shape[1])
        flat[:, :dims] = left[:, :dims] * spread[:dims]
        # A component has no sign of its own; the same notes shall lie the same way each time.
        flat *= np.where(flat[np.abs(flat).argmax(0), np.arange(2)] < 0, -1, 1)
        return np.asarray(flat / (np.abs(flat).max() or 1.0), dtype=np.float32)

    def _vectors(self, texts: Sequence[str]) -> Vector:
        with self._lock:
            new = [text for text in dict.fromkeys(texts) if text not in self._kept]
            if new:
                self._kept.update(zip(new, self._embedder.encode(new), strict=True))
            found = np.stack([self._kept[text] for text in texts])
            for text in dict.fromkeys(texts):
                self._kept.move_to_end(text)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return found
