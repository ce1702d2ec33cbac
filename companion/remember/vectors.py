"""The contract of a vector index: ids and unit vectors by relationship, and nothing else.

The database is the truth. An index holds nobody's words, can be thrown away at any time, and is then filled again by the
indexer. One relationship is never searched with another.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from companion.errors import StorageError
from companion.remember.protocol import Vector


class IndexLost(StorageError):
    """The index of a relationship cannot be used: it is damaged, or made by another embedder. It is made again by itself."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The search by meaning has to be prepared again: {why}.", hint="That happens by itself; until then words alone are searched."
        )


class Vectors(Protocol):
    """Finds what is near in meaning. Any thread may ask; one thread at a time changes it."""

    def upsert(self, persona_id: str, ids: Sequence[str], vectors: Vector) -> None:
        """Takes vectors in, or puts them in the place of those with the same ids; what returned is on disk.

        Args:
            ids: each once.
            vectors: float32 (len(ids), dims), unit length.

        Raises:
            IndexLost: there is an index, and it cannot be used.
            StorageError: it cannot be written.
        """

    def nearest(self, persona_id: str, vector: Vector, k: int) -> tuple[tuple[str, ...], Vector]:
        """The ids of up to `k` nearest vectors, nearest first, and their cosines: float32 (found,). None where there is no index yet.

        Args:
            vector: float32 (dims,), unit length.

        Raises:
            IndexLost: there is an index, and it cannot be used.
            StorageError: it cannot be read.
        """

    def remove(self, persona_id: str, ids: Sequence[str], *, pause: Callable[[], None] = lambda: None) -> None:
        """Lets go of vectors, bytes included; ids that are not there are no mistake. They are found no more before the bytes go.

        Args:
            pause: called between the parts of what may take long; what it raises ends it, to be done again by another call.

        Raises:
            IndexLost: there is an index, and it cannot be used.
            StorageError: it cannot be written.
        """


class Rebuildable(Protocol):
    """What the indexer asks of an index to see that it holds what the database says."""

    def count(self, persona_id: str) -> int:
        """How many vectors there are; raises as `nearest` does."""

    def ids(self, persona_id: str) -> frozenset[str]:
        """The ids of all of them; raises as `nearest` does."""

    def drop(self, persona_id: str) -> None:
        """Throws a relationship's index away, whatever state it is in.

        Raises:
            StorageError: it cannot be removed.
        """


class VectorIndex(Vectors, Rebuildable, Protocol):
    """All of it."""

    def close(self) -> None:
        """Lets go of files and connections."""
