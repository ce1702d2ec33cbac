"""An engine that writes what it is told to: for tests, with timing under their control."""

import threading
from collections.abc import Iterator, Sequence
from typing import Literal

from companion.affect import Manner
from companion.persona.blueprint import Blueprint
from companion.think.protocol import EngineCard, GenerationRequest, Piece, Written


class FakeEngine:
    """Writes one script a request, the last one again when they run out.

    Args:
        *scripts: each the pieces of one reply.
        gate: hold back each piece (and the end) until `release`.
        linger: read ahead until it is cancelled.
        deaf: hear no cancel while something is held back or read ahead, as a call into native code does not.
        fail_with: raised instead of the end of a reply.
        capable: what its card says.

    Attributes:
        requests: every request, in order.
        waiting: set while a gated piece waits to be released.
        settled: every request to read ahead, in order.
        settled_once: set by the first of them.
        fail_settling_with: raised by each of them.
        forgotten: every conversation it was told to let go of, in order.
        unloaded: set while it is out of memory, for those who load it.
    """

    def __init__(
        self,
        *scripts: Sequence[str],
        gate: bool = False,
        linger: bool = False,
        deaf: bool = False,
        fail_with: Exception | None = None,
        capable: bool = False,
    ) -> None:
        self._scripts = scripts or (("Hello", " there."),)
        self._gate = threading.Semaphore(0) if gate else None
        self.fail_with, self._capable = fail_with, capable
        self.requests: list[GenerationRequest] = []
        self.waiting = threading.Event()
        self._linger, self._deaf = linger, deaf
        self.settled: list[GenerationRequest] = []
        self.settled_once = threading.Event()
        self.fail_settling_with: Exception | None = None
        self.forgotten: list[str] = []
        self.unloaded = threading.Event()

    def card(self) -> EngineCard:
        """Who writes."""
        return EngineCard("fake", 4096, "cpu", "none", capable=self._capable)

    def count_tokens(self, text: str) -> int:
        """One token a word."""
        return len(text.split())

    def load(self) -> None:
        """Notes it."""
        self.unloaded.clear()

    def unload(self) -> None:
        """Notes it."""
        self.unloaded.set()

    def release(self, count: int = 1) -> None:
        """Lets the next `count` gated pieces through."""
        if self._gate:
            self._gate.release(count)

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        """The script for this request, cut short when it is cancelled or its budget of pieces is spent."""
        script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
        self.requests.append(request)
        told = 0
        reason: Literal["end", "length", "stopped"] = "end"
        for text in script:
            self._wait(request)
            if request.cancel.is_set() or told >= request.constraints.max_tokens:
                reason = "stopped" if request.cancel.is_set() else "length"
                break
            told += 1
            yield Piece(text)
        else:
            self._wait(request)
            reason = "stopped" if request.cancel.is_set() else "end"
        if self.fail_with and reason == "end":
            raise self.fail_with
        read = sum(self.count_tokens(message.content) for message in request.prompt.messages)
        yield Written(reason, read, 0, told, 1.0, 1.0)

    def settle(self, request: GenerationRequest) -> None:
        """Notes the request; see `linger`."""
        self.settled.append(request)
        self.settled_once.set()
        if self._linger and self._deaf and self._gate:
            self._gate.acquire()
        elif self._linger:
            request.cancel.wait()
        if self.fail_settling_with:
            raise self.fail_settling_with

    def forget(self, cache_key: str) -> None:
        """Notes it."""
        self.forgotten.append(cache_key)

    def _wait(self, request: GenerationRequest) -> None:
        if self._gate is None:
            return
        self.waiting.set()
        while not self._gate.acquire(timeout=0.01):
            if request.cancel.is_set() and not self._deaf:
                break
        self.waiting.clear()


class FakeSuggests:
    """Gives one idea for everything, and finds every memory and everything heard near.

    Attributes:
        asked: each message, what she had said before it, and the seed.
        fail_with: raised instead of an answer.
    """

    def __init__(self, idea: str = "", *, fail_with: Exception | None = None) -> None:
        self.given, self.fail_with = idea, fail_with
        self.asked: list[tuple[str, tuple[str, ...], str]] = []

    def idea(self, blueprint: Blueprint, message: str, spoken: Sequence[str], seed: str, manner: Manner) -> str:
        """What was given."""
        self.asked.append((message, tuple(spoken), seed))
        if self.fail_with:
            raise self.fail_with
        return self.given

    def near(self, blueprint: Blueprint, message: str, memories: Sequence[str], heard: Sequence[str]) -> tuple[str, ...]:
        """All there is."""
        if self.fail_with:
            raise self.fail_with
        return (*memories, *heard)
