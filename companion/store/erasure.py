"""Making deletions final: rows, and the bytes they leave behind.

With `secure_delete` SQLite overwrites what it frees; the write-ahead log still holds older pages until it is truncated, and
a backup made before a migration holds everything. What an SSD or a copying file system keeps of old blocks is out of reach.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select

from companion.store.tables import actions, conversations, messages


def purge(connection: Connection, before: datetime) -> int:
    """Removes the rows of what was deleted before a time, and the actions before it: what is final cannot be undone.

    Returns:
        How many messages and conversations were removed.
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
    connection.execute(delete(messages).where(messages.c.id.in_(select(down.c.id))))
    return removed + connection.execute(delete(conversations).where(conversations.c.deleted_at < before)).rowcount
