"""Pleasure and arousal as a plane, dominance as a line under it, and emotions from step to step: SVG and a small table.

Where everything lies close together the plane is drawn larger, and its edges say which part it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from companion.affect import Mood
from companion.ui.mood_words import label, signed
from companion.ui.prose import attribute, escape

SIDE_PX, PAD_PX, TOP_PX = 300, 22, 16
REACHES = (0.3, 0.6, 1.0)  # half a side of the plane, from the closest look on
MOST_EMOTIONS = 6
LEAST_FELT = 0.01  # less would read 0.00
DOT_PX = 9


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the plane that is drawn: its middle, and how far it reaches from there."""

    pleasure: float
    arousal: float
    reach: float

    def place(self, pleasure: float, arousal: float) -> tuple[float, float]:
        """Where a mood lies, in pixels from the upper left."""
        inner = SIDE_PX - 2 * PAD_PX
        x = PAD_PX + inner * (pleasure - self.pleasure + self.reach) / (2 * self.reach)
        y = PAD_PX + inner * (self.arousal - arousal + self.reach) / (2 * self.reach)
        return round(x, 1), round(y, 1)


WHOLE = Window(0.0, 0.0, 1.0)


def window(moods: Sequence[Mood]) -> Window:
    """The closest look that holds all of them, and never beyond the plane."""
    spans = [(min(one[axis] for one in moods), max(one[axis] for one in moods)) for axis in (0, 1)]
    for reach in REACHES:
        if all(high - low <= 1.5 * reach for low, high in spans):
            break
    middle = [max(reach - 1, min(1 - reach, round((low + high) / 2, 2))) for low, high in spans]
    return Window(middle[0], middle[1], reach)


def plane(rest: Mood, path: Sequence[Mood]) -> str:
    """The path from where her mood rests, with a numbered dot for every step."""
    part = window((rest, *path)) if path else WHOLE
    points = [part.place(one.pleasure, one.arousal) for one in (rest, *path)]
    line = " ".join(f"{x},{y}" for x, y in points)
    dots = "".join(_dot(where, numbers, last=numbers[-1] == len(path)) for where, numbers in _together(points[1:]))
    x, y = points[0]
    below = y < SIDE_PX - 3 * PAD_PX
    home = f'<circle class="rest" cx="{x}" cy="{y}" r="6"/><text class="rest-name" x="{x}" y="{y + (20 if below else -12)}">rest</text>'
    says = f"Her mood at rest is {rest.words}" + (f"; after {len(path)}, {path[-1].words}" if path else "")
    return (
        f'<svg class="mood-path" viewBox="0 {TOP_PX} {SIDE_PX} {SIDE_PX - TOP_PX}" role="img" aria-label="{attribute(says)}">'
        f'{_ground(part)}<polyline class="line" points="{line}"/>{home}{dots}</svg>{_dominance(rest, path)}'
    )


def _ground(part: Window) -> str:
    low, high = PAD_PX, SIDE_PX - PAD_PX
    x, y = part.place(0, 0)
    lines = f'<rect class="edge" x="{low}" y="{low}" width="{high - low}" height="{high - low}" rx="14"/>'
    if low < x < high:
        lines += f'<line class="axis" x1="{x}" y1="{low}" x2="{x}" y2="{high}"/>'
    if low < y < high:
        lines += f'<line class="axis" x1="{low}" y1="{y}" x2="{high}" y2="{y}"/>'
    left, right = (signed(part.pleasure + side) for side in (-part.reach, part.reach))
    down, up = (signed(part.arousal + side) for side in (-part.reach, part.reach))
    foot = SIDE_PX - 6
    return (
        f'{lines}<text class="name" x="{low}" y="{foot}">unhappy {left}</text>'
        f'<text class="name" x="{high}" y="{foot}" text-anchor="end">happy {right}</text>'
        f'<g transform="rotate(-90 14 {high})"><text class="name" x="14" y="{high}">calm {down}</text></g>'
        f'<g transform="rotate(-90 14 {low})"><text class="name" x="14" y="{low}" text-anchor="end">stirred {up}</text></g>'
    )


def _together(points: Sequence[tuple[float, float]]) -> list[tuple[tuple[float, float], list[int]]]:
    """The steps by where they lie: those that would cover each other share a dot, which is where the last of them is."""
    shared: list[tuple[tuple[float, float], list[int]]] = []
    for number, (x, y) in enumerate(points, 1):
        near = next((at for at, ((x0, y0), _) in enumerate(shared) if abs(x - x0) < DOT_PX and abs(y - y0) < DOT_PX), None)
        shared.append(((x, y), [*(shared.pop(near)[1] if near is not None else ()), number]))
    return shared


def _dot(where: tuple[float, float], numbers: Sequence[int], *, last: bool) -> str:
    (x, y), words = where, _numbered(numbers)
    wide = 2 * DOT_PX + 5.5 * (len(words) - 1)
    return (
        f'<g class="step-dot{" last" if last else ""}"><rect x="{x - wide / 2:.1f}" y="{y - DOT_PX:.1f}" width="{wide:.1f}" '
        f'height="{2 * DOT_PX}" rx="{DOT_PX}"/><text x="{x}" y="{y + 3.6:.1f}" text-anchor="middle">{words}</text></g>'
    )


def _numbered(numbers: Sequence[int]) -> str:
    """Numbers in few signs: "2", "1–3", "1, 4"."""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(map(str, numbers)) if len(numbers) < 4 else f"{numbers[0]} … {numbers[-1]}"


def _dominance(rest: Mood, path: Sequence[Mood]) -> str:
    now = path[-1] if path else rest

    def at(value: float) -> str:
        return f"{50 + 50 * value:.1f}%"

    words = f"dominance {signed(now.dominance)}, {signed(rest.dominance)} at rest"
    return (
        f'<div class="lead" role="img" aria-label="{attribute(words)}" title="{attribute(words)}"><span>led</span>'
        f'<span class="lead-line"><i class="lead-rest" style="left:{at(rest.dominance)}"></i>'
        f'<i class="lead-now" style="left:{at(now.dominance)}"></i></span><span>leading</span></div>'
    )


def over_time(felt: Sequence[Mapping[str, float]]) -> str:
    """The emotions, strongest first, with a bar for every step."""
    peaks: dict[str, float] = {}
    for emotions in felt:
        for name, intensity in emotions.items():
            peaks[name] = max(peaks.get(name, 0.0), intensity)
    peaks = {name: peak for name, peak in peaks.items() if peak >= LEAST_FELT}
    names = sorted(peaks, key=lambda name: (-peaks[name], name))[:MOST_EMOTIONS]
    if not names:
        return '<p class="none">Nothing moved her enough to feel it.</p>'
    heads = "".join(f'<th scope="col">{number}</th>' for number in range(1, len(felt) + 1))
    rows = "".join(
        f'<tr><th scope="row">{escape(label(name))}</th>{"".join(_bar(emotions.get(name, 0.0)) for emotions in felt)}</tr>'
        for name in names
    )
    more = len(peaks) - len(names)
    told = f'<p class="quiet">and {more} fainter</p>' if more else ""
    return (
        '<table class="felt-over-time"><caption class="sr-only">How strongly she feels what, after each message</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>{told}"
    )


def _bar(intensity: float) -> str:
    tall = f'<i style="height:{max(4.0, 100 * intensity):.0f}%"></i>' if intensity else ""
    return f'<td title="{intensity:.2f}"><span class="tall">{tall}</span><span class="sr-only">{intensity:.2f}</span></td>'
