"""What Companion knows of a persona and no card has a field for: kept in a card's `extensions.companion`, and read back.

    {"blueprint": {"format": "companion-blueprint-2", "character": {"values": […]}}, "instead_of": {"greeting": "5f0e…"}}

`blueprint` is what is left between two blueprints, group by group; lists and values are whole. Where it stands in for something that
the card says as well, such as a text that is longer here, `instead_of` has a digest of that: once another program changes the field,
the card's own words count. Laid over what the rest of a card gives it has to be a valid blueprint; otherwise it is not used. What other
programs put into the same object is left alone.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from companion.errors import BlueprintError
from companion.persona.blueprint import FORMAT, Blueprint
from companion.persona.migrations import migrated

KEY = "companion"
PART, INSTEAD = "blueprint", "instead_of"
AT_HOME = (
    "identity.name",
    "identity.nickname",
    "identity.background",
    "greeting",
    "alternate_greetings",
    "examples",
    "lorebook",
    "instructions.system",
    "instructions.after_history",
)
# what a file of ours cannot hold, and what turns the order of letters around
_UNSAFE = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Laid:
    """A blueprint with what was left over, and the fields that the card has changed since, by which it goes instead."""

    blueprint: Blueprint
    outdated: tuple[str, ...] = ()


def own_of(given: Blueprint, wanted: Blueprint, read: Blueprint) -> Data:
    """What has to be laid over `given` to have `wanted`; empty if they are equal.

    Args:
        read: what the card is read as; not `given` where she was renamed, since the card's words follow her name.
    """
    old, new = given.model_dump(mode="json"), wanted.model_dump(mode="json")
    left = _left(old, new)
    if not left:
        return {}
    said = read.model_dump(mode="json")
    instead = {path: _digest(_at(said, path)) for path in AT_HOME if _at(left, path) is not None}
    return {PART: {"format": FORMAT} | left} | ({INSTEAD: instead} if instead else {})


def laid_over(given: Blueprint, own: Any) -> Laid | None:
    """The blueprint with what was left over; None if that cannot be used.

    Args:
        own: the value of `extensions.companion`, whatever it is.
    """
    part = own.get(PART) if isinstance(own, Mapping) else None
    if not isinstance(part, dict):
        return None
    instead = own.get(INSTEAD)
    old = given.model_dump(mode="json")
    try:
        part = {key: value for key, value in migrated({"format": FORMAT} | part).items() if key != "format"}
        outdated = tuple(_outdated(old, part, instead)) if isinstance(instead, Mapping) else ()
        for path in outdated:
            part = _without(part, path)
        if any(map(_UNSAFE.search, _strings(part))):
            return None
        return Laid(Blueprint.model_validate_json(json.dumps(_merged(old, part)), strict=True), outdated)
    except (ValidationError, BlueprintError, ValueError, RecursionError):
        return None


def stated_age(own: Any) -> int | None:
    """The age that `extensions.companion` states; None if it states none that can be."""
    part = own.get(PART) if isinstance(own, Mapping) else None
    identity = part.get("identity") if isinstance(part, Mapping) else None
    age = identity.get("age") if isinstance(identity, Mapping) else None
    return age if isinstance(age, int) and not isinstance(age, bool) and 18 <= age <= 999 else None


def _outdated(old: Data, part: Data, instead: Mapping[Any, Any]) -> list[str]:
    there = [path for path in AT_HOME if _at(part, path) is not None and path in instead]
    return [path for path in there if instead[path] != _digest(_at(old, path))]


def _left(given: Any, wanted: Any) -> Any:
    return {
        key: _left(given[key], value) if _alike(given.get(key), value) else value
        for key, value in wanted.items()
        if key not in given or given[key] != value
    }


def _alike(given: Any, wanted: Any) -> bool:
    return isinstance(given, dict) and isinstance(wanted, dict) and given.keys() == wanted.keys()


def _merged(given: Any, part: Mapping[str, Any]) -> Any:
    merged = dict(given)
    for key, value in part.items():
        inner = given.get(key)
        together = isinstance(value, Mapping) and isinstance(inner, Mapping) and set(value) <= set(inner)
        merged[key] = _merged(inner, value) if together else value
    return merged


def _at(data: Any, path: str) -> Any:
    for key in path.split("."):
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _without(data: Data, path: str) -> Data:
    key, _, rest = path.partition(".")
    if not rest:
        return {name: value for name, value in data.items() if name != key}
    return data | {key: _without(data[key], rest)}


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = (*value.keys(), *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _strings(one)]
