"""An encoder for drawings that needs no weights: which colours her head has and where, and which way its outlines run.

It is no face recognition and knows nothing of photographs. It rests on what holds for the sketches of this program: the subject's
box always frames head and shoulders alike, and a light changes all of her colours together.

Method, on the box at 72 × 108 pixels, in four parts whose shares of the squared length are `SHARES`:
- *colours*: for each of four zones (crown, brow, nose, chin) the kernel mean embedding of its pixels in CIE Lab (Smola et al. 2007,
  section 2.1), with a Gaussian kernel by random Fourier features (Rahimi and Recht 2007, algorithm 1). How much of each colour there
  is counts, and not on which pixel, so a tilted head changes little;
- *contrast*: the same of Lab less the skin's own colour, the median of the nose's zone: a light that falls on both goes out of it;
- *layout*: a grid of mean colours, each channel less its mean and by its spread, as grey-world does (Buchsbaum 1980);
- *outline*: histograms of oriented gradients (Dalal and Triggs 2005), each cell at unit length.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from companion.show.encoders import View, subject_of, unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.floating[Any]]

WIDTH, HEIGHT = 72, 108
SHARES = {"colours": 1.0, "contrast": 0.5, "layout": 0.2, "outline": 0.2}
# top, bottom, left, right, in [0, 1] of the box; the mouth has none of its own, for it moves the most
CROWN, BROW, NOSE, CHIN = (0.02, 0.16, 0.25, 0.75), (0.16, 0.32, 0.15, 0.85), (0.45, 0.58, 0.3, 0.7), (0.62, 0.75, 0.25, 0.75)
SKIN = (0.5, 0.62, 0.38, 0.62)
HEAD = (0.08, 0.75, 0.1, 0.9)
KERNEL_LAB = 14.0  # the kernel's width in Lab; its lightness axis is wider, for light differs more than hue
LIGHTNESS = 1.4
FREQUENCIES = 64
ROWS, COLUMNS = 6, 4
DIRECTIONS = 9
QUIET = 0.02  # gradients and spreads below this are none
# sRGB to XYZ at D65 (IEC 61966-2-1), each row over the white point
TO_XYZ = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8728))


class DrawnEncoder:
    """Embeds who is on a sketch. It holds nothing and may be asked from any thread."""

    @property
    def name(self) -> str:
        """What stands beside its scores; the number rises when the vectors change."""
        return "drawn-1"

    @property
    def strangers(self) -> float:
        """What two sketches of two people have between them, on average over two dozen people put together by chance."""
        return 0.5

    def encode(self, views: Sequence[View]) -> "NDArray[np.float32]":
        """See `Encoder`: float32 (n, 1312), unit length."""
        import numpy as np

        if not views:
            return np.zeros((0, 0), np.float32)
        pixels = np.stack([np.asarray(subject_of(view).resize((WIDTH, HEIGHT)), np.float32) / 255 for view in views])
        lab = _lab(pixels)
        skin = np.median(_zone(lab, SKIN).reshape(len(lab), -1, 3), axis=1)[:, None, None]
        parts = {
            "colours": _embedded(lab),
            "contrast": _embedded(lab - skin),
            "layout": _layout(pixels),
            "outline": _outline(pixels),
        }
        return unit(np.concatenate([math.sqrt(SHARES[name]) * part for name, part in parts.items()], axis=1))


def _lab(pixels: "Pixels") -> "Pixels":
    """CIE 1976 L*a*b* of sRGB in [0, 1]."""
    import numpy as np

    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array(TO_XYZ, np.float32).T
    x, y, z = np.moveaxis(np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * (24389 / 27 / 116) + 16 / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _zone(pixels: "Pixels", zone: tuple[float, float, float, float]) -> "Pixels":
    top, bottom, left, right = zone
    return pixels[:, int(top * HEIGHT) : int(bottom * HEIGHT), int(left * WIDTH) : int(right * WIDTH)]


def _embedded(lab: "Pixels") -> "Pixels":
    import numpy as np

    widths = np.array([[KERNEL_LAB * LIGHTNESS], [KERNEL_LAB], [KERNEL_LAB]])
    frequencies = (np.random.default_rng(5).normal(size=(3, FREQUENCIES)) / widths).astype(np.float32)
    found = []
    for zone in (CROWN, BROW, NOSE, CHIN):
        phases = _zone(lab, zone)[:, ::2, ::2].reshape(len(lab), -1, 3) @ frequencies
        found.append(unit(np.concatenate([np.cos(phases).mean(1), np.sin(phases).mean(1)], axis=1)))
    return unit(np.concatenate(found, axis=1))


def _layout(pixels: "Pixels") -> "Pixels":

    grid = _pooled(_zone(pixels, HEAD))
    spread = grid.std((1, 2), keepdims=True) + QUIET
    return unit(((grid - grid.mean((1, 2), keepdims=True)) / spread).reshape(len(pixels), -1))


def _outline(pixels: "Pixels") -> "Pixels":
    import numpy as np

    down, across = np.gradient(pixels, axis=(1, 2))
    strongest = np.hypot(down, across).argmax(-1)[..., None]  # of the three channels
    down, across = (np.take_along_axis(one, strongest, -1)[..., 0] for one in (down, across))
    strength = np.hypot(down, across)
    direction = np.arctan2(down, across) % np.pi / np.pi * DIRECTIONS
    lower = np.floor(direction)
    votes = np.zeros((*strength.shape, DIRECTIONS), np.float32)
    for at, share in ((lower, 1 - (direction - lower)), (lower + 1, direction - lower)):
        place = (at.astype(int) % DIRECTIONS)[..., None]
        np.put_along_axis(votes, place, np.take_along_axis(votes, place, -1) + (strength * share)[..., None], -1)
    cells = _pooled(_zone(votes, HEAD))
    return unit((cells / (np.linalg.norm(cells, axis=-1, keepdims=True) + QUIET)).reshape(len(pixels), -1))


def _pooled(values: "Pixels") -> "Pixels":
    """Means over a grid of `ROWS` × `COLUMNS`; what does not fill a cell is left out."""
    import numpy as np

    count, height, width, channels = values.shape
    rows, columns = height // ROWS, width // COLUMNS
    cells = values[:, : rows * ROWS, : columns * COLUMNS].reshape(count, ROWS, rows, COLUMNS, columns, channels)
    return np.asarray(cells.mean((2, 4)), np.float32)
