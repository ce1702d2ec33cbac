"""The JSON of a card, read leniently and kept as the text it was.

The text is the truth: it is never written anew from the values, so the order of keys, the spelling of numbers, keys that come
twice, NaN, escapes and lone surrogates all survive. An edit is laid over the text (`splice.py`). What a strict reader would refuse
is read and noted. JSON: RFC 8259.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from companion.errors import CardError
from companion.persona.cards.limits import MOST_JSON_BYTES, MOST_JSON_DEPTH, MOST_JSON_TOKENS

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{},]', re.DOTALL)  # possessive: an open string is read to its end, once
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BOM = b"\xef\xbb\xbf"
_MOST_DIGITS = 4000  # of a whole number that is read exactly


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON text of a file.

    Attributes:
        place: where it stands: `ccv3` or `chara` in a PNG, `card.json` in a zip, `file` where the file is the JSON itself.
        text: as it came, without a byte order mark.
        value: what it says; of a key that comes twice the last one counts, as in JavaScript.
        notes: what is unusual about the text.
    """

    place: str
    text: str
    value: Json
    notes: tuple[str, ...] = ()

    @property
    def members(self) -> dict[str, Json]:
        """Its keys and values; none if it is not an object."""
        return self.value if isinstance(self.value, dict) else {}


def read_document(data: bytes, place: str) -> Document:
    """Reads one JSON text.

    Raises:
        CardError: it is not JSON in UTF-8, too large, too deep, or holds more than a card can need.
    """
    if len(data) > MOST_JSON_BYTES:
        raise CardError(
            f"The JSON in {place} has more than {MOST_JSON_BYTES // 1024 // 1024} MB.", hint="A card holds text; move pictures out of it."
        )
    notes = []
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
        notes.append("begins with a byte order mark")
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise CardError(f"The JSON in {place} is not UTF-8, from byte {error.start} on.", hint="Save it as UTF-8 and try again.") from error
    if _SURROGATE.search(text):
        notes.append("holds half of a character as bytes, which is not UTF-8")
    _check_bounds(text, place)
    return Document(place, text, *_parse(text, place, notes))


def json_text(value: Json) -> str:
    """The JSON of a value that is put into a text.

    Raises:
        CardError: it holds what JSON cannot.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return json.dumps(value) if _SURROGATE.search(text) else text
    except (TypeError, ValueError, RecursionError) as error:
        raise CardError("The new value cannot be written as JSON.", hint="Use texts, finite numbers, lists and objects.") from error


def same(left: Json, right: Json) -> bool:
    """Whether two values are the same JSON: `true` is not 1, and null is not absence."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right or (left != left and right != right)


def _check_bounds(text: str, place: str) -> None:
    """Refuses what is too deep or too much before anything is built of it."""
    depth = 0
    for count, token in enumerate(_TOKEN.finditer(text)):
        sign = text[token.start()]
        depth += (sign in "[{") - (sign in "]}")
        if depth > MOST_JSON_DEPTH:
            raise CardError(
                f"The JSON in {place} nests deeper than {MOST_JSON_DEPTH} levels.", hint="No program writes such a card; get it elsewhere."
            )
        if count > MOST_JSON_TOKENS:
            raise CardError(f"The JSON in {place} holds more values than a card can need.", hint="Split its lorebook into several files.")


def _parse(text: str, place: str, notes: list[str]) -> tuple[Json, tuple[str, ...]]:
    twice: set[str] = set()
    constants: set[str] = set()

    def members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(pairs)
        if len(found) < len(pairs):
            seen: set[str] = set()
            twice.update(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    def constant(name: str) -> float:
        constants.add(name)
        return float(name)

    def load(*, strict: bool) -> Json:
        twice.clear()
        loaded: Json = json.loads(text, object_pairs_hook=members, parse_constant=constant, parse_int=_whole, strict=strict)
        return loaded

    try:
        try:
            value = load(strict=True)
        except json.JSONDecodeError:
            value = load(strict=False)
            notes.append("has line breaks or other control characters inside a text, unescaped")
    except json.JSONDecodeError as error:
        raise CardError(
            f"The JSON in {place} is not valid: line {error.lineno}, column {error.colno}: {error.msg}.",
            hint="The file is damaged or was edited by hand; get it again or correct that line.",
        ) from error
    if twice:
        notes.append(f"has keys that come twice in one object: {', '.join(sorted(twice)[:5])}")
    if constants:
        notes.append(f"holds {', '.join(sorted(constants))}, which JSON does not know")
    if any(_SURROGATE.search(string) for string in strings(value)) and "\\u" in text:
        notes.append("holds half of a character, written as an escape")
    return value, tuple(notes)


def strings(value: Json) -> Iterator[str]:
    """Every text and key in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from strings(one)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)
