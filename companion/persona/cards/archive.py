"""The zip of a CHARX, alone or behind an image: members listed, read and replaced in memory, never unpacked to the disk.

Only what is stored or deflated is read. A name that would leave the folder it is unpacked into is refused, whatever is done with it
later: other programs may unpack what is exported. PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4; V3, Embedding Methods, CHARX.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from companion.errors import CardError
from companion.persona.cards.limits import MOST_ASSET_BYTES, MOST_DIRECTORY_BYTES, MOST_MEMBERS, MOST_NAME_CHARS, MOST_UNPACKED_BYTES

CARD: Final = "card.json"
_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, RuntimeError, EOFError, OverflowError, OSError)


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip whose list of members has been read and found harmless.

    Attributes:
        raw: the whole file, with an image before the zip if there is one.
        sizes: bytes of each member, unpacked, by name; folders left out.
        begins: at which byte the zip begins.
    """

    raw: bytes
    sizes: Mapping[str, int]
    begins: int

    def read(self, name: str, most: int = MOST_ASSET_BYTES) -> bytes:
        """One member.

        Raises:
            CardError: it is not there, too large or damaged.
        """
        if name not in self.sizes:
            raise CardError(f"The card has no member {name[:80]}.", hint="Its name is case sensitive.")
        if self.sizes[name] > most:
            raise CardError(f"{name[:80]} has more than {most // 1024 // 1024} MB.", hint="Make it smaller, or leave it out.")
        with _opened(self.raw) as file:
            return _content(file, file.getinfo(name))

    def replaced(self, new: Mapping[str, bytes]) -> bytes:
        """The file with some members replaced or added; the image before it and all other members stay, in their order.

        Raises:
            CardError: a member is damaged.
        """
        written = io.BytesIO()
        written.write(self.raw[: self.begins])
        with _opened(self.raw) as old, zipfile.ZipFile(written, "w") as file:
            file.comment = old.comment
            for info in old.infolist():
                content = new.get(info.filename)
                if content is None:
                    content = _content(old, info)
                file.writestr(_like(info), content, compress_type=info.compress_type)
            _add(file, {name: content for name, content in new.items() if name not in self.sizes})
        return written.getvalue()


def read_archive(data: bytes) -> Archive:
    """Lists a zip.

    Raises:
        CardError: it is damaged, encrypted, too large, or has members that could do harm where they are unpacked.
    """
    with _opened(data) as file:
        infos = file.infolist()
    if len(infos) > MOST_MEMBERS:
        raise CardError(f"The zip has more than {MOST_MEMBERS:,} members.", hint="Leave out what the card does not need.")
    for info in infos:
        _check(info)
    if sum(info.file_size for info in infos) > MOST_UNPACKED_BYTES:
        raise CardError(
            f"The zip would unpack to more than {MOST_UNPACKED_BYTES // 1024 // 1024} MB.", hint="Leave out what the card does not need."
        )
    if sum(info.filename == CARD for info in infos) > 1:
        raise CardError(f"The zip has more than one {CARD}.", hint="Programs would not agree on which counts; leave one in.")
    sizes = {info.filename: info.file_size for info in infos if not info.is_dir()}
    begins = min((info.header_offset for info in infos), default=0)
    if begins < 0:
        raise _damaged()
    return Archive(data, sizes, begins)


def new_archive(members: Mapping[str, bytes]) -> bytes:
    """A zip of the members, the same bytes every time."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        _add(file, members)
    return written.getvalue()


def _add(file: zipfile.ZipFile, members: Mapping[str, bytes]) -> None:
    for name, content in members.items():
        info = zipfile.ZipInfo(name, _EPOCH)
        info.external_attr = 0o644 << 16
        file.writestr(info, content, compress_type=zipfile.ZIP_DEFLATED if name == CARD else zipfile.ZIP_STORED)


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The same member without what only fits its old bytes (offsets, sizes, extra fields that repeat them)."""
    made = zipfile.ZipInfo(info.filename, info.date_time)
    made.comment, made.external_attr, made.create_system = info.comment, info.external_attr, info.create_system
    return made


def _check(info: zipfile.ZipInfo) -> None:
    name = info.filename
    parts = name.replace("\\", "/").split("/")
    unsafe = len(name) > MOST_NAME_CHARS or ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\\" in name
    if unsafe or _CONTROL.search(name) or not name or info.orig_filename != name:
        raise CardError(
            f"The zip has a member whose name could lead out of its folder: {name[:80]!r}.",
            hint="Do not unpack this file; get it elsewhere.",
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise CardError(f"The zip has a link in it: {name[:80]!r}.", hint="Do not unpack this file; get it elsewhere.")
    if info.flag_bits & 0x1:
        raise CardError("The zip is encrypted.", hint="Pack it again without a password.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise CardError(f"{name[:80]} is packed in a way that is not read here.", hint="Pack it again as an ordinary zip.")


def _content(file: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """A member, no longer than it says of itself: read without a length the library would unpack all there is."""
    with file.open(info) as member:
        content = member.read(info.file_size)
    if len(content) != info.file_size:
        raise _damaged()
    return content


class _Bounded(io.BytesIO):
    """While members are listed, a file that gives no more at once than the list may have; the library reads it in one piece."""

    listing = True

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes."""
        data = super().read(size)
        if self.listing and len(data) > MOST_DIRECTORY_BYTES:
            raise CardError("The zip's list of members is too long.", hint="Leave out what the card does not need.")
        return data


@contextmanager
def _opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    bounded = _Bounded(data)
    try:
        with zipfile.ZipFile(bounded) as file:
            bounded.listing = False
            yield file
    except _BROKEN as error:
        raise _damaged() from error


def _damaged() -> CardError:
    return CardError("The zip is damaged.", hint="Get the card again; a copy that is cut or altered cannot be read.")
