"""The last lines of a conversation as sentences of plain words, so that rules can look for phrases in them.

Capitals, accents, apostrophes and a plural's "s" make no difference. What somebody quotes is left out: it is not said to her.
It knows no grammar.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Role = Literal["user", "persona"]
Line = tuple[str, str]  # who speaks, "user" or "persona", and what

MOST_CHARS = 4_000  # of a line: of a longer one the end is read
MOST_WORDS = 120  # of a sentence
DENIALS = frozenset("no not never without dont doesnt didnt isnt arent wasnt cant cannot wont hardly".split())
DENIED_WITHIN = 2  # words after a denial that it still denies
APOSTROPHES = re.compile("['‘’ʼ`´′]")
QUOTED = re.compile(r"[\"“„«][^\"“”„«»]{2,400}[\"”“»]")
SENTENCE = re.compile(r"[^.!?…\n*~]+")
ASKED = re.compile(r"[.!…\n*~]*\?")
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence.

    Attributes:
        words: as they are compared: "dont", "flower" for "flowers".
        question: whether it ends as one.
    """

    role: str
    words: tuple[str, ...]
    question: bool = False

    def has(self, phrases: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
        """The first of the phrases that stands in it, whole words in a row."""
        return next((one for one in phrases if self.at(one) is not None), None)

    def says(self, phrases: Iterable[tuple[str, ...]]) -> bool:
        """Whether one of the phrases stands in it and is not denied right before."""
        places = (at for one in phrases if (at := self.at(one)) is not None)
        return any(DENIALS.isdisjoint(self.words[max(0, at - DENIED_WITHIN) : at]) for at in places)

    def at(self, phrase: tuple[str, ...]) -> int | None:
        """Where a phrase begins; None if it does not stand there."""
        if not phrase or phrase[0] not in self.words:  # most phrases are not there, and this is the quick way to know
            return None
        size = len(phrase)
        return next((at for at in range(len(self.words) - size + 1) if self.words[at : at + size] == phrase), None)


def sentences(lines: Sequence[Line], most_lines: int) -> tuple[Sentence, ...]:
    """The sentences of the last lines, in their order."""
    return tuple(sentence for role, text in lines[max(0, len(lines) - most_lines) :] for sentence in _sentences(role, text[-MOST_CHARS:]))


@lru_cache(maxsize=512)
def phrase(text: str) -> tuple[str, ...]:
    """Words as they are compared."""
    decomposed = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text))
    plain = "".join(char for char in decomposed if unicodedata.category(char) not in ("Mn", "Cf")).casefold()
    return tuple(_singular(word) for word in WORD.findall(plain))


def phrases(texts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Several of them, the longest first."""
    return tuple(sorted({phrase(text) for text in texts} - {()}, key=lambda one: (-len(one), one)))


@lru_cache(maxsize=64)
def _sentences(role: str, text: str) -> tuple[Sentence, ...]:
    text = QUOTED.sub(" ", text)
    found = [(phrase(match[0])[:MOST_WORDS], bool(ASKED.match(text, match.end()))) for match in SENTENCE.finditer(text)]
    return tuple(Sentence(role, words, question) for words, question in found if words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
