"""What a persona remembers of her user, kept: each method is one transaction, committed before it returns.

What follows from a change of a conversation (an edit, another branch, a deletion) needs no call here: whether a memory
stands and is in force is derived whenever it is asked (`standing.py`), and the word indexes follow by triggers. Writing down
is `telling.py`, forgetting `forgetting.py`, the files people take away `memory_lines.py`. Any thread may call any method.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Engine, func, select, update

from companion.errors import NotFoundError
from companion.store import backlog, erasure, forgetting, listing, memory_lines, standing, telling
from companion.store.conversations import utc_now
from companion.store.database import reading, wipe_leftovers, writing
from companion.store.memory_records import (
    KINDS,
    Forgotten,
    Imported,
    Memory,
    MemoryKind,
    MemoryState,
    New,
    Stale,
    Unembedded,
    Unlearned,
    slot_of,
)
from companion.store.tables import conversations, memories, messages

__all__ = ["Forgotten", "Imported", "Memories", "Memory", "New", "Stale", "Unembedded", "Unlearned", "slot_of"]


class Memories:
    """The memories of one home folder.

    Args:
        engine: from `open_database`.
        clock: aware times; a test hands in its own.

    Every method that names a memory raises `NotFoundError` when it is not there or forgotten, and `StorageError` when the
    disk is full, read-only, locked or damaged.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def add(self, persona_id: str, new: New, *, by_hand: bool = False) -> Memory:
        """Remembers something. What is told again gets a further source instead, and lasts longer.

        Args:
            by_hand: a person wrote it; it is always a memory of its own, and needs no sources.

        Raises:
            InputError: there are no words in it, or too many.
            NotFoundError: a source is not there, or is another persona's.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            memory_id = telling.tell(connection, persona_id, new, now, by_hand=by_hand)
            return standing.of(connection, [memory_id], now)[memory_id]

    def learnt(self, message_id: str, news: Sequence[New], *, read: str | None = None) -> None:
        """Remembers what was learnt from a message, and that it has been read; for a message read before, nothing.

        A message that is gone, forgotten or changed by now teaches nothing; news lose the sources that are gone.

        Args:
            news: those without sources rest on this message.
            read: the text it was learnt from; None does not look whether it has changed.
        """
        with writing(self._engine) as connection:
            telling.learn(connection, message_id, news, self._clock(), read=read)

    def extracted(self, message_id: str, news: Sequence[New], *, read: str) -> None:
        """Remembers what a language model read out of a message, and that it has; for one read before, nothing.

        What the rules read as well is one memory with theirs. Where they read another value out of the same message for the same
        slot, theirs stands; what they read elsewhere or a person wrote stays in force beside the model's.

        Args:
            read: the text that was read; if it has changed by now, it teaches nothing.
        """
        with writing(self._engine) as connection:
            telling.extract(connection, message_id, news, self._clock(), read=read)

    def not_extracted(self, message_id: str) -> None:
        """Notes that a language model could make nothing of a message; it is asked for that one a few times and no more."""
        with writing(self._engine) as connection:
            backlog.mark_failed(connection, message_id)

    def get(self, memory_id: str) -> Memory:
        """One memory."""
        with reading(self._engine) as connection:
            return standing.remembered(connection, memory_id, self._clock())

    def of(self, ids: Collection[str]) -> tuple[Memory, ...]:
        """Memories by their ids, in their order, without those that are gone or forgotten."""
        with reading(self._engine) as connection:
            found = standing.of(connection, ids, self._clock())
        return tuple(found[each] for each in dict.fromkeys(ids) if each in found and found[each].forgotten_at is None)

    def list(
        self,
        persona_id: str,
        *,
        kinds: Collection[MemoryKind] = (),
        subject: str = "",
        state: MemoryState = "standing",
        conversation_id: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        pinned: bool | None = None,
        words: str = "",
        limit: int = 200,
        offset: int = 0,
    ) -> tuple[Memory, ...]:
        """Memories of one persona, those said last first. What is left empty does not narrow it down.

        Args:
            state: "standing" is what she knows: neither hidden nor forgotten. Of that, "in force" holds now and "superseded"
                no longer; "hidden" was put aside by hand; "all" is everything but what is forgotten, also what does not stand.
            conversation_id: where it was learnt.
            since, until: when it was said; `until` is not included.
            words: all of them have to occur, in any case, anywhere in the note, its subject, attribute or value.
        """
        with reading(self._engine) as connection:
            query, view = listing.everything(persona_id)
            wanted = listing.Wanted(kinds, subject, conversation_id, since, until, pinned, words)
            query = query.where(*listing.in_state(state, view), *listing.narrowed(wanted))
            query = query.order_by(memories.c.said_at.desc(), memories.c.sequence.desc()).limit(limit).offset(offset)
            rows = connection.execute(query, {"now": self._clock()}).all()
            return standing.complete(connection, rows)

    def count(self, persona_id: str) -> dict[str, int]:
        """How many memories of each kind stand and are not hidden, and the "total"."""
        with reading(self._engine) as connection:
            query, view = listing.everything(persona_id)
            found = query.where(*listing.in_state("standing", view)).subquery()
            rows = connection.execute(select(found.c.kind, func.count()).group_by(found.c.kind), {"now": self._clock()})
            by_kind = dict.fromkeys(KINDS, 0) | dict(rows.all())
        return by_kind | {"total": sum(by_kind.values())}

    def subjects(self, persona_id: str) -> tuple[str, ...]:
        """Whom or what the memories that stand speak of, in the order of the alphabet."""
        with reading(self._engine) as connection:
            query, view = listing.everything(persona_id)
            found = query.where(*listing.in_state("standing", view), memories.c.subject != "").subquery()
            rows = connection.execute(select(found.c.subject).distinct(), {"now": self._clock()})
            return tuple(sorted(rows.scalars(), key=str.casefold))

    def edit(
        self,
        memory_id: str,
        text: str,
        value: str | None = None,
        said_at: datetime | None = None,
        *,
        subject: str | None = None,
        attribute: str | None = None,
        holds_from: datetime | None = None,
        holds_until: datetime | None = None,
        importance: float | None = None,
    ) -> Memory:
        """Corrects a memory. What is None stays as it is; an empty value takes the value away.

        Raises:
            InputError: there are no words in it, or too many.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            memory = standing.remembered(connection, memory_id, now)
            given: dict[str, Any] = {"text": text, "value": value, "said_at": said_at, "subject": subject, "attribute": attribute}
            given |= {"holds_from": holds_from, "holds_until": holds_until, "importance": importance}
            telling.correct(connection, memory, {name: new for name, new in given.items() if new is not None}, now)
            return standing.remembered(connection, memory_id, now)

    def pin(self, memory_id: str, pinned: bool) -> Memory:
        """Keeps a memory in mind, whatever is spoken of, or no longer."""
        return self._change(memory_id, pinned=pinned)

    def hide(self, memory_id: str, hidden: bool) -> Memory:
        """Puts a memory aside, where nothing finds it, or takes it back. It still stands against what it replaced."""
        return self._change(memory_id, hidden=hidden)

    def merge(self, keep_id: str, other_ids: Collection[str]) -> Memory:
        """Makes one memory of several that say the same: the others' sources join its own, and they are forgotten.

        Raises:
            InputError: they are of different personas.
        """
        now = self._clock()
        with writing(self._engine) as connection:
            kept = standing.remembered(connection, keep_id, now)
            others = [standing.remembered(connection, each, now) for each in dict.fromkeys(other_ids) if each != keep_id]
            telling.merge(connection, kept, others)
            forgetting.forget(connection, [other.id for other in others], now)
            return standing.remembered(connection, keep_id, now)

    def forget(self, ids: Collection[str]) -> Forgotten:
        """Forgets memories and messages: at once nothing finds them; when it is made final (`Conversations.purge`), they are gone.

        A forgotten message stays in its place without its words. Name a memory's sources as well where the words that it was
        learnt from are to go: otherwise they are still in the conversation, and are recalled from there.

        Args:
            ids: of memories, of messages, or of both.

        Returns:
            What was forgotten, with the token for `undo_forget`.

        Raises:
            ConflictError: a reply is being written beside a message that is named.
        """
        with writing(self._engine) as connection:
            return forgetting.forget(connection, ids, self._clock())

    def undo_forget(self, token: str) -> None:
        """Remembers again what was forgotten in one go.

        Raises:
            NotFoundError: it is final, or was taken back before.
        """
        with writing(self._engine) as connection:
            forgetting.take_back(connection, token)

    def size(self, persona_id: str) -> int:
        """Characters of all that was said with a persona and learnt from it, as bytes on the disk, about."""
        said = select(func.total(func.length(messages.c.text))).join(conversations).where(conversations.c.persona_id == persona_id)
        known = select(func.total(func.length(memories.c.text))).where(memories.c.persona_id == persona_id)
        with reading(self._engine) as connection:
            return sum(int(connection.execute(query).scalar_one()) for query in (said, known))

    def pending(self, persona_id: str) -> tuple[Forgotten, ...]:
        """What was forgotten and can still be taken back, newest first."""
        with reading(self._engine) as connection:
            return forgetting.pending(connection, persona_id)

    def finish(self, token: str) -> None:
        """Makes one forgetting final: the rows go, and their bytes in every file of the database.

        Raises:
            ConflictError: the rows are gone, but a reader kept the log from being wiped; `Conversations.purge` does it.
            NotFoundError: it is final, or was taken back before.
        """
        with writing(self._engine) as connection:
            if not erasure.finish(connection, token):
                raise NotFoundError("There is nothing to forget for good.", hint="It is gone already, or is remembered again.")
        wipe_leftovers(self._engine, backups=True)

    def recalled(self, ids: Collection[str], at: datetime) -> None:
        """Counts a recall, which makes memories last longer. Ids of messages, and of what is gone, are passed over."""
        with writing(self._engine) as connection:
            telling.repeat(connection, ids, at)

    def export(self, persona_id: str) -> Iterator[str]:
        """All that is not forgotten, as JSON Lines, oldest first; also what is hidden or does not stand."""
        with reading(self._engine) as connection:
            query, view = listing.everything(persona_id)
            query = query.where(*listing.in_state("all", view)).order_by(memories.c.sequence)
            kept = standing.complete(connection, connection.execute(query, {"now": self._clock()}).all())
        return memory_lines.write(kept)

    def import_lines(self, persona_id: str, lines: Iterable[str]) -> Imported:
        """Takes exported memories in. What is there already is skipped, and a line that is not valid is reported with its number."""
        with writing(self._engine) as connection:
            return memory_lines.read(connection, persona_id, lines)

    def backlog(self, persona_id: str | None = None, limit: int = 20) -> tuple[Unlearned, ...]:
        """Standing messages that nothing was learnt from yet, oldest first."""
        with reading(self._engine) as connection:
            return backlog.unlearned(connection, persona_id, limit)

    def unextracted(self, persona_id: str, limit: int = 20) -> tuple[Unlearned, ...]:
        """What the user said that the rules have read and a language model has not, newest first."""
        with reading(self._engine) as connection:
            return backlog.unextracted(connection, persona_id, limit)

    def unembedded(self, limit: int = 64) -> tuple[Unembedded, ...]:
        """Texts that have no vector yet: of memories, then of standing messages."""
        with reading(self._engine) as connection:
            return backlog.unembedded(connection, limit)

    def embedded(self, items: Collection[Unembedded], same: Mapping[str, str] = MappingProxyType({})) -> None:
        """Notes that texts have their vectors now; one that changed since it was handed out stays on the list.

        Args:
            same: by id of the item, the item whose vector stands for its own.
        """
        with writing(self._engine) as connection:
            backlog.mark_embedded(connection, items, same)

    def stale(self, limit: int = 500) -> tuple[Stale, ...]:
        """Vectors to be removed: their text is gone, or another that has no vector yet."""
        with reading(self._engine) as connection:
            return backlog.stale(connection, limit)

    def removed(self, item_ids: Collection[str]) -> None:
        """Notes that the vector index has let go of vectors, bytes included."""
        with writing(self._engine) as connection:
            backlog.mark_removed(connection, item_ids)

    def _change(self, memory_id: str, **columns: Any) -> Memory:
        now = self._clock()
        with writing(self._engine) as connection:
            standing.remembered(connection, memory_id, now)
            connection.execute(update(memories).where(memories.c.id == memory_id).values(columns))
            return standing.remembered(connection, memory_id, now)
