"""Forgetting at a person's wish, wherever it is kept: looked at first, then done, then final.

What is forgotten leaves recall, both indexes and the conversation in one step and can be taken back. Made final, its bytes
leave the database, the vector index and what a model had read, in memory and on disk. What it cost an SSD's spare blocks is out of reach.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select

from companion.errors import ConflictError, InputError
from companion.store.conversations import Conversations
from companion.store.database import reading
from companion.store.memories import Forgotten, Memories
from companion.store.scope import Covered, Scope, covered
from companion.store.tables import conversations

__all__ = ["Forgetting", "Scope", "Touched", "tidy"]
logger = logging.getLogger(__name__)
UNDO_FOR = timedelta(days=1)  # what was deleted longer ago is deleted for good at the next start


@dataclass(frozen=True, slots=True)
class Touched:
    """How much a forgetting touches."""

    memories: int
    messages: int


class Forgetting:
    """Forgets by scope.

    Args:
        let_go: told the ids of the conversations in which the words may have been read; what a model had read of them goes at once.
        erased: called when something is final, so that its vectors are removed.
    """

    def __init__(
        self,
        engine: Engine,
        memories: Memories,
        *,
        let_go: Callable[[Collection[str]], None],
        erased: Callable[[], None],
    ) -> None:
        self._engine, self._memories = engine, memories
        self._let_go, self._erased = let_go, erased

    def preview(self, persona_id: str, scope: Scope) -> Touched:
        """How much it would touch."""
        found = self._covered(persona_id, scope)
        return Touched(len(found.memories), len(found.messages))

    def forget(self, persona_id: str, scope: Scope) -> Forgotten:
        """Does it, until `undo` or `finish`.

        Raises:
            InputError: there is nothing of the kind.
            ConflictError: a reply is being written in one of the conversations.
        """
        found = self._covered(persona_id, scope)
        if not found.memories and not found.messages:
            raise InputError("There is nothing of that kind to forget.", hint="Choose other words or another period.")
        done = self._memories.forget([*found.memories, *found.messages])
        self.reread(persona_id)
        return done

    def reread(self, persona_id: str) -> None:
        """Lets go of all that a model had read with a persona, since it may hold words that were changed or are gone."""
        self._let_go(self._talks_with(persona_id))

    def pending(self, persona_id: str) -> Sequence[Forgotten]:
        """What can still be taken back, newest first."""
        return self._memories.pending(persona_id)

    def undo(self, token: str) -> None:
        """Takes it back.

        Raises:
            NotFoundError: it is final, or was taken back before.
        """
        self._memories.undo_forget(token)

    def finish(self, token: str) -> None:
        """Makes it final, bytes included; vectors follow in the background.

        Raises:
            NotFoundError: it is final already, or was taken back.
            ConflictError: it is gone, but a reader kept the log from being wiped; that happens at the next start.
        """
        try:
            self._memories.finish(token)
        finally:
            self._erased()

    def _talks_with(self, persona_id: str) -> set[str]:
        with reading(self._engine) as connection:
            return set(connection.execute(select(conversations.c.id).where(conversations.c.persona_id == persona_id)).scalars())

    def _covered(self, persona_id: str, scope: Scope) -> Covered:
        with reading(self._engine) as connection:
            return covered(connection, persona_id, scope)


def tidy(store: Conversations, now: datetime, erased: Callable[[], None]) -> None:
    """At start: closes what a dead process left open, and makes old deletions final.

    Args:
        erased: called when something is final.

    Raises:
        StorageError: the database cannot be written.
    """
    if interrupted := store.recover():
        logger.info("%d replies were interrupted when Companion ended", interrupted)
    try:
        if store.purge(now - UNDO_FOR):
            erased()
    except ConflictError as error:  # another program is reading: the bytes go at the next start
        logger.warning("%s", error)
        erased()
