"""Conversations that were held elsewhere, brought in whole: one transaction, each message with the time it was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Engine, insert

from companion.errors import InputError
from companion.store import tree
from companion.store.database import writing
from companion.store.records import Conversation, Role
from companion.store.tables import conversations
from companion.store.tree import Draft

MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a transcript; `at` is aware."""

    role: Role
    text: str
    at: datetime


def bring_in(engine: Engine, persona_id: str, lines: Sequence[Line], *, title: str = "", version: int | None = None) -> Conversation:
    """Makes a conversation of lines, oldest first; empty ones are left out.

    Args:
        version: number of the persona's version that it goes on with; None follows the newest.

    Raises:
        InputError: there is nothing to bring in, or far too much.
        StorageError: it cannot be saved; then nothing of it is.
    """
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        raise InputError("There are no messages in this transcript.", hint="Choose another file.")
    if len(lines) > MOST_LINES:
        raise InputError(f"This transcript has more than {MOST_LINES:,} messages.", hint="Split it, and bring in one part after another.")
    new_id = uuid4().hex
    row = {"id": new_id, "persona_id": persona_id, "title": tree.checked(title), "persona_version": version}
    times = {"created_at": min(line.at for line in lines), "updated_at": max(line.at for line in lines)}
    with writing(engine) as connection:
        connection.execute(insert(conversations).values(row | times))
        parent_id: str | None = None
        for line in lines:
            parent_id = tree.add(connection, new_id, parent_id, Draft(line.role, line.text), line.at).id
        tree.move_leaf(connection, new_id, parent_id)
        return tree.live_conversation(connection, new_id)
