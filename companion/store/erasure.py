"""Making deletions final: rows, and the bytes they leave behind.

With `secure_delete` SQLite overwrites what it frees; the write-ahead log still holds older pages until it is truncated, and
a backup made before a migration holds everything. The word indexes keep the words of removed rows in older segments until
those are merged. What an SSD or a copying file system keeps of old blocks is out of reach.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, delete, func, or_, select, update

from companion.store.memory_records import WHOLE
from companion.store.tables import actions, affects, conversations, memories, memory_sources, messages, pictures, readings, withheld


def purge(connection: Connection, before: datetime) -> int:
    """Removes the rows of what was deleted or forgotten before a time, and the actions before it: what is final cannot be undone.

    A memory that none of its sources is left of goes with the last one, a pattern or a summary with the first.

    Returns:
        How many messages, conversations, memories and pictures a person had deleted or forgotten.
    """
    gone = select(conversations.c.id).where(conversations.c.deleted_at < before).scalar_subquery()
    doomed = select(messages.c.id).where(or_(messages.c.deleted_at < before, messages.c.conversation_id.in_(gone)))
    down, child = doomed.cte("doomed", recursive=True), messages.alias("child")
    # UNION, not UNION ALL: a deleted message below a deleted one is reached twice.
    down = down.union(select(child.c.id).join(down, child.c.parent_id == down.c.id))

    past = actions.alias("past")
    newest_past = (
        select(func.max(past.c.sequence)).where(past.c.at < before, past.c.conversation_id == actions.c.conversation_id).scalar_subquery()
    )
    connection.execute(delete(actions).where(actions.c.sequence <= newest_past))
    connection.execute(delete(actions).where(actions.c.conversation_id.in_(gone)))
    # Counted beforehand: the driver reports no count for a statement that begins with WITH.
    removed = connection.execute(select(func.count()).select_from(down)).scalar_one()
    removed += _forget(connection, withheld.c.forgotten_at < before, memories.c.forgotten_at < before)
    _let_go_of(connection, select(down.c.id))
    connection.execute(delete(messages).where(messages.c.id.in_(select(down.c.id))))
    removed += connection.execute(delete(pictures).where(pictures.c.deleted_at < before)).rowcount
    removed += connection.execute(delete(conversations).where(conversations.c.deleted_at < before)).rowcount
    _merge_words(connection)
    return removed


def finish(connection: Connection, token: str) -> int:
    """Removes what was forgotten in one go.

    Returns:
        How many memories and messages it was.
    """
    removed = _forget(connection, withheld.c.forgotten_by == token, memories.c.forgotten_by == token)
    _merge_words(connection)
    return removed


def _forget(connection: Connection, said: ColumnElement[bool], known: ColumnElement[bool]) -> int:
    _withdraw(connection, connection.execute(select(memories.c.id).where(known)).scalars().all())
    removed = connection.execute(delete(memories).where(known)).rowcount
    silent, past = select(withheld.c.message_id).where(said), actions.alias("past")
    # Undoing a continuation would bring earlier words of the reply back.
    continued = (past.c.kind == "continue") & past.c.message_id.in_(silent) & (past.c.conversation_id == actions.c.conversation_id)
    connection.execute(delete(actions).where(actions.c.sequence <= select(func.max(past.c.sequence)).where(continued).scalar_subquery()))
    _let_go_of(connection, silent)
    return removed + connection.execute(delete(withheld).where(said)).rowcount


def _withdraw(connection: Connection, memory_ids: Collection[str]) -> None:
    """Takes the topic of forgotten patterns out of what was read in their messages, so that they are not found anew."""
    query = (
        select(readings, memories.c.subject)
        .join(memory_sources, memory_sources.c.message_id == readings.c.message_id)
        .join(memories, memories.c.id == memory_sources.c.memory_id)
        .where(memories.c.id.in_(memory_ids), memories.c.kind == "pattern", ~memories.c.by_hand)
    )
    left: dict[str, list[str]] = {}
    for row in connection.execute(query).all():
        left[row.message_id] = [topic for topic in left.get(row.message_id, row.topics) if topic != row.subject]
    for message_id, topics in left.items():
        connection.execute(update(readings).where(readings.c.message_id == message_id).values(topics=topics))


def _let_go_of(connection: Connection, sources: Select[tuple[str]]) -> None:
    """Takes messages out of the sources of memories, removes those that rest on nothing then, and what was read, felt and shown at
    the messages."""
    told = select(memory_sources.c.memory_id).where(memory_sources.c.message_id.in_(sources))
    connection.execute(delete(memories).where(memories.c.kind.in_(WHOLE), ~memories.c.by_hand, memories.c.id.in_(told)))
    connection.execute(delete(memory_sources).where(memory_sources.c.message_id.in_(sources)))
    for derived in (readings, affects, pictures):
        connection.execute(delete(derived).where(derived.c.message_id.in_(sources)))
    rests = select(memory_sources.c.memory_id).where(memory_sources.c.memory_id == memories.c.id).exists()
    connection.execute(delete(memories).where(~memories.c.by_hand, ~rests))


def _merge_words(connection: Connection) -> None:
    """Leaves one segment of each word index: the older ones name words that no row has any more."""
    for index in ("message_words", "memory_words"):
        connection.exec_driver_sql(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
