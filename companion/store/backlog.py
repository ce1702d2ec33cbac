"""What the background still has to do: messages to learn from, by the rules and by a model, texts without a vector, vectors
without a text.

Every function works inside the caller's transaction.
"""

from collections.abc import Collection, Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update

from companion.store.memory_records import Speaker, Stale, Unembedded, Unlearned
from companion.store.standing import STANDS
from companion.store.tables import conversations, extractions, memories, messages, stale_vectors

MESSAGE, MEMORY = "m:", "k:"
MOST_FAILURES = 3  # of a model with one message; then it is left to the rules
_READABLE = STANDS & (messages.c.status != "streaming")
_SAID = ("id", "conversation_id", "role", "text", "created_at")


def unlearned(connection: Connection, persona_id: str | None, limit: int) -> tuple[Unlearned, ...]:
    """Standing messages that nothing was learnt from yet, oldest first."""
    query = _asked_and_said().where(~messages.c.learned)
    if persona_id is not None:
        query = query.where(conversations.c.persona_id == persona_id)
    return _to_read(connection, query.order_by(messages.c.sequence).limit(limit))


def unextracted(connection: Connection, persona_id: str, limit: int) -> tuple[Unlearned, ...]:
    """Standing messages of the user that the rules have read and a language model has not, newest first; those it failed with last.

    What was answered with help lines is shown to no model.
    """
    reply, mine = messages.alias("reply"), extractions.c.message_id == messages.c.id
    referred = select(reply.c.id).where(reply.c.parent_id == messages.c.id, reply.c.referral.is_not(None)).correlate(messages).exists()
    failures = func.coalesce(extractions.c.failures, 0)
    query = _asked_and_said().outerjoin(extractions, mine).where(conversations.c.persona_id == persona_id, messages.c.learned)
    query = query.where(messages.c.role == "user", ~func.coalesce(extractions.c.done, False), failures < MOST_FAILURES, ~referred)
    return _to_read(connection, query.order_by(failures, messages.c.sequence.desc()).limit(limit))


def is_extracted(connection: Connection, message_id: str) -> bool:
    """Whether a language model has read a message."""
    done = select(extractions.c.done).where(extractions.c.message_id == message_id)
    return bool(connection.execute(done).scalar_one_or_none())


def mark_extracted(connection: Connection, message_id: str) -> None:
    """Notes that a language model has read a message."""
    _note_extraction(connection, message_id, done=True)


def mark_failed(connection: Connection, message_id: str) -> None:
    """Notes that a language model could make nothing of a message, if it is still there."""
    if connection.execute(select(messages.c.id).where(messages.c.id == message_id)).first() is not None:
        _note_extraction(connection, message_id, failures=extractions.c.failures + 1)


def _note_extraction(connection: Connection, message_id: str, **columns: object) -> None:
    fresh = {"message_id": message_id, "done": False, "failures": 0}
    connection.execute(insert(extractions).prefix_with("OR IGNORE"), fresh)
    connection.execute(update(extractions).where(extractions.c.message_id == message_id).values(columns))


def _asked_and_said() -> Select[Any]:
    """Standing messages, with what each answers."""
    before = messages.alias("before")
    asked = select(before.c.text).where(before.c.id == messages.c.parent_id).correlate(messages).scalar_subquery()
    query = select(*(messages.c[name] for name in _SAID), conversations.c.persona_id, asked.label("asked"))
    return query.join(conversations, conversations.c.id == messages.c.conversation_id).where(_READABLE)


def _to_read(connection: Connection, query: Select[Any]) -> tuple[Unlearned, ...]:
    rows = connection.execute(query)
    return tuple(Unlearned(**{name: getattr(row, name) for name in (*_SAID, "persona_id")}, asked=row.asked or "") for row in rows)


def unembedded(connection: Connection, limit: int) -> tuple[Unembedded, ...]:
    """Texts without a vector: memories first, then standing messages, both oldest first."""
    noted = _noted(connection, ~memories.c.embedded, limit)
    return (*noted, *_said(connection, ~messages.c.embedded, limit - len(noted)))


def mark_embedded(connection: Connection, items: Collection[Unembedded], same: Mapping[str, str]) -> None:
    """Notes that texts have their vectors now. One that changed since it was handed out stays on the list, and what was made
    of it is to be removed.

    Args:
        same: ids of messages that were given no vector of their own, and whose stands for theirs.
    """
    ids = {prefix: [item.item_id[2:] for item in items if item.item_id.startswith(prefix)] for prefix in (MEMORY, MESSAGE)}
    as_it_is = {*_noted(connection, memories.c.id.in_(ids[MEMORY])), *_said(connection, messages.c.id.in_(ids[MESSAGE]))}
    good = [item.item_id for item in items if item in as_it_is]
    noted, said = ([item_id.removeprefix(prefix) for item_id in good if item_id.startswith(prefix)] for prefix in (MEMORY, MESSAGE))
    connection.execute(update(memories).where(memories.c.id.in_(noted)).values(embedded=True))
    connection.execute(update(messages).where(messages.c.id.in_(said)).values(embedded=True, same_as=None))
    mark_removed(connection, [item_id for item_id in good if item_id not in same])
    for item_id in same.keys() & set(good):  # it stays listed: a vector that it had before is to be removed
        like = {"same_as": same[item_id].removeprefix(MESSAGE)}
        connection.execute(update(messages).where(messages.c.id == item_id.removeprefix(MESSAGE)).values(like))
    if outdated := [{"item_id": item.item_id, "persona_id": item.persona_id} for item in items if item not in as_it_is]:
        connection.execute(insert(stale_vectors).prefix_with("OR IGNORE"), outdated)


def stale(connection: Connection, limit: int) -> tuple[Stale, ...]:
    """Vectors whose text is gone or another. A new vector takes an id off this list: embed first, then remove."""
    rows = connection.execute(select(stale_vectors).limit(limit))
    return tuple(Stale(row.item_id, row.persona_id) for row in rows)


def mark_removed(connection: Connection, item_ids: Collection[str]) -> None:
    """Notes that the index has let go of vectors, or has others in their place. What they stood for waits for one of its own."""
    connection.execute(delete(stale_vectors).where(stale_vectors.c.item_id.in_(item_ids)))
    gone = [item_id.removeprefix(MESSAGE) for item_id in item_ids if item_id.startswith(MESSAGE)]
    connection.execute(update(messages).where(messages.c.same_as.in_(gone)).values(embedded=False, same_as=None))


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
