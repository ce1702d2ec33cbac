"""Memories as JSON Lines: one a line, to be read by people and programs, and to be taken in again without a loss.

A line names the messages its memory was learnt from. Where they are not at hand, a memory that stood is taken in as one
written by hand; one that did not stand rested on words that were taken back, and is left out.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, select

from companion.errors import InputError
from companion.store import telling
from companion.store.memory_records import WHOLE, Extractor, Imported, Memory, MemoryKind, New
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
    """Takes lines in, except those that are not valid, and memories that are there already."""
    problems: list[tuple[int, str]] = []
    sound = list(_sound(lines, problems))
    there = _There(connection, persona_id, {line.id for _, line in sound})
    added = refused = 0
    for number, line in sound:
        try:
            added += _take(connection, persona_id, line, there)
        except InputError as error:
            problems.append((number, error.message))
            refused += 1
    return Imported(added, len(sound) - added - refused, tuple(sorted(problems)))


def _sound(lines: Iterable[str], problems: list[tuple[int, str]]) -> Iterator[tuple[int, Line]]:
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            yield number, Line.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            problems.append((number, f"{where}: {first['msg']}" if where else first["msg"]))


class _There:
    """What is remembered already: a memory of another persona comes in under a new id, and what says the same as one that is not
    among the lines comes in no second time.

    Attributes:
        owners: persona by id.
        said: how often the same is remembered under ids that the lines do not have.
        taken: ids of lines that have come in.
    """

    def __init__(self, connection: Connection, persona_id: str, ids: Collection[str]) -> None:
        self.owners: dict[str, str] = dict(connection.execute(select(memories.c.id, memories.c.persona_id)).all())
        said = select(memories.c.id, memories.c.kind, memories.c.text, memories.c.slot, memories.c.said_at)
        mine = (memories.c.persona_id == persona_id) & memories.c.forgotten_at.is_(None)
        self.said = Counter(tuple(row[1:]) for row in connection.execute(said.where(mine)) if row.id not in ids)
        self.taken: set[str] = set()


def _take(connection: Connection, persona_id: str, line: Line, there: _There) -> bool:
    """Whether it was taken in."""
    said = (line.kind, line.text, line.slot, line.said_at)
    sources = telling.known(connection, persona_id, line.sources)
    complete = sources if line.kind not in WHOLE or len(sources) == len(set(line.sources)) else ()
    known = there.owners.get(line.id) == persona_id or line.id in there.taken
    if known or not (complete or line.by_hand or line.stands):
        return False
    if there.said[said]:
        there.said[said] -= 1
        return False
    fields = {name: getattr(line, name) for name in New.__dataclass_fields__ if name != "sources"}
    new = telling.checked(New(**fields, sources=complete))
    names = ("strength", "recalls", "recalled_at", "pinned", "hidden", "created_at", "edited_at")
    kept: dict[str, Any] = {name: getattr(line, name) for name in names} | ({} if line.id in there.owners else {"id": line.id})
    telling.write(connection, persona_id, new, line.created_at, by_hand=line.by_hand or not complete, **kept)
    there.taken.add(line.id)
    return True
