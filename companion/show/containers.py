"""What a picture's file carries beside its pixels: the chunks of PNG and WebP, read and written without decoding.

The pixels' own bytes are copied as they are, so nothing is lost and nothing is slow. Only chunks that the picture needs to look
right are kept (its pixels, palette, transparency, colour space, animation); all else that describes it is dropped and written anew.
Sources: PNG Specification, Third Edition (W3C 2025), sections 5 and 11; WebP Container Specification (RFC 9649, section 2). XMP
stands in a PNG as an iTXt chunk with the keyword `XML:com.adobe.xmp` and in a WebP as a chunk named `XMP ` (ISO 16684-3).

What is hostile ends here: a length that points outside the file, more chunks than any picture has, packed text that unpacks
without end, and whatever was hung on after the picture's end.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from companion.errors import InputError

PNG, WEBP = "image/png", "image/webp"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI"]
)
WEBP_KEPT = frozenset([b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"])
XMP_KEYWORD = b"XML:com.adobe.xmp"
XMP_FLAG, EXIF_FLAG, ALPHA_FLAG = 0x04, 0x08, 0x10  # of a WebP's VP8X
MOST_BYTES = 128 * 2**20
MOST_CHUNKS = 65_536
MOST_XMP_BYTES = 2**20


class Chunk(NamedTuple):
    """A part of the file: its four-letter name and what it holds."""

    name: bytes
    data: bytes


def media_type_of(image: bytes) -> str | None:
    """ "image/png" or "image/webp" by its first bytes; None for anything else."""
    if image.startswith(PNG_SIGNATURE):
        return PNG
    return WEBP if image[:4] == b"RIFF" and image[8:12] == b"WEBP" else None


def chunks_of(image: bytes) -> tuple[Chunk, ...]:
    """All chunks in order. What follows the end of the picture is not looked at.

    Raises:
        InputError: it is neither PNG nor WebP, is damaged, or has more bytes or chunks than a picture may have.
    """
    if len(image) > MOST_BYTES:
        raise InputError("The picture's file is too large.", hint=f"A picture may have up to {MOST_BYTES // 2**20} MB.")
    kind = media_type_of(image)
    if kind is None:
        raise InputError("This is neither a PNG nor a WebP picture.", hint="Save it as PNG or WebP.")
    found: list[Chunk] = []
    for chunk in _png(image) if kind == PNG else _webp(image):
        found.append(chunk)
        if len(found) > MOST_CHUNKS:
            raise _damaged()
    if kind == PNG and (not found or found[0].name != b"IHDR" or len(found[0].data) != 13 or found[-1].name != b"IEND"):
        raise _damaged()
    return tuple(found)


def xmp_of(image: bytes) -> bytes | None:
    """The first XMP packet that the file carries, if there is one and it is no longer than a packet may be (1 MiB).

    Raises:
        InputError: see `chunks_of`.
    """
    for name, data in chunks_of(image):
        if name == b"XMP " or (name == b"iTXt" and data.startswith(XMP_KEYWORD + b"\0")):
            packet = data if name == b"XMP " else _text(data)
            return packet if 0 < len(packet) <= MOST_XMP_BYTES else None
    return None


def size_of(image: bytes) -> tuple[int, int]:
    """Width and height in pixels as the file's head says them; nothing is decoded.

    Raises:
        InputError: see `chunks_of`; or the head does not say.
    """
    first = next((chunk for chunk in chunks_of(image) if chunk.name in (b"IHDR", b"VP8X", b"VP8 ", b"VP8L")), Chunk(b"", b""))
    if first.name == b"IHDR":
        return struct.unpack_from(">II", first.data)
    head = first if first.name == b"VP8X" else _extended([first])
    return 1 + int.from_bytes(head.data[4:7], "little"), 1 + int.from_bytes(head.data[7:10], "little")


def described(image: bytes, xmp: bytes, texts: Sequence[tuple[str, str]] = ()) -> bytes:
    """The same picture with this XMP packet, and nothing else that described it before.

    Args:
        texts: keyword and text in Latin-1, for a PNG's tEXt chunks; a WebP has no place for them.

    Raises:
        InputError: see `chunks_of`; or a WebP's size cannot be read.
    """
    chunks = chunks_of(image)
    if media_type_of(image) == PNG:
        kept = [chunk for chunk in chunks if chunk.name in PNG_KEPT]
        words = [Chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text.encode("latin-1")) for keyword, text in texts]
        packet = Chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + xmp)
        return PNG_SIGNATURE + b"".join(map(_png_bytes, (kept[0], packet, *words, *kept[1:])))
    kept = [chunk for chunk in chunks if chunk.name in WEBP_KEPT]
    if not kept or kept[0].name != b"VP8X":
        kept.insert(0, _extended(kept))
    flags = kept[0].data[0] & ~EXIF_FLAG | XMP_FLAG
    kept[0] = Chunk(b"VP8X", bytes([flags]) + kept[0].data[1:])
    body = b"WEBP" + b"".join(map(_webp_bytes, (*kept, Chunk(b"XMP ", xmp))))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _png(image: bytes) -> Iterator[Chunk]:
    at = len(PNG_SIGNATURE)
    while at < len(image):
        if at + 12 > len(image):
            raise _damaged()
        length, name = struct.unpack_from(">I4s", image, at)
        if length > len(image) - at - 12:
            raise _damaged()
        yield Chunk(name, image[at + 8 : at + 8 + length])
        if name == b"IEND":
            return
        at += 12 + length
    raise _damaged()


def _webp(image: bytes) -> Iterator[Chunk]:
    (size,) = struct.unpack_from("<I", image, 4)
    end = 8 + size
    if end > len(image):
        raise _damaged()
    at = 12
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", image, at)
        if length > end - at - 8:
            raise _damaged()
        data = image[at + 8 : at + 8 + length]
        if name == b"VP8X" and length != 10:
            raise _damaged()
        yield Chunk(name, data)
        at += 8 + length + length % 2


def _text(data: bytes) -> bytes:
    """The text of an iTXt chunk; empty where it is damaged or longer than a packet may be."""
    _keyword, _, rest = data.partition(b"\0")
    if len(rest) < 4:
        return b""
    packed, body = rest[0], rest[2:].split(b"\0", 2)
    if len(body) < 3:
        return b""
    if not packed:
        return body[2]
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(body[2], MOST_XMP_BYTES)
    except zlib.error:
        return b""
    return text if unpacking.eof else b""


def _extended(chunks: Sequence[Chunk]) -> Chunk:
    """The VP8X chunk that a plain WebP lacks; only a file that has one may carry XMP."""
    alpha = 0
    data = chunks[0].data if chunks else b""
    if chunks and chunks[0].name == b"VP8 " and data[3:6] == b"\x9d\x01\x2a" and len(data) >= 10:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 6))
    elif chunks and chunks[0].name == b"VP8L" and data[:1] == b"\x2f" and len(data) >= 5:
        (bits,) = struct.unpack_from("<I", data, 1)
        width, height, alpha = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bits >> 28 & 1
    else:
        raise _damaged()
    if not width or not height:
        raise _damaged()
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return Chunk(b"VP8X", bytes([ALPHA_FLAG if alpha else 0, 0, 0, 0]) + sides)


def _png_bytes(chunk: Chunk) -> bytes:
    return struct.pack(">I", len(chunk.data)) + chunk.name + chunk.data + struct.pack(">I", zlib.crc32(chunk.name + chunk.data))


def _webp_bytes(chunk: Chunk) -> bytes:
    return chunk.name + struct.pack("<I", len(chunk.data)) + chunk.data + b"\0" * (len(chunk.data) % 2)


def _damaged() -> InputError:
    return InputError("The picture is damaged or cut off.", hint="Open it in another program and save it anew.")
