"""Phrases as whole words: which stands inside which, and how many of the commonest words are among them.

Capitals, punctuation and spacing make no difference: “My dear” stands inside “oh, my  dear!”, and not inside “my dearest”. It knows
no grammar: “cheer up” does not stand inside “cheered up”. The commonest words are those of `everyday.yaml`, English alone.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import yaml

WORD = re.compile(r"\w+")
SENTENCE = re.compile(r"[^.!?…]*\w[^.!?…]*")
MOST_COMPARED = 12  # words of a phrase: of a longer one the first so many are looked for
REMEMBERED = 8192  # phrases, and lists of phrases, whose words are kept

Words = tuple[str, ...]


@lru_cache(maxsize=REMEMBERED)
def words_of(phrase: str) -> Words:
    """A phrase as it is compared; what has no word in it is compared as it is."""
    folded = unicodedata.normalize("NFKC", phrase).casefold().strip()
    return tuple(WORD.findall(folded)) or (folded,)


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases among which, and in which, others are looked for.

    Attributes:
        written: as they are written.
        whole: their words.
        runs: all that stands inside them: every run of words.
    """

    written: tuple[str, ...]
    whole: frozenset[Words]
    runs: frozenset[Words]

    def within(self, phrase: str) -> str | None:
        """One of them that stands inside a phrase, or is it."""
        runs = among((phrase,)).runs
        return None if self.whole.isdisjoint(runs) else next(one for one in self.written if not among((one,)).whole.isdisjoint(runs))

    def around(self, phrase: str) -> str | None:
        """One of them that a phrase stands inside of, or is."""
        whole = among((phrase,)).whole
        return None if self.runs.isdisjoint(whole) else next(one for one in self.written if not among((one,)).runs.isdisjoint(whole))


@lru_cache(maxsize=REMEMBERED)
def among(phrases: tuple[str, ...]) -> Phrases:
    """Phrases, ready to be compared."""
    spelt = [words_of(phrase) for phrase in phrases]
    runs = {words[at:end] for words in spelt for at in range(len(words)) for end in range(at + 1, min(at + MOST_COMPARED, len(words)) + 1)}
    return Phrases(phrases, frozenset(words[:MOST_COMPARED] for words in spelt), frozenset(runs))


def sentence_lengths(phrase: str) -> tuple[int, ...]:
    """How many words each of its sentences has; an abbreviation with a point counts as an end."""
    return tuple(len(sentence.split()) for sentence in SENTENCE.findall(phrase))


def everyday(phrases: Sequence[str]) -> tuple[str, ...]:
    """Which of the commonest words are among phrases of one word, in the order of the phrases, each once."""
    common = _commonest()
    return tuple(dict.fromkeys(words[0] for words in map(words_of, phrases) if len(words) == 1 and words[0] in common))


@cache
def _commonest() -> frozenset[str]:
    lines = yaml.safe_load((files("companion.persona") / "everyday.yaml").read_text(encoding="utf-8"))
    return frozenset(word for line in lines for word in line.split())
