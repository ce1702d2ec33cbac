"""Where a picture becomes one that is kept: marked, made small, on disk, and only then known.

The order is: its file, its preview, what it takes to make it again, then the row that points to them. So nothing is known that is not
there; what an interruption leaves is a file that no row points to, and `tidy` removes it. When room is made, files go with their rows.
"""

import json
import logging
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion.errors import CompanionError, NotFoundError, StorageError
from companion.shot import Kind, Likeness, Picture, Shot
from companion.show.again import IDENTITY, Pack, Repeatable
from companion.show.preview import MEDIA_TYPE, preview
from companion.show.protocol import Painted
from companion.show.provenance import Marks, Synthetic
from companion.store.media import Media
from companion.store.packs import Packs
from companion.store.pictures import Files, Pictures

logger = logging.getLogger(__name__)
DRAWN = "sketch"  # painters whose name begins so draw by rules; the others are models


@dataclass(frozen=True, slots=True)
class Caption:
    """What is said of a picture when it is kept: who, what and where; see `companion.shot.Picture`."""

    persona_id: str
    kind: Kind
    shot: Shot
    look: str
    painter: str
    likeness: Likeness | None = None
    conversation_id: str | None = None
    message_id: str | None = None


class Album:
    """The pictures of one home with their files. Any thread may call any method.

    Args:
        packs: what it takes to make pictures again.
        limit_bytes: of all pictures together. What must stay stays even then.
    """

    def __init__(self, pictures: Pictures, media: Media, packs: Packs, marks: Marks, limit_bytes: int) -> None:
        self._pictures, self._media, self._packs, self._marks, self._limit = pictures, media, packs, marks, limit_bytes
        self._keeping = threading.RLock()  # between a file and its row, nothing is swept away

    def keep(self, painted: Painted, caption: Caption, record: Mapping[str, Any], looks: Collection[str] = ()) -> Picture:
        """Keeps what was painted; also what it takes to make it again, if it came with that and the disk takes it.

        Args:
            record: how it was made; travels in the file as well.
            looks: those that are worn now; if room must be made, templates of others go before theirs.

        Raises:
            ModelError: what was painted is no picture.
            NotFoundError: its conversation or its message was deleted meanwhile; nothing is kept then.
            StorageError: it cannot be written; nothing is kept then.
        """
        small = preview(painted.image)
        pack = painted.pack if isinstance(painted, Repeatable) else Pack()
        told: dict[str, Any] = json.loads(json.dumps(record))  # tuples are lists, as they are when it is read again
        if pack.own:
            told[IDENTITY] = pack.digest
        image = self.marked(painted, caption.painter, told)
        shown = self._marks.mark(small.data, MEDIA_TYPE, {}, synthetic=_synthetic(caption.painter))
        with self._keeping:
            if self._pictures.make_room(max(0, self._limit - len(image) - len(shown)), looks):
                self.tidy()
            try:
                digests = (self._media.keep(image, painted.media_type), self._media.keep(shown, MEDIA_TYPE))
                if pack.own and not self._pack_kept(digests[0], pack):
                    del told[IDENTITY]
                return self._add(
                    caption, Files(*digests, painted.media_type, small.width_px, small.height_px, len(image), len(shown)), told
                )
            except CompanionError:
                with suppress(CompanionError):  # else the next tidying does it
                    self.tidy()
                raise

    def again(self, picture: Picture, caption: Caption, record: Mapping[str, Any]) -> Picture:
        """Keeps another row that points to the files of a picture.

        Raises:
            NotFoundError: the picture, the conversation or the message was deleted meanwhile.
        """
        with self._keeping:
            return self._add(caption, self._pictures.files(picture.id), record)

    def there(self, picture: Picture) -> bool:
        """Whether its file is there."""
        return self._media.has(picture.digest, picture.media_type)

    def file(self, picture: Picture, *, preview: bool = False) -> Path:
        """The file of a picture, or of the small one of it.

        Raises:
            NotFoundError: it is gone.
        """
        kept = (picture.preview, MEDIA_TYPE) if preview else (picture.digest, picture.media_type)
        if not self._media.has(*kept):
            raise NotFoundError("The file of this picture is gone.", hint="Delete the picture, or have it painted again.")
        return self._media.path(*kept)

    def stripped(self, picture: Picture) -> bytes:
        """The picture without its record; the mark that no camera took it stays.

        Raises:
            NotFoundError: its file is gone.
        """
        return self._marks.stripped(self._media.read(picture.digest, picture.media_type))

    def marked(self, painted: Painted, painter: str, record: Mapping[str, Any]) -> bytes:
        """The file of what was painted, as it is kept: with the mark and the record."""
        return self._marks.mark(painted.image, painted.media_type, record, synthetic=_synthetic(painter))

    def pack(self, picture: Picture) -> Pack:
        """What it takes to make a picture again.

        Raises:
            NotFoundError: it has none, or no longer.
            StorageError: it cannot be read.
        """
        digest = picture.record.get(IDENTITY)
        if not isinstance(digest, str):
            raise NotFoundError("No identity pack was kept with this picture.", hint="Have a picture of the same shot painted.")
        return Pack(*self._packs.read(picture.digest, digest))

    def has_pack(self, picture: Picture) -> bool:
        """Whether what it takes to make a picture again is there."""
        return IDENTITY in picture.record and self._packs.has(picture.digest)

    def size(self) -> int:
        """Bytes of all files on disk."""
        return self._media.size() + self._packs.size()

    def has_room(self, looks: Collection[str]) -> bool:
        """Whether another picture of the usual size fits without a template of these looks going for it."""
        lasting, number = self._pictures.lasting(looks)
        return lasting + lasting // max(1, number) <= self._limit

    def tidy(self) -> int:
        """Removes files that no row points to; bytes that came free.

        Raises:
            StorageError: the database cannot be read.
        """
        with self._keeping:
            wanted = self._pictures.digests()
            return self._media.sweep(wanted) + self._packs.sweep(wanted)

    def _pack_kept(self, digest: str, pack: Pack) -> bool:
        try:
            self._packs.keep(digest, *pack)
        except StorageError as error:  # the picture is there, and is worth more than another one like it
            logger.warning("A picture cannot be made again later: %s", error)
            return False
        return True

    def _add(self, caption: Caption, files: Files, record: Mapping[str, Any]) -> Picture:
        return self._pictures.add(
            caption.persona_id,
            caption.kind,
            caption.shot,
            files,
            look=caption.look,
            painter=caption.painter,
            likeness=caption.likeness,
            record=record,
            conversation_id=caption.conversation_id,
            message_id=caption.message_id,
        )


def _synthetic(painter: str) -> Synthetic:
    return "drawn" if painter.startswith(DRAWN) else "painted"
