"""Painting ahead: the pictures most likely to be called for, one after the other, whenever nobody waits for one.

It goes on where it ended: what is ready is not painted again, so that a program that was closed in the middle needs nothing but the
same order. It ends before ready pictures would have to go for new ones.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from companion.errors import Cancelled, CompanionError
from companion.persona.library import Persona
from companion.shot import Expression, Picture, Shot
from companion.show.templates import complete, coverage, likely
from companion.showing import Showing

__all__ = ["Progress", "Warming"]
logger = logging.getLogger(__name__)
USUAL = 60
MOST_FAILURES = 3  # in a row: the fourth would fail as well


@dataclass(frozen=True, slots=True)
class Progress:
    """How far painting ahead is.

    Attributes:
        done: how many of the pictures are ready, those from before included.
        total: how many are wanted.
        failed: how many could not be painted.
        running: whether it goes on.
        error, hint: why it ended before it was done, or what the last failure was; empty if nothing was wrong.
    """

    persona_id: str
    done: int
    total: int
    failed: int = 0
    running: bool = True
    error: str = ""
    hint: str = ""


@dataclass(slots=True)
class _Order:
    """What is still to be painted for a persona."""

    persona: Persona
    shots: list[Shot]
    progress: Progress
    in_a_row: int = 0


class Warming:
    """Paints ahead for one persona after the other. Every method may be called from any thread."""

    def __init__(self, showing: Showing) -> None:
        self._showing = showing
        self._changed = threading.Condition()  # guards everything below
        self._orders: dict[str, _Order] = {}

    def warm(self, persona: Persona, shots: Sequence[Shot] | None = None, *, count: int = USUAL) -> Progress:
        """Has pictures painted ahead; an order that is under way for her is replaced.

        Args:
            shots: which; None for the most likely ones.
            count: how many of those.

        Raises:
            ModelError, NotFoundError: there is nobody to paint her.
            StorageError: what is ready cannot be read.
        """
        visual = persona.blueprint.visual
        wanted = tuple(dict.fromkeys(complete(shot, visual) for shot in (likely(visual, count) if shots is None else shots)))
        ready = {picture.shot for picture in self._showing.templates(persona)}
        missing = [shot for shot in wanted if shot not in ready]
        progress = Progress(persona.id, len(wanted) - len(missing), len(wanted), running=bool(missing))
        with self._changed:
            self._orders[persona.id] = _Order(persona, missing, progress)
        if missing:
            self._showing.paint_ahead(self._next)
        return progress

    def progress(self, persona_id: str) -> Progress | None:
        """How far it is for a persona; None if nothing was asked for."""
        with self._changed:
            order = self._orders.get(persona_id)
            return order.progress if order else None

    def cancel(self, persona_id: str) -> None:
        """Ends it within one step of the painter; what is ready stays."""
        with self._changed:
            painting = next((one.persona.id for one in self._orders.values() if one.progress.running), "")
            self._end(persona_id)
        if painting == persona_id:
            self._showing.break_off()

    def wait(self, persona_id: str, timeout_s: float) -> Progress | None:
        """Waits until it goes on no longer, or the time is over; how far it is then."""
        with self._changed:
            self._changed.wait_for(lambda: persona_id not in self._orders or not self._orders[persona_id].progress.running, timeout_s)
        return self.progress(persona_id)

    def coverage(self, persona: Persona) -> dict[str, dict[Expression, int]]:
        """How many pictures are ready, by setting and expression."""
        return coverage(persona.blueprint.visual, self._showing.templates(persona))

    def _next(self, break_off: threading.Event) -> bool:
        """Paints one picture. Says whether there is more to do."""
        with self._changed:
            order = next((one for one in self._orders.values() if one.progress.running), None)
            shot = order.shots[0] if order else None
        if order is None or shot is None:
            return False
        if not self._showing.has_room():
            with self._changed:
                self._end(order.persona.id, "There is no room for more pictures.", "Raise COMPANION_PICTURES_MB, or delete some.")
            return True
        try:
            made = self._showing.shoot(order.persona, shot, kind="template", cancel=break_off)
        except Cancelled:
            return True  # somebody waits for a picture: this one's turn comes again
        except CompanionError as error:
            self._note(order, shot, error)
        else:
            self._note(order, shot, made)
        return True

    def _note(self, order: _Order, shot: Shot, came: Picture | CompanionError) -> None:
        with self._changed:
            if shot in order.shots:
                order.shots.remove(shot)
            before = order.progress
            if isinstance(came, CompanionError):
                logger.warning("a picture was not painted ahead: %s", came)
                order.in_a_row += 1
                order.progress = replace(before, failed=before.failed + 1, error=came.message, hint=came.hint)
            else:
                order.in_a_row = 0
                order.progress = replace(before, done=before.done + 1)
            if not order.shots or order.in_a_row > MOST_FAILURES:
                order.progress = replace(order.progress, running=False)
            self._changed.notify_all()

    def _end(self, persona_id: str, error: str = "", hint: str = "") -> None:
        if (order := self._orders.get(persona_id)) and order.progress.running:
            order.progress = replace(order.progress, running=False, error=error, hint=hint)
            self._changed.notify_all()
