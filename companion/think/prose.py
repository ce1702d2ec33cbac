"""How far a reply has come in words and sentences, read sign by sign as it is written.

A sentence ends with a full stop, an exclamation or question mark once something follows that is no part of it, or with its line. A
full stop inside a number or a word (3.5, e.g), after one letter or a known abbreviation ends none. An ellipsis is a pause: a sentence
ends there if the next word has a capital. A word is letters and digits, with apostrophes and hyphens between them.

What it does not know: names of sentences' ends in scripts without such marks, and capitals that are no beginning.
"""

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from companion.think.spelling import INVISIBLE, SEEN_THROUGH, signs

Tail = Literal["start", "word", "joint", "gap", "dot", "stop", "after", "pause", "short"]
Kind = Literal["w", "W", "d", "'", " ", "\n", ".", "…", "!", ",", ")", "o", ""]
ENDED: frozenset[Tail] = frozenset({"dot", "stop", "after"})
KEPT_LETTERS = 8  # of a word, to know an abbreviation


class Progress(NamedTuple):
    """How far a text has come.

    Attributes:
        ended: sentences that are over and followed by another one or by a new line.
        words: of the sentence since then.
        tail: what the text ends with. "dot" and "stop" end a sentence as it seems, "after" is white space behind them; "pause" is an
            ellipsis, "short" an abbreviation's full stop, "joint" an apostrophe or hyphen behind letters.
        word: the first letters of the last word.
    """

    ended: int = 0
    words: int = 0
    tail: Tail = "start"
    word: str = ""

    @property
    def sentences(self) -> int:
        """How many have begun."""
        return self.ended + (self.words > 0)

    @property
    def over(self) -> int:
        """How many are over, if nothing more of the last one comes."""
        return self.ended + (self.words > 0 and self.tail in ENDED)

    @property
    def begins(self) -> bool:
        """Whether the next word begins a sentence."""
        return self.tail == "start" or self.tail in ENDED


@lru_cache(maxsize=1 << 14)
def kind(char: str) -> Kind:
    """What a character is to a sentence; "w", "W" and "d" are letters, capitals and digits."""
    sign = signs(char)[:1]
    if char == "\n" or char.isspace():
        return "\n" if char == "\n" else " "
    category = unicodedata.category(char)
    if category[0] in "LMN":
        return "d" if category == "Nd" else "W" if category in ("Lu", "Lt") else "w"
    if sign == INVISIBLE:
        return ""
    if char in "….":
        return "." if char == "." else "…"
    if sign in ("!", "?") or char in "。！":
        return "!"
    if sign in "'-" and char not in "—–":
        return "'"
    if sign in '")]}>' or sign in SEEN_THROUGH:
        return ")"
    return "," if char in ",;:—–、，" else "o"


def onward(progress: Progress, of: Kind, char: str = "", abbreviations: frozenset[str] = frozenset()) -> Progress:
    """The progress after one more character.

    Args:
        of: its kind.
        char: itself, where abbreviations are to be known.
    """
    ended, words, tail, word = progress
    if of in ("w", "W", "d"):
        if tail in ("word", "joint") or (tail == "dot" and of != "W") or tail == "short":
            inner = "." if tail in ("dot", "short") else ""
            return Progress(ended, words, "word", (word + inner + char)[:KEPT_LETTERS])
        new = tail in ENDED or (tail == "pause" and of == "W")
        return Progress(ended + new, 1 if new else words + 1, "word", char)
    if of == "\n":
        return Progress(ended + (words > 0))
    if not words or not of:
        return progress
    return Progress(ended, words, _tail(tail, of, word.casefold(), abbreviations), word)


def _tail(tail: Tail, of: Kind, word: str, abbreviations: frozenset[str]) -> Tail:
    match of:
        case " ":
            return "after" if tail in ENDED else "pause" if tail == "pause" else "gap"
        case ".":
            short = tail == "word" and (word in abbreviations or (word[-2:-1] in ("", ".") and word[-1:].isalpha() and word != "i"))
            stays: Tail = "pause" if tail in ("dot", "short", "pause") else tail if tail in ENDED else "dot"
            return "short" if short else stays
        case "…":
            return "after" if tail == "after" else "pause"
        case "!":
            return "after" if tail == "after" else "stop"
        case "'":
            return "joint" if tail == "word" else tail
        case ",":
            return "gap"
        case _:
            return "gap" if tail in ("word", "joint") else tail


@lru_cache(maxsize=1)
def lists() -> dict[str, frozenset[str]]:
    """The words of `prose.yaml`, by the name of their list."""
    import yaml

    read = yaml.safe_load((Path(__file__).parent / "prose.yaml").read_text("utf-8"))
    return {name: frozenset(words) for name, words in read.items()}


def progress_of(text: str) -> Progress:
    """How far a whole text has come."""
    progress, abbreviations = Progress(), lists()["abbreviations"]
    for char in text:
        progress = onward(progress, kind(char), char, abbreviations)
    return progress
