"""The tree of messages: what is there, what hangs below it, and which leaf is shown.

The *active path* is the ancestry of a conversation's active leaf. A message *stands* (`on_path`) while it lies on the active
path of a conversation that is not deleted: what is remembered follows from that. Nothing here decides when the tree changes
or what can be undone; every function works inside the caller's transaction.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import CTE, Connection, Row, func, insert, select, text, true, update

from companion.errors import ConflictError, InputError, NotFoundError
from companion.store.database import fetch
from companion.store.records import Conversation, Message, Role, Status, from_message, shorten, to_message, to_spoken
from companion.store.tables import conversations, messages, withheld

_SPOKEN = "SELECT id, conversation_id, parent_id, role, text, status, created_at, finished_at FROM messages"
_STANDING = f"{_SPOKEN} WHERE conversation_id = ? AND messages.on_path AND place <= ? ORDER BY place"
_BESIDE = f"{_SPOKEN} WHERE id IN (SELECT value FROM json_each(?)) ORDER BY place"
TITLE_CHARS = 60
ON_PATH = text("messages.on_path")  # as the index says it, else SQLite would not use it
SITTING_ENDS_AFTER = timedelta(hours=6)

_oldest = messages.alias("oldest")
first_words = (
    select(_oldest.c.text)
    .where(_oldest.c.conversation_id == conversations.c.id, _oldest.c.role == "user", _oldest.c.text != "", _oldest.c.deleted_at.is_(None))
    .order_by(_oldest.c.sequence)
    .limit(1)
    .correlate(conversations)
    .scalar_subquery()
)


class Climbed(NamedTuple):
    """How a leaf hangs: below which place of what stands in its conversation (-1: of nothing), and by which messages."""

    conversation_id: str
    place: int
    beside: list[str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message about to join the tree."""

    role: Role
    text: str
    status: Status = "complete"


def title_of(row: Row[Any]) -> str:
    """The title by hand, else the user's first words, else nothing."""
    return row.title or shorten(row.first_words or "", TITLE_CHARS)


def live_conversation(connection: Connection, conversation_id: str) -> Conversation:
    """A conversation that is not deleted.

    Raises:
        NotFoundError: it is not there.
    """
    there = (conversations.c.id == conversation_id) & conversations.c.deleted_at.is_(None)
    row = connection.execute(select(conversations, first_words.label("first_words")).where(there)).one_or_none()
    if row is None:
        raise NotFoundError("This conversation is no longer there.", hint="Choose another one, or start a new one.")
    columns = ("id", "persona_id", "created_at", "updated_at", "active_leaf_id", "revision", "persona_version")
    return Conversation(title=title_of(row), **{name: getattr(row, name) for name in columns})


def live_message(connection: Connection, message_id: str) -> Message:
    """A message that is not deleted, in a conversation that is not deleted.

    Raises:
        NotFoundError: it is not there.
    """
    there = (messages.c.id == message_id) & messages.c.deleted_at.is_(None) & conversations.c.deleted_at.is_(None)
    query = select(messages).join(conversations, conversations.c.id == messages.c.conversation_id)
    row = connection.execute(query.where(there)).one_or_none()
    if row is None:
        raise NotFoundError("This message is no longer there.", hint="Reload the page to see the conversation as it is now.")
    return to_message(row)


def refuse_stranger(message: Message, conversation_id: str) -> None:
    """Keeps conversations apart.

    Raises:
        NotFoundError: the message is in another conversation.
    """
    if message.conversation_id != conversation_id:
        raise NotFoundError("This message is in another conversation.", hint="Open that conversation, then try again.")


def refuse_while_streaming(connection: Connection, conversation_id: str) -> None:
    """Lets nobody change the tree under a reply that is being written.

    Raises:
        ConflictError: a reply is being written.
    """
    writing = (messages.c.conversation_id == conversation_id) & (messages.c.status == "streaming") & messages.c.deleted_at.is_(None)
    if connection.execute(select(messages.c.id).where(writing).limit(1)).first() is not None:
        raise ConflictError("A reply is still being written here.", hint="Stop it, or wait until it is finished, then try again.")


def forgotten(connection: Connection, message_id: str) -> bool:
    """Whether a message's words are withheld, so that it has none for now."""
    return connection.execute(select(withheld.c.message_id).where(withheld.c.message_id == message_id)).first() is not None


def leaf_of(connection: Connection, conversation_id: str, leaf_id: str | None) -> str | None:
    """The leaf that was named, or the one that is shown.

    Raises:
        NotFoundError: the conversation is not there, or the leaf is in another one.
    """
    conversation = live_conversation(connection, conversation_id)
    if leaf_id is None:
        return conversation.active_leaf_id
    refuse_stranger(live_message(connection, leaf_id), conversation_id)
    return leaf_id


def path(connection: Connection, leaf_id: str | None) -> tuple[Message, ...]:
    """From the root to a leaf."""
    climbed = _climbed(connection, leaf_id)
    on_it = (messages.c.conversation_id == climbed.conversation_id) & ON_PATH & (messages.c.place <= climbed.place)
    standing = connection.execute(select(messages).where(on_it).order_by(messages.c.place))
    beside = connection.execute(select(messages).where(messages.c.id.in_(climbed.beside)).order_by(messages.c.place))
    return tuple(to_message(row) for row in (*standing, *beside))


def spoken(connection: Connection, leaf_id: str | None) -> tuple[Message, ...]:
    """The same without what was measured and recalled, ten times as fast: no JSON is read, and no row is wrapped."""
    climbed = _climbed(connection, leaf_id)
    standing = fetch(connection, _STANDING, (climbed.conversation_id, climbed.place))
    return tuple(to_spoken(row) for row in (*standing, *fetch(connection, _BESIDE, (json.dumps(climbed.beside),))))


def children(connection: Connection, conversation_id: str, parent_id: str | None) -> tuple[str, ...]:
    """Ids of what follows a message (of the roots, if None), oldest first."""
    here = (messages.c.conversation_id == conversation_id) & messages.c.deleted_at.is_(None)
    # With SQLAlchemy, `== None` becomes IS NULL, which is what a root has.
    rows = connection.execute(select(messages.c.id).where(here, messages.c.parent_id == parent_id).order_by(messages.c.sequence))
    return tuple(rows.scalars())


def siblings(connection: Connection, message_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """By the id of each message: ids of its alternatives, itself included, oldest first; none if it is deleted."""
    other = messages.alias("other")
    beside = (other.c.conversation_id == messages.c.conversation_id) & other.c.parent_id.is_not_distinct_from(messages.c.parent_id)
    living = messages.c.deleted_at.is_(None) & other.c.deleted_at.is_(None) & conversations.c.deleted_at.is_(None)
    query = (
        select(messages.c.id, other.c.id.label("other_id"))
        .join(other, beside)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id.in_(message_ids), living)
        .order_by(other.c.sequence)
    )
    found: dict[str, tuple[str, ...]] = dict.fromkeys(message_ids, ())
    for row in connection.execute(query):
        found[row.id] += (row.other_id,)
    return found


def below(message_id: str) -> CTE:
    """The subtree of a message, itself included, without what is deleted: one column, `id`."""
    down = select(messages.c.id).where(messages.c.id == message_id).cte("down", recursive=True)
    child = messages.alias("child")
    return down.union_all(select(child.c.id).join(down, child.c.parent_id == down.c.id).where(child.c.deleted_at.is_(None)))


def latest_leaf(connection: Connection, message_id: str) -> str:
    """The leaf below a message that was shown last; of those never shown, the newest."""
    down, child = below(message_id), messages.alias("next")
    followed = select(child.c.id).where(child.c.parent_id == messages.c.id, child.c.deleted_at.is_(None)).exists()
    leaves = select(messages.c.id).join(down, down.c.id == messages.c.id).where(~followed)
    return str(connection.execute(leaves.order_by(messages.c.last_active.desc(), messages.c.sequence.desc()).limit(1)).scalar_one())


def add(connection: Connection, conversation_id: str, parent_id: str | None, draft: Draft, now: datetime) -> Message:
    """Hangs a message below another, as the youngest sibling. It stands once `move_leaf` gets there."""
    place, sitting = 0, 0
    if parent_id is not None:
        columns = (messages.c.place, messages.c.sitting, messages.c.created_at)
        above = connection.execute(select(*columns).where(messages.c.id == parent_id)).one()
        place, sitting = above.place + 1, above.sitting + (now - above.created_at > SITTING_ENDS_AFTER)
    message = Message(
        id=uuid4().hex,
        conversation_id=conversation_id,
        parent_id=parent_id,
        role=draft.role,
        text=checked(draft.text),
        status=draft.status,
        created_at=now,
        finished_at=None if draft.status == "streaming" else now,
    )
    connection.execute(insert(messages).values(from_message(message) | {"place": place, "sitting": sitting}))
    return message


def move_leaf(connection: Connection, conversation_id: str, leaf_id: str | None, *, said_at: datetime | None = None) -> None:
    """Shows another leaf, remembers when, and bumps the revision.

    Args:
        said_at: set when something was said, which moves the conversation up in the list.
    """
    touch(connection, conversation_id, active_leaf_id=leaf_id, **({} if said_at is None else {"updated_at": said_at}))
    now = select(conversations.c.revision).where(conversations.c.id == conversation_id).scalar_subquery()
    connection.execute(update(messages).where(messages.c.id == leaf_id).values(last_active=now))
    _stand(connection, conversation_id, leaf_id)


def delete_conversation(connection: Connection, conversation_id: str, now: datetime) -> None:
    """Marks a conversation; nothing in it stands until it is shown again."""
    touch(connection, conversation_id, deleted_at=now)
    _stand(connection, conversation_id, None)


def _stand(connection: Connection, conversation_id: str, leaf_id: str | None) -> None:
    """Lets exactly the path to a leaf stand: climbs to where it meets what stands already, and switches only the difference."""
    mine, up = messages.c.conversation_id == conversation_id, _up_to_standing(leaf_id)
    meeting = connection.execute(select(func.max(up.c.place)).where(up.c.on_path)).scalar_one()
    deeper = true() if meeting is None else messages.c.place > meeting
    connection.execute(update(messages).where(mine, ON_PATH, deeper).values(on_path=False))
    connection.execute(update(messages).where(messages.c.id.in_(select(up.c.id).where(~up.c.on_path))).values(on_path=True))


def _up_to_standing(leaf_id: str | None) -> CTE:
    """A leaf and what is above it, up to the first message that stands: id, parent_id, place, on_path."""
    columns = (messages.c.id, messages.c.parent_id, messages.c.place, messages.c.on_path)
    up, above = select(*columns).where(messages.c.id == leaf_id).cte("up", recursive=True), messages.alias("above")
    higher = select(above.c.id, above.c.parent_id, above.c.place, above.c.on_path)
    return up.union_all(higher.join(up, above.c.id == up.c.parent_id).where(~up.c.on_path))


def _climbed(connection: Connection, leaf_id: str | None) -> Climbed:
    """Only beside what stands there is anything to climb."""
    up = _up_to_standing(leaf_id)
    columns = (messages.c.id, messages.c.conversation_id, messages.c.place, messages.c.on_path)
    rows = connection.execute(select(*columns).join(up, up.c.id == messages.c.id)).all()
    conversation_id, place = next(((row.conversation_id, row.place) for row in rows if row.on_path), ("", -1))
    return Climbed(conversation_id, place, [row.id for row in rows if not row.on_path])


def touch(connection: Connection, conversation_id: str, **values: Any) -> None:
    """Changes a conversation's columns and bumps its revision."""
    change = update(conversations).where(conversations.c.id == conversation_id)
    connection.execute(change.values(revision=conversations.c.revision + 1, **values))


def checked(text: str) -> str:
    """A text that can be stored.

    Raises:
        InputError: half a character, which no UTF-8 file can hold.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("The text contains half a character.", hint="Remove the broken sign and send it again.") from error
    return text
