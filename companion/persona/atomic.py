"""Writing a small file so that a reader, even after a power cut, sees the old one or the new one and never half of it.

Same-folder temporary file, fsync, rename: POSIX `rename(2)`; on Windows `os.replace` does the same.
"""

import os
import tempfile
from pathlib import Path

from companion.errors import StorageError


def write_atomically(path: Path, data: bytes) -> None:
    """Replaces the file's content; makes its folder when needed.

    Raises:
        StorageError: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise StorageError(f"{path.name} cannot be written: {why}.", hint="Check the free space and the rights of the folder.") from error
