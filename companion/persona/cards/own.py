"""What Companion knows of a persona and no card has a field for: kept in a card's `extensions.companion`, and read back.

It is what is left between two blueprints, group by group: `{"character": {"values": […]}}`. Lists and values are whole. Laid over the
blueprint that the rest of a card gives, it has to be a valid blueprint; otherwise it is not used, and a warning says so.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from companion.persona.blueprint import Blueprint

KEY = "companion"
FORMAT = "blueprint"  # the member of `extensions.companion` that it stands in


def left_over(given: Blueprint, wanted: Blueprint) -> dict[str, Any]:
    """What has to be laid over `given` to have `wanted`; empty if they are equal."""
    left: dict[str, Any] = _left(given.model_dump(mode="json"), wanted.model_dump(mode="json"))
    return left


def laid_over(given: Blueprint, own: Any) -> Blueprint | None:
    """The blueprint with what was left over; None if it is no longer one."""
    if not isinstance(own, Mapping):
        return None
    try:
        return Blueprint.model_validate(_merged(given.model_dump(mode="json"), own))
    except ValidationError:
        return None


def _left(given: Any, wanted: Any) -> Any:
    return {
        key: _left(given[key], value) if _alike(given.get(key), value) else value
        for key, value in wanted.items()
        if key not in given or given[key] != value
    }


def _alike(given: Any, wanted: Any) -> bool:
    return isinstance(given, dict) and isinstance(wanted, dict) and given.keys() == wanted.keys()


def _merged(given: Any, own: Mapping[str, Any]) -> Any:
    merged = dict(given)
    for key, value in own.items():
        inner = given.get(key)
        together = isinstance(value, Mapping) and isinstance(inner, Mapping) and set(value) <= set(inner)
        merged[key] = _merged(inner, value) if together else value
    return merged
