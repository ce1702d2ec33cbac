"""Runs turns: they belong to the program, not to the page that asked for them.

A turn's first steps run in the thread of whoever starts it, up to the point where the model is needed; from there on
one thread takes the turns in order, because one model writes one reply at a time. Events are recorded as they happen,
and any number of readers follow from any place. Closing a page stops nothing. When nobody waits, the engine may read
ahead for the conversation that spoke last; the next turn interrupts that.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

from companion.ending import broken
from companion.errors import CompanionError, ConflictError, NotFoundError
from companion.events import Event, Queued, TurnFailed, TurnFinished, TurnStarted
from companion.turn import Desk, Order, settle, take_turn

logger = logging.getLogger(__name__)

LONGEST_WAIT_S = 0.5  # a Ctrl-C that lands in the instant before an endless wait would go unheard until the next event
KEPT_TURNS = 64  # finished turns that a late reader can still follow


@dataclass(eq=False, slots=True)
class Running:
    """One turn: what it has told so far, and the generator that tells the rest."""

    started: TurnStarted
    rest: Iterator[Event]
    cancel: threading.Event
    told: list[Event] = field(default_factory=list)
    ended: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Errand:
    """Something else that needs the model's thread, and what becomes of it."""

    do: Callable[[threading.Event], object]
    done: Future[object] = field(default_factory=Future)


class Worker:
    """Takes orders and tells what becomes of them. Every method may be called from any thread.

    Args:
        desk: what every turn is given.
        kept_turns: how many finished turns stay for late readers.
    """

    def __init__(self, desk: Desk, *, kept_turns: int = KEPT_TURNS) -> None:
        self._desk = desk
        self._kept_turns = kept_turns
        self._changed = threading.Condition()  # guards everything below
        self._turns: dict[str, Running] = {}
        self._queue: deque[Running] = deque()
        self._errands: deque[Errand] = deque()
        self._interrupt = threading.Event()  # set as soon as the errand under way must end
        self._writing: Running | None = None
        self._closing = False
        self._unsettled = ""  # the conversation to read ahead for
        self._settled = ""  # the one that was last read ahead for, perhaps just now
        self._settling = threading.Event()  # set as soon as that must end
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    def start(self, order: Order) -> str:
        """Begins a turn; when this returns, what the user said is on disk.

        Returns:
            The turn's id.

        Raises:
            CompanionError: the order cannot be carried out; nothing was begun.
        """
        with self._changed:
            self._refuse_when_closing()
        cancel = threading.Event()
        rest = take_turn(self._desk, order, cancel)
        started = next(rest)
        if not isinstance(started, TurnStarted):
            raise RuntimeError(f"a turn began with {started!r}")
        turn = Running(started, rest, cancel, told=[started])
        with self._changed:
            self._turns[started.turn_id] = turn
        if not self._advance(turn, to_model=True):
            self._enqueue(turn)
        return started.turn_id

    def follow(self, turn_id: str, after: int = 0) -> Iterator[Event]:
        """The events of a turn, recorded ones first, then live ones until its end.

        Args:
            after: how many events the reader has seen already.

        Raises:
            NotFoundError: the turn ended long ago, or never was.
        """
        with self._changed:
            turn = self._turns.get(turn_id)
        if turn is None:
            raise NotFoundError("This reply is no longer being followed.", hint="Open the conversation again; everything is kept there.")
        return self._tell(turn, max(0, after))

    def stop(self, turn_id: str) -> None:
        """Ends a turn; what was written is kept. Harmless when it has ended already.

        One that waits for the model ends before this returns, one that is being written within one decoding step.
        """
        with self._changed:
            turn = self._turns.get(turn_id)
            if turn is None:
                return
            turn.cancel.set()
            waiting = turn in self._queue
            if waiting:
                self._queue.remove(turn)
                self._tell_places()
        if waiting:
            self._advance(turn)

    def writing(self) -> bool:
        """Whether someone waits for a reply just now."""
        return self._writing is not None or bool(self._queue)

    def running(self, conversation_id: str) -> str | None:
        """Id of the turn that is under way in a conversation."""
        with self._changed:
            mine = (one.started.turn_id for one in self._turns.values() if one.started.conversation_id == conversation_id and not one.ended)
            return next(mine, None)

    def prepare(self, conversation_id: str) -> None:
        """Says that this conversation is likely to go on: as soon as nobody waits for the model, it reads ahead."""
        with self._changed:
            self._unsettled = conversation_id
            self._settling.set()
            self._changed.notify_all()

    def dismiss(self, conversation_id: str) -> None:
        """Says that this conversation does not go on: nothing more is read ahead for it."""
        with self._changed:
            if self._unsettled == conversation_id:
                self._unsettled = ""
            if self._settled == conversation_id:
                self._settling.set()

    def errand(self, do: Callable[[threading.Event], object]) -> Future[object]:
        """Has the model's thread do something beside all conversations, as soon as nobody waits for a reply.

        Args:
            do: is to end soon once the event it is given is set, because somebody wants a reply; then it is done again from its
                beginning, and what it returned is dropped.

        Returns:
            What comes of it: a result, an error, or nothing, if it is cancelled before it begins.

        Raises:
            ConflictError: Companion is closing.
        """
        one = Errand(do)
        with self._changed:
            self._refuse_when_closing()
            self._errands.append(one)
            self._settling.set()
            self._changed.notify_all()
        return one.done

    def shutdown(self, timeout_s: float = 30.0) -> None:
        """Stops every turn, keeps what was written, and waits for the model's thread.

        Args:
            timeout_s: how long to wait at most; a model that is just being loaded does not hear that it should stop.
        """
        with self._changed:
            self._closing = True
            self._settling.set()
            self._interrupt.set()
            for turn in self._turns.values():
                turn.cancel.set()
            self._changed.notify_all()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            logger.warning("the model was still busy after %g s; its reply will show as interrupted", timeout_s)

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise ConflictError("Companion is closing.", hint="Start it again to go on.")

    def _enqueue(self, turn: Running) -> None:
        with self._changed:
            closed = self._closing
            if not closed:
                self._queue.append(turn)
                self._settling.set()
                self._interrupt.set()
                if ahead := len(self._queue) - 1 + (self._writing is not None):
                    turn.told.append(Queued(ahead))
                self._changed.notify_all()
        if closed:
            turn.cancel.set()
            self._advance(turn)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._errands or self._closing or self._unsettled)
                turn = self._next()
                if turn is None and self._closing:
                    self._give_up_errands()
                    return
                errand = self._errands[0] if self._errands and not turn else None
            if turn:
                self._advance(turn)
                self.prepare(turn.started.conversation_id)
            elif errand:
                self._run_errand(errand)
            else:
                self._settle()

    def _next(self) -> Running | None:
        if not self._queue:
            return None
        self._writing = self._queue.popleft()
        self._tell_places()
        return self._writing

    def _run_errand(self, errand: Errand) -> None:
        with self._changed:
            if self._queue or self._closing:
                return
            self._interrupt = interrupt = threading.Event()
        begins = errand.done.running() or errand.done.set_running_or_notify_cancel()
        error: Exception | None = None
        result: object = None
        try:
            result = errand.do(interrupt) if begins else None
        except Exception as raised:  # told to whoever waits for it
            error = raised
        with self._changed:
            if interrupt.is_set():
                return  # it stays the first to be done
            self._errands.remove(errand)
        if error:
            errand.done.set_exception(error)
        elif begins:
            errand.done.set_result(result)

    def _give_up_errands(self) -> None:
        while self._errands:
            done = self._errands.popleft().done
            if not done.cancel():
                done.set_exception(ConflictError("Companion is closing.", hint="Start it again to go on."))

    def _settle(self) -> None:
        with self._changed:
            if self._queue or self._closing or not self._unsettled:
                return
            conversation_id, self._unsettled = self._unsettled, ""
            self._settled = conversation_id
            self._settling = cancel = threading.Event()
        try:
            settle(self._desk, conversation_id, cancel)
        except CompanionError as error:  # the next turn will say so, if it still matters
            logger.info("nothing was read ahead: %s", error)
        except Exception:
            logger.exception("reading ahead broke")

    def _tell_places(self) -> None:
        for place, turn in enumerate(self._queue, start=int(self._writing is not None)):
            if place and turn.told[-1] != Queued(place):
                turn.told.append(Queued(place))
        self._changed.notify_all()

    def _advance(self, turn: Running, *, to_model: bool = False) -> bool:
        """Drives a turn to its end, or to where it needs the model. Returns whether it has ended."""
        try:
            for event in turn.rest:
                if isinstance(event, Queued):
                    if to_model:
                        return False
                    continue
                self._record(turn, event)
        except Exception:
            logger.exception("a turn broke")
            self._record(turn, broken(turn.started.reply_id))
        return True

    def _record(self, turn: Running, event: Event) -> None:
        with self._changed:
            turn.told.append(event)
            if isinstance(event, TurnFinished | TurnFailed):
                # In one step with the event, so that whoever reads it finds the model free and the turn over.
                turn.ended = True
                self._writing = None if self._writing is turn else self._writing
                self._forget_oldest()
            self._changed.notify_all()

    def _forget_oldest(self) -> None:
        ended = [turn_id for turn_id, one in self._turns.items() if one.ended]
        for turn_id in ended[: max(0, len(ended) - self._kept_turns)]:
            del self._turns[turn_id]

    def _tell(self, turn: Running, seen: int) -> Iterator[Event]:
        ended = False
        while not ended:
            with self._changed:
                while len(turn.told) <= seen and not turn.ended:
                    self._changed.wait(LONGEST_WAIT_S)
                fresh, ended = turn.told[seen:], turn.ended
            yield from fresh
            seen += len(fresh)
