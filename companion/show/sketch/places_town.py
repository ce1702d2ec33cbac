"""Places in a town: a flat roof over the city, and a street of narrow houses."""

from companion.show.sketch.places_canvas import WIDTH, Canvas
from companion.show.sketch.places_sky import beams, sky
from companion.show.sketch.places_things import bulbs, cup, flower, herb, leaf, pot
from companion.show.sketch.strokes import darker, mix


def roof(c: Canvas) -> None:
    """A roof terrace above the town: roofs to the horizon, a telescope, a string of bulbs."""
    sky(c, 640, sun=(196, 396), moon=(612, 182), cloudy=(60, 430))
    _skyline(c, 560, 0.58, "far", (34, 66), (40, 150), 0.5)
    _skyline(c, 640, 0.34, "mid", (52, 96), (60, 190), 0.8)
    _skyline(c, 735, 0.10, "near", (80, 140), (50, 170), 1.0, tanks=True)
    _terrace(c, 748)
    bulbs(c, (-20, 250), (440, -30), 40, 8)
    bulbs(c, (400, -30), (820, 270), 44, 7)
    telescope = "telescope" in c.motifs or c.dice.random() < 0.6
    if telescope:
        _telescope(c, 652, 890)
    else:
        _lemon_tree(c, 664, 896)
    herb(c, 96, 846, 1.2, c.accent(1))
    beams(c)
    with c.before():
        c.box(-10, 922, 820, 100, c.ink("parapet", dark=0.16))
        c.box(-10, 912, 820, 16, c.ink("parapet", light=0.18), round=4)
        cup(c, 122, 916, c.accent(0), size=0.95, saucer=False)
        if telescope:
            _thermos(c, 690, 914)


def _skyline(
    c: Canvas,
    foot: float,
    far: float,
    name: str,
    widths: tuple[float, float],
    heights: tuple[float, float],
    lit: float,
    *,
    tanks: bool = False,
) -> None:
    x = -30.0
    while x < WIDTH:
        wide = c.dice.uniform(*widths)
        middle = abs(x + wide / 2 - 400) / 400  # lower behind her head, so that the sky is around it
        top = foot - c.dice.uniform(*heights) * (0.55 + 0.75 * middle)
        fill = c.ink(name, far=far, dark=c.dice.uniform(0, 0.07))
        style = c.dice.random()
        c.box(x, top, wide + 1, foot - top + 60, fill)
        if style < 0.25:
            c.outline([(x - 3, top + 1), (x + wide / 2, top - wide * 0.3), (x + wide + 4, top + 1)], c.ink("brick", far=far, dark=0.1))
        elif style < 0.4:
            c.box(x + wide * 0.2, top - 18, wide * 0.6, 20, fill)
        elif style < 0.55:
            c.line(
                f"M{x + wide * 0.7:.1f} {top:.1f}V{top - 34:.1f}M{x + wide * 0.7 - 9:.1f} {top - 26:.1f}h18M{x + wide * 0.7 - 6:.1f}"
                f" {top - 18:.1f}h12",
                fill,
                2,
            )
        elif tanks and style < 0.72:
            _tank(c, x + wide / 2, top, far)
        elif style < 0.85:
            c.box(x + wide * 0.16, top - 16, 12, 18, c.ink("brick", far=far))
        _windows(c, x, top, wide, foot - top, fill, far, lit)
        x += wide


def _windows(c: Canvas, x: float, top: float, wide: float, high: float, fill: str, far: float, lit: float) -> None:
    step = 17 if far > 0.5 else 22 if far > 0.2 else 30
    size = step * 0.42
    across = max(1, int((wide - 8) / step))
    margin = (wide - across * step + step - size) / 2
    pane = mix(fill, c.air.sky[-1], 0.3) if not c.air.dark else mix(fill, c.raw("dim"), 0.25)
    for row in range(int((high - 4) / (step * 1.15))):
        for column in range(across):
            chance = c.dice.random()
            if chance < 0.16:
                continue
            glows = c.weather.random() < c.air.windows * 0.62 * lit
            color = mix(c.air.glow, c.raw("candle"), c.weather.random() * 0.5) if glows else pane
            c.box(
                x + margin + column * step,
                top + 12 + row * step * 1.15,
                size,
                size * 1.3,
                mix(color, c.air.haze, far * 0.4) if glows else color,
            )


def _tank(c: Canvas, x: float, y: float, far: float) -> None:
    wood = c.ink("tank", far=far)
    c.line("M-17 0V-30M17 0V-30M-17 -4L17 -26M17 -4L-17 -26", c.ink("iron", far=far), 3, at=(x, y))
    c.box(x - 25, y - 78, 50, 50, wood)
    c.box(x + 8, y - 78, 17, 50, c.ink("tank", far=far, dark=0.14))
    c.line("M-25 -64H25M-25 -42H25", c.ink("tank", far=far, dark=0.3), 2.5, at=(x, y))
    c.outline([(x - 29, y - 77), (x, y - 100), (x + 29, y - 77)], c.ink("tank", far=far, dark=0.24))


def _terrace(c: Canvas, y: float) -> None:
    c.box(0, y, WIDTH, 260, c.ink("deck"))
    for step in range(1, 6):
        c.box(0, y + 40 + step * step * 7, WIDTH, 3 + step * 0.4, c.ink("deck", dark=0.1))
    c.box(0, y - 26, WIDTH, 54, c.ink("parapet"))
    c.box(0, y - 34, WIDTH, 13, c.ink("parapet", light=0.2))
    c.box(0, y + 24, WIDTH, 8, c.ink("parapet", dark=0.25))


def _telescope(c: Canvas, x: float, y: float) -> None:
    white, iron = c.ink("scope"), c.ink("wood", dark=0.3)
    c.oval(x, y + 4, 96, 12, c.ink("shade"), alpha=0.22)
    c.line("M0 -250L-72 0M0 -250L66 0M0 -250L6 -10", iron, 9, at=(x, y))
    c.line("M-40 -112L38 -108", iron, 4, at=(x, y))
    c.disc(x, y - 256, 17, c.ink("iron"))
    with c.moved(x, y - 276, turn=-40):
        c.box(-98, -21, 176, 42, white, round=5)
        c.box(-98, 5, 176, 16, c.ink("scope", dark=0.14), round=5)
        c.box(66, -27, 50, 54, white, round=5)
        c.box(66, 8, 50, 19, c.ink("scope", dark=0.14), round=5)
        c.box(-72, -23, 12, 46, c.accent(0))
        c.box(44, -23, 10, 46, c.accent(0))
        c.box(-124, -12, 28, 24, c.ink("iron"), round=4)
        c.box(-40, -40, 66, 13, c.ink("iron"), round=6)
        c.line("M-24 -28V-20M10 -28V-20", c.ink("iron"), 5)


def _lemon_tree(c: Canvas, x: float, y: float) -> None:
    c.oval(x, y + 2, 76, 11, c.ink("shade"), alpha=0.22)
    c.box(x - 6, y - 210, 12, 150, c.ink("wood", dark=0.2), round=4)
    for dx, dy, radius, dark in ((8, -258, 84, 0.16), (-14, -270, 74, 0.0), (-34, -290, 36, -0.14)):
        c.blob(x + dx, y + dy, radius, c.ink("leaf", dark=max(0.0, dark), light=max(0.0, -dark)), bumps=9)
    for _ in range(c.dice.randint(6, 9)):
        lx, ly = x + c.dice.uniform(-62, 60), y - 262 + c.dice.uniform(-56, 60)
        c.oval(lx, ly, 9, 11, c.ink("lemon"))
        c.disc(lx - 3, ly - 4, 3, c.ink("lemon", light=0.5))
    pot(c, x, y, 1.5, c.accent(0))


def _thermos(c: Canvas, x: float, y: float) -> None:
    c.box(x - 26, y - 116, 52, 116, c.accent(1), round=9)
    c.box(x + 6, y - 116, 20, 116, c.accent(1, dark=0.14), round=9)
    c.box(x - 26, y - 92, 52, 8, c.ink("paper"))
    c.box(x - 20, y - 148, 40, 38, c.ink("stone"), round=6)
    c.box(x + 4, y - 148, 16, 38, c.ink("stone", dark=0.16), round=6)


def street(c: Canvas) -> None:
    """A street of narrow houses with a tower at its end, a lamp, and a shop with an awning."""
    sky(c, 560, sun=(560, 330), moon=(300, 146), cloudy=(40, 330))
    c.box(240, 556, 320, 140, c.ink("house_4", far=0.6))
    _tower(c, 486, 640)
    for x, wide, top, name in ((196, 92, 372, "house_3"), (512, 100, 350, "house_1"), (278, 70, 470, "house_2"), (450, 74, 452, "house_4")):
        _far_house(c, x, top, wide, name)
    c.box(0, 690, WIDTH, 320, c.ink("paving"))
    _paving(c)
    _near_house(c, -70, 150, 278, c.dice.choice(("house_2", "house_4")), shop=False)
    _near_house(c, 596, 190, 290, c.dice.choice(("house_1", "house_3")), shop=True)
    _bunting(c, (206, 176), (598, 196), 32)
    _lamp(c, 232, 790)
    beams(c)
    with c.before():
        pot(c, 96, 974, 1.5, c.ink("clay"))
        for turn in (-64, -40, -18, 6, 30, 54):
            with c.moved(96, 890, turn=turn):
                leaf(c, 0, 0, c.dice.uniform(110, 150), c.ink("leaf", dark=0.1 if turn < 0 else 0.0))
        for dx, dy in ((-34, -120), (8, -150), (46, -118), (20, -92)):
            flower(c, 96 + dx, 890 + dy, 17, c.accent(c.dice.randrange(2), light=0.14))
        with c.moved(656, 958, 0.8):
            _bicycle(c, 0, 0)


def _tower(c: Canvas, x: float, foot: float) -> None:
    wall, dark = c.ink("tower", far=0.42), c.ink("tower", far=0.36, dark=0.14)
    c.box(x, 236, 96, foot - 236, wall)
    c.box(x + 62, 236, 34, foot - 236, dark)
    c.box(x - 7, 226, 110, 14, dark)
    c.outline([(x - 4, 226), (x + 48, 118), (x + 100, 226)], c.ink("roof", far=0.36))
    c.outline([(x + 48, 118), (x + 100, 226), (x + 62, 226)], c.ink("roof", far=0.32, dark=0.14))
    c.line(f"M{x + 48} 120V96", c.ink("iron", far=0.3), 3)
    lit = c.air.windows
    c.halo(x + 44, 286, 74, c.air.warmth, 0.4 * lit, rings=4)
    c.disc(x + 44, 286, 27, mix(c.ink("paper", far=0.25), c.air.glow, 0.8 * lit))
    c.line(f"M{x + 44} 286V268M{x + 44} 286L{x + 56} 292", c.ink("iron"), 3.4)


def _far_house(c: Canvas, x: float, top: float, wide: float, name: str) -> None:
    far, size = 0.30, wide * 0.17
    c.box(x, top, wide, 700 - top, c.ink(name, far=far))
    gable = [(x - 5, top + 2), (x + wide / 2, top - wide * 0.44), (x + wide + 5, top + 2)]
    c.outline(gable, c.ink("roof", far=far, dark=c.dice.uniform(0, 0.14)))
    for row in range(3):
        for column in range(2):
            pane = mix(_pane(c, far), c.air.haze, far * 0.5)
            c.box(x + wide * (column + 0.5) / 2 - size / 2, top + 26 + row * size * 2.5, size, size * 1.5, pane, round=1)


def _near_house(c: Canvas, x: float, top: float, wide: float, name: str, *, shop: bool) -> None:
    foot, size = 740, wide * 0.21
    c.box(x, top, wide, foot - top, c.ink(name))
    c.box(x - 8, top - 16, wide + 16, 20, c.ink("roof"))
    c.box(x - 8, top + 4, wide + 16, 7, c.ink(name, dark=0.2))
    c.outline([(x - 4, top - 14), (x + 30, top - 92), (x + wide - 30, top - 92), (x + wide + 4, top - 14)], c.ink("roof"))
    c.box(x + wide * (0.2 if shop else 0.6), top - 134, 30, 70, c.ink("roof", dark=0.22))
    for row in range(3):
        y = top + 46 + row * size * 2.35
        if y + size * 1.5 > foot - 176:
            break
        for column in range(2):
            _shuttered(c, x + wide * (column + 0.5) / 2 - size / 2, y, size)
    if shop:
        _shop(c, x + 18, foot, wide - 40)
    else:
        _door(c, x + 118, foot)


def _pane(c: Canvas, far: float = 0.0) -> str:
    lit, warm = c.weather.random() < c.air.windows * 0.9, c.weather.random() * 0.4
    return mix(c.air.glow, c.raw("candle"), warm) if lit else mix(c.ink("glass", far=far), c.raw("dim"), 0.25)


def _shuttered(c: Canvas, x: float, y: float, size: float) -> None:
    """A window with shutters of her colour, and often a box of flowers."""
    high, pane, shutter = size * 1.5, _pane(c), c.accent(0, light=0.08)
    c.box(x - 4, y - 4, size + 8, high + 8, c.ink("frame"))
    c.box(x, y, size, high, pane)
    c.line(f"M{x + size / 2:.1f} {y}V{y + high:.1f}M{x} {y + high * 0.4:.1f}H{x + size:.1f}", c.ink("frame"), 3)
    for side in (x - size * 0.46 - 4, x + size + 4):
        c.box(side, y - 3, size * 0.46, high + 6, shutter)
        slats = "".join(f"M{side + 3:.1f} {y + slat * high / 6:.1f}h{size * 0.46 - 6:.1f}" for slat in range(1, 6))
        c.line(slats, darker(shutter, 0.18), 2)
    if c.dice.random() < 0.55:
        c.box(x - 6, y + high + 4, size + 12, 9, c.ink("clay"), round=2)
        for step in range(4):
            c.disc(x + size * (step + 0.5) / 4, y + high + c.dice.uniform(-5, 3), 8, c.ink("leaf"))
        for step in range(3):
            c.disc(x + size * (step + 0.8) / 4, y + high - c.dice.uniform(4, 9), 5, c.accent(1, light=0.2))


def _shop(c: Canvas, x: float, foot: float, wide: float) -> None:
    lit = c.air.windows
    c.halo(x + 100, foot - 70, 170, c.air.warmth, 0.3 * lit)
    c.box(x, foot - 148, wide, 148, c.ink("door"))
    c.box(x + 14, foot - 112, 120, 96, mix(mix(c.ink("glass"), c.raw("dim"), 0.2), c.air.glow, min(1.0, lit * 1.25)))
    c.box(x + 152, foot - 112, 90, 112, c.accent(0, dark=0.1))
    for index in range(4):  # loaves in the window
        c.oval(x + 34 + index * 27, foot - 26, 12, 10, mix(c.ink("brass"), c.ink("clay"), index / 4))
    for index in range(9):
        fill = c.accent(0) if index % 2 else c.ink("paper")
        c.shape("M6 0H37L31 48A15.5 12 0 0 1 0 48Z", fill, at=(x - 12 + index * 31, foot - 168))


def _door(c: Canvas, x: float, foot: float) -> None:
    lit = mix(mix(c.ink("glass"), c.raw("dim"), 0.2), c.air.glow, min(1.0, c.air.windows * 1.25))
    c.box(x, foot - 168, 88, 172, c.ink("frame"))
    c.shape("M8 4V-122A36 36 0 0 1 80 -122V4Z", c.ink("door"), at=(x, foot))
    c.shape("M16 -116A28 28 0 0 1 72 -116Z", lit, at=(x, foot))
    c.disc(x + 22, foot - 50, 5, c.ink("brass"))


def _paving(c: Canvas) -> None:
    dark, light = c.ink("paving_dark"), c.ink("paving", light=0.12)
    c.outline([(204, 740), (596, 740), (900, 1010), (-100, 1010)], light)
    for row in range(8):
        y = 716 + row * row * 4.4 + row * 4
        for index in range(9):
            wide = 22 + row * 9
            x = 400 + (index - 4) * (wide + 26 + row * 9) + c.dice.uniform(-10, 10) + (row % 2) * wide * 0.6
            c.box(x - wide / 2, y, wide, 3 + row * 0.8, dark, round=3)
    if c.air.lamps > 0.4:
        c.oval(250, 802, 180, 34, c.air.glow, alpha=0.16 * c.air.lamps)
        c.oval(250, 802, 110, 20, c.air.glow, alpha=0.2 * c.air.lamps)


def _bunting(c: Canvas, start: tuple[float, float], end: tuple[float, float], sag: float) -> None:
    (x1, y1), (x2, y2) = start, end
    x0, y0 = (x1 + x2) / 2, (y1 + y2) / 2 + 2 * sag
    c.line(f"M{x1} {y1}Q{x0} {y0} {x2} {y2}", c.ink("iron", far=0.2), 2)
    for index in range(11):
        t = (index + 0.5) / 11
        x = (1 - t) ** 2 * x1 + 2 * t * (1 - t) * x0 + t * t * x2
        y = (1 - t) ** 2 * y1 + 2 * t * (1 - t) * y0 + t * t * y2
        c.outline([(x - 13, y), (x + 13, y), (x, y + 28)], c.accent(index, light=0.1) if index % 4 else c.ink("paper"))


def _lamp(c: Canvas, x: float, foot: float) -> None:
    iron = c.ink("iron")
    burning = c.air.lamps
    c.halo(x, 396, 220, c.air.warmth, 0.46 * burning)
    c.box(x - 5, 440, 10, foot - 440, iron)
    c.box(x - 12, foot - 60, 24, 60, iron, round=4)
    c.box(x - 9, 560, 18, 8, iron, round=2)
    c.line(f"M{x - 30} 448H{x + 30}", iron, 5)
    c.outline([(x - 26, 366), (x + 26, 366), (x + 17, 436), (x - 17, 436)], c.burning("glass"))
    c.line(f"M{x - 26} 366L{x - 17} 436H{x + 17}L{x + 26} 366Z", iron, 5)
    c.outline([(x - 34, 366), (x - 10, 338), (x + 10, 338), (x + 34, 366)], iron)
    c.line(f"M{x} 338V324", iron, 5)
    if burning > 0.05:
        c.disc(x, 404, 12, c.air.sunlight)


def _bicycle(c: Canvas, x: float, foot: float) -> None:
    paint, iron = c.accent(1), c.ink("iron")
    for wx in (x - 90, x + 96):
        c.line("M-62 -52a62 62 0 1 1 124 0a62 62 0 1 1 -124 0", iron, 7, at=(wx, foot))
        c.line("M0 -52l44 -44M0 -52l-44 -44M0 -52h62M0 -52h-62M0 -52v-62", c.ink("stone"), 1.6, at=(wx, foot))
        c.disc(wx, foot - 52, 7, iron)
    c.line("M-90 -52L-54 -150L60 -150L8 -52ZM8 -52L-44 -176M96 -52L56 -190", paint, 9, at=(x, foot))
    c.line("M56 -190C40 -204 30 -200 24 -190", iron, 7, at=(x, foot))
    c.shape("M-74 -186C-60 -196 -30 -196 -12 -184C-30 -172 -60 -172 -74 -186Z", c.ink("book_1", dark=0.2), at=(x, foot))
    c.shape("M62 -186H132L122 -130H72Z", c.ink("brass"), at=(x, foot))
    c.line("M68 -168H126M70 -150H124", c.ink("wood", dark=0.2), 3, at=(x, foot))
    for dx in (76, 98, 120):
        flower(c, x + dx, foot - 198 - c.dice.uniform(0, 12), 13, c.accent(c.dice.randrange(3), light=0.3))
