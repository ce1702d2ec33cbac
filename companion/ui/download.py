"""One download at a time, in a thread of its own, so that closing a tab does not end it.

The registry does the fetching; here is only who waits for it, how far it is, and the wish to stop.
"""

import threading
from dataclasses import dataclass, replace

from companion.errors import CompanionError, DownloadError
from companion.think.models import Models


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, in bytes; `problem` is why it ended early.

    Attributes:
        model_id: what is fetched; empty when nothing has been.
    """

    model_id: str = ""
    arrived_bytes: int = 0
    total_bytes: int = 0
    running: bool = False
    problem: CompanionError | None = None


class Download:
    """Fetches models for a page. Safe to use from several threads.

    Args:
        models: the registry that fetches and installs.
    """

    def __init__(self, models: Models) -> None:
        self._models = models
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._progress = Progress()

    def progress(self) -> Progress:
        """How far the last one is."""
        with self._lock:
            return self._progress

    def start(self, source: str) -> None:
        """Begins to fetch a model, or goes on with it; does nothing while another is running."""
        with self._lock:
            if self._progress.running:
                return
            self._progress = Progress(source, running=True)
            self._stop.clear()
        threading.Thread(target=self._run, args=(source,), name="download", daemon=True).start()

    def stop(self) -> None:
        """Ends it at the next piece; what has arrived is kept."""
        self._stop.set()

    def _run(self, source: str) -> None:
        problem: CompanionError | None = None
        try:
            self._models.add(source, self._advance)
        except CompanionError as error:
            problem = error
        except Exception as error:  # a bug must not leave the page waiting for a thread that is gone
            problem = DownloadError(f"The download failed: {error}.", hint="Try again; what has arrived is kept.")
            raise
        finally:
            with self._lock:
                self._progress = replace(self._progress, running=False, problem=problem)

    def _advance(self, arrived_bytes: int, total_bytes: int) -> None:
        with self._lock:
            self._progress = replace(self._progress, arrived_bytes=arrived_bytes, total_bytes=total_bytes)
        if self._stop.is_set():
            raise DownloadError("The download was stopped.", hint="Start it again and it goes on from there.")
