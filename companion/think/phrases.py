"""Finds phrases in a text that grows: an automaton over its signs that knows how much of which phrase has just been said.

In the manner of Aho and Corasick (1975), with the set of places instead of failure links, because a place may be kept: any run of
white space is one space, and what shows nothing is seen through (`spelling.py`). Words are met whole: "art" stands neither in
"start" nor in "party"; an apostrophe or a hyphen ends a word. Plurals and other forms are words of their own.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from companion.think.spelling import SEEN_THROUGH, in_word, is_mark, signs

Place = tuple[str, int]  # a spelling, and how many of its signs have been said


class Said(NamedTuple):
    """How far phrases have been said at the end of a text.

    Attributes:
        places: those under way, each with where in the text it began.
        word: whether the text ends inside a word, or with one.
        found: where the first phrase began that was said whole and is known to end; −1 before.
    """

    places: Mapping[Place, int]
    word: bool = False
    found: int = -1


NOTHING_SAID = Said({})


def heard(said: Said, char: str, phrases: Sequence[str], at: int = 0) -> Said:
    """What has been said after one more character.

    Args:
        phrases: spellings.
        at: where in the text the character stands.
    """
    for sign in signs(char):
        said = _heard(said, sign, phrases, at)
    return said


def _heard(said: Said, sign: str, phrases: Sequence[str], at: int) -> Said:
    word, through = in_word(sign) and (said.word or not is_mark(sign)), sign in SEEN_THROUGH
    places: dict[Place, int] = {}
    found = [said.found] if said.found >= 0 else []
    fresh = [((phrase, 0), at) for phrase in phrases if not (said.word and in_word(phrase[0]))]
    for (phrase, done), began in (*said.places.items(), *fresh):
        if done == len(phrase):
            if not word:
                found.append(began)
            continue
        if phrase[done] == sign:
            if done + 1 == len(phrase) and not in_word(sign):
                found.append(began)
            else:
                places.setdefault((phrase, done + 1), began)
        if done and (through or (sign == " " and phrase[done - 1] == " ")):
            places.setdefault((phrase, done), began)
    return Said(places, word, min(found, default=-1))


def completed(said: Said) -> int:
    """Where the first phrase began that stands whole in a text, if that ended here; −1 if none does."""
    whole = [began for (phrase, done), began in said.places.items() if done == len(phrase)]
    return min((one for one in (said.found, *whole) if one >= 0), default=-1)
