"""Files under the digest of their bytes: what is written is whole or not there, and the same bytes are kept once.

`<folder>/<first two of the digest>/<SHA-256>.<png, webp or jpg>`. Which files are wanted is known elsewhere; `sweep` removes the
others, also what a power cut left half written.
"""

import hashlib
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from companion.errors import NotFoundError, StorageError
from companion.persona.atomic import write_atomically

logger = logging.getLogger(__name__)
SUFFIXES = {"image/png": ".png", "image/webp": ".webp", "image/jpeg": ".jpg"}


class Media:
    """The files of one folder. Any thread may call any method.

    Args:
        folder: made when first needed.
        write: how a file is written; whole or not at all.
    """

    def __init__(self, folder: Path, write: Callable[[Path, bytes], None] = write_atomically) -> None:
        self._folder, self._write = folder, write

    def keep(self, data: bytes, media_type: str) -> str:
        """Keeps a file; its SHA-256 in hex.

        Raises:
            StorageError: it cannot be written, or is of no kind that is kept here.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest, media_type)
        if not path.exists():
            self._write(path, data)
        return digest

    def path(self, digest: str, media_type: str) -> Path:
        """Where a file is, or would be.

        Raises:
            StorageError: files of this kind are not kept here.
        """
        if media_type not in SUFFIXES:
            raise StorageError(f"A file of the kind {media_type} is not kept.", hint="Use PNG, WebP or JPEG.")
        return self._folder / digest[:2] / f"{digest}{SUFFIXES[media_type]}"

    def has(self, digest: str, media_type: str) -> bool:
        """Whether it is there."""
        return self.path(digest, media_type).exists()

    def find(self, digest: str) -> Path | None:
        """A file of whichever kind; None if there is none."""
        paths = (self.path(digest, media_type) for media_type in SUFFIXES)
        return next((path for path in paths if path.exists()), None)

    def read(self, digest: str, media_type: str) -> bytes:
        """Its bytes.

        Raises:
            NotFoundError: it is not there.
            StorageError: it cannot be read.
        """
        path = self.path(digest, media_type)
        try:
            return path.read_bytes()
        except FileNotFoundError as error:
            raise NotFoundError("The file of this picture is gone.", hint="Delete the picture, or have it painted again.") from error
        except OSError as error:
            raise StorageError(f"{path.name} cannot be read: {error.strerror}.", hint="Check the rights of the folder.") from error

    def size(self) -> int:
        """Bytes of all files together."""
        return sum(bytes_of(path) for path in self._files())

    def sweep(self, wanted: Collection[str]) -> int:
        """Removes every file whose digest is not wanted.

        Returns:
            How many bytes came free. What cannot be removed stays until the next time.
        """
        return removed(self._files(), wanted)

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("??/*") if path.is_file())


def removed(paths: Iterable[Path], wanted: Collection[str]) -> int:
    """Removes files that are not called by a wanted digest; bytes that came free. What cannot be removed stays until the next time."""
    freed = 0
    for path in paths:
        if path.stem not in wanted:
            size = bytes_of(path)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                logger.warning("%s is not removed yet: %s", path.name, error)
            else:
                freed += size
    return freed


def bytes_of(path: Path) -> int:
    """How large a file is; 0 if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0  # removed meanwhile
