"""Places where people meet: a small cafe or bar, and a stage."""

import math

from companion.show.sketch.places_canvas import WIDTH, Canvas
from companion.show.sketch.places_sky import beams, view
from companion.show.sketch.places_things import candle, cup, leaf, pendant
from companion.show.sketch.strokes import darker, lighter, mix


def cafe(c: Canvas) -> None:
    """A small cafe or bar: tiles to shoulder height, bottles and cups on shelves, lamps over the counter, a window to the street."""
    c.wall(470)
    for x, length in ((160, 84), (400, 34), (640, 84)):
        pendant(c, x, length, size=0.9, cone=True)
    _azulejos(c, 470, 740)
    if "swallow" in c.motifs:
        _swallow(c, 634, 322, 1.1)
    else:
        _street_window(c, 574, 150)
    _bar_shelf(c, -10, 286, 258)
    _bar_shelf(c, -10, 420, 258)
    _counter(c, 742)
    if "guitar" in c.motifs or c.dice.random() < 0.35:
        _guitar(c, 690, 880)
    else:
        _machine(c, 690, 742)
    beams(c)
    with c.before():
        c.oval(400, 996, 600, 106, c.ink("table", dark=0.22))
        c.oval(400, 988, 600, 104, c.ink("table"))
        for x, y in ((60, 968), (210, 930), (540, 926), (640, 976)):
            c.line("M0 0q22 -9 44 2t40 2", c.ink("table", dark=0.1), 2.5, at=(x, y))
        cup(c, 134, 938, c.accent(0), size=1.15)
        if "napkins" in c.motifs:
            _napkins(c, 590, 946)
        candle(c, 684, 936, 1.15)


def _azulejos(c: Canvas, top: float, bottom: float) -> None:
    size = 64
    c.box(0, top, WIDTH, bottom - top, c.ink("tile"))
    blue, pale = mix(c.ink("blue"), c.accent(0), 0.5), mix(c.ink("blue"), c.ink("tile"), 0.62)
    for row in range(math.ceil((bottom - top) / size)):
        for column in range(math.ceil(WIDTH / size)):
            x, y = column * size + size / 2, top + row * size + size / 2
            if (row + column) % 2:
                c.shape("M0 -27Q5 -5 27 0Q5 5 0 27Q-5 5 -27 0Q-5 -5 0 -27Z", blue, at=(x, y))
                c.disc(x, y, 5, c.accent(2))
            else:
                c.shape(
                    "M-32 -32h22a22 22 0 0 1 -22 22ZM32 -32v22a22 22 0 0 1 -22 -22ZM32 32h-22a22 22 0 0 1 22 -22ZM-32 32v-22a22"
                    " 22 0 0 1 22 22Z",
                    pale,
                    at=(x, y),
                )
                c.line("M-13 0a13 13 0 1 0 26 0a13 13 0 1 0 -26 0", pale, 4, at=(x, y))
    grout = c.ink("tile", dark=0.12)
    c.line(
        "".join(f"M0 {top + row * size}H{WIDTH}" for row in range(1, 5))
        + "".join(f"M{x} {top}V{bottom}" for x in range(size, WIDTH, size)),
        grout,
        1.8,
    )
    c.box(0, top - 16, WIDTH, 18, blue)
    c.box(0, top - 11, WIDTH, 3, c.ink("tile"))


def _bar_shelf(c: Canvas, x: float, y: float, width: float) -> None:
    at = x + 24
    while at < x + width - 30:
        kind = c.dice.random()
        if kind < 0.6:
            fill = c.ink(c.dice.choice(("bottle_1", "bottle_2", "bottle_3"))) if c.dice.random() < 0.7 else c.accent(c.dice.randrange(3))
            tall = c.dice.uniform(0.72, 1.04)
            with c.moved(at, y, tall):
                c.shape("M0 0V-55C0 -70 8 -66 8 -80V-100H17V-80C17 -66 25 -70 25 -55V0Z", fill)
                c.box(3, -42, 19, 22, c.ink("paper"))
                c.box(7, -106, 11, 9, c.ink("iron"), round=2)
                c.box(3, -60, 3, 50, lighter(fill, 0.35), round=1.5)
            at += 25 * tall + 8
        else:
            for step in range(c.dice.randint(1, 3)):
                fill = c.accent(step, light=0.3)
                c.shape("M0 -30H38C38 -12 32 0 24 0H14C6 0 0 -12 0 -30Z", fill, at=(at, y - step * 26))
                c.line("M37 -25c13 -2 12 16 -3 15", fill, 4, at=(at, y - step * 26))
            at += 56
    c.box(x, y, width, 14, c.ink("shelf"))
    c.box(x, y, width, 4, c.ink("shelf", light=0.24))
    c.box(x, y + 14, width, 8, c.ink("shade"), alpha=0.16)


def _street_window(c: Canvas, x: float, y: float) -> None:
    c.box(x - 12, y - 12, 250, 294, c.ink("shelf"))
    view(c, x, y, 240, 270)
    far = c.ink("bar", far=0.55)
    for hx, top, wide in ((x, 168, 62), (x + 62, 118, 74), (x + 136, 150, 100)):
        c.box(hx, y + top, wide + 1, 270 - top, far)
        c.outline([(hx - 3, y + top + 1), (hx + wide / 2, y + top - 30), (hx + wide + 3, y + top + 1)], c.ink("bottle_3", far=0.5))
        for row in range(2):
            for column in range(2):
                lit = c.weather.random() < c.air.windows
                color = c.air.glow if lit else c.ink("shade", far=0.4)
                c.box(hx + wide * (0.22 + 0.36 * column), y + top + 18 + row * 40, wide * 0.17, 22, color)
    c.line("M112 0V270M0 96H240", c.ink("shelf"), 8, at=(x, y))
    c.box(x - 18, y + 270, 262, 16, c.ink("shelf", light=0.1))
    for px in (x + 36, x + 92):
        for turn in (-50, -22, 6, 34, 60):
            with c.moved(px, y + 240, turn=turn):
                leaf(c, 0, 0, c.dice.uniform(44, 62), c.ink("leaf", dark=0.1 if turn < 0 else 0.0))
        c.box(px - 19, y + 236, 38, 34, c.accent(1), round=5)


def _swallow(c: Canvas, x: float, y: float, size: float) -> None:
    blue = c.ink("swallow")
    dark = darker(blue, 0.3)
    c.disc(x, y - 6, 142, c.ink("wall", light=0.3))
    c.disc(x, y - 6, 130, c.ink("wall", light=0.42))
    with c.moved(x, y, size, turn=-16):
        c.shape("M-14 -6C-36 -40 -78 -66 -104 -70C-84 -40 -60 6 -18 20Z", dark)
        c.shape("M-6 -4C18 -44 62 -74 92 -80C76 -44 52 2 4 22Z", blue)
        c.shape(
            "M-62 66C-44 40 -28 14 -12 2C10 -12 36 -8 52 2L70 4L54 12C44 26 16 34 -8 32C-22 36 -34 48 -46 84C-50 74 -52"
            " 66 -50 60C-54 62 -58 64 -62 66Z",
            blue,
        )
        c.shape("M-10 30C10 34 40 28 52 13C38 14 14 16 -10 30Z", c.ink("paper"))
        c.shape("M34 -1C46 0 54 6 54 12C46 12 38 8 34 -1Z", c.ink("clay"))
        c.disc(44, -1, 2.6, c.ink("paper"))
    for turn in (-2.5, -2.1, -1.0, -0.6):
        c.disc(x + math.cos(turn) * 116, y - 6 + math.sin(turn) * 116, 4, c.ink("paper"))


def _counter(c: Canvas, y: float) -> None:
    c.box(0, y + 10, WIDTH, 270, c.ink("bar"))
    for x in range(-20, 820, 120):
        c.box(x + 10, y + 46, 100, 160, c.ink("bar", dark=0.12), round=4)
        c.box(x + 18, y + 54, 84, 144, c.ink("bar", light=0.05), round=3)
    c.box(-10, y - 6, 820, 24, c.ink("shelf", dark=0.1), round=3)
    c.box(-10, y - 6, 820, 7, c.ink("bar", light=0.32), round=3)


def _machine(c: Canvas, x: float, y: float) -> None:
    steel, dark = c.ink("stone", light=0.2), c.ink("stone", dark=0.24)
    y -= 6
    for index in range(3):
        c.box(x - 60 + index * 44, y - 158, 32, 22, c.accent(index, light=0.3), round=4)
    c.box(x - 86, y - 136, 190, 56, c.accent(0), round=9)
    c.box(x - 86, y - 104, 190, 24, c.accent(0, dark=0.16), round=6)
    c.box(x - 86, y - 140, 190, 10, steel, round=4)
    c.box(x - 78, y - 84, 174, 62, dark)
    for dx in (-46, 34):
        c.box(x + dx, y - 84, 40, 14, steel, round=3)
        c.line(f"M{x + dx + 20} {y - 64}h-44", c.ink("iron"), 8)
        c.box(x + dx + 10, y - 70, 20, 12, c.ink("iron"), round=3)
        c.shape(f"M{x + dx + 8} {y - 44}h26c0 12 -4 22 -9 22h-8c-5 0 -9 -10 -9 -22Z", c.ink("paper"))
    c.box(x - 92, y - 22, 202, 24, steel, round=4)
    c.disc(x + 78, y - 118, 9, c.ink("paper"))


def _guitar(c: Canvas, x: float, y: float) -> None:
    with c.moved(x, y, 1.18, turn=9):
        wood = c.ink("brass", dark=0.08)
        c.shape(
            "M0 -214C34 -214 46 -186 40 -164C36 -146 40 -138 52 -122C76 -92 66 0 0 0C-66 0 -76 -92 -52 -122C-40 -138 -36"
            " -146 -40 -164C-46 -186 -34 -214 0 -214Z",
            c.ink("clay", dark=0.34),
        )
        c.shape(
            "M0 -206C28 -206 38 -184 33 -164C28 -144 34 -132 45 -117C66 -88 58 -8 0 -8C-58 -8 -66 -88 -45 -117C-34 -132"
            " -28 -144 -33 -164C-38 -184 -28 -206 0 -206Z",
            wood,
        )
        c.disc(0, -118, 27, c.ink("clay", dark=0.34))
        c.disc(0, -118, 22, c.ink("shade"))
        c.box(-26, -56, 52, 12, c.ink("clay", dark=0.4), round=3)
        c.box(-9, -366, 18, 236, c.ink("clay", dark=0.4))
        for fret in range(9):
            c.box(-9, -352 + fret * 22, 18, 2, c.ink("stone"))
        c.shape("M-12 -366L-17 -430H17L12 -366Z", c.ink("clay", dark=0.3))
        for row in (-416, -398, -380):
            c.disc(-20, row, 5, c.ink("paper"))
            c.disc(20, row, 5, c.ink("paper"))
        c.line("M-4 -366V-50M0 -366V-50M4 -366V-50", c.ink("paper"), 0.9)


def _napkins(c: Canvas, x: float, y: float) -> None:
    for dx, turn in ((-46, -14), (-14, 6)):
        with c.moved(x + dx, y - 16, turn=turn):
            c.box(-44, -34, 88, 62, c.ink("paper", dark=0.03), round=2)
            c.line("M-26 -6l6 -16l7 16l-15 -10h17zM6 8c6 -20 20 -24 30 -14", c.accent(0), 2.6)
            c.disc(18, -14, 7, c.accent(2))


def stage(c: Canvas) -> None:
    """A stage between curtains: by day a rehearsal under high windows, by night a painted sky full of bulbs and a spot."""
    c.box(0, 0, WIDTH, 800, c.ink("brick"))
    _bricks(c)
    _high_windows(c)
    _backcloth(c)
    _floor(c, 742)
    _drape(c, False)
    _drape(c, True)
    _valance(c)
    burning = max(c.air.lamps, 1.0 if c.air.light == "spot" else 0.0)
    for x in (250, 400, 550):
        c.box(x - 22, 78, 44, 40, c.ink("iron"), round=8)
        c.shape(f"M{x - 26} 116H{x + 26}L{x + 20} 128H{x - 20}Z", mix(c.ink("iron"), c.air.glow, burning))
    if burning > 0.3 and c.air.light != "spot":
        for x, lean in ((250, 90), (550, -90)):
            corners = [(x - 18, 128), (x + 18, 128), (x + lean + 110, 780), (x + lean - 110, 780)]
            c.outline(corners, c.air.warmth, alpha=0.11 * burning)
    if burning > 0.2:
        c.oval(400, 866, 330, 62, c.air.glow, alpha=0.18 * burning)
        c.oval(400, 866, 210, 38, c.air.glow, alpha=0.2 * burning)
    beams(c, lamp=126)
    with c.before():
        _microphone(c, 684)
        _footlights(c)


def _bricks(c: Canvas) -> None:
    for row in range(24):
        for column in range(9):
            if c.dice.random() < 0.42:
                x = column * 92 + (46 if row % 2 else 0) - 20
                color = c.ink("brick", dark=0.08) if c.dice.random() < 0.5 else c.ink("brick", light=0.08)
                c.box(x, 120 + row * 26, 82, 20, color, round=2)


def _high_windows(c: Canvas) -> None:
    for x in (196, 340, 484):
        c.box(x - 8, 132, 136, 146, c.ink("mortar", dark=0.24))
        c.bands(x, 140, 120, 130, c.air.sky, 8)
        c.line(f"M{x + 40} 140V270M{x + 80} 140V270M{x} 205H{x + 120}", c.ink("iron"), 4)
    if c.air.time == "day" and c.air.light != "spot":
        for x in (196, 340, 484):
            c.outline([(x, 270), (x + 120, 270), (x - 40, 800), (x - 200, 800)], c.air.sunlight, alpha=0.12)


def _backcloth(c: Canvas) -> None:
    """The cloth of a night: let down when it is dark outside, else rolled aside as a flat."""
    if c.air.dark:
        c.bands(150, 60, 500, 690, [c.ink("night"), mix(c.ink("night"), c.ink("night_low"), 0.4), c.ink("night_low")], 14)
        for index in range(44):
            x, y = 168 + c.weather.random() * 464, 130 + c.weather.random() ** 1.2 * 420
            if index % 3 == 0:
                c.halo(x, y, 15, c.air.warmth, 0.5, rings=3)
            c.disc(x, y, 3.2 if index % 3 == 0 else 2, c.air.sunlight)
        c.line("M562 60V190", c.ink("gold"), 1.6)
        c.shape("M568 186A32 32 0 1 0 584 240A27 27 0 1 1 568 186Z", mix(c.ink("gold"), c.air.sunlight, 0.6))
    for color, y, peak, high in (
        (c.accent(0, light=0.3), 610, 240, 70),
        (c.accent(0, light=0.12), 660, 560, 84),
        (c.accent(1), 706, 330, 70),
    ):
        c.shape(f"M150 760V{y}Q{peak} {y - high * 2} 650 {y}V760Z", color)


def _floor(c: Canvas, y: float) -> None:
    c.box(0, y, WIDTH, 270, c.ink("floor"))
    for index in range(-9, 10):
        x = 400 + index * 62
        foot = 400 + index * 112
        if index % 2:
            c.outline([(x, y), (x + 62, y), (foot + 112, 1004), (foot, 1004)], c.ink("floor_dark"))
    c.box(0, y, WIDTH, 12, c.ink("shade"), alpha=0.24)


def _drape(c: Canvas, flip: bool) -> None:
    fill = c.accent(0)
    with c.moved(800 if flip else 0, 0, flip=flip):
        c.shape("M-10 0H218C222 200 196 420 150 560C140 600 150 700 168 830H-10Z", fill)
        for a, b, low, high in ((150, 178, 110, 126), (96, 124, 72, 96), (40, 70, 30, 50), (-10, 14, -10, 12)):
            c.shape(
                f"M{a} 0H{b}C{b} 220 {high + 10} 420 {high - 14} 560C{high - 20} 640 {high} 740 {high + 10} 830H{low}C{low - 10}"
                f" 740 {low - 20} 640 {low - 8} 560C{low} 420 {a} 220 {a} 0Z",
                darker(fill, 0.22),
            )
            c.shape(
                f"M{b} 0H{b + 10}C{b + 10} 220 {high + 20} 420 {high - 4} 560L{high - 14} 560C{high + 10} 420 {b} 220 {b} 0Z",
                lighter(fill, 0.12),
            )
        c.shape("M-10 540C50 566 110 566 158 540L154 570C110 592 50 592 -10 568Z", c.ink("gold"))
        c.line("M100 578V624", c.ink("gold", dark=0.12), 5)
        c.shape("M88 622H112L118 672H82Z", c.ink("gold"))
        c.box(88, 616, 24, 12, c.ink("gold", dark=0.2), round=5)


def _valance(c: Canvas) -> None:
    fill = c.accent(0, dark=0.1)
    c.box(0, 0, WIDTH, 60, fill)
    for index in range(5):
        x = index * 160
        c.shape(f"M{x} 50H{x + 160}C{x + 150} 108 {x + 10} 108 {x} 50Z", fill)
        c.shape(f"M{x + 18} 54H{x + 142}C{x + 124} 90 {x + 36} 90 {x + 18} 54Z", lighter(fill, 0.08))
        c.line(f"M{x} 52C{x + 12} 110 {x + 148} 110 {x + 160} 52", c.ink("gold"), 6)
        c.disc(x, 58, 8, c.ink("gold"))


def _microphone(c: Canvas, x: float) -> None:
    iron = c.ink("iron")
    c.line(f"M{x} 1010V612", iron, 8)
    c.line(f"M{x} 640L{x - 40} 584", iron, 7)
    with c.moved(x - 44, 580, turn=-36):
        c.box(-20, -70, 40, 72, c.ink("stone", light=0.2), round=18)
        c.line("M-20 -50H20M-20 -36H20M-20 -22H20", c.ink("stone", dark=0.3), 3)
        c.box(-22, -12, 44, 12, c.ink("gold"), round=3)
        c.box(-12, 0, 24, 26, iron, round=5)


def _footlights(c: Canvas) -> None:
    c.box(-10, 930, 820, 90, c.ink("floor_dark", dark=0.45))
    c.box(-10, 926, 820, 8, c.ink("gold", dark=0.1))
    burning = max(c.air.lamps, 0.9 if c.air.light == "spot" else 0.0)
    for index in range(8):
        x = 50 + index * 100
        c.halo(x, 924, 56, c.air.warmth, 0.36 * burning, rings=3)
        c.shape(f"M{x - 24} 934A24 24 0 0 1 {x + 24} 934Z", mix(c.ink("gold", dark=0.2), c.air.glow, burning * 0.9))
