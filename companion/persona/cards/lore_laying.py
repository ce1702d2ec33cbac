"""A lorebook laid back over the one in a card, entry by entry, and a new one written for a card.

A value goes where the card has it, however it is spelt there (`case_sensitive` or `extensions.caseSensitive`), since that is where it
is read from (`companion.persona.lore_import`). What cannot be said so is left to `extensions.companion`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from companion.persona.cards.books import RawBook
from companion.persona.cards.card import Card
from companion.persona.cards.document import Json
from companion.persona.cards.splice import Path, Removed
from companion.persona.decorators import LINE, read_decorators
from companion.persona.lore_import import LOGICS, POSITIONS, ROLES
from companion.persona.lore_keys import is_pattern
from companion.persona.lorebook import Decorators, Entry, Lorebook

Edits = dict[str | Path, "Json | Removed"]
# a field of ours → its name in a card; and other names that are read as well
TOP = {
    "comment": "comment", "keys": "keys", "secondary_keys": "secondary_keys", "selective": "selective", "constant": "constant",
    "case_sensitive": "case_sensitive", "insertion_order": "insertion_order", "priority": "priority", "position": "position",
}  # fmt: skip
EXTENDED = {  # SillyTavern's, in an entry's `extensions`
    "logic": "selectiveLogic", "whole_words": "match_whole_words", "probability": "probability", "sticky": "sticky", "cooldown": "cooldown",
    "delay": "delay", "depth": "depth", "role": "role", "scan_depth": "scan_depth", "exclude_recursion": "exclude_recursion",
    "prevent_recursion": "prevent_recursion", "delay_until_recursion": "delay_until_recursion",
}  # fmt: skip
OF_BOOK = {"name": "name", "description": "description", "scan_depth": "scan_depth", "token_budget": "token_budget"}
OF_BOOK |= {"recursive": "recursive_scanning"}
ALSO = {"keys": ("key",), "secondary_keys": ("keysecondary",), "insertion_order": ("order",), "recursive": ("recursive",)}
CODES = {"logic": LOGICS, "position": POSITIONS, "role": ROLES}
PLACED = ("before_char", "after_char")  # what the field `position` of a card may say


def lore_edits(card: Card, old: Lorebook, new: Lorebook) -> Edits:
    """The edits that make a card's lorebook say what a persona's does.

    Args:
        old: what the card's is read as.
    """
    if not card.books:
        return {"character_book": raw_book(new, v3=card.version == "v3")}
    book = card.books[0]
    base: Path = book.path[1:] if book.path[:1] == ("data",) else book.path
    rows = book.value.get("entries")
    if (*card.path(str(base[0])), *base[1:]) != book.path or not isinstance(rows, list | dict):
        return {}  # it stands where no edit leads
    edits: Edits = {}
    for ours, name in OF_BOOK.items():
        if getattr(old, ours) != (value := getattr(new, ours)):
            edits[(*base, *(_place(book.value, ours, name) or (name,)))] = value
    if _in_place(old.entries, new.entries):
        for (key, raw), before, after in zip(book.entries, old.entries, new.entries, strict=False):
            edits |= {(*base, "entries", key, *path): value for path, value in _entry_edits(raw, before, after)}
    elif isinstance(rows, list):
        edits[(*base, "entries")] = _relisted(book, rows, old.entries, new.entries, v3=card.version == "v3")
    return edits


def raw_book(book: Lorebook, *, v3: bool) -> dict[str, Json]:
    """A lorebook as a card has it (V2 and V3, `character_book`)."""
    told: dict[str, Json] = {name: value for ours, name in OF_BOOK.items() if (value := getattr(book, ours)) not in ("", None, False)}
    return told | {"extensions": {}, "entries": [raw_entry(entry, v3=v3) for entry in book.entries]}


def raw_entry(entry: Entry, *, v3: bool) -> dict[str, Json]:
    """One entry, new: with decorators in V3, where programs know them."""
    standard = Entry(content="")
    lines = list(_decorators(entry)) if v3 else []
    extensions = {name: _coded(ours, entry) for ours, name in EXTENDED.items() if getattr(entry, ours) != getattr(standard, ours)}
    extensions |= {EXTENDED["whole_words"]: entry.whole_words} | ({"position": 4} if entry.position == "depth" else {})
    raw: dict[str, Json] = {
        "keys": list(entry.keys),
        "content": "\n".join([*lines, entry.content]),
        "extensions": extensions,
        "enabled": entry.enabled,
        "insertion_order": entry.insertion_order,
        "case_sensitive": entry.case_sensitive,
        "constant": entry.constant,
        "selective": entry.selective,
        "secondary_keys": list(entry.secondary_keys),
        "position": "before_char" if entry.position == "before_char" else "after_char",
    }
    raw |= {"use_regex": bool(entry.keys) and all(map(is_pattern, entry.keys))} if v3 else {}
    raw |= {"name": entry.comment, "comment": entry.comment} if entry.comment else {}
    number = entry.id.isdecimal() and str(int(entry.id[:9])) == entry.id
    if number or (entry.id and v3):
        raw["id"] = int(entry.id) if number else entry.id
    elif entry.id:  # V2, New fields: a number there
        extensions["id"] = entry.id
    if entry.priority is not None:
        raw["priority"] = entry.priority
    return raw


def _relisted(book: RawBook, rows: list[Json], old: Sequence[Entry], new: Sequence[Entry], *, v3: bool) -> list[Json]:
    """The raw entries once some came or went: those that stayed the same, or kept their id, keep all that no field here holds."""
    raws = [entry for _, entry in book.entries]
    left = dict(enumerate(old))
    found: list[Json] = []
    for entry in new:
        at = _before(left, entry, new)
        if at is None:
            found.append(raw_entry(entry, v3=v3))
            continue
        del left[at]
        raw: Any = raws[at]
        for path, value in _entry_edits(raw, old[at], entry):
            raw = _put(raw, path, value)
        found.append(raw)
    read = {key for key, _ in book.entries[: len(old)]}
    return found + [row for at, row in enumerate(rows) if at not in read]  # what was not read stays, behind


def _in_place(old: Sequence[Entry], new: Sequence[Entry]) -> bool:
    """Whether each entry still stands where it stood, changed or not."""
    pairs = tuple(zip(old, new, strict=False))
    return len(old) == len(new) and all(a == b or (a.id == b.id and a not in new and b not in old) for a, b in pairs)


def _before(left: Mapping[int, Entry], entry: Entry, new: Sequence[Entry]) -> int | None:
    """Where an entry stood before: one that is equal, else one that is gone and had the same id, keys or content."""
    for at, one in left.items():
        if one == entry:
            return at
    gone = [(at, one) for at, one in left.items() if one not in new]
    for name in ("id", "keys", "content"):
        for at, one in gone:
            if getattr(one, name) and getattr(one, name) == getattr(entry, name):
                return at
    return None


def _entry_edits(raw: Mapping[str, Json], before: Entry, after: Entry) -> Iterator[tuple[Path, Json]]:
    content = str(raw.get("content") or "")
    decorated = read_decorators(content).entry
    for ours, name in (TOP | EXTENDED).items():
        if getattr(before, ours) == getattr(after, ours) or ours in decorated:
            continue
        place = _place(raw, ours, name) or ((name,) if ours in TOP else ("extensions", name))
        if ours == "position" and after.position not in PLACED:
            place = ("extensions", name)
        value = _coded(ours, after, in_words=place == ("position",) and not isinstance(raw.get("position"), int))
        if value is None and ours in CODES:
            continue  # only a decorator could say it
        if place[0] == "extensions" and not isinstance(raw.get("extensions"), dict):
            alone: dict[str, Json] = {str(place[-1]): value}
            yield ("extensions",), alone
            raw = {**raw, "extensions": alone}  # where the next one goes, beside it
        else:
            yield place, value
    if before.enabled != after.enabled:
        yield from _enabled(raw, after.enabled)
    if before.content != after.content:
        yield (
            _place(raw, "content", "content") or ("content",),
            "\n".join([*(line[0].strip("\n") for line in LINE.finditer(content)), after.content]),
        )


def _enabled(raw: Mapping[str, Json], value: bool) -> Iterator[tuple[Path, Json]]:
    off = _place(raw, "disable", "disable")
    if off:
        yield off, not value
    if not off or _place(raw, "enabled", "enabled"):
        yield _place(raw, "enabled", "enabled") or ("enabled",), value


def _place(raw: Mapping[str, Json], ours: str, name: str) -> Path | None:
    """Where an object has a field that it is read from; its `extensions` go before, and what is null is not there."""
    extensions = raw.get("extensions")
    layers: tuple[tuple[Path, Mapping[str, Json]], ...] = ((("extensions",), extensions),) if isinstance(extensions, dict) else ()
    for sought in (name, *ALSO.get(ours, ())):
        for path, layer in (*layers, ((), raw)):
            found = [key for key, value in layer.items() if value is not None and _plain(key) == _plain(sought)]
            if found:
                return (*path, found[-1])
    return None


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _coded(ours: str, entry: Entry, *, in_words: bool = False) -> Json:
    """A value as a card has it: some are numbers there."""
    value = getattr(entry, ours)
    if ours in CODES and not in_words:
        return next((code for code, word in CODES[ours].items() if word == value), None)
    return list(value) if isinstance(value, tuple) else value


def _decorators(entry: Entry) -> Iterator[str]:
    """The lines that say what no field of a V3 entry does (V3, "Decorators")."""
    standard, own = Decorators(), entry.decorators
    if entry.position in ("personality", "scenario"):
        yield f"@@position {entry.position}"
    for name in ("additional_keys", "exclude_keys"):
        if keys := getattr(entry, name):
            yield f"@@{name} {','.join(keys)}"
    for name in Decorators.model_fields:
        value = getattr(own, name)
        if name != "others" and value != getattr(standard, name):
            yield f"@@{name}" if value is True else f"@@{name} {value}"
    yield from (f"@@{line}" for line in own.others)


def _put(raw: Any, path: Path, value: Json) -> Any:
    key, *rest = path
    return raw | {key: _put(raw.get(key) or {}, tuple(rest), value) if rest else value}
