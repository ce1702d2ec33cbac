"""Pictures grow to the size that was asked for; tiles cover them and blend without a seam."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from companion.errors import Cancelled
from companion.show.diffusers.upscale import ASPECT, Size, Tile, enlarged, picture_size, refined, tiles

SIDES = st.integers(16, 2048)


@given(st.integers(256, 2048))
def test_pictures_are_portraits_of_four_to_five(long_side: int) -> None:
    size = picture_size(long_side)
    assert size.height_px == long_side and abs(size.width_px - long_side * ASPECT) <= 0.5


@given(SIDES, SIDES, st.integers(64, 1024), st.integers(64, 1024))
def test_tiles_cover_a_picture_and_overlap(width: int, height: int, tile_width: int, tile_height: int) -> None:
    size, tile = Size(width, height), Size(tile_width, tile_height)
    parts = tiles(size, tile)
    for axis, (length, side) in enumerate(((width, tile_width), (height, tile_height))):
        spans = sorted({(part[axis], part[axis + 2]) for part in parts})
        assert spans[0][0] == 0 and spans[-1][1] == length
        assert all(end - start == min(side, length) for start, end in spans)
        assert all(before[1] - after[0] >= side // 4 - 1 for before, after in pairwise(spans))
    assert len(set(parts)) == len(parts)


def test_a_picture_of_another_shape_is_cut_evenly_not_stretched() -> None:
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[:, 45:55] = 255
    grown = np.asarray(enlarged(Image.fromarray(pixels), Size(160, 200)))
    assert grown.shape == (200, 160, 3)
    lit = np.flatnonzero(grown[100, :, 0] > 127)
    assert 19 <= len(lit) <= 21 and abs(lit.mean() - 79.5) < 1


def test_a_picture_that_has_the_size_is_left_as_it_is() -> None:
    image = Image.new("RGB", (80, 100))
    assert enlarged(image, Size(80, 100)) is image


def test_tiles_that_come_back_unchanged_blend_to_the_enlarged_picture() -> None:
    image = Image.effect_noise((64, 80), 60).convert("RGB")
    seen: list[tuple[int, int]] = []
    size, tile = Size(160, 200), Size(64, 80)
    done = refined(image, size, tile, lambda part, at: part, lambda at, total: seen.append((at, total)), threading.Event())
    assert np.abs(np.asarray(done, int) - np.asarray(enlarged(image, size), int)).max() <= 1
    assert seen == [(at + 1, len(tiles(size, tile))) for at in range(len(tiles(size, tile)))]


def test_each_tile_is_painted_over_and_counts() -> None:
    image = Image.new("RGB", (64, 80), "white")
    done = refined(
        image, Size(128, 160), Size(64, 80), lambda part, at: Image.new("RGB", part.size, "black"), lambda *_: None, threading.Event()
    )
    assert np.asarray(done).max() == 0


def test_tiles_stop_when_no_longer_wanted() -> None:
    cancel, painted = threading.Event(), []

    def paint(part: Image.Image, at: int) -> Image.Image:
        painted.append(at)
        cancel.set()
        return part

    with pytest.raises(Cancelled):
        refined(Image.new("RGB", (64, 80)), Size(128, 160), Size(64, 80), paint, lambda *_: None, cancel)
    assert painted == [0]


def test_a_picture_smaller_than_a_tile_is_one_tile() -> None:
    assert tiles(Size(50, 60), Size(64, 80)) == [Tile(0, 0, 50, 60)]
