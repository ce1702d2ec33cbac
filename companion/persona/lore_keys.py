"""Which keys of a lorebook are in a text.

Every text is looked at once, for all keys together: a key that is a whole word costs a look into a table, one of several
words is tried where its first word stands, and only keys that may begin inside a word are searched for one by one. Letters
are compared composed (Unicode NFC), with straight apostrophes, and without regard to capitals unless an entry asks for it.
A pattern (`/…/flags`) runs under a limit of its own and within an allowance for all of them; one that exceeds its limit three
times is put aside.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import regex

PATTERN = re.compile(r"/(.+)/([gimsuy]*)", re.DOTALL)
FLAGS = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL}
PATTERN_S = 0.02  # for one pattern in one text
ALLOWANCE_S = 0.5  # for all patterns in one look at a conversation
STRIKES = 3
WORD = regex.compile(r"\w+")
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'"})


def is_pattern(key: str) -> bool:
    """Whether a key is a regular expression: `/…/flags`, with no other slash that is not escaped."""
    found = PATTERN.fullmatch(key) if key.startswith("/") else None
    return found is not None and re.search(r"(?<!\\)(?:\\\\)*/", found[1]) is None


class Sought(NamedTuple):
    """A key and how it is searched for; for a pattern the rest does not matter."""

    key: str
    case_sensitive: bool = False
    whole_words: bool = True


@dataclass(slots=True)
class Allowance:
    """Seconds that patterns may still take, and the clock they are taken from."""

    tick: Callable[[], float]
    left_s: float = ALLOWANCE_S


@dataclass(slots=True)
class _Pattern:
    number: int
    key: str
    compiled: "regex.Pattern[str] | None" = None
    broken: bool = False
    strikes: int = 0

    def found(self, text: str, allowance: Allowance) -> bool:
        """Whether it is in a text; being made ready for the first time counts against the allowance as well."""
        if self.broken or self.strikes >= STRIKES or allowance.left_s <= 0:
            return False
        start = allowance.tick()
        try:
            if self.compiled is None:
                self.compiled = _compiled(self.key)
            return self.compiled.search(text, timeout=PATTERN_S) is not None
        except TimeoutError:
            self.strikes += 1
        except (regex.error, ValueError, OverflowError, RecursionError, MemoryError):
            self.broken = True
        finally:
            allowance.left_s -= allowance.tick() - start
        return False


@dataclass(slots=True)
class _Texts:
    """Keys that are texts, for one way of reading capitals."""

    words: dict[str, list[int]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # by their first word
    inside: list[tuple[str, int]] = field(default_factory=list)

    def add(self, key: str, number: int, whole: bool) -> None:
        spoken = WORD.findall(key)
        if not whole or not spoken or UNSPACED.search(key[0] + key[-1]):
            self.inside.append((key, number))
        elif spoken == [key]:
            self.words.setdefault(key, []).append(number)
        else:
            self.phrases.setdefault(spoken[0], []).append((key, number))

    def found(self, text: str) -> Iterable[int]:
        for word in set(WORD.findall(text)) if self.words or self.phrases else ():
            yield from self.words.get(word, ())
            for phrase, number in self.phrases.get(word, ()):
                if _stands(phrase, text):
                    yield number
        for key, number in self.inside:
            if key in text:
                yield number


class KeySearch:
    """Searches texts for a set of keys."""

    def __init__(self) -> None:
        self._numbers: dict[Sought, int] = {}
        self._texts = {True: _Texts(), False: _Texts()}
        self._patterns: list[_Pattern] = []

    def number(self, sought: Sought) -> int:
        """The number that `found` knows a key by."""
        if pattern := is_pattern(sought.key):
            sought = Sought(sought.key)
        if (known := self._numbers.get(sought)) is not None:
            return known
        number = self._numbers[sought] = len(self._numbers)
        if pattern:
            self._patterns.append(_Pattern(number, sought.key))
        else:
            texts = self._texts[sought.case_sensitive]
            composed = unicodedata.normalize("NFC", sought.key).translate(APOSTROPHES)
            texts.add(composed if sought.case_sensitive else composed.casefold(), number, sought.whole_words)
        return number

    def found(self, text: str, allowance: Allowance) -> frozenset[int]:
        """Numbers of the keys that are in a text."""
        composed = unicodedata.normalize("NFC", text).translate(APOSTROPHES)
        numbers = set(self._texts[True].found(composed))
        numbers.update(self._texts[False].found(composed.casefold()))
        numbers.update(one.number for one in self._patterns if one.found(text, allowance))
        return frozenset(numbers)

    @property
    def broken(self) -> tuple[str, ...]:
        """Keys that turned out to be no valid patterns, and are never found (V3, `use_regex`)."""
        return tuple(one.key for one in self._patterns if one.broken)

    @property
    def broken_numbers(self) -> frozenset[int]:
        """Their numbers."""
        return frozenset(one.number for one in self._patterns if one.broken)

    @property
    def slow(self) -> tuple[str, ...]:
        """Patterns that are put aside because they take too long."""
        return tuple(one.key for one in self._patterns if one.strikes >= STRIKES)


def _stands(phrase: str, text: str) -> bool:
    """Whether a phrase is in a text with no letter or digit joined to its own."""
    start, length = text.find(phrase), len(phrase)
    while start >= 0:
        before, after = text[start - 1 : start] if start else "", text[start + length : start + length + 1]
        if not (WORD.match(phrase[0]) and WORD.match(before)) and not (WORD.match(phrase[-1]) and WORD.match(after)):
            return True
        start = text.find(phrase, start + 1)
    return False


def _compiled(key: str) -> "regex.Pattern[str]":
    written = PATTERN.fullmatch(key)
    assert written is not None
    flags = 0
    for letter in written[2]:
        flags |= FLAGS.get(letter, 0)
    return regex.compile(written[1], flags)
