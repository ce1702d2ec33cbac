"""The chronicle's rows: memories of kind "summary", each with the messages it sums up.

An entry counts while every one of those messages stands, which is asked whenever the entries are read. Nothing here
overwrites one, so what a person has corrected stays as it is.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, case, func, select

from companion.store import telling
from companion.store.conversations import utc_now
from companion.store.database import reading, writing
from companion.store.memory_records import New
from companion.store.records import Message
from companion.store.standing import STANDS
from companion.store.tables import conversations, memories, memory_sources, messages

IMPORTANCE = 0.5
LEARNT_KINDS = ("fact", "event")


@dataclass(frozen=True, slots=True)
class Summed:
    """One entry.

    Attributes:
        text: what it says; a line for each thing.
        covers: ids of the messages it sums up.
        hidden: it was put aside by hand: it still covers them, and says nothing.
        written_at: when it came to be.
    """

    text: str
    covers: frozenset[str]
    hidden: bool
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    """What was learnt from a message: a note in words, how much it matters (0 to 1), and its value, if it has one."""

    message_id: str
    text: str
    value: str
    importance: float


class Chronicle:
    """The entries of one home folder. Any thread may call any method, which raise StorageError when the disk refuses.

    Args:
        engine: from `open_database`.
        clock: aware times; a test hands in its own.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self.clock = clock

    def of(self, conversation_id: str) -> tuple[Summed, ...]:
        """The entries of a conversation that stand, the oldest first."""
        persona = select(conversations.c.persona_id).where(conversations.c.id == conversation_id).scalar_subquery()
        about = select(memory_sources.c.memory_id).join(messages, messages.c.id == memory_sources.c.message_id)
        columns = (memories.c.text, memories.c.hidden, memories.c.created_at)
        query = (
            select(*columns, func.json_group_array(messages.c.id).label("covers"))
            .join(memory_sources, memory_sources.c.memory_id == memories.c.id)
            .join(messages, messages.c.id == memory_sources.c.message_id)
            .where(memories.c.persona_id == persona, memories.c.kind == "summary", memories.c.forgotten_at.is_(None))
            .where(memories.c.id.in_(about.where(messages.c.conversation_id == conversation_id)))
            .group_by(memories.c.sequence)
            .having(func.min(case((STANDS, 1), else_=0)) == 1)
            .order_by(memories.c.sequence)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(Summed(row.text, frozenset(json.loads(row.covers)), row.hidden, row.created_at) for row in rows)

    def write(self, persona_id: str, text: str, said: Sequence[Message]) -> bool:
        """Keeps an entry that sums up messages, unless one of them no longer stands.

        Args:
            text: a line for each thing; not empty.
            said: oldest first.
        """
        ids = [message.id for message in said]
        standing = select(messages.c.id).where(messages.c.id.in_(ids), STANDS)
        new = New(
            "summary",
            text,
            said_at=said[-1].created_at,
            holds_from=said[0].created_at,
            importance=IMPORTANCE,
            sources=tuple(ids),
        )
        with writing(self._engine) as connection:
            if len(connection.execute(standing).all()) < len(ids):
                return False
            telling.tell(connection, persona_id, new, self.clock())
        return True

    def noted(self, message_ids: Collection[str]) -> tuple[Noted, ...]:
        """What was learnt from some messages."""
        query = (
            select(memory_sources.c.message_id, memories.c.text, memories.c.value, memories.c.importance)
            .join(memories, memories.c.id == memory_sources.c.memory_id)
            .where(memory_sources.c.message_id.in_(message_ids), memories.c.kind.in_(LEARNT_KINDS), memories.c.forgotten_at.is_(None))
        )
        with reading(self._engine) as connection:
            return tuple(Noted(row.message_id, row.text, row.value or "", row.importance) for row in connection.execute(query))
