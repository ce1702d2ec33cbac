"""Makes a message plain, so that disguised or hurried spelling reads like careful spelling.

Case, accents, apostrophes, invisible characters, letters spelt out ("k i l l"), digits for letters ("k1ll"), repeated
letters and filler words go. Every doubled letter becomes one ("killl", "kill" → "kil"): whoever compares against plain
text passes their own words through `squeeze` first.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

LONGEST_WORD = 40  # no word of interest is longer; the rest of a longer one is dropped
APOSTROPHES = re.compile("['‘’ʼ`´′]")
SPELT_OUT = re.compile(r"(?<![a-z0-9])[a-z](?:[ .\-_*][a-z]){2,30}(?![a-z0-9])")
LETTER_AND_DIGIT = re.compile(r"[a-z0-9@$|!]{1,40}")
DIGITS_FOR_LETTERS = str.maketrans("013457@$!|", "oieastasii")
DOTS = re.compile(r"\.{2,}")
SENTENCE_END = re.compile(r"[.!?;]|\n\s*\n")
LONE_STAR = re.compile(r"(?<![a-z*])\*{1,40}|\*{1,40}(?![a-z*])")
NO_WORD = re.compile(r"[^a-z0-9*]+")
LONG_WORD = re.compile(rf"([a-z0-9*]{{{LONGEST_WORD}}})[a-z0-9*]+")
DOUBLED = re.compile(r"([a-z])\1+")


def squeeze(text: str) -> str:
    """Every run of one letter as a single letter."""
    return DOUBLED.sub(r"\1", text)


class Plainer:
    """Turns a message into sentences of plain words.

    Args:
        spellings: how people write a word or phrase → the one way it is compared in.
        fillers: words left out.
    """

    def __init__(self, spellings: Mapping[str, str], fillers: Iterable[str]) -> None:
        self._spellings = {squeeze(many): squeeze(one) for many, one in spellings.items()}
        self._spelling = _any_word(self._spellings)
        self._filler = _any_word(squeeze(word) for word in fillers)

    def sentences(self, text: str) -> tuple[str, ...]:
        """The sentences in order, words parted by single spaces; empty ones are left out."""
        text = APOSTROPHES.sub("", text)
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) not in ("Mn", "Cf")).casefold()
        text = SPELT_OUT.sub(lambda found: re.sub("[^a-z]", "", found[0]), text)
        text = LETTER_AND_DIGIT.sub(lambda found: _undigit(found[0]), text)
        plain = (self._words(sentence) for sentence in SENTENCE_END.split(DOTS.sub(" ", text)))
        return tuple(sentence for sentence in plain if sentence)

    def _words(self, sentence: str) -> str:
        words = squeeze(LONG_WORD.sub(r"\1", NO_WORD.sub(" ", LONE_STAR.sub(" ", sentence))))
        words = self._spelling.sub(lambda found: self._spellings[found[0]], words)
        return " ".join(self._filler.sub(" ", words).split())


def _undigit(word: str) -> str:
    tail = len(word) - len(word.rstrip("!|"))  # at a word's end these are punctuation
    stem = word[: len(word) - tail]
    return (stem.translate(DIGITS_FOR_LETTERS) if re.search("[a-z]", stem) else stem) + word[len(stem) :]


def _any_word(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(r"(?<![a-z0-9*])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![a-z0-9*])")
