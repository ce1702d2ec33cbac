"""How a lorebook departs from V3's "Lorebook Fields", "`entries` Fields" and "Decorators"."""

import re
from collections.abc import Iterator

from companion.persona.cards.books import RawBook
from companion.persona.cards.document import Json
from companion.persona.decorators import FOLLOWED, read_decorators

MOST_TOLD = 200  # of one book
DECORATORS = frozenset(
    "activate_only_after activate_only_every keep_activate_after_match dont_activate_after_match depth instruct_depth reverse_depth "
    "reverse_instruct_depth role scan_depth instruct_scan_depth is_greeting position ignore_on_max_context additional_keys exclude_keys "
    "is_user_icon dont_activate activate disable_ui_prompt".split()
)
_DECORATOR = re.compile(r"@@@?([^\s@]*)")
_PATTERN = re.compile(r"/.+/[a-z]*", re.DOTALL)
_BOOK = {"name": str, "description": str, "scan_depth": int, "token_budget": int, "recursive_scanning": bool}
_NEEDED = {"keys": list, "content": str, "extensions": dict, "enabled": bool, "insertion_order": int}
_MAY = {
    "case_sensitive": bool, "use_regex": bool, "constant": bool, "selective": bool, "name": str, "comment": str, "priority": int,
    "secondary_keys": list,
}  # fmt: skip
_CALLED = {list: "a list", str: "a text", dict: "an object", bool: "true or false", int: "a number"}


def check_book(book: RawBook, *, v3: bool = False) -> Iterator[tuple[str, str]]:
    """Where something is unusual, and what; SillyTavern's world info has a form of its own, and only its entries are counted.

    Args:
        v3: the book of a V3 card, whose entries say whether their keys are patterns.
    """
    place = ".".join(map(str, book.path)) or "the lorebook"
    raw = book.value.get("entries")
    if not isinstance(raw, list | dict):
        yield f"{place}.entries", "is missing" if raw is None else "is not a list"
        return
    if len(book.entries) < len(raw):
        yield f"{place}.entries", f"has {len(raw) - len(book.entries)} that are no objects"
    if book.form == "world_info":
        return
    if isinstance(raw, dict):
        yield f"{place}.entries", "is an object and not a list, as in SillyTavern's own files"
    yield from ((place, text) for text in _types(book.value, {}, _BOOK))
    if not isinstance(book.value.get("extensions"), dict):
        yield f"{place}.extensions", "is missing"
    told = 0
    for key, entry in book.entries:
        for text in _entry(entry, v3):
            told += 1
            if told > MOST_TOLD:
                yield place, "has more entries that are not as they should be; these are not listed"
                return
            yield f"{place}.entries.{key}", text


def _entry(entry: dict[str, Json], v3: bool) -> Iterator[str]:
    if v3 and "use_regex" not in entry:
        yield "does not say use_regex"
    yield from _types(entry, _NEEDED, _MAY)
    for name in ("keys", "secondary_keys"):
        keys = entry.get(name)
        if isinstance(keys, list) and not all(isinstance(key, str) for key in keys):
            yield f"has {name} that are not texts"
    keys = entry.get("keys")
    texts = [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []
    if any(not key.strip() for key in texts):
        yield "has an empty key, which is never found"
    if keys == [] and entry.get("constant") is not True:
        yield "has no keys and is not constant"
    if entry.get("use_regex") is True and any(not _PATTERN.fullmatch(key) for key in texts if key.strip()):
        yield "says use_regex, but its keys are plain words; a key is a pattern only if it is written /…/"
    if entry.get("position") not in (None, "", "before_char", "after_char"):
        yield f"has the position {str(entry['position'])[:30]!r}; only before_char and after_char are known"
    if "id" in entry and (isinstance(entry["id"], bool) or not isinstance(entry["id"], int | float | str)):
        yield "has an id that is neither a number nor a text"
    content = entry.get("content")
    for name in _decorators(content) if isinstance(content, str) else ():
        if name not in DECORATORS:
            yield f"has the decorator @@{name[:40]}, which is not known; it does nothing and is kept"
    others = read_decorators(content).decorators.get("others") if isinstance(content, str) else ()
    for line in others if isinstance(others, tuple) else ():
        name, _, value = line.partition(" ")
        if name in FOLLOWED:
            yield f"has the decorator @@{name} with a value that it cannot have: {value[:40]!r}"


def _decorators(content: str) -> Iterator[str]:
    """Names of the decorators at the head of a content."""
    for line in content.lstrip().splitlines():
        found = _DECORATOR.match(line.strip())
        if not found:
            return
        yield found[1]


def _types(value: dict[str, Json], needed: dict[str, type], may: dict[str, type]) -> Iterator[str]:
    for name, kind in (needed | may).items():
        if name not in value:
            if name in needed:
                yield f"has no {name}"
            continue
        one = value[name]
        allowed = (int, float) if kind is int else kind
        if not isinstance(one, allowed) or (kind is int and isinstance(one, bool)):
            yield f"has a {name} that is not {_CALLED[kind]}"
