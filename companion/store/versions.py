"""What a persona was each time she was saved: versions that never change, numbered 1, 2, 3 …

A version is kept as it was saved; one in an older format of blueprints is brought up to date when it is read. Deleting a persona
leaves her versions: an undo brings her back with them, and a conversation may still keep to one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, Select, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from companion.errors import BlueprintError, NotFoundError
from companion.persona.blueprint import Blueprint
from companion.persona.migrations import migrated
from companion.store import tree
from companion.store.conversations import utc_now
from companion.store.database import reading, writing
from companion.store.tables import conversations, version_numbers, versions


@dataclass(frozen=True, slots=True)
class Version:
    """One persona as she was saved; `note` says why or how, `saved_at` is aware UTC."""

    persona_id: str
    number: int
    note: str
    saved_at: datetime
    blueprint: Blueprint


class Versions:
    """The versions of all personas. Any thread may call any method, each is one transaction.

    Args:
        engine: from `open_database`.
        clock: aware times.

    Every method raises `StorageError` when the disk is full, read-only, locked or damaged, and those that read raise
    `BlueprintError` when a version cannot be read any more.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock

    def keep(self, persona_id: str, blueprint: Blueprint, note: str = "") -> Version:
        """Keeps a blueprint as the next version; one that equals the newest is that one, and nothing is written."""
        with writing(self._engine) as connection:
            newest = _newest(connection, persona_id)
            if newest is not None and newest.blueprint == blueprint:
                return newest
            version = Version(persona_id, _next_number(connection, persona_id), tree.checked(note), self._clock(), blueprint)
            data = json.dumps(blueprint.model_dump(mode="json"))
            row = {"persona_id": persona_id, "number": version.number, "note": version.note, "saved_at": version.saved_at}
            connection.execute(insert(versions).values(row | {"blueprint": data}))
        return version

    def list(self, persona_id: str) -> tuple[Version, ...]:
        """All versions of a persona, the newest first."""
        with reading(self._engine) as connection:
            return tuple(_version(row) for row in connection.execute(_of(persona_id)))

    def get(self, persona_id: str, number: int) -> Version:
        """One version.

        Raises:
            NotFoundError: there is none of that number.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_of(persona_id).where(versions.c.number == number)).one_or_none()
        if row is None:
            raise NotFoundError(f'There is no version {number} of "{persona_id}".', hint="Choose one from the list of her versions.")
        return _version(row)

    def in_use(self, persona_id: str) -> tuple[int, ...]:
        """The numbers of the versions that her conversations keep to."""
        used = select(conversations.c.persona_version).distinct().order_by(conversations.c.persona_version)
        hers = conversations.c.persona_id == persona_id, conversations.c.deleted_at.is_(None), conversations.c.persona_version.is_not(None)
        with reading(self._engine) as connection:
            return tuple(connection.execute(used.where(*hers)).scalars())

    def latest(self, persona_id: str) -> Version | None:
        """The newest version; None for somebody who was never saved."""
        with reading(self._engine) as connection:
            return _newest(connection, persona_id)


def _of(persona_id: str) -> Select[Any]:
    return select(versions).where(versions.c.persona_id == persona_id).order_by(versions.c.number.desc())


def _newest(connection: Connection, persona_id: str) -> Version | None:
    row = connection.execute(_of(persona_id).limit(1)).one_or_none()
    return None if row is None else _version(row)


def _next_number(connection: Connection, persona_id: str) -> int:
    first = upsert(version_numbers).values(persona_id=persona_id, newest=1)
    next_ = first.on_conflict_do_update(index_elements=["persona_id"], set_={"newest": version_numbers.c.newest + 1})
    return int(connection.execute(next_.returning(version_numbers.c.newest)).scalar_one())


def _version(row: Row[Any]) -> Version:
    try:
        blueprint = Blueprint.model_validate(migrated(json.loads(row.blueprint)))
    except ValidationError as error:
        raise BlueprintError(
            f'Version {row.number} of "{row.persona_id}" cannot be read any more.', hint="Go back to the Companion that it was saved with."
        ) from error
    return Version(row.persona_id, row.number, row.note, row.saved_at, blueprint)
