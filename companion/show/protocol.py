"""What a turn and a gallery ask of whoever paints, and of whoever scores."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, runtime_checkable

from companion.persona.blueprint import Appearance
from companion.persona.visual import Visual
from companion.shot import WHOLE, Box, Knobs, Likeness, Shot

LONG_SIDE_PX = 2048


@dataclass(frozen=True, slots=True)
class Sitter:
    """Who is on a picture.

    Attributes:
        references: encoded images of her (PNG, JPEG or WebP), as `show/uploads.py` lets them in.
    """

    persona_id: str
    appearance: Appearance
    visual: Visual = field(default_factory=Visual)
    references: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Commission:
    """One picture to paint.

    Attributes:
        long_side_px: of the picture, 256 to 2,048; the other side follows from the framing (portrait, 4:5).
    """

    sitter: Sitter
    shot: Shot
    knobs: Knobs = field(default_factory=Knobs)
    long_side_px: int = LONG_SIDE_PX


class Progress(NamedTuple):
    """How far a picture is.

    Attributes:
        share: in [0, 1].
        preview: a small picture as it stands (PNG, JPEG or WebP), if there is one.
    """

    share: float
    preview: bytes | None = None


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture, not yet marked and not yet kept.

    Attributes:
        image: PNG or WebP.
        subject: where on it she is.
        record: what the painter knows of how it came to be: model, revision, steps, hashes. Plain JSON.
    """

    image: bytes
    media_type: str
    width_px: int
    height_px: int
    subject: Box = WHOLE
    record: Mapping[str, Any] = field(default_factory=dict)


Told = Callable[[Progress], None]


class Painter(Protocol):
    """Paints her. Every method may be called from any thread; it paints one picture at a time."""

    @property
    def name(self) -> str:
        """What it is called, and what a picture's record says: "sketch", "diffusers sdxl"."""
        ...

    def paint(self, commission: Commission, told: Told, cancel: threading.Event) -> Painted:
        """Paints a picture.

        Args:
            told: hears of progress, now and then.
            cancel: ends it within one step; what it held is freed.

        Raises:
            Cancelled: it was.
            ModelError: weights are missing, or do not fit, or the memory does not suffice; it can be asked again.
        """
        ...

    def close(self) -> None:
        """Frees what it holds."""
        ...


@runtime_checkable
class Previews(Protocol):
    """A painter that can draw a small picture at once, as a look is edited."""

    def sketch(self, sitter: Sitter, shot: Shot, long_side_px: int) -> Painted:
        """A picture in well under a second."""
        ...


class Scores(Protocol):
    """Tells how much the one on a picture is her."""

    def score(self, painted: Painted, sitter: Sitter, others: Sequence[Sitter]) -> Likeness | None:
        """Compares with her references, beside those of others; None where she has none to compare with.

        Raises:
            ModelError: the encoder cannot be loaded.
        """
        ...
