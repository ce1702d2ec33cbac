"""What is far away: sky, sun, moon, stars, clouds, hills, and the light that falls through the air."""

from companion.show.sketch.places_canvas import WIDTH, Canvas, between, smooth
from companion.show.sketch.strokes import darker, lighter, mix

STARS = 46
STEPS = 22  # of a sky; fewer show as stripes, more cost time


def sky(c: Canvas, bottom: float, *, sun: tuple[float, float], moon: tuple[float, float], cloudy: tuple[float, float]) -> None:
    """The sky down to a horizon, with what stands in it.

    Args:
        sun: where it is low, at dawn and dusk; by day it stands higher.
        moon: where it is; no cloud is before it.
        cloudy: from which height to which there may be clouds.
    """
    air = c.air
    c.bands(0, 0, WIDTH, bottom, air.sky, STEPS)
    _stars(c, bottom * 0.8)
    if air.sun:
        x, y = sun if air.time != "day" else (sun[0] + 30, 170)
        size = 62 if air.time != "day" else 46
        color = c.air.sunlight
        c.halo(x, y, size * 3.4, color, 0.34, rings=4)
        c.disc(x, y, size, color)
    _clouds(c, *cloudy)
    if air.moon:
        _moon(c, *moon)


def _stars(c: Canvas, bottom: float) -> None:
    for _ in range(round(STARS * c.air.stars)):
        x, y, size = c.weather.uniform(10, 790), c.weather.random() ** 1.3 * bottom, c.weather.choice((1.4, 1.4, 2.0, 2.8))
        c.disc(x, y, size, c.air.starlight, alpha=c.weather.uniform(0.45, 0.95))
    if c.air.stars > 0.9:
        for _ in range(3):  # a few that twinkle
            x, y, size = c.weather.uniform(40, 760), c.weather.uniform(30, bottom * 0.5), c.weather.uniform(5, 8)
            c.shape(
                f"M{x:.1f} {y - size:.1f}Q{x:.1f} {y:.1f} {x + size:.1f} {y:.1f}Q{x:.1f} {y:.1f} {x:.1f} {y + size:.1f}"
                f"Q{x:.1f} {y:.1f} {x - size:.1f} {y:.1f}Q{x:.1f} {y:.1f} {x:.1f} {y - size:.1f}Z",
                c.air.starlight,
            )


def _moon(c: Canvas, x: float, y: float, size: float = 52) -> None:
    night = c.air.time in ("dusk", "night")
    color, sky_there = c.air.moonlight, between(c.air.sky, min(1.0, y / 600))
    if not night:  # by day it is as pale as a cloud
        c.disc(x, y, size * 0.8, lighter(sky_there, 0.55))
        return
    c.halo(x, y, size * 3.2, c.air.moonshade, 0.30, rings=4)
    c.disc(x, y, size, color)
    if c.weather.random() < 0.5:  # waxing: the dark part hides in the sky
        c.shape(
            f"M{x:.1f} {y - size - 1:.1f}A{size + 1:.1f} {size + 1:.1f} 0 0 0 {x:.1f} {y + size + 1:.1f}"
            f"A{size * 1.5:.1f} {size * 1.5:.1f} 0 0 1 {x:.1f} {y - size - 1:.1f}Z",
            mix(sky_there, c.air.moonshade, 0.12),
        )
    else:
        for dx, dy, r in ((-16, -12, 10), (14, 8, 13), (-8, 22, 7)):
            c.disc(x + dx, y + dy, r, darker(color, 0.16))


def _clouds(c: Canvas, top: float, bottom: float) -> None:
    """Long flat clouds that catch the light of the horizon; under a grey sky there are more of them."""
    grey = c.air.light == "overcast"
    count = 7 if grey else 4
    for index in range(count):
        y = top + (bottom - top) * (index + c.weather.uniform(0.1, 0.9)) / count
        side = c.weather.uniform(-90, 250) if index % 2 else c.weather.uniform(430, 720)
        there = between(c.air.sky, min(1.0, y / max(1.0, bottom * 1.25)))
        color = mix(there, c.air.sky[-1] if c.air.dark else "#FFFFFF", 0.2 if c.air.time == "night" else 0.36)
        _cloud(c, side, y, c.weather.uniform(130, 250), darker(color, 0.1) if grey else color)


def _cloud(c: Canvas, x: float, y: float, wide: float, color: str) -> None:
    """One cloud: a few soft bars, one upon the other."""
    high = max(15.0, wide * 0.09)
    shift, narrow = c.weather.uniform(0.12, 0.3), c.weather.uniform(0.4, 0.6)
    c.box(x, y, wide, high, color, round=high / 2)
    c.box(x + wide * shift, y - high * 0.85, wide * narrow, high, color, round=high / 2)
    if wide > 180:
        c.box(x + wide * (shift + 0.1), y - high * 1.6, wide * narrow * 0.5, high, color, round=high / 2)
    c.box(x + wide * (0.5 - shift), y + high * 0.8, wide * 0.62, high * 0.8, color, round=high * 0.4)


def hills(c: Canvas, y: float, high: float, color: str, *, foot: float, waves: int = 4) -> None:
    """A line of hills across the whole width, filled down to a foot."""
    points = [(-40.0, y)]
    for wave in range(waves + 1):
        points.append((-40 + 880 * (wave + 0.5) / (waves + 1), y - high * c.dice.uniform(0.25, 1.0)))
    points.append((840.0, y - high * 0.3))
    c.shape(smooth(points) + f"L840 {foot}L-40 {foot}Z", color)


def beams(c: Canvas, *, lamp: float = 0) -> None:
    """The light itself, where it is of a kind that one sees: low sun, a lamp near by, a spot, the moon.

    A spot comes from a lamp at that height. All stay narrow: what is translucent and large costs more time than all the rest of a place.
    """
    light = c.air.light
    if light == "golden" and c.air.time != "night":
        for top, foot, alpha in ((300, 150, 0.13), (560, 110, 0.11)):
            c.outline([(top, 0), (top + foot, 0), (top - 330, 780), (top - 330 - foot * 1.3, 780)], c.air.beam, alpha=alpha)
    elif light == "moon":
        for top, foot, alpha in ((350, 130, 0.09), (580, 80, 0.08)):
            c.outline([(top, 0), (top + foot, 0), (top - 300, 780), (top - 300 - foot * 1.3, 780)], c.air.beam, alpha=alpha)
    elif light == "spot":
        for spread, alpha in ((1.0, 0.14), (0.56, 0.14)):
            c.outline(
                [(400 - 40 * spread, lamp), (400 + 40 * spread, lamp), (400 + 270 * spread, 790), (400 - 270 * spread, 790)],
                c.air.beam,
                alpha=alpha,
            )
    elif light == "lamp":
        c.halo(400, 440, 250, c.air.warmth, 0.16 if c.air.dark else 0.24, rings=2)


def view(c: Canvas, x: float, y: float, width: float, height: float, *, arched: bool = False) -> None:
    """What one sees through a window: sky and, low in it, hills."""
    if arched:
        top = y + width / 2
        c.fade(f"M{x} {y + height}V{top}A{width / 2} {width / 2} 0 0 1 {x + width} {top}V{y + height}Z", c.air.sky)
    else:
        c.bands(x, y, width, height, c.air.sky, max(8, round(height / 16)))
    for _ in range(round(14 * c.air.stars)):
        c.disc(
            x + c.weather.uniform(0.08, 0.92) * width,
            y + height * c.weather.uniform(0.2, 0.6),
            c.weather.choice((1.3, 2)),
            c.air.starlight,
            alpha=0.8,
        )
    if c.air.moon:
        pale = c.air.time in ("dawn", "day")
        moon = lighter(between(c.air.sky, 0.3), 0.5) if pale else c.air.moonlight
        c.disc(x + width * 0.68, y + height * 0.27, min(width, height) * 0.13, moon)
    elif c.air.sun:
        color = c.air.sunlight
        c.disc(x + width * 0.66, y + height * (0.3 if c.air.time == "day" else 0.56), min(width, height) * 0.13, color)
    far, near = c.ink("leaf", far=0.62), c.ink("leaf", far=0.34, dark=0.08)
    base = y + height
    one, two = c.dice.uniform(0.16, 0.24), c.dice.uniform(0.2, 0.28)
    c.shape(
        f"M{x} {base}V{base - height * one:.1f}Q{x + width * 0.3:.1f} {base - height * (one + 0.16):.1f} {x + width}"
        f" {base - height * 0.15:.1f}V{base}Z",
        far,
    )
    c.shape(
        f"M{x} {base}V{base - height * 0.08:.1f}Q{x + width * 0.72:.1f} {base - height * two:.1f} {x + width} {base - height * 0.17:.1f}"
        f"V{base}Z",
        near,
    )
