"""What may be recalled of what was said: the messages that were hit, and their neighbours on the active path.

A question and its answer rarely share words: "Which breed is he?" and "A beagle." Therefore what surrounds a hit is looked
at as well. Only messages that stand on the active path get here, so nothing that was edited away can be recalled.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from companion.store.database import fetch

AROUND = (-1, 1, 2)  # places beside a hit that are looked at as well
FARTHEST = 1 << 40  # places of a sitting, at most

Positions = NDArray[np.int64]

_COLUMNS = "m.sequence, m.id, m.conversation_id, m.place, m.sitting, m.role, m.text, m.created_at"
_STANDING = "m.on_path AND m.status != 'streaming' AND m.text != ''"
_BY_SEQUENCE = (  # CROSS JOIN keeps the order: SQLite would begin with the relationship, and walk through all of it
    f"SELECT {_COLUMNS} FROM json_each(?) wanted CROSS JOIN messages m ON m.sequence = wanted.value AND {_STANDING} "
    f"CROSS JOIN conversations c ON c.id = m.conversation_id AND c.persona_id = ?"
)
_BY_ID = _BY_SEQUENCE.replace("m.sequence = wanted", "m.id = wanted")
_BY_PLACE = (
    f"SELECT {_COLUMNS} FROM json_each(?) talk CROSS JOIN json_each(talk.value) wanted CROSS JOIN messages m "
    f"ON m.conversation_id = talk.key AND m.place = wanted.value AND {_STANDING}"
)


class Said(NamedTuple):
    """One standing message. `place` counts along its path; `sitting` tells one talk from the next of the same conversation."""

    sequence: int
    id: str
    conversation_id: str
    place: int
    sitting: int
    role: str
    text: str
    created_at: str

    @property
    def at(self) -> datetime:
        """When it was said; read here, since most messages of a pool are never asked."""
        return datetime.fromisoformat(self.created_at).replace(tzinfo=UTC)


@dataclass(slots=True)
class Pool:
    """Messages to choose from, in no order.

    Attributes:
        index: position by row number, in the order of `said`.
    """

    said: list[Said] = field(default_factory=list)
    index: dict[int, int] = field(default_factory=dict)
    _arrays: dict[str, Positions] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.said)

    def add(self, rows: Iterable[Sequence[Any]], besides: Collection[str] = ()) -> None:
        """Takes rows of the query, each message once, without those `besides`."""
        self._arrays.clear()
        for row in rows:
            if row[0] not in self.index and row[1] not in besides:
                self.index[row[0]] = len(self.said)
                self.said.append(Said._make(row))

    def beside(self, offset: int) -> Positions:
        """For each message the position of the one `offset` places further in the same sitting, or -1."""
        keys = self._once("keys", lambda: self.sittings() * FARTHEST + np.array([one.place for one in self.said], dtype=np.int64))
        order = self._once("order of keys", lambda: np.argsort(keys))
        return self._once(f"beside {offset}", lambda: _positions(keys, order, keys + offset))

    def at(self, rows: Positions) -> Positions:
        """For each row number the position of its message, or -1."""
        order = self._once("order", lambda: np.argsort(self._sequences()))
        return _positions(self._sequences(), order, rows)

    def having(self, rows: Positions) -> NDArray[np.bool_]:
        """Which messages have one of these row numbers."""
        has = np.zeros(len(self), dtype=np.bool_)
        at = self.at(rows)
        has[at[at >= 0]] = True
        return has

    def sittings(self) -> Positions:
        """A number for each message's sitting."""

        def numbered() -> Positions:
            numbers: dict[tuple[str, int], int] = {}
            return np.array([numbers.setdefault((one.conversation_id, one.sitting), len(numbers)) for one in self.said], dtype=np.int64)

        return self._once("sittings", numbered)

    def days(self, zone: tzinfo | None) -> list[date]:
        """The local day of each message."""
        return [one.at.astimezone(zone).date() for one in self.said]

    def _sequences(self) -> Positions:
        return self._once("sequences", lambda: np.fromiter(self.index, np.int64, len(self)))

    def _once(self, name: str, make: Callable[[], Positions]) -> Positions:
        if name not in self._arrays:
            self._arrays[name] = make()
        return self._arrays[name]


def _positions(keys: Positions, order: Positions, wanted: Positions) -> Positions:
    """Where each of some numbers stands among `keys`, which are all different; -1 where it does not. `order` sorts them."""
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    return np.where(keys[order[at]] == wanted, order[at], -1)


def gather(connection: Connection, persona_id: str, rows: Sequence[int], besides: Collection[str] = ()) -> Pool:
    """The standing messages of these row numbers, without `besides`."""
    pool = Pool()
    pool.add(fetch(connection, _BY_SEQUENCE, (json.dumps(rows), persona_id)), besides)
    return pool


def widen(pool: Pool, connection: Connection, persona_id: str, ids: Sequence[str], besides: Collection[str] = ()) -> None:
    """Adds the standing messages of these ids, and those around all of them."""
    pool.add(fetch(connection, _BY_ID, (json.dumps(ids), persona_id)), besides)
    places = {(one.conversation_id, one.place) for one in pool.said}
    wanted: dict[str, list[int]] = {}
    for conversation, place in sorted({(conversation, place + offset) for conversation, place in places for offset in AROUND} - places):
        wanted.setdefault(conversation, []).append(place)
    pool.add(fetch(connection, _BY_PLACE, (json.dumps(wanted),)), besides)


def with_repeats(connection: Connection, near: Mapping[str, float]) -> dict[str, float]:
    """Messages found by their vectors, and for each the newest that says the same, has no vector of its own (see `repeats`), and stands.

    Args:
        near: a value by id of the message, such as its cosine; what says the same gets the same.
    """
    asked = "SELECT same_as, id, max(sequence) FROM messages WHERE same_as IN (SELECT value FROM json_each(?)) AND on_path GROUP BY same_as"
    newest = {first: last for first, last, _ in fetch(connection, asked, (json.dumps(list(near)),))}
    return {**{newest[one]: value for one, value in near.items() if one in newest}, **near}


def standing(connection: Connection, persona_id: str, rows: Sequence[int]) -> tuple[Said, ...]:
    """Those of these messages that stand on an active path."""
    return tuple(gather(connection, persona_id, rows).said)
