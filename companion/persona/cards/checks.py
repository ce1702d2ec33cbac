"""How a card departs from the specification it names. Nothing here refuses a card: real ones break every rule, and all are read.

Sections in quotation marks are those of the V3 specification, where V2 is not named. Lorebooks are in `book_checks.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from companion.persona.cards.assets import TYPES, Asset
from companion.persona.cards.book_checks import check_book
from companion.persona.cards.books import books_of
from companion.persona.cards.card import FIELDS, SPECS, V1_FIELDS, V2_FIELDS, V3_FIELDS, Card, in_milliseconds
from companion.persona.cards.container import Container
from companion.persona.cards.document import Json, same

_LISTS = ("alternate_greetings", "group_only_greetings", "tags", "source")
_DATES = ("creation_date", "modification_date")
_OTHERS = ("extensions", "character_book", "assets", "creator_notes_multilingual")
_TEXTS = tuple(field for field in FIELDS if field not in (*_LISTS, *_DATES, *_OTHERS))
_OPTIONAL = ("character_book", *(field for field in V3_FIELDS if field != "group_only_greetings"))
_LANGUAGE = re.compile(r"[a-z]{2}")
_EXTENSION = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Departure:
    """One way in which a card is not as its specification says: where, and what.

    Attributes:
        field: the field or the place, dotted; empty for the file itself.
        text: what is unusual about it, to be read after the field.
    """

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field or 'the file'} {self.text}"


def check(container: Container, card: Card) -> tuple[Departure, ...]:
    """Everything that is not as the specification says, in the order of the file."""
    return tuple(
        Departure(*found)
        for found in (
            *_file(container, card),
            *_version(card),
            *_fields(card),
            *_dates(card),
            *_notes(card),
            *_assets(container, card),
            *_books(card),
        )
    )


def check_lorebook(container: Container) -> tuple[Departure, ...]:
    """The same for a lorebook on its own."""
    notes = [("", note) for note in (*container.notes, *container.document.notes)]
    found = (one for book in books_of(container.document.value) for one in check_book(book))
    return tuple(Departure(*one) for one in (*notes, *found))


def _file(container: Container, card: Card) -> Iterator[tuple[str, str]]:
    for note in container.notes:
        yield "", note
    for document in container.documents:
        for note in document.notes:
            yield document.place, note
    if container.kind in ("charx", "image") and card.version != "v3":
        yield "card.json", f"is a {card.version.upper()} card; a CHARX is for V3 alone"
    if container.kind == "png" and card.document.place == "chara" and card.version == "v3":
        yield "chara", "is a V3 card; V3 belongs in a chunk named ccv3"
    if container.kind == "png" and card.document.place == "ccv3" and card.version != "v3":
        yield "ccv3", f"is a {card.version.upper()} card"
    if len(container.documents) > 1:
        other = Card(container.documents[1])
        differing = [field for field in V1_FIELDS if not same(card.raw(field), other.raw(field))]
        if differing:
            yield "chara", f"says something else than ccv3, which counts: {', '.join(differing)}"


def _version(card: Card) -> Iterator[tuple[str, str]]:
    root = card.document.members
    if card.version == "v1":
        if "spec" in root:
            yield "data", f"is missing, though the card says it is {card.spec or 'of some version'}; it is read as V1"
        return
    spec, number = SPECS[card.version]
    if not card.spec:
        yield "spec", "is missing; the card is read as V2"
    elif card.spec != spec:
        yield "spec", f"is {card.spec[:40]!r}, which is not known; the card is read as {card.version.upper()}"
    if card.newer:
        yield "spec_version", f"is {card.spec_version[:20]}, newer than what is known here; new fields are kept and do nothing"
    elif card.spec_version != number:
        yield "spec_version", f"is not {number!r}"


def _fields(card: Card) -> Iterator[tuple[str, str]]:
    root = card.document.members
    fields = {"v1": V1_FIELDS, "v2": V1_FIELDS + V2_FIELDS, "v3": FIELDS}[card.version]
    for field in fields:
        if field not in card.data and field not in root:
            if field not in _OPTIONAL:
                yield field, "is missing"
        elif card.version != "v1" and field in root:
            if field not in card.data:
                yield field, "stands at the top and not in data, where it belongs; it is read from there"
            elif not same(root[field], card.data[field]):
                yield field, "stands twice, at the top and in data, and differs; the one in data counts"
    doubled = [field for field in fields if card.version != "v1" and field in card.data and field in root]
    if alike := [field for field in doubled if same(root[field], card.data[field])]:
        yield "the top level", f"repeats what is in data: {', '.join(alike)}"
    for field in fields:
        if field not in card.data and field not in root:
            continue
        raw = card.raw(field)
        if field == "character_book" and raw is None:
            yield field, "is null; without a lorebook it is left out"
        elif field in _TEXTS and not isinstance(raw, str):
            yield field, f"is {_kind(raw)} and not a text"
        elif field in _LISTS and not (isinstance(raw, list) and all(isinstance(one, str) for one in raw)):
            yield field, "is not a list of texts"
        elif field in ("extensions", "character_book") and not isinstance(raw, dict):
            yield field, f"is {_kind(raw)} and not an object"
    if not card.text("name"):
        yield "name", "is empty"


def _dates(card: Card) -> Iterator[tuple[str, str]]:
    for field in _DATES if card.version == "v3" else ():
        raw = card.raw(field)
        if raw is None and field not in card.data:
            continue
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            yield field, f"is {_kind(raw)} and not a number"
        elif in_milliseconds(raw):
            yield field, "counts milliseconds; the specification wants seconds"


def _notes(card: Card) -> Iterator[tuple[str, str]]:
    raw = card.raw("creator_notes_multilingual")
    if "creator_notes_multilingual" not in card.data:
        return
    if not isinstance(raw, dict):
        yield "creator_notes_multilingual", f"is {_kind(raw)} and not an object"
        return
    for language, note in raw.items():
        if not _LANGUAGE.fullmatch(language):
            yield f"creator_notes_multilingual.{language[:20]}", "is no language code of two letters (ISO 639-1)"
        if not isinstance(note, str):
            yield f"creator_notes_multilingual.{language[:20]}", "is not a text"


def _assets(container: Container, card: Card) -> Iterator[tuple[str, str]]:
    raw = card.raw("assets")
    if "assets" not in card.data:
        return
    if not isinstance(raw, list):
        yield "assets", f"is {_kind(raw)} and not a list"
        return
    files = container.files
    for number, one in enumerate(raw):
        at = f"assets.{number}"
        if not isinstance(one, dict):
            yield at, "is not an object"
            continue
        missing = [key for key in ("type", "uri", "name", "ext") if not isinstance(one.get(key), str)]
        if missing:
            yield at, f"has no text as its {', '.join(missing)}"
        asset = Asset(*(str(one.get(key) or "") for key in ("type", "uri", "name", "ext")))
        yield from ((at, text) for text in _asset(asset, files))
    for type in ("icon", "background"):
        mine = [asset for asset in card.assets if asset.type == type]
        mains = sum(asset.name == "main" for asset in mine)
        if len(mine) > 1 and (mains > 1 or (type == "icon" and not mains)):
            yield "assets", f"has {len(mine)} of type {type}, of which {mains or 'none'} are called main; one should be"


def _asset(asset: Asset, files: object) -> Iterator[str]:
    if asset.type not in TYPES and not asset.type.startswith("x_"):
        yield f"is of type {asset.type[:30]!r}; types of a program's own begin with x_"
    if asset.source != "default" and not _EXTENSION.fullmatch(asset.ext):
        yield f"has the extension {asset.ext[:20]!r}; it should be small letters without a dot"
    if asset.source == "unknown":
        yield f"has an address of an unknown kind: {asset.uri[:40]}"
    if asset.source == "web":
        yield "is on the web; it is not fetched"
    if asset.uri.lower().startswith("embedded://"):
        yield "spells embeded:// with two d; both are read"
    if asset.source == "embedded" and isinstance(files, dict) and asset.path not in files:
        yield f"is not in the file: {asset.path[:80]}"


def _books(card: Card) -> Iterator[tuple[str, str]]:
    for book in card.books:
        place = ".".join(map(str, book.path))
        if book.path != card.path("character_book") or (card.version != "v1" and book.path[0] != "data") or "extensions" in book.path:
            yield place, "is a lorebook at the wrong level; it belongs in data.character_book"
        yield from check_book(book, v3=card.version == "v3")


def _kind(raw: Json) -> str:
    names = {str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(raw), "null")
