"""Keeps avoided phrases out of a text that is shown while it is written, for writers that cannot be held to them token by token.

What may turn out to be the beginning of a phrase waits. Where a phrase stands, it and the rest of its sentence are left out, and an
ellipsis says so if something of that sentence was shown. The text goes on with the next sentence; something always remains.
"""

from collections.abc import Sequence

from companion.think.phrases import NOTHING_SAID, Said, completed, heard
from companion.think.spelling import all_spellings

ENDS = ".!?…。！？"
ELLIPSIS = "…"
SHOWN = 0  # where everything began that was shown already; what is held begins behind it


class Withheld:
    """What of a growing text may be shown.

    Args:
        phrases: as people write them.
        before: the text that this one continues.
    """

    def __init__(self, phrases: Sequence[str], before: str = "") -> None:
        self._phrases = all_spellings(phrases)
        self._reach = 4 * max(map(len, self._phrases), default=0) + 1  # of what was shown, so much may be the beginning of a phrase
        self._shown = before[-self._reach :]
        self._held, self._at = "", SHOWN + 1
        self._said = self._anew()
        self._lost = self._leaving_out = self._ended = False

    def feed(self, text: str) -> str:
        """Takes new text, returns what may be shown of all that was held back and this."""
        if not self._phrases:
            return text
        return "".join(self._passed(char) if self._leaving_out else self._taken(char) for char in text)

    def close(self) -> str:
        """What was held back and stands."""
        began = completed(self._said)
        told = self._leave_out(began) if began >= 0 and not self._leaving_out else self._show(len(self._held))
        if self._lost and not self._shown.strip():
            told += self._tell(ELLIPSIS)
        return told

    def _taken(self, char: str) -> str:
        self._said = heard(self._said, char, self._phrases, self._at + len(self._held))
        self._held += char
        if self._said.found >= 0:
            return self._leave_out(self._said.found) + self._passed(char)
        return self._show(min(self._said.places.values(), default=self._at + len(self._held)) - self._at)

    def _passed(self, char: str) -> str:
        """Leaves a character out, up to the next sentence's first."""
        if char == "\n" or (char.isspace() and self._ended):
            self._leaving_out, self._said = False, self._anew()
            return self._taken(char) if self._shown.strip() else ""
        if not char.isspace():
            self._ended = char in ENDS or (self._ended and not char.isalnum())
        return ""

    def _leave_out(self, began: int) -> str:
        kept = self._held[: max(0, began - self._at)]
        told = self._show(len(kept))
        self._held, self._leaving_out, self._lost, self._ended = "", True, True, False
        shown, new_line = self._shown.rstrip(), "\n" in kept[len(kept.rstrip()) :]
        return told + self._tell(ELLIPSIS) if shown and shown[-1] not in ENDS and not new_line else told

    def _show(self, size: int) -> str:
        """Shows the first characters of what is held, but for white space at their end: a text does not end in it."""
        text = self._held[: max(0, size)].rstrip()
        self._held, self._at = self._held[len(text) :], self._at + len(text)
        self._shown = (self._shown + text)[-self._reach :]
        return text

    def _tell(self, text: str) -> str:
        """Shows what was never written, unless it would complete a phrase itself."""
        said = self._anew()
        for char in text:
            said = heard(said, char, self._phrases)
        if completed(said) >= 0:
            return ""
        self._shown = (self._shown + text)[-self._reach :]
        return text

    def _anew(self) -> Said:
        """What has been said at the end of what was shown; what stands whole there is let be."""
        said = NOTHING_SAID
        for char in self._shown:
            said = heard(said, char, self._phrases, SHOWN)._replace(found=-1)
        return said._replace(places={place: SHOWN for place in said.places if place[1] < len(place[0])})
