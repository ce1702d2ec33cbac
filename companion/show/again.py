"""Making a picture again: what a painter must hand over for that, and how far the second is from the first.

A painter whose pictures hang on more than the shot, such as an image model, hands each over with an *identity pack*: what only painters
of its kind read, kept beside the picture. A drawing needs none, since the same shot of the same look gives the same bytes.
"""

import hashlib
import io
import threading
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from companion.errors import ModelError
from companion.show.protocol import Commission, Painted, Painter, Told

IDENTITY = "identity"  # in a picture's record: the SHA-256 (hex) of the pack that was kept with it


class Pack(NamedTuple):
    """An identity pack; empty where there is none.

    Attributes:
        own: what is of one picture alone; some kilobytes.
        shared: what many pictures of her have in common, the same bytes for all of them; may be megabytes.
    """

    own: bytes = b""
    shared: bytes = b""

    @property
    def digest(self) -> str:
        """SHA-256 of both, in hex."""
        return hashlib.sha256(self.own + self.shared).hexdigest()


@dataclass(frozen=True, slots=True)
class Repeatable(Painted):
    """A picture with what it takes to make it again."""

    pack: Pack = field(default_factory=Pack)


@runtime_checkable
class Repaints(Painter, Protocol):
    """A painter that hands over `Repeatable` pictures, and makes them again."""

    def repaint(self, pack: Pack, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Paints from an identity pack, whose knobs count in the place of the commission's.

        What can change the picture and is no file, such as other versions, is in the record under `otherwise`, as a list of sentences.

        Raises:
            Cancelled: it was.
            ModelError: as `paint`; or the pack is damaged, or a file is not the one it was made with: the message names each.
        """
        ...


@dataclass(frozen=True, slots=True)
class Again:
    """A kept picture that was made once more; it is not kept a second time.

    Attributes:
        image: its file, marked, with its record.
        difference: of its pixels from those of the kept one, the mean in [0, 1]; 0 only where every bit is the same.
        otherwise: what is not as it was and may be why they differ.
        pack: whether it was made from an identity pack; a drawing needs none.
    """

    image: bytes
    media_type: str
    difference: float
    otherwise: tuple[str, ...] = ()
    pack: bool = True

    @property
    def same(self) -> bool:
        """Whether it is the kept picture to the bit."""
        return self.difference == 0.0


def difference(one: bytes, other: bytes) -> float:
    """How far the pixels of two opaque pictures are apart, the mean over all of them and their colours in [0, 1]; 1 for other sizes.

    Raises:
        ModelError: one is no picture.
    """
    from PIL import Image, ImageChops, ImageStat, UnidentifiedImageError

    try:
        first, second = (Image.open(io.BytesIO(image), formats=("PNG", "WEBP", "JPEG")).convert("RGB") for image in (one, other))
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ModelError("One of the two pictures cannot be read.", hint="Have it painted anew.") from error
    if first.size != second.size:
        return 1.0
    apart = ImageStat.Stat(ImageChops.difference(first, second)).mean
    return sum(apart) / len(apart) / 255
