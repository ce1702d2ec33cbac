"""What the wording alone says of a feeling: how strongly it is put, and whether it is denied.

Degree words ("so", "a bit"), capitals, exclamation marks, and denials shortly before a feeling's own word ("I'm not sad"), as
Hutto and Gilbert handle them ("VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014,
section 3); their numbers are for another scale, ours stand in `wording.yaml`. Words are counted wherever they stand: that "so"
belongs to another thing than the feeling is not seen, and neither are irony and what is only implied. English only.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

MOST_CHARS = 2_000  # what comes later is not read
LONGEST = 4  # words of a phrase
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|[.!?;,:\n]")
APOSTROPHE = re.compile("['’]")


@dataclass(frozen=True)
class Wording:
    """What a text's wording says.

    Attributes:
        push: log-odds that an intensity is moved by; below 0 weaker.
        denied: the feelings that it says are not there.
    """

    push: float = 0.0
    denied: frozenset[str] = frozenset()

    def strengthened(self, intensity: float) -> float:
        """An intensity in [0, 1] as this wording makes it; nothing at all stays nothing."""
        odds = math.exp(self.push)
        return intensity * odds / (1 - intensity + intensity * odds)


class Wordings:
    """Looks for what strengthens, weakens or denies.

    Args:
        book: as `wording.yaml` has it.

    Attributes:
        own_words: words that name a feeling, so that a denial before them denies it.
        denied_share: what remains of a denied feeling's probability.
    """

    def __init__(self, book: Mapping[str, Any]) -> None:
        self._degrees: dict[tuple[str, ...], float] = {tuple(phrase.split()): float(size) for phrase, size in book["strength"].items()}
        self._degrees.update({tuple(phrase.split()): 0.0 for phrase in book["silent"]})
        self._begin = frozenset(phrase[0] for phrase in self._degrees)
        self._capitals, self._shouting, self._exclamation = (float(book[key]) for key in ("capitals", "shouting", "exclamation"))
        self._most_exclamations = int(book["most_exclamations"])
        self._denials, self._turns, self._reach = frozenset(book["denials"]), frozenset(book["turns"]), int(book["reach"])
        self._affirmed = frozenset(tuple(phrase.split()) for phrase in book["affirmed"])
        self._feelings: dict[str, frozenset[str]] = {}
        for names, words in book["own_words"].items():
            for word in words:
                self._feelings[word] = self._feelings.get(word, frozenset()) | frozenset(names.split(", "))
        self.own_words = frozenset(self._feelings)
        self.denied_share = float(book["denied_share"])

    @classmethod
    @cache
    def open(cls) -> "Wordings":
        """Those that come with the program."""
        return cls(yaml.safe_load((files("companion.feel") / "wording.yaml").read_text(encoding="utf-8")))

    def of(self, text: str) -> Wording:
        """What the wording of any text says."""
        written = WORD.findall(text[:MOST_CHARS])
        words = [APOSTROPHE.sub("", word).casefold() for word in written]
        return Wording(self._degree(words) + self._loudness(written, text), frozenset(self._denied(words)))

    def _degree(self, words: Sequence[str]) -> float:
        """The strongest word of strength and the strongest of weakness, together: three times "so" is no stronger than one."""
        up = down = 0.0
        at = 0
        while at < len(words):
            longest = min(LONGEST, len(words) - at) if words[at] in self._begin else 0
            for length in range(longest, 0, -1):
                if (size := self._degrees.get(tuple(words[at : at + length]))) is not None:
                    up, down = max(up, size), min(down, size)
                    at += length
                    break
            else:
                at += 1
        return up + down

    def _loudness(self, written: Sequence[str], text: str) -> float:
        marks = min(text[:MOST_CHARS].count("!"), self._most_exclamations) * self._exclamation
        words = [word for word in written if len(word) > 1]
        large = sum(word.isupper() and len(word) > 2 for word in words)
        if not large:
            return marks
        return marks + (self._shouting if large > 1 and all(word.isupper() for word in words) else self._capitals)

    def _denied(self, words: Sequence[str]) -> set[str]:
        """Feelings whose own words all stand within the reach of a denial."""
        denied: set[str] = set()
        said: set[str] = set()
        left, listing = 0, False  # words still in reach; whether the last word was a denied feeling's
        for at, word in enumerate(words):
            names = self._feelings.get(word, frozenset())
            if not word[0].isalpha() or word in self._turns:
                left = 0
            elif word in self._denials:
                ahead = (tuple(words[at : at + length]) for length in range(2, LONGEST + 1))
                left = 0 if any(phrase in self._affirmed for phrase in ahead) else self._reach
            elif word == "or" and listing:
                left = self._reach
            else:
                (denied if left else said).update(names)
                listing, left = bool(names and left), max(0, left - 1)
                continue
            listing = False
        return denied - said
