"""Makes a message plain and takes it apart into the clauses that may be learnt from.

Contractions and common misspellings become one form, possessive and contracted 's becomes a word of its own, a sentence
becomes clauses. Questions, conditions and wishes, words in quotation marks, what somebody else says, stories and jokes
are left out: a wrong memory is worse than a missing one. At most `MOST_CHARS` characters are read, and
`MOST_SENTENCE_CHARS` of each sentence, so that no message takes long.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_CHARS = 4_000
MOST_SENTENCE_CHARS = 400
MASK = "~"  # stands where quoted words stood; no value may hold it

_QUOTED = re.compile(r'"([^"\n]{1,300})"|“([^”\n]{1,300})”|(?<![\w\'])\'([^\'\n]{2,200})\'(?!\w)|‘([^’\n]{2,200})’(?!\w)')
_MAY_BE_NAMED = re.compile(
    r"(?:called|named|name(?: is|'s)?|nicknamed|call (?:him|her|it|me|them)|book|film|movie|game|band|song|is|it)[ :,]*$", re.I
)
_SENTENCE = re.compile(
    r"([^.!?;\n]{1,4000}(?:(?<=\b[A-Za-z])\.(?=[A-Za-z ])|\.(?=\d)|(?<=\b[DMS][rt])\.|(?<=\bMrs)\.|[^.!?;\n]){0,4000})([.!?;\n]+|$)"
)
_ODD = re.compile(r"[^\w\s.,;:!?'&/()+%$£€#@~*=-]+")
_APOSTROPHE_S = re.compile(r"(?<=\w)'s\b")
_WORD = re.compile(r"[^\W\d_][\w'/-]*")
_SPACES = re.compile(r"\s+")
_HAVE_GOT = re.compile(r"\b(have|has) got(?= (?:an?|one|two|three|four|five|six|\d+|no|my|our|the|any|another) )", re.I)
_HAVING = re.compile(r"\bhave (?:an?|one|two|three) ", re.I)
_ENDED = re.compile(r"\b(?:anymore|no longer|stopped|quit|left)\b")
_AND_YOU = re.compile(r"(?:and )?(?:you|yours?|what about (?:you|yours)|how about (?:you|yours))$")
_TAG = re.compile(r"(?:is|are|was|were|do|does|did|have|has|am) ?(?:not )?(?:i|he|she|it|they|you|we)?(?: not)?|right|correct|no|yes|true")


@dataclass(frozen=True)
class Clause:
    """One clause in plain words.

    Attributes:
        text: as it was written, apart from spellings that were made plain.
        low: the same in lower case, character for character.
        continues: it has no subject of its own and goes on with the last one.
        correction: it was introduced as a correction ("no,", "actually,", "sorry, I meant").
        first: it opens its message.
        ended: it says that something is no longer so.
    """

    text: str
    low: str
    continues: bool = False
    correction: bool = False
    first: bool = False
    ended: bool = False


@dataclass(frozen=True)
class Plain:
    """The clauses of a message; `lower` says that its writer does without capitals."""

    clauses: tuple[Clause, ...]
    lower: bool


def lowered(text: str) -> str:
    """Lower case of exactly the same length."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


def any_of(patterns: Sequence[str]) -> str:
    """One group of alternatives."""
    return "(?:" + "|".join(patterns) + ")"


def _variants(pattern: str) -> Iterator[str]:
    """The words a spelling stands for: what is before a "?" may be missing."""
    at = pattern.find("?")
    if at < 0:
        yield pattern
        return
    for start in (pattern[:at], pattern[: at - 1]):
        yield from _variants(start + pattern[at + 1 :])


class Wording:
    """Takes messages apart as the lists of `rules/words.yaml` say."""

    def __init__(self, book: Mapping[str, Any]) -> None:
        self._rights = {
            word: str(right) for words, right in book["spellings"].items() for pattern in words.split() for word in _variants(pattern)
        }
        self._phrases = {str(words): str(right) for words, right in book["phrases"].items()}
        self._phrase = re.compile(r"\b(?:" + "|".join(self._phrases) + r")\b", re.I)
        self._opening = re.compile(any_of(book["openings"]) + r"(?:[ ,:!.-]+|$)")
        self._correction = re.compile(any_of(book["corrections"]) + r"(?:[ ,:!.-]+|$)")
        self._question = re.compile(any_of(book["questions"]))
        self._unreal = re.compile(r"\b" + any_of(book["unreal"]) + r"\b")
        self._joking = re.compile(r"(?<!\w)" + any_of(book["joking"]) + r"(?!\w)")
        starts, verbs = any_of(book["clause_starts"]), any_of(book["verbs"])
        joint = r"(?:and|but|so|because|cause|cuz|although|though|while|plus|except)"
        self._break = re.compile(
            rf"(?P<tail>, (?=(?:is (?:an?|my|\d)|has|lives|works) ))| - | ?[()] ?|: (?={starts} )|,? ?\b{joint},?"
            rf" (?={starts}\b)|, ?(?={starts}\b)|(?P<same>,? (?:and|but) (?={verbs}\b)|,? (?=(?:who|which) {verbs}\b))"
            rf"|(?P<more>,? and (?=(?:an?|one|two|three|my) ))",
            re.I,
        )

    def plain(self, message: str) -> Plain:
        """The clauses of a message that may be learnt from."""
        text = unicodedata.normalize("NFC", message[:MOST_CHARS]).replace("\u2019", "'").replace("`", "'")
        if text.isupper():
            text = text.lower()
        lower = text[:1] == text[:1].lower() and not re.search(r"(?<![.!?\n])\s[A-Z][a-z]", text)
        clauses = tuple(self._clauses(self._unquoted(text)))
        return Plain(clauses, lower)

    def spelled(self, text: str) -> str:
        """Text with its contractions and misspellings made plain."""
        text = _SPACES.sub(" ", _WORD.sub(self._right, _APOSTROPHE_S.sub(" 's", text)))
        text = self._phrase.sub(lambda found: self._phrases[found[0].lower()], text)
        return _HAVE_GOT.sub(r"\1", text).strip()

    def is_question(self, low: str) -> bool:
        """Whether words in lower case ask."""
        return self._question.match(low) is not None

    def opened(self, low: str) -> tuple[int, bool]:
        """How many characters of opening words there are, and whether one of them announces a correction."""
        at, correction = 0, False
        for _ in range(5):
            correction = correction or self._correction.match(low, at) is not None
            opening = self._opening.match(low, at)
            if not opening or opening.end() == at:
                break
            at = opening.end()
        return at, correction

    def _right(self, match: re.Match[str]) -> str:
        word = match[0]
        right = self._rights.get(word.lower())
        if right is None:
            return word
        return right.capitalize() if word[0].isupper() and word[1:2].islower() and not right.startswith("i ") else right

    def _unquoted(self, text: str) -> str:
        def kept(match: re.Match[str]) -> str:
            inner = next(group for group in match.groups() if group)
            named = len(inner.split()) <= 5 and _MAY_BE_NAMED.search(text[max(0, match.start() - 30) : match.start()])
            return inner.strip(" .,!") if named else f" {MASK} "

        return _QUOTED.sub(kept, text)

    def _clauses(self, text: str) -> Iterator[Clause]:
        text = _ODD.sub(" . ", text)
        if self._joking.search(self.spelled(lowered(text))):
            return
        first = True
        for found in _SENTENCE.finditer(text):
            sentence = self.spelled(found[1][:MOST_SENTENCE_CHARS])
            low = lowered(sentence)
            if not sentence or (self._unreal.search(low[self.opened(low)[0] :])):
                first = first and not sentence
                continue
            pieces = list(self._pieces(sentence))
            correction = False
            for piece, continues in pieces[: self._told(pieces, "?" in found[2])]:
                low = lowered(piece)
                at, corrects = self.opened(low)
                correction = corrects or correction
                if at < len(piece):
                    yield Clause(piece[at:], low[at:], continues and at == 0, correction, first, _ENDED.search(low) is not None)
                    correction = first = False

    def _told(self, pieces: Sequence[tuple[str, bool]], asked: bool) -> int:
        """How many of a sentence's clauses tell something before it turns into a question."""
        lows = [lowered(piece) for piece, _ in pieces]
        asks = next(
            (
                n
                for n, low in enumerate(lows)
                if not (pieces[n][1] and low.startswith(("who ", "which ", "is "))) and self.is_question(low[self.opened(low)[0] :])
            ),
            -1,
        )
        last = lows[-1] if lows else ""
        if asks < 0:
            return 0 if asked and not _AND_YOU.match(last) else len(pieces)
        return 0 if _TAG.fullmatch(lows[asks]) else asks

    def _pieces(self, sentence: str) -> Iterator[tuple[str, bool]]:
        begins, continues, lead = 0, False, ""
        for cut in self._break.finditer(sentence):
            if cut["more"] and not _HAVING.search(sentence, begins, cut.start()):
                continue  # "a coffee and a cake" is one; "I have a cat and a dog" are two
            if cut.start() > begins:
                yield lead + sentence[begins : cut.start()].strip(" ,:-"), continues
            begins, continues = cut.end(), cut.lastgroup is not None
            lead = "have " if cut["more"] else ""
        yield lead + sentence[begins:].strip(" ,:-"), continues
