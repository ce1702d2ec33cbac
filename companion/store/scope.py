"""What a wish to forget covers: memories, and every message that holds the words, on any branch and also where it was deleted."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from companion.store.tables import conversations, memories, memory_sources, messages

# A pattern that nobody has written in: it holds nobody's words, and is worked out anew from what is left.
DERIVED = and_(memories.c.kind == "pattern", ~memories.c.by_hand, memories.c.edited_at.is_(None))


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be forgotten. What is given is joined: words of a subject within a period.

    Attributes:
        memory_ids: these memories, and what they were learnt from.
        words: a topic: all of them, in memories and in messages.
        subject: whom or what memories are about; messages that name it by a name of theirs go too.
        since, until: when it was said, aware; `until` itself not included.
        conversation_id: what was said there, and learnt from it.
        everything: all there is with this persona.
    """

    memory_ids: tuple[str, ...] = ()
    words: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None
    conversation_id: str = ""
    everything: bool = False

    @property
    def empty(self) -> bool:
        """Whether it names nothing."""
        named = (self.memory_ids, self.words.strip(), self.subject, self.since, self.until, self.conversation_id, self.everything)
        return not any(named)


@dataclass(frozen=True, slots=True)
class Covered:
    """Ids of what a scope covers."""

    memories: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


def covered(connection: Connection, persona_id: str, scope: Scope) -> Covered:
    """What is not forgotten yet. A memory goes with each message it was learnt from, and what else was learnt from that.

    A pattern that is named goes alone. Where only some of its messages go, it is renewed from the others.
    """
    if scope.empty:
        return Covered()
    mine = and_(memories.c.persona_id == persona_id, memories.c.forgotten_at.is_(None))
    spoken = and_(conversations.c.persona_id == persona_id, messages.c.text != "")
    if scope.memory_ids:
        known = _column(connection, select(memories.c.id).where(mine, memories.c.id.in_(scope.memory_ids)))
        said = _sources(connection, _column(connection, select(memories.c.id).where(memories.c.id.in_(known), ~DERIVED)))
    else:
        known = _column(connection, select(memories.c.id).where(mine, *_notes(scope)))
        query = select(messages.c.id).join(conversations, conversations.c.id == messages.c.conversation_id)
        said = _column(connection, query.where(spoken, *_messages(connection, persona_id, scope)))
        if not scope.everything and scope.subject:
            said = [*said, *_sources(connection, known)]
    learnt = select(memory_sources.c.memory_id).join(memories, memories.c.id == memory_sources.c.memory_id)
    known = [*known, *_column(connection, learnt.where(mine, ~DERIVED, memory_sources.c.message_id.in_(said)))]
    return Covered(tuple(dict.fromkeys(known)), tuple(dict.fromkeys(said)))


def _notes(scope: Scope) -> list[ColumnElement[bool]]:
    narrowed = _period(memories.c.said_at, scope)
    if narrowed:  # a pattern is about more than a period
        narrowed.append(~DERIVED)
    if scope.words and not scope.everything:
        whole = memories.c.text + " " + memories.c.subject + " " + memories.c.attribute + " " + func.coalesce(memories.c.value, "")
        narrowed += _each_word(whole, scope.words)
    if scope.subject and not scope.everything:
        narrowed.append(memories.c.subject == scope.subject)
    if scope.conversation_id and not scope.everything:
        here = select(memory_sources.c.memory_id).join(messages, messages.c.id == memory_sources.c.message_id)
        narrowed.append(memories.c.id.in_(here.where(messages.c.conversation_id == scope.conversation_id)))
    return narrowed


def _messages(connection: Connection, persona_id: str, scope: Scope) -> list[ColumnElement[bool]]:
    narrowed = _period(messages.c.created_at, scope)
    if scope.everything:
        return narrowed
    if scope.words:
        narrowed += _each_word(messages.c.text, scope.words)
    if scope.subject:
        named = (memories.c.persona_id == persona_id) & (memories.c.subject == scope.subject) & (memories.c.attribute == "name")
        names = [name for name in _column(connection, select(memories.c.value).where(named)) if name]
        narrowed.append(or_(*(_holds(messages.c.text, name) for name in names)) if names else messages.c.id == "")
    if scope.conversation_id:
        narrowed.append(messages.c.conversation_id == scope.conversation_id)
    return narrowed


def _period(column: Any, scope: Scope) -> list[ColumnElement[bool]]:
    if scope.everything:
        return []
    since = [column >= scope.since] if scope.since else []
    return since + ([column < scope.until] if scope.until else [])


def _each_word(column: Any, words: str) -> list[ColumnElement[bool]]:
    return [_holds(column, word) for word in words.split()]


def _holds(column: Any, word: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = func.casefold(column).contains(word.casefold(), autoescape=True)
    return found


def _sources(connection: Connection, known: list[str]) -> list[str]:
    query = select(messages.c.id).join(memory_sources, memory_sources.c.message_id == messages.c.id)
    return _column(connection, query.where(memory_sources.c.memory_id.in_(known), messages.c.text != ""))


def _column(connection: Connection, query: Any) -> list[str]:
    return list(connection.execute(query).scalars())
