"""Forgetting memories and messages at a person's wish: marked first, then final.

A forgotten memory competes with nothing and is found by nothing. A forgotten message keeps its place in the conversation and
loses its words at once; they are withheld in a table of their own, which only undoing reads. `erasure.py` makes both final.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, delete, insert, select, update

from companion.errors import NotFoundError
from companion.store import tree
from companion.store.memory_records import Forgotten
from companion.store.tables import conversations, memories, messages, withheld

AT_ONCE = 500


def forget(connection: Connection, ids: Collection[str], now: datetime) -> Forgotten:
    """Forgets memories and messages; what is forgotten already stays so.

    Raises:
        ConflictError: a reply is being written in a conversation whose message is named.
        NotFoundError: one of them is not there.
    """
    token, ids = uuid4().hex, tuple(dict.fromkeys(ids))
    known = {row.id: row for row in _named(connection, select(memories.c.id, memories.c.forgotten_at), memories.c.id, ids)}
    kept = select(messages.c.id, messages.c.text, messages.c.learned, messages.c.conversation_id)
    said = {row.id: row for row in _named(connection, kept, messages.c.id, [each for each in ids if each not in known])}
    if len(known) + len(said) < len(ids):
        raise NotFoundError("Some of this is no longer there.", hint="Reload the page to see what is remembered now.")

    gone = tuple(each for each in ids if each in known and known[each].forgotten_at is None)
    if gone:
        mark = update(memories).where(memories.c.id == bindparam("memory")).values(forgotten_at=now, forgotten_by=token)
        connection.execute(mark, [{"memory": each} for each in gone])
    spoken = [said[each] for each in ids if each in said and said[each].text]
    for conversation_id in dict.fromkeys(row.conversation_id for row in spoken):
        tree.refuse_while_streaming(connection, conversation_id)
        tree.touch(connection, conversation_id)
    if spoken:
        rows = [{"message_id": row.id, "text": row.text, "learned": row.learned} for row in spoken]
        connection.execute(insert(withheld).values(forgotten_by=token, forgotten_at=now), rows)
        silence = update(messages).where(messages.c.id == bindparam("message")).values(text="")
        connection.execute(silence, [{"message": row.id} for row in spoken])
    return Forgotten(token, gone, tuple(row.id for row in spoken), now)


def _named(connection: Connection, query: Select[Any], column: ColumnElement[str], ids: Sequence[str]) -> Iterator[Row[Any]]:
    """Rows by their ids, of which there may be more than one statement can name."""
    for start in range(0, len(ids), AT_ONCE):
        yield from connection.execute(query.where(column.in_(ids[start : start + AT_ONCE])))


def pending(connection: Connection, persona_id: str) -> tuple[Forgotten, ...]:
    """What can still be taken back, newest first."""
    noted = select(memories.c.id, memories.c.forgotten_by, memories.c.forgotten_at).where(memories.c.forgotten_at.is_not(None))
    said = select(messages.c.id, withheld.c.forgotten_by, withheld.c.forgotten_at)
    said = said.join(withheld, withheld.c.message_id == messages.c.id)
    said = said.join(conversations, conversations.c.id == messages.c.conversation_id)
    known = connection.execute(noted.where(memories.c.persona_id == persona_id).order_by(memories.c.sequence)).all()
    spoken = connection.execute(said.where(conversations.c.persona_id == persona_id).order_by(messages.c.sequence)).all()
    times = {row.forgotten_by: row.forgotten_at for row in (*known, *spoken)}
    found = []
    for token in sorted(times, key=times.__getitem__, reverse=True):
        noted_ids, spoken_ids = (tuple(row.id for row in rows if row.forgotten_by == token) for rows in (known, spoken))
        found.append(Forgotten(token, noted_ids, spoken_ids, times[token]))
    return tuple(found)


def take_back(connection: Connection, token: str) -> None:
    """Remembers again what was forgotten in one go.

    Raises:
        NotFoundError: nothing of it is left.
    """
    back = update(memories).where(memories.c.forgotten_by == token).values(forgotten_at=None, forgotten_by=None)
    count = connection.execute(back).rowcount
    said = connection.execute(select(withheld, messages.c.conversation_id).join(messages).where(withheld.c.forgotten_by == token)).all()
    if not count and not said:
        raise NotFoundError("This cannot be remembered again.", hint="It was forgotten for good, or is remembered already.")
    for row in said:
        mine = update(messages).where(messages.c.id == row.message_id)
        connection.execute(mine.values(text=row.text))
        # In a second step: a trigger takes it back when the text changes, and nothing new is to be learnt from these words.
        connection.execute(mine.values(learned=row.learned))
    for conversation_id in {row.conversation_id for row in said}:
        tree.touch(connection, conversation_id)
    connection.execute(delete(withheld).where(withheld.c.forgotten_by == token))
