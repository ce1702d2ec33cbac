"""A head out of a picture, square, to stand for a persona's portrait in place of the drawn one."""

import io
from collections.abc import Mapping
from typing import Any

from companion.persona.blueprint import Appearance
from companion.shot import WHOLE, Box

SIDE_PX = 640
ROOM = 1.12  # around the head, so that it does not touch the edge


def chosen(appearance: Appearance) -> str:
    """The picture that stands for a portrait, by the SHA-256 of its file; empty where the portrait is drawn."""
    return appearance.picture or ""


def head_of(image: bytes, record: Mapping[str, Any]) -> bytes:
    """The part of a picture that frames her head, as a PNG.

    Args:
        image: PNG, JPEG or WebP.
        record: of the picture; where it does not say where she is on it, the upper part is taken.
    """
    from PIL import Image

    subject = record.get("subject")
    box = Box(*subject) if isinstance(subject, list | tuple) and len(subject) == 4 else WHOLE
    with Image.open(io.BytesIO(image)) as opened:
        width, height = opened.size
        across, down = (box.right - box.left) * width, (box.bottom - box.top) * height
        side = min(width, height, max(across, min(down, across * 1.4)) * ROOM)
        left = min(max(0.0, (box.left + box.right) / 2 * width - side / 2), width - side)
        top = min(max(0.0, box.top * height - (side - across) / 4), height - side)
        cut = opened.convert("RGB").resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS, (left, top, left + side, top + side))
    data = io.BytesIO()
    cut.save(data, "PNG")
    return data.getvalue()


def framed(image: bytes, size_px: int, *, round_off: bool) -> bytes:
    """A head in another size, as a PNG.

    Args:
        round_off: in a circle, on transparent ground.
    """
    from PIL import Image, ImageDraw

    with Image.open(io.BytesIO(image)) as opened:
        small = opened.convert("RGB").resize((size_px, size_px), Image.Resampling.LANCZOS)
    if round_off:
        mask = Image.new("L", (size_px * 4, size_px * 4))
        ImageDraw.Draw(mask).ellipse((0, 0, size_px * 4 - 1, size_px * 4 - 1), fill=255)
        small.putalpha(mask.resize((size_px, size_px), Image.Resampling.LANCZOS))
    data = io.BytesIO()
    small.save(data, "PNG")
    return data.getvalue()
