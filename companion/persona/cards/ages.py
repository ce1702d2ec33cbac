"""How old a card says its persona is, read from its English words, and what says that she is no adult.

In doubt it says no: `Blueprint` knows adults only. What it cannot see is an age told in another language, in a picture or in a
lorebook. An age of hers that is plainly stated settles what else could be about somebody else ("her 6-year-old daughter", "as a
teenager"); words that are used of children alone, and a childlike look, are settled by nothing.
"""

import re
from collections.abc import Iterable, Iterator

from companion.errors import CardError

ADULT = 18
OLDEST = 999
MOST_CHARS = 200_000  # of a text that is searched
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_UNITS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve "
        "thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        1,
    )
}
_NUMBER = re.compile(rf"\b(?:({'|'.join(_TENS)})(?:[ -]({'|'.join(_UNITS)}))?|({'|'.join(_UNITS)}))\b", re.IGNORECASE)
_YEARS = r"[ -]{0,2}(?:(?:years?|yrs?)[ -]{0,2}old|y/?o\b|years? of age)"
_FIELD = re.compile(r"\bage\b[\"'*_ ]{0,4}(?:[:=(]|is\b)[\"'*_ (\[:]{0,6}(\d{1,6})", re.IGNORECASE)
_LITTLE = r"(?:an?|only|just|about|around|currently|now|like|to be|as|the|barely|almost)"
_LOOKS = re.compile(
    rf"\b(?:looks?|looking|appears?|appearance of|body of)(?: {_LITTLE}){{0,4}} (\d{{1,2}})\b(?! ?(?:feet|foot|ft|cm|m\b|'|%))",
    re.IGNORECASE,
)
_SAID = rf"(?: is|'s| am|'m| are|'re)(?: {_LITTLE}){{0,3}} (\d{{1,6}})(?:{_YEARS}|(?=[,;!)]|\.(?!\d)|$))"
_OLD = re.compile(rf"(?<![\w.-])(\d{{1,6}}){_YEARS}", re.IGNORECASE)
_CHILD = re.compile(
    r"\b(?:under-?aged?|pre-?teens?|school-?girls?|school ?boys?|loli(?:ta|con)?s?|shota(?:con)?s?|toddlers?|jailbait"
    r"|(?:middle|elementary|primary)[ -]school(?:er|ers| student| girl| boy))\b",
    re.IGNORECASE,
)
_YOUNG = re.compile(
    r"(?<!as a )(?<!was a )(?<!were )\b(?:teen(?:s|age|aged|agers?)?|high[ -]?school(?:er|ers| student| girl| boy| senior| junior)"
    r"|(?:is|i'm|am) an? (?:\w{1,12} )?(?:minor|child|kid)|little (?:girl|boy))\b",
    re.IGNORECASE,
)


def age_of(name: str, about: Iterable[str], spoken: Iterable[str] = ()) -> int | None:
    """The age that is stated plainly; None if none is.

    Args:
        name: what she is called, as it stands in the texts.
        about: what is told of her, macros replaced.
        spoken: what is said in her conversations, where others may be meant.

    Raises:
        CardError: she is under 18, or something says that she may be.
    """
    described = [_digits(text) for text in about]
    every = [*described, *map(_digits, spoken)]
    hers = re.compile(rf"(?:(?<!\w){re.escape(_digits(name))}|\bI){_SAID}", re.IGNORECASE)
    plain = [age for text in every for age in _ages(_FIELD, text)] + [age for text in every for age in _ages(hers, text)]
    looks = [age for text in every for age in _ages(_LOOKS, text)]
    if (youngest := min([*plain, *looks], default=ADULT)) < ADULT:
        raise _refused(f"an age of {youngest}")
    if found := next((match for text in every if (match := _CHILD.search(text))), None):
        raise _refused(f'"{found[0]}"')
    if plain:
        return min(OLDEST, plain[0])
    pronoun = re.compile(rf"\b(?:she|he|they|you){_SAID}", re.IGNORECASE)
    loose = [age for text in described for pattern in (pronoun, _OLD) for age in _ages(pattern, text)]
    if (youngest := min(loose, default=ADULT)) < ADULT:
        raise _refused(f"an age of {youngest}")
    if found := next((match for text in described if (match := _YOUNG.search(text))), None):
        raise _refused(f'"{found[0]}"')
    return min(OLDEST, loose[0]) if loose else None


def _ages(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    return (int(match[1]) for match in pattern.finditer(text))


def _digits(text: str) -> str:
    """A text with its numbers from 1 to 99 in digits, and each white space one blank."""

    def number(match: re.Match[str]) -> str:
        tens, unit, alone = (part.lower() if part else "" for part in match.groups())
        return str(_TENS.get(tens, 0) + _UNITS.get(unit or alone, 0))

    return _NUMBER.sub(number, " ".join(text[:MOST_CHARS].replace("’", "'").split()))


def _refused(what: str) -> CardError:
    return CardError(
        f"The card says or suggests that its persona is under {ADULT}: {what}. Companion's personas are adults.",
        hint='If she is an adult, say so plainly in her description, as in "Age: 25", and leave out what says otherwise.',
    )
