"""What two people share: on how many days they talked, how often she answered, and when that was last.

Only messages that stand count. Nothing is kept in the database: the path above a message never changes, so what was counted up to
one that still stands holds, and only what came after it is counted. A change further up is counted anew, that conversation alone.
"""

import threading
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo

from sqlalchemy import Connection, Engine

from companion.store.database import fetch, reading

_TALKS = "SELECT id, revision FROM conversations WHERE persona_id = ? AND deleted_at IS NULL"
_STANDS = "SELECT 1 FROM messages WHERE id = ? AND on_path"
_TAIL = 8  # so many messages back one may be changed without counting the whole conversation anew
_ANSWERED = """
    SELECT said.id, said.place, said.created_at
    FROM messages AS said JOIN messages AS reply ON reply.conversation_id = said.conversation_id AND reply.place = said.place + 1
    WHERE said.conversation_id = ? AND said.on_path AND said.place >= ? AND said.role = 'user' AND reply.on_path AND reply.role = 'persona'
    ORDER BY said.place
"""


@dataclass(frozen=True, slots=True)
class Shared:
    """What two people shared before a moment.

    Attributes:
        turns: how many messages of the user she has answered.
        days: on how many different local days that was.
        today: how many of them on the moment's own day.
        last: when the user said the last of them; aware, None if there is none.
        first: the same of the first.
    """

    turns: int = 0
    days: int = 0
    today: int = 0
    last: datetime | None = None
    first: datetime | None = None

    def days_apart(self, at: datetime) -> int:
        """How many whole days of 24 hours have passed since the last one; 0 where there is none."""
        return max(0, (at - self.last).days) if self.last else 0


@dataclass(slots=True)
class _Talk:
    """What was counted in one conversation, in the order of its path, which is that of time."""

    revision: int = -1
    tail: tuple[tuple[str, int], ...] = ()  # id and place of the last messages that were counted
    times: "array[float]" = field(default_factory=lambda: array("d"))  # seconds since 1970
    days: Counter[date] = field(default_factory=Counter)


class SharedHistory:
    """The shared history of one home. Any thread may call any method, which raise StorageError when the disk refuses.

    A message counts as answered when a reply stands below it, whatever became of that reply, so that forgetting its words or
    going on with it later changes no count.

    Args:
        engine: from `open_database`.
        zone: where days begin; None is where this machine is.
    """

    def __init__(self, engine: Engine, zone: tzinfo | None = None) -> None:
        self._engine, self._zone = engine, zone
        self._talks: dict[str, _Talk] = {}
        self._lock = threading.Lock()

    def of(self, persona_id: str, before: datetime) -> Shared:
        """What the user and a persona shared before a moment, which is aware."""
        with self._lock, reading(self._engine) as connection:
            return self._summed(list(self._counted(connection, persona_id)), before)

    def _counted(self, connection: Connection, persona_id: str) -> Iterator[_Talk]:
        for talk_id, revision in fetch(connection, _TALKS, (persona_id,)):
            talk = self._talks.setdefault(talk_id, _Talk())
            if talk.revision != revision:
                talk = self._talks[talk_id] = self._continued(connection, talk_id, talk)
                talk.revision = revision
            yield talk

    def _continued(self, connection: Connection, talk_id: str, talk: _Talk) -> _Talk:
        above, place = talk.tail, 0
        while above and not fetch(connection, _STANDS, above[-1][:1]):
            above = above[:-1]
        if above:  # its last one stands, though its reply may not
            above, (_, place) = above[:-1], above[-1]
            for _ in talk.tail[len(above) :]:
                talk.days[self._day(talk.times.pop())] -= 1
        else:
            talk = _Talk()
        rows = fetch(connection, _ANSWERED, (talk_id, place))
        times = [datetime.fromisoformat(said_at).replace(tzinfo=UTC).timestamp() for _, _, said_at in rows]
        talk.times.extend(times)
        talk.days.update(map(self._day, times))
        talk.tail = (*above, *((message_id, at) for message_id, at, _ in rows[-_TAIL:]))[-_TAIL:]
        return talk

    def _summed(self, talks: Iterable[_Talk], before: datetime) -> Shared:
        moment, turns, last, days = before.timestamp(), 0, 0.0, Counter[date]()
        first = moment
        for talk in talks:
            if count := bisect_left(talk.times, moment):
                turns, first, last = turns + count, min(first, talk.times[0]), max(last, talk.times[count - 1])
                days.update(talk.days)
                days.subtract(map(self._day, talk.times[count:]))  # most often one: the message that is being answered
        today = days[before.astimezone(self._zone).date()]
        known = (datetime.fromtimestamp(at, UTC) if turns else None for at in (last, first))
        return Shared(turns, len(+days), today, *known)

    def _day(self, time: float) -> date:
        return datetime.fromtimestamp(time, UTC).astimezone(self._zone).date()
