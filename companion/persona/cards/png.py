"""PNG and APNG as chunks: every byte kept, the card's text chunks found, put in and taken out.

A picture is never decoded or encoded, so its pixels cannot change. PNG, third edition: https://www.w3.org/TR/png-3/ sections 5.3
(chunks), 5.5 (CRC), 11.3.3 (tEXt, zTXt, iTXt).
"""

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass, replace

from companion.errors import CardError
from companion.persona.cards.limits import MOST_CHUNKS, MOST_JSON_BYTES

SIGNATURE = b"\x89PNG\r\n\x1a\n"
ASSET_KEYWORD = "chara-ext-asset_"  # V3, Embedding Methods, PNG/APNG: followed by a colon, which older cards leave out
CARD_KEYWORDS = ("ccv3", "chara")  # the first wins
_HEAD = struct.Struct(">I4s")
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its type and data. Its CRC follows from both.

    Attributes:
        keyword: of a text chunk, as written; empty for others.
    """

    kind: bytes
    data: bytes
    keyword: str = ""

    def __bytes__(self) -> bytes:
        return _HEAD.pack(len(self.data), self.kind) + self.data + struct.pack(">I", zlib.crc32(self.data, zlib.crc32(self.kind)))


@dataclass(frozen=True, slots=True)
class Png:
    """A PNG in chunks, and whatever stands behind its end."""

    chunks: tuple[Chunk, ...]
    tail: bytes = b""

    @property
    def animated(self) -> bool:
        """Whether it is an APNG."""
        return any(chunk.kind == b"acTL" for chunk in self.chunks)

    def cards(self, keyword: str) -> tuple[Chunk, ...]:
        """Its text chunks under a card's keyword, however that is capitalised."""
        return tuple(chunk for chunk in self.chunks if chunk.keyword.lower() == keyword)

    def with_card(self, keyword: str, payload: bytes | None) -> "Png":
        """The same picture with one card under a keyword, in the place of what was there, else before the end; None takes it out."""
        new = None if payload is None else Chunk(b"tEXt", keyword.encode() + b"\0" + base64.b64encode(payload), keyword)
        chunks: list[Chunk] = []
        for chunk in self.chunks:
            mine = chunk.keyword.lower() == keyword
            if new and (mine or chunk.kind == b"IEND"):
                chunks.append(new)
                new = None
            if not mine:
                chunks.append(chunk)
        return replace(self, chunks=tuple(chunks))

    def bare(self) -> "Png":
        """The picture alone: no card, none of its assets, nothing behind the end."""
        return Png(tuple(one for one in self.chunks if one.keyword.lower() not in CARD_KEYWORDS and not is_asset(one)))

    def __bytes__(self) -> bytes:
        return b"".join((SIGNATURE, *map(bytes, self.chunks), self.tail))


def read_png(data: bytes) -> Png:
    """Takes a PNG apart.

    Raises:
        CardError: it ends too early, a chunk's CRC is wrong, or it has more chunks than a picture needs.
    """
    at = len(SIGNATURE)
    chunks: list[Chunk] = []
    while True:
        if len(data) < at + 12:
            raise _damaged(f"it ends at byte {len(data):,}, before its last chunk")
        length, kind = _HEAD.unpack_from(data, at)
        if not kind.isalpha() or (not chunks and kind != b"IHDR"):
            raise _damaged(f"what stands at byte {at:,} is no chunk")
        if len(data) < at + 12 + length:
            raise _damaged(f"its chunk {kind.decode()} at byte {at:,} ends beyond the file")
        content = data[at + 8 : at + 8 + length]
        if zlib.crc32(content, zlib.crc32(kind)) != int.from_bytes(data[at + 8 + length : at + 12 + length], "big"):
            raise _damaged(f"the checksum of its chunk {kind.decode()} at byte {at:,} is wrong")
        chunks.append(Chunk(kind, content, _keyword(kind, content)))
        at += 12 + length
        if kind == b"IEND":
            return Png(tuple(chunks), data[at:])
        if len(chunks) >= MOST_CHUNKS:
            raise CardError(f"The PNG has more than {MOST_CHUNKS:,} chunks.", hint="Save the picture anew in an image program.")


def payload(chunk: Chunk, most: int = MOST_JSON_BYTES) -> bytes:
    """What a text chunk carries, unpacked and out of base64; a card's JSON that was put in as it is comes as it is.

    Args:
        chunk: a text chunk.
        most: bytes it may have.

    Raises:
        CardError: it is not base64, or unpacks to more than it may.
    """
    text = _unpacked(chunk, most * 4 // 3 + 1024)
    if text.lstrip()[:1] == b"{":
        return text
    plain = b"".join(text.split())
    try:
        return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4), strict_mode=True)
    except binascii.Error as error:
        raise CardError(f"The chunk {chunk.keyword} is not base64.", hint="The card is damaged; get it again.") from error


def is_asset(chunk: Chunk) -> bool:
    """Whether a chunk carries an asset of the card."""
    return chunk.keyword.startswith(ASSET_KEYWORD)


def asset_path(chunk: Chunk) -> str:
    """The path by which a card names the asset in a chunk."""
    return chunk.keyword.removeprefix(ASSET_KEYWORD).removeprefix(":")


def _keyword(kind: bytes, content: bytes) -> str:
    return content.partition(b"\0")[0].decode("latin-1") if kind in _TEXTS and b"\0" in content else ""


def _unpacked(chunk: Chunk, most: int) -> bytes:
    rest = chunk.data.partition(b"\0")[2]
    packed = chunk.kind == b"zTXt"
    if packed:
        rest = rest[1:]  # the method, of which there is one
    elif chunk.kind == b"iTXt":
        packed = rest[:1] == b"\1"
        rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if packed:
        try:
            unpacking = zlib.decompressobj()
            rest = unpacking.decompress(rest, most)
        except zlib.error as error:
            raise CardError(f"The chunk {chunk.keyword} cannot be unpacked.", hint="The card is damaged; get it again.") from error
        if not unpacking.eof and not unpacking.unconsumed_tail:
            raise CardError(f"The chunk {chunk.keyword} ends too early.", hint="The card is damaged; get it again.")
        if unpacking.unconsumed_tail:
            raise _too_much(chunk)
    if len(rest) > most:
        raise _too_much(chunk)
    return rest


def _too_much(chunk: Chunk) -> CardError:
    return CardError(f"The chunk {chunk.keyword[:40]} holds more than a card can.", hint="No program writes such a card; get it elsewhere.")


def _damaged(what: str) -> CardError:
    return CardError(f"The PNG is damaged: {what}.", hint="Get the card again; a copy that is cut or altered cannot be read.")
