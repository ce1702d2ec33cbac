"""Places of work and of sport: a workshop with an oven, and an indoor pool."""

from companion.show.sketch.places_canvas import WIDTH, Canvas, smooth
from companion.show.sketch.places_sky import beams, view
from companion.show.sketch.places_things import leaf, pendant
from companion.show.sketch.strokes import darker, lighter, mix


def workshop(c: Canvas) -> None:
    """A workshop: a big window of many panes, racks, tools on the wall, an oven with its fire, a bench with what is being made.

    With bread among the motifs it is a bakery; else pots stand on the racks and the bench.
    """
    bread = "bread" in c.motifs
    c.wall(760, lamp=0.3)
    _panes(c, 276, 70, 262, 250, steam=bread)
    _rack(c, 6, 226, bread)
    _oven(c, 690, 760)
    _tools(c, 560, 96)
    c.box(0, 756, WIDTH, 260, c.ink("bench", dark=0.36))
    for x in (0, 160, 320, 480, 640):
        c.line(f"M{x} 760L{400 + (x - 400) * 1.8} 1000", c.ink("bench", dark=0.46), 3)
    pendant(c, 128, 88, size=0.9)
    beams(c)
    with c.before():
        c.box(-10, 896, 820, 124, c.ink("bench"))
        c.box(-10, 896, 820, 11, c.ink("bench", light=0.26))
        c.line("M-10 936H810M-10 966H810", c.ink("bench", dark=0.1), 2.5)
        if bread:
            _dough(c, 128, 908)
            _loaf(c, 676, 916, 1.4)
        else:
            _brushes(c, 112, 914)
            _vase(c, 706, 916, 0.8, c.accent(0), twigs=True)


def _panes(c: Canvas, x: float, y: float, width: float, height: float, *, steam: bool) -> None:
    c.box(x - 14, y - 14, width + 28, height + 28, c.ink("frame"))
    view(c, x, y, width, height)
    if steam:
        for index in range(6):
            c.oval(x + width * (index + 0.5) / 6, y + height - 14, 44, 30 + c.dice.uniform(0, 26), c.ink("paper"), alpha=0.13)
    bars = "".join(f"M{x + width * step / 4:.1f} {y}V{y + height}" for step in (1, 2, 3))
    bars += "".join(f"M{x} {y + height * step / 3:.1f}H{x + width}" for step in (1, 2))
    c.line(bars, c.ink("frame"), 6)
    c.box(x - 26, y + height + 8, width + 52, 16, c.ink("rack", light=0.1), round=3)


def _rack(c: Canvas, x: float, width: float, bread: bool) -> None:
    wood, dark = c.ink("rack"), c.ink("rack", dark=0.24)
    c.box(x - 20, 230, width + 20, 538, c.ink("shade"), alpha=0.12)
    for y in (330, 444, 558, 672):
        at = x + 2
        while at < x + width - 52:
            if bread:
                size = c.dice.uniform(0.62, 0.76)
                _loaf(c, at + 60 * size, y, size)
                at += 122 * size
            else:
                size = c.dice.uniform(0.5, 0.72)
                _vase(c, at + 36 * size + 4, y, size, c.accent(c.dice.randrange(3), light=c.dice.choice((0.0, 0.25, 0.5))))
                at += 92 * size
        c.box(x - 20, y, width + 20, 12, wood)
        c.box(x - 20, y + 12, width + 20, 5, dark)
    c.box(x + width - 12, 226, 15, 540, wood)
    c.box(x - 20, 226, width + 24, 13, wood)


def _loaf(c: Canvas, x: float, y: float, size: float) -> None:
    loaf, crust = c.ink("loaf"), c.ink("crust")
    with c.moved(x, y, size):
        c.shape("M-62 0C-76 -30 -50 -62 0 -62C50 -62 76 -30 62 0Z", crust)
        c.shape("M-58 -4C-68 -30 -46 -58 0 -58C40 -58 56 -38 52 -20C20 -10 -20 -4 -58 -4Z", loaf)
        for dx in (-30, 0, 30):
            c.shape(
                f"M{dx - 9} -22C{dx - 6} -40 {dx + 4} -50 {dx + 12} -50C{dx + 8} -38 {dx + 2} -28 {dx - 9} -22Z", c.ink("sack", light=0.2)
            )


def _vase(c: Canvas, x: float, y: float, size: float, fill: str, *, twigs: bool = False) -> None:
    kind = 0 if twigs else c.dice.randrange(3)
    with c.moved(x, y, size):
        if twigs:
            for turn, long in ((-34, 120), (-14, 160), (8, 176), (28, 130)):
                with c.moved(0, -104, turn=turn):
                    c.line(f"M0 0V{-long}", c.ink("leaf", dark=0.2), 3)
                    for step in range(3):
                        with c.moved(0, -long * (0.4 + 0.28 * step), turn=48 if step % 2 else -48):
                            leaf(c, 0, 0, 40, c.ink("leaf", light=0.08 * step), wide=0.3)
        if kind == 0:
            c.shape("M-22 0C-52 -30 -48 -74 -14 -92V-112H14V-92C48 -74 52 -30 22 0Z", fill)
            c.shape("M2 -112H14V-92C48 -74 52 -30 22 0H4C30 -30 28 -70 2 -92Z", darker(fill, 0.13))
            c.box(-19, -118, 38, 9, lighter(fill, 0.16), round=4)
        elif kind == 1:
            c.shape("M-50 -58H50C48 -24 30 0 16 0H-16C-30 0 -48 -24 -50 -58Z", fill)
            c.shape("M16 -58H50C48 -24 30 0 16 0H2C22 -12 26 -36 16 -58Z", darker(fill, 0.13))
            c.box(-54, -64, 108, 9, lighter(fill, 0.16), round=4)
        else:
            c.shape("M-26 0V-78C-26 -92 26 -92 26 -78V0Z", fill)
            c.box(8, -84, 18, 84, darker(fill, 0.13))
            c.box(-26, -58, 52, 8, lighter(fill, 0.34))
            c.line("M26 -66C52 -66 52 -22 26 -22", fill, 8)


def _oven(c: Canvas, x: float, y: float) -> None:
    c.shape("M-146 0V-200C-146 -330 -60 -372 20 -372H130V0Z", c.ink("brick"), at=(x, y))
    c.box(x - 20, 0, 140, y - 330, c.ink("brick", dark=0.05))
    for row in range(25):
        top = 8 + row * 30
        left = x - 18 if top < y - 372 else x - 138
        for column in range(7):
            if c.dice.random() < 0.36:
                bx = left + column * 44 + (20 if row % 2 else 0)
                if bx < 796 and not (top < y - 300 and bx < x - 66):
                    c.box(bx, top, 36, 20, c.ink("brick", light=0.10) if c.dice.random() < 0.5 else c.ink("brick", dark=0.10), round=2)
    c.shape("M-96 -60V-156C-96 -256 92 -256 92 -156V-60Z", c.ink("mortar"), at=(x, y))
    c.shape("M-74 -60V-150C-74 -228 70 -228 70 -150V-60Z", c.ink("oven"), at=(x, y))
    hot = 0.55 + 0.45 * c.air.lamps
    c.shape("M-74 -60V-100C-40 -130 40 -130 70 -100V-60Z", c.raw("ember"), alpha=0.55 * hot, at=(x, y))
    for dx, high, fill in (
        (-40, 62, c.raw("fire")),
        (0, 92, c.raw("fire")),
        (38, 66, c.raw("fire")),
        (-18, 46, c.raw("flame")),
        (20, 50, c.raw("flame")),
    ):
        c.shape(
            f"M{x + dx - 22} {y - 60}C{x + dx - 26} {y - 60 - high * 0.5:.1f} {x + dx - 4} {y - 60 - high * 0.6:.1f} {x + dx}"
            f" {y - 60 - high}C{x + dx + 8} {y - 60 - high * 0.6:.1f} {x + dx + 26} {y - 60 - high * 0.5:.1f} {x + dx + 22}"
            f" {y - 60}Z",
            fill,
        )
    c.box(x - 112, y - 62, 222, 20, c.ink("stone"), round=3)
    c.halo(x, y - 110, 230, c.raw("fire"), 0.36 * hot)


def _tools(c: Canvas, x: float, y: float) -> None:
    c.box(x - 14, y, 116, 9, c.ink("rack", dark=0.1), round=3)
    wood = c.ink("wood")
    for index, dx in enumerate((0, 34, 70)):
        kind = (index + c.dice.randrange(3)) % 3
        c.line(f"M{x + dx + 8} {y + 8}v12", c.ink("iron"), 3)
        if kind == 0:
            c.line(f"M{x + dx + 8} {y + 22}v96", wood, 6)
            c.shape(f"M{x + dx - 4} {y + 116}h24v44q-12 12 -24 0Z", wood)
        elif kind == 1:
            c.line(f"M{x + dx + 8} {y + 22}v60", c.ink("iron"), 5)
            c.disc(x + dx + 8, y + 104, 22, c.ink("iron", light=0.1))
            c.disc(x + dx + 8, y + 104, 16, c.ink("stone"))
        else:
            c.line(f"M{x + dx + 8} {y + 22}v60", c.accent(1), 6)
            c.shape(f"M{x + dx - 3} {y + 82}h22l5 46h-32Z", c.ink("sack", dark=0.1))
            c.box(x + dx - 4, y + 78, 24, 10, c.ink("brass"))


def _dough(c: Canvas, x: float, y: float) -> None:
    c.oval(x, y + 6, 108, 14, c.ink("paper"), alpha=0.7)
    c.shape("M-70 6C-84 -30 -50 -58 0 -58C50 -58 84 -28 70 6Z", c.ink("sack", light=0.4), at=(x, y))
    c.shape("M14 -57C56 -54 84 -26 70 6H20C46 -10 44 -40 14 -57Z", c.ink("sack", light=0.16), at=(x, y))
    with c.moved(x + 64, y + 14, turn=-8):
        c.box(-30, -13, 120, 26, c.ink("wood", light=0.16), round=11)
        c.box(-58, -7, 34, 14, c.ink("wood", dark=0.12), round=6)


def _brushes(c: Canvas, x: float, y: float) -> None:
    for turn, fill in ((-22, 0), (-8, 1), (6, 2), (20, 0)):
        with c.moved(x, y - 70, turn=turn):
            c.box(-4, -110, 8, 110, c.ink("wood", light=0.1), round=3)
            c.shape("M-8 -110C-12 -134 -4 -146 0 -158C4 -146 12 -134 8 -110Z", c.accent(fill))
            c.box(-6, -116, 12, 14, c.ink("stone"))
    c.box(x - 44, y - 92, 88, 92, c.ink("paper"), round=7)
    c.box(x + 14, y - 92, 30, 92, c.ink("paper", dark=0.1), round=7)
    c.box(x - 44, y - 66, 88, 14, c.accent(0))


def pool(c: Canvas) -> None:
    """An old indoor pool: a vaulted roof with light moving on it, tall windows, lanes that run towards her."""
    c.wall(560)
    _vault(c)
    _tall_windows(c)
    _gallery(c, 470)
    c.box(0, 560, WIDTH, 56, c.ink("deck"))
    c.box(0, 604, WIDTH, 14, c.ink("deck", dark=0.14))
    _water(c, 616)
    _plant(c, 42, 566)
    _chair(c, 716, 600)
    for x in (180, 620):
        _globe_lamp(c, x, 150)
    beams(c)
    c.box(-10, 908, 820, 110, c.ink("deck"))
    c.box(-10, 908, 820, 10, c.ink("deck", light=0.4))
    for x in range(-10, 810, 54):
        c.box(x, 922, 50, 18, mix(c.accent(0, light=0.1), c.ink("tile"), 0.4 if (x // 54) % 2 else 0.85), round=2)
    with c.before():
        _ladder(c, 668)
        _towels(c, 116, 936)


def _vault(c: Canvas) -> None:
    for index, (wide, top) in enumerate(((520, -150), (450, -92), (384, -40))):
        fill = c.ink("beam") if index % 2 else c.ink("wall", dark=0.05)
        c.shape(
            f"M{400 - wide} 400V{top + 290}C{400 - wide * 0.9} {top + 40} {400 + wide * 0.9} {top + 40} {400 + wide} {top + 290}V400Z", fill
        )
    shine = lighter(c.ink("water", light=0.5), 0.3)
    for rise in (0, 17, 38, 66, 100, 142):  # light from the water, in ripples along the vault
        points = []
        for step in range(15):
            x = 400 + (step - 7) * (62 - rise * 0.06)
            points.append((x, 18 + rise + abs(step - 7) ** 2.1 * (2.0 - rise * 0.004) + (9 if step % 2 else -5) * c.dice.uniform(0.5, 1.3)))
        start = c.dice.randrange(0, 5)
        c.line(smooth(points[start : start + c.dice.randint(8, 10)]), shine, 3.2, alpha=0.42)


def _tall_windows(c: Canvas) -> None:
    for x in (176, 304, 432, 560):
        top = 168 if x in (304, 432) else 214
        y, wide = top, 84
        c.shape(f"M{x - 7} 470V{y + 42}A49 49 0 0 1 {x + wide + 7} {y + 42}V470Z", c.ink("frame"))
        c.fade(f"M{x} 466V{y + 42}A42 42 0 0 1 {x + wide} {y + 42}V466Z", c.air.sky)
        if x == 432 and (c.air.moon or c.air.sun):
            c.disc(x + 48, y + 74, 22, c.air.sunlight if c.air.sun else c.air.moonlight if c.air.dark else lighter(c.air.sky[0], 0.5))
        if x == 304:
            for _ in range(round(8 * c.air.stars)):
                c.disc(x + c.weather.uniform(10, 74), y + c.weather.uniform(30, 190), 1.8, c.air.starlight)
        c.shape(f"M{x} 466V430Q{x + 30} 408 {x + wide} 424V466Z", c.ink("leaf", far=0.4))
        c.line(f"M{x + wide / 2} {y}V466M{x} {y + 60}H{x + wide}M{x} {y + 150}H{x + wide}", c.ink("frame"), 4.4)


def _gallery(c: Canvas, y: float) -> None:
    c.box(0, y, WIDTH, 92, c.ink("tile"))
    c.line("".join(f"M{x} {y}V{y + 92}" for x in range(30, 800, 40)) + f"M0 {y + 32}H800M0 {y + 62}H800", c.ink("tile", dark=0.08), 2)
    c.box(0, y, WIDTH, 10, c.accent(0))
    c.box(0, y + 16, WIDTH, 4, c.accent(0, light=0.3))


def _water(c: Canvas, y: float) -> None:
    sky = mix(c.ink("water"), c.air.sky[-1], 0.35)
    c.bands(0, y, WIDTH, 390, [sky, c.ink("water"), c.ink("deep")], 9)
    for top, foot in ((232, -190), (352, 250), (448, 550), (568, 990)):
        _lane(c, top, y, foot, 1010)
    for index in range(34):
        share = c.dice.random()
        yy = y + 12 + share**1.5 * 330
        wide = 16 + share * 74
        x = c.dice.uniform(-20, WIDTH)
        tone = c.ink("paper") if index % 3 else c.ink("deep", dark=0.14)
        c.line(
            f"M{x:.1f} {yy:.1f}q{wide / 4:.1f} {-3 - share * 6:.1f} {wide / 2:.1f} 0t{wide / 2:.1f} 0", tone, 1.6 + share * 2.6, alpha=0.4
        )
    if c.air.lamps > 0.3:
        for x in (180, 620):
            for row in range(8):
                wide = 44 + row * 5 + c.dice.uniform(-12, 12)
                c.box(x - wide / 2, y + 10 + row * 17, wide, 5, c.air.glow, round=2.5, alpha=0.38 * c.air.lamps)


def _lane(c: Canvas, x1: float, y1: float, x2: float, y2: float) -> None:
    steps = 26
    for index in range(steps):
        a, b = (index / steps) ** 1.7, ((index + 0.86) / steps) ** 1.7
        w1, w2 = 2.2 + a * 9, 2.2 + b * 9
        ax, ay, bx, by = x1 + (x2 - x1) * a, y1 + (y2 - y1) * a, x1 + (x2 - x1) * b, y1 + (y2 - y1) * b
        fill = c.ink("paper") if index % 2 else c.accent(0, light=0.08)
        c.outline([(ax - w1, ay), (ax + w1, ay), (bx + w2, by), (bx - w2, by)], fill)


def _globe_lamp(c: Canvas, x: float, y: float) -> None:
    c.line(f"M{x} 0V{y - 30}", c.ink("iron"), 3)
    c.halo(x, y, 170, c.air.warmth, 0.44 * c.air.lamps)
    c.disc(x, y, 33, c.burning("paper"))
    c.box(x - 15, y - 38, 30, 13, c.ink("brass"), round=4)


def _plant(c: Canvas, x: float, y: float) -> None:
    for turn, long in ((-70, 120), (-46, 170), (-20, 210), (4, 230), (28, 200), (52, 160), (74, 110)):
        with c.moved(x + 16, y - 50, turn=turn + c.dice.uniform(-5, 5)):
            leaf(c, 0, 0, long, c.ink("leaf", dark=0.14 if turn < 0 else 0.02), wide=0.14)
    c.shape("M-30 -62H62L50 30H-18Z", c.accent(1), at=(x, y))
    c.shape("M28 -62H62L50 30H24Z", c.accent(1, dark=0.12), at=(x, y))


def _chair(c: Canvas, x: float, y: float) -> None:
    white, dark = c.ink("frame", light=0.42), c.ink("frame", light=0.1)
    c.line("M-26 -180L-52 0M40 -180L62 0", dark, 9, at=(x, y))
    c.line("M-10 -180L-30 4M24 -180L40 4", white, 8, at=(x, y))
    for row in range(4):
        yy = y - 150 + row * 38
        c.line(f"M{x - 14 - row * 4} {yy}H{x + 28 + row * 3.4}", white, 6)
    c.box(x - 34, y - 194, 86, 15, c.accent(2), round=4)
    c.box(x + 32, y - 280, 14, 96, white, round=4)
    c.box(x + 24, y - 280, 28, 62, c.accent(2), round=5)
    c.disc(x - 64, y - 96, 34, c.accent(1))
    c.disc(x - 64, y - 96, 17, c.ink("tile"))
    for dx, dy in ((0, -25), (0, 25), (-25, 0), (25, 0)):
        c.disc(x - 64 + dx, y - 96 + dy, 8.5, c.ink("paper"))


def _ladder(c: Canvas, x: float) -> None:
    steel = c.ink("stone", light=0.4)
    for dx in (-40, 40):
        c.line(f"M{x + dx} 910V846C{x + dx} 792 {x + dx + 50} 792 {x + dx + 50} 846V926", c.ink("stone", dark=0.12), 13)
        c.line(f"M{x + dx} 910V846C{x + dx} 792 {x + dx + 50} 792 {x + dx + 50} 846V926", steel, 8)


def _towels(c: Canvas, x: float, y: float) -> None:
    for index, fill in enumerate((c.accent(0), c.accent(2, light=0.2), c.accent(1, light=0.3))):
        top = y - 34 * (index + 1)
        c.box(x - 74, top, 148, 33, fill, round=14)
        c.box(x - 74, top + 18, 148, 15, darker(fill, 0.12), round=7)
        c.line("M40 17H70", darker(fill, 0.22), 2.5, at=(x, top))
