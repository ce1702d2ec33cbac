"""What it takes to make pictures again, kept beside them: `<folder>/<SHA-256 of the picture's file>.safetensors`.

A pack goes when its picture goes: which pictures are there is known elsewhere. What a pack holds, only the painter knows that made it.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from companion.errors import NotFoundError, StorageError
from companion.persona.atomic import write_atomically
from companion.store.media import bytes_of, removed


class Packs:
    """The packs of one folder. Any thread may call any method.

    Args:
        folder: made when first needed.
        write: how a file is written; whole or not at all.
    """

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None] = write_atomically) -> None:
        self._folder, self._write = folder, write

    def keep(self, picture: str, pack: bytes) -> None:
        """Keeps the pack of a picture.

        Args:
            picture: the digest of its file.

        Raises:
            StorageError: it cannot be written.
        """
        self._write(self._path(picture), pack)

    def read(self, picture: str, digest: str) -> bytes:
        """The pack of a picture.

        Args:
            digest: of the pack, as the picture's record names it.

        Raises:
            NotFoundError: it is not there, or it is another one.
            StorageError: it cannot be read.
        """
        path = self._path(picture)
        try:
            pack = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("The identity pack of this picture is gone.", hint="Have a picture of the same shot painted.") from error
        except OSError as error:
            raise StorageError(f"{path.name} cannot be read: {error.strerror}.", hint="Check the rights of the folder.") from error
        if hashlib.sha256(pack).hexdigest() != digest:
            raise NotFoundError("The identity pack of this picture was changed.", hint="Bring the earlier file back.")
        return pack

    def has(self, picture: str) -> bool:
        """Whether there is one."""
        return self._path(picture).exists()

    def size(self) -> int:
        """Bytes of all packs together."""
        return sum(bytes_of(path) for path in self._files())

    def sweep(self, pictures: Collection[str]) -> int:
        """Removes every pack whose picture is not among these; bytes that came free."""
        return removed(self._files(), pictures)

    def _path(self, picture: str) -> Path:
        return self._folder / f"{picture}.safetensors"

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*") if path.is_file())
