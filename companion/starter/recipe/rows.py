"""What a training row is made of: a conversation, and the turns that branch off it, as text."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from companion.starter.recipe.facts import Fact
from companion.starter.recipe.grammar import Entry
from companion.think.layout import NUMBERS, Now, render_found, render_now

UNITS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.5, "year": 366}


@dataclass(frozen=True, slots=True)
class Told:
    """A fact of the user that stands in the trunk, and the exchange (1-based) after which it does."""

    fact: Fact
    value: str
    after: int


class Asked(NamedTuple):
    """One turn by itself; `idea` is the reply found for it, with `GAP` for what the message says, or empty."""

    now: Now
    message: str
    reply: str
    idea: str = ""


@dataclass(frozen=True, slots=True)
class Tail:
    """One turn: branches off after `after` exchanges; `near` is what was found near its message. The rest is as in `Asked`."""

    after: int
    now: Now
    message: str
    reply: str
    idea: str = ""
    lesson: str = ""
    weight: float = 1.0  # of its reply's tokens in the loss
    near: tuple[str, ...] = ()


@dataclass
class Row:
    """A trunk and its tails, as text; `about_her` is the background that stands in `system`."""

    system: str
    greeting: str
    about_her: str
    exchanges: list[tuple[str, str]] = field(default_factory=list)
    tails: list[Tail] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    open: dict[int, tuple[Entry, dict[str, str]]] = field(default_factory=dict)  # exchange -> the entry whose `then` may follow


def said(reply: str) -> str:
    """A reply as she says it: first letter large."""
    return reply[:1].upper() + reply[1:]


def parse_gap(words: str) -> timedelta | None:
    """The stretch of time behind words such as "six weeks"; None for anything else."""
    match = re.fullmatch(r"(?:about |almost |over )?(an?|\d+|[a-z]+) (hour|day|week|month|year)s?", words.strip().lower())
    if not match:
        return None
    number, unit = match.groups()
    count = 1 if number in ("a", "an") else int(number) if number.isdigit() else NUMBERS.index(number) if number in NUMBERS else None
    return None if count is None else timedelta(days=UNITS[unit] * count, minutes=5)


def user_text(tail: Tail) -> str:
    """The newest user message as the product sends it."""
    return f"{render_now(tail.now)}\n{render_found(tail.near, tail.idea)}{tail.message}"
