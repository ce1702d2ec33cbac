"""Pictures that people bring: let in as a plain small PNG, or refused with a sentence that says what to do.

A file is what its bytes say, never what its name says: PNG, JPEG or WebP. What is kept is drawn anew from its pixels, upright, in
sRGB, on white where it was transparent, at most 1,024 pixels long. So nothing else of the file comes in: no place and date where it
was taken (EXIF), no comment, no second file hung on behind (a "polyglot"), no animation beyond its first picture.

Time and memory are bounded before a pixel is decoded: by bytes, by the size that the file's head names (50 million pixels of a
JPEG, 25 million of the others, which is some 500 MB for seconds), and by the passes a JPEG may make over its picture, each of which
costs as much as the whole. Decoding is Pillow's.
"""

import io
import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from companion.errors import InputError
from companion.show.containers import PNG, media_type_of, size_of

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

MOST_BYTES = 32 * 2**20
MOST_PIXELS = 50_000_000  # of a JPEG, as cameras write them; the other two are decoded in full, with twice the memory
MOST_OTHER_PIXELS = 25_000_000
MOST_SCANS = 64  # a camera writes ten
LEAST_PX, KEPT_PX = 64, 1024
ORIENTATION = 0x0112  # EXIF's tag
# how files begin that people take for pictures
OTHERS = (
    (re.compile(rb"GIF8"), "a GIF"),
    (re.compile(rb"BM.{4}\0{4}", re.DOTALL), "a BMP"),
    (re.compile(rb"II\*\0|MM\0\*"), "a TIFF or a camera's raw file"),
    (re.compile(rb".{4}ftyp(?:heic|heix|hevc|mif1|msf1|avif|avis)", re.DOTALL), "a HEIC or AVIF picture"),
    (re.compile(rb"8BPS"), "a Photoshop file"),
    (re.compile(rb"%PDF"), "a PDF"),
    (re.compile(rb"PK\x03\x04"), "a ZIP archive"),
)
VECTOR = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:\?xml|!doctype|!--|svg|html|script)", re.IGNORECASE)


def accept(content: bytes, filename: str = "") -> bytes:
    """The picture as it is kept: PNG, RGB, sRGB, upright, 64 to 1,024 pixels long, and nothing beside its pixels.

    Args:
        filename: what the person calls it; only for the words of an error.

    Raises:
        InputError: it is no picture of the three kinds, too large, too small, damaged, or made to be costly.
    """
    image = decoded(content, KEPT_PX, filename)
    kept = io.BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def decoded(content: bytes, longest_px: int, filename: str = "") -> "Image":
    """The pixels of a picture that a stranger sent: RGB, sRGB, upright, on white, at most so long.

    Raises:
        InputError: see `accept`.
    """
    called = _called(filename)
    if not content:
        raise InputError(f"{called} is empty.", hint="Choose another file.")
    if len(content) > MOST_BYTES:
        raise InputError(f"{called} has {len(content) / 2**20:.0f} MB.", hint=f"Choose a picture of up to {MOST_BYTES // 2**20} MB.")
    if content.startswith(b"\xff\xd8\xff"):
        if content.count(b"\xff\xda") > MOST_SCANS:
            raise _damaged(called)
    elif media_type_of(content) is None:
        raise InputError(f"{called} is {_kind(content)}.", hint="Save it as PNG, JPEG or WebP and choose that file.")
    else:
        _check_size(size_of(content), MOST_OTHER_PIXELS, called)
    try:
        with _opened(content) as opened:
            _check_size(opened.size, MOST_PIXELS, called)
            return _small(opened, longest_px)
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(f"{called} needs more memory than there is.", hint="Save it smaller and choose that file.") from error
    except Exception as error:  # a decoder that is fed damaged bytes fails in every way there is
        raise _damaged(called) from error


def _opened(content: bytes) -> "ImageFile":
    """Reads the head. Pillow's own check of the size only warns below 179 million pixels, so it is left out for the one above."""
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile
    from PIL.WebPImagePlugin import WebPImageFile

    kind = media_type_of(content)
    reader = JpegImageFile if kind is None else PngImageFile if kind == PNG else WebPImageFile
    return reader(io.BytesIO(content))


def _small(opened: "ImageFile", longest_px: int) -> "Image":
    from PIL.Image import Resampling

    turn = opened.getexif().get(ORIENTATION, 1)
    opened.draft("RGB", (2 * longest_px, 2 * longest_px))  # a JPEG is decoded at a half, a quarter or an eighth
    image = _plain(opened)
    image.thumbnail((longest_px, longest_px), Resampling.LANCZOS)
    image = _upright(_in_srgb(image, opened.info.get("icc_profile")), turn)
    image.info.clear()
    return image


def _plain(image: "Image") -> "Image":
    """The first picture as L, RGB or CMYK, eight bits a channel, on white."""
    from PIL import Image as images

    if image.mode.startswith("I"):
        import numpy as np

        return images.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in ("LA", "PA", "P", "RGBA", "RGBa", "La") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        ground = images.new("RGB", coloured.size, "white")
        ground.paste(coloured, mask=coloured.getchannel("A"))
        return ground
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _in_srgb(image: "Image", profile: object) -> "Image":
    """The colours as a browser shows them without a profile; one that cannot be read is left aside, as browsers do."""
    from PIL import ImageCms

    if isinstance(profile, bytes) and profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            changed = None
        if changed is not None:
            return changed
    return image.convert("RGB")


def _upright(image: "Image", turn: object) -> "Image":
    """Turned as EXIF's orientation says (Exif 3.0, 4.6.5.1)."""
    from PIL.Image import Transpose

    ways = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    way = ways.get(turn) if isinstance(turn, int) else None
    return image if way is None else image.transpose(way)


def _check_size(size: tuple[int, int], most: int, called: str) -> None:
    width, height = size
    if width * height > most:
        hint = f"Save it with up to {most // 1_000_000} million and choose that file; {KEPT_PX} a side are kept."
        raise InputError(f"{called} has {width * height / 1e6:.0f} million pixels.", hint=hint)
    if min(size) < LEAST_PX:
        raise InputError(f"{called} is only {width} × {height} pixels.", hint=f"Choose a picture of {LEAST_PX} pixels or more a side.")
    if max(size) > 8 * min(size):
        raise InputError(f"{called} is a narrow strip, {width} × {height} pixels.", hint="Cut out the part that shows her.")


def _called(filename: str) -> str:
    name = re.sub(r"[^\w .()-]", "", PurePath(filename.replace("\\", "/")).name).strip()
    return f'"{name[:60]}"' if name else "The file"


def _kind(content: bytes) -> str:
    if VECTOR.match(content[:200]):
        return "a drawing or a page made of text (SVG, HTML), which can hold programs"
    return next((words for begin, words in OTHERS if begin.match(content[:32])), "not a picture that can be read")


def _damaged(called: str) -> InputError:
    return InputError(f"{called} is damaged or cut off.", hint="Open it in another program, save it anew and choose that file.")
