"""A persona as a file for other programs: the card she came from brought up to date, or a card made for her, or our own bundle.

Unchanged since she came in, and in the container she came in, she leaves as the very bytes she was. Nothing that was said with her is
in any of them.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from companion.errors import BlueprintError, CardError, InputError
from companion.persona.blueprint import Blueprint
from companion.persona.cards.archive import read_archive
from companion.persona.cards.card import SPECS, Card, read_card
from companion.persona.cards.container import Container, Kind
from companion.persona.cards.document import Json, read_document
from companion.persona.cards.laying import Edits, edits_of, examples_text, final, own_edits, raw_book
from companion.persona.cards.limits import MOST_JSON_BYTES
from companion.persona.cards.mapping import read_off
from companion.persona.cards.own import KEY
from companion.persona.cards.writing import Spec, losses
from companion.persona.cards.writing import export as written
from companion.persona.files import format_blueprint, parse_blueprint

Format = Kind | Literal["companion"]
MANIFEST, BLUEPRINT, PORTRAIT, CARD = "manifest.json", "blueprint.yaml", "portrait.png", "card"
BUNDLE_FORMAT = "companion-bundle-1"
OWN_WORDS = "What no field of a card holds (character, goals, rules, looks) is kept in extensions.companion, which only Companion reads."
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Exported:
    """A file, and what it cannot hold, each a sentence."""

    data: bytes
    warnings: tuple[str, ...] = ()


def exported(
    blueprint: Blueprint,
    card: bytes | None,
    to: Format | None = None,
    *,
    spec: Spec | None = None,
    picture: bytes | None = None,
    now: datetime | None = None,
) -> Exported:
    """A persona as a file.

    Args:
        card: what she came from, as it came; None for one who came from none.
        to: None keeps the container that she came in, and is a PNG for one who came from none.
        spec: None keeps the card's own, and is V3 for a new one.
        picture: her portrait, a PNG, for one who has no picture yet.
        now: what a new V3 card says it was made at.

    Raises:
        CardError: the file cannot hold her, or a PNG is asked for and there is no picture.
    """
    if to == "companion":
        return Exported(bundle(blueprint, card, picture))
    source, edits = _source(blueprint, card, spec, now)
    kind: Kind = to or (source.kind if card else "png")
    spare = picture if kind == "png" and not card else None
    told = tuple(losses(source, kind, spec=spec)) if card else ()
    if any(KEY in (path if isinstance(path, tuple) else (path,)) or path == "extensions" for path in edits):
        told += (OWN_WORDS,)
    return Exported(written(source, kind, spec=spec, edits=edits, picture=spare), told)


def bundle(blueprint: Blueprint, card: bytes | None, picture: bytes | None) -> bytes:
    """Everything of hers as a zip: her blueprint with its lorebook, her portrait, and the card she came from. No memories."""
    manifest = {"format": BUNDLE_FORMAT, "name": blueprint.identity.name, "files": [BLUEPRINT]}
    members = {BLUEPRINT: format_blueprint(blueprint).encode()}
    if picture:
        members[PORTRAIT] = picture
    if card:
        members[CARD] = card
    manifest["files"] = list(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in ({MANIFEST: json.dumps(manifest, indent=2).encode()} | members).items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, content)
    return out.getvalue()


def read_bundle(data: bytes) -> tuple[Blueprint, bytes | None]:
    """A bundle's blueprint, and the card that came along.

    Raises:
        CardError: it is no bundle, or is damaged or hostile.
        BlueprintError: its blueprint has a mistake.
    """
    archive = read_archive(data)
    try:
        manifest = json.loads(archive.read(MANIFEST, MOST_JSON_BYTES))
        known = isinstance(manifest, dict) and manifest.get("format") == BUNDLE_FORMAT
    except (ValueError, RecursionError) as error:
        raise CardError("The manifest of this bundle cannot be read.", hint="Export it again.") from error
    if not known:
        raise CardError("This is no bundle of this Companion.", hint="It may come from a newer one; update Companion.")
    blueprint = parse_blueprint(archive.read(BLUEPRINT), source=BLUEPRINT)
    return blueprint, archive.read(CARD) if CARD in archive.sizes else None


def format_of(suffix: str) -> Format:
    """The format that a file name asks for.

    Raises:
        InputError: none is written under that name.
    """
    names: Mapping[str, Format] = {".png": "png", ".json": "json", ".charx": "charx", ".companion": "companion"}
    names = {**names, **dict.fromkeys((".jpg", ".jpeg", ".webp"), "image")}
    if suffix.lower() not in names:
        raise InputError(f'"{suffix}" is no format of a card.', hint="Name the file .png, .json, .charx or .companion.")
    return names[suffix.lower()]


def _source(blueprint: Blueprint, card: bytes | None, spec: Spec | None, now: datetime | None) -> tuple[Container, Edits]:
    """What is written from, and the edits that bring it up to date."""
    container = fresh(blueprint, spec or "v3", now) if card is None else read_card(card)[0]
    read = Card(container.document)
    edits = edits_of(read, read_off(read).blueprint, blueprint)
    after = final(read, edits)
    # Her name alone is changed where she is given another: `{{char}}` follows it, in every field.
    return container, edits | own_edits(after, read_off(after, read.called).blueprint, blueprint)


def fresh(blueprint: Blueprint, spec: Spec, now: datetime | None = None) -> Container:
    """A card made for a persona, as JSON."""
    identity = blueprint.identity
    data: dict[str, Json] = {
        "name": identity.name,
        "description": identity.background,
        "personality": "",
        "scenario": "",
        "first_mes": blueprint.greeting,
        "mes_example": examples_text(blueprint.examples),
        "creator_notes": identity.tagline,
        "system_prompt": "",
        "post_history_instructions": "",
        "alternate_greetings": list(blueprint.alternate_greetings),
        "tags": [],
        "creator": "",
        "character_version": "",
        "extensions": {},
    }
    if blueprint.lorebook.entries:
        data["character_book"] = raw_book(blueprint.lorebook)
    if spec == "v3":
        data |= {"group_only_greetings": []} | ({"nickname": identity.nickname} if identity.nickname else {})
        if now:
            data |= {"creation_date": int(now.timestamp()), "modification_date": int(now.timestamp())}
    name, number = SPECS[spec]
    text = json.dumps({"spec": name, "spec_version": number, "data": data}, ensure_ascii=False, indent=2)
    raw = text.encode("utf-8", "surrogatepass")
    try:
        return Container("json", raw, (read_document(raw, "json"),))
    except BlueprintError as error:  # pragma: no cover - a blueprint is bounded below what a document may have
        raise CardError("This persona is too large for a card.", hint="Shorten her lorebook.") from error
