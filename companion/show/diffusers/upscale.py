"""From the size a model paints at to the size that was asked for.

By default with Lanczos' filter: it invents nothing, so the picture is as sharp as what was painted. `refined` paints the enlarged picture
over, tile by tile, with the model itself and little noise (the tiles of MultiDiffusion, Bar-Tal et al. 2023, one after the other, blended
where they overlap): it adds detail, takes as long as several pictures and can change small things, a face far away among them. No
model made for enlarging is at work.
"""

import io
import math
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from companion.errors import Cancelled
from companion.show.diffusers.model import ImageModel
from companion.show.diffusers.sampling import Steps, noise

Upscaler = Literal["lanczos", "refine"]
ASPECT = 4 / 5  # width to height of every picture of her
OVERLAP = 0.25
WEBP_QUALITY = 95
STRENGTH = 0.3  # of the noise that is painted away in a tile


class Size(NamedTuple):
    """Of a picture, in pixels."""

    width_px: int
    height_px: int


class Tile(NamedTuple):
    """A part of a picture, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def picture_size(long_side_px: int) -> Size:
    """Portrait, 4:5."""
    return Size(max(1, round(long_side_px * ASPECT)), long_side_px)


def enlarged(image: Any, size: Size) -> Any:
    """A PIL picture at another size; what is too wide or too high for its shape is cut off evenly."""
    from PIL import Image, ImageOps

    if image.size == tuple(size):
        return image
    return ImageOps.fit(image, (size.width_px, size.height_px), Image.Resampling.LANCZOS)


def tiles(size: Size, tile: Size) -> list[Tile]:
    """Tiles that cover a picture, each as large as `tile` or the picture, overlapping by at least a quarter."""
    return [
        Tile(left, top, left + min(tile.width_px, size.width_px), top + min(tile.height_px, size.height_px))
        for top in _starts(size.height_px, tile.height_px)
        for left in _starts(size.width_px, tile.width_px)
    ]


def refined(
    image: Any, size: Size, tile: Size, paint_over: Callable[[Any, int], Any], told: Callable[[int, int], None], cancel: threading.Event
) -> Any:
    """A PIL picture, enlarged and painted over.

    Args:
        tile: what the model paints at.
        paint_over: a PIL picture of a tile, and which it is → the same, painted over.
        told: hears which tile of how many is done.

    Raises:
        Cancelled: it was.
    """
    import numpy as np
    from PIL import Image

    wide = enlarged(image, size)
    parts = tiles(size, tile)
    total = np.zeros((size.height_px, size.width_px, 3), np.float32)
    share = np.zeros((size.height_px, size.width_px, 1), np.float32)
    for at, part in enumerate(parts):
        if cancel.is_set():
            raise Cancelled
        painted = enlarged(paint_over(wide.crop(part), at), Size(part.right - part.left, part.bottom - part.top))
        weight = _feather(part)
        where = (slice(part.top, part.bottom), slice(part.left, part.right))
        total[where] += np.asarray(painted.convert("RGB"), np.float32) * weight
        share[where] += weight
        told(at + 1, len(parts))
    return Image.fromarray((total / share).round().clip(0, 255).astype(np.uint8))


def painted_over(
    image: Any,
    size: Size,
    model: ImageModel,
    call: Mapping[str, Any],
    seed: int,
    told: Callable[[int, int], None],
    cancel: threading.Event,
) -> Any:
    """A PIL picture, enlarged and refined by the model that painted it, with the same words and image prompt.

    Args:
        call: what the picture was painted with.

    Raises:
        Cancelled: it was.
    """
    import diffusers

    pipe = getattr(diffusers, model.checkpoint.family.refining).from_pipe(model.pipe, dtype=model.pipe.dtype)
    pipe.set_progress_bar_config(disable=True)
    model.place(pipe)
    kept = {name: value for name, value in call.items() if name not in ("image", "controlnet_conditioning_scale")}
    steps = max(model.preset.steps, math.ceil(1 / STRENGTH))

    def paint_over(part: Any, at: int) -> Any:
        pipe.scheduler = model.fresh_scheduler()
        result = pipe(
            **kept,
            image=part,
            strength=STRENGTH,
            num_inference_steps=steps,
            guidance_scale=model.preset.guidance,
            generator=noise((seed + 1 + at) % 2**32),
            callback_on_step_end=Steps(steps, cancel, lambda *_: None),
        )
        return result.images[0]

    tile = Size(model.preset.width_px, model.preset.height_px)
    return refined(image, size, tile, paint_over, told, cancel)


def encoded(image: Any) -> bytes:
    """As WebP, nearly lossless to the eye: a tenth of the size of PNG."""
    held = io.BytesIO()
    image.convert("RGB").save(held, "WEBP", quality=WEBP_QUALITY, method=4)
    return held.getvalue()


def _starts(length: int, tile: int) -> Iterator[int]:
    if length <= tile:
        yield 0
        return
    count = 1 + -(-(length - tile) // max(1, int(tile * (1 - OVERLAP))))
    for at in range(count):
        yield round(at * (length - tile) / (count - 1))


def _feather(part: Tile) -> Any:
    """How much each pixel of a tile counts: most in its middle, float32 (height, width, 1), above 0."""
    import numpy as np

    def rise(length: int) -> Any:
        middle = (length - 1) / 2
        return 1.0 - np.abs(np.arange(length, dtype=np.float32) - middle) / (middle + 1)

    return (rise(part.bottom - part.top)[:, None] * rise(part.right - part.left)[None, :])[..., None]
