"""What the memory hands out and takes in: frozen, plain. Times are aware UTC; a slot says what competes."""

import re
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Literal, get_args

from companion.store.records import Role

MemoryKind = Literal["fact", "event", "pattern", "summary"]
Speaker = Literal["user", "persona", ""]
Extractor = Literal["", "rules", "model"]
MemoryState = Literal["standing", "in force", "superseded", "hidden", "forgotten", "all"]
KINDS: tuple[MemoryKind, ...] = get_args(MemoryKind)
MOST_PROBLEMS = 1000
STATES: tuple[MemoryState, ...] = get_args(MemoryState)
WHOLE: tuple[MemoryKind, ...] = ("pattern", "summary")  # kinds that are about all of their sources together, and stand only with all


@dataclass(frozen=True, slots=True)
class New:
    """Something to be remembered.

    Attributes:
        kind: an event or a fact stands while one of its sources does; a pattern or a summary only while all of them do.
        text: a note in the third person, without a leading capital or a full stop: "their sister is called Anna".
        said_at: when it was said.
        subject, attribute, value: of whom, what, and which, where it has one: "sister", "name", "Anna".
        slot: from `slot_of`; empty for what competes with nothing.
        denies: it says that the slot's value no longer holds.
        holds_from, holds_until: the time it speaks of, where it says one.
        importance: 0 to 1.
        sources: ids of the messages it was learnt from.
        extractor: who read it out of them. What a model read replaces only what a model read.
    """

    kind: MemoryKind
    text: str
    _: KW_ONLY
    said_at: datetime
    subject: str = ""
    attribute: str = ""
    value: str | None = None
    slot: str = ""
    denies: bool = False
    holds_from: datetime | None = None
    holds_until: datetime | None = None
    importance: float = 0.5
    sources: tuple[str, ...] = ()
    extractor: Extractor = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """One memory, with all that is known about it. The first part is as in `New`.

    Attributes:
        strength: stability of its forgetting curve, in days (`strength.py`).
        recalls: how often it was recalled, last at `recalled_at`.
        by_hand: written by a person; it stands without sources.
        forgotten_at: set while its forgetting can be undone.
        sources: ids of the messages it was learnt from, oldest first, standing or not.
        stands: not forgotten, and enough of its sources stand.
        in_force: it stands, and nothing has replaced or ended it.
        in_force_until: when that was or will be replaced or ended; None while open.
        superseded_by: id of the memory that replaced it.
    """

    id: str
    persona_id: str
    kind: MemoryKind
    text: str
    subject: str
    attribute: str
    value: str | None
    slot: str
    denies: bool
    said_at: datetime
    holds_from: datetime | None
    holds_until: datetime | None
    importance: float
    strength: float
    recalls: int
    recalled_at: datetime | None
    pinned: bool
    hidden: bool
    by_hand: bool
    extractor: Extractor
    created_at: datetime
    edited_at: datetime | None
    forgotten_at: datetime | None
    sources: tuple[str, ...]
    stands: bool
    in_force: bool
    in_force_until: datetime | None
    superseded_by: str | None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten in one go: ids, and the token that takes it back until it is final."""

    token: str
    memories: tuple[str, ...]
    messages: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of reading lines: how many were added, how many were there already, and (line number, what is wrong).

    Attributes:
        unnamed: how many further lines could not be read, beyond the first `MOST_PROBLEMS`.
    """

    added: int
    skipped: int
    problems: tuple[tuple[int, str], ...]
    unnamed: int = 0


@dataclass(slots=True)
class Problems:
    """Lines that could not be read; the first of them by their numbers, so that a file of nothing else fills no memory."""

    named: list[tuple[int, str]] = field(default_factory=list)
    unnamed: int = 0

    def add(self, number: int, problem: str) -> None:
        """Takes one down."""
        if len(self.named) < MOST_PROBLEMS:
            self.named.append((number, problem))
        else:
            self.unnamed += 1

    def told(self, added: int, skipped: int) -> Imported:
        """With what could be read."""
        return Imported(added, skipped, tuple(sorted(self.named)), self.unnamed)


@dataclass(frozen=True, slots=True)
class Unlearned:
    """A standing message that nothing was learnt from yet. `asked` is what it answers: the text before it."""

    id: str
    conversation_id: str
    persona_id: str
    role: Role
    text: str
    created_at: datetime
    asked: str


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A text without a vector.

    Attributes:
        speaker: who said it; empty for a memory.
        before: speaker and text of the two messages above it in the same sitting, oldest first.
    """

    item_id: str
    persona_id: str
    text: str
    speaker: Speaker
    before: tuple[tuple[Speaker, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stale:
    """A vector whose text is gone or another."""

    item_id: str
    persona_id: str


def slot_of(subject: str, attribute: str, value: str | None = None) -> str:
    """What a memory competes for.

    Args:
        value: given for an attribute that can have many values at once, each of which is a slot of its own.
    """
    parts = (subject, attribute) if value is None else (subject, attribute, normalised(value))
    return "|".join(parts)


def normalised(value: str | None) -> str:
    """A value as it is compared: any case, without punctuation and articles."""
    words = re.sub(r"[^\w\s]", " ", (value or "").casefold()).split()
    return " ".join([word for word in words if word not in ("a", "an", "the")] or words)
