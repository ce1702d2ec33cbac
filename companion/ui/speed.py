"""How fast she answers over a conversation, as a panel: when each first word came, and how many guesses stood.

Drawn here as SVG, whose lines stretch with the panel while its words, which are HTML, do not. Nothing is fetched and no
script runs; the same figures stand below as a table. What one reply took is told by `latency.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from companion.events import Trace
from companion.ui.latency import GOAL_MS
from companion.ui.prose import escape
from companion.ui.view import View
from companion.ui.words import counted, percent, seconds

MOST_REPLIES = 60  # more points than this touch each other on a phone
LABEL = 19.0  # height of a line of words, in hundredths of the picture's


@dataclass(frozen=True, slots=True)
class Series:
    """One line of the picture.

    Attributes:
        values: one a reply, oldest first; None where there is none.
        top: the value at the upper edge; larger ones are drawn there. The lower edge is 0.
        words: a value in words.
        mark: a value to draw a dashed line at, and what it says.
    """

    name: str
    values: Sequence[float | None]
    top: float
    words: Callable[[float], str]
    mark: tuple[float, str]


def panel(view: View) -> str:
    """What the panel shows."""
    name = escape(view.persona.blueprint.identity.called)
    head = (
        f'<div class="panel-head"><h2 id="speed-heading">How fast {name} answers</h2>'
        '<button type="button" class="pill" popovertarget="speed-panel" popovertargetaction="hide">Done</button></div>'
    )
    traces = view.traces
    if not traces:
        return f'{head}<p class="none">Nothing has been timed here yet. Write to {name}, and each reply becomes a point.</p>'
    shown, first = traces[-MOST_REPLIES:], max(1, len(traces) - MOST_REPLIES + 1)
    pictures = plot(_first_words(shown), first) + _guesses(shown, first)
    return f'{head}<p class="quiet">{_summary(traces)}</p>{pictures}{_table(shown, first)}'


def _summary(traces: Sequence[Trace]) -> str:
    waits = [trace.first_token_ms or 0.0 for trace in traces]
    if len(waits) == 1:
        return f"One reply so far. Its first word came after {seconds(waits[0])}."
    words = f"{counted(len(waits), 'reply', 'replies').capitalize()}. Half of them began within {seconds(median(waits))}"
    drafted, accepted = sum(one.drafted_tokens for one in traces), sum(one.accepted_tokens for one in traces)
    return words + (f", and {percent(accepted / drafted)} of what was guessed ahead stood." if drafted else ".")


def _first_words(traces: Sequence[Trace]) -> Series:
    waits = [trace.first_token_ms or 0.0 for trace in traces]
    # One slow beginning, when the model was loaded, does not press all the others to the ground.
    top = 1.15 * max(GOAL_MS, min(max(waits), max(2 * GOAL_MS, 3 * median(waits))))
    return Series("first word", waits, top, seconds, (GOAL_MS, f"goal {seconds(GOAL_MS)}"))


def _guesses(traces: Sequence[Trace], first: int) -> str:
    shares = [_share(trace) for trace in traces]
    if any(share is not None for share in shares):
        return plot(Series("guesses that stood", shares, 1.0, percent, (1.0, "all")), first)
    why = f" {escape(traces[-1].plain[:1].upper() + traces[-1].plain[1:])}." if traces[-1].plain else ""
    return f'<p class="quiet unguessed">Nothing was guessed ahead in these replies.{why}</p>'


def _share(trace: Trace) -> float | None:
    return trace.accepted_tokens / trace.drafted_tokens if trace.drafted_tokens else None


def plot(series: Series, first: int) -> str:
    """One line as a picture.

    Args:
        first: number of the reply that is the first value; at least one value is there.
    """
    count = len(series.values)
    points = [(_across(i, count), _down(value, series.top)) for i, value in enumerate(series.values) if value is not None]
    newest = next(value for value in reversed(series.values) if value is not None)
    (x, y), level = points[-1], _down(series.mark[0], series.top)
    beside = level  # unless the two labels would stand on each other
    if abs(level - y) < LABEL:
        beside = y + LABEL if level > y or y < LABEL else y - LABEL
    drawn = (
        f'<path class="mark" d="M0 {level:.2f}H100"/><path class="line" d="{_line(series)}"/>'
        f'<path class="dots" d="{"".join(f"M{x:.2f} {y:.2f}h0" for x, y in points)}"/><path class="dots newest" d="M{x:.2f} {y:.2f}h0"/>'
    )
    last = f"reply {first + count - 1}" if count > 1 else ""
    return (
        f'<figure class="plot"><figcaption>{series.name}</figcaption><div class="plot-area" role="img" '
        f'aria-label="{series.name}, newest {series.words(newest)}; all of them are in the table below">'
        f'<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>{_beyond(series)}'
        f'<strong class="plot-newest" style="top:{y:.1f}%">{series.words(newest)}</strong>'
        f'<span class="plot-mark" style="top:{beside:.1f}%">{series.mark[1]}</span></div>'
        f'<p class="plot-ends" aria-hidden="true"><span>{f"reply {first}" if last else ""}</span><span>{last}</span></p></figure>'
    )


def _beyond(series: Series) -> str:
    """What the highest point would be if there were room; the newest says it anyway."""
    values = [value or 0.0 for value in series.values]
    highest = max(values)
    x = _across(values.index(highest), len(values))
    if highest <= series.top or x == 100:
        return ""
    side = "after" if x < 70 else "before"
    return f'<span class="plot-beyond {side}" style="left:{x:.1f}%">{series.words(highest)} ↑</span>'


def _line(series: Series) -> str:
    """The way through the points; it breaks off where there is none."""
    drawn, pen = "", "M"
    for i, value in enumerate(series.values):
        if value is None:
            pen = "M"
        else:
            drawn += f"{pen}{_across(i, len(series.values)):.2f} {_down(value, series.top):.2f}"
            pen = "L"
    return drawn


def _across(index: int, count: int) -> float:
    return 100 * index / (count - 1) if count > 1 else 100.0


def _down(value: float, top: float) -> float:
    return 100 * (1 - min(value, top) / top)


def _table(traces: Sequence[Trace], first: int) -> str:
    rows = "".join(
        f'<tr><th scope="row">{number}</th><td>{seconds(trace.first_token_ms or 0.0)}</td><td>{seconds(trace.total_ms)}</td>'
        f"<td>{f'{trace.accepted_tokens:,} of {trace.drafted_tokens:,}' if trace.drafted_tokens else 'none made'}</td></tr>"
        for number, trace in enumerate(traces, start=first)
    )
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("reply", "first word", "in all", "guesses that stood"))
    return (
        f'<details class="figures"><summary>The figures</summary><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></details>"
    )
