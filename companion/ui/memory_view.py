"""What the Memory tab shows, read in one go. Drawing it is left to others; reading changes nothing."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from companion.errors import NotFoundError
from companion.persona.library import Persona
from companion.remember.protocol import Query, Recollection
from companion.store.memory_records import Forgotten, Memory, MemoryKind
from companion.store.records import ConversationSummary, Message
from companion.ui.knowing import Knowledge
from companion.ui.outlook import Filters, Outlook, beginning_of, end_of

MOST_IN_PICTURES = 2000
MOST_SOURCES = 5
MOST_RECALLED = 8


@dataclass(frozen=True, slots=True)
class Source:
    """A message that a memory was learnt from, and whether it still stands where it was said."""

    message: Message
    title: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Detail:
    """One memory with where it comes from and what became of it."""

    memory: Memory
    sources: tuple[Source, ...]
    more_sources: int
    replaces: tuple[Memory, ...]
    replaced_by: Memory | None
    token: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows.

    Attributes:
        memories: that match.
        more: whether there are more of them.
        near: that do not hold the words searched for, but mean something close.
        recalled: what she would recall, when that was asked.
        replaces: the text of what a memory replaced, by its id.
    """

    memories: tuple[Memory, ...] = ()
    more: bool = False
    near: tuple[Memory, ...] = ()
    recalled: tuple[Recollection, ...] | None = None
    replaces: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MemoryView:
    """Everything but the card and the rows, which change more often."""

    outlook: Outlook
    now: datetime
    persona: Persona
    count: dict[str, int]
    subjects: tuple[str, ...]
    conversations: tuple[ConversationSummary, ...]
    bytes_used: int
    indexing: tuple[int, int] | None
    pending: tuple[Forgotten, ...]

    @property
    def name(self) -> str:
        """What the persona is called."""
        return self.persona.blueprint.identity.called

    @property
    def total(self) -> int:
        """How many memories stand."""
        return self.count.get("total", 0)


def look(known: Knowledge, outlook: Outlook) -> MemoryView:
    """Reads what surrounds the list.

    Raises:
        NotFoundError: the persona is not there.
    """
    persona_id = outlook.persona_id
    return MemoryView(
        outlook=outlook,
        now=known.clock(),
        persona=known.library.get(persona_id),
        count=known.memories.count(persona_id),
        subjects=known.memories.subjects(persona_id),
        conversations=known.conversations.list(persona_id),
        bytes_used=known.storage(persona_id),
        indexing=known.indexing(),
        pending=tuple(known.forgetting.pending(persona_id)),
    )


def listing(known: Knowledge, outlook: Outlook) -> Listing:
    """The rows: memories that match, or what would be recalled."""
    words = outlook.words.strip()
    if outlook.asking == "said":
        return Listing(recalled=_recalled(known, outlook) if words else ())
    found = matching(known, outlook, limit=outlook.shown + 1)
    memories = found[: outlook.shown]
    near: tuple[Memory, ...] = ()
    if words and outlook.filters == Filters():
        here = {memory.id for memory in memories}
        close = [one.id for one in _recalled(known, outlook) if one.kind != "turn" and one.id not in here]
        near = known.memories.of(close)
    return Listing(memories, len(found) > outlook.shown, near, None, _replaced(known, outlook))


def matching(known: Knowledge, outlook: Outlook, *, limit: int) -> tuple[Memory, ...]:
    """Memories that the filters and the words let through, the newest first."""
    chosen = outlook.filters
    kinds = (cast(MemoryKind, chosen.kind),) if chosen.kind else ()
    return known.memories.list(
        outlook.persona_id,
        kinds=kinds,
        subject=chosen.subject,
        state=chosen.state,
        conversation_id=chosen.conversation_id,
        since=beginning_of(chosen.since),
        until=end_of(chosen.until),
        pinned=True if chosen.pinned else None,
        words=outlook.words.strip() if outlook.asking == "find" else "",
        limit=limit,
    )


def detail(known: Knowledge, persona_id: str, memory_id: str) -> Detail | None:
    """One memory with its surroundings; None when it is no longer there."""
    memory = _find(known, persona_id, memory_id)
    if memory is None:
        return None
    replaces = tuple(
        one
        for one in known.memories.list(persona_id, subject=memory.subject, state="superseded")
        if one.superseded_by == memory.id and memory.slot
    )
    after = known.memories.of([memory.superseded_by]) if memory.superseded_by else ()
    pending = known.forgetting.pending(persona_id) if memory.forgotten_at else ()
    token = next((one.token for one in pending if memory_id in one.memories), "")
    sources = tuple(source for source_id in memory.sources[:MOST_SOURCES] if (source := _source(known, source_id)))
    return Detail(memory, sources, max(0, len(memory.sources) - MOST_SOURCES), replaces, after[0] if after else None, token)


def pictured(known: Knowledge, persona_id: str) -> tuple[Memory, ...]:
    """What the timeline and the map draw: the newest that stand, oldest first."""
    return known.memories.list(persona_id, limit=MOST_IN_PICTURES)[::-1]


def said(known: Knowledge, message_ids: Sequence[str]) -> dict[str, str]:
    """The words of messages, by their ids; what is gone or was forgotten is left out."""
    words: dict[str, str] = {}
    for message_id in message_ids:
        with suppress(NotFoundError):
            words[message_id] = known.conversations.message(message_id).text
    return {message_id: text for message_id, text in words.items() if text}


def _find(known: Knowledge, persona_id: str, memory_id: str) -> Memory | None:
    """A memory, also one that can still be remembered again."""
    if here := known.memories.of([memory_id]):
        return here[0]
    forgotten = known.memories.list(persona_id, state="forgotten", limit=MOST_IN_PICTURES)
    return next((one for one in forgotten if one.id == memory_id), None)


def _recalled(known: Knowledge, outlook: Outlook) -> tuple[Recollection, ...]:
    name = known.library.get(outlook.persona_id).blueprint.identity.called
    query = Query(outlook.persona_id, outlook.words.strip(), known.clock(), names=("", name), most=MOST_RECALLED)
    return tuple(known.remembers.recall(query))


def _replaced(known: Knowledge, outlook: Outlook) -> dict[str, str]:
    old: Sequence[Memory] = known.memories.list(outlook.persona_id, state="superseded", limit=MOST_IN_PICTURES)
    return {one.superseded_by: one.text for one in old if one.superseded_by}


def _source(known: Knowledge, message_id: str) -> Source | None:
    store = known.conversations
    try:
        message = store.message(message_id)
        title = store.get(message.conversation_id).title
        standing = any(one.id == message_id for one in store.path(message.conversation_id))
    except NotFoundError:
        return None
    return Source(message, title, standing and bool(message.text)) if message.text else None
