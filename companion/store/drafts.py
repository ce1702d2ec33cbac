"""What is being changed of a persona: plain data that may be wrong for a while, kept at each step, with undo and redo.

The steps of a persona are rows in the order they were taken, of which one is shown: the draft. Undo shows the step before it,
redo the one after it, and a new step removes those after it. What persona it belongs to need not be saved yet.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, func, insert, select, update

from companion.store.conversations import utc_now
from companion.store.database import reading, writing
from companion.store.tables import drafts

MOST_STEPS = 100  # that can be taken back


@dataclass(frozen=True, slots=True)
class Draft:
    """A persona as far as she is written.

    Attributes:
        data: JSON values; they need not be a valid blueprint.
        based_on: number of the version that was changed; None for somebody who was never saved.
        saved_at: when this step was taken.
    """

    persona_id: str
    data: dict[str, Any]
    based_on: int | None
    saved_at: datetime


class Drafts:
    """The drafts of all personas. Any thread may call any method, each is one transaction.

    Args:
        engine: from `open_database`.
        clock: aware times.

    Every method raises `StorageError` when the disk is full, read-only, locked or damaged.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock

    def of(self, persona_id: str) -> Draft | None:
        """The draft of a persona; None while nothing of her is changed."""
        with reading(self._engine) as connection:
            row = _shown(connection, persona_id)
        return None if row is None else _draft(row)

    def keep(self, persona_id: str, data: Mapping[str, Any], based_on: int | None) -> Draft:
        """Takes a step: what was taken back before it cannot be done again. What changes nothing is no step."""
        text = json.dumps(dict(data))
        with writing(self._engine) as connection:
            before = _shown(connection, persona_id)
            if before is not None and (before.data, before.based_on) == (text, based_on):
                return _draft(before)
            if before is not None:
                connection.execute(delete(drafts).where(_mine(persona_id), drafts.c.sequence > before.sequence))
                _show(connection, persona_id, None)
            row = {"persona_id": persona_id, "data": text, "based_on": based_on, "saved_at": self._clock(), "shown": True}
            kept = connection.execute(insert(drafts).values(row).returning(drafts)).one()
            oldest = select(drafts.c.sequence).where(_mine(persona_id)).order_by(drafts.c.sequence.desc()).limit(1).offset(MOST_STEPS)
            connection.execute(delete(drafts).where(_mine(persona_id), drafts.c.sequence < oldest.scalar_subquery()))
        return _draft(kept)

    def drop(self, persona_id: str) -> None:
        """Ends a draft, with all its steps: it is saved, or given up for good."""
        with writing(self._engine) as connection:
            connection.execute(delete(drafts).where(_mine(persona_id)))

    def undo(self, persona_id: str) -> Draft | None:
        """Goes back to the step before; None if there is none."""
        return self._step(persona_id, drafts.c.sequence.desc(), lambda here: drafts.c.sequence < here)

    def redo(self, persona_id: str) -> Draft | None:
        """Goes on to the step that was taken back; None if there is none."""
        return self._step(persona_id, drafts.c.sequence.asc(), lambda here: drafts.c.sequence > here)

    def steps(self, persona_id: str) -> tuple[bool, bool]:
        """Whether there is a step to go back to, and one to go on to."""
        here = select(drafts.c.sequence).where(_mine(persona_id), drafts.c.shown).scalar_subquery()
        with reading(self._engine) as connection:
            ends = select(func.min(drafts.c.sequence) < here, func.max(drafts.c.sequence) > here).where(_mine(persona_id))
            back, on = connection.execute(ends).one()
        return bool(back), bool(on)

    def _step(self, persona_id: str, order: ColumnElement[int], beyond: Callable[[int], ColumnElement[bool]]) -> Draft | None:
        with writing(self._engine) as connection:
            here = _shown(connection, persona_id)
            if here is None:
                return None
            row = connection.execute(_all(persona_id).where(beyond(here.sequence)).order_by(order).limit(1)).one_or_none()
            if row is None:
                return None
            _show(connection, persona_id, row.sequence)
        return _draft(row)


def _mine(persona_id: str) -> ColumnElement[bool]:
    return drafts.c.persona_id == persona_id


def _all(persona_id: str) -> Select[Any]:
    return select(drafts).where(_mine(persona_id))


def _shown(connection: Connection, persona_id: str) -> Row[Any] | None:
    return connection.execute(_all(persona_id).where(drafts.c.shown)).one_or_none()


def _show(connection: Connection, persona_id: str, sequence: int | None) -> None:
    """Shows one step, or none; two statements, because there must never be two of them."""
    connection.execute(update(drafts).where(_mine(persona_id), drafts.c.shown).values(shown=False))
    connection.execute(update(drafts).where(drafts.c.sequence == sequence).values(shown=True))


def _draft(row: Row[Any]) -> Draft:
    return Draft(row.persona_id, json.loads(row.data), row.based_on, row.saved_at)
