"""The painter that is always there: draws her from parts, in well under a second, without a model and without a network.

The same shot of the same blueprint gives the same bytes. Identity holds by construction: see `head.py`.
"""

import threading
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version

from companion.errors import Cancelled, InputError
from companion.shot import Shot
from companion.show.parts import look_of
from companion.show.protocol import Commission, Painted, Progress, Sitter, Told
from companion.show.sketch.composing import LEAST_PX, MOST_PX, Composition, compose, pixels, size_of

DRAWING = 1  # raised whenever a figure is drawn in another way, so that kept pictures are drawn again
PREVIEW_PX = 320


class SketchPainter:
    """Draws her. It holds nothing, so it may paint from any thread at any time.

    Args:
        pixels: turns SVG into PNG.
    """

    def __init__(self, pixels: Callable[[str], bytes] = pixels) -> None:
        self._pixels = pixels

    @property
    def name(self) -> str:
        """What it is called."""
        return "sketch"

    @property
    def version(self) -> str:
        """Of its way of drawing: another one makes other pictures of the same look."""
        return str(DRAWING)

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Draws a picture.

        Args:
            told: hears of a small picture first, then of the whole.
            cancel: ends it before its next step.

        Raises:
            Cancelled: it was.
            BlueprintError: her portrait or her outfit names a part that does not exist.
            InputError: a size that cannot be drawn.
        """
        sitter, shot, long_side_px = commission.sitter, commission.shot, _checked(commission.long_side_px)
        _go_on(cancel)
        told(Progress(0.0))
        composed = compose(sitter, shot, long_side_px)
        _go_on(cancel)
        preview = None
        if long_side_px > PREVIEW_PX * 2:
            preview = self._pixels(_sized(composed.svg, long_side_px, PREVIEW_PX))
            told(Progress(0.2, preview))
            _go_on(cancel)
        image = self._pixels(composed.svg)
        _go_on(cancel)
        told(Progress(1.0, preview))
        return _painted(image, composed, sitter, long_side_px)

    def sketch(self, sitter: Sitter, shot: Shot, long_side_px: int) -> Painted:
        """A picture at once, as a look is edited.

        Raises:
            BlueprintError: her portrait or her outfit names a part that does not exist.
            InputError: a size that cannot be drawn.
        """
        composed = compose(sitter, shot, _checked(long_side_px))
        return _painted(self._pixels(composed.svg), composed, sitter, long_side_px)

    def close(self) -> None:
        """There is nothing to free."""


def _checked(side_px: int) -> int:
    if not LEAST_PX <= side_px <= MOST_PX:
        raise InputError(f"A sketch of {side_px} pixels cannot be drawn.", hint=f"Ask for {LEAST_PX} to {MOST_PX} pixels.")
    return side_px


def _go_on(cancel: threading.Event) -> None:
    if cancel.is_set():
        raise Cancelled("The sketch was stopped.")


def _sized(svg: str, from_px: int, to_px: int) -> str:
    """The same drawing with another natural size."""
    (width, height), (to_width, to_height) = size_of(from_px), size_of(to_px)
    return svg.replace(f'width="{width}" height="{height}"', f'width="{to_width}" height="{to_height}"', 1)


def _painted(image: bytes, composed: Composition, sitter: Sitter, long_side_px: int) -> Painted:
    width_px, height_px = size_of(long_side_px)
    return Painted(
        image=image,
        media_type="image/png",
        width_px=width_px,
        height_px=height_px,
        subject=composed.subject,
        record={
            "painter": "sketch",
            "drawing": DRAWING,
            "python_avatars": version("python-avatars"),
            "resvg": version("resvg-py"),
            "look": asdict(look_of(sitter.persona_id, sitter.appearance)),
            "scene": composed.scene,
        },
    )
