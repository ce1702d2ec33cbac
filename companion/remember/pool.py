"""What may be recalled of what was said: the messages that were hit, and their neighbours on the active path.

A question and its answer rarely share words: "Which breed is he?" and "A beagle." Therefore what surrounds a hit is looked
at as well. Only messages that stand on the active path get here, so nothing that was edited away can be recalled.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from companion.store.database import fetch

AROUND = (-1, 1, 2)  # places beside a hit that are looked at as well

_COLUMNS = "m.sequence, m.id, m.conversation_id, m.place, m.sitting, m.role, m.text, m.created_at"
_STANDING = "m.on_path AND m.status != 'streaming' AND m.text != ''"
_BY_SEQUENCE = (  # CROSS JOIN keeps the order: SQLite would begin with the relationship, and walk through all of it
    f"SELECT {_COLUMNS} FROM json_each(?) wanted CROSS JOIN messages m ON m.sequence = wanted.value AND {_STANDING} "
    f"CROSS JOIN conversations c ON c.id = m.conversation_id AND c.persona_id = ?"
)
_BY_ID = _BY_SEQUENCE.replace("m.sequence = wanted", "m.id = wanted")
_BY_PLACE = (
    f"SELECT {_COLUMNS} FROM json_each(?) wanted CROSS JOIN messages m "
    f"ON m.conversation_id = wanted.value ->> 0 AND m.place = wanted.value ->> 1 AND {_STANDING}"
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
    at: datetime


@dataclass(slots=True)
class Pool:
    """Messages to choose from, in no order.

    Attributes:
        index: position by row number, in the order of `said`.
    """

    said: list[Said] = field(default_factory=list)
    index: dict[int, int] = field(default_factory=dict)
    _beside: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    _places: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.said)

    def add(self, rows: Iterable[Sequence[object]], besides: Collection[str] = ()) -> None:
        """Takes rows of the query, each message once, without those `besides`."""
        self._beside.clear()
        self._places.clear()
        for row in rows:
            sequence, message_id, conversation_id, place, sitting, role, text, at = row
            if sequence not in self.index and message_id not in besides:
                self.index[sequence] = len(self.said)  # type: ignore[index]
                moment = datetime.fromisoformat(str(at)).replace(tzinfo=UTC)
                self.said.append(Said(sequence, message_id, conversation_id, place, sitting, role, text, moment))  # type: ignore[arg-type]

    def beside(self, offset: int) -> NDArray[np.int64]:
        """For each message the position of the one `offset` places further in the same sitting, or -1."""
        if not self._places:
            self._places.update({(one.conversation_id, one.sitting, one.place): i for i, one in enumerate(self.said)})
        if offset not in self._beside:
            found = (self._places.get((one.conversation_id, one.sitting, one.place + offset), -1) for one in self.said)
            self._beside[offset] = np.fromiter(found, np.int64, len(self))
        return self._beside[offset]

    def having(self, rows: Collection[int]) -> NDArray[np.bool_]:
        """Which messages have one of these row numbers."""
        return np.fromiter((sequence in rows for sequence in self.index), np.bool_, len(self))

    def sittings(self) -> NDArray[np.int64]:
        """A number for each message's sitting."""
        numbers: dict[tuple[str, int], int] = {}
        return np.array([numbers.setdefault((o.conversation_id, o.sitting), len(numbers)) for o in self.said], dtype=np.int64)

    def days(self, zone: tzinfo | None) -> list[date]:
        """The local day of each message."""
        return [one.at.astimezone(zone).date() for one in self.said]


def gather(connection: Connection, persona_id: str, rows: Sequence[int], ids: Sequence[str], besides: Collection[str] = ()) -> Pool:
    """The standing messages of these row numbers and these ids, and those around them; without `besides`."""
    pool = Pool()
    pool.add(fetch(connection, _BY_SEQUENCE, (json.dumps(rows), persona_id)), besides)
    pool.add(fetch(connection, _BY_ID, (json.dumps(ids), persona_id)), besides)
    places = {(one.conversation_id, one.place) for one in pool.said}
    wanted = {(conversation, place + offset) for conversation, place in places for offset in AROUND} - places
    pool.add(fetch(connection, _BY_PLACE, (json.dumps(sorted(wanted)),)), besides)
    return pool


def standing(connection: Connection, persona_id: str, rows: Sequence[int]) -> tuple[Said, ...]:
    """Those of these messages that stand on an active path."""
    pool = Pool()
    pool.add(fetch(connection, _BY_SEQUENCE, (json.dumps(rows), persona_id)))
    return tuple(pool.said)
