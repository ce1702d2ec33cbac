"""One value of a JSON text replaced, added or taken out; every other character of the text stays.

The text has been read before (`document.py`), so it is valid and bounded. Of a key that comes twice the last one is meant.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from companion.errors import CardError
from companion.persona.cards.document import Json, json_text

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)


class Removed:
    """The value of an edit that takes a field out."""


REMOVED: Final = Removed()


@dataclass(frozen=True, slots=True)
class _Member:
    """Where a member of an object or list stands in the text, in characters; in a list its key is its place."""

    key: str | int
    begins: int
    value: int
    ends: int


def spliced(text: str, path: Path, value: "Json | Removed") -> str:
    """The text with another value at the path; what is missing at its end is added.

    Raises:
        CardError: the path leads through something that is not there.
    """
    at = _space(text, 0)
    for key in path[:-1]:
        at = _last(_members(text, at), key, path).value
    members = _members(text, at)
    found = next((place for place in range(len(members) - 1, -1, -1) if members[place].key == path[-1]), None)
    if found is None:
        if isinstance(value, Removed):
            return text
        return _added(text, at, members, path, value)
    member = members[found]
    if not isinstance(value, Removed):
        return text[: member.value] + json_text(value) + text[member.ends :]
    if found + 1 < len(members):
        return text[: member.begins] + text[members[found + 1].begins :]
    return text[: members[found - 1].ends if found else member.begins] + text[member.ends :]


def _added(text: str, at: int, members: list[_Member], path: Path, value: Json) -> str:
    key = path[-1]
    if text[at] != ("{" if isinstance(key, str) else "["):
        raise _nowhere(path)
    written = f"{json_text(key)}: {json_text(value)}" if isinstance(key, str) else json_text(value)
    if not members:
        return f"{text[: at + 1]}{written}{text[at + 1 :]}"
    return f"{text[: members[-1].ends]}, {written}{text[members[-1].ends :]}"


def _members(text: str, at: int) -> list[_Member]:
    """The members of the object or list that begins at a place; none of anything else."""
    if text[at] not in "{[":
        return []
    found: list[_Member] = []
    named = text[at] == "{"
    at = _space(text, at + 1)
    while text[at] not in "}]":
        begins = at
        key: str | int = len(found)
        if named:
            key, at = _DECODER.raw_decode(text, at)
            at = _space(text, _space(text, at) + 1)
        ends = _DECODER.raw_decode(text, at)[1]
        found.append(_Member(key, begins, at, ends))
        at = _space(text, ends)
        if text[at] == ",":
            at = _space(text, at + 1)
    return found


def _last(members: list[_Member], key: str | int, path: Path) -> _Member:
    for member in reversed(members):
        if member.key == key and type(member.key) is type(key):
            return member
    raise _nowhere(path)


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _nowhere(path: Path) -> CardError:
    return CardError(
        f"The card has no place for {'.'.join(map(str, path))}.", hint="Edit the field that holds it instead, or add that one first."
    )
