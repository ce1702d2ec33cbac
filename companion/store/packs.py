"""What it takes to make pictures again, kept beside them: `<folder>/<SHA-256 of the picture's file>.safetensors`.

What many pictures share, which may be large, lies once in `<folder>/shared/<its own SHA-256>.safetensors`, and stands in the names of those
that need it: `<picture>.<shared>.safetensors`. A pack goes when its picture goes, and what was shared with the last of them; which
pictures are there is known elsewhere. What a pack holds, only the painter knows that made it.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from companion.errors import NotFoundError, StorageError
from companion.persona.atomic import write_atomically
from companion.store.media import bytes_of, removed

SUFFIX = ".safetensors"


class Packs:
    """The packs of one folder. Any thread may call any method.

    Args:
        folder: made when first needed.
        write: how a file is written; whole or not at all.
    """

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None] = write_atomically) -> None:
        self._folder, self._write = folder, write

    def keep(self, picture: str, own: bytes, shared: bytes = b"") -> None:
        """Keeps the pack of a picture.

        Args:
            picture: the digest of its file.
            own: what is of this picture alone.
            shared: what others have too; empty if there is nothing.

        Raises:
            StorageError: it cannot be written.
        """
        name = picture
        if shared:
            common = hashlib.sha256(shared).hexdigest()
            if not (at := self._shared(common)).exists():
                self._write(at, shared)
            name = f"{picture}.{common}"
        self._write(self._folder / f"{name}{SUFFIX}", own)

    def read(self, picture: str, digest: str) -> tuple[bytes, bytes]:
        """The pack of a picture: what is its own, and what it shares.

        Args:
            digest: SHA-256 of both, as the picture's record names it.

        Raises:
            NotFoundError: it is not there, or it is another one.
            StorageError: it cannot be read.
        """
        path = self._found(picture)
        if path is None:
            raise _gone()
        common = path.stem.partition(".")[2]
        try:
            own, shared = path.read_bytes(), self._shared(common).read_bytes() if common else b""
        except FileNotFoundError as error:
            raise _gone() from error
        except OSError as error:
            raise StorageError(f"{path.name} cannot be read: {error.strerror}.", hint="Check the rights of the folder.") from error
        if hashlib.sha256(own + shared).hexdigest() != digest:
            raise NotFoundError("The identity pack of this picture was changed.", hint="Bring the earlier file back.")
        return own, shared

    def has(self, picture: str) -> bool:
        """Whether there is one."""
        return self._found(picture) is not None

    def size(self) -> int:
        """Bytes of all packs together."""
        return sum(bytes_of(path) for path in (*self._files(""), *self._files("shared")))

    def sweep(self, pictures: Collection[str]) -> int:
        """Removes every pack whose picture is not among these; bytes that came free."""
        stay = {path.stem for path in self._files("") if path.stem.partition(".")[0] in pictures}
        return removed(self._files(""), stay) + removed(self._files("shared"), {stem.partition(".")[2] for stem in stay})

    def _found(self, picture: str) -> Path | None:
        return next(self._folder.glob(f"{picture}*{SUFFIX}"), None)

    def _shared(self, common: str) -> Path:
        return self._folder / "shared" / f"{common}{SUFFIX}"

    def _files(self, folder: str) -> Iterator[Path]:
        return (path for path in (self._folder / folder).glob("*") if path.is_file())


def _gone() -> NotFoundError:
    return NotFoundError("The identity pack of this picture is gone.", hint="Have a picture of the same shot painted.")
