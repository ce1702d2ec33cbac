"""Learns from what was said, after the reply and never in its way.

The list of what is still to be read stands in the database, and what was learnt from a message is written together with the
mark that it was read: a process that dies half-way loses nothing and learns nothing twice. A queue beside the database could
promise neither.
"""

import logging
import threading
from collections.abc import Callable

from companion.errors import CompanionError
from companion.learn.statements import Statement, extract
from companion.store.memories import Memories, New, Unlearned
from companion.store.memory_records import Extractor

logger = logging.getLogger(__name__)
BATCH = 50
LONGEST_WAIT_S = 30.0  # after an error, and as a net below `wake`


class Learner:
    """Reads messages in the background.

    Args:
        memories: where they wait, and where what is learnt goes.
        patterns: brings the emotional patterns up to date; says whether one has changed.
        learnt: called after a batch that taught something, and after a change of patterns.
        learns: whether a persona, by her id, keeps what is said; what was said to one who does not counts as read.
    """

    def __init__(
        self,
        memories: Memories,
        *,
        patterns: Callable[[], bool] = lambda: False,
        learnt: Callable[[], None] = lambda: None,
        learns: Callable[[str], bool] = lambda persona_id: True,
    ) -> None:
        self._memories, self._patterns, self._learnt, self._learns = memories, patterns, learnt, learns
        self._telling = threading.Lock()  # guards the two below, which never stand together
        self._woken = threading.Event()
        self._idle = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="learner", daemon=True)

    def start(self) -> None:
        """Begins, with what was left over from before."""
        self._woken.set()
        self._thread.start()

    def wake(self) -> None:
        """There is something to read."""
        with self._telling:
            self._idle.clear()
            self._woken.set()

    def caught_up(self, timeout_s: float) -> bool:
        """Waits until nothing is left to read; says whether that has come."""
        return self._idle.wait(timeout_s)

    def stop(self) -> None:
        """Ends after the message it is at."""
        self._ending.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def catch_up(self) -> int:
        """Reads everything that waits and renews the patterns, in the caller's thread.

        Returns:
            How many messages were read.

        Raises:
            StorageError: the database cannot be read or written.
        """
        read = 0
        while not self._ending.is_set() and (waiting := self._memories.backlog(limit=BATCH)):
            for message in waiting:
                self._memories.learnt(message.id, notes_of(message) if self._learns(message.persona_id) else (), read=message.text)
                read += 1
                if self._ending.is_set():
                    break
            self._learnt()
        if not self._ending.is_set() and self._patterns():
            self._learnt()
        return read

    def _run(self) -> None:
        while not self._ending.is_set():
            self._woken.wait(LONGEST_WAIT_S)
            self._woken.clear()
            try:
                self.catch_up()
                with self._telling:
                    if not self._woken.is_set():
                        self._idle.set()
            except CompanionError as error:  # a full disk, a locked file: it is tried again
                logger.warning("nothing could be learnt just now: %s", error)
            except Exception:
                logger.exception("learning ended in a bug")
                return


def notes_of(message: Unlearned) -> tuple[New, ...]:
    """What a message teaches: nothing, if it is the persona's own."""
    if message.role != "user":
        return ()
    stated = extract(message.text, message.created_at.astimezone(), asked=message.asked)
    return tuple(note(one, message, "rules") for one in stated)


def note(one: Statement, message: Unlearned, extractor: Extractor) -> New:
    """A statement as it is remembered."""
    return New(
        one.kind,
        one.text,
        said_at=message.created_at,
        subject=one.subject,
        attribute=one.attribute,
        value=one.value,
        slot=one.slot,
        denies=one.denies,
        holds_from=one.holds_from,
        holds_until=one.holds_until,
        importance=one.importance,
        sources=(message.id,),
        extractor=extractor,
    )
