"""What every drawing here is made of: colours that mix, lines, and limbs with two joints. SVG fragments as text.

Only numbers and `#RRGGBB` colours get into a fragment, never anybody's words; so nothing has to be escaped.
"""

import math
from typing import NamedTuple

INK = "#2B1D1A"  # lines that belong to no colour of hers


class Spot(NamedTuple):
    """A point of the drawing, in its own units: x to the right, y down."""

    x: float
    y: float


def num(value: float) -> str:
    """A number as SVG likes it, to a hundredth."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def mix(color: str, other: str, share: float) -> str:
    """`color` with a `share` in [0, 1] of `other`, both `#RRGGBB`."""
    pairs = ((int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def darker(color: str, share: float) -> str:
    """The colour in shadow: towards a warm black, not grey."""
    return mix(color, "#20141C", share)


def lighter(color: str, share: float) -> str:
    """The colour in light."""
    return mix(color, "#FFF8EC", share)


def brightness(color: str) -> float:
    """How bright a colour looks, in [0, 1] (the weights of ITU-R BT.601)."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def apart(color: str, other: str) -> float:
    """How far two colours are from each other, in [0, 1]: the mean difference of their parts."""
    return sum(abs(int(color[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (1, 3, 5)) / 765


def fill(d: str, color: str, *, opacity: float = 1.0, more: str = "") -> str:
    """A filled path; `more` are further attributes, such as a rim."""
    return f'<path d="{d}" fill="{color}"{_opacity("fill", opacity)}{more}/>'


def line(d: str, color: str, width: float, *, opacity: float = 1.0) -> str:
    """A drawn line with round ends."""
    return (
        f'<path d="{d}" fill="none" stroke="{color}" stroke-width="{num(width)}" stroke-linecap="round" '
        f'stroke-linejoin="round"{_opacity("stroke", opacity)}/>'
    )


def ellipse(x: float, y: float, rx: float, ry: float, color: str, *, opacity: float = 1.0) -> str:
    """A filled ellipse."""
    return f'<ellipse cx="{num(x)}" cy="{num(y)}" rx="{num(rx)}" ry="{num(ry)}" fill="{color}"{_opacity("fill", opacity)}/>'


def group(inner: str, transform: str = "") -> str:
    """Fragments that move together."""
    return f'<g transform="{transform}">{inner}</g>' if transform else inner


def at(spot: Spot, *, degrees: float = 0.0, mirrored: bool = False, scale: float = 1.0) -> str:
    """The transform that puts something drawn around the origin where it belongs."""
    turned = f" rotate({num(degrees)})" if degrees else ""
    sized = f" scale({num(-scale if mirrored else scale)} {num(scale)})" if mirrored or scale != 1 else ""
    return f"translate({num(spot.x)} {num(spot.y)}){turned}{sized}"


def tapered(start: Spot, end: Spot, from_radius: float, to_radius: float) -> str:
    """The outline of a limb's half: two circles and what lies between them, as path data."""
    length = math.dist(start, end)
    if length <= abs(from_radius - to_radius):  # one circle holds the other
        at_larger, radius = (start, from_radius) if from_radius > to_radius else (end, to_radius)
        return _circle(at_larger, radius)
    along = math.atan2(end.y - start.y, end.x - start.x)
    open_by = math.acos((from_radius - to_radius) / length)  # where the common tangents touch

    def touch(centre: Spot, radius: float, side: int) -> str:
        angle = along + side * open_by
        return f"{num(centre.x + radius * math.cos(angle))} {num(centre.y + radius * math.sin(angle))}"

    wide_end = int(open_by > math.pi / 2)  # which arc goes the long way round
    return (
        f"M{touch(start, from_radius, -1)}L{touch(end, to_radius, -1)}"
        f"A{num(to_radius)} {num(to_radius)} 0 {wide_end} 1 {touch(end, to_radius, 1)}"
        f"L{touch(start, from_radius, 1)}A{num(from_radius)} {num(from_radius)} 0 {wide_end ^ 1} 1 {touch(start, from_radius, -1)}Z"
    )


def between(start: Spot, end: Spot, share: float) -> Spot:
    """The point a share of the way from one to the other."""
    return Spot(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)


def bearing(start: Spot, end: Spot) -> float:
    """In which direction one lies from the other, in degrees; 0 is straight down, positive to the left."""
    return math.degrees(math.atan2(start.x - end.x, end.y - start.y))


def _circle(centre: Spot, radius: float) -> str:
    r = num(radius)
    return f"M{num(centre.x - radius)} {num(centre.y)}a{r} {r} 0 1 0 {num(2 * radius)} 0a{r} {r} 0 1 0 {num(-2 * radius)} 0Z"


def _opacity(what: str, opacity: float) -> str:
    # an element's own `opacity` would be a layer as large as the picture; that of its paint costs nothing
    return "" if opacity >= 1 else f' {what}-opacity="{num(opacity)}"'
