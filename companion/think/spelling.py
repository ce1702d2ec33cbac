"""How a text is read when words are looked for in it: the same word in any casing, width and composition is one spelling.

Letters are compatibility-decomposed and case-folded (Unicode Standard 3.13, toNFKC_Casefold without the last composition, so that
each character can be read by itself). Apostrophes, dashes, double quotes, question marks and white space are one sign each.
Characters that show nothing (format, control and default-ignorable ones) and the marks of emphasis in Markdown are *seen through*:
a word with one of them inside is still that word, and it may end or begin there as well.

What it does not read: look-alikes of other scripts, a word s p e l l e d  o u t, character references of HTML.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import permutations, product

import regex

INVISIBLE = "\u2060"
SEEN_THROUGH = frozenset(INVISIBLE + "*_~`")
SHOWS_NOTHING = regex.compile(r"[[\p{Cf}\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}]--\p{White_Space}]", regex.VERSION1)
APOSTROPHES = "’‘‛ʼʹ′´＇"
QUOTES = "“”„‟«»″"
QUESTION_MARKS = "？¿؟‽⸮՞፧\u037e⁇⁈⁉﹖❓❔"
ONE_SIGN = {**dict.fromkeys(APOSTROPHES, "'"), **dict.fromkeys(QUOTES, '"'), **dict.fromkeys(QUESTION_MARKS, "?"), "−": "-"}
MOST_MARKS = 4  # on one letter whose order is looked at; five have 120


@lru_cache(maxsize=1 << 14)
def signs(char: str) -> str:
    """What one character is read as: a sign or a few."""
    if SHOWS_NOTHING.match(char):
        return INVISIBLE
    if char in ONE_SIGN:
        return ONE_SIGN[char]
    if unicodedata.category(char) == "Pd":
        return "-"
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(" " if one.isspace() else ONE_SIGN.get(one, one) for one in folded)


@lru_cache(maxsize=1 << 14)
def in_word(sign: str) -> bool:
    """Whether a sign is part of a word: a letter, a mark on one, or a digit."""
    return unicodedata.category(sign)[0] in "LMN"


def is_mark(sign: str) -> bool:
    """Whether a sign belongs to the letter before it, as an accent does; without one it is part of no word."""
    return unicodedata.category(sign)[0] == "M"


def read(text: str) -> str:
    """The signs of a text."""
    return "".join(map(signs, text))


@lru_cache(maxsize=1 << 12)
def spellings(phrase: str) -> tuple[str, ...]:
    """The signs a phrase is found by, several where marks on a letter may come in another order; none if it shows nothing."""
    plain = re.sub(r" +", " ", read(phrase).replace(INVISIBLE, "")).strip()
    if not plain:
        return ()
    parts = [[plain[at : at + 1]] for at in range(len(plain))]
    for found in re.finditer(f"(?:{'|'.join(sorted({re.escape(c) for c in plain if unicodedata.combining(c)})) or '(?!)'}){{2,}}", plain):
        if len(found[0]) <= MOST_MARKS:
            orders = sorted({"".join(order) for order in permutations(found[0])})
            parts[found.start() : found.end()] = [orders, *[[""]] * (len(found[0]) - 1)]
    return tuple(dict.fromkeys("".join(choice) for choice in product(*parts)))


def all_spellings(phrases: Iterable[str]) -> tuple[str, ...]:
    """The spellings of several phrases, each once."""
    return tuple(dict.fromkeys(spelling for phrase in phrases for spelling in spellings(phrase)))
