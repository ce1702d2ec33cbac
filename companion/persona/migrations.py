"""Blueprints of older formats, step by step brought to the newest.

A step takes the plain data of one format and gives that of the next; it changes nothing in place and knows only these two.
"""

from collections.abc import Callable, Mapping
from typing import Any

from companion.errors import BlueprintError
from companion.persona.blueprint import FORMAT

Data = dict[str, Any]
FAMILY, _, NEWEST = FORMAT.rpartition("-")


def _from_1(data: Data) -> Data:
    """2 adds goals, rules, relationship, memory, visual and voice; each may be left out."""
    return data | {"format": "companion-blueprint-2"}


STEPS: Mapping[str, Callable[[Data], Data]] = {"companion-blueprint-1": _from_1}


def migrated(data: Data) -> Data:
    """The data in the newest format; what is wrong with them otherwise is for the blueprint's own validation.

    Raises:
        BlueprintError: they are in a format that is newer than this program.
    """
    if is_newer(data.get("format")):
        raise too_new(str(data["format"]))
    while step := STEPS.get(str(data.get("format"))):
        data = step(data)
    return data


def is_newer(format: object) -> bool:
    """Whether a format comes after ours."""
    family, _, number = str(format).rpartition("-")
    return family == FAMILY and number.isascii() and number.isdigit() and len(number) < 10 and int(number) > int(NEWEST)


def too_new(format: str, where: str = "") -> BlueprintError:
    """The error for a format that comes after ours; `where` is the place in a file."""
    return BlueprintError(
        f"{where or 'The persona'} is written as {format}, and this Companion reads up to {FORMAT}.",
        hint="Update Companion, or take the persona from the Companion that wrote it as a character card.",
    )
