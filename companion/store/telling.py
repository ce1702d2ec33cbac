"""Writing memories down: what is told for the first time, and what is told again.

Told again in another message, a memory gets that message as a further source and lasts longer, unless another value was
told in between: then it is news. Every function works inside the caller's transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, and_, insert, select, update

from companion.errors import InputError, NotFoundError
from companion.store import backlog, standing, tree
from companion.store.memory_records import KINDS, WHOLE, Memory, New, normalised, slot_of
from companion.store.strength import FIRST_STRENGTH_DAYS, repeated
from companion.store.tables import conversations, memories, memory_sources, messages

LONGEST_NOTE_CHARS = 4000
DAY_S = 86400.0


def tell(connection: Connection, persona_id: str, new: New, now: datetime, *, by_hand: bool = False) -> str:
    """Remembers something.

    Returns:
        The id of the memory that holds it, new or not.

    Raises:
        InputError: there are no words in it, or too many.
        NotFoundError: a source is not there, or is another persona's.
    """
    new = checked(new)
    if not by_hand and not new.sources:
        raise ValueError("a memory that is not written by hand needs the messages it was learnt from")
    if set(known(connection, persona_id, new.sources)) != set(new.sources):
        raise NotFoundError("A message that this was learnt from is no longer there.", hint="Add it by hand instead.")
    same = None if by_hand else _told_before(connection, persona_id, new, now)
    if same is None:
        memory_id = write(connection, persona_id, new, now, by_hand=by_hand)
    else:
        memory_id = same.id
        again = update(memories).where(memories.c.id == memory_id)
        if add_sources(connection, memory_id, new.sources):
            connection.execute(again.values(strength=_strength_after(same, new.said_at)))
        if new.extractor == "rules" and same.extractor == "model":  # what both read is the rules'
            connection.execute(again.values(extractor="rules"))
    return memory_id


def learn(connection: Connection, message_id: str, news: Sequence[New], now: datetime, *, read: str | None) -> None:
    """Remembers what was learnt from a message and that it was read; see `Memories.learnt`."""
    mine = select(messages, conversations.c.persona_id).join(conversations, conversations.c.id == messages.c.conversation_id)
    row = connection.execute(mine.where(messages.c.id == message_id)).one_or_none()
    if row is None or row.learned or row.status == "streaming" or not row.text or read not in (None, row.text):
        return
    for new in news:
        named = new.sources or (message_id,)
        left = known(connection, row.persona_id, named)
        if left and (new.kind not in WHOLE or left == named):
            tell(connection, row.persona_id, replace(new, sources=left), now)
    connection.execute(update(messages).where(messages.c.id == message_id).values(learned=True))


def extract(connection: Connection, message_id: str, news: Sequence[New], now: datetime, *, read: str) -> None:
    """Remembers what a language model read out of a message; see `Memories.extracted`."""
    mine = select(messages, conversations.c.persona_id).join(conversations, conversations.c.id == messages.c.conversation_id)
    row = connection.execute(mine.where(messages.c.id == message_id)).one_or_none()
    if row is None or row.text != read or backlog.is_extracted(connection, message_id):
        return
    for new in news:
        if not _read_otherwise(connection, row.persona_id, message_id, new, now):
            tell(connection, row.persona_id, replace(new, sources=(message_id,)), now)
    backlog.mark_extracted(connection, message_id)


def repeat(connection: Connection, ids: Collection[str], at: datetime) -> None:
    """Counts a recall of each memory, which makes it last longer."""
    for row in connection.execute(select(memories).where(memories.c.id.in_(ids), memories.c.forgotten_at.is_(None))).all():
        recalled = update(memories).where(memories.c.id == row.id)
        connection.execute(recalled.values(recalls=row.recalls + 1, recalled_at=at, strength=_strength_after(row, at)))


def correct(connection: Connection, memory: Memory, changed: dict[str, Any], now: datetime) -> None:
    """Overwrites columns of a memory. A slot that names a value follows the value.

    Raises:
        InputError: there are no words in it, or too many.
    """
    fields = {name: getattr(memory, name) for name in New.__dataclass_fields__}
    new = checked(New(**fields | changed))
    if memory.slot == slot_of(memory.subject, memory.attribute):
        new = replace(new, slot=slot_of(new.subject, new.attribute))
    elif memory.slot.startswith(slot_of(memory.subject, memory.attribute) + "|"):
        new = replace(new, slot=slot_of(new.subject, new.attribute, new.value or ""))
    columns = {name: getattr(new, name) for name in New.__dataclass_fields__ if name != "sources"}
    connection.execute(update(memories).where(memories.c.id == memory.id).values(edited_at=now, **columns))


def merge(connection: Connection, kept: Memory, others: Sequence[Memory]) -> None:
    """Gives one memory the sources and the life of others.

    Raises:
        InputError: they are of different personas.
    """
    if any(other.persona_id != kept.persona_id for other in others):
        raise InputError("These memories are of different personas.", hint="Choose memories of one persona.")
    together = (kept, *others)
    add_sources(connection, kept.id, [source for other in others for source in other.sources])
    recalled = [one.recalled_at for one in together if one.recalled_at is not None]
    life = {
        "strength": max(one.strength for one in together),
        "recalls": sum(one.recalls for one in together),
        "recalled_at": max(recalled, default=None),
        "pinned": any(one.pinned for one in together),
        "by_hand": any(one.by_hand for one in together),
    }
    connection.execute(update(memories).where(memories.c.id == kept.id).values(life))


def write(connection: Connection, persona_id: str, new: New, now: datetime, *, by_hand: bool, **kept: Any) -> str:
    """A new row, with its sources.

    Args:
        kept: further columns, of a memory that had a life before.
    """
    columns = {name: getattr(new, name) for name in New.__dataclass_fields__ if name != "sources"}
    row = columns | {"id": uuid4().hex, "strength": FIRST_STRENGTH_DAYS, "created_at": now} | kept
    connection.execute(insert(memories).values(persona_id=persona_id, by_hand=by_hand, **row))
    add_sources(connection, str(row["id"]), new.sources)
    return str(row["id"])


def add_sources(connection: Connection, memory_id: str, message_ids: Sequence[str]) -> int:
    """Names messages as sources.

    Returns:
        How many were not named before.
    """
    if not message_ids:
        return 0
    rows = [{"memory_id": memory_id, "message_id": message_id} for message_id in dict.fromkeys(message_ids)]
    named = select(memory_sources.c.message_id).where(memory_sources.c.memory_id == memory_id)
    before = len(connection.execute(named).all())
    connection.execute(insert(memory_sources).prefix_with("OR IGNORE"), rows)
    return len(connection.execute(named).all()) - before


def known(connection: Connection, persona_id: str, message_ids: Sequence[str]) -> tuple[str, ...]:
    """Those of some messages that are there and belong to conversations with a persona, in the given order."""
    if not message_ids:
        return ()
    mine = select(messages.c.id).join(conversations, conversations.c.id == messages.c.conversation_id)
    mine = mine.where(messages.c.id.in_(message_ids), conversations.c.persona_id == persona_id)
    there = set(connection.execute(mine).scalars())
    return tuple(message_id for message_id in message_ids if message_id in there)


def checked(new: New) -> New:
    """What can be stored, with blanks at the ends removed.

    Raises:
        InputError: no words, too many, or half a character.
    """
    if new.kind not in KINDS:
        raise ValueError(f"{new.kind} is no kind of memory")
    if not 0 <= new.importance <= 1:
        raise ValueError(f"an importance of {new.importance} is not between 0 and 1")
    subject, attribute, slot, value = (tree.checked(part.strip()) for part in (new.subject, new.attribute, new.slot, new.value or ""))
    return replace(new, text=checked_note(new.text), subject=subject, attribute=attribute, slot=slot, value=value or None)


def checked_note(text: str) -> str:
    """A note's text, without blanks at the ends.

    Raises:
        InputError: no words, too many, or half a character.
    """
    text = tree.checked(text.strip())
    if not text:
        raise InputError("There is nothing in this memory yet.", hint="Write a few words and save it again.")
    if len(text) > LONGEST_NOTE_CHARS:
        raise InputError("This memory is too long.", hint=f"Use at most {LONGEST_NOTE_CHARS} characters.")
    return text


def _told_before(connection: Connection, persona_id: str, new: New, now: datetime) -> Row[Any] | None:
    """The memory that says the same, unless something else was said in between."""
    if not new.slot:
        names = ("kind", "text", "said_at", "value", "denies", "slot")
        alike = and_(*(memories.c[name].is_not_distinct_from(getattr(new, name)) for name in names))
        mine = alike & (memories.c.persona_id == persona_id) & memories.c.forgotten_at.is_(None)
        return connection.execute(select(memories).where(mine).limit(1)).first()
    rivals = standing.in_slot(connection, persona_id, new.slot, now)
    place = sum(rival.told_at <= new.said_at for rival in rivals)  # where it comes among them
    for at in reversed(range(len(rivals))):
        between = rivals[at + 1 : place] if at < place else rivals[place:at]
        if _same(rivals[at], new) and not any(other.stands and not _agrees(other, new) for other in between):
            return rivals[at]
    return None


def _read_otherwise(connection: Connection, persona_id: str, message_id: str, new: New, now: datetime) -> bool:
    """Whether the rules read another value for the same slot out of this very message: then theirs stands alone."""
    if not new.slot:
        return False
    rivals = [one for one in standing.in_slot(connection, persona_id, new.slot, now) if one.extractor != "model"]
    resting = select(memory_sources.c.memory_id).where(memory_sources.c.message_id == message_id)
    here = set(connection.execute(resting).scalars())
    return any(one.id in here and not _agrees(one, new) for one in rivals)


def _strength_after(row: Row[Any], at: datetime) -> float:
    idle_days = (at - (row.recalled_at or row.said_at)).total_seconds() / DAY_S
    return repeated(row.strength, idle_days)


def _same(row: Row[Any], new: New) -> bool:
    return row.kind == new.kind and _agrees(row, new) and (row.holds_from, row.holds_until) == (new.holds_from, new.holds_until)


def _agrees(row: Row[Any], new: New) -> bool:
    return normalised(row.value) == normalised(new.value) and row.denies == new.denies
