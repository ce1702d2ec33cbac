"""Taking actions back, the last one first.

Each action of a person leaves one row saying where the active leaf stood and what was overwritten. Undoing it restores
both and forgets the row. Since actions are taken back strictly in order, everything below a message that an action made
was made by that action too, and can go with it.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, delete, insert, select, update

from companion.store import tree
from companion.store.records import ActionKind, Conversation, Message, Undone, plain, plain_recalled
from companion.store.tables import actions, conversations, messages, withheld


def record(
    connection: Connection,
    conversation: Conversation,
    kind: ActionKind,
    now: datetime,
    *,
    message_id: str | None = None,
    former: dict[str, Any] | None = None,
) -> int:
    """Writes down an action, before it moves the leaf.

    Args:
        message_id: the message that the action made, continued or deleted.
        former: what it overwrites.

    Returns:
        The action's number.
    """
    row = {"conversation_id": conversation.id, "kind": kind, "at": now, "message_id": message_id, "former": former}
    new = insert(actions).values(leaf_before=conversation.active_leaf_id, **row).returning(actions.c.sequence)
    return int(connection.execute(new).scalar_one())


def last(connection: Connection, conversation_id: str) -> Row[Any] | None:
    """The action that would be undone next."""
    mine = select(actions).where(actions.c.conversation_id == conversation_id)
    return connection.execute(mine.order_by(actions.c.sequence.desc()).limit(1)).one_or_none()


def unfinished(message: Message) -> dict[str, Any]:
    """What continuing a reply overwrites."""
    finished_at = None if message.finished_at is None else message.finished_at.isoformat()
    written = {"text": message.text, "status": message.status, "finished_at": finished_at, "reason": message.reason}
    return written | {"trace": plain(message.trace), "referral": plain(message.referral), "recalled": plain_recalled(message.recalled)}


def mark_deleted(connection: Connection, message_id: str, now: datetime, deleted_by: int | None) -> None:
    """Marks a subtree. What was deleted in it before keeps its own mark."""
    doomed = select(tree.below(message_id).c.id)
    connection.execute(update(messages).where(messages.c.id.in_(doomed)).values(deleted_at=now, deleted_by=deleted_by))


def take_back(connection: Connection, conversation_id: str, now: datetime) -> Undone | None:
    """Undoes the last action, also the deletion of the conversation itself.

    Returns:
        What was undone; None if nothing is left to undo.
    """
    action = last(connection, conversation_id)
    if action is None:
        return None
    text = ""
    leaf_id: str | None = action.leaf_before
    match action.kind:
        case "send" | "regenerate" | "edit":
            if action.kind == "send":
                text = connection.execute(select(messages.c.text).where(messages.c.id == action.message_id)).scalar_one()
            mark_deleted(connection, action.message_id, now, None)
        case "delete_message":
            marked = update(messages).where(messages.c.deleted_by == action.sequence)
            connection.execute(marked.values(deleted_at=None, deleted_by=None))
        case "continue":
            former = dict(action.former)
            finished_at = former.pop("finished_at")
            restored = former | {"finished_at": finished_at and datetime.fromisoformat(finished_at)}
            if tree.forgotten(connection, action.message_id):
                hidden = update(withheld).where(withheld.c.message_id == action.message_id)
                connection.execute(hidden.values(text=restored.pop("text")))
            connection.execute(update(messages).where(messages.c.id == action.message_id).values(restored))
        case "rename" | "change_version":
            tree.touch(connection, conversation_id, **action.former)
        case "delete":
            connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(deleted_at=None))
    tree.move_leaf(connection, conversation_id, leaf_id)
    connection.execute(delete(actions).where(actions.c.sequence == action.sequence))
    return Undone(cast(ActionKind, action.kind), text)
