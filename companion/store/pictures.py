"""Pictures of her, kept: what is on each, how it was made, whether it is her, and where it was shown.

Each method is one transaction. The files are `media.py`'s; here are the rows that point to them, several to one file where a ready
picture was shown more than once. One that belongs to a message or a conversation is seen as long as that is there and not
forgotten, and goes for good with it (`erasure.py`).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack, cast
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, delete, func, insert, or_, select, update

from companion.errors import NotFoundError
from companion.shot import Kind, Likeness, Picture, Shot
from companion.store import tree
from companion.store.conversations import utc_now
from companion.store.database import reading, writing
from companion.store.tables import conversations, messages, pictures, withheld

AT_ONCE = 500
_AS_IT_IS = tuple(name for name in Picture.__dataclass_fields__ if name not in ("shot", "likeness"))


class Narrowed(TypedDict, total=False):
    """What narrows a list of pictures down; what is left out or None does not.

    Attributes:
        since, until: when it was made; `until` is not included.
        least_score: of its likeness; one that was not scored has none.
        favourites: True for those alone.
    """

    kind: Kind | None
    expression: str | None
    setting: str | None
    since: datetime | None
    until: datetime | None
    least_score: float | None
    favourites: bool
    conversation_id: str | None


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a picture, as they are kept: the digests and what they are."""

    digest: str
    preview: str
    media_type: str
    width_px: int
    height_px: int
    size_bytes: int
    preview_bytes: int


class Pictures:
    """The pictures of one home folder. Any thread may call any method.

    Args:
        engine: from `open_database`.
        clock: aware times; a test hands in its own.

    Every method that names a picture raises `NotFoundError` when it is not there or deleted, and `StorageError` when the disk is
    full, read-only, locked or damaged.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock
        self._revision = 0

    @property
    def revision(self) -> int:
        """A number that grows with every change of a template through this object."""
        return self._revision

    def add(
        self,
        persona_id: str,
        kind: Kind,
        shot: Shot,
        files: Files,
        *,
        look: str,
        painter: str,
        likeness: Likeness | None = None,
        record: Mapping[str, Any] | None = None,
        conversation_id: str | None = None,
        message_id: str | None = None,
    ) -> Picture:
        """Keeps a picture whose files are there. A template takes the place of the one that shows the same.

        Raises:
            NotFoundError: the conversation or the message was deleted meanwhile.
        """
        now = self._clock()
        row = asdict(files) | {"id": uuid4().hex, "persona_id": persona_id, "kind": kind, "shot": asdict(shot), "look": look}
        row |= {"painter": painter, "created_at": now, "used_at": now, "record": dict(record or {})}
        row |= {"conversation_id": conversation_id, "message_id": message_id, "likeness": likeness and asdict(likeness)}
        with writing(self._engine) as connection:
            if conversation_id is not None:
                tree.live_conversation(connection, conversation_id)
            if message_id is not None:
                tree.live_message(connection, message_id)
            if kind == "template":
                same = (
                    pictures.c.persona_id == persona_id,
                    pictures.c.kind == kind,
                    pictures.c.look == look,
                    pictures.c.shot == asdict(shot),
                )
                connection.execute(update(pictures).where(*same, pictures.c.deleted_at.is_(None)).values(deleted_at=now))
            connection.execute(insert(pictures).values(row))
            kept = _found(connection, row["id"])
        self._changed(kind)
        return kept

    def get(self, picture_id: str) -> Picture:
        """One picture."""
        with reading(self._engine) as connection:
            return _found(connection, picture_id)

    def files(self, picture_id: str) -> Files:
        """What is kept of it."""
        columns = [pictures.c[name] for name in Files.__dataclass_fields__]
        with reading(self._engine) as connection:
            row = connection.execute(select(*columns).where(pictures.c.id == picture_id, *_stands())).one_or_none()
            if row is None:
                raise _gone()
            return Files(**row._mapping)

    def list(self, persona_id: str | None = None, *, limit: int = 60, offset: int = 0, **narrowed: Unpack[Narrowed]) -> tuple[Picture, ...]:
        """Pictures, the newest first: of one persona, or of all."""
        query = select(pictures).where(*_stands(), *_narrow(persona_id, narrowed))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(pictures.c.sequence.desc()).limit(limit).offset(offset)).all()
        return tuple(_picture(row) for row in rows)

    def count(self, persona_id: str | None = None, **narrowed: Unpack[Narrowed]) -> int:
        """How many `list` would give without a limit."""
        query = select(func.count()).select_from(pictures).where(*_stands(), *_narrow(persona_id, narrowed))
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def counts(self, persona_id: str | None = None) -> dict[Kind, int]:
        """How many there are of each kind."""
        query = select(pictures.c.kind, func.count()).where(*_stands(), *_narrow(persona_id, {})).group_by(pictures.c.kind)
        kinds: dict[Kind, int] = {"chat": 0, "template": 0, "studio": 0}
        with reading(self._engine) as connection:
            return kinds | {cast(Kind, kind): number for kind, number in connection.execute(query).all()}

    def named(self, field: Literal["expression", "setting", "outfit"], persona_id: str | None = None) -> tuple[str, ...]:
        """What occurs on the pictures, in the order of the alphabet: what a filter offers."""
        value = pictures.c.shot[field].as_string()
        query = select(value).where(*_stands(), *_narrow(persona_id, {})).distinct().order_by(value)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def of_messages(self, message_ids: Collection[str]) -> dict[str, tuple[Picture, ...]]:
        """The pictures that were shown with messages, in the order they came; a message without any is left out."""
        found: dict[str, tuple[Picture, ...]] = {}
        ids = tuple(dict.fromkeys(message_ids))
        with reading(self._engine) as connection:
            for start in range(0, len(ids), AT_ONCE):
                query = select(pictures).where(pictures.c.message_id.in_(ids[start : start + AT_ONCE]), *_stands())
                for row in connection.execute(query.order_by(pictures.c.sequence)):
                    found[row.message_id] = (*found.get(row.message_id, ()), _picture(row))
        return found

    def templates(self, persona_id: str, look: str) -> tuple[Picture, ...]:
        """The ready pictures of a look, the newest first."""
        query = select(pictures).where(*_stands(), pictures.c.persona_id == persona_id)
        query = query.where(pictures.c.kind == "template", pictures.c.look == look)
        with reading(self._engine) as connection:
            return tuple(_picture(row) for row in connection.execute(query.order_by(pictures.c.sequence.desc())))

    def favourite(self, picture_id: str, on: bool) -> None:
        """Marks it as one that is liked, or no longer; a favourite stays when room is made."""
        self._set(picture_id, favourite=on)

    def pin(self, picture_id: str, on: bool) -> None:
        """Keeps it when room is made, or no longer."""
        self._set(picture_id, pinned=on)

    def delete(self, picture_id: str) -> None:
        """Deletes it, until `undo`, or until that is final."""
        self._set(picture_id, deleted_at=self._clock())

    def undo(self, picture_id: str) -> Picture:
        """Takes a deletion back.

        Raises:
            NotFoundError: it is gone for good.
        """
        with writing(self._engine) as connection:
            connection.execute(update(pictures).where(pictures.c.id == picture_id).values(deleted_at=None))
            kept = _found(connection, picture_id)
        self._changed(kept.kind)
        return kept

    def used(self, picture_ids: Collection[str]) -> None:
        """Notes that they were shown just now; those that are gone are passed over."""
        now, ids = self._clock(), tuple(picture_ids)
        with writing(self._engine) as connection:
            for start in range(0, len(ids), AT_ONCE):
                mine = pictures.c.id.in_(ids[start : start + AT_ONCE])
                connection.execute(update(pictures).where(mine).values(used_at=now))

    def size(self, persona_id: str | None = None) -> int:
        """Bytes of the files and their previews, each counted once; deleted ones count until that is final."""
        each = select(func.max(pictures.c.size_bytes + pictures.c.preview_bytes).label("bytes")).group_by(pictures.c.digest)
        each = each if persona_id is None else each.where(pictures.c.persona_id == persona_id)
        with reading(self._engine) as connection:
            return int(connection.execute(select(func.coalesce(func.sum(each.subquery().c.bytes), 0))).scalar_one())

    def lasting(self, looks: Collection[str]) -> tuple[int, int]:
        """Bytes and number of the files that stay when room is made, short of templates of these looks."""
        goes_first = (pictures.c.kind == "template") & pictures.c.look.not_in(looks) & ~pictures.c.pinned & ~pictures.c.favourite
        each = select(func.max(pictures.c.size_bytes + pictures.c.preview_bytes).label("bytes")).group_by(pictures.c.digest)
        each = each.where(pictures.c.deleted_at.is_(None), ~goes_first)
        with reading(self._engine) as connection:
            found = each.subquery().c.bytes
            total, number = connection.execute(select(func.coalesce(func.sum(found), 0), func.count(found))).one()
            return int(total), int(number)

    def digests(self) -> frozenset[str]:
        """Of all files and previews that a row points to, deleted ones included."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(pictures.c.digest, pictures.c.preview)).all()
        return frozenset(digest for row in rows for digest in row)

    def make_room(self, limit_bytes: int, looks: Collection[str] = ()) -> int:
        """Removes rows for good until what is left takes no more than a limit.

        What was deleted goes first, then templates of other looks, other templates, and those of the studio; among these the one
        that was not shown for longest. What is pinned, a favourite or was shown in a chat stays, even if the limit is then exceeded.

        Args:
            looks: those that are worn now.

        Returns:
            How many went.
        """
        with writing(self._engine) as connection:
            doomed = tuple(_superfluous(connection, limit_bytes, frozenset(looks)))
            for start in range(0, len(doomed), AT_ONCE):
                connection.execute(delete(pictures).where(pictures.c.sequence.in_(doomed[start : start + AT_ONCE])))
        if doomed:
            self._changed("template")
        return len(doomed)

    def _set(self, picture_id: str, **values: object) -> None:
        with writing(self._engine) as connection:
            kind = _found(connection, picture_id).kind
            connection.execute(update(pictures).where(pictures.c.id == picture_id).values(**values))
        self._changed(kind)

    def _changed(self, kind: str) -> None:
        self._revision += kind == "template"


def _superfluous(connection: Connection, limit_bytes: int, looks: Collection[str]) -> Iterator[int]:
    """Numbers of the rows to remove, in that order: only those that free something."""
    size = pictures.c.size_bytes + pictures.c.preview_bytes
    columns = (pictures.c.sequence, pictures.c.digest, pictures.c.kind, pictures.c.look, pictures.c.deleted_at, size.label("size"))
    stays = pictures.c.deleted_at.is_(None) & (pictures.c.pinned | pictures.c.favourite | (pictures.c.kind == "chat"))
    rows = connection.execute(select(*columns, stays.label("stays")).order_by(pictures.c.used_at, pictures.c.sequence)).all()
    sizes, pointing, held = {row.digest: row.size for row in rows}, dict[str, int](), {row.digest for row in rows if row.stays}
    for row in rows:
        pointing[row.digest] = pointing.get(row.digest, 0) + 1
    left = sum(sizes.values())
    for row in sorted((row for row in rows if not row.stays and row.digest not in held), key=lambda row: _rank(row, looks)):
        if left <= limit_bytes:
            return
        yield row.sequence
        pointing[row.digest] -= 1
        left -= 0 if pointing[row.digest] else sizes[row.digest]


def _rank(row: Row[Any], looks: Collection[str]) -> int:
    if row.deleted_at is not None:
        return 0
    return 3 if row.kind == "studio" else 2 if row.look in looks else 1


def _stands() -> tuple[ColumnElement[bool], ...]:
    """Not deleted, nor is what it was shown in; and that is not forgotten."""
    talk = and_(conversations.c.id == pictures.c.conversation_id, conversations.c.deleted_at.is_not(None))
    said = and_(messages.c.id == pictures.c.message_id, messages.c.deleted_at.is_not(None))
    gone = (select(conversations.c.id).where(talk).exists(), select(messages.c.id).where(said).exists())
    forgotten = select(withheld.c.message_id).where(withheld.c.message_id == pictures.c.message_id).exists()
    return (pictures.c.deleted_at.is_(None), ~or_(*gone, forgotten))


def _narrow(persona_id: str | None, narrowed: Narrowed) -> Iterator[ColumnElement[bool]]:
    if persona_id is not None:
        yield pictures.c.persona_id == persona_id
    if (kind := narrowed.get("kind")) is not None:
        yield pictures.c.kind == kind
    if (expression := narrowed.get("expression")) is not None:
        yield pictures.c.shot["expression"].as_string() == expression
    if (setting := narrowed.get("setting")) is not None:
        yield pictures.c.shot["setting"].as_string() == setting
    if (since := narrowed.get("since")) is not None:
        yield pictures.c.created_at >= since
    if (until := narrowed.get("until")) is not None:
        yield pictures.c.created_at < until
    if (least := narrowed.get("least_score")) is not None:
        yield pictures.c.likeness["score"].as_float() >= least
    if narrowed.get("favourites"):
        yield pictures.c.favourite
    if (conversation_id := narrowed.get("conversation_id")) is not None:
        yield pictures.c.conversation_id == conversation_id


def _found(connection: Connection, picture_id: str) -> Picture:
    row = connection.execute(select(pictures).where(pictures.c.id == picture_id, *_stands())).one_or_none()
    if row is None:
        raise _gone()
    return _picture(row)


def _gone() -> NotFoundError:
    return NotFoundError("This picture is no longer there.", hint="It was deleted, or it went with its conversation.")


def _picture(row: Row[Any]) -> Picture:
    plain = {name: getattr(row, name) for name in _AS_IT_IS}
    return Picture(**plain, shot=Shot(**row.shot), likeness=row.likeness and Likeness(**row.likeness))
