"""Which turns the model still reads word for word, and a headline for one that it does not.

The choice depends on the path alone (and on the newest message, which is on the path by the next turn), and only ever
moves forward: replaying the path gives the same buffer, so everything above the newest message stays byte-identical
until ten turns leave at once. No language model is asked; a headline is the first sentence of what the user wrote.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SHED_TURNS = 10
HEADLINE_CHARS = 80
SENTENCE_END = re.compile(r"(?<=[.!?…])\s")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the active path.

    Attributes:
        at: in the user's local time, because its day is named.
        id: of the message, by which an entry of the chronicle knows it.
    """

    role: Literal["user", "persona"]
    text: str
    at: datetime
    id: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """A user's messages and the reply to them. The first one of a path may hold only her greeting.

    Attributes:
        asked: the user's first message.
    """

    messages: tuple[Turn, ...]
    asked: Turn | None


def rounds(path: Sequence[Turn]) -> tuple[Round, ...]:
    """Groups a path into rounds; messages without text (a reply that failed at once) are left out."""
    groups: list[list[Turn]] = []
    for turn in path:
        if not turn.text.strip():
            continue
        answered = bool(groups) and groups[-1][-1].role == "persona" and any(t.role == "user" for t in groups[-1])
        if not groups or (turn.role == "user" and answered):
            groups.append([])
        groups[-1].append(turn)
    return tuple(Round(tuple(group), next((turn for turn in group if turn.role == "user"), None)) for group in groups)


def first_kept(costs: Sequence[int], rooms: Sequence[int], *, most: int) -> tuple[int, int]:
    """Replays a path and says where its buffer begins.

    Args:
        costs: tokens of each round, oldest first.
        rooms: tokens the buffer may take when round i was being asked, one more than `costs`: the last is the newest message's.
        most: rounds kept word for word at most.

    Returns:
        Index of the first round that is kept, which never decreases as a path grows; and of the round that was being asked when
        rounds last left.
    """
    first, since, held = 0, 0, 0
    for end, room in enumerate(rooms):
        while first < end and (end - first > most or held > room):
            count = end - first
            leaving = SHED_TURNS if count > SHED_TURNS else max(1, count // 2)  # a few very long turns leave by halves
            held -= sum(costs[first : first + leaving])
            first, since = first + leaving, end
        if end < len(costs):
            held += costs[end]
    return first, since


def day_words(moment: datetime) -> str:
    """A day without its year: "9 October"."""
    return f"{moment.day} {moment:%B}"


def headline(turn: Turn, day: str) -> str:
    """One line on what the user said: `9 October: they said "first sentence, shortened"`."""
    words = SENTENCE_END.split(" ".join(turn.text.split()), maxsplit=1)[0].replace('"', "'")
    if len(words) > HEADLINE_CHARS:
        words = words[: HEADLINE_CHARS - 1].rsplit(" ", 1)[0].rstrip(" ,;:-") + "…"
    return f'{day}: they said "{words}"'


def newest_within(lines: Iterator[str], room: int, count: Callable[[str], int]) -> tuple[str, ...]:
    """Takes lines, newest first, while their tokens fit into `room`; returns them oldest first."""
    kept: list[str] = []
    for line in lines:
        room -= count(line)
        if room < 0:
            break
        kept.append(line)
    return tuple(reversed(kept))
