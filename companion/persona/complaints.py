"""What the blueprint's validation says, in plain words and at its place, with the key that was probably meant."""

import difflib
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from companion.persona.blueprint import Blueprint
from companion.persona.fields import REFUSED
from companion.persona.nodes import Loc, Problem, Reading, shorten

KINDS = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a group of `key: value` lines",
    "model_type": "must be a group of `key: value` lines",
    "model_attributes_type": "must be a group of `key: value` lines",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "too_long": "has more than {max_length} entries",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
}
PATTERNS = {
    "pronouns": "must look like she/her",
    "accent": 'must be a colour like "#2F6E73"',
    "backdrop": 'must be a colour like "#DCE9E8"',
    "palette": 'must be a colour like "#2F6E73"',
    "block": "must be a block such as down.block_2, mid or up.block_0",
    "language": "must be a language such as en or pt-BR",
    "reference": "must be the name of a file, without a folder",
}
FEW = 8  # choices that are all listed


def complaints(details: Sequence[ErrorDetails], reading: Reading) -> list[Problem]:
    """One problem for each complaint; a misspelt key is told once, not again as a missing one."""
    meant = {(*one["loc"][:-1], _meant(one["loc"])) for one in details if one["type"] == "extra_forbidden"}
    return [_problem(one, reading) for one in details if one["type"] != "missing" or one["loc"] not in meant]


def says(detail: ErrorDetails) -> str:
    """One complaint in words that follow the name of its field: "must not be empty"."""
    if detail["type"] == "extra_forbidden":
        return "is not a key here"
    if detail["type"] == "missing":
        return "is missing"
    if detail["type"] == "string_pattern_mismatch":
        field = next((part for part in reversed(detail["loc"]) if isinstance(part, str)), "")
        return PATTERNS.get(field, "is not written as it must be")
    if detail["type"] == REFUSED:
        return detail["msg"]
    if detail["type"] == "literal_error":
        return _one_of(str(detail["ctx"]["expected"]), detail["input"])
    if detail["type"] in KINDS:
        return KINDS[detail["type"]].format(**detail.get("ctx", {}))
    return f"is not valid ({detail['msg'].lower()})"


def _one_of(expected: str, told: Any) -> str:
    """What is said of a word that is none of those that are known: the nearest one, and all of them where they are few."""
    choices = re.findall(r"'([^']*)'", expected)
    near = difflib.get_close_matches(str(told)[:60].casefold(), choices, n=1)
    listed = f"must be {expected}" if len(choices) <= FEW or not near else "is not a word that is known here"
    return f"{listed}; did you mean `{near[0]}`?" if near else listed


def _problem(detail: ErrorDetails, reading: Reading) -> Problem:
    """Puts one complaint of the validation into plain words, at the place it is about."""
    loc = detail["loc"]
    name = shorten(".".join(str(part + 1) if isinstance(part, int) else part for part in loc)) or "the file"
    if detail["type"] == "extra_forbidden":
        return Problem(*reading.place_of(loc), _unknown_key(loc))
    if detail["type"] == "missing":
        return Problem(*reading.place_of(loc[:-1]), f"`{name}` is missing")
    told = says(detail)
    if detail["input"] is None:
        told = f"has no value; it {told}"
    elif detail["type"] == "string_type" and isinstance(detail["input"], (int, float)):
        told += "; put it in quotes"
    return Problem(*reading.place_of(loc), f"`{name}` {told}" if loc else f"{name} {told}")


def _meant(loc: Loc) -> str | None:
    """The valid key that an unknown one resembles."""
    return next(iter(difflib.get_close_matches(str(loc[-1])[:60], keys_at(loc[:-1]), n=1)), None)


def _unknown_key(loc: Loc) -> str:
    key, near = str(loc[-1]), _meant(loc)
    says = f"`{shorten(key)}` is not a key here"
    if near:
        return f"{says}; did you mean `{near}`?"
    elsewhere = places_of(key)
    if elsewhere:
        return f"{says}; it belongs {'under `' + elsewhere[0] + '`' if elsewhere[0] else 'at the top level'}"
    return f"{says}; the keys are {', '.join(f'`{name}`' for name in keys_at(loc[:-1]))}"


def keys_at(loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """The valid keys at a place such as `("identity",)` or `("examples", 0, 1)`; empty where any key may stand."""
    kind: Any = Blueprint
    for part in loc:
        if isinstance(part, str):
            model = _model(kind)
            if model is None or part not in model.model_fields:
                return ()
            kind = model.model_fields[part].annotation
        else:
            kind = next(iter(get_args(kind)), None)
    model = _model(kind)
    return tuple(model.model_fields) if model else ()


def places_of(key: str) -> tuple[str, ...]:
    """The groups that hold a key, as dotted paths; "" is the top level."""
    return _index().get(key, ())


@cache
def _index() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, type[BaseModel]]] = [("", Blueprint)]
    while waiting:
        path, model = waiting.pop(0)
        for name, field in model.model_fields.items():
            found[name] = (*found.get(name, ()), path)
            inner = _model(field.annotation)
            if inner is not None:
                waiting.append((f"{path}.{name}".lstrip("."), inner))
    return found


def _model(kind: Any) -> type[BaseModel] | None:
    """The class of a group, whether it may be left out or not."""
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None
