"""A persona as a file for other programs: the card she came from brought up to date, or a card made for her, or our own bundle.

Unchanged since she came in, and in the container she came in, she leaves as the very bytes she was. Nothing that was said with her is
in any of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from companion.errors import CompanionError, InputError
from companion.persona.blueprint import Blueprint
from companion.persona.cards.bundle import bundle, read_bundle
from companion.persona.cards.card import card_of, read_card
from companion.persona.cards.container import Kind, read_container
from companion.persona.cards.fresh import fresh
from companion.persona.cards.laying import laying_of
from companion.persona.cards.mapping import blueprint_of
from companion.persona.cards.own import KEY, PART
from companion.persona.cards.png import SIGNATURE
from companion.persona.cards.writing import Spec, losses
from companion.persona.cards.writing import export as written

Format = Kind | Literal["companion"]
FORMATS: Mapping[str, Format] = {
    ".png": "png", ".apng": "png", ".json": "json", ".charx": "charx", ".companion": "companion",
    ".jpg": "image", ".jpeg": "image", ".webp": "image",
}  # fmt: skip
NO_PICTURE = "There is no PNG"  # how `losses` begins to say that a picture is needed


@dataclass(frozen=True, slots=True)
class Exported:
    """A file, and what it cannot hold or has had to change, each a sentence."""

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
        picture: her portrait, a PNG, where she has no picture of her own.
        now: what a new V3 card says it was made at.

    Raises:
        CardError: the file cannot hold her, or a PNG is asked for and there is no picture.
    """
    if to == "companion":
        data = bundle(blueprint, card, picture)
        return Exported(data, _checked(lambda: read_bundle(data)[0], blueprint))
    if card is None:
        return _new(blueprint, to or "png", spec or "v3", picture, now)
    source = read_container(card)
    kind = to or source.kind
    laying = laying_of(card_of(source), blueprint)
    told = losses(source, kind, spec=spec)
    if spare := picture if any(loss.startswith(NO_PICTURE) for loss in told) else None:
        told = (*(loss for loss in told if not loss.startswith(NO_PICTURE)), "The card brings no PNG along; her portrait is its picture.")
    data = written(source, kind, spec=spec, edits=laying.edits, picture=spare)
    beside = _kept_beside(data) if {"extensions", ("extensions", KEY)} & laying.edits.keys() else ()
    renamed = blueprint.identity.called != card_of(source).called  # then what `{{char}}` stands in is meant to be different
    same = () if data == card or renamed else _checked(lambda: blueprint_of(read_card(data)[1]).blueprint, blueprint)
    return Exported(data, (*told, *laying.warnings, *beside, *same))


def format_of(suffix: str, card: bytes | None = None) -> Format:
    """The format that the end of a file's name asks for, in small or capital letters.

    Args:
        card: what the persona came from; one that came behind an image goes behind the same kind of image again.

    Raises:
        InputError: none is written under that name.
    """
    suffix = suffix.lower()
    if suffix not in FORMATS:
        names = [name for name, format in FORMATS.items() if format != "image"]
        raise InputError(f'"{suffix}" is no format of a card.', hint=f"Let the name end in {', '.join(names[:-1])} or {names[-1]}.")
    if card and FORMATS[suffix] == "image":
        begins = {".webp": b"RIFF"}.get(suffix, b"\xff\xd8\xff")
        if not card.startswith(begins):
            raise InputError(f"Only a card that came behind an image of that kind is written as {suffix}.", hint="Choose .png or .charx.")
    if suffix == ".png" and card and card.startswith(SIGNATURE) and read_container(card).kind == "image":
        return "image"
    return FORMATS[suffix]


def _new(blueprint: Blueprint, kind: Kind, spec: Spec, picture: bytes | None, now: datetime | None) -> Exported:
    source = fresh(blueprint, spec, now)
    if kind == "charx" and picture:  # by way of a PNG, whose picture a CHARX takes along
        source = read_container(written(source, "png", spec=spec, picture=picture))
    data = written(source, kind, spec=spec, picture=picture if kind == "png" else None)
    told = (loss for loss in losses(source, kind, spec=spec) if not loss.startswith(NO_PICTURE))
    return Exported(data, (*told, *_kept_beside(data), *_checked(lambda: blueprint_of(read_card(data)[1]).blueprint, blueprint)))


def _kept_beside(data: bytes) -> tuple[str, ...]:
    """What only Companion reads of a card."""
    own: Any = read_card(data)[1].extensions.get(KEY)
    if not isinstance(own, dict) or PART not in own:
        return ()
    groups = [name for name in own[PART] if name != "format"]
    names = [f"{name} ({', '.join(own[PART][name])})" if name in ("identity", "lorebook") else name for name in groups]
    return (f"Kept in extensions.{KEY}, which only Companion reads: {', '.join(names)}.",)


def _checked(read: Callable[[], Blueprint], blueprint: Blueprint) -> tuple[str, ...]:
    """What would be different if the file were taken in again; nothing, as far as we know."""
    try:
        return () if read() == blueprint else ("Taken in again, she would not be quite the same.",)
    except CompanionError as error:
        return (f"Companion itself would not take this file in again. {error.message}",)
