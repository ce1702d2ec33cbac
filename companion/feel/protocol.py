"""The contract between a turn and what she feels."""

from datetime import datetime
from typing import Protocol

from companion.affect import Felt
from companion.persona.library import Persona
from companion.store.conversations import Message


class Feels(Protocol):
    """Works out what a message does to her, and how she then talks. Never a language model: it stands before the first word."""

    def feel(self, persona: Persona, user: Message, before: datetime | None) -> Felt:
        """What she feels after a message; the same for the same message as long as it stands, however often it is asked.

        Args:
            before: when the two talked last before it; None if they never did.

        Raises:
            StorageError: what she felt before cannot be read.
        """

    def keep(self, felt: Felt) -> None:
        """Keeps it with its message, when nobody waits any more.

        Raises:
            StorageError: the disk refuses.
        """
