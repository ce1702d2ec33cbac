"""The talk that a mood is tried with: what is said, and how long after the line before. Plain values, for no page in particular.

Nothing of it is kept: it lives as long as the page that it was typed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import yaml

from companion.affect import Felt
from companion.errors import InputError
from companion.persona.blueprint import Blueprint

MOST_LINES = 12  # each is a dot on the plane
MOST_CHARS = 400
PAUSES: Mapping[str, tuple[str, timedelta]] = {
    "now": ("at once", timedelta(minutes=2)),
    "hour": ("an hour later", timedelta(hours=1)),
    "day": ("a day later", timedelta(days=1)),
    "weeks": ("three weeks later", timedelta(weeks=3)),
}
BEGINS: Mapping[str, int] = {"morning": 9, "afternoon": 15, "evening": 20, "night": 1}  # the hour, where the user is
EXAMPLES = Path(__file__).with_name("mood_examples.yaml")


class TriesOut(Protocol):
    """What a talk would do to her, with nothing kept of it."""

    def __call__(self, blueprint: Blueprint, steps: Sequence[tuple[str, datetime]], /) -> Sequence[Felt]:
        """What she feels after each message.

        Args:
            steps: what the user says, and when: aware times that do not go back.

        Raises:
            ModelError: nothing can be read.
        """


@dataclass(frozen=True, slots=True)
class Line:
    """What the user says, and how long after the line before: a key of `PAUSES`."""

    text: str
    pause: str = "now"


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk that is tried; it begins at a time of day, a key of `BEGINS`."""

    lines: tuple[Line, ...] = ()
    begins: str = "evening"

    def said(self, text: str, pause: str) -> "Talk":
        """The talk with one more line.

        Raises:
            InputError: nothing was said, or there are too many lines.
        """
        text = " ".join(text[:MOST_CHARS].split())
        if not text:
            raise InputError("There is nothing in this message yet.", hint="Write a few words, or take one of the examples.")
        if len(self.lines) >= MOST_LINES:
            raise InputError(f"{MOST_LINES} messages are looked at together.", hint="Take the last one back, or begin again.")
        return replace(self, lines=(*self.lines, Line(text, pause if pause in PAUSES else "now")))

    def steps(self, today: datetime) -> tuple[tuple[str, datetime], ...]:
        """The lines with their moments, as `TriesOut` takes them.

        Args:
            today: any aware moment of the day that it begins on, in the user's time.
        """
        moment = today.replace(hour=BEGINS.get(self.begins, 20), minute=0, second=0, microsecond=0)
        steps = []
        for at, line in enumerate(self.lines):
            moment += PAUSES[line.pause][1] if at else timedelta()
            steps.append((line.text, moment))
        return tuple(steps)


@cache
def examples() -> Mapping[str, tuple[str, Talk]]:
    """The talks that are ready, by name: what each is called, and itself."""
    told: Mapping[str, Any] = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return {
        name: (one["label"], Talk(tuple(Line(text, pause) for pause, text in one["lines"]), one["begins"])) for name, one in told.items()
    }
