"""The vector index on a Chroma server: a collection for each relationship of this home.

The server gets ids and vectors, never words. What it keeps of removed ones in its own files is up to whoever runs it
(`chroma vacuum`).
"""

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from companion.errors import CompanionError, StorageError
from companion.remember.chroma_collection import Collection, translated, unreachable
from companion.remember.protocol import Vector

TIMEOUT_S = 5.0
HOME_NAME = "home"  # a file with the name by which the server knows this home from others


class ChromaServer:
    """Vectors of every relationship of one home, on a server. Any thread may call any method; nothing is sent before the first.

    Args:
        folder: where the name of this home is kept.
        embedder: name of the embedder whose vectors these are.
        timeout_s: most seconds that the server may stay silent.
    """

    def __init__(self, folder: Path, embedder: str, host: str, port: int, *, ssl: bool = False, timeout_s: float = TIMEOUT_S) -> None:
        self._folder, self._embedder = folder, embedder
        self._host, self._port, self._ssl, self._timeout_s = host, port, ssl, timeout_s
        self._connecting = threading.Lock()  # guards what is below
        self._client: Any = None
        self._opened: dict[str, Collection] = {}

    def upsert(self, persona_id: str, ids: Sequence[str], vectors: Vector) -> None:
        """See `Vectors`."""
        with self._using(persona_id, create=True) as collection:
            if collection is not None:
                collection.upsert(ids, vectors)

    def nearest(self, persona_id: str, vector: Vector, k: int) -> tuple[tuple[str, ...], Vector]:
        """See `Vectors`."""
        with self._using(persona_id) as collection:
            return collection.nearest(vector, k) if collection is not None else ((), np.zeros(0, dtype=np.float32))

    def remove(self, persona_id: str, ids: Sequence[str], *, pause: Callable[[], None] = lambda: None) -> None:
        """See `Vectors`; the bytes are the server's."""
        pause()
        with self._using(persona_id) as collection:
            if collection is not None and (there := collection.present(ids)):
                collection.delete(there)

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
        from chromadb.errors import NotFoundError

        name = self._name(persona_id)
        with self._connecting, translated():
            self._opened.pop(name, None)
            try:
                self._connected().delete_collection(name)
            except NotFoundError:
                return

    def close(self) -> None:
        """Closes the connection; the next call makes another."""
        with self._connecting:
            self._opened.clear()
            if self._client is not None:
                for one in (self._client, self._client._admin_client):
                    one._server._session.close()  # Chroma's own `close` leaves connections open
                self._client.close()
                self._client = None

    @contextmanager
    def _using(self, persona_id: str, *, create: bool = False) -> Iterator[Collection | None]:
        name = self._name(persona_id)
        with self._connecting:
            if name not in self._opened:
                client = self._connected()
                if create or _is_there(client, name):
                    self._opened[name] = Collection(client, name, self._embedder, create=create)
            one = self._opened.get(name)
        try:
            yield one
        except CompanionError:  # it may be another one by the next call
            with self._connecting:
                self._opened.pop(name, None)
            raise

    def _connected(self) -> Any:
        if self._client is None:
            import chromadb
            import httpx
            from chromadb.config import Settings

            try:
                # Chroma's own client waits for ever, already while it is made: see first that somebody answers.
                address = f"{'https' if self._ssl else 'http'}://{self._host}:{self._port}/api/v2/heartbeat"
                httpx.get(address, timeout=self._timeout_s).raise_for_status()
                settings = Settings(_env_file=None, anonymized_telemetry=False)
                self._client = chromadb.HttpClient(self._host, self._port, ssl=self._ssl, settings=settings)
            except (httpx.HTTPError, ValueError, OSError) as error:
                raise unreachable() from error
            self._client._server._session.timeout = self._timeout_s  # no setting leads there
        return self._client

    def _name(self, persona_id: str) -> str:
        return f"companion-{self._home()}-{hashlib.sha256(persona_id.encode()).hexdigest()[:32]}"

    def _home(self) -> str:
        path = self._folder / HOME_NAME
        try:
            if not path.exists():
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.write_text(uuid4().hex[:16], encoding="ascii")
            return path.read_text(encoding="ascii")
        except OSError as error:
            raise StorageError(f"Companion cannot write to {self._folder}.", hint="Make the home folder writable.") from error


def _is_there(client: Any, name: str) -> bool:
    from chromadb.errors import NotFoundError

    with translated():
        try:
            client.get_collection(name, embedding_function=None)
        except NotFoundError:
            return False
        return True
