"""What the Memory tab asks of Companion, and no more: so a test can hand in less."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from companion.forgetting import Forgetting
from companion.persona.library import Library
from companion.remember.protocol import Remembers
from companion.store.conversations import Conversations
from companion.store.memories import Imported, Memories
from companion.ui.felt import Feelings


class Knowledge(Protocol):
    """Companion, as the Memory tab sees it."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Aware now."""

    @property
    def library(self) -> Library:
        """Who there is."""

    @property
    def conversations(self) -> Conversations:
        """What was said."""

    @property
    def memories(self) -> Memories:
        """What is known."""

    @property
    def affects(self) -> Feelings:
        """What she felt."""

    @property
    def remembers(self) -> Remembers:
        """Recall, as a reply asks it."""

    @property
    def forgetting(self) -> Forgetting:
        """Forgetting by scope."""

    @property
    def indexing(self) -> Callable[[], tuple[int, int] | None]:
        """How far the index is: done, of total; None when there is nothing to do."""

    def positions(self, persona_id: str) -> Sequence[tuple[str, float, float]]:
        """Memories on a plane, what is alike close together: id, x, y.

        Raises:
            ModelError: it cannot be told what is alike.
        """

    def storage(self, persona_id: str) -> int:
        """Bytes used for this persona's memories."""

    def bring_in(self, persona_id: str, filename: str, content: bytes) -> Imported:
        """Reads a file of memories or a transcript.

        Raises:
            InputError: nothing in it can be read.
        """
