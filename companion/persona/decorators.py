"""V3's decorators: the `@@name value` lines in an entry's content, read into fields of the entry.

Follows the Character Card specification V3, "Decorators": of several with one name the first counts; a `@@@` line is taken
where nothing above it in its row could be; what is unknown or has no valid value is ignored. Those that V3 keeps for
contexts without a chat (`@@instruct_depth`, `@@reverse_depth` and their like) are such ones here. Every line that does
nothing is kept in `Decorators.others`, and none stays in the content.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from companion.persona.lorebook import MOST_KEYS, MOST_MESSAGES

LINE = re.compile(r"^[ \t]*(@@@?)([A-Za-z][A-Za-z0-9_]*)(?:[ \t]+(.*))?$", re.MULTILINE)
BLOCK = re.compile(rf"(?<!\n)\n*(?:{LINE.pattern}\n*)+", re.MULTILINE)
POSITIONS = {"before_desc": "before_char", "after_desc": "after_char", "personality": "personality", "scenario": "scenario"}
MOST_OTHERS = 50


@dataclass(frozen=True, slots=True)
class Decorated:
    """What an entry's content says of itself.

    Attributes:
        content: without the decorators, and without the blank lines around them.
        entry: values of fields of `Entry`.
        decorators: values of fields of `Decorators`; `others` are the lines that do nothing, without their first two `@`.
    """

    content: str
    entry: dict[str, object]
    decorators: dict[str, object]


def read_decorators(content: str) -> Decorated:
    """Takes the decorators out of an entry's content."""
    found: dict[str, object] = {}
    others: list[str] = []
    open_row = False  # whether a fallback would be taken
    content = content.replace("\r\n", "\n")
    if "@@" not in content:
        return Decorated(content.strip(), {}, {})
    for mark, name, value in LINE.findall(content):
        value = value.strip()
        if mark == "@@":
            open_row = True
        if open_row and name in found:  # a second one: the first counts, and its fallbacks are not asked
            open_row = False
            continue
        if open_row and name in _READERS:
            try:
                found[name] = _READERS[name](value)
                open_row = False
                continue
            except ValueError:
                pass  # no valid value: as if it were unknown
        others.append(f"{mark[2:]}{name} {value}".strip()[:400])
    entry: dict[str, object] = {_ENTRY_FIELDS[name]: value for name, value in found.items() if name in _ENTRY_FIELDS}
    if "position" not in found and "depth" in found:
        entry["position"] = "depth"
    decorators = {name: value for name, value in found.items() if name not in _ENTRY_FIELDS}
    if others:
        decorators["others"] = tuple(others[:MOST_OTHERS])
    return Decorated(BLOCK.sub("\n", content).strip(), entry, decorators)


def _count(value: str) -> int:
    """A number of messages; one below 0 is 0 (V3, `@@depth`)."""
    return min(MOST_MESSAGES, max(0, int(value[:12])))


def _one_or_more(value: str) -> int:
    if (number := int(value[:12])) < 1:
        raise ValueError(value)
    return min(MOST_MESSAGES, number)


def _greeting(value: str) -> int:
    if not 0 <= (number := int(value[:12])) <= 1000:
        raise ValueError(value)
    return number


def _set(value: str) -> bool:
    if value not in ("", "true"):
        raise ValueError(value)
    return True


def _several(value: str) -> tuple[str, ...]:
    if not (keys := tuple(key for part in value.split(",") if (key := part.strip()[:400]))):
        raise ValueError(value)
    return keys[:MOST_KEYS]


def _text(value: str) -> str:
    if not value:
        raise ValueError(value)
    return value[:400]


def _role(value: str) -> str:
    if value not in ("assistant", "system", "user"):
        raise ValueError(value)
    return value


def _position(value: str) -> str:
    if value not in POSITIONS:
        raise ValueError(value)
    return POSITIONS[value]


_READERS: dict[str, Callable[[str], object]] = {
    "activate_only_after": _count,
    "activate_only_every": _one_or_more,
    "keep_activate_after_match": _set,
    "dont_activate_after_match": _set,
    "is_greeting": _greeting,
    "is_user_icon": _text,
    "dont_activate": _set,
    "activate": _set,
    "ignore_on_max_context": _set,
    "depth": _count,
    "role": _role,
    "scan_depth": _count,
    "position": _position,
    "additional_keys": _several,
    "exclude_keys": _several,
    "constant": _set,  # RisuAI's, from before V3
}
FOLLOWED = frozenset(_READERS)
_ENTRY_FIELDS = {name: name for name in ("depth", "role", "scan_depth", "position", "additional_keys", "exclude_keys", "constant")}
