"""Changing a blueprint step by step, as plain data that may be wrong for a while: what a form edits before it is saved.

A path is a tuple of keys and indices, `("character", "values", 0)`. Nothing is changed in place.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema

from companion.errors import InputError
from companion.persona.blueprint import Blueprint
from companion.persona.complaints import says

Path = tuple[str | int, ...]
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong at a place, in words that follow the name of its field: "must not be empty"."""

    path: Path
    text: str

    def __str__(self) -> str:
        words = [str(step + 1) if isinstance(step, int) else step.replace("_", " ") for step in self.path]
        return f"{' · '.join(words).capitalize()} {self.text}."


def data_of(blueprint: Blueprint) -> Data:
    """A blueprint as plain data."""
    data: Data = blueprint.model_dump(mode="json")
    return data


def checked(data: Mapping[str, Any]) -> tuple[Blueprint | None, tuple[Trouble, ...]]:
    """The blueprint, if the data are one, and else what is wrong."""
    try:
        return Blueprint.model_validate(data), ()
    except ValidationError as error:
        return None, tuple(Trouble(tuple(one["loc"]), says(one)) for one in error.errors(include_url=False))


def value_at(data: Any, path: Path) -> Any:
    """What stands at a path.

    Raises:
        InputError: there is no such place.
    """
    for step in path:
        try:
            data = data[step]
        except (LookupError, TypeError) as error:
            raise _nowhere(path) from error
    return data


def with_value(data: Any, path: Path, value: Any) -> Any:
    """The data with a value at a path; a key of a group may be new.

    Raises:
        InputError: there is no such place.
    """
    if not path:
        return value
    step, *rest = path
    if data is None and isinstance(step, str):
        data = {step: None}  # a group that was left out
    if isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
        return [with_value(one, tuple(rest), value) if at == step else one for at, one in enumerate(data)]
    if isinstance(data, dict) and isinstance(step, str) and (step in data or not rest):
        return data | {step: with_value(data.get(step), tuple(rest), value)}
    raise _nowhere(path)


def with_item(data: Any, path: Path, item: Any) -> Any:
    """The data with one more item at the end of the list at a path.

    Raises:
        InputError: there is no list.
    """
    return with_value(data, path, [*_items(data, path), item])


def without_item(data: Any, path: Path) -> Any:
    """The data without the item, or the key, at a path.

    Raises:
        InputError: there is none.
    """
    value_at(data, path)
    *above, last = path
    group = value_at(data, tuple(above))
    if isinstance(group, dict):
        return with_value(data, tuple(above), {key: value for key, value in group.items() if key != last})
    return with_value(data, tuple(above), [one for at, one in enumerate(group) if at != last])


def moved(data: Any, path: Path, by: int) -> Any:
    """The data with the item at a path moved in its list; at an end it stays.

    Raises:
        InputError: there is none.
    """
    item = value_at(data, path)
    *above, at = path
    items = [one for place, one in enumerate(_items(data, tuple(above))) if place != at]
    items.insert(max(0, min(len(items), int(at) + by)), item)
    return with_value(data, tuple(above), items)


@cache
def schema() -> Mapping[str, Any]:
    """The blueprint's JSON Schema (draft 2020-12)."""
    return {"$schema": GenerateJsonSchema.schema_dialect, **Blueprint.model_json_schema()}


def schema_text() -> str:
    """The schema as it is published in docs/blueprint.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def described(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the schema with its reference followed, and with `optional` where it may be null."""
    node = _followed(node)
    choices = node.get("anyOf", ())
    real = [one for one in choices if one.get("type") != "null"]
    if len(real) == 1 and len(choices) > 1:
        return {**_followed(real[0]), **{key: value for key, value in node.items() if key != "anyOf"}, "optional": True}
    return node


def part_at(path: Sequence[str | int]) -> Mapping[str, Any]:
    """What the schema says of a path.

    Raises:
        InputError: there is no such place.
    """
    node = described(schema())
    for step in path:
        inner = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step, node.get("additionalProperties"))
        if not isinstance(inner, Mapping):
            raise _nowhere(tuple(path))
        node = described(inner)
    return node


def blank(node: Mapping[str, Any]) -> Any:
    """The emptiest value of a part of the schema; a required text is empty, and has to be written."""
    node = described(node)
    if "default" in node:
        return node["default"]
    if node.get("optional"):
        return None
    if "enum" in node or "const" in node:
        return node.get("const", node.get("enum", [""])[0])
    match node.get("type"):
        case "object":
            return {key: blank(inner) for key, inner in node.get("properties", {}).items()}
        case "array":
            return []
        case "boolean":
            return False
        case "integer" | "number":
            return max(0, node.get("minimum", 0))
        case _:
            return ""


def _followed(node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        node = {**schema()["$defs"][node["$ref"].rpartition("/")[2]], **rest}
    return node


def _items(data: Any, path: Path) -> list[Any]:
    items = value_at(data, path)
    if not isinstance(items, list):
        raise _nowhere(path)
    return items


def _nowhere(path: Path) -> InputError:
    where = ".".join(map(str, path))
    return InputError(f"There is nothing at {where[:80]}.", hint="It may have been changed in another tab; open the studio again.")
