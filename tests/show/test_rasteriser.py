"""Drawing in a process of its own."""

import io
import os
import signal
import threading
from collections.abc import Iterator

import pytest
from PIL import Image

from companion.errors import InputError, ModelError
from companion.show.rasteriser import Rasteriser

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><rect width="{0}" height="{0}" fill="#2F6E73"/></svg>'


@pytest.fixture
def rasteriser() -> Iterator[Rasteriser]:
    one = Rasteriser()
    yield one
    one.close()


def size(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as opened:
        assert opened.convert("RGB").getpixel((0, 0)) == (0x2F, 0x6E, 0x73)
        return opened.size


def test_it_draws_what_the_library_draws_here(rasteriser: Rasteriser) -> None:
    import resvg_py

    assert rasteriser.png(SVG.format(32)) == bytes(resvg_py.svg_to_bytes(svg_string=SVG.format(32), skip_system_fonts=True))


def test_many_threads_each_get_their_own_picture(rasteriser: Rasteriser) -> None:
    found: dict[int, tuple[int, int]] = {}

    def draw(side: int) -> None:
        found[side] = size(rasteriser.png(SVG.format(side)))

    threads = [threading.Thread(target=draw, args=(side,)) for side in range(8, 24)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert found == {side: (side, side) for side in range(8, 24)}


def test_what_is_no_drawing_is_told_and_the_next_is_drawn(rasteriser: Rasteriser) -> None:
    for wrong in ("", "<svg", "<p>hello</p>"):
        with pytest.raises(InputError):
            rasteriser.png(wrong)
    assert size(rasteriser.png(SVG.format(9))) == (9, 9)


def test_a_process_that_dies_is_told_or_replaced(rasteriser: Rasteriser) -> None:
    rasteriser.png(SVG.format(8))
    assert rasteriser._process is not None
    os.kill(rasteriser._process.pid, signal.SIGKILL)
    try:
        rasteriser.png(SVG.format(8))
    except ModelError as error:  # it had not been seen yet that it died
        assert "Try again" in error.hint
    assert size(rasteriser.png(SVG.format(9))) == (9, 9)


def test_closing_ends_the_process_and_another_picture_starts_it_again(rasteriser: Rasteriser) -> None:
    rasteriser.close()
    rasteriser.png(SVG.format(8))
    process = rasteriser._process
    assert process is not None
    rasteriser.close()
    assert process.returncode == 0
    assert size(rasteriser.png(SVG.format(9))) == (9, 9)
