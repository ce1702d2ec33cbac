"""Where the page finds pictures: addresses that name a picture by its id and change with what is on it, never a path."""

from dataclasses import asdict
from typing import Literal, get_args
from urllib.parse import urlencode

from companion.persona.library import Persona
from companion.persona.visual import Visual
from companion.shot import Picture, Shot
from companion.ui.gallery_words import caption
from companion.ui.prose import attribute

PICTURES = "companion/pictures"
SKETCHES = "companion/sketches"
ZIP = "companion/pictures.zip"
Copy = Literal["preview", "full", "bare"]
COPIES: tuple[Copy, ...] = get_args(Copy)
ENDINGS = {"image/png": "png", "image/webp": "webp", "image/jpeg": "jpg"}


def address(picture: Picture, copy: Copy) -> str:
    """Where a picture is.

    Args:
        copy: the small one, the whole one, or the whole one without the record of how it was made.
    """
    return f"{PICTURES}/{picture.id}/{copy}?file={picture.digest[:12]}"


def sketch(persona: Persona, look: str, shot: Shot | None, long_side_px: int) -> str:
    """Where a drawing of a shot is, made as it is asked for; as the value of an attribute.

    Args:
        look: the digest of her look, so that another look is another address.
        shot: left out, its fields are to be added.
    """
    query = {"looks": look[:12]} | (asdict(shot) if shot else {})
    return attribute(f"{SKETCHES}/{persona.id}/{long_side_px}?{urlencode(query)}")


def filename(picture: Picture, visual: Visual) -> str:
    """What a picture is called once it is downloaded: "mara-tender-lamp-room-2026-11-20-1a2b3c.png"."""
    words = f"{picture.persona_id} {caption(picture.shot, visual)} {picture.created_at.astimezone():%Y-%m-%d} {picture.id[:6]}"
    plain = "-".join("".join(sign if sign.isalnum() else " " for sign in words.lower().replace("-", " ")).split())
    return f"{plain}.{ENDINGS.get(picture.media_type, 'png')}"
