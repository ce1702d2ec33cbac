"""Uploads: what comes in is a plain small picture, and what is hostile is refused before it costs anything."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from companion.errors import InputError
from companion.show.containers import chunks_of
from companion.show.uploads import KEPT_PX, accept


def picture(format: str = "PNG", size: tuple[int, int] = (300, 200), mode: str = "RGB", **saving: Any) -> bytes:
    """Left half red, right half blue, upper left corner green."""
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, *size))
    image.paste((30, 200, 30), (0, 0, size[0] // 4, size[1] // 4))
    file = io.BytesIO()
    image.convert(mode).save(file, format, **saving)
    return file.getvalue()


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("name", ["her.png", "her.exe", "", "../../etc/passwd"])
def test_three_kinds_come_in_whatever_they_are_called(format: str, name: str) -> None:
    image = opened(accept(picture(format, quality=95), name))
    assert (image.format, image.mode, image.size) == ("PNG", "RGB", (300, 200))
    assert np.allclose(image.getpixel((280, 180)), (30, 30, 200), atol=12)


def test_a_large_picture_becomes_small_and_keeps_its_shape() -> None:
    assert opened(accept(picture("JPEG", (2500, 2000)))).size == (KEPT_PX, 819)
    assert opened(accept(picture("PNG", (1200, 2400)))).size == (512, KEPT_PX)


def test_where_and_when_it_was_taken_stays_outside() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "a camera", "SECRET comment"
    exif.get_ifd(0x8825)[2] = (54.0, 12.0, 3.0)
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "SECRET comment")
    for content in (picture("JPEG", exif=exif), picture("WEBP", exif=exif), picture("PNG", exif=exif, pnginfo=text)):
        assert b"camera" in content or b"SECRET" in content
        kept = accept(content)
        assert {chunk.name for chunk in chunks_of(kept)} == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize(
    ("orientation", "green_at"), [(1, "nw"), (2, "ne"), (3, "se"), (4, "sw"), (5, "nw"), (6, "ne"), (7, "se"), (8, "sw")]
)
def test_it_stands_upright(orientation: int, green_at: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = opened(accept(picture("PNG", exif=exif)))
    assert image.size == ((300, 200) if orientation < 5 else (200, 300))
    at = ((10 if "w" in green_at else image.width - 10), (10 if "n" in green_at else image.height - 10))
    assert image.getpixel(at) == (30, 200, 30)


def test_colours_are_those_of_its_profile() -> None:
    wide = ImageCms.ImageCmsProfile(io.BytesIO(_wide_gamut()))
    content = picture("PNG", (80, 80), icc_profile=wide.tobytes())
    red = opened(accept(content)).getpixel((20, 60))
    assert isinstance(red, tuple) and red[0] > 215, "the same number is a deeper red in a wider space"
    assert opened(accept(picture("PNG", (80, 80), icc_profile=b"no profile at all"))).getpixel((20, 60)) == (200, 30, 30)


def _wide_gamut() -> bytes:
    """A matrix profile (ICC.1:2022, 8.3.3) with the primaries of a wide space and a gamma of 2.2."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    words = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"wide\0" + bytes(78 + 5)
    tags = {
        b"desc": words,
        b"cprt": b"text\0\0\0\0none\0\0\0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.6097, 0.3111, 0.0195),
        b"gXYZ": xyz(0.2053, 0.6257, 0.0609),
        b"bXYZ": xyz(0.1492, 0.0632, 0.7446),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    body, table, at = b"", struct.pack(">I", len(tags)), 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + table + body


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixel_comes_in(mode: str) -> None:
    if mode == "CMYK":
        content = picture("JPEG", mode="CMYK", quality=95)
    elif mode == "I;16":
        file = io.BytesIO()
        Image.fromarray(np.full((100, 100), 200 << 8, np.uint16)).save(file, "PNG")
        content = file.getvalue()
    else:
        content = picture("PNG", mode=mode)
    image = opened(accept(content))
    assert image.mode == "RGB"
    if mode == "I;16":
        assert image.getpixel((5, 5)) == (200, 200, 200), "16 bits are scaled, not cut off"
    if mode in ("RGBA", "CMYK"):
        assert np.allclose(image.getpixel((280, 180)), (30, 30, 200), atol=15)


def test_what_shines_through_is_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (80, 80), (255, 0, 0, 0)).save(file, "PNG")
    assert opened(accept(file.getvalue())).getpixel((3, 3)) == (255, 255, 255)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_comes_in(format: str) -> None:
    frames = [Image.new("RGB", (80, 80), colour) for colour in ("red", "lime", "blue")]
    file = io.BytesIO()
    frames[0].save(file, format, save_all=True, append_images=frames[1:], **({"lossless": True} if format == "WEBP" else {}))
    assert opened(accept(file.getvalue())).getpixel((40, 40)) == (255, 0, 0)


# hostile files ------------------------------------------------------------------------------------------------------------------


def huge_png() -> bytes:
    """20,000 × 10,000 white pixels, in some 25 kB."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packing = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (20_000 // 8)
    rows = b"".join(packing.compress(row) for _ in range(10_000)) + packing.flush()
    head = struct.pack(">IIBBBBB", 20_000, 10_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def huge_jpeg() -> bytes:
    content = bytearray(picture("JPEG", (200, 200)))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 20_000, 10_000)
    return bytes(content)


def huge_webp() -> bytes:
    sides = struct.pack("<I", 16_382)[:3] + struct.pack("<I", 16_382)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + sides + picture("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("make", [huge_png, huge_jpeg, huge_webp])
def test_two_hundred_megapixels_are_refused_before_they_are_decoded(make: Callable[[], bytes]) -> None:
    content = make()
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="million pixels") as refusal:
            accept(content, "holiday.png")
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
    assert "holiday.png" in refusal.value.message and "Save it" in refusal.value.hint


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("index.html", "<script>alert(1)</script>")
    return file.getvalue()


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("tail", [archive(), b"<html><script>alert(1)</script>", b"%PDF-1.7 tail"])
def test_a_second_file_behind_the_picture_is_left_outside(format: str, tail: bytes) -> None:
    kept = accept(picture(format) + tail)
    assert tail not in kept and b"script" not in kept
    assert not zipfile.is_zipfile(io.BytesIO(kept))
    assert kept.endswith(b"IEND\xaeB`\x82")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "drawing"),
        (b"\xef\xbb\xbf \n<?xml version='1.0'?><svg/>", "drawing"),
        (b"<!DOCTYPE html><html></html>", "drawing"),
        (b"GIF89a" + bytes(80), "GIF"),
        (b"\0\0\0\x18ftypheic" + bytes(80), "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (archive(), "ZIP"),
        (b"\0" * 100, "not a picture"),
        (b"hello", "not a picture"),
        (b"", "empty"),
        (b"\xff\xd8\xff", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"RIFF\xff\xff\xff\xffWEBP", "damaged"),
        (picture("PNG", (20, 300)), "only 20 × 300"),
        (picture("PNG", (64, 600)), "narrow strip"),
        (b"\x89PNG" + bytes(33 * 2**20), "33 MB"),
    ],
)
def test_what_is_no_picture_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as refusal:
        accept(content)
    assert refusal.value.hint.endswith(".")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_half_a_picture_is_refused(format: str) -> None:
    content = picture(format, (400, 300))
    for share in (0.2, 0.5, 0.9, 0.99):
        with pytest.raises(InputError, match="damaged"):
            accept(content[: int(len(content) * share)])


def test_a_picture_of_a_thousand_passes_is_refused() -> None:
    content = picture("JPEG", (200, 200), progressive=True)
    at = content.rindex(b"\xff\xda")
    with pytest.raises(InputError, match="damaged"):
        accept(content[:-2] + content[at:-2] * 1000 + content[-2:])


def test_words_that_unpack_without_end_are_refused() -> None:
    content = picture("PNG")
    data = b"Comment\0\0" + zlib.compress(bytes(10_000_000))
    bomb = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    with pytest.raises(InputError, match="damaged"):
        accept(content[:33] + bomb * 80 + content[33:])


SMALL = {format: picture(format, (70, 70)) for format in ("PNG", "JPEG", "WEBP")}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SMALL)), st.integers(0, 2000), st.binary(min_size=1, max_size=6))
def test_whatever_is_changed_it_comes_in_clean_or_not_at_all(format: str, at: int, noise: bytes) -> None:
    content = SMALL[format]
    at %= len(content)
    try:
        kept = accept(content[:at] + noise + content[at + len(noise) :])
    except InputError:
        return
    assert {chunk.name for chunk in chunks_of(kept)} == {b"IHDR", b"IDAT", b"IEND"}


def test_a_name_cannot_smuggle_anything_into_the_message() -> None:
    with pytest.raises(InputError) as refusal:
        accept(b"", "../x/<img src=a onerror=b>\n\x1b[31m" + "n" * 300)
    assert "<" not in refusal.value.message and "\x1b" not in refusal.value.message and len(refusal.value.message) < 90
