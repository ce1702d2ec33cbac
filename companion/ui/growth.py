"""A reply as it grows: a turn's events, gathered into as many drawings as a page can show."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from companion.affect import Felt
from companion.events import Event, Moved, Queued, Referred, Shown, TextDelta, TurnFailed, TurnFinished, TurnStarted
from companion.shot import Picture
from companion.worker import Worker

BETWEEN_DRAWINGS_S = 0.04


@dataclass(frozen=True, slots=True)
class Waiting:
    """`ahead` other replies are written first."""

    ahead: int


@dataclass(frozen=True, slots=True)
class Touched:
    """What the message did to her; it comes before the first word."""

    felt: Felt


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of her that goes with the reply."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class Grown:
    """The whole reply as far as it has come."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over; `failure` if it did not get to its end."""

    failure: TurnFailed | None = None


Growth = Waiting | Touched | Seen | Grown | Ended


def follow(worker: Worker, turn_id: str, pause: Callable[[float], None] = time.sleep) -> Iterator[Growth]:
    """What comes of a turn, from its beginning. What arrives while a drawing is under way is told together.

    Args:
        pause: waits so many seconds; spaces out the drawings.

    Raises:
        NotFoundError: the turn ended long ago.
    """
    events: SimpleQueue[Event] = SimpleQueue()
    Thread(target=_pump, args=(worker.follow(turn_id), events), name="reader", daemon=True).start()
    text = drawn = ""
    while True:
        match events.get():
            case TurnStarted(text=kept):
                text = drawn = kept
            case Queued(ahead):
                yield Waiting(ahead)
            case Moved(felt):
                yield Touched(felt)
            case Shown(picture):
                yield Seen(picture)
            case TextDelta(piece):
                text += piece
                if events.empty():
                    drawn = text
                    yield Grown(text)
                    pause(BETWEEN_DRAWINGS_S)
            case Referred():
                pass  # the card is part of the finished reply
            case TurnFinished() | TurnFailed() as last:
                if drawn != text:
                    yield Grown(text)
                yield Ended(last if isinstance(last, TurnFailed) else None)
                return


def _pump(recorded: Iterator[Event], events: "SimpleQueue[Event]") -> None:
    for event in recorded:
        events.put(event)
