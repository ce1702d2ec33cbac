"""Asking her the battery of probes in the studio: of the saved version and of the draft, with and without her adapter.

Questions go the way of `companion.trial`: no conversation is begun and nothing is remembered. What the saved version answered is
kept with her checks; what a draft answered is kept nowhere.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass, replace
from typing import Any, Protocol

from companion.drift.battery import Battery
from companion.drift.compare import without_adapter
from companion.errors import ConflictError, InputError
from companion.persona.blueprint import Blueprint
from companion.store.drift_checks import Answered, DriftCheck
from companion.studio import Work

MOST_PROBES = 12
LOOK_EVERY_S = 0.25  # whether to stop is looked at so often while an answer is awaited
ANSWER_S = 180.0  # the longest that one answer is waited for


class Checks(Protocol):
    """Where the batteries of the saved versions are kept: `companion.store.drift_checks.DriftChecks`."""

    def keep(self, persona_id: str, version: int, score: float, answers: Sequence[Answered], *, adapter: str = "") -> DriftCheck | None:
        """Keeps a check."""

    def list(self, persona_id: str, version: int | None = None) -> tuple[DriftCheck, ...]:
        """Her checks, the oldest first."""


@dataclass(frozen=True, slots=True)
class Column:
    """One who is asked.

    Attributes:
        name: "version 3", "draft".
        version: what it is kept under; 0 for the draft, which is not kept.
        adapter: the adapter she wears; empty for none.
        answers: those so far.
        probes: how many there will be.
    """

    name: str
    blueprint: Blueprint
    version: int = 0
    adapter: str = ""
    answers: tuple[Answered, ...] = ()
    probes: int = MOST_PROBES

    @property
    def done(self) -> bool:
        """Whether everything was asked."""
        return len(self.answers) >= self.probes


def score(answers: Sequence[Answered]) -> float:
    """Share of answers in character, in [0, 1]; 1 where nothing was asked."""
    return sum(one.passed for one in answers) / len(answers) if answers else 1.0


def manner(answers: Sequence[Answered]) -> float | None:
    """Mean nearness to her manner, in [0, 1], over the answers that leave room for it; None where none does."""
    near = [one.manner for one in answers if one.kind == "manner"]
    return sum(near) / len(near) if near else None


def columns(work: Work) -> tuple[Column, ...]:
    """Who is asked: the saved version, bare as well where she has an adapter, and the draft where it differs."""
    number, saved = work.version.number, work.version.blueprint
    adapter = saved.model.adapter or ""
    asked = [Column(f"version {number}", saved, number, adapter)]
    if adapter:
        asked.append(Column(f"version {number}, without her adapter", without_adapter(saved), number))
    if work.blueprint is not None and work.changes:
        asked.append(Column("draft", work.blueprint, adapter=work.blueprint.model.adapter or ""))
    return tuple(asked)


class Asking:
    """The batteries that are being asked, one a persona at a time. Safe to use from several threads."""

    def __init__(
        self, ask: Callable[[Blueprint, str], "Future[Any]"], others: Callable[[str], Sequence[Blueprint]], checks: Checks
    ) -> None:
        self._ask, self._others, self._checks = ask, others, checks
        self._lock = threading.Lock()
        self._running: dict[str, threading.Event] = {}

    def running(self, persona_id: str) -> bool:
        """Whether she is being asked."""
        return persona_id in self._running

    def stop(self, persona_id: str) -> None:
        """Ends a battery before its next question; nothing of it is kept."""
        with self._lock:
            if over := self._running.get(persona_id):
                over.set()

    def run(self, work: Work) -> Iterator[tuple[Column, ...]]:
        """Asks, question by question, each of all columns before the next.

        Yields:
            The columns as they stand, at the beginning and after each answer.

        Raises:
            ConflictError: she is being asked already.
            InputError: the model does not come to answer.
        """
        persona_id, over = work.persona.id, threading.Event()
        with self._lock:
            if persona_id in self._running:
                raise ConflictError("She is being asked already.", hint="Wait until that is done, or stop it.")
            self._running[persona_id] = over
        try:
            yield from self._asked(work, over)
        finally:
            with self._lock:
                self._running.pop(persona_id, None)

    def history(self, persona_id: str) -> tuple[DriftCheck, ...]:
        """Her checks, the oldest first."""
        return self._checks.list(persona_id)

    def _asked(self, work: Work, over: threading.Event) -> Iterator[tuple[Column, ...]]:
        others = self._others(work.persona.id)
        batteries = [Battery(one.blueprint, others) for one in columns(work)]
        probes = [battery.chosen(MOST_PROBES) for battery in batteries]
        asked = [replace(one, probes=len(chosen)) for one, chosen in zip(columns(work), probes, strict=True)]
        yield tuple(asked)
        for number in range(max(map(len, probes))):
            for at, column in enumerate(asked):
                if number >= len(probes[at]):
                    continue
                probe = probes[at][number]
                reply = _waited(self._ask(column.blueprint, probe.question), over)
                if reply is None:
                    return
                asked[at] = replace(column, answers=(*column.answers, batteries[at].judged(probe, reply)))
                if asked[at].done and column.version:
                    self._checks.keep(work.persona.id, column.version, score(asked[at].answers), asked[at].answers, adapter=column.adapter)
                yield tuple(asked)


def _waited(answer: "Future[Any]", over: threading.Event) -> str | None:
    """An answer, or None if it is no longer wanted.

    Raises:
        InputError: it does not come.
    """
    until = time.monotonic() + ANSWER_S
    while not over.is_set():
        try:
            return str(answer.result(LOOK_EVERY_S))
        except CancelledError:
            return None
        except Late as error:
            if time.monotonic() > until:
                answer.cancel()
                raise InputError("The model is busy.", hint="Ask again when nobody is being answered.") from error
    answer.cancel()
    return None
