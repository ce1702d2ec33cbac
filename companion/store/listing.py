"""Choosing memories for a list: by their state, and by what they are about."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select

from companion.store import standing
from companion.store.memory_records import MemoryKind, MemoryState
from companion.store.tables import memories, memory_sources, messages


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed down to; what is empty or None does not narrow it. See `Memories.list`."""

    kinds: Collection[MemoryKind] = ()
    subject: str = ""
    conversation_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    pinned: bool | None = None
    words: str = ""


def everything(persona_id: str) -> tuple[Select[Any], Subquery]:
    """All memories of a persona, forgotten ones too, and the view of what is derived about them. It needs the parameter `now`."""
    view = standing.judged(select(memories.c.sequence).where(memories.c.persona_id == persona_id))
    return select(*standing.columns(view)).join(view, view.c.sequence == memories.c.sequence), view


def in_state(state: MemoryState, view: Subquery) -> tuple[ColumnElement[bool], ...]:
    """What a memory in this state fulfils."""
    remembered = memories.c.forgotten_at.is_(None)
    match state:
        case "forgotten":
            return (~remembered,)
        case "all":
            return (remembered,)
        case "hidden":
            return (view.c.stands, memories.c.hidden)
    known = (view.c.stands, ~memories.c.hidden)
    return {"standing": known, "in force": (*known, view.c.in_force), "superseded": (*known, ~view.c.in_force)}[state]


def narrowed(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    """What a memory fulfils that is wanted."""
    if wanted.kinds:
        yield memories.c.kind.in_(wanted.kinds)
    if wanted.subject:
        yield func.casefold(memories.c.subject) == wanted.subject.casefold()
    if wanted.conversation_id:
        here = select(memory_sources.c.memory_id).join(messages, messages.c.id == memory_sources.c.message_id)
        yield memories.c.id.in_(here.where(messages.c.conversation_id == wanted.conversation_id))
    if wanted.since is not None:
        yield memories.c.said_at >= wanted.since
    if wanted.until is not None:
        yield memories.c.said_at < wanted.until
    if wanted.pinned is not None:
        yield memories.c.pinned == wanted.pinned
    said = func.casefold(
        memories.c.text + " " + memories.c.subject + " " + memories.c.attribute + " " + func.coalesce(memories.c.value, "")
    )
    for word in wanted.words.casefold().split():
        yield said.contains(word, autoescape=True)
