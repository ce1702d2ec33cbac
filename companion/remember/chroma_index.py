"""The vector index in the home folder: an embedded Chroma, one folder for each relationship.

Chroma marks what it deletes and keeps the bytes in several files. To be rid of them, a relationship's folder is written anew
without what was removed and put in the old one's place; that is why each has a folder of its own, named by a digest. At any
moment of this a crash leaves the old index or the new one. What an SSD keeps of old blocks is out of reach.

One process at a time: Companion's lock on the home folder sees to that.
"""

import hashlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from companion.errors import StorageError
from companion.remember import hnsw_files
from companion.remember.chroma_collection import Collection, translated
from companion.remember.protocol import Vector
from companion.remember.vectors import IndexLost

COLLECTION = "vectors"
MOST_OPEN = 8  # each open one holds a few threads and files
REMAINS = "remains"  # a file: bytes of what was removed are still in the folder beside it


@dataclass(slots=True)
class _Open:
    """A folder that is open, and how many calls are inside it."""

    client: Any
    collection: Collection
    users: int = 0


class ChromaIndex:
    """Vectors of every relationship of one home folder. Any thread may call any method.

    Args:
        folder: where the folders of relationships lie; made when it is needed.
        embedder: name of the embedder whose vectors these are.
    """

    def __init__(self, folder: Path, embedder: str) -> None:
        self._folder, self._embedder = folder, embedder
        self._writing = threading.RLock()
        self._changed = threading.Condition()  # guards what is below
        self._opened: dict[str, _Open] = {}  # by digest; the one used last stands last
        self._closing: set[str] = set()  # whoever comes now waits outside, else it would never be empty

    def upsert(self, persona_id: str, ids: Sequence[str], vectors: Vector) -> None:
        """See `Vectors`."""
        with self._writing, self._using(persona_id, create=True) as collection:
            if collection is not None:
                collection.upsert(ids, vectors)

    def nearest(self, persona_id: str, vector: Vector, k: int) -> tuple[tuple[str, ...], Vector]:
        """See `Vectors`."""
        with self._using(persona_id) as collection:
            return collection.nearest(vector, k) if collection is not None else ((), np.zeros(0, dtype=np.float32))

    def remove(self, persona_id: str, ids: Sequence[str], *, pause: Callable[[], None] = lambda: None) -> None:
        """See `Vectors`."""
        with self._writing:
            remains = self._path(persona_id) / REMAINS
            with self._using(persona_id) as collection:
                if collection is None:
                    return
                if there := collection.present(ids):
                    remains.touch()
                    collection.delete(there)
            if remains.exists():
                self._rewrite(persona_id, pause)

    def count(self, persona_id: str) -> int:
        """See `Rebuildable`."""
        with self._using(persona_id) as collection:
            return collection.count() if collection is not None else 0

    def ids(self, persona_id: str) -> frozenset[str]:
        """See `Rebuildable`."""
        with self._using(persona_id) as collection:
            return frozenset(collection.ids()) if collection is not None else frozenset()

    def drop(self, persona_id: str) -> None:
        """See `Rebuildable`."""
        path = self._path(persona_id)
        with self._writing, self._alone(path.name), _on_disk(path):
            for one in (path, _beside(path, "new"), _beside(path, "old")):
                if one.exists():
                    shutil.rmtree(one)

    def close(self) -> None:
        """Closes what is open, as soon as nobody is inside; it may be used again."""
        with self._writing, self._changed:
            for name in list(self._opened):
                self._close(name)

    def _path(self, persona_id: str) -> Path:
        return self._folder / hashlib.sha256(persona_id.encode()).hexdigest()[:32]

    @contextmanager
    def _using(self, persona_id: str, *, create: bool = False) -> Iterator[Collection | None]:
        """A relationship's collection, held open meanwhile; None if there is none and none is made."""
        path = self._path(persona_id)
        with self._changed:
            self._changed.wait_for(lambda: path.name not in self._closing)
            one = self._opened.pop(path.name, None) or self._open(path, create=create)
            if one is not None:
                self._opened[path.name] = one
                one.users += 1
                self._close_idle()
        try:
            yield one.collection if one is not None else None
        finally:
            if one is not None:
                with self._changed:
                    one.users -= 1
                    self._changed.notify_all()

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Nobody has this folder open, and nobody can open it."""
        with self._changed:
            self._close(name)
            yield

    def _open(self, path: Path, *, create: bool) -> _Open | None:
        with _on_disk(path):
            _tidy(path)
            if not path.exists():
                if not create:
                    return None
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.mkdir(mode=0o700)
        if any(path.iterdir()):
            _sweep(path)
            hnsw_files.blank_unused(path)
            hnsw_files.check(path)
        elif not create:
            return None
        return self._client(path, create=create)

    def _client(self, path: Path, *, create: bool) -> _Open:
        import chromadb
        from chromadb.config import Settings

        with translated():
            # Chroma would read a file `.env` in the working folder, which is none of its business here.
            settings = Settings(_env_file=None, anonymized_telemetry=False)
            client: Any = chromadb.PersistentClient(str(path), settings=settings)
        try:
            return _Open(client, Collection(client, COLLECTION, self._embedder, create=create))
        except BaseException:
            client.close()
            raise

    def _close_idle(self) -> None:
        for name in [name for name, one in self._opened.items() if not one.users][: max(0, len(self._opened) - MOST_OPEN)]:
            self._close(name)

    def _close(self, name: str) -> None:
        if name in self._opened:
            self._closing.add(name)
            try:
                self._changed.wait_for(lambda: not self._opened[name].users)
                self._opened.pop(name).client.close()
                hnsw_files.blank_unused(self._folder / name)
            finally:
                self._closing.discard(name)
                self._changed.notify_all()

    def _rewrite(self, persona_id: str, pause: Callable[[], None]) -> None:
        path = self._path(persona_id)
        new, old = _beside(path, "new"), _beside(path, "old")
        with _on_disk(path):
            if new.exists():
                shutil.rmtree(new)
            new.mkdir(mode=0o700)
        with self._using(persona_id) as collection:
            if collection is None:
                raise IndexLost("it is not there")
            fresh = self._client(new, create=True)
            try:
                collection.copy_to(fresh.collection, pause)
            finally:
                fresh.client.close()
        with self._alone(path.name), _on_disk(path):
            path.rename(old)
            _tidy(path)
            _sweep(path)
            hnsw_files.blank_unused(path)


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.{what}")


def _tidy(path: Path) -> None:
    """Ends a rewriting that was cut short, if there was one: the old folder moves away only when the new one is complete."""
    new, old = _beside(path, "new"), _beside(path, "old")
    if old.exists() and not path.exists() and new.exists():
        new.rename(path)
    for one in (old, new):
        if one.exists():
            shutil.rmtree(one)


def _sweep(path: Path) -> None:
    """Removes folders of segments that the database in there does not know.

    Chroma lets go of a closed folder a moment later, and may write once more to where it was.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path / 'chroma.sqlite3'))}?mode=ro", uri=True)) as database:
            known = {name for (name,) in database.execute("SELECT id FROM segments")}
    except sqlite3.Error:  # damaged: whoever opens it will see
        return
    for one in path.iterdir():
        if one.is_dir() and one.name not in known:
            shutil.rmtree(one)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "Make the home folder writable, or free some space; it goes on by itself then."
        raise StorageError(f"The search by meaning cannot be kept in {path.parent}.", hint=hint) from error
