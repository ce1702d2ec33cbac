"""Memories as JSON Lines: one a line, to be read by people and programs, and to be taken in again without a loss.

A line names the messages its memory was learnt from. Where they are not at hand, a memory that stood is taken in as one
written by hand; one that did not stand rested on words that were taken back, and is left out.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, select

from companion.errors import InputError
from companion.store import telling
from companion.store.memory_records import WHOLE, Extractor, Imported, Memory, MemoryKind, New, Problems
from companion.store.tables import memories

FORMAT = "companion-memory-1"
_DERIVED = {"persona_id", "forgotten_at", "in_force", "in_force_until", "superseded_by"}


class Line(BaseModel):
    """One line."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["companion-memory-1"]
    id: str = Field(pattern="^[0-9a-f]{32}$")
    kind: MemoryKind
    text: str = Field(min_length=1, max_length=telling.LONGEST_NOTE_CHARS)
    subject: str = ""
    attribute: str = ""
    value: str | None = None
    slot: str = ""
    denies: bool = False
    said_at: AwareDatetime
    holds_from: AwareDatetime | None = None
    holds_until: AwareDatetime | None = None
    importance: float = Field(default=0.5, ge=0, le=1)
    strength: float = Field(gt=0, allow_inf_nan=False)
    recalls: int = Field(default=0, ge=0)
    recalled_at: AwareDatetime | None = None
    pinned: bool = False
    hidden: bool = False
    by_hand: bool = False
    extractor: Extractor = ""
    created_at: AwareDatetime
    edited_at: AwareDatetime | None = None
    sources: tuple[str, ...] = ()
    stands: bool = True


def write(kept: Iterable[Memory]) -> Iterator[str]:
    """One line a memory, each with its end."""
    for memory in kept:
        fields = {name: getattr(memory, name) for name in Memory.__dataclass_fields__ if name not in _DERIVED}
        yield json.dumps({"format": FORMAT} | fields, ensure_ascii=False, default=datetime.isoformat) + "\n"


def read(connection: Connection, persona_id: str, lines: Iterable[str]) -> Imported:
    """Takes lines in, except those that are not valid, and memories that are there already. One line is held at a time."""
    reading = _Reading(connection, persona_id)
    for number, text in enumerate(lines, 1):
        if text.strip():
            reading.take(number, text)
    return reading.end()


class _Reading:
    """Takes lines in for one persona. A memory of another persona comes in under a new id.

    What says the same as a memory that is there under another id waits for the end: until then it may turn out that the file has
    that one as well, and both are meant.
    """

    def __init__(self, connection: Connection, persona_id: str) -> None:
        self._connection, self._persona_id = connection, persona_id
        self._owners: dict[str, str] = dict(connection.execute(select(memories.c.id, memories.c.persona_id)).all())
        said = select(memories.c.id, memories.c.kind, memories.c.text, memories.c.slot, memories.c.said_at)
        mine = (memories.c.persona_id == persona_id) & memories.c.forgotten_at.is_(None)
        self._there = {row.id: tuple(row[1:]) for row in connection.execute(said.where(mine))}
        self._said = Counter(self._there.values())  # how often the same is there under ids that no line has named
        self._taken: set[str] = set()
        self._waiting: list[tuple[int, str]] = []
        self._problems = Problems()
        self._added = self._skipped = 0

    def take(self, number: int, text: str) -> None:
        """Takes a line in, leaves it, or lets it wait."""
        if (line := self._line(number, text)) is None:
            return
        if line.id in self._there:
            self._said[self._there.pop(line.id)] -= 1
        if self._known(line):
            self._skipped += 1
        elif self._said[_said(line)] > 0:
            self._waiting.append((number, text))
        else:
            self._write(number, line)

    def end(self) -> Imported:
        """Decides about those that wait."""
        for number, text in self._waiting:
            line = Line.model_validate_json(text)
            if self._said[_said(line)] > 0 or self._known(line):
                self._said[_said(line)] -= 1
                self._skipped += 1
            else:
                self._write(number, line)
        return self._problems.told(self._added, self._skipped)

    def _known(self, line: Line) -> bool:
        return self._owners.get(line.id) == self._persona_id or line.id in self._taken

    def _line(self, number: int, text: str) -> Line | None:
        try:
            return Line.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            self._problems.add(number, f"{where}: {first['msg']}" if where else first["msg"])
            return None

    def _write(self, number: int, line: Line) -> None:
        try:
            written = _write(self._connection, self._persona_id, line, new_id=line.id in self._owners)
        except InputError as error:
            self._problems.add(number, error.message)
            return
        self._taken.add(line.id)
        self._added, self._skipped = self._added + written, self._skipped + (not written)


def _said(line: Line) -> tuple[object, ...]:
    return (line.kind, line.text, line.slot, line.said_at)


def _write(connection: Connection, persona_id: str, line: Line, *, new_id: bool) -> bool:
    """Whether there is anything that it can rest on."""
    sources = telling.known(connection, persona_id, line.sources)
    complete = sources if line.kind not in WHOLE or len(sources) == len(set(line.sources)) else ()
    if not (complete or line.by_hand or line.stands):
        return False
    fields = {name: getattr(line, name) for name in New.__dataclass_fields__ if name != "sources"}
    new = telling.checked(New(**fields, sources=complete))
    names = ("strength", "recalls", "recalled_at", "pinned", "hidden", "created_at", "edited_at")
    kept: dict[str, Any] = {name: getattr(line, name) for name in names} | ({} if new_id else {"id": line.id})
    telling.write(connection, persona_id, new, line.created_at, by_hand=line.by_hand or not complete, **kept)
    return True
