"""Her mood over weeks: pleasure and arousal by day, the days on which the two came nearer, and the messages that moved her.

A day is its mean; a dot is a button that opens the day, and arrow keys go from day to day (`script/memory.js`). Lines are SVG and
stretch, words are HTML and do not, as in `speed.py`. Everything drawn also stands in a table. What moved her is shown in the words it
was said in, which lead to the chat, and with the memories that were learnt from them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Date
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean

from companion.affect import Felt, Mood
from companion.persona.blueprint import Blueprint
from companion.store.memory_records import Memory
from companion.store.records import shorten
from companion.ui.felt import present
from companion.ui.memory_view import MemoryView
from companion.ui.memory_words import date, sentence
from companion.ui.mood_words import feeling, moved, signed
from companion.ui.outlook import SPANS
from companion.ui.prose import attribute, escape
from companion.ui.words import counted

SPAN_DAYS = {"week": 7, "month": 30}
MOST_MOVES = 3  # messages of a day; they are told by how far they moved her
MOST_LEARNT = 3
QUOTE_CHARS, MEMORY_CHARS = 140, 60
STIRRED = 0.25  # of a mood's scale: a day that was moved so far is a peak and drawn larger
MOST_NAMES = 4  # of stages, written on the picture
NAMES = {"week": "Week", "month": "Month", "all": "All"}


@dataclass(frozen=True, slots=True)
class Move:
    """One message and what it did.

    Attributes:
        before: her mood just before it.
        words: what was said; empty where it was forgotten.
        learnt: memories that came of it.
    """

    felt: Felt
    before: Mood
    words: str = ""
    learnt: tuple[Memory, ...] = ()

    @property
    def far(self) -> float:
        """How far it moved her, on the plane of pleasure and arousal."""
        return moved(self.felt, self.before)


@dataclass(frozen=True, slots=True)
class Day:
    """One day in local time; `moves` in their order, at least one."""

    date: Date
    moves: tuple[Move, ...]

    @property
    def pleasure(self) -> float:
        """Its mean."""
        return fmean(one.felt.affect.mood.pleasure for one in self.moves)

    @property
    def arousal(self) -> float:
        """Its mean."""
        return fmean(one.felt.affect.mood.arousal for one in self.moves)

    @property
    def far(self) -> float:
        """How far the message moved her that moved her most."""
        return max(one.far for one in self.moves)

    @property
    def stage(self) -> str:
        """How near the two were at its end."""
        return self.moves[-1].felt.affect.bond.stage


def since(span: str, now: datetime) -> datetime | None:
    """When a span begins; None for all of it."""
    days = SPAN_DAYS.get(span)
    if days is None:
        return None
    local = now.astimezone()
    return (local - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)


def days(blueprint: Blueprint, history: Sequence[Felt], earlier: Felt | None = None) -> tuple[Day, ...]:
    """What was felt, by day.

    Args:
        history: oldest first.
        earlier: the last before it.
    """
    told: dict[Date, list[Move]] = {}
    for felt in history:
        at = felt.affect.at
        told.setdefault(at.astimezone().date(), []).append(Move(felt, present(blueprint, earlier, at).mood))
        earlier = felt
    return tuple(Day(day, tuple(moves)) for day, moves in sorted(told.items()))


def chosen_of(drawn: Sequence[Day], asked: str) -> Day | None:
    """The day asked for, else the one that moved her most."""
    here = next((day for day in drawn if day.date.isoformat() == asked), None)
    return here or max(drawn, key=lambda day: day.far, default=None)


def told(day: Day, words: Mapping[str, str], memories: Iterable[Memory]) -> Day:
    """A day with the words that moved her, and what was learnt from them.

    Args:
        words: of its messages, by their ids.
    """
    known = tuple(memories)
    moves = tuple(
        Move(one.felt, one.before, words.get(one.felt.message_id, ""), tuple(m for m in known if one.felt.message_id in m.sources))
        for one in day.moves
    )
    return Day(day.date, moves)


def weeks(view: MemoryView, drawn: Sequence[Day], chosen: Day | None) -> str:
    """The whole figure.

    Args:
        drawn: the days of the span, oldest first.
        chosen: one of them, with its words; None where there is none.
    """
    if not drawn and not view.total and view.outlook.span == SPANS[-1]:
        return ""
    told = _picture(view, drawn, chosen) + (_day(view, chosen) if chosen else "") + _table(view, drawn) if drawn else _nothing(view)
    return f'<figure class="card mood-weeks"><figcaption><strong>Mood over weeks</strong>{_picker(view)}</figcaption>{told}</figure>'


def _nothing(view: MemoryView) -> str:
    name = escape(view.name)
    if view.outlook.span in SPAN_DAYS:
        return f'<p class="none">Nothing moved {name} in these {SPAN_DAYS[view.outlook.span]} days.</p>'
    return f'<p class="none">Nothing has moved {name} yet. Each of your messages becomes a point here, with what it did.</p>'


def _picker(view: MemoryView) -> str:
    buttons = "".join(
        f'<button type="button" data-act="span" data-id="{one}" aria-pressed="{"true" if one == view.outlook.span else "false"}">'
        f"{NAMES[one]}</button>"
        for one in SPANS
    )
    return f'<span class="spans" role="group" aria-label="How far back">{buttons}</span>'


def _span(view: MemoryView, drawn: Sequence[Day]) -> tuple[Date, Date]:
    begins, today = since(view.outlook.span, view.now), view.now.astimezone().date()
    first = begins.date() if begins else drawn[0].date
    return first, max(today, drawn[-1].date)


def _picture(view: MemoryView, drawn: Sequence[Day], chosen: Day | None) -> str:
    first, last = _span(view, drawn)
    width, reach = max(1, (last - first).days), _reach(drawn)

    def across(day: Day) -> float:
        return 100 * (day.date - first).days / width

    def line(name: str) -> str:
        points = "L".join(f"{across(day):.2f} {_down(getattr(day, name), reach):.2f}" for day in drawn)
        return f'<path class="{name}" d="M{points}"/>'

    nearer = [after for day, after in pairwise(drawn) if after.stage and after.stage != day.stage]
    stages = "".join(f'<path class="stage" d="M{across(day):.2f} 0V100"/>' for day in nearer)
    names = "".join(_stage(day.stage, across(day)) for day in nearer[-MOST_NAMES:])
    tab_stop = chosen.date if chosen else drawn[-1].date
    dots = "".join(_dot(day, across(day), _down(day.pleasure, reach), view, chosen=day.date == tab_stop) for day in drawn)
    said = f"Pleasure and arousal over {counted(len(drawn), 'day')}; all of them are in the table below"
    end = "today" if last == view.now.astimezone().date() else date_of(last, view)
    return (
        f'<div class="mood-area" role="group" aria-label="{said}"><svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="mark" d="M0 50H100"/>{stages}{line("arousal")}{line("pleasure")}</svg>'
        f'<span class="mood-scale" aria-hidden="true">{signed(reach)}</span>'
        f'<span class="mood-scale low" aria-hidden="true">{signed(-reach)}</span>{names}{dots}{_labels(drawn[-1], reach)}</div>'
        f'<p class="plot-ends mood-ends" aria-hidden="true"><span>{date_of(first, view)}</span><span>{end}</span></p>'
    )


def _labels(newest: Day, reach: float) -> str:
    """The names of the lines at their ends, with where they are now."""
    pleasure, arousal = _apart(_down(newest.pleasure, reach), _down(newest.arousal, reach))
    return "".join(
        f'<span class="mood-name of-{name}" style="top:{top:.1f}%">{name} <b>{signed(value)}</b></span>'
        for name, top, value in (("pleasure", pleasure, newest.pleasure), ("arousal", arousal, newest.arousal))
    )


def _stage(name: str, across: float) -> str:
    side = "before" if across > 60 else "after"
    return f'<span class="mood-stage {side}" style="left:{across:.2f}%">{escape(name)}</span>'


def _dot(day: Day, across: float, down: float, view: MemoryView, *, chosen: bool) -> str:
    peak = " peak" if day.far >= STIRRED else ""
    figures = f"pleasure {signed(day.pleasure)}, arousal {signed(day.arousal)}"
    words = attribute(f"{date_of(day.date, view)}: {figures}, {counted(len(day.moves), 'message')}")
    return (
        f'<button type="button" class="point mood-day{peak}" style="left:{across:.2f}%;top:{down:.1f}%" data-act="day" '
        f'data-id="{day.date}" tabindex="{0 if chosen else -1}" aria-pressed="{"true" if chosen else "false"}" '
        f'aria-label="{words}" title="{words}"></button>'
    )


def _day(view: MemoryView, day: Day) -> str:
    ranked = sorted(day.moves, key=lambda one: -one.far)
    shown = sorted(ranked[:MOST_MOVES], key=lambda one: one.felt.affect.at)
    more = len(day.moves) - len(shown)
    rest = f'<p class="quiet">and {counted(more, "message")} that moved {escape(view.name)} less</p>' if more else ""
    return (
        f'<section class="mood-of-day" aria-labelledby="mood-day-title"><h3 id="mood-day-title">What moved {escape(view.name)} on '
        f"{date_of(day.date, view)}</h3><ul>{''.join(_move(one) for one in shown)}</ul>{rest}</section>"
    )


def _move(move: Move) -> str:
    affect, message_id = move.felt.affect, attribute(move.felt.message_id)
    pleasure, arousal = (getattr(affect.mood, name) - getattr(move.before, name) for name in ("pleasure", "arousal"))
    by = f"moved pleasure by {signed(pleasure)}, arousal by {signed(arousal)}"
    words = escape(shorten(move.words, QUOTE_CHARS))
    said = (
        f'<button type="button" class="row-open" data-act="source" data-id="{message_id}" title="Open in chat">“{words}”</button>'
        if words
        else '<span class="forgotten">These words were forgotten.</span>'
    )
    learnt = "".join(
        f'<button type="button" class="choice" data-act="show" data-id="{attribute(one.id)}">'
        f"{escape(shorten(sentence(one.text), MEMORY_CHARS))}</button>"
        for one in move.learnt[:MOST_LEARNT]
    )
    kept = f'<p class="mood-learnt"><span class="quiet">remembered</span>{learnt}</p>' if learnt else ""
    return f'<li>{said}<p class="quiet"><strong>{escape(feeling(affect))}</strong> · {by}</p>{kept}</li>'


def _table(view: MemoryView, drawn: Sequence[Day]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{date_of(day.date, view)}</th><td>{len(day.moves)}</td><td>{signed(day.pleasure)}</td>'
        f"<td>{signed(day.arousal)}</td><td>{escape(day.stage)}</td></tr>"
        for day in reversed(drawn)
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("day", "messages", "pleasure", "arousal", "stage"))
    return (
        '<details class="figures mood-figures"><summary>The figures</summary><p>Means of each day, on scales from −1 to 1: pleasure from '
        "unhappy to happy, arousal from calm to stirred.</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _reach(drawn: Sequence[Day]) -> float:
    """The end of the scale that is drawn, so that small moods can be told apart: 0.5, 0.75 or 1."""
    far = max(max(abs(day.pleasure), abs(day.arousal)) for day in drawn)
    return next((reach for reach in (0.5, 0.75) if far <= reach), 1.0)


def _down(value: float, reach: float) -> float:
    """Hundredths from the top, for a value from −reach to reach."""
    return 50 - 50 * max(-1.0, min(1.0, value / reach))


def _apart(one: float, other: float, least: float = 15.0) -> tuple[float, float]:
    """Two heights, moved away from each other until two labels fit."""
    gap = other - one
    if abs(gap) >= least:
        return one, other
    push = (least - abs(gap)) / 2
    return (one - push, other + push) if gap >= 0 else (one + push, other - push)


def date_of(day: Date, view: MemoryView) -> str:
    """ "13 November"; the year only when it is another one."""
    return date(datetime(day.year, day.month, day.day, 12).astimezone(), view.now, long=True)
