"""Our own bundle (`.companion`): a zip of a persona's blueprint, her portrait and the card she came from. No memories are in it.

manifest.json     {"format": "companion-bundle-1", "name": …, "files": […]}
blueprint.yaml    with the lorebook
portrait.png      for people who look into it; a portrait is drawn from the blueprint
card              as it came, if she came from one
"""

import json
from typing import Final

from companion.errors import CardError
from companion.persona.blueprint import Blueprint
from companion.persona.cards.archive import new_archive, read_archive
from companion.persona.cards.card import read_card
from companion.persona.cards.limits import MOST_BYTES
from companion.persona.cards.mapping import check_grown_up, read_off
from companion.persona.files import MOST_BYTES as MOST_BLUEPRINT_BYTES
from companion.persona.files import format_blueprint, parse_blueprint

FORMAT: Final = "companion-bundle-1"
MANIFEST, BLUEPRINT, PORTRAIT, CARD = "manifest.json", "blueprint.yaml", "portrait.png", "card"
MOST_MANIFEST_BYTES = 64 * 1024


def bundle(blueprint: Blueprint, card: bytes | None, picture: bytes | None) -> bytes:
    """Everything of hers in one file, the same bytes every time."""
    members = {BLUEPRINT: format_blueprint(blueprint).encode()}
    members |= {PORTRAIT: picture} if picture else {}
    members |= {CARD: card} if card else {}
    manifest = {"format": FORMAT, "name": blueprint.identity.name, "files": list(members)}
    return new_archive({MANIFEST: json.dumps(manifest, indent=2).encode()} | members)


def read_bundle(data: bytes) -> tuple[Blueprint, bytes | None, tuple[str, ...]]:
    """A bundle's blueprint, the card that came along, and warnings.

    Raises:
        CardError: it is no bundle, is damaged or hostile, or says that its persona is under 18.
        BlueprintError: its blueprint has a mistake.
    """
    if len(data) > MOST_BYTES:
        raise CardError(f"The bundle has more than {MOST_BYTES // 1024 // 1024} MB.", hint="Take the card or the portrait out of it.")
    archive = read_archive(data)
    if MANIFEST not in archive.sizes:
        raise CardError(f"This is no bundle: there is no {MANIFEST} in it.", hint="Bundles are written by `companion card export`.")
    try:
        manifest = json.loads(archive.read(MANIFEST, MOST_MANIFEST_BYTES))
    except (ValueError, RecursionError) as error:
        raise CardError("The manifest of this bundle cannot be read.", hint="Export it again.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise CardError("This is no bundle of this Companion.", hint="It may come from a newer one; update Companion.")
    blueprint = parse_blueprint(archive.read(BLUEPRINT, MOST_BLUEPRINT_BYTES), source=BLUEPRINT)
    check_grown_up(blueprint)
    if CARD not in archive.sizes:
        return blueprint, None, ()
    card = archive.read(CARD, MOST_BYTES)
    try:
        read_off(read_card(card)[1], blueprint.identity.age)
    except CardError as error:
        return blueprint, None, (f"The card in the bundle is left out. {error.message}",)
    return blueprint, card, ()


def is_bundle(data: bytes) -> bool:
    """Whether a file is one, by what is in it."""
    try:
        return data.startswith(b"PK\x03\x04") and {MANIFEST, BLUEPRINT} <= read_archive(data).sizes.keys()
    except CardError:
        return False
