"""Feelings for tests of other rooms: the same for every message, and a note of which were asked about and kept."""

from datetime import datetime

from companion.affect import Affect, Felt, Manner, Mood
from companion.persona.library import Persona
from companion.store.conversations import Message

MILD = Mood(0.25, 0.0, 0.0)


class FakeFeels:
    """Feels what it is told to.

    Attributes:
        mood, manner: of every message.
        asked, kept: ids of messages, oldest first.
        fail_with: raised instead of keeping.
    """

    def __init__(self, mood: Mood = MILD, manner: Manner | None = None) -> None:
        self.mood, self.manner = mood, manner or Manner()
        self.asked: list[str] = []
        self.kept: list[str] = []
        self.fail_with: Exception | None = None

    def feel(self, persona: Persona, user: Message, before: datetime | None) -> Felt:
        """The mood that is set, at the message's own moment."""
        self.asked.append(user.id)
        return Felt(user.id, Affect(user.created_at, self.mood), self.manner)

    def keep(self, felt: Felt) -> None:
        """Notes it."""
        if self.fail_with:
            raise self.fail_with
        self.kept.append(felt.message_id)
