"""What the background still has to do: messages to learn from, texts without a vector, vectors without a text.

Every function works inside the caller's transaction.
"""

from collections.abc import Collection
from typing import cast

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from companion.store.memory_records import Speaker, Stale, Unembedded, Unlearned
from companion.store.standing import STANDS
from companion.store.tables import conversations, memories, messages, stale_vectors

MESSAGE, MEMORY = "m:", "k:"
_READABLE = STANDS & (messages.c.status != "streaming")


def unlearned(connection: Connection, persona_id: str | None, limit: int) -> tuple[Unlearned, ...]:
    """Standing messages that nothing was learnt from yet, oldest first."""
    before = messages.alias("before")
    asked = select(before.c.text).where(before.c.id == messages.c.parent_id).correlate(messages).scalar_subquery()
    names = ("id", "conversation_id", "role", "text", "created_at")
    query = (
        select(*(messages.c[name] for name in names), conversations.c.persona_id, asked.label("asked"))
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(~messages.c.learned, _READABLE)
    )
    if persona_id is not None:
        query = query.where(conversations.c.persona_id == persona_id)
    rows = connection.execute(query.order_by(messages.c.sequence).limit(limit))
    return tuple(Unlearned(**{name: getattr(row, name) for name in (*names, "persona_id")}, asked=row.asked or "") for row in rows)


def unembedded(connection: Connection, limit: int) -> tuple[Unembedded, ...]:
    """Texts without a vector: memories first, then standing messages, both oldest first."""
    noted = _noted(connection, ~memories.c.embedded, limit)
    return (*noted, *_said(connection, ~messages.c.embedded, limit - len(noted)))


def mark_embedded(connection: Connection, items: Collection[Unembedded]) -> None:
    """Notes that texts have their vectors now. One that changed since it was handed out stays on the list, and what was made
    of it is to be removed."""
    ids = {prefix: [item.item_id[2:] for item in items if item.item_id.startswith(prefix)] for prefix in (MEMORY, MESSAGE)}
    as_it_is = {*_noted(connection, memories.c.id.in_(ids[MEMORY])), *_said(connection, messages.c.id.in_(ids[MESSAGE]))}
    good = [item.item_id for item in items if item in as_it_is]
    for table, prefix in ((memories, MEMORY), (messages, MESSAGE)):
        mine = [item_id[2:] for item_id in good if item_id.startswith(prefix)]
        connection.execute(update(table).where(table.c.id.in_(mine)).values(embedded=True))
    mark_removed(connection, good)
    if outdated := [{"item_id": item.item_id, "persona_id": item.persona_id} for item in items if item not in as_it_is]:
        connection.execute(insert(stale_vectors).prefix_with("OR IGNORE"), outdated)


def stale(connection: Connection, limit: int) -> tuple[Stale, ...]:
    """Vectors whose text is gone or another. A new vector takes an id off this list: embed first, then remove."""
    rows = connection.execute(select(stale_vectors).limit(limit))
    return tuple(Stale(row.item_id, row.persona_id) for row in rows)


def mark_removed(connection: Connection, item_ids: Collection[str]) -> None:
    """Notes that the index has let go of vectors."""
    connection.execute(delete(stale_vectors).where(stale_vectors.c.item_id.in_(item_ids)))


def _noted(connection: Connection, wanted: ColumnElement[bool], limit: int = -1) -> tuple[Unembedded, ...]:
    """Memories as they are embedded."""
    query = select(memories).where(wanted, memories.c.forgotten_at.is_(None)).order_by(memories.c.sequence).limit(limit)
    return tuple(Unembedded(MEMORY + row.id, row.persona_id, row.text, "") for row in connection.execute(query))


def _said(connection: Connection, wanted: ColumnElement[bool], limit: int = -1) -> tuple[Unembedded, ...]:
    """Standing messages as they are embedded."""
    first, second = messages.alias("first"), messages.alias("second")
    above = [column.label(f"{one.name}_{column.name}") for one in (first, second) for column in (one.c.role, one.c.text)]
    query = (
        select(messages.c.id, messages.c.role, messages.c.text, conversations.c.persona_id, *above)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .outerjoin(second, (second.c.id == messages.c.parent_id) & (second.c.sitting == messages.c.sitting))
        .outerjoin(first, (first.c.id == second.c.parent_id) & (first.c.sitting == messages.c.sitting))
        .where(wanted, _READABLE)
        .order_by(messages.c.sequence)
        .limit(limit)
    )
    found = []
    for row in connection.execute(query):
        before = ((row.first_role, row.first_text), (row.second_role, row.second_text))
        spoken = tuple((speaker, text) for speaker, text in before if text)
        found.append(Unembedded(MESSAGE + row.id, row.persona_id, row.text, cast(Speaker, row.role), spoken))
    return tuple(found)
