"""One thread paints: what was asked for in its order, and when nobody waits, what may be wanted later.

A painter fills the memory and paints one picture at a time, so there is one thread for all. What was asked for comes first: a
picture painted ahead is broken off for it, and its turn comes again. A job's end is told as it was: with a picture that is kept, or
with a message and what to do about it.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import uuid4

from companion.errors import Cancelled, CompanionError, ConflictError, NotFoundError
from companion.shot import Kind, Picture, Shot
from companion.show.protocol import Progress, Told

logger = logging.getLogger(__name__)

State = Literal["waiting", "painting", "done", "failed", "stopped"]
Paint = Callable[[Told, threading.Event], Picture]
Ahead = Callable[[threading.Event], bool]
MOST_WAITING = 16
KEPT_JOBS = 64  # ended ones that a page can still ask for


@dataclass(frozen=True, slots=True)
class Job:
    """A picture that was asked for, as it stands.

    Attributes:
        share: how far it is, in [0, 1].
        preview: a small picture as it stands (PNG, JPEG or WebP), if there is one.
        picture_id: of the picture, as soon as it is kept; empty until then.
        error, hint: what went wrong and what to do about it; empty unless it failed.
    """

    id: str
    persona_id: str
    shot: Shot
    kind: Kind
    state: State = "waiting"
    share: float = 0.0
    preview: bytes | None = None
    picture_id: str = ""
    error: str = ""
    hint: str = ""
    conversation_id: str | None = None
    message_id: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ("done", "failed", "stopped")


@dataclass(eq=False, slots=True)
class _Asked:
    """A job, what it does, and what ends it."""

    job: Job
    paint: Paint | None = None  # None of one that ended as it came
    cancel: threading.Event = field(default_factory=threading.Event)


class Jobs:
    """Takes jobs and tells what becomes of them. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # guards everything below
        self._all: dict[str, _Asked] = {}
        self._queue: deque[_Asked] = deque()
        self._painting: _Asked | None = None
        self._ahead: list[Ahead] = []
        self._break_off = threading.Event()  # set as soon as what is painted ahead must end
        self._closing = False
        self._thread: threading.Thread | None = None

    def ask(self, job: Job, paint: Paint) -> Job:
        """Takes a job, whose id is made here.

        Args:
            paint: makes the picture and keeps it, in the painting thread.

        Raises:
            ConflictError: too many are waiting, or the program is closing.
        """
        asked = _Asked(replace(job, id=uuid4().hex), paint)
        with self._changed:
            self._refuse_when_closing()
            if len(self._queue) >= MOST_WAITING:
                raise ConflictError(f"{MOST_WAITING} pictures are waiting already.", hint="Wait until one of them is done, or cancel one.")
            self._all[asked.job.id] = asked
            self._queue.append(asked)
            self._break_off.set()
            self._begin()
        return asked.job

    def ready(self, job: Job, picture: Picture) -> Job:
        """Takes a job that needs no painting: it is done as it comes."""
        return self._ended(replace(job, id=uuid4().hex, state="done", share=1.0, picture_id=picture.id))

    def refused(self, job: Job, error: CompanionError) -> Job:
        """Takes a job that nobody could begin, so that whoever looks is told why."""
        return self._ended(replace(job, id=uuid4().hex, state="failed", error=error.message, hint=error.hint))

    def job(self, job_id: str) -> Job:
        """A job as it stands.

        Raises:
            NotFoundError: it ended long ago, or never was.
        """
        with self._changed:
            if job_id not in self._all:
                raise NotFoundError("This picture is no longer being followed.", hint="Look for it in the gallery.")
            return self._all[job_id].job

    def jobs(self) -> tuple[Job, ...]:
        """All of them, the oldest first; of those that ended, the last few."""
        with self._changed:
            return tuple(asked.job for asked in self._all.values())

    def cancel(self, job_id: str) -> None:
        """Ends a job: one that waits at once, one that is painted within one step. Harmless when it has ended."""
        with self._changed:
            asked = self._all.get(job_id)
            if asked is None:
                return
            asked.cancel.set()
            if asked in self._queue:
                self._queue.remove(asked)
                self._tell(asked, state="stopped")
                self._forget_oldest()

    def wait(self, job_id: str, timeout_s: float) -> Job:
        """Waits until a job has ended, or the time is over; the job as it stands then.

        Raises:
            NotFoundError: it ended long ago, or never was.
        """
        with self._changed:
            self._changed.wait_for(lambda: job_id not in self._all or self._all[job_id].job.ended, timeout_s)
        return self.job(job_id)

    def paint_ahead(self, ahead: Ahead) -> None:
        """Says what else the thread does when nobody waits for a picture; what it was told before comes first.

        Args:
            ahead: paints one picture, ended early by the event, and says whether there is more to do.
        """
        with self._changed:
            if not self._closing and ahead not in self._ahead:
                self._ahead.append(ahead)
                self._begin()

    def break_off(self) -> None:
        """Ends the picture that is being painted ahead, if one is, within one step."""
        self._break_off.set()

    def close(self) -> None:
        """Ends everything, within one step of the painter, and waits for the thread."""
        with self._changed:
            self._closing = True
            self._ahead.clear()
            self._break_off.set()
            for asked in (*self._queue, *([self._painting] if self._painting else [])):
                asked.cancel.set()
            for asked in self._queue:
                self._tell(asked, state="stopped")
            self._queue.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _ended(self, job: Job) -> Job:
        with self._changed:
            self._all[job.id] = _Asked(job)
            self._forget_oldest()
        return job

    def _begin(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="painting", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise ConflictError("Companion is closing.", hint="Start it again to go on.")

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._queue or self._ahead)
                if self._closing:
                    return
                asked, ahead = (self._queue.popleft(), None) if self._queue else (None, self._ahead[0])
                self._painting = asked
                self._break_off.clear()
                if asked is not None:
                    self._tell(asked, state="painting")
            if asked is not None:
                self._do(asked)
            elif ahead is not None and not self._go_ahead(ahead):
                with self._changed:
                    self._ahead = [one for one in self._ahead if one != ahead]

    def _go_ahead(self, ahead: Ahead) -> bool:
        try:
            return ahead(self._break_off)
        except Exception:
            logger.exception("painting ahead broke")
            return False

    def _do(self, asked: _Asked) -> None:
        def told(progress: Progress) -> None:
            with self._changed:
                share = max(asked.job.share, min(1.0, progress.share))
                self._tell(asked, share=share, preview=progress.preview or asked.job.preview)

        end: dict[str, object]
        assert asked.paint is not None  # only those that are to be painted wait
        try:
            picture = asked.paint(told, asked.cancel)
            end = {"state": "done", "share": 1.0, "picture_id": picture.id}
        except Cancelled:
            end = {"state": "stopped"}
        except CompanionError as error:
            end = {"state": "failed", "error": error.message, "hint": error.hint}
        except MemoryError:
            hint = "Close other programs, or choose a smaller painter, and try again."
            end = {"state": "failed", "error": "The memory does not suffice for this picture.", "hint": hint}
        except Exception:
            logger.exception("a picture broke")
            end = {"state": "failed", "error": "This picture could not be painted.", "hint": "Try again; the log says what went wrong."}
        with self._changed:
            self._painting = None
            self._tell(asked, **end)
            self._forget_oldest()

    def _tell(self, asked: _Asked, **change: object) -> None:
        asked.job = replace(asked.job, **change)  # type: ignore[arg-type]
        self._changed.notify_all()

    def _forget_oldest(self) -> None:
        ended = [job_id for job_id, asked in self._all.items() if asked.job.ended]
        for job_id in ended[: max(0, len(ended) - KEPT_JOBS)]:
            with suppress(KeyError):
                del self._all[job_id]
