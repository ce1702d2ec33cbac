"""One writer for one home folder: a lock file that the system releases when its process ends, however it ends."""

from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from companion.errors import ConflictError
from companion.store.database import cannot_write, create_home

LOCK_NAME = "companion.lock"


class HomeLock:
    """Held by the program that writes to a home folder, as a context manager or by hand. Readers need none.

    Keep the object as long as the lock is needed: when it is collected, the lock is gone.

    Args:
        home: the folder; it is created if it is not there.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = FileLock(home / LOCK_NAME, timeout=0)

    def acquire(self) -> None:
        """Takes the lock, or says at once that it is taken.

        Raises:
            ConflictError: another program holds it.
            StorageError: the folder cannot be written.
        """
        create_home(self._home)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise ConflictError(
                f"Companion is already running with the folder {self._home}.",
                hint="Use the one that is open, or close it first; COMPANION_HOME names another folder.",
            ) from error
        except OSError as error:
            raise cannot_write(self._home) from error

    def release(self) -> None:
        """Gives it back; harmless when it is not held."""
        self._lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()
