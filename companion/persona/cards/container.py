"""The file a card came in: which kind it is, the JSON in it, and the files beside that.

    bytes → read_container → Container(kind, raw, documents)

The bytes are kept as they came. Specifications: V1 and V2, https://github.com/malfoyslastname/character-card-spec-v2; V3,
https://github.com/kwaroran/character-card-spec-v3, "Embedding Methods".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from companion.errors import CardError
from companion.persona.cards.archive import CARD, Archive, read_archive
from companion.persona.cards.books import books_of, is_lorebook
from companion.persona.cards.document import Document, read_document
from companion.persona.cards.limits import MOST_ASSET_BYTES, MOST_BYTES, MOST_JSON_BYTES
from companion.persona.cards.png import CARD_KEYWORDS, SIGNATURE, Png, asset_path, is_asset, payload, read_png

Kind = Literal["png", "json", "charx", "image"]
SUFFIXES: Mapping[str, Kind] = {".png": "png", ".apng": "png", ".json": "json", ".charx": "charx"}
_ZIP = b"PK\x03\x04"
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True, slots=True)
class Container:
    """A file with a card or a lorebook in it.

    Attributes:
        kind: `png` (also APNG), `json`, `charx` (a zip), `image` (a JPEG, PNG or WebP with such a zip behind it).
        raw: the file as it came.
        documents: its JSON texts; the first one counts.
        png: the chunks, if it is a PNG.
        archive: the zip, if there is one.
        notes: what is unusual about the file.
    """

    kind: Kind
    raw: bytes
    documents: tuple[Document, ...]
    png: Png | None = None
    archive: Archive | None = None
    notes: tuple[str, ...] = ()

    @property
    def document(self) -> Document:
        """The JSON that counts."""
        return self.documents[0]

    @property
    def is_lorebook(self) -> bool:
        """Whether it holds a lorebook and no card."""
        return is_lorebook(self.document.value)

    @property
    def files(self) -> Mapping[str, int]:
        """Files beside the JSON, with their bytes; in a PNG they are in chunks, in base64, and their size is that of the chunk."""
        if self.archive:
            return {name: size for name, size in self.archive.sizes.items() if name != CARD}
        chunks = self.png.chunks if self.png else ()
        return {asset_path(chunk): len(chunk.data) for chunk in chunks if is_asset(chunk)}

    def file(self, name: str) -> bytes:
        """One of the files.

        Raises:
            CardError: it is not there, too large or damaged.
        """
        if self.archive:
            return self.archive.read(name)
        for chunk in self.png.chunks if self.png else ():
            if is_asset(chunk) and asset_path(chunk) == name:
                return payload(chunk, MOST_ASSET_BYTES)
        raise CardError(f"The card has no file {name[:80]}.", hint="Its name is case sensitive.")

    @property
    def picture(self) -> bytes | None:
        """The picture that the file itself is, without the card in it."""
        if self.kind == "image" and self.archive:
            return self.raw[: self.archive.begins]
        return bytes(self.png.bare()) if self.png else None


def read_container(data: bytes) -> Container:
    """Finds the card or lorebook in a file, by what is in it and not by its name.

    Raises:
        CardError: there is none, or it is damaged or hostile.
    """
    if len(data) > MOST_BYTES:
        raise CardError(f"The file has more than {MOST_BYTES // 1024 // 1024} MB.", hint="Make its pictures and sounds smaller.")
    if data.startswith(SIGNATURE):
        container = _png(data)
    elif data.startswith(_ZIP):
        container = _zip(data, "charx")
    elif data.startswith(_JPEG) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        if b"PK\x05\x06" not in data:
            raise CardError("There is no card in this image.", hint="Images carry cards as PNG chunks, or as a zip behind the image.")
        container = _zip(data, "image")
    elif data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        container = Container("json", data, (read_document(data, "file"),))
    else:
        raise CardError("This is no character card.", hint="Cards are PNG, JSON or CHARX files, or images with a zip behind them.")
    for document in container.documents:
        books_of(document.value)
    return container


def kind_of_name(name: str) -> Kind:
    """The kind of file that a name asks for.

    Raises:
        CardError: no kind of card is called so.
    """
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise CardError(f"No card is written as {suffix or 'a file without an ending'}.", hint=f"Use one of {', '.join(SUFFIXES)}.")
    return SUFFIXES[suffix]


def _png(data: bytes) -> Container:
    png = read_png(data)
    documents: list[Document] = []
    notes: list[str] = []
    broken: CardError | None = None
    for keyword in CARD_KEYWORDS:
        chunks = png.cards(keyword)
        if len(chunks) > 1:
            notes.append(f"has {len(chunks)} chunks named {keyword}; the first one counts")
        for chunk in chunks[:1]:
            if chunk.kind != b"tEXt":
                notes.append(f"carries {keyword} in a chunk of type {chunk.kind.decode()}; the specifications know tEXt alone")
            if chunk.keyword != keyword:
                notes.append(f"spells the chunk {keyword} {chunk.keyword}")
            try:
                documents.append(read_document(payload(chunk), keyword))
            except CardError as error:
                broken = error
                notes.append(f"has a chunk {keyword} that cannot be read: {error.message}")
    if documents:
        return Container("png", data, tuple(documents), png=png, notes=tuple(notes))
    if broken:
        raise broken
    if b"PK\x05\x06" in png.tail:
        return _zip(data, "image")
    raise CardError("There is no card in this PNG.", hint="It may have been lost when the picture was saved anew; get the original.")


def _zip(data: bytes, kind: Kind) -> Container:
    archive = read_archive(data)
    if CARD not in archive.sizes:
        raise CardError(f"There is no {CARD} in this zip.", hint="A CHARX has it at the top, not in a folder.")
    return Container(kind, data, (read_document(archive.read(CARD, MOST_JSON_BYTES), CARD),), archive=archive)
