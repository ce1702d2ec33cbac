"""Places at home: a kitchen with its window, and a study full of books."""

from companion.show.sketch.places_canvas import WIDTH, Canvas
from companion.show.sketch.places_sky import beams, view
from companion.show.sketch.places_things import books, cat, cup, curtain, frame, herb, ivy, pendant, wisps
from companion.show.sketch.strokes import darker, lighter, mix


def kitchen(c: Canvas) -> None:
    """A small kitchen: a window over the counter, shelves of jars and cups, a kettle on the stove."""
    c.wall(560)
    _tiles(c, 540, 720)
    _window(c, 528, 130, 214, 340)
    _shelf(c, 30, 262, 226)
    _shelf(c, 30, 420, 226, hooks=True)
    _counter(c, 716)
    _stove(c, 120, 716)
    pendant(c, 330, 96)
    if "cat" in c.motifs or c.dice.random() < 0.45:
        cat(c, 700, 486, 0.95, flip=True)
        herb(c, 572, 488, 0.72, c.accent(1))
    else:
        for x, size in ((572, 0.8), (638, 0.66), (702, 0.84)):
            herb(c, x, 488, size, c.accent(c.dice.randrange(3)))
    _patch(c)
    beams(c)
    with c.before():
        c.box(-10, 896, 820, 124, c.ink("wood", light=0.1))
        c.box(-10, 896, 820, 10, c.ink("wood", light=0.32))
        c.line("M-10 938H810M-10 972H810", c.ink("wood", dark=0.1), 3)
        cup(c, 116, 924, c.accent(0), size=1.2)
        _bowl(c, 682, 926)


def _tiles(c: Canvas, top: float, bottom: float) -> None:
    c.box(0, top, WIDTH, bottom - top, c.ink("tile"))
    size = 45
    for row in range(int((bottom - top) / size)):
        for column in range(18):
            if c.dice.random() < 0.17:
                color = c.accent(0, light=0.6) if c.dice.random() < 0.6 else c.ink("tile", dark=0.06)
                c.box(column * size, top + row * size, size, size, color)
    lines = "".join(f"M0 {top + row * size}H{WIDTH}" for row in range(1, int((bottom - top) / size) + 1))
    lines += "".join(f"M{column * size} {top}V{bottom}" for column in range(1, 18))
    c.line(lines, c.ink("grout"), 2.5)
    c.box(0, top - 9, WIDTH, 11, c.ink("tile", dark=0.1))


def _window(c: Canvas, x: float, y: float, width: float, height: float) -> None:
    c.box(x - 16, y - 16, width + 32, height + 28, c.ink("sill"))
    view(c, x, y, width, height)
    c.box(x + width / 2 - 5, y, 10, height, c.ink("sill"))
    c.box(x, y + height * 0.42, width, 8, c.ink("sill"))
    c.box(x - 4, y - 4, width + 8, 7, c.ink("sill", dark=0.1))
    c.line(f"M{x - 44} {y - 34}H{x + width + 44}", c.ink("brass"), 6)
    fill = c.accent(0, light=0.12)
    curtain(c, x - 42, y - 34, 122, height + 22, fill)
    curtain(c, x + width + 42, y - 34, 122, height + 22, fill, flip=True)
    c.box(x - 40, y + height + 8, width + 80, 16, c.ink("sill"), round=3)
    c.box(x - 34, y + height + 24, width + 68, 8, c.ink("shade"), alpha=0.14)


def _shelf(c: Canvas, x: float, y: float, width: float, *, hooks: bool = False) -> None:
    at = x + 22
    while at < x + width - 26:
        kind = c.dice.randrange(5)
        if kind == 0:
            c.box(at, y - 62, 42, 62, c.ink("glass"), round=6)
            c.box(at + 4, y - 40, 34, 36, c.ink(c.dice.choice(("brass", "clay", "book_3", "leaf"))), round=4)
            c.box(at + 4, y - 70, 34, 12, c.ink("wood"), round=3)
            at += 54
        elif kind == 1:
            for step in range(c.dice.randint(2, 4)):
                fill = c.accent(step, light=0.4 if step % 2 else 0.12)
                c.shape("M0 -13H56C54 -2 40 0 34 0H22C16 0 2 -2 0 -13Z", fill, at=(at, y - step * 11))
            at += 68
        elif kind == 2:
            c.shape("M6 0C-8 -40 14 -46 14 -78H30C30 -46 52 -40 38 0Z", c.accent(1, light=0.1), at=(at, y))
            c.shape("M24 0V-78H30C30 -46 52 -40 38 0Z", c.accent(1, dark=0.08), at=(at, y))
            at += 58
        elif kind == 3:
            c.box(at, y - 46, 40, 46, c.accent(1, light=0.5), round=4)
            c.box(at, y - 30, 40, 10, c.accent(1, light=0.1))
            c.box(at - 3, y - 54, 46, 10, c.accent(0, dark=0.1), round=3)
            at += 54
        else:
            books(c, at, y, 48, 66)
            at += 54
    c.box(x, y, width, 12, c.ink("wood"), round=2)
    c.box(x, y + 12, width, 6, c.ink("shade"), alpha=0.14)
    c.line(f"M{x + 20} {y + 12}v22l20 -22M{x + width - 20} {y + 12}v22l-20 -22", c.ink("wood", dark=0.2), 4)
    if hooks:
        for index in range(3):
            hx = x + 58 + index * 54
            fill = c.accent(index)
            c.line("M0 12v10", c.ink("iron"), 3, at=(hx, y))
            c.line("M-2 24c-14 2 -14 26 2 26", fill, 6, at=(hx, y))
            c.shape("M0 20H30V50Q30 58 22 58H8Q0 58 0 50Z", fill, at=(hx, y))
            c.box(hx + 20, y + 22, 10, 32, darker(fill, 0.14), round=3)


def _counter(c: Canvas, y: float) -> None:
    c.box(0, y + 10, WIDTH, 300, c.ink("cupboard"))
    c.box(0, y + 24, WIDTH, 9, c.ink("cupboard", dark=0.2))
    for x in (-40, 210, 460, 600, 850):
        c.line(f"M{x} {y + 34}V1010", c.ink("cupboard", dark=0.18), 3)
    for x in (190, 620, 440):
        c.box(x - 4, y + 70, 9, 40, c.ink("brass"), round=4)
    c.box(0, y, WIDTH, 24, c.ink("counter"))
    c.box(0, y, WIDTH, 6, c.ink("counter", light=0.22))


def _stove(c: Canvas, x: float, y: float) -> None:
    c.box(x - 96, y - 8, 190, 300, c.ink("stove"), round=4)
    c.box(x - 96, y - 10, 190, 12, c.ink("stove", light=0.18), round=3)
    for dx in (-66, -28, 10, 48):
        c.disc(x + dx + 8, y + 34, 10, c.ink("stove", light=0.26))
        c.line(f"M{x + dx + 8} {y + 34}v-8", c.ink("paper"), 3)
    c.box(x - 78, y + 66, 154, 120, c.ink("stove", dark=0.3), round=6)
    hot = c.air.lamps * 0.5
    if hot > 0.1:
        c.box(x - 70, y + 74, 138, 104, c.raw("fire"), round=4, alpha=hot * 0.6)
    fill, kx, ky = c.accent(2), x - 8, y - 10
    c.line("M-36 -58C-32 -112 32 -112 36 -58", c.ink("iron"), 8, at=(kx, ky))
    c.shape("M38 -20C66 -30 62 -58 82 -66L88 -56C76 -46 78 -10 44 -4Z", fill, at=(kx, ky))
    c.shape("M-56 0C-62 -46 -40 -72 0 -72C40 -72 62 -46 56 0Z", fill, at=(kx, ky))
    c.shape("M14 -71C46 -66 61 -42 56 0H30C40 -30 32 -56 14 -71Z", darker(fill, 0.14), at=(kx, ky))
    c.disc(kx, ky - 76, 8, c.ink("iron"))
    wisps(c, kx + 90, ky - 72, 0.9)


def _patch(c: Canvas) -> None:
    """Sun or moon through the window, on the wall."""
    if c.air.light in ("overcast", "spot") or (c.air.time == "dusk" and c.air.light != "golden"):
        return
    color, alpha = (c.air.moonshade, 0.10) if c.air.moon else (c.air.glow, 0.30 if c.air.light == "golden" else 0.16)
    for dx in (0, 78):
        c.outline([(276 + dx, 200), (342 + dx, 180), (316 + dx, 470), (250 + dx, 490)], color, alpha=alpha)


def _bowl(c: Canvas, x: float, y: float) -> None:
    c.oval(x, y + 2, 70, 10, c.ink("shade"), alpha=0.25)
    for dx, dy, r in ((-36, -72, 27), (34, -74, 28), (0, -88, 29), (-12, -68, 26), (22, -66, 25)):
        fill = c.ink("lemon") if c.dice.random() < 0.6 else c.ink("clay", light=0.1)
        c.disc(x + dx, y + dy, r, fill)
        c.disc(x + dx - 8, y + dy - 8, r * 0.36, lighter(fill, 0.14 if c.air.dark else 0.3))
    fill = c.accent(0, light=0.5)
    c.shape("M-88 -62H88C84 -20 50 0 30 0H-30C-50 0 -84 -20 -88 -62Z", fill, at=(x, y))
    c.shape("M30 -62H88C84 -20 50 0 30 0H10C40 -14 40 -40 30 -62Z", darker(fill, 0.12), at=(x, y))
    c.box(x - 87, y - 50, 174, 9, c.accent(0))


def study(c: Canvas) -> None:
    """A study: an arched window between shelves of books, a globe, a reading lamp, a desk with an open book."""
    c.wall(1000, lamp=0.6)
    _arch(c, 292, 52, 216, 420)
    _case(c, -30, 236)
    _case(c, 594, 236)
    ivy(c, 206, 92, 250, sway=14)
    ivy(c, 622, 92, 170, sway=-12)
    if "cat" in c.motifs:
        cat(c, 690, 384, 0.72, flip=True)
    beams(c)
    with c.before():
        c.box(-10, 896, 820, 124, c.ink("desk"))
        c.box(-10, 896, 820, 11, c.ink("desk", light=0.26))
        c.line("M-10 944H810", c.ink("desk", dark=0.1), 3)
        _open_book(c, 664, 912)
        _reading_lamp(c, 124, 910)


def _arch(c: Canvas, x: float, y: float, width: float, height: float) -> None:
    r = width / 2
    o = 18
    c.shape(f"M{x - o} {y + height + 10}V{y + r}A{r + o} {r + o} 0 0 1 {x + width + o} {y + r}V{y + height + 10}Z", c.ink("sill"))
    view(c, x, y, width, height, arched=True)
    c.line(f"M{x + r} {y}V{y + height}M{x} {y + r + 30}H{x + width}M{x} {y + r + 150}H{x + width}", c.ink("sill"), 8)
    c.line(f"M{x + r} {y + r + 30}L{x + r - 78} {y + 34}M{x + r} {y + r + 30}L{x + r + 78} {y + 34}", c.ink("sill"), 6)


def _case(c: Canvas, x: float, width: float) -> None:
    wood = c.ink("case")
    c.box(x, 60, width, 950, c.ink("inner"))
    kinds = ["globe", "plant", "picture", "books", "books"]
    c.dice.shuffle(kinds)
    for kind, y in zip(kinds, (222, 384, 546, 708, 870), strict=True):
        c.box(x, y - 150, width, 12, c.ink("shade"), alpha=0.28)
        _row(c, kind, x + 16, y, width - 32)
        c.box(x, y, width, 13, wood)
        c.box(x, y, width, 4, c.ink("case", light=0.2))
    c.box(x - 6, 46, width + 12, 26, c.ink("case", light=0.08), round=3)
    c.box(x, 60, 14, 950, wood)
    c.box(x + width - 14, 60, 14, 950, wood)


def _row(c: Canvas, kind: str, x: float, y: float, width: float) -> None:
    if kind == "globe":
        books(c, x, y, width * 0.52, 126)
        _globe(c, x + width * 0.77, y)
    elif kind == "plant":
        herb(c, x + width * 0.22, y, 0.62, c.accent(c.dice.randrange(3)))
        books(c, x + width * 0.46, y, width * 0.54, 126)
    elif kind == "picture":
        frame(c, x + 6, y - 106, 84, 106)
        books(c, x + 98, y, width - 98, 126)
    else:
        books(c, x, y, width, 128)


def _globe(c: Canvas, x: float, y: float) -> None:
    c.box(x - 24, y - 8, 48, 8, c.ink("brass", dark=0.2), round=3)
    c.line("M0 -8V-22", c.ink("brass", dark=0.2), 6, at=(x, y))
    c.line("M-30 -86A42 42 0 1 0 32 -28", c.ink("brass"), 5, at=(x, y))
    c.disc(x, y - 60, 34, c.accent(0, light=0.3))
    c.shape("M-24 -80C-6 -92 8 -78 -2 -66C-12 -58 -8 -46 -18 -44C-32 -52 -32 -70 -24 -80Z", c.ink("leaf"), at=(x, y))
    c.shape("M12 -62C24 -68 32 -58 24 -44C14 -40 8 -52 12 -62Z", c.ink("leaf"), at=(x, y))


def _open_book(c: Canvas, x: float, y: float) -> None:
    c.shape("M-112 22L-94 -30H94L112 22Z", c.accent(1, dark=0.1), at=(x, y))
    c.shape("M0 10C-30 -6 -76 -2 -102 12L-86 -38C-60 -50 -24 -48 0 -34Z", c.ink("paper"), at=(x, y))
    c.shape("M0 10C30 -6 76 -2 102 12L86 -38C60 -50 24 -48 0 -34Z", c.ink("paper", dark=0.07), at=(x, y))
    for row in range(4):
        top = y - 32 + row * 10
        c.line(f"M{x - 76 - row * 4} {top + 4}C{x - 54} {top - 5} {x - 34} {top - 4} {x - 14} {top + 4}", c.ink("stone"), 2.4)
        c.line(
            f"M{x + 14} {top + 4}C{x + 34} {top - 4} {x + 54} {top - 5} {x + 76 + row * 4 - 20 * (row == 3)} {top + 4}", c.ink("stone"), 2.4
        )
    c.shape("M30 -46L42 -46L48 26L40 20L34 28Z", c.accent(0), at=(x, y))


def _reading_lamp(c: Canvas, x: float, y: float) -> None:
    burning = c.air.lamps
    c.halo(x + 8, y - 150, 240, c.air.warmth, 0.5 * burning)
    c.oval(x, y, 54, 11, c.ink("brass", dark=0.16))
    c.box(x - 5, y - 150, 10, 148, c.ink("brass"), round=4)
    c.oval(x, y - 6, 40, 9, c.ink("brass"))
    shade = mix(c.accent(0), c.air.glow, 0.18 * burning)
    c.oval(x + 6, y - 146, 76, 9, c.burning("paper"))
    c.shape("M-76 -146C-74 -206 -30 -214 6 -214C42 -214 86 -206 88 -146Z", shade, at=(x, y))
    c.shape("M-60 -156C-56 -192 -36 -202 -16 -204C-36 -190 -42 -174 -44 -156Z", lighter(shade, 0.3), at=(x, y))
    c.box(x + 2, y - 222, 8, 10, c.ink("brass"), round=3)
    c.line("M46 -144V-110", c.ink("brass"), 2.5, at=(x, y))
    c.disc(x + 46, y - 106, 4, c.ink("brass"))
