"""Where the Memory tab is: what narrows the list, what is asked, what is chosen. Ids and small values only, as a page keeps them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from companion.store.memory_records import STATES, MemoryState

PAGE_MEMORIES = 12
FURTHER_MEMORIES = 48
Asking = Literal["find", "said"]
CardKind = Literal["memory", "new", "merge"]
Span = Literal["week", "month", "all"]
SPANS = get_args(Span)


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list; days are as a date field gives them: "2026-11-20", or empty."""

    kind: str = ""
    subject: str = ""
    state: MemoryState = "standing"
    conversation_id: str = ""
    since: str = ""
    until: str = ""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where the Memory tab is: ids and small values only.

    Attributes:
        open: the tab is being looked at.
        words: searched for, or what she would recall something for.
        shown: how many rows at most.
        chosen: the memory on the card.
        span: how far back her mood is drawn.
        day: the day whose messages are told there, "2026-11-20"; empty is the one that moved her most.
        seen: what was counted when it was drawn.
    """

    persona_id: str = ""
    open: bool = False
    asking: Asking = "find"
    words: str = ""
    filters: Filters = Filters()
    shown: int = PAGE_MEMORIES
    chosen: str = ""
    card: CardKind = "memory"
    span: Span = "month"
    day: str = ""
    seen: tuple[int, ...] = ()


def filters(values: dict[str, object]) -> Filters:
    """Filters from the fields of their form; what is no state, kind or day counts as not chosen."""
    text = {name: str(values.get(name) or "") for name in ("kind", "subject", "state", "conversation_id", "since", "until")}
    state: MemoryState = next((one for one in STATES if one == text["state"]), "standing")
    since, until = (day if beginning_of(day) else "" for day in (text["since"], text["until"]))
    return Filters(text["kind"], text["subject"], state, text["conversation_id"], since, until, bool(values.get("pinned")))


def with_words(outlook: Outlook, asking: str, words: str) -> Outlook:
    """The same place, asking for something."""
    return replace(outlook, asking="said" if asking == "said" else "find", words=words, shown=PAGE_MEMORIES)


def beginning_of(day: str) -> datetime | None:
    """When a day of a date field begins, on this machine's clock; None for an empty or an impossible one."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").astimezone().astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def end_of(day: str) -> datetime | None:
    """When the next day begins."""
    start = beginning_of(day)
    return None if start is None else start + timedelta(days=1)
