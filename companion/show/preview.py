"""The small picture that is shown first, and what a picture's bytes really are."""

import io
from typing import NamedTuple

from companion.errors import ModelError

LONGEST_PX = 480
QUALITY = 82
MEDIA_TYPE = "image/webp"


class Preview(NamedTuple):
    """A small WebP of a picture, and the size of the picture itself in pixels."""

    data: bytes
    width_px: int
    height_px: int


def preview(image: bytes) -> Preview:
    """A WebP of at most 480 pixels on its longer side.

    Args:
        image: what a painter gave: PNG, JPEG or WebP.

    Raises:
        ModelError: it is no picture.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(image), formats=("PNG", "WEBP", "JPEG")) as opened:
            width, height = opened.size
            small = opened.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ModelError("What was painted cannot be read as a picture.", hint="Try again, or choose another painter.") from error
    small.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS, reducing_gap=3.0)
    data = io.BytesIO()
    small.save(data, "WEBP", quality=QUALITY, method=4)
    return Preview(data.getvalue(), width, height)
