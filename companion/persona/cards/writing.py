"""A card written out: as it came, with some fields edited, in another container, or as another version.

Without an edit the file that came in is given back. Otherwise every edit is laid over the JSON text, and all else in it stays to the
letter. What a container or version cannot hold is said by `losses` before anything is written.
"""

from collections.abc import Mapping
from typing import Literal

from companion.errors import CardError
from companion.persona.cards.archive import CARD, new_archive
from companion.persona.cards.assets import content, icon_name, is_icon, main_of
from companion.persona.cards.books import value_at
from companion.persona.cards.card import SPECS, V2_FIELDS, V3_FIELDS, Card, card_of
from companion.persona.cards.container import Container, Kind
from companion.persona.cards.document import Document, Json, read_document, same
from companion.persona.cards.png import CARD_KEYWORDS, SIGNATURE, read_png
from companion.persona.cards.splice import Path, Removed, spliced
from companion.persona.lore_keys import is_pattern

Spec = Literal["v2", "v3"]
Edits = Mapping[str | Path, "Json | Removed"]  # by field, or by a path that begins with one: ("character_book", "entries", 0, "content")
_DOUBLED_AS = {"creator_notes": "creatorcomment"}  # SillyTavern's name at the root
_EMPTY: Mapping[str, Json] = {"alternate_greetings": [], "tags": [], "extensions": {}, "group_only_greetings": []}
_WRONG_CHUNK = {"v2": "ccv3", "v3": "chara"}
_MOST_NAMED = 5


def export(
    source: Container, to: Kind | None = None, *, spec: Spec | None = None, edits: Edits | None = None, picture: bytes | None = None
) -> bytes:
    """The card as a file.

    Args:
        source: what was read.
        to: the container; None keeps it.
        spec: the version; None keeps it, and with it the JSON as it is in every container.
        edits: new values by field, `splice.REMOVED` for one to be taken out. A second copy that says the same, at the root or in the
            other chunk of a PNG, is edited too; one that says something else is left alone.
        picture: the picture of a PNG; None takes the card's own.

    Raises:
        CardError: a field is nowhere to be put, or a PNG is asked for and there is no picture for it.
    """
    to = to or source.kind
    if source.is_lorebook:
        return _lorebook(source, to, spec, edits or {})
    card = card_of(source)
    stays = spec is None or (spec == card.version and card.document.place != _WRONG_CHUNK[spec])
    if to == source.kind and not edits and picture is None and stays:
        return source.raw
    document = edited(card.document, edits or {})
    if spec and spec != card.version:
        document = converted(document, spec)
    match to:
        case "json":
            return _bytes(document)
        case "png":
            return _png(source, document, edits or {}, spec, picture)
        case "charx":
            return _charx(source, document, spec)
        case "image":
            return _image(source, document)


def edited(document: Document, edits: Edits) -> Document:
    """The document with its card's fields edited, and nothing else.

    Raises:
        CardError: there is no place for a field.
    """
    for key, value in edits.items():
        steps: Path = (key,) if isinstance(key, str) else key
        card = Card(document)
        field = str(steps[0])
        text = spliced(document.text, (*card.path(field), *steps[1:]), value)
        double = _DOUBLED_AS.get(field, field)
        if card.version != "v1" and double in document.members and field in card.data and same(document.members[double], card.data[field]):
            text = spliced(text, (double, *steps[1:]), value)
        document = _document(text, document.place)
    return document


def converted(document: Document, spec: Spec) -> Document:
    """The document as V2 or V3, with the fields that the version cannot be without. No field goes away."""
    name, number = SPECS[spec]
    text = document.text
    card = Card(document)
    if card.version == "v1":
        text = f'{{"spec": "{name}", "spec_version": "{number}", "data": {text.strip()}}}'
    else:
        text = spliced(spliced(text, ("spec",), name), ("spec_version",), number)
    mandatory = V2_FIELDS if spec == "v2" else (*V2_FIELDS, "group_only_greetings")
    for field in mandatory:
        if field != "character_book" and field not in card.data and field not in document.members:
            text = spliced(text, ("data", field), _EMPTY.get(field, ""))
    entries = (
        value_at(card.data, ("character_book", "entries")) if spec == "v3" and isinstance(card.data.get("character_book"), dict) else None
    )
    if isinstance(entries, list) and any(isinstance(one, dict) and "use_regex" not in one for one in entries):
        text = spliced(text, ("data", "character_book", "entries"), [_with_use_regex(one) for one in entries])
    return _document(text, document.place)


def _with_use_regex(entry: Json) -> Json:
    """An entry of V3 says whether its keys are patterns (`entries` Fields, `use_regex`)."""
    if not isinstance(entry, dict) or "use_regex" in entry:
        return entry
    keys = entry.get("keys")
    return {**entry, "use_regex": isinstance(keys, list) and bool(keys) and all(isinstance(key, str) and is_pattern(key) for key in keys)}


def losses(source: Container, to: Kind, *, spec: Spec | None = None) -> tuple[str, ...]:
    """What would not come along, or would not be understood, if the card were written so; nothing is lost where this is empty."""
    if source.is_lorebook:
        return ()
    card = card_of(source)
    found: list[str] = []
    version = spec or card.version
    if to != source.kind:
        files = [name for name in source.files if not is_icon(name)]
        if to in ("json", "png") and files:
            more = f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
            found.append(f"Files that come with the card are left out: {', '.join(files[:_MOST_NAMED])}{more}.")
        if to == "json" and (source.picture or any(map(is_icon, source.files))):
            found.append("The picture is left out.")
        if to != "png" and len(source.documents) > 1:
            found.append("The older copy of the card in the chunk chara is left out.")
        if to == "png":
            found += _no_picture(source)
    elif to == "png" and version != "v3" and len(source.documents) > 1:
        found.append("The chunks ccv3 and chara become one, chara.")
    if version != "v3" and card.version == "v3":
        told = [field for field in V3_FIELDS if field in card.data and card.raw(field)]
        if told:
            found.append(f"Programs that know V2 alone do not use these fields, which are kept: {', '.join(told)}.")
        if any(str(entry.get("content", "")).lstrip().startswith("@@") for book in card.books for _, entry in book.entries):
            found.append("Programs that know V2 alone show decorators (lines that begin with @@) to the model as text.")
    if version != "v3" and to == "charx":
        found.append(f"A CHARX is for V3; a {version.upper()} card in it may not be read by other programs.")
    return tuple(found)


def _no_picture(source: Container) -> tuple[str, ...]:
    try:
        _picture(source, None)
    except CardError as error:
        return (error.message,)
    return ()


def _png(source: Container, document: Document, edits: Edits, spec: Spec | None, picture: bytes | None) -> bytes:
    version = Card(document).version
    png = source.png if source.png and picture is None else read_png(_picture(source, picture)).bare()
    keyword, other = CARD_KEYWORDS if version == "v3" else CARD_KEYWORDS[::-1]
    if spec is None and source.png and document.place != keyword:
        keyword, other = other, keyword  # it stays where it stood, be it the right chunk or not
    png = png.with_card(keyword, _bytes(document))
    beside = next((one for one in source.documents[1:] if one.place == other and version == "v3"), None)
    return bytes(png.with_card(other, _bytes(_followed(beside, source.document, edits)) if beside else None))


def _followed(beside: Document, document: Document, edits: Edits) -> Document:
    """An older copy of the card with those edits whose old value it had as well."""
    follows: dict[str | Path, Json | Removed] = {}
    for key, value in edits.items():
        steps: Path = (key,) if isinstance(key, str) else key
        old, there = (value_at(one.value, (*Card(one).path(str(steps[0])), *steps[1:])) for one in (document, beside))
        if there is not None and same(old, there):
            follows[key] = value
    return edited(beside, follows)


def _charx(source: Container, document: Document, spec: Spec | None) -> bytes:
    if source.kind == "charx" and source.archive:
        return source.archive.replaced({CARD: _bytes(document)})
    files = {name: source.file(name) for name in source.files}
    if source.picture:
        name = icon_name(source.picture)
        files[name] = source.picture
        document = _linked(document, name) if spec == "v3" else document
    return new_archive({CARD: _bytes(document)} | files)


def _linked(document: Document, name: str) -> Document:
    """The document with its default icon named as the file that it now is."""
    card = Card(document)
    uri = f"embeded://{name}"
    raw = card.raw("assets")
    if not isinstance(raw, list):
        icon: dict[str, Json] = {"type": "icon", "uri": uri, "name": "main", "ext": name.rpartition(".")[2]}
        return edited(document, {"assets": [icon]})
    for number, one in enumerate(raw):
        if isinstance(one, dict) and one.get("type") == "icon" and one.get("uri") == "ccdefault:":
            return edited(document, {("assets", number, "uri"): uri})
    return document


def _image(source: Container, document: Document) -> bytes:
    if source.kind != "image" or not source.archive:
        raise CardError("Only a card that came behind an image is written behind one.", hint="Choose PNG, JSON or CHARX.")
    return source.archive.replaced({CARD: _bytes(document)})


def _picture(source: Container, picture: bytes | None) -> bytes:
    icon = main_of(card_of(source).assets, "icon")
    found = picture or (content(source, icon) if icon else None) or source.picture or b""
    if not found.startswith(SIGNATURE):
        why = "Its own picture is no PNG. " if found else ""
        raise CardError("There is no PNG picture to write the card into.", hint=f"{why}Choose a picture, or write JSON or CHARX.")
    return found


def _document(text: str, place: str) -> Document:
    return read_document(text.encode("utf-8", "surrogatepass"), place)


def _bytes(document: Document) -> bytes:
    return document.text.encode("utf-8", "surrogatepass")


def _lorebook(source: Container, to: Kind, spec: Spec | None, edits: Edits) -> bytes:
    if to != source.kind or spec:
        raise CardError("A lorebook of its own is written as the JSON it is.", hint="Write it to a file that ends in .json.")
    text = source.document.text
    for key, value in edits.items():
        text = spliced(text, (key,) if isinstance(key, str) else key, value)
    return text.encode("utf-8", "surrogatepass") if edits else source.raw
