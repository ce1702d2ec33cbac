"""Times one turn from its arrival. It measures; it decides nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from companion.events import Guesses, Stage, Trace
from companion.think.protocol import Written


class Stopwatch:
    """Runs from the moment it is made.

    Args:
        tick: seconds from any fixed point.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        self._tick = tick
        self._began_s = tick()
        self._stages: list[Stage] = []
        self._first_token_ms: float | None = None

    def elapsed_ms(self) -> float:
        """Milliseconds since the beginning."""
        return (self._tick() - self._began_s) * 1000

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a step, one that fails included."""
        began_ms = self.elapsed_ms()
        try:
            yield
        finally:
            self._stages.append(Stage(name, self.elapsed_ms() - began_ms, began_ms))

    def saw_text(self) -> None:
        """Notes the first visible text; later calls change nothing."""
        if self._first_token_ms is None:
            self._first_token_ms = self.elapsed_ms()

    def trace(self) -> Trace:
        """Where the time went so far."""
        return Trace(tuple(self._stages), self._first_token_ms, self.elapsed_ms())

    def account(self, engine: str, asked_ms: float, own: Written | None) -> Trace:
        """The turn's own stages and what the engine says of itself.

        Args:
            engine: its name.
            asked_ms: when it was asked.
            own: its account, once it has ended.
        """
        trace = self.trace()
        if own is None:
            return replace(trace, engine=engine)
        prefill = Stage("prefill", own.prefill_ms, asked_ms)
        stages = (*trace.stages, prefill, Stage("decode", own.decode_ms, asked_ms + own.prefill_ms))
        return replace(
            trace,
            stages=stages,
            prompt_tokens=own.prompt_tokens,
            reused_tokens=own.reused_tokens,
            reply_tokens=own.reply_tokens,
            passes=own.passes,
            guesses=tuple(Guesses(drafter, drafted, own.accepted.get(drafter, 0)) for drafter, drafted in own.drafted.items()),
            plain=own.plain,
            engine=engine,
            adapter=own.adapter,
        )
