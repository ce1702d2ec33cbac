"""What places are drawn on: flat shapes on a grid of 800 × 1000, behind the figure or before it.

Every colour goes through the air of the place. Skies and halos are steps of flat colour: it is the look of these drawings, and resvg
fills flat colour five times as fast as a gradient. Nothing written here comes from a user but colours, and those are checked.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from companion.show.sketch.light import Air
from companion.show.sketch.strokes import darker, lighter, mix, num

WIDTH, HEIGHT = 800, 1000
PREFIX = "place-"
Points = Sequence[tuple[float, float]]


class Canvas:
    """A sheet with two layers.

    Args:
        colors: the colours of the scene by name, as they are at noon, each `#RRGGBB`.
        accents: colours that belong to her, at least one.
        seed: decides what is different from one place of a kind to the next.
        motifs: what else her own place has, by name ("cat", "guitar").
    """

    def __init__(self, air: Air, colors: Mapping[str, str], accents: Sequence[str], seed: str, motifs: frozenset[str]) -> None:
        self.air = air
        self.dice = random.Random(seed)
        self.weather = random.Random(f"{seed} weather")  # rolled for what comes and goes, so that the things stay where they are
        self.motifs = motifs
        self._colors = colors
        self._accents = accents
        self._behind: list[str] = []
        self._before: list[str] = []
        self._layer = self._behind
        self._ids = 0

    @property
    def layers(self) -> tuple[str, str]:
        """What lies behind the figure, and what before."""
        return "".join(self._behind), "".join(self._before)

    # colours

    def ink(self, name: str, *, far: float = 0.0, dark: float = 0.0, light: float = 0.0) -> str:
        """A colour of the scene as it is seen, darker or lighter by a share in [0, 1]."""
        return self._shade(self._colors[name], far, dark, light)

    def accent(self, index: int = 0, *, far: float = 0.0, dark: float = 0.0, light: float = 0.0) -> str:
        """One of her own colours as it is seen."""
        return self._shade(self._accents[index % len(self._accents)], far, dark, light)

    def raw(self, name: str) -> str:
        """A colour of the scene as it is, whatever the light: fire."""
        return self._colors[name]

    def burning(self, name: str, share: float | None = None) -> str:
        """A colour that shines by itself, by how much the lamps burn."""
        share = self.air.lamps if share is None else share
        return mix(self.ink(name), mix(self._colors[name], self.air.glow, 0.7), share)

    def lantern(self, index: int = 0) -> str:
        """One of her own colours with a lamp behind it."""
        return mix(self.accent(index), mix(self._accents[index % len(self._accents)], self.air.sunlight, 0.42), self.air.lamps)

    def _shade(self, color: str, far: float, dark: float, light: float) -> str:
        return self.air.seen(lighter(darker(color, dark), light), far)

    # layers

    @contextmanager
    def before(self) -> Iterator[None]:
        """What is drawn inside lies before the figure."""
        layer, self._layer = self._layer, self._before
        try:
            yield
        finally:
            self._layer = layer

    @contextmanager
    def moved(self, x: float, y: float, scale: float = 1.0, *, turn: float = 0.0, flip: bool = False) -> Iterator[None]:
        """What is drawn inside has its origin at (x, y), is scaled and turned by degrees, and mirrored if asked."""
        self._put(f'<g transform="translate({num(x)} {num(y)}) rotate({num(turn)}) scale({num(-scale if flip else scale)} {num(scale)})">')
        try:
            yield
        finally:
            self._put("</g>")

    # shapes

    def box(self, x: float, y: float, width: float, height: float, fill: str, *, round: float = 0, alpha: float = 1) -> None:
        """A rectangle."""
        corner = f' rx="{num(round)}"' if round else ""
        self._put(f'<rect x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"{corner} fill="{fill}"{_alpha(alpha)}/>')

    def disc(self, x: float, y: float, radius: float, fill: str, *, alpha: float = 1) -> None:
        """A circle."""
        self._put(f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}" fill="{fill}"{_alpha(alpha)}/>')

    def oval(self, x: float, y: float, wide: float, high: float, fill: str, *, alpha: float = 1, turn: float = 0) -> None:
        """An ellipse by its half axes."""
        turned = f' transform="rotate({num(turn)} {num(x)} {num(y)})"' if turn else ""
        self._put(f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(wide)}" ry="{num(high)}" fill="{fill}"{_alpha(alpha)}{turned}/>')

    def shape(self, path: str, fill: str, *, alpha: float = 1, at: tuple[float, float] = (0, 0)) -> None:
        """A filled path, with its origin at a point."""
        self._put(f'<path d="{path}" fill="{fill}"{_alpha(alpha)}{_at(at)}/>')

    def outline(self, points: Points, fill: str, *, alpha: float = 1) -> None:
        """A filled polygon."""
        self.shape("M" + "L".join(f"{num(x)} {num(y)}" for x, y in points) + "Z", fill, alpha=alpha)

    def line(self, path: str, color: str, width: float = 3, *, alpha: float = 1, at: tuple[float, float] = (0, 0)) -> None:
        """A drawn path with round ends and its origin at a point."""
        see = f' stroke-opacity="{num(alpha)}"' if alpha < 1 else ""
        pen = f'stroke="{color}" stroke-width="{num(width)}" stroke-linecap="round" stroke-linejoin="round"'
        self._put(f'<path d="{path}" fill="none" {pen}{see}{_at(at)}/>')

    def bands(self, x: float, y: float, width: float, height: float, colors: Sequence[str], steps: int) -> None:
        """A field of flat steps from the first colour, at the top, to the last."""
        deep = height / steps
        for step in range(steps):
            at = y + step * deep
            self.box(x, at, width, deep + (0.6 if step < steps - 1 else 0), between(colors, step / max(1, steps - 1)))

    def wall(self, bottom: float, name: str = "wall", *, lamp: float = 0.2) -> None:
        """A wall down to a height, warm where the lamps light it, at a share `lamp` in [0, 1] of its height."""
        plain = [self.ink(name, light=0.06), self.ink(name), self.ink(name, dark=0.06), self.ink(name, dark=0.1)]
        warm = (0.5 - lamp * 0.6, 0.42, 0.2, 0.06)
        lit = [mix(color, self.air.warmth, share * 0.62 * self.air.lamps * self.air.dark) for color, share in zip(plain, warm, strict=True)]
        self.bands(0, 0, WIDTH, bottom, lit, 16)

    def fade(self, path: str, colors: Sequence[str]) -> None:
        """A small shape with a gradient from top to bottom; slow over large areas."""
        self._ids += 1
        id = f"{PREFIX}{self._ids}"
        stops = "".join(f'<stop offset="{num(at / (len(colors) - 1))}" stop-color="{color}"/>' for at, color in enumerate(colors))
        self._put(f'<defs><linearGradient id="{id}" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient></defs>')
        self.shape(path, f"url(#{id})")

    def halo(self, x: float, y: float, radius: float, color: str, strength: float, *, rings: int = 4) -> None:
        """Light around a lamp: rings that grow brighter inwards."""
        if strength <= 0.01:
            return
        for ring in range(rings):
            self.disc(x, y, radius * (1 - ring / rings) ** 1.35, color, alpha=strength / rings * (0.4 + 2.0 * ring / rings))

    def blob(self, x: float, y: float, radius: float, fill: str, *, bumps: int = 7, alpha: float = 1) -> None:
        """A round, uneven shape, as the crown of a tree."""
        turn = self.dice.uniform(0, math.tau)
        ring = []
        for bump in range(bumps):
            angle, reach = turn + math.tau * bump / bumps, radius * self.dice.uniform(0.88, 1.08)
            ring.append((x + math.cos(angle) * reach, y + math.sin(angle) * reach))
        self.shape(smooth(ring, closed=True), fill, alpha=alpha)

    def _put(self, text: str) -> None:
        self._layer.append(text)


def between(colors: Sequence[str], at: float) -> str:
    """The colour at a place in [0, 1] between the first and the last."""
    whole = at * (len(colors) - 1)
    index = min(int(whole), len(colors) - 2)
    return mix(colors[index], colors[index + 1], whole - index) if len(colors) > 1 else colors[0]


def smooth(points: Points, *, closed: bool = False) -> str:
    """A path of curves through points (Catmull and Rom 1974, as Bézier curves)."""
    count = len(points)

    def at(index: int) -> tuple[float, float]:
        return points[index % count] if closed else points[max(0, min(count - 1, index))]

    path = f"M{num(points[0][0])} {num(points[0][1])}"
    for index in range(count if closed else count - 1):
        before, start, end, after = at(index - 1), at(index), at(index + 1), at(index + 2)
        one = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        two = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        path += f"C{num(one[0])} {num(one[1])} {num(two[0])} {num(two[1])} {num(end[0])} {num(end[1])}"
    return path + "Z" if closed else path


def _alpha(alpha: float) -> str:
    return f' fill-opacity="{num(alpha)}"' if alpha < 1 else ""


def _at(point: tuple[float, float]) -> str:
    return f' transform="translate({num(point[0])} {num(point[1])})"' if any(point) else ""
