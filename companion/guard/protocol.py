"""The contract between a turn and whatever reads a message before anything is generated."""

from typing import Protocol

from companion.events import Referral


class Gate(Protocol):
    """Decides whether a message is answered by people instead of by a model."""

    def check(self, text: str) -> Referral | None:
        """Reads one user message.

        Returns:
            The card to show instead of a reply, or None when the turn may go on. The same text always gets the same
            answer.
        """
