"""What a memory is, in words: its kind, when it holds, where it comes from. No markup: callers escape what they draw."""

from datetime import datetime

from companion.remember.protocol import Factors
from companion.store.memory_records import Memory
from companion.ui.words import counted

KINDS = {"fact": "fact", "event": "event", "pattern": "pattern", "summary": "chronicle", "turn": "said"}
MANY = {"fact": "Facts", "event": "Events", "pattern": "Patterns", "summary": "Chronicle"}
STATES = {
    "standing": "Everything",
    "in force": "In force",
    "superseded": "No longer in force",
    "hidden": "Hidden",
    "forgotten": "Forgotten, not for good",
    "all": "All, hidden ones too",
}
FACTORS = ("meaning", "words", "context", "time")


def sentence(note: str) -> str:
    """A note as a person would begin it: with a capital."""
    return note[:1].upper() + note[1:]


def date(moment: datetime, now: datetime, *, long: bool = False) -> str:
    """ "13 Nov", or "13 November"; the year only when it is another one. In local time."""
    moment, now = moment.astimezone(), now.astimezone()
    year = f" {moment.year}" if moment.year != now.year else ""
    return f"{moment.day} {moment:{'%B' if long else '%b'}}{year}"


def force(memory: Memory, now: datetime, *, long: bool = False) -> str:
    """When it holds: "since 13 Nov", "2 Sep to 13 Nov", "until 1 Dec"; of an event the day it speaks of,
    of an entry of the chronicle the days it sums up."""
    begins = memory.holds_from or memory.said_at
    ends = memory.said_at if memory.kind == "summary" else memory.in_force_until
    first, last = date(begins, now, long=long), date(ends, now, long=long) if ends else ""
    if not last:
        return first if memory.kind in ("event", "summary") else f"since {first}"
    if memory.kind == "event" and not memory.superseded_by and not memory.holds_from:
        return first
    return first if first == last else f"{first} to {last}"


def origin(memory: Memory) -> str:
    """Where it comes from, in a word or two."""
    count = len(memory.sources)
    if count == 0:
        return "by hand"
    return counted(count, "message")


def condition(memory: Memory) -> str:
    """What is out of the ordinary about it; empty when nothing is."""
    said = []
    if memory.forgotten_at:
        said.append("forgotten")
    elif not memory.stands:
        said.append("taken back")
    elif memory.hidden:
        said.append("hidden")
    elif not memory.in_force:
        said.append("no longer in force")
    if memory.pinned:
        said.append("pinned")
    return " · ".join(said)


def shares(factors: Factors) -> str:
    """ "meaning 44 %, words 31 %": the factors that count, as a sentence for who cannot see the bar."""
    values = [(name, getattr(factors, name)) for name in FACTORS]
    return ", ".join(f"{name} {100 * value:.0f} %" for name, value in values if value >= 0.005) or "no reason given"


def times(number: int) -> str:
    """ "never", "once", "twice", "5 times"."""
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number:,} times")
