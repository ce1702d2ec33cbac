"""One relationship's vectors in a Chroma collection: ids and vectors, neither texts nor metadata.

Shared by the index in the home folder and by the one on a server. What Chroma raises becomes an error for people here.

Settings of the graph (hnswlib; Malkov and Yashunin 2018), chosen on sentence vectors, 384 dimensions, 100 questions, share of the
true 50 nearest among 200 found, and milliseconds of one core a question:

    vectors             1,000        10,000       100,000
    ef_search 100    1.00, 0.7    0.988, 1.2    0.969, 1.6
    ef_search 400    1.00, 1.1    0.997, 1.4    0.987, 2.1
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from companion.errors import CompanionError, StorageError
from companion.remember.protocol import Vector
from companion.remember.vectors import IndexLost

GRAPH = {"space": "cosine", "max_neighbors": 16, "ef_construction": 100, "ef_search": 400, "num_threads": 1, "sync_threshold": 2000}
FORM = 2  # how an index is filled; one filled otherwise is made anew
ROWS_AT_ONCE = 64  # a question waits for one write at most: 0.4 ms a row and one flush to the disk
COPIED_AT_ONCE = 256
_NOT_THE_INDEX = {5, 6, 8, 10, 13, 14}  # SQLite: busy, locked, read-only, the disk refuses, full, cannot be opened


class Collection:
    """A collection that is open.

    Args:
        client: a chromadb client.
        name: of the collection.
        embedder: whose vectors these are; a collection of another embedder is lost.
        create: make it if it is not there.

    Raises:
        IndexLost: it is not there, of another embedder, or cannot be read.
        StorageError: the disk or the server refuses.
    """

    def __init__(self, client: Any, name: str, embedder: str, *, create: bool) -> None:
        from chromadb.errors import NotFoundError

        with translated():
            try:
                self._chroma = client.get_collection(name, embedding_function=None)
            except NotFoundError as error:
                if not create:
                    raise IndexLost("it is not there") from error
                fresh = {"embedder": embedder, "form": FORM}
                self._chroma = client.create_collection(name, embedding_function=None, metadata=fresh, configuration={"hnsw": GRAPH})
            made_of = self._chroma.metadata or {}
            if made_of.get("embedder") != embedder:
                raise IndexLost("it was made by another embedder")
            if made_of.get("form") != FORM:
                raise IndexLost("it was made by another version of Companion")

    def upsert(self, ids: Sequence[str], vectors: Vector, rows_at_once: int = ROWS_AT_ONCE) -> None:
        """Takes vectors in, in parts."""
        with translated():
            for start in range(0, len(ids), rows_at_once):
                part = slice(start, start + rows_at_once)
                self._chroma.upsert(ids=list(ids[part]), embeddings=np.ascontiguousarray(vectors[part], dtype=np.float32))

    def nearest(self, vector: Vector, k: int) -> tuple[tuple[str, ...], Vector]:
        """Ids, nearest first, and cosines: float32 (found,)."""
        with translated():
            question = np.ascontiguousarray(vector, dtype=np.float32)[None]
            found = self._chroma.query(query_embeddings=question, n_results=max(1, k), include=["distances"])
        distances: Vector = np.asarray(found["distances"][0], dtype=np.float32)
        return tuple(found["ids"][0])[:k], (1.0 - distances)[:k]

    def count(self) -> int:
        """How many vectors there are."""
        with translated():
            return int(self._chroma.count())

    def ids(self) -> tuple[str, ...]:
        """All ids."""
        with translated():
            return tuple(self._chroma.get(include=[])["ids"])

    def present(self, ids: Sequence[str]) -> list[str]:
        """Those ids that are there."""
        found: list[str] = []
        with translated():
            for start in range(0, len(ids), COPIED_AT_ONCE):
                found += self._chroma.get(ids=list(ids[start : start + COPIED_AT_ONCE]), include=[])["ids"]
        return found

    def delete(self, ids: Sequence[str]) -> None:
        """Lets go of vectors that are there; their bytes stay in Chroma's files."""
        with translated():
            for start in range(0, len(ids), COPIED_AT_ONCE):
                self._chroma.delete(ids=list(ids[start : start + COPIED_AT_ONCE]))

    def copy_to(self, other: "Collection", pause: Callable[[], None]) -> None:
        """Puts everything into another collection."""
        ids = self.ids()
        for start in range(0, len(ids), COPIED_AT_ONCE):
            pause()
            with translated():
                part = self._chroma.get(ids=list(ids[start : start + COPIED_AT_ONCE]), include=["embeddings"])
                vectors = np.asarray(part["embeddings"], dtype=np.float32)
            other.upsert(part["ids"], vectors, COPIED_AT_ONCE)
        if other.count() != len(ids):
            raise IndexLost("not all of it could be copied")


@contextmanager
def translated() -> Iterator[None]:
    """Makes an error for people of what Chroma raises: the disk or the server refuses, or the index is beyond use."""
    from chromadb.errors import ChromaError
    from httpx import HTTPError

    try:
        yield
    except CompanionError:
        raise
    except HTTPError as error:
        raise unreachable() from error
    except (ChromaError, ValueError, OSError) as error:
        code = re.search(r"\(code: (\d+)\)", str(error))
        if isinstance(error, OSError) or (code and int(code[1]) & 0xFF in _NOT_THE_INDEX):
            raise StorageError(
                "The search by meaning cannot be kept on the disk.",
                hint="Check that the home folder is writable and has free space; it goes on by itself then.",
            ) from error
        raise IndexLost("it cannot be read") from error
    except BaseException as error:
        if type(error) is Exception:  # what Chroma's client makes of a server's answer that it does not know
            raise unreachable() from error
        if type(error).__name__ == "PanicException":  # Chroma's native code broke off; it is no Exception
            raise IndexLost("it cannot be read") from error
        raise


def unreachable() -> StorageError:
    """The error of a server that does not answer."""
    hint = "Start it, or check COMPANION_CHROMA_URL; until then words alone are searched."
    return StorageError("The Chroma server does not answer as it should.", hint=hint)
