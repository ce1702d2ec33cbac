"""A gate for tests of other rooms: it fires on one word and remembers what it read."""

from companion.events import HelpLine, Referral

CARD = Referral(title="Please talk to a person", body="A person can help.", lines=(HelpLine("A help line", "123"),), as_of="2026-11")


class FakeGate:
    """Fires when `word` occurs in the text.

    Attributes:
        read: every text it was asked about, oldest first.
    """

    def __init__(self, word: str = "crisis", card: Referral = CARD) -> None:
        self.word = word
        self.card = card
        self.read: list[str] = []

    def check(self, text: str) -> Referral | None:
        """The card when the word occurs, else None."""
        self.read.append(text)
        return self.card if self.word in text else None
