"""An embedder and an index for tests: words that two texts share bring them near, and nothing is kept on disk."""

import re
import threading
import zlib
from collections.abc import Callable, Sequence

import numpy as np

from companion.remember.protocol import Vector
from companion.remember.vectors import IndexLost


class FakeEmbedder:
    """Hashes words into a few dimensions. The same words give the same vector in every process.

    Attributes:
        asked: every text it was given, in order.
        fail_with: raised instead of an answer.
    """

    def __init__(self, name: str = "fake", dims: int = 64) -> None:
        self.name, self.dims = name, dims
        self.asked: list[str] = []
        self.fail_with: Exception | None = None

    def encode(self, texts: Sequence[str]) -> Vector:
        """float32 (n, dims), unit length; a text without words points the same way as another."""
        if self.fail_with:
            raise self.fail_with
        self.asked += texts
        vectors = np.zeros((len(texts), self.dims), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()) or [""]:
                hashed = zlib.crc32(word.encode())
                row[hashed % self.dims] += 1.0
                row[(hashed >> 16) % self.dims] += 0.5
        unit: Vector = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class FakeVectors:
    """Compares with every vector.

    Attributes:
        lost: relationships whose index cannot be used until it is dropped.
        fail_with: raised by every call but `drop`.
        changed: set by every change, for those who wait for one.
    """

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Vector]] = {}
        self._lock = threading.Lock()
        self.lost: set[str] = set()
        self.fail_with: Exception | None = None
        self.changed = threading.Event()

    def upsert(self, persona_id: str, ids: Sequence[str], vectors: Vector) -> None:
        """Takes vectors in."""
        mine = self._of(persona_id)
        with self._lock:
            mine.update(zip(ids, np.array(vectors, dtype=np.float32), strict=True))
        self.changed.set()

    def nearest(self, persona_id: str, vector: Vector, k: int) -> tuple[tuple[str, ...], Vector]:
        """The nearest by cosine; equals in the order of their ids."""
        mine = self._of(persona_id)
        with self._lock:
            scored = sorted((-float(vector @ each), one) for one, each in mine.items())[:k]
        return tuple(one for _, one in scored), np.array([-cosine for cosine, _ in scored], dtype=np.float32)

    def remove(self, persona_id: str, ids: Sequence[str], *, pause: Callable[[], None] = lambda: None) -> None:
        """Lets go of vectors."""
        mine = self._of(persona_id)
        pause()
        with self._lock:
            for one in ids:
                mine.pop(one, None)
        self.changed.set()

    def count(self, persona_id: str) -> int:
        """How many there are."""
        return len(self._of(persona_id))

    def ids(self, persona_id: str) -> frozenset[str]:
        """All ids."""
        return frozenset(self._of(persona_id))

    def drop(self, persona_id: str) -> None:
        """Throws a relationship away, and with it what was wrong."""
        self._kept.pop(persona_id, None)
        self.lost.discard(persona_id)

    def close(self) -> None:
        """Nothing is open."""

    def _of(self, persona_id: str) -> dict[str, Vector]:
        if self.fail_with:
            raise self.fail_with
        if persona_id in self.lost:
            raise IndexLost("it is damaged")
        return self._kept.setdefault(persona_id, {})
