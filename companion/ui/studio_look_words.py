"""Parts of a look in plain words, from `studio_look.yaml`."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from companion.show.parts import part, part_names
from companion.ui.gallery_words import plainly


@cache
def _book() -> Mapping[str, Any]:
    book: Mapping[str, Any] = yaml.safe_load((files("companion.ui") / "studio_look.yaml").read_text(encoding="utf-8"))
    return book


def label(key: str) -> str:
    """What a part is called: "hair_color" is "Hair colour"."""
    return str(_book()["labels"].get(key, plainly(key)))


def word(key: str, name: str) -> str:
    """One of a part's choices: clothing "shirt_v_neck" is "top, V-neck"."""
    return str(_book()["words"].get(key, {}).get(name, plainly(name)))


def choices(key: str) -> dict[str, str]:
    """All that a part may be, each with its words.

    Raises:
        KeyError: there is no such part.
    """
    return {name: word(key, name) for name in part_names(key)}


def unset(key: str) -> str:
    """What a part is when nothing is chosen for it."""
    return str(_book()["unset"].get(key, "by chance"))


def scene(name: str) -> str:
    """A drawn place."""
    return str(_book()["scenes"].get(name, plainly(name)))


def light(time: str) -> str:
    """What lies on a sketch at an hour of the day."""
    return str(_book()["lights"].get(time, "soft"))


def beginning(kind: str, there: Sequence[Any]) -> dict[str, Any]:
    """A new outfit or setting as it begins: it has a name of its own and words, so that it can be seen at once.

    Args:
        there: those that there are.

    Raises:
        KeyError: there is no such list.
    """
    begins = _book()["new"][kind]
    taken = {str(one.get("name") or "").casefold() for one in there if isinstance(one, Mapping)}
    numbers = range(len(there) + 1, 2 * len(there) + 2)
    name = next(name for number in numbers if (name := f"{begins['name']} {number}") not in taken)
    return {**begins, "name": name}


def hex_of(key: str, value: str) -> str:
    """A colour as `#RRGGBB`, whether it is written so or by the palette's name; empty if it is neither."""
    if len(value) == 7 and value.startswith("#"):
        return value
    try:
        return str(part(key, value.strip().lower()).value)
    except KeyError:
        return ""
