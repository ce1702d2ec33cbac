"""When a battery is due, and one run in idle time: every so many turns of a conversation, on a side branch, ended when somebody writes.

Each probe is an errand of its own for the model's thread (`companion.trial`), which does none while anybody waits for a reply and
begins one anew that was interrupted; so a battery never holds up a turn for longer than a decoding step.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from companion.drift.battery import Battery
from companion.errors import CompanionError
from companion.store.drift_checks import DriftCheck, DriftChecks

logger = logging.getLogger(__name__)
EVERY_TURNS = 50
PROBES = 16


def due(turns: int, every: int = EVERY_TURNS, checked: int = 0) -> bool:
    """Whether a battery is due.

    Args:
        turns: messages of the user's that the conversation has.
        every: turns between two batteries; 0 for never.
        checked: turns it had at the last one.
    """
    return every > 0 and turns - (checked if checked <= turns else 0) >= every


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a battery is asked.

    Attributes:
        version: of the persona that the conversation keeps to.
        turns: messages of the user's that it has.
        adapter: what she wears.
    """

    persona_id: str
    version: int
    conversation_id: str
    turns: int
    adapter: str = ""


class Watch:
    """Runs the batteries that are due, one at a time, in a thread of its own.

    Args:
        ask: asks a conversation on the side (`Trial.ask_within`).
        battery: makes the battery for a persona as at a version.
        checks: where what they find is kept.
        every: turns between two batteries of a conversation; 0 for never.
        done: told when a battery has ended, by its conversation: reading ahead, which it interrupted, may go on.
    """

    def __init__(
        self,
        ask: Callable[[str, str], "Future[Any]"],
        battery: Callable[[str, int], Battery],
        checks: DriftChecks,
        *,
        every: int = EVERY_TURNS,
        done: Callable[[str], None] = lambda conversation_id: None,
    ) -> None:
        self._ask, self._battery, self._checks, self._every, self._done = ask, battery, checks, every, done
        self._over, self._busy = threading.Event(), threading.Lock()
        self._thread: threading.Thread | None = None

    def finished(self, asked: Asked) -> bool:
        """Told after a turn; begins a battery if one is due and none is being asked. Says whether it did."""
        with self._busy:
            if self._over.is_set() or (self._thread and self._thread.is_alive()):
                return False
            if not due(asked.turns, self._every, self._checks.checked(asked.conversation_id)):
                return False
            self._thread = threading.Thread(target=self._run, args=(asked,), name="drift", daemon=True)
            self._thread.start()
            return True

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends what is being asked, with nothing of it kept, and begins nothing more."""
        self._over.set()
        if self._thread:
            self._thread.join(timeout_s)

    def check(self, asked: Asked) -> DriftCheck | None:
        """Asks a battery now, and keeps what it found.

        Returns:
            What was found; None if it was ended, or the conversation is gone.

        Raises:
            CompanionError: she could not be asked.
        """
        battery = self._battery(asked.persona_id, asked.version)
        report = battery.run(lambda question: str(self._ask(asked.conversation_id, question).result()), PROBES, self._over.is_set)
        if report is None:
            return None
        where = {"conversation_id": asked.conversation_id, "turn": asked.turns, "adapter": asked.adapter}
        return self._checks.keep(asked.persona_id, asked.version, report.score, report.answers, **where)  # type: ignore[arg-type]

    def _run(self, asked: Asked) -> None:
        try:
            self.check(asked)
        except (CompanionError, CancelledError) as error:  # a later turn brings the next one
            logger.info("no battery was asked: %s", error)
        except Exception:
            logger.exception("a battery broke")
        finally:
            self._done(asked.conversation_id)
