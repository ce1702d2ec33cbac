"""Orders to the worker, and the reading of what comes of them.

A turn's events tell what was added to a reply. What a continued reply had before is remembered here, so that a page
opened in the middle shows all of it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread

from companion.compose import Companion
from companion.events import Event, Queued, Referred, TextDelta, TurnFailed, TurnFinished, TurnStarted
from companion.turn import Order

BETWEEN_DRAWINGS_S = 0.04


@dataclass(frozen=True, slots=True)
class Begun:
    """The user's words are kept and the reply is open."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """`ahead` other replies are written first."""

    ahead: int


@dataclass(frozen=True, slots=True)
class Grown:
    """The whole reply as far as it has come."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over; `failure` if it did not get to its end."""

    failure: TurnFailed | None = None


News = Begun | Waiting | Grown | Ended


class Orders:
    """Starts turns and follows them. One for all tabs.

    Args:
        pause: waits so many seconds; spaces out the drawings.
    """

    def __init__(self, companion: Companion, pause: Callable[[float], None] = time.sleep) -> None:
        self._companion = companion
        self._pause = pause
        self._lock = Lock()
        self._kept: dict[str, str] = {}  # turn id → text that stood before, of replies being continued

    def start(self, order: Order) -> str:
        """Gives an order.

        Raises:
            CompanionError: it cannot be carried out; nothing was kept.
        """
        before = self._companion.conversations.message(order.message_id).text if order.kind == "continue" else ""
        turn_id = self._companion.worker.start(order)
        if before:
            with self._lock:
                self._kept[turn_id] = before
        return turn_id

    def follow(self, turn_id: str) -> Iterator[News]:
        """What comes of a turn, from its beginning. What arrives while a drawing is under way is told together."""
        with self._lock:
            text = self._kept.get(turn_id, "")
        events: SimpleQueue[Event] = SimpleQueue()
        recorded = self._companion.worker.follow(turn_id)
        Thread(target=_pump, args=(recorded, events), name="reader", daemon=True).start()
        drawn = text
        while True:
            match events.get():
                case TurnStarted():
                    yield Begun()
                case Queued(ahead):
                    yield Waiting(ahead)
                case TextDelta(piece):
                    text += piece
                    if events.empty():
                        drawn = text
                        yield Grown(text)
                        self._pause(BETWEEN_DRAWINGS_S)
                case TurnFinished() | TurnFailed() as last:
                    with self._lock:
                        self._kept.pop(turn_id, None)
                    if drawn != text:
                        yield Grown(text)
                    yield Ended(last if isinstance(last, TurnFailed) else None)
                    return
                case Referred():
                    pass  # the card is part of the finished reply


def _pump(recorded: Iterator[Event], events: "SimpleQueue[Event]") -> None:
    for event in recorded:
        events.put(event)
