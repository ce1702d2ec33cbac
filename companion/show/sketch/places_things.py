"""Small things that many places have: lamps, cups, books, plants, a cat. Each stands with its foot at the point that is named."""

import math

from companion.show.sketch.places_canvas import Canvas, smooth
from companion.show.sketch.strokes import darker, lighter, mix


def pendant(c: Canvas, x: float, length: float, *, size: float = 1.0, cone: bool = False) -> None:
    """A lamp that hangs from above, with its light, and where there is smoke or steam with its cone."""
    shade = c.accent(0)
    wide, high = 56 * size, 50 * size
    c.line(f"M{x} 0V{length}", c.ink("iron"), 2.5)
    burning = c.air.lamps
    if cone and burning > 0.05:
        top, foot = length + high, length + high + 430 * size
        corners = [(x - wide * 0.9, top), (x + wide * 0.9, top), (x + wide * 2.3, foot), (x - wide * 2.3, foot)]
        c.outline(corners, c.air.glow, alpha=0.16 * burning)
    c.halo(x, length + high + 6, (140 if cone else 200) * size, c.air.warmth, 0.46 * burning, rings=4 if cone else 5)
    c.disc(x, length + high, 17 * size, c.burning("paper"))
    with c.moved(x, length, size):
        c.shape("M-9 0H9C14 22 56 18 56 50H-56C-56 18 -14 22 -9 0Z", mix(shade, c.air.glow, 0.16 * burning))
        c.box(-56, 46, 112, 5, mix(shade, c.air.glow, 0.5 * burning), round=2)


def cup(
    c: Canvas, x: float, y: float, fill: str, *, size: float = 1.0, steam: bool = True, saucer: bool = True, flip: bool = False
) -> None:
    """A cup of something warm."""
    with c.moved(x, y, size, flip=flip):
        if saucer:
            c.oval(0, 0, 52, 9, c.ink("paper", dark=0.16))
            c.oval(0, -3, 50, 8, c.ink("paper"))
        c.line("M28 -46C56 -50 56 -14 24 -16", darker(fill, 0.10), 8)
        c.shape("M-33 -60H33C33 -26 26 -4 14 -3H-14C-26 -4 -33 -26 -33 -60Z", fill)
        c.shape("M6 -60H33C33 -26 26 -4 14 -3H4C14 -16 10 -40 6 -60Z", darker(fill, 0.12))
        c.oval(0, -60, 33, 7, lighter(fill, 0.3))
        c.oval(0, -59, 27, 5, c.ink("coffee"))
        if steam:
            wisps(c, 0, -72)


def wisps(c: Canvas, x: float, y: float, size: float = 1.0) -> None:
    """Steam."""
    for dx, high, alpha in ((-9, 58, 0.34), (9, 74, 0.26)):
        a = x + dx * size
        h = high * size
        c.line(
            f"M{a:.1f} {y:.1f}C{a + 13 * size:.1f} {y - h * 0.33:.1f} {a - 13 * size:.1f} {y - h * 0.62:.1f} {a + 5 * size:.1f}"
            f" {y - h:.1f}",
            c.ink("paper"),
            5 * size,
            alpha=alpha,
        )


def books(c: Canvas, x: float, y: float, width: float, high: float) -> None:
    """A row of books of her colours and others, one of them leaning where there is room."""
    names, at, end = ("book_1", "book_2", "book_3", "book_4", "paper"), x, x + width
    while at < end - 10:
        thick, tall = c.dice.uniform(11, 24), high * c.dice.uniform(0.66, 1.0)
        if at + thick > end:
            break
        if c.dice.random() < 0.09:  # a gap
            at += c.dice.uniform(10, 22)
            continue
        roll = c.dice.random()
        fill = c.accent(c.dice.randrange(3), dark=0.06) if roll < 0.3 else c.ink(c.dice.choice(names))
        if c.dice.random() < 0.10 and at + thick + 26 < end:
            with c.moved(at + 20, y, turn=-14):
                _book(c, 0, 0, thick, tall * 0.92, fill)
            at += thick + 24
            continue
        _book(c, at, y, thick, tall, fill)
        at += thick + 1.5


def _book(c: Canvas, x: float, y: float, thick: float, tall: float, fill: str) -> None:
    c.box(x, y - tall, thick, tall, fill, round=1.5)
    band = mix(fill, c.ink("paper"), 0.4)
    if c.dice.random() < 0.5:
        c.box(x, y - tall + tall * 0.14, thick, 3.5, band)
    if c.dice.random() < 0.4:
        c.box(x, y - tall * 0.22, thick, 3, band)


def pot(c: Canvas, x: float, y: float, size: float = 1.0, fill: str | None = None) -> None:
    """A flower pot."""
    fill = fill or c.ink("clay")
    with c.moved(x, y, size):
        c.shape("M-26 -46H26L19 0H-19Z", fill)
        c.shape("M8 -46H26L19 0H8Z", darker(fill, 0.12))
        c.box(-30, -58, 60, 15, lighter(fill, 0.08), round=3)


def herb(c: Canvas, x: float, y: float, size: float = 1.0, fill: str | None = None) -> None:
    """A bushy plant in a pot."""
    with c.moved(x, y, size):
        for angle, reach in ((-62, 62), (-38, 84), (-14, 98), (12, 92), (36, 80), (60, 60)):
            long = reach * c.dice.uniform(0.85, 1.12)
            with c.moved(0, -54, turn=angle + c.dice.uniform(-6, 6)):
                leaf(c, 0, 0, long, c.ink("leaf", light=0.10) if angle > 0 else c.ink("leaf", dark=0.10))
    pot(c, x, y, size, fill)


def leaf(c: Canvas, x: float, y: float, long: float, fill: str, *, wide: float = 0.24) -> None:
    """A leaf that points upwards from its stem."""
    w = long * wide
    c.shape(
        f"M{x} {y}C{x - w * 1.3:.1f} {y - long * 0.35:.1f} {x - w:.1f} {y - long * 0.8:.1f} {x} {y - long:.1f}C{x + w:.1f}"
        f" {y - long * 0.8:.1f} {x + w * 1.3:.1f} {y - long * 0.35:.1f} {x} {y}Z",
        fill,
    )
    c.line(f"M{x} {y - long * 0.06:.1f}V{y - long * 0.78:.1f}", lighter(fill, 0.16), max(1.2, long * 0.016))


def ivy(c: Canvas, x: float, y: float, long: float, *, sway: float = 18) -> None:
    """A trailing plant: strands with small leaves."""
    for strand in range(3):
        reach = long * c.dice.uniform(0.55, 1.0)
        dx = (strand - 1) * 16
        points = [
            (x + dx * 0.4, y),
            (x + dx + sway * 0.5, y + reach * 0.35),
            (x + dx - sway * 0.3, y + reach * 0.7),
            (x + dx + sway * 0.2, y + reach),
        ]
        c.line(smooth(points), c.ink("leaf", dark=0.2), 2.5)
        for step in range(1, int(reach / 22)):
            share = step * 22 / reach
            side = 1 if step % 2 else -1
            px = x + dx + sway * (0.5 - share) * 0.6
            with c.moved(px, y + reach * share, turn=90 * side + 30 * side):
                leaf(c, 0, 0, 23, c.ink("leaf", light=0.08 * (step % 3)), wide=0.34)


def cat(c: Canvas, x: float, y: float, size: float = 1.0, *, flip: bool = False) -> None:
    """A cat that sits with its tail round its feet."""
    fur, stripe = c.ink("fur"), c.ink("fur", dark=0.34)
    with c.moved(x, y, size, flip=flip):
        c.line("M38 -10C84 -4 92 -40 74 -62", fur, 14)
        c.shape("M-34 0C-46 -54 -26 -92 -4 -96C26 -92 52 -50 48 0Z", fur)
        for high in (-30, -48, -66):
            c.line(f"M{46 + high * 0.12:.1f} {high}C{34 + high * 0.1:.1f} {high + 5} 26 {high + 3} 20 {high - 2}", stripe, 5)
        c.shape("M-40 -112L-38 -146L-16 -130H2L24 -146L26 -112C26 -86 8 -78 -7 -78C-22 -78 -40 -86 -40 -112Z", fur)
        c.line("M-14 -126V-114M-6 -128V-113M2 -126V-114", stripe, 4)
        c.line("M-26 -102C-24 -98 -18 -98 -16 -102M3 -102C5 -98 11 -98 13 -102", stripe, 3.5)
        c.shape("M-11 -95H-3L-7 -90Z", c.ink("clay"))
        c.line("M-20 0V-14M0 0V-14", stripe, 3)


def frame(c: Canvas, x: float, y: float, width: float, height: float) -> None:
    """A small picture on a wall: hills and a sun, in her colours."""
    c.box(x + 5, y + 7, width, height, c.ink("shade"), alpha=0.25)
    c.box(x, y, width, height, c.ink("wood", dark=0.2))
    c.box(x + 7, y + 7, width - 14, height - 14, c.ink("paper"))
    a, b, w, h = x + 15, y + 15, width - 30, height - 30
    c.box(a, b, w, h, c.accent(0, light=0.62))
    c.disc(a + w * c.dice.uniform(0.3, 0.7), b + h * 0.36, min(w, h) * 0.16, c.accent(2))
    c.shape(
        f"M{a} {b + h}V{b + h * 0.66:.1f}Q{a + w * 0.4:.1f} {b + h * 0.38:.1f} {a + w} {b + h * 0.72:.1f}V{b + h}Z", c.accent(0, light=0.2)
    )
    c.shape(f"M{a} {b + h}V{b + h * 0.82:.1f}Q{a + w * 0.7:.1f} {b + h * 0.6:.1f} {a + w} {b + h * 0.8:.1f}V{b + h}Z", c.accent(1))


def bulbs(c: Canvas, start: tuple[float, float], end: tuple[float, float], sag: float, count: int, *, lanterns: bool = False) -> None:
    """A string of bulbs, or of paper lanterns in her colours."""
    (x1, y1), (x2, y2) = start, end
    mid = ((x1 + x2) / 2, (y1 + y2) / 2 + sag * 2)
    c.line(f"M{x1} {y1}Q{mid[0]:.1f} {mid[1]:.1f} {x2} {y2}", c.ink("iron"), 2.2)
    burning = c.air.lamps
    for index in range(count):
        t = (index + 0.5) / count
        x = (1 - t) ** 2 * x1 + 2 * t * (1 - t) * mid[0] + t * t * x2
        y = (1 - t) ** 2 * y1 + 2 * t * (1 - t) * mid[1] + t * t * y2
        size = 17 if lanterns else 8
        c.halo(x, y + size + 4, size * 3.6, c.air.warmth, 0.36 * burning, rings=3)
        if lanterns:
            fill = c.lantern(index)
            c.oval(x, y + size + 4, size, size * 1.08, fill)
            c.oval(x, y + size + 4, size * 0.5, size * 1.08, mix(fill, c.air.sunlight, 0.16 + 0.3 * burning))
            c.box(x - 6, y + 1, 12, 4, c.ink("iron"), round=1)
            c.box(x - 6, y + size * 2 + 4, 12, 4, c.ink("iron"), round=1)
        else:
            c.box(x - 3.5, y, 7, 6, c.ink("iron"))
            c.disc(x, y + 12, size, c.burning("paper"))


def candle(c: Canvas, x: float, y: float, size: float = 1.0) -> None:
    """A candle in a glass; it burns when lamps do."""
    burning = c.air.lamps
    c.halo(x, y - 52 * size, 150 * size, c.air.warmth, 0.46 * burning)
    with c.moved(x, y, size):
        c.oval(0, -1, 26, 6, c.ink("shade"), alpha=0.3)
        c.shape("M-23 -56H23L18 -2H-18Z", c.accent(2, light=0.3), alpha=0.55)
        c.box(-12, -40, 24, 36, c.burning("paper"), round=3)
        if burning > 0.05:
            c.shape("M0 -82C12 -64 11 -48 0 -46C-11 -48 -12 -64 0 -82Z", c.raw("fire"))
            c.shape("M0 -70C6 -60 6 -51 0 -49C-6 -51 -6 -60 0 -70Z", c.air.sunlight)
        else:
            c.line("M0 -40V-48", c.ink("iron"), 2.5)
        c.line("M-23 -56L-18 -2M23 -56L18 -2", c.ink("paper"), 2, alpha=0.6)


def curtain(c: Canvas, x: float, y: float, width: float, height: float, fill: str, *, flip: bool = False) -> None:
    """A curtain that is drawn aside, gathered at two thirds."""
    with c.moved(x, y, flip=flip):
        w, h = width, height
        c.shape(
            f"M0 0H{w}C{w * 0.94:.1f} {h * 0.3:.1f} {w * 0.66:.1f} {h * 0.52:.1f} {w * 0.40:.1f} {h * 0.66:.1f}C{w * 0.5:.1f}"
            f" {h * 0.8:.1f} {w * 0.56:.1f} {h * 0.9:.1f} {w * 0.58:.1f} {h}H0Z",
            fill,
        )
        dark = darker(fill, 0.13)
        c.shape(
            f"M{w * 0.34:.1f} 0H{w * 0.54:.1f}C{w * 0.52:.1f} {h * 0.3:.1f} {w * 0.36:.1f} {h * 0.5:.1f} {w * 0.27:.1f}"
            f" {h * 0.64:.1f}C{w * 0.26:.1f} {h * 0.4:.1f} {w * 0.32:.1f} {h * 0.2:.1f} {w * 0.34:.1f} 0Z",
            dark,
        )
        c.shape(
            f"M{w * 0.08:.1f} 0H{w * 0.2:.1f}C{w * 0.2:.1f} {h * 0.3:.1f} {w * 0.16:.1f} {h * 0.5:.1f} {w * 0.15:.1f} {h * 0.64:.1f}"
            f"C{w * 0.1:.1f} {h * 0.4:.1f} {w * 0.08:.1f} {h * 0.2:.1f} {w * 0.08:.1f} 0Z",
            dark,
        )
        c.shape(
            f"M{w * 0.1:.1f} {h}C{w * 0.1:.1f} {h * 0.9:.1f} {w * 0.2:.1f} {h * 0.76:.1f} {w * 0.26:.1f} {h * 0.68:.1f}"
            f"C{w * 0.26:.1f} {h * 0.8:.1f} {w * 0.26:.1f} {h * 0.9:.1f} {w * 0.24:.1f} {h}Z",
            dark,
        )
        c.box(-2, h * 0.64, w * 0.44, 9, lighter(fill, 0.22), round=4)


def flower(c: Canvas, x: float, y: float, size: float, fill: str) -> None:
    """A flower with five petals."""
    turn = c.dice.uniform(0, math.tau)
    for petal in range(5):
        angle = turn + math.tau * petal / 5
        c.disc(x + math.cos(angle) * size * 0.62, y + math.sin(angle) * size * 0.62, size * 0.5, fill)
    c.disc(x, y, size * 0.36, c.ink("lemon"))
