"""Edits that bring a card up to date with its persona: of what was changed since it came in, which field of the card is to say what.

A persona's blueprint is a reading of her card: macros are replaced, texts are cut, fields are joined. So what she is now is compared
with what the card still gives, and only where the two differ a field is edited; every other one keeps its macros and its length. What
no field of a card can hold is laid over the rest as `extensions.companion` (`own.py`).
"""

from collections.abc import Iterator, Sequence
from typing import Any

from companion.persona.blueprint import Blueprint, Exchange
from companion.persona.cards.books import RawBook
from companion.persona.cards.card import Card
from companion.persona.cards.document import Json
from companion.persona.cards.own import FORMAT, KEY, left_over
from companion.persona.cards.splice import REMOVED, Path, Removed
from companion.persona.cards.writing import edited
from companion.persona.lorebook import Entry, Lorebook

Edits = dict[str | Path, "Json | Removed"]
PLAIN = {"comment": "comment", "keys": "keys", "secondary_keys": "secondary_keys", "selective": "selective", "enabled": "enabled"}
PLAIN |= {"constant": "constant", "case_sensitive": "case_sensitive", "insertion_order": "insertion_order", "priority": "priority"}
EXTENDED = {  # SillyTavern's names, in an entry's `extensions`
    "probability": "probability", "sticky": "sticky", "cooldown": "cooldown", "delay": "delay", "depth": "depth",
    "whole_words": "match_whole_words", "scan_depth": "scan_depth", "exclude_recursion": "exclude_recursion",
    "prevent_recursion": "prevent_recursion", "delay_until_recursion": "delay_until_recursion",
}  # fmt: skip
OF_BOOK = {"name": "name", "description": "description", "scan_depth": "scan_depth", "token_budget": "token_budget"}
OF_BOOK |= {"recursive": "recursive_scanning"}
TOLD = ("description", "personality", "scenario")


def edits_of(card: Card, given: Blueprint, wanted: Blueprint) -> Edits:
    """The edits of a card's fields, without what goes into `extensions.companion`.

    Args:
        given: what the card is read as, without its `extensions.companion`.
        wanted: the persona.
    """
    edits: Edits = {}
    old, new = given.identity, wanted.identity
    if new.name != old.name:
        edits["name"] = new.name
    if new.nickname != old.nickname and (card.version == "v3" or "nickname" in card.data):
        edits["nickname"] = new.nickname
    if new.background != old.background:
        edits["description"] = new.background
        edits |= {field: "" for field in TOLD[1:] if card.text(field)}  # it was told after the description, and is now in it
    if wanted.greeting != given.greeting:
        edits["first_mes"] = wanted.greeting
    if wanted.alternate_greetings != given.alternate_greetings:
        beyond = card.texts("alternate_greetings")[len(given.alternate_greetings) :]
        edits["alternate_greetings"] = [*wanted.alternate_greetings, *beyond]
    if wanted.examples != given.examples:
        edits["mes_example"] = examples_text(wanted.examples)
    return edits | _lore_edits(card, given.lorebook, wanted.lorebook)


def own_edits(card: Card, given: Blueprint, wanted: Blueprint) -> Edits:
    """The edit that keeps in `extensions.companion` what a card with all other edits does not say.

    Args:
        given: what that card is read as, without its `extensions.companion`.
    """
    left = left_over(given, wanted)
    extensions = card.raw("extensions")
    if not left:
        return {("extensions", KEY): REMOVED} if isinstance(extensions, dict) and KEY in extensions else {}
    own: Json = {FORMAT: left}
    if not isinstance(extensions, dict):
        return {"extensions": {KEY: own}}
    return {} if extensions.get(KEY) == own else {("extensions", KEY): own}


def examples_text(talks: Sequence[Sequence[Exchange]]) -> str:
    """Example dialogues as `mes_example` has them."""
    return "\n".join("<START>\n" + "\n".join(f"{{{{user}}}}: {one.user}\n{{{{char}}}}: {one.reply}" for one in talk) for talk in talks)


def raw_book(book: Lorebook) -> dict[str, Json]:
    """A lorebook as a card has it (V2 and V3, `character_book`)."""
    raw: dict[str, Json] = {"extensions": {}, "entries": [raw_entry(entry, number) for number, entry in enumerate(book.entries)]}
    standard = Lorebook()
    told = {name: value for ours, name in OF_BOOK.items() if (value := getattr(book, ours)) != getattr(standard, ours)}
    return told | {"scan_depth": book.scan_depth} | raw


def raw_entry(entry: Entry, number: int) -> dict[str, Json]:
    """One entry, new."""
    raw: dict[str, Json] = {
        "keys": list(entry.keys),
        "content": entry.content,
        "extensions": {},
        "enabled": entry.enabled,
        "insertion_order": entry.insertion_order,
        "case_sensitive": entry.case_sensitive,
        "name": entry.comment,
        "priority": entry.worth,
        "id": int(entry.id) if entry.id.isdecimal() and len(entry.id) < 10 else number,
        "comment": entry.comment,
        "selective": bool(entry.selective and entry.secondary_keys),
        "secondary_keys": list(entry.secondary_keys),
        "constant": entry.constant,
        "position": "before_char" if entry.position == "before_char" else "after_char",
    }
    standard = Entry(content="")
    extended: dict[str, Json] = {n: getattr(entry, ours) for ours, n in EXTENDED.items() if getattr(entry, ours) != getattr(standard, ours)}
    return raw | {"extensions": extended | {"match_whole_words": entry.whole_words}}


def _lore_edits(card: Card, old: Lorebook, new: Lorebook) -> Edits:
    if old == new:
        return {}
    books = card.books
    if not books:
        return {"character_book": raw_book(new)}
    book, edits = books[0], Edits()
    base: Path = book.path[1:] if book.path[:1] == ("data",) else book.path
    for ours, theirs in OF_BOOK.items():
        if getattr(old, ours) != getattr(new, ours):
            edits[(*base, theirs)] = getattr(new, ours)
    raws = [entry for _, entry in book.entries]
    plain = isinstance(book.value.get("entries"), list) and len(raws) == len(old.entries) == len(book.value["entries"])  # type: ignore[arg-type]
    if old.entries == new.entries or not plain:  # a book that was not read whole stays; what differs is kept beside it
        return edits
    in_place = len(old.entries) == len(new.entries)
    if in_place and all(before.id == after.id for before, after in zip(old.entries, new.entries, strict=True)):
        for at, (before, after) in enumerate(zip(old.entries, new.entries, strict=True)):
            edits |= {(*base, "entries", at, *path): value for path, value in _entry_edits(raws[at], before, after)}
    else:
        edits[(*base, "entries")] = _relisted(book, old.entries, new.entries)
    return edits


def _relisted(book: RawBook, old: Sequence[Entry], new: Sequence[Entry]) -> list[Json]:
    """The raw entries once some came or went: those that stayed the same, or kept their id, keep all that no field here holds."""
    raws = [dict(entry) for _, entry in book.entries]
    free = list(range(len(old)))
    found: list[Json] = []
    for number, entry in enumerate(new):
        same = next((at for at in free if old[at] == entry), None)
        at = same if same is not None else next((at for at in free if entry.id and old[at].id == entry.id), None)
        if at is None:
            found.append(raw_entry(entry, number))
            continue
        free.remove(at)
        raw: Any = raws[at]
        for path, value in _entry_edits(raw, old[at], entry):
            raw = _put(raw, path, value)
        found.append(raw)
    return found


def _entry_edits(raw: dict[str, Json], before: Entry, after: Entry) -> Iterator[tuple[Path, Json]]:
    for ours, theirs in PLAIN.items():
        if getattr(before, ours) != getattr(after, ours):
            value = getattr(after, ours)
            yield (theirs,), list(value) if isinstance(value, tuple) else value
    if before.content != after.content:
        head = [line for line in str(raw.get("content") or "").splitlines() if line.lstrip().startswith("@@")]
        yield ("content",), "\n".join([*head, after.content])
    if before.position != after.position and after.position in ("before_char", "after_char"):
        yield ("position",), after.position
    extended = {theirs: getattr(after, ours) for ours, theirs in EXTENDED.items() if getattr(before, ours) != getattr(after, ours)}
    if extended and isinstance(raw.get("extensions"), dict):
        yield from ((("extensions", name), value) for name, value in extended.items())
    elif extended:
        yield ("extensions",), extended


def _put(raw: Any, path: Path, value: Json) -> Any:
    key, *rest = path
    return raw | {key: _put(raw.get(key) or {}, tuple(rest), value) if rest else value}


def final(card: Card, edits: Edits) -> Card:
    """The card with some edits."""
    return Card(edited(card.document, edits))


__all__ = ["Edits", "edits_of", "examples_text", "final", "own_edits", "raw_book", "raw_entry"]
