"""What a message is about: work, family, sleep, the past … at most two topics, often none.

Whole words and short phrases of `topics.yaml` are looked for in the order of the message, the longest first, so that "first
date" is found before "date", and idioms ("sick of") are passed over. A hurried spelling is forgiven: letter case, apostrophes,
doubled letters, and in words of six letters and more one letter left out, two swapped, or one vowel for another. It does not
understand sentences: "my boss" and "the boss of this level" are the same word to it. English only.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from itertools import product

import yaml

MOST_TOPICS = 2
MOST_CHARS = 20_000  # what comes later in a very long message is not read
LONGEST_PHRASE = 5  # words
SHORTEST_STEM = 3
LONGEST_ENDING = 6  # letters that a star may stand for
FORGIVEN_FROM = 6  # letters: shorter words are too close to each other to guess
FORGIVEN_STEM_FROM = 8  # the same for a word with any ending, which has more neighbours
ELSEWHERE = ""

APOSTROPHES = re.compile("['‘’ʼ`´′]")
WORD = re.compile("[a-z]{1,40}")
DOUBLED = re.compile(r"([a-z])\1+")
VOWELS = "aeiou"

Phrase = tuple[str, ...]


class Topics:
    """Reads topics by a list of words.

    Args:
        words: topic → its words and phrases, a star for any ending.
        elsewhere: phrases that speak of no topic though they hold such a word.
        as_they_are: words that are never taken for a slip in another.

    Raises:
        ValueError: a phrase is too long, or stands under two topics.
    """

    def __init__(self, words: Mapping[str, Iterable[str]], elsewhere: Iterable[str] = (), as_they_are: Iterable[str] = ()) -> None:
        self._topics: dict[Phrase, str] = {}
        for topic, entries in {**words, ELSEWHERE: elsewhere}.items():
            for entry in entries:
                self._add(entry, topic)
        self._known = {word for phrase in self._topics for word in phrase}
        self._slips: dict[str, str] = {}
        for word in sorted(self._known):
            for slip in _slips(word):
                self._slips.setdefault(slip, word)
        for word in {_squeezed(word) for word in as_they_are} | self._known:
            self._slips.pop(word, None)

    @classmethod
    def open(cls) -> "Topics":
        """The topics that come with the program."""
        book = yaml.safe_load((files("companion.feel") / "topics.yaml").read_text(encoding="utf-8"))
        return cls(book["topics"], book["elsewhere"], book["as_they_are"])

    @property
    def names(self) -> tuple[str, ...]:
        """The topics that there are, in the order of the list."""
        return tuple(dict.fromkeys(topic for topic in self._topics.values() if topic != ELSEWHERE))

    def of(self, text: str) -> tuple[str, ...]:
        """The topics of a message, the one with most words first; of equals, the one named first. Empty: none."""
        counts = Counter(self._found(text))
        return tuple(topic for topic, _ in counts.most_common(MOST_TOPICS))

    def _add(self, entry: str, topic: str) -> None:
        phrase = tuple(_squeezed(word) for word in entry.split())
        if not 0 < len(phrase) <= LONGEST_PHRASE or self._topics.setdefault(phrase, topic) != topic:
            raise ValueError(f"{entry!r} is too long a phrase, or stands under two topics")

    def _found(self, text: str) -> Iterator[str]:
        """The topic of each word or phrase that is found, in the order of the message."""
        words = _words(text)
        known = {word: self._forms(word) for word in set(words)}
        forms = [known[word] for word in words]
        at = 0
        while at < len(forms):
            for length in range(min(LONGEST_PHRASE, len(forms) - at), 0, -1):
                phrase = next((one for one in product(*forms[at : at + length]) if one in self._topics), None)
                if phrase:
                    if topic := self._topics[phrase]:
                        yield topic
                    at += length
                    break
            else:
                at += 1

    def _forms(self, word: str) -> list[str]:
        """The listed words that a word of a message may be: itself, its singular, its stem, what it is a slip of."""
        forms = [form for form in (word, word.removesuffix("s"), word.removesuffix("es")) if form in self._known]
        for end in range(len(word), max(SHORTEST_STEM, len(word) - LONGEST_ENDING) - 1, -1):
            stem = f"{word[:end]}*"
            if stem in self._known:
                forms.append(stem)
            elif not forms and stem in self._slips:
                forms.append(self._slips[stem])
        if not forms:
            forms += [self._slips[form] for form in (word, word.removesuffix("s")) if form in self._slips][:1]
        return list(dict.fromkeys(forms))


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", APOSTROPHES.sub("", text[:MOST_CHARS]))
    plain = "".join(char for char in decomposed if unicodedata.category(char) not in ("Mn", "Cf")).casefold()
    return [_squeezed(word) for word in WORD.findall(plain)]


def _squeezed(word: str) -> str:
    """Every run of one letter as a single letter: whoever doubles or forgets to double writes the same word."""
    return DOUBLED.sub(r"\1", word)


def _slips(word: str) -> Iterator[str]:
    """What a hurried hand may make of a listed word; its first letter is kept."""
    letters = word.removesuffix("*")
    ending = word[len(letters) :]
    if len(letters) < (FORGIVEN_STEM_FROM if ending else FORGIVEN_FROM):
        return
    for at in range(1, len(letters)):
        before, after = letters[:at], letters[at + 1 :]
        yield _squeezed(before + after) + ending
        if after:
            yield _squeezed(before + after[0] + letters[at] + after[1:]) + ending
        if letters[at] in VOWELS:
            for vowel in VOWELS:
                yield _squeezed(before + vowel + after) + ending
