"""Sees to it that an engine which gets nowhere does not hold up everyone who waits for it.

The engine works on a thread of its own, so that whoever waits can leave: a call into native code cannot be interrupted. It
gives a sign of life with each piece of text, and whenever it asks whether it is over (`GenerationRequest.over`): between
parts of a prompt and after each pass. One that gives none for `stuck_s` is cancelled, and its reply ends with an error. If it
then does not let go either, it counts as held: what is asked of it next fails at once, until it comes back by itself.

Loading is not watched, because it gives no signs; a server's silence has a bound of its own in `remote.py`.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

from companion.errors import ModelError
from companion.think.protocol import Engine, EngineCard, Forgets, GenerationRequest, Piece, Settles, Written

logger = logging.getLogger(__name__)
LET_GO_S = 10.0  # a pass on a slow machine takes seconds
LOOK_S = 0.2

Part = Piece | Written


class Watched(Engine, Settles, Forgets, Protocol):
    """What can be watched: an engine on this machine."""

    def load(self) -> object:
        """Brings it into memory."""

    def unload(self) -> None:
        """Gives the memory back, once it is at rest."""


class Call:
    """One thing that is asked of an engine, and what it tells.

    Attributes:
        told: its parts, then an error or None.
        done: set when the engine has let go.
        alive_at: when it gave its last sign.
        given_up: whether nobody waits for it any more.
    """

    def __init__(self, work: Callable[[GenerationRequest], Iterable[Part]], request: GenerationRequest, tick: Callable[[], float]) -> None:
        self._work, self._tick = work, tick
        self._request = replace(request, alive=self.sign)
        self.cancel = request.cancel
        self.told: SimpleQueue[Part | BaseException | None] = SimpleQueue()
        self.done = threading.Event()
        self.alive_at = tick()
        self.given_up = False

    def sign(self) -> None:
        """The engine gets on."""
        self.alive_at = self._tick()

    def run(self) -> None:
        """Does it, on the engine's thread."""
        failure: BaseException | None = None
        try:
            for part in self._work(self._request):
                self.sign()
                self.told.put(part)
        except BaseException as error:  # raised again where the parts are read
            failure = error
        self.done.set()
        self.told.put(failure)
        del failure  # see `Watchdog._heard`


class Watchdog:
    """An engine over another one, which it watches.

    Args:
        engine: what works.
        stuck_s: most seconds without a sign of life.
        let_go_s: most seconds to wait for one that was told to stop.
        look_s: how often to look.
        tick: seconds from any fixed point.
    """

    def __init__(
        self,
        engine: Watched,
        *,
        stuck_s: float,
        let_go_s: float = LET_GO_S,
        look_s: float = LOOK_S,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self.stuck_s = stuck_s
        self._let_go_s, self._look_s, self._tick = let_go_s, look_s, tick
        self._starting = threading.Lock()  # guards the two below
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._call: Call | None = None

    def card(self) -> EngineCard:
        """Who writes."""
        return self._engine.card()

    def count_tokens(self, text: str) -> int:
        """See `Engine.count_tokens`."""
        return self._engine.count_tokens(text)

    def load(self) -> None:
        """Brings the weights into memory.

        Raises:
            ModelError: they cannot be.
        """
        self._engine.load()

    def unload(self) -> None:
        """Gives the memory back; that of a held engine when it comes back."""
        done = threading.Event()
        with self._starting:
            self._begin(self._engine.unload)
            self._begin(done.set)
            self._jobs.put(None)
            self._jobs, self._thread = SimpleQueue(), None
        if not self._let_go(done):
            logger.warning("%s is held; its memory is given back when it lets go", self.card().name)

    def write(self, request: GenerationRequest) -> Iterator[Part]:
        """See `Engine.write`. Leaving the iterator early sets `request.cancel`.

        Raises:
            ModelError: it also got nowhere for `stuck_s`, or is held by an earlier reply.
        """
        call = self._ask(self._engine.write, request)
        try:
            while (part := self._heard(call, "wrote")) is not None:
                yield part
        finally:
            if not call.done.is_set() and not call.given_up:
                call.cancel.set()
                self._let_go(call.done)

    def settle(self, request: GenerationRequest) -> None:
        """See `Settles.settle`.

        Raises:
            ModelError: it also got nowhere for `stuck_s`, or is held by a reply.
        """

        def read_ahead(asked: GenerationRequest) -> Iterable[Part]:
            self._engine.settle(asked)
            return ()

        self._heard(self._ask(read_ahead, request), "read ahead")

    def forget(self, cache_key: str) -> None:
        """See `Forgets.forget`. What is being read or written at this moment is forgotten as well, when it ends."""
        self._engine.forget(cache_key)
        with self._starting:
            if self._call and not self._call.done.is_set():
                self._begin(partial(self._engine.forget, cache_key))

    def _ask(self, work: Callable[[GenerationRequest], Iterable[Part]], request: GenerationRequest) -> Call:
        with self._starting:
            if self._call and not self._call.done.is_set():
                hint = "Try again in a while; if it stays so, choose another model or restart Companion."
                raise _passing(f"{self.card().name} is still held by an earlier reply.", hint)
            self._call = call = Call(work, request, self._tick)
            self._begin(call.run)
        return call

    def _heard(self, call: Call, what: str) -> Part | None:
        """What the engine tells next; None when it has ended."""
        while True:
            try:
                heard = call.told.get(timeout=self._look_s)
            except Empty:
                if self._tick() - call.alive_at > self.stuck_s:
                    raise self._given_up(call, what) from None
                continue
            if not isinstance(heard, BaseException):
                return heard
            try:
                raise heard
            finally:
                del heard  # the error and this frame would hold each other, and all that the engine had in its hands

    def _given_up(self, call: Call, what: str) -> ModelError:
        call.cancel.set()
        call.given_up = True
        todo = "Try again" if self._let_go(call.done) else "It does not stop either: choose another model or restart Companion"
        name, hint = self.card().name, f"{todo}; if this machine is only slow, raise COMPANION_STUCK_S."
        logger.error("%s gave no sign of life for %g s while it %s", name, self.stuck_s, what)
        return _passing(f"{name} got nowhere for {self.stuck_s:g} seconds.", hint)

    def _let_go(self, done: threading.Event) -> bool:
        until = self._tick() + self._let_go_s
        while not (gone := done.wait(self._look_s)) and self._tick() < until:
            pass
        return gone

    def _begin(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)
        if self._thread is None:
            self._thread = threading.Thread(target=_work, args=(self._jobs,), name="engine", daemon=True)
            self._thread.start()


def _work(jobs: "SimpleQueue[Callable[[], None] | None]") -> None:
    while (job := jobs.get()) is not None:
        try:
            job()
        except Exception:
            logger.exception("an engine's thread met a bug")
        del job  # it holds what was said


def _passing(message: str, hint: str) -> ModelError:
    """An error that may be gone at the next try."""
    error = ModelError(message, hint=hint)
    error.retryable = True
    return error
