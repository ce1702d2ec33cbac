"""What feelings were read in the user's messages, and the patterns that follow from those that stand.

A reading is kept once for each message and counts while that message stands, which is asked whenever readings are. A pattern is
a memory whose sources are all the messages that it counts, so it stands exactly as long as its counts are right: an edit puts
it aside in the same transaction, and renewing writes it anew from what is left.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, func, insert, select, update

from companion.store import telling
from companion.store.conversations import utc_now
from companion.store.database import reading, writing
from companion.store.memory_records import New
from companion.store.standing import STANDS
from companion.store.tables import conversations, memories, memory_sources, messages, readings

RENEWED = ("said_at", "holds_from", "importance")


@dataclass(frozen=True, slots=True)
class Read:
    """What was read in a message.

    Attributes:
        text: the words it was read from.
        topics: what they are about, the main one first; often none.
        feelings: those that stand out, each with its probability in (0, 1], the strongest first.
        valence: from -1 (bad to feel) to 1 (good to feel).
    """

    message_id: str
    text: str
    topics: tuple[str, ...]
    feelings: Mapping[str, float]
    valence: float


@dataclass(frozen=True, slots=True)
class Felt:
    """A reading that counts: its message stands. `at` is when it was said, aware; the rest is as in `Read`."""

    message_id: str
    at: datetime
    topics: tuple[str, ...]
    feelings: Mapping[str, float]
    valence: float


class Readings:
    """The readings of one home. Any thread may call any method, which raise StorageError when the disk refuses.

    Args:
        engine: from `open_database`.
        clock: aware times; a test hands in its own.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self.clock = clock

    def keep(self, read: Sequence[Read]) -> None:
        """Keeps readings; of a message that was read before, that is gone, or that has other words by now, nothing."""
        rows = [{"id": one.message_id, "said": one.text, "t": list(one.topics), "f": dict(one.feelings), "v": one.valence} for one in read]
        columns = (messages.c.id, *(bindparam(name, type_=readings.c[column].type) for name, column in zip("tfv", _READ, strict=True)))
        as_read = select(*columns).where(messages.c.id == bindparam("id"), messages.c.text == bindparam("said"))
        if rows:
            with writing(self._engine) as connection:
                connection.execute(insert(readings).prefix_with("OR IGNORE").from_select(["message_id", *_READ], as_read), rows)

    def felt(self, persona_id: str, since: datetime) -> tuple[Felt, ...]:
        """The readings of messages that stand and were said from a time on, oldest first."""
        query = (
            select(readings, messages.c.created_at)
            .join(messages, messages.c.id == readings.c.message_id)
            .join(conversations, conversations.c.id == messages.c.conversation_id)
            .where(conversations.c.persona_id == persona_id, STANDS, messages.c.created_at >= since)
            .order_by(messages.c.created_at, messages.c.id)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(Felt(row.message_id, row.created_at, tuple(row.topics), row.feelings, row.valence) for row in rows)

    def states(self) -> dict[str, tuple[int, ...]]:
        """For each persona something that is another as soon as other readings count, or others did in between."""
        kept = select(func.count(), func.coalesce(func.max(readings.c.sequence), 0)).select_from(readings)
        living = select(conversations.c.persona_id, func.sum(conversations.c.revision), func.count())
        living = living.where(conversations.c.deleted_at.is_(None)).group_by(conversations.c.persona_id)
        with reading(self._engine) as connection:
            read = tuple(connection.execute(kept).one())
            return {persona_id: (*read, *state) for persona_id, *state in connection.execute(living)}

    def renew(self, persona_id: str, news: Iterable[New]) -> bool:
        """Makes a persona's patterns those that are given, each known by its slot; those written by hand stay as they are.

        A pattern that is no longer one is removed, unless a person has pinned, hidden or edited it: then it is no longer in force.
        Words that a person has edited stay. One that is forgotten comes back only by being remembered again.

        Returns:
            Whether anything had to be changed.
        """
        now = self.clock()
        derived = (memories.c.persona_id == persona_id) & (memories.c.kind == "pattern") & ~memories.c.by_hand
        with writing(self._engine) as connection:
            there = {row.slot: row for row in connection.execute(select(memories).where(derived))}
            changed = False
            for new in news:
                row = there.pop(new.slot, None)
                if telling.known(connection, persona_id, new.sources) != new.sources:
                    continue
                if row is None:
                    telling.write(connection, persona_id, new, now, by_hand=False)
                changed |= row is None or (row.forgotten_at is None and _renewed(connection, row, new))
            ended = [_ended(connection, row, now) for row in there.values() if row.forgotten_at is None]
        return changed or any(ended)


_READ = ("topics", "feelings", "valence")


def _renewed(connection: Connection, row: Row[Any], new: New) -> bool:
    """Brings a row up to date; says whether it was not."""
    named = set(connection.execute(select(memory_sources.c.message_id).where(memory_sources.c.memory_id == row.id)).scalars())
    columns: dict[str, Any] = {name: getattr(new, name) for name in RENEWED} | {"holds_until": None}
    if row.edited_at is None:
        columns["text"] = new.text
    other = {name: value for name, value in columns.items() if value != getattr(row, name)}
    if other:
        connection.execute(update(memories).where(memories.c.id == row.id).values(other))
    if gone := named.difference(new.sources):
        mine = memory_sources.c.memory_id == row.id
        connection.execute(delete(memory_sources).where(mine, memory_sources.c.message_id.in_(gone)))
    added = telling.add_sources(connection, row.id, new.sources)
    return bool(other or gone or added)


def _ended(connection: Connection, row: Row[Any], now: datetime) -> bool:
    mine = memories.c.id == row.id
    if not (row.pinned or row.hidden or row.edited_at):
        connection.execute(delete(memories).where(mine))
        return True
    if row.holds_until is None:
        connection.execute(update(memories).where(mine).values(holds_until=now))
    return row.holds_until is None
