"""From token ids to text that may be shown: whole characters, no control tokens, no stop strings.

Bytes of one character can be spread over several tokens, so text is decoded in a sliding window and held back while it
ends in an unfinished character. Text that may still turn out to be the beginning of a stop string is held back as well.
"""

import re
from collections.abc import Callable, Collection, Sequence

from companion.think.withhold import Withheld

UNFINISHED = "\ufffd"  # what a decoder writes for bytes that are no character yet


class TokenText:
    """Decodes one token after another.

    Args:
        decode: token ids → text.
        before: tokens of the text that this one continues; some tokenizers drop the space before a first token.
    """

    def __init__(self, decode: Callable[[list[int]], str], before: Sequence[int] = ()) -> None:
        self._decode = decode
        self._ids = list(before)
        self._start = 0  # the window: ids before it are settled, and give later ones their context
        self._told = len(before)

    def feed(self, token: int) -> str:
        """Text that became whole with this token; often empty."""
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._told])
        after = self._decode(self._ids[self._start :])
        if len(after) <= len(before) or after.endswith(UNFINISHED):
            return ""
        self._start, self._told = self._told, len(self._ids)
        return after[len(before) :].replace(UNFINISHED, "")  # bytes that never became a character are dropped


class Visible:
    """Decides what of a growing text may be shown.

    Args:
        stops: strings that end the text and are not shown.
        before: the unfinished text that this one continues; leading white space counts then, but for a second one.
        avoid: words and phrases that may not be shown (`withhold.py`).
    """

    def __init__(self, stops: Collection[str], *, before: str = "", avoid: Sequence[str] = ()) -> None:
        known = sorted({stop for stop in stops if stop}, key=len, reverse=True)
        self._stops = re.compile("|".join(map(re.escape, known)) or r"(?!)")
        self._beginnings = {stop[:size] for stop in known for size in range(1, len(stop))}
        self._longest = max(map(len, self._beginnings), default=0)
        self._strip = not before.strip() or before != before.rstrip()
        self._withheld = Withheld(avoid, before)
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Takes new text, returns what may be shown of all that was held back and this."""
        return "" if self.stopped else self._withheld.feed(self._feed(text))

    def close(self) -> str:
        """What was held back and turned out to be text."""
        shown, self._held = self._held.rstrip(), ""
        return self._withheld.feed(shown) + self._withheld.close()

    def _feed(self, text: str) -> str:
        self._held += text
        if self._strip:
            self._held = self._held.lstrip()
            self._strip = not self._held
        found = self._stops.search(self._held)
        if found:
            self.stopped = True
            shown, self._held = self._held[: found.start()].rstrip(), ""
            return shown
        keep = next((size for size in range(min(self._longest, len(self._held)), 0, -1) if self._held[-size:] in self._beginnings), 0)
        shown = self._held[: len(self._held) - keep].rstrip()  # white space waits too: a reply does not end in it
        self._held = self._held[len(shown) :]
        return shown
