"""An embedder that remembers its last texts: what one part of a turn has embedded is there for the next that needs it."""

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from companion.remember.embedder import Embeds
from companion.remember.protocol import Vector

MOST_KEPT = 4096  # texts; with 384 dimensions 6 MB


class CachedEmbedder:
    """Asks another embedder only for what it was not asked for lately. Any thread may ask.

    Args:
        embedder: gives the vectors.
        most: how many texts are kept, those asked for last.
    """

    def __init__(self, embedder: Embeds, most: int = MOST_KEPT) -> None:
        self._embedder, self._most = embedder, most
        self._lock = threading.Lock()  # never held while texts are embedded: nobody waits for somebody else's
        self._kept: OrderedDict[str, Vector] = OrderedDict()

    @property
    def name(self) -> str:
        """The embedder's own name."""
        return self._embedder.name

    def encode(self, texts: Sequence[str]) -> Vector:
        """The texts' vectors: float32 (n, dims), unit length, in their order.

        Raises:
            ModelError: the embedder cannot be loaded, or failed.
        """
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new or not texts:
            vectors = self._embedder.encode(new)
            if not texts:
                return vectors
            found.update(zip(new, vectors, strict=True))
        with self._lock:
            for text in dict.fromkeys(texts):
                self._kept[text] = found[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return np.stack([found[text] for text in texts])
