"""Other programs' lorebooks: what their JSON says, as a `Lorebook`, and what of it is not followed, in words.

Reads `character_book` of cards V2 and V3, `lorebook_v3` files, and SillyTavern's World Info (an object of entries with names
of its own; its numbers for logic, position and role). A value that cannot be used becomes the default, and nothing raises:
real books carry nulls, numbers in quotes, keys that are empty, and `use_regex: true` on plain words. A key is a pattern only
when it is written `/…/flags`. Where a book does not say, this is what SillyTavern does: capitals do not count, and keys are
found inside words. The caller keeps the JSON, and with it what no field here holds.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from companion.persona.decorators import read_decorators
from companion.persona.lorebook import MOST_ENTRIES, MOST_KEYS, MOST_MESSAGES, Entry, Lorebook

LOGICS = {0: "and_any", 1: "not_all", 2: "not_any", 3: "and_all"}
POSITIONS = {0: "before_char", 1: "after_char", 4: "depth"}
ROLES = {0: "system", 1: "user", 2: "assistant"}
MOST_CONTENT_CHARS = 20_000  # of one entry
MOST_BOOK_CHARS = 2_000_000  # of all
MOST_KEY_CHARS = 400
MOST_RANK = 1_000_000
UNFOLLOWED = {  # World Info's rules that are not followed, by the name of their field
    "group": "belongs to a group, of which only one would be on; here all may be",
    "vectorized": "would be found by its meaning as well; here by its keys alone",
    "characterfilter": "is for some characters only; here for all",
    "triggers": "is for some kinds of replies only; here for all",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """A book, and what a person should know of how it was read; each warning is a sentence without its full stop."""

    book: Lorebook
    warnings: tuple[str, ...]


class _Notes:
    """Warnings, each with the numbers of the entries it is about."""

    def __init__(self) -> None:
        self._numbers: dict[str, list[int]] = {}

    def add(self, text: str, number: int = 0) -> None:
        self._numbers.setdefault(text, []).append(number)

    def told(self) -> tuple[str, ...]:
        return tuple(f"{_entries(numbers)}{text}" for text, numbers in self._numbers.items())


class _Fields:
    """An object's values by name, `selectiveLogic` or `selective_logic`; `extensions` go before, and nulls count as absent."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        extensions = raw.get("extensions")
        layers = (raw, extensions if isinstance(extensions, Mapping) else {})
        self._values = {str(name).replace("_", "").lower(): value for layer in layers for name, value in layer.items() if value is not None}

    def get(self, *names: str) -> object:
        return next((self._values[name] for name in names if name in self._values), None)

    def text(self, *names: str) -> str:
        return next((text for name in names if (text := _text(self._values.get(name)))), "")

    def flag(self, name: str, default: bool) -> bool:
        value = self._values.get(name)
        if isinstance(value, str):
            value = {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
        return bool(value) if isinstance(value, bool | int) else default

    def number(self, *names: str) -> float | None:
        """A finite number, also one in quotes."""
        value = self.get(*names)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            number = float(value[:40] if isinstance(value, str) else value)
        except (ValueError, OverflowError):
            return None
        return number if math.isfinite(number) else None

    def count(self, *names: str, most: int = MOST_MESSAGES) -> int | None:
        number = self.number(*names)
        return None if number is None else int(min(most, max(0, number)))

    def rank(self, *names: str) -> int | None:
        number = self.number(*names)
        return None if number is None else int(min(MOST_RANK, max(-MOST_RANK, number)))

    def keys(self, *names: str) -> tuple[list[str], bool]:
        """Keys without the empty ones, and whether there were such; a text is a list with commas."""
        value = self.get(*names)
        parts: Iterable[object] = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else ()
        keys = [_text(part)[:MOST_KEY_CHARS].strip() for part in parts]
        return list(dict.fromkeys(filter(None, keys)))[:MOST_KEYS], not all(keys)


def import_lorebook(raw: object) -> Imported:
    """Reads a book from its JSON; a card's or a file's own wrapping is taken off. Never raises: what is no book is an empty one."""
    notes = _Notes()
    fields, rows = _unwrapped(raw)
    if rows is None:
        return Imported(Lorebook(), ("there is no list of entries in it",))
    entries: list[Entry] = []
    ids: set[str] = set()
    room = MOST_BOOK_CHARS
    for number, row in enumerate(rows, 1):
        if len(entries) == MOST_ENTRIES:
            notes.add(f"only the first {MOST_ENTRIES:,} entries are used")
            break
        if not isinstance(row, Mapping):
            notes.add("is no entry and was left out", number)
            continue
        row_fields = _Fields(row)
        if (room := room - len(row_fields.text("content"))) < 0:
            notes.add(f"only the first {MOST_BOOK_CHARS:,} characters are used")
            break
        entries.append(_entry(row_fields, number, ids, notes))
    given = {"scan_depth": fields.count("scandepth"), "token_budget": fields.count("tokenbudget", most=1_000_000)}
    book = Lorebook(
        name=fields.text("name")[:400],
        description=fields.text("description")[:6000],
        recursive=fields.flag("recursivescanning", fields.flag("recursive", False)),
        entries=tuple(entries),
        **{name: value for name, value in given.items() if value is not None},
    )
    return Imported(book, notes.told())


def _unwrapped(raw: object) -> tuple[_Fields, list[object] | None]:
    for _ in range(4):  # {"spec": …, "data": {"character_book": {"entries": …}}}
        if not isinstance(raw, Mapping):
            break
        rows = raw.get("entries")
        if isinstance(rows, list | Mapping):
            return _Fields(raw), list(rows.values()) if isinstance(rows, Mapping) else rows
        raw = next((inner for name in ("character_book", "data", "extensions") if isinstance(inner := raw.get(name), Mapping)), None)
    return _Fields({}), None


def _entry(fields: _Fields, number: int, ids: set[str], notes: _Notes) -> Entry:
    whole = fields.text("content")
    if len(whole) > MOST_CONTENT_CHARS:
        notes.add(f"is longer than {MOST_CONTENT_CHARS:,} characters and was cut", number)
    decorated = read_decorators(whole[:MOST_CONTENT_CHARS])
    keys, had_empty = fields.keys("keys", "key")
    secondary, _ = fields.keys("secondarykeys", "keysecondary")
    values: dict[str, object] = {
        "id": _own_id(fields, ids),
        "comment": fields.text("comment", "name")[:400],
        "keys": tuple(keys),
        "secondary_keys": tuple(secondary),
        "logic": _named(fields.get("selectivelogic"), LOGICS, "and_any"),
        "selective": fields.flag("selective", False),
        "content": decorated.content,
        "enabled": fields.flag("enabled", True) and not fields.flag("disable", False),
        "constant": fields.flag("constant", False),
        "case_sensitive": fields.flag("casesensitive", False),
        "whole_words": fields.flag("matchwholewords", False),
        "insertion_order": fields.rank("insertionorder", "order"),
        "priority": fields.rank("priority"),
        "probability": _probability(fields),
        "scan_depth": fields.count("scandepth"),
        "exclude_recursion": fields.flag("excluderecursion", False),
        "prevent_recursion": fields.flag("preventrecursion", False),
        "delay_until_recursion": fields.flag("delayuntilrecursion", False),
        "position": _named(fields.get("position"), POSITIONS, "after_char"),
        "depth": fields.count("depth"),
        "role": _named(fields.get("role"), ROLES, "system"),
        **{name: fields.count(name) for name in ("sticky", "cooldown", "delay")},
        **decorated.entry,
        "decorators": decorated.decorators,
    }
    entry = Entry.model_validate({name: value for name, value in values.items() if value is not None})
    _tell(fields, entry, had_empty, number, notes)
    return entry


def _tell(fields: _Fields, entry: Entry, had_empty: bool, number: int, notes: _Notes) -> None:
    if had_empty:
        notes.add("has an empty key, which was left out", number)
    if fields.flag("useregex", False) and any(not key.startswith("/") for key in entry.keys):
        notes.add("says that its keys are patterns; those not written /…/ are taken as plain words", number)
    if not (entry.keys or entry.constant or entry.decorators.activate):
        notes.add("has no key that could trigger it", number)
    if not entry.content:
        notes.add("says nothing", number)
    if (place := fields.number("position")) is not None and place not in POSITIONS:
        notes.add("stands in a place that is not known here; it is put after her description", number)
    for name, text in UNFOLLOWED.items():
        if fields.get(name):
            notes.add(text, number)
    for line in entry.decorators.others:
        notes.add(f"has a line @@{line.split()[0]} that does nothing here", number)


def _own_id(fields: _Fields, ids: set[str]) -> str:
    """Its id, unless another entry has it already."""
    value = fields.get("id", "uid")
    own = str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20 else _text(value)[:400].strip()
    if own in ids:
        return ""
    ids.add(own)
    return own


def _probability(fields: _Fields) -> float | None:
    number = fields.number("probability")
    return None if number is None or not fields.flag("useprobability", True) else min(100.0, max(0.0, number))


def _named(value: object, names: Mapping[int, str], default: str) -> str:
    """SillyTavern's number as a name; a name that is known stands for itself."""
    if isinstance(value, str):
        text = value.strip().lower()
        if text in names.values():
            return text
        value = int(text) if text.isdecimal() and len(text) < 4 else None
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value == int(value)
    return names.get(int(value), default) if known and isinstance(value, int | float) else default


def _text(value: object) -> str:
    """A text with whole characters, a number in words; anything else is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, int) and abs(value) >= 10**20:
        return ""
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()


def _entries(numbers: list[int]) -> str:
    if numbers == [0]:
        return ""
    told = ", ".join(str(number) for number in numbers[:8]) + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")
    return f"entr{'y' if len(numbers) == 1 else 'ies'} {told}: "
