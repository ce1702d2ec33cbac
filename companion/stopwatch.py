"""Times one turn from its arrival. It measures; it decides nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from companion.events import Stage, Trace


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
