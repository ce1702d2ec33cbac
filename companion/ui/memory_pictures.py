"""Memories over time and by likeness: two pictures.

A point is a button that opens its memory; arrow keys go from point to point (`script/memory.js`). Lines are SVG and stretch,
words are HTML and do not, as in `speed.py`. Everything drawn also stands in the table.
"""

from collections.abc import Sequence
from datetime import date as Date

from companion.errors import CompanionError
from companion.store.memory_records import KINDS as ALL_KINDS
from companion.store.memory_records import Memory
from companion.store.records import shorten
from companion.ui.memory_view import MemoryView
from companion.ui.memory_words import KINDS, MANY, date, sentence
from companion.ui.prose import attribute, escape
from companion.ui.words import counted

COLUMNS = 48
MOST_HIGH = 6  # points above each other
MOST_ON_MAP = 600
LABEL_CHARS = 80


def timeline(view: MemoryView, memories: Sequence[Memory]) -> str:
    """When things were said: a point a memory, above its days.

    Args:
        memories: oldest first.
    """
    told = [one for one in memories if one.kind != "summary"]
    if not told:
        return ""
    first, today = told[0].said_at.astimezone().date(), view.now.astimezone().date()
    span = max(1, (today - first).days)
    columns: dict[int, list[Memory]] = {}
    for one in told:
        behind = (one.said_at.astimezone().date() - first).days
        columns.setdefault(min(COLUMNS - 1, max(0, behind) * COLUMNS // (span + 1)), []).append(one)
    drawn = "".join(_column(number, members, span, first, view) for number, members in sorted(columns.items()))
    days = span + 1
    return (
        f'<figure class="card over-days"><figcaption><strong>{counted(days, "day").capitalize()}</strong>'
        '<span class="quiet">what was said when</span></figcaption>'
        f'<div class="days" role="group" aria-label="Memories over {days:,} days">'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true"><path class="mark" d="M0 100H100"/></svg>'
        f'{drawn}</div><p class="plot-ends" aria-hidden="true"><span>{date(told[0].said_at, view.now)}</span><span>today</span></p>'
        "</figure>"
    )


def plane(view: MemoryView, memories: Sequence[Memory], positions: Sequence[tuple[str, float, float]]) -> str:
    """What is alike lies close together.

    Args:
        positions: id, x, y on any scale.
    """
    here = {one.id: one for one in memories[-MOST_ON_MAP:]}
    points = [(here[each], x, y) for each, x, y in positions if each in here]
    if len(points) < 3:
        return ""
    across, down = _scale([x for _, x, _ in points]), _scale([y for _, _, y in points])
    drawn = "".join(
        _point(one, f"left:{across(x):.1f}%;top:{100 - down(y):.1f}%", first=number == 0) for number, (one, x, y) in enumerate(points)
    )
    kinds = [kind for kind in ALL_KINDS if any(one.kind == kind for one, _, _ in points)]
    legend = "".join(f'<span class="of-{kind}">{MANY[kind].lower()}</span>' for kind in kinds)
    return (
        f'<figure class="card map"><figcaption><strong>What lies close together</strong></figcaption>'
        f'<div class="plane" role="group" aria-label="{counted(len(points), "memory", "memories").capitalize()} by likeness">{drawn}</div>'
        f'<p class="legend kinds" aria-hidden="true">{legend}</p></figure>'
    )


def no_plane(error: CompanionError) -> str:
    """Why there is no map."""
    return f'<p class="none card-hint">There is no map now. {escape(error.message)} {escape(error.hint)}</p>'


def _column(number: int, members: Sequence[Memory], span: int, first: Date, view: MemoryView) -> str:
    across = 100 * (number + 0.5) / COLUMNS
    most = MOST_HIGH if len(members) <= MOST_HIGH else MOST_HIGH - 1
    # The newest are drawn: those above a full column are counted, and a press shows them all.
    drawn = "".join(
        _point(one, f"left:{across:.2f}%;bottom:{100 * place / MOST_HIGH:.1f}%", first=False) for place, one in enumerate(members[-most:])
    )
    if len(members) > most:
        begins, ends = (Date.fromordinal(first.toordinal() + -(-n * (span + 1) // COLUMNS)) for n in (number, number + 1))
        drawn += (
            f'<button type="button" class="beyond" style="left:{across:.2f}%" data-act="period" data-since="{begins}" '
            f'data-until="{Date.fromordinal(max(ends.toordinal() - 1, begins.toordinal()))}" tabindex="-1" '
            f'aria-label="{len(members)} memories of these days">+{len(members) - most}</button>'
        )
    return drawn


def _point(memory: Memory, style: str, *, first: bool) -> str:
    label = attribute(f"{shorten(sentence(memory.text), LABEL_CHARS)} ({KINDS[memory.kind]})")
    past = "" if memory.in_force else " past"
    return (
        f'<button type="button" class="point of-{memory.kind}{past}" style="{style}" data-act="show" data-id="{memory.id}" '
        f'tabindex="{0 if first else -1}" aria-label="{label}" title="{label}"></button>'
    )


def _scale(values: Sequence[float]) -> "_Scale":
    return _Scale(min(values), max(values))


class _Scale:
    """Numbers onto 4 to 96."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._span = low, (high - low) or 1.0

    def __call__(self, value: float) -> float:
        return 4 + 92 * (value - self._low) / self._span
