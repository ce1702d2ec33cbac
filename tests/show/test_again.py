"""How far one picture is from another, and who can make one again."""

import io

import pytest
from PIL import Image

from companion.errors import ModelError
from companion.show.again import Repaints, difference
from companion.show.fake import FakePainter, FakeRepainter


def png(colour: tuple[int, int, int], size: tuple[int, int] = (8, 8), spoilt: int = 0) -> bytes:
    image = Image.new("RGB", size, colour)
    for at in range(spoilt):
        image.putpixel((at, 0), (colour[0] ^ 1, *colour[1:]))
    held = io.BytesIO()
    image.save(held, "PNG", compress_level=spoilt)
    return held.getvalue()


def test_only_the_same_pixels_are_the_same() -> None:
    grey = png((9, 9, 9))
    held = io.BytesIO()
    Image.open(io.BytesIO(grey)).save(held, "WEBP", lossless=True)
    assert difference(grey, grey) == difference(grey, held.getvalue()) == 0.0
    assert 0 < difference(grey, png((9, 9, 9), spoilt=1)) < difference(grey, png((9, 9, 9), spoilt=2)) < 0.001
    assert difference(png((0, 0, 0)), png((255, 255, 255))) == pytest.approx(1.0)
    assert difference(grey, png((9, 9, 9), (8, 9))) == 1.0
    with pytest.raises(ModelError, match="cannot be read"):
        difference(grey, b"no picture")


def test_who_can_make_a_picture_again() -> None:
    assert isinstance(FakeRepainter(), Repaints) and not isinstance(FakePainter(), Repaints)
