"""Places under the sky: a harbour and a garden. The roof and the street are in `places_town.py`."""

from companion.show.sketch.places_canvas import WIDTH, Canvas
from companion.show.sketch.places_sky import beams, hills, sky
from companion.show.sketch.places_things import bulbs, flower, leaf, pot
from companion.show.sketch.strokes import lighter, mix


def harbour(c: Canvas) -> None:
    """A bay with a lighthouse on its cliff, boats, and the quay where she stands."""
    horizon = 612
    sky(c, horizon, sun=(650, 548), moon=(648, 178), cloudy=(90, 480))
    c.shape(
        f"M430 {horizon}C520 {horizon - 46} 600 {horizon - 30} 660 {horizon - 64}C720 {horizon - 92} 760 {horizon - 70}"
        f" 820 {horizon - 80}V{horizon}Z",
        c.ink("cliff", far=0.62),
    )
    _sea(c, horizon)
    _beam(c, 128, 236)
    _headland(c, horizon)
    for _ in range(c.dice.randint(1, 2)):
        x = c.dice.uniform(470, 560)
        _boat(c, x, horizon + 12, 0.34, c.accent(1, far=0.4), far=0.4)
    _boat(c, c.dice.uniform(650, 690), horizon + 74, 1.0, c.accent(0))
    if c.air.time != "night":
        for _ in range(c.weather.randint(2, 4)):
            x, y, size = c.weather.uniform(190, 640), c.weather.uniform(110, 260), c.weather.uniform(9, 17)
            c.line(
                f"M{x - size:.1f} {y - size * 0.4:.1f}Q{x - size * 0.4:.1f} {y - size * 0.7:.1f} {x:.1f} {y:.1f}Q{x + size * 0.4:.1f}"
                f" {y - size * 0.7:.1f} {x + size:.1f} {y - size * 0.4:.1f}",
                c.ink("paper"),
                3,
            )
    _quay(c, 838)
    beams(c)
    with c.before():
        _post(c, 92)
        _rope_coil(c, 668, 936)


def _sea(c: Canvas, horizon: float) -> None:
    shine = mix(c.air.sky[-1], c.ink("foam"), 0.25)
    c.bands(0, horizon, WIDTH, 390, [mix(c.ink("sea"), shine, 0.45), c.ink("sea"), c.ink("deep")], 9)
    glint = c.air.sunlight if c.air.sun else c.air.moonlight if c.air.moon and c.air.dark else c.ink("foam")
    for row in range(13):  # a path of light below sun or moon
        y = horizon + 6 + row * row * 1.25
        wide = 26 + row * 7 + c.dice.uniform(-10, 14)
        x = 650 + c.dice.uniform(-10 - row * 3, 10 + row * 3)
        c.box(x - wide / 2, y, wide, 2.5 + row * 0.34, glint, round=2, alpha=0.62 if c.air.sun or c.air.moon else 0.3)
    for row in range(30):
        share = c.dice.random()
        y = horizon + 10 + share**1.6 * 230
        wide = 24 + share * 100 * c.dice.uniform(0.5, 1.2)
        x = c.dice.uniform(-40, WIDTH)
        color = c.ink("foam", far=0.25) if row % 3 else c.ink("deep", dark=0.12)
        c.box(x, y, wide, 2 + share * 2.4, color, round=2, alpha=0.42)


def _beam(c: Canvas, x: float, y: float) -> None:
    strong = {"dawn": 0.1, "day": 0.0, "dusk": 0.2, "night": 0.24}[c.air.time]
    if not strong:
        return
    for spread, alpha in ((1.0, strong * 0.55), (0.6, strong * 0.6), (0.26, strong * 0.6)):
        c.outline([(x, y - 6), (840, y - 74 - 100 * spread), (840, y - 74 + 130 * spread), (x, y + 6)], c.raw("beacon"), alpha=alpha)
        c.outline([(x, y - 5), (-40, y + 10 - 30 * spread), (-40, y + 30 + 34 * spread), (x, y + 5)], c.raw("beacon"), alpha=alpha)


def _headland(c: Canvas, horizon: float) -> None:
    c.shape(
        f"M-10 {horizon + 26}V548C40 522 90 520 150 532C200 542 232 574 286 592C300 600 306 612 318 {horizon + 16}C200"
        f" {horizon + 34} 90 {horizon + 40} -10 {horizon + 26}Z",
        c.ink("cliff", far=0.12),
    )
    c.shape(
        f"M-10 {horizon + 30}V590C60 566 130 586 180 592C230 600 260 604 318 {horizon + 16}C220 {horizon + 34} 90 {horizon + 44}"
        f" -10 {horizon + 30}Z",
        c.ink("rock", far=0.06),
    )
    c.shape(
        f"M-10 {horizon + 34}C80 {horizon + 24} 220 {horizon + 30} 330 {horizon + 16}C240 {horizon + 44} 90 {horizon + 50}"
        f" -10 {horizon + 34}Z",
        c.ink("foam"),
        alpha=0.4,
    )
    wall, shadow = c.ink("tower", far=0.04), c.ink("shade")
    # the keeper's house
    c.box(176, 520, 62, 44, wall)
    c.shape("M168 522L190 496H226L246 522Z", c.accent(1, far=0.1))
    c.box(190, 534, 13, 15, c.burning("glass", c.air.windows if c.air.dark else c.air.windows * 0.7))
    c.box(214, 534, 12, 30, c.accent(0, far=0.1))
    c.box(224, 484, 10, 22, wall)
    # the tower
    c.shape("M86 548L104 268H152L170 548Z", wall)
    for index in range(3):
        top = 318 + index * 84
        left, right = 104 - (top - 268) * 18 / 280, 152 + (top - 268) * 18 / 280
        low = top + 38
        c.outline(
            [(left, top), (right, top), (152 + (low - 268) * 18 / 280, low), (104 - (low - 268) * 18 / 280, low)], c.accent(0, far=0.04)
        )
    c.shape("M134 268H152L170 548H141Z", shadow, alpha=0.16)
    for top in (294, 386, 470):
        c.box(121, top, 13, 18, c.burning("iron", c.air.windows * 0.9), round=6)
    burning = {"dawn": 0.7, "day": 0.0, "dusk": 1.0, "night": 1.0}[c.air.time]
    c.halo(128, 236, 150, c.air.warmth, 0.5 * burning)
    c.box(94, 260, 68, 10, c.ink("iron"), round=2)
    c.line("M98 246H158M100 246V262M114 246V262M142 246V262M156 246V262", c.ink("iron"), 2.4)
    c.box(109, 216, 38, 46, mix(c.ink("glass"), c.air.sunlight, burning))
    c.disc(128, 238, 11, lighter(c.ink("brass"), burning))
    c.line("M109 216V262M128 216V226M147 216V262", c.ink("iron"), 2.4)
    c.shape("M102 218C106 196 120 186 128 184C136 186 150 196 154 218Z", c.accent(0, far=0.04, dark=0.1))
    c.line("M128 184V168", c.ink("iron"), 3)


def _boat(c: Canvas, x: float, y: float, size: float, sail: str, far: float = 0.0) -> None:
    with c.moved(x, y, size):
        c.shape("M-64 -6C-50 22 46 22 66 -10Z", c.ink("deep"), alpha=0.35)
        c.line("M2 -14V-168", c.ink("wood", far=far, dark=0.2), 4)
        c.shape("M8 -164C44 -120 62 -70 66 -34H8Z", sail)
        c.shape("M8 -164C22 -120 26 -70 26 -34H8Z", lighter(sail, 0.16))
        c.shape("M-4 -150C-22 -110 -40 -70 -48 -34H-4Z", c.ink("paper", far=far))
        c.shape("M-66 -24H72C64 4 50 12 -44 12C-56 6 -62 -8 -66 -24Z", c.ink("paper", far=far, dark=0.04))
        c.shape("M-63 -14C-60 0 -54 8 -44 12C50 12 60 6 68 -12Z", c.accent(1, far=far, dark=0.1))
        if c.air.dark:
            c.halo(2, -174, 44, c.air.warmth, 0.5, rings=3)
            c.disc(2, -172, 4, c.air.sunlight)


def _quay(c: Canvas, y: float) -> None:
    c.box(0, y, WIDTH, 1000 - y, c.ink("quay"))
    c.box(0, y, WIDTH, 14, c.ink("quay", light=0.2))
    c.box(0, y + 14, WIDTH, 10, c.ink("quay", dark=0.3))
    for x in (-160, 20, 180, 330, 470, 620, 780, 960):
        c.line(f"M{x} {y + 24}L{400 + (x - 400) * 1.5} 1004", c.ink("quay", dark=0.22), 3)


def _post(c: Canvas, x: float) -> None:
    wood, dark = c.ink("wood", dark=0.22), c.ink("wood", dark=0.42)
    c.box(x - 32, 742, 64, 270, wood, round=8)
    c.shape(f"M{x + 6} 744H{x + 24}Q{x + 32} 744 {x + 32} 752V1010H{x + 6}Z", dark)
    c.oval(x, 748, 32, 11, c.ink("wood", light=0.12))
    c.oval(x, 748, 18, 6, c.ink("wood", dark=0.1))
    rope = c.ink("paper", dark=0.18)
    for top in (820, 838, 856):
        c.line("M-33 0Q0 14 33 0", rope, 13, at=(x, top))
        c.line("M-20 7l5 -6M0 10l5 -6M18 7l5 -6", c.ink("paper", dark=0.36), 2.5, at=(x, top))
    if c.air.dark:
        _lantern(c, x, 742)
    else:
        _gull(c, x, 738)


def _lantern(c: Canvas, x: float, y: float) -> None:
    c.halo(x, y - 46, 170, c.air.warmth, 0.5 * max(0.5, c.air.lamps))
    c.line("M-20 -82C-20 -124 20 -124 20 -82", c.ink("iron"), 4, at=(x, y))
    c.box(x - 25, y - 10, 50, 12, c.ink("iron"), round=3)
    c.box(x - 20, y - 72, 40, 62, mix(c.burning("paper", 1.0), c.ink("paper"), 0.1), round=5)
    c.shape("M0 -56C11 -40 9 -26 0 -22C-9 -26 -11 -40 0 -56Z", c.air.sunlight, at=(x, y))
    c.shape("M-26 -72L-12 -88H12L26 -72Z", c.ink("iron"), at=(x, y))
    c.line("M-20 -72V-10M20 -72V-10", c.ink("iron"), 4, at=(x, y))


def _gull(c: Canvas, x: float, y: float) -> None:
    white = c.ink("paper", light=0.3)
    c.line("M-6 0V-20M8 0V-20", c.ink("brass"), 4, at=(x, y))
    c.shape("M-74 -24C-40 -34 -30 -62 10 -64C8 -92 44 -96 46 -72C46 -40 24 -14 -6 -14C-30 -14 -50 -22 -74 -24Z", white, at=(x, y))
    c.shape("M-82 -20C-50 -46 -30 -62 6 -56C8 -30 -20 -22 -82 -20Z", c.ink("stone"), at=(x, y))
    c.shape("M44 -78L68 -70L45 -67Z", c.ink("brass"), at=(x, y))
    c.disc(x + 34, y - 78, 3.2, c.ink("iron"))


def _rope_coil(c: Canvas, x: float, y: float) -> None:
    rope, dark = c.ink("paper", dark=0.14), c.ink("paper", dark=0.34)
    c.oval(x, y + 8, 100, 22, c.ink("shade"), alpha=0.25)
    for index in range(4):
        top = y - index * 17
        wide = 84 - index * 4
        c.oval(x, top, wide + 7, 22, dark)
        c.oval(x, top - 3, wide + 6, 20, rope)
    c.oval(x, y - 55, 58, 13, dark)
    c.line("M74 -10C120 6 130 20 140 50", rope, 15, at=(x, y))


def garden(c: Canvas) -> None:
    """A back garden: a fruit tree, a shed or an oven, flowers, a string of lanterns."""
    sky(c, 600, sun=(250, 540), moon=(630, 196), cloudy=(60, 360))
    hills(c, 560, 90, c.ink("hedge", far=0.66), foot=610, waves=3)
    hills(c, 600, 70, c.ink("hedge", far=0.42), foot=640, waves=5)
    for _ in range(9):
        c.blob(
            c.dice.uniform(150, 650),
            c.dice.uniform(590, 612),
            c.dice.uniform(26, 54),
            c.ink("hedge", far=0.26, dark=c.dice.uniform(0, 0.1)),
        )
    c.bands(0, 630, WIDTH, 370, [c.ink("lawn"), c.ink("lawn_near"), c.ink("lawn_near", dark=0.12)], 7)
    _fence(c, 650)
    if "oven" in c.motifs:
        _oven(c)
    else:
        _shed(c)
    _tree(c, 78, 690)
    _beds(c)
    bulbs(c, (-20, 90), (820, 70), 66, 9, lanterns=True)
    beams(c)
    if c.air.time in ("dusk", "night") and c.air.light not in ("overcast", "spot"):
        for _ in range(16):
            x, y = c.weather.uniform(20, 780), c.weather.uniform(430, 860)
            c.halo(x, y, 15, c.raw("firefly"), 0.5, rings=3)
            c.disc(x, y, 2.4, c.air.sunlight)
    with c.before():
        _corner(c, 28, False)
        _corner(c, 772, True)


def _fence(c: Canvas, y: float) -> None:
    white, dark = c.ink("fence", far=0.12), c.ink("fence", far=0.12, dark=0.14)
    c.box(0, y - 36, WIDTH, 9, dark)
    c.box(0, y - 6, WIDTH, 9, dark)
    for x in range(-6, 810, 34):
        c.shape("M0 18V-54L10 -66L20 -54V18Z", white, at=(x, y))


def _shed(c: Canvas) -> None:
    wall, dark = c.ink("house"), c.ink("house", dark=0.1)
    c.box(588, 440, 230, 250, wall)
    for x in range(616, 800, 28):
        c.line(f"M{x} 446V690", dark, 2.5)
    c.shape("M566 452L690 352L840 470V492L690 386L578 470Z", c.accent(1, far=0.05))
    c.shape("M600 452L690 386L800 470V476H600Z", wall)
    lit = c.air.windows if c.air.dark else 0.0
    c.halo(668, 540, 150, c.air.warmth, 0.36 * lit)
    c.box(630, 494, 80, 92, c.ink("paper"), round=3)
    c.box(637, 501, 66, 78, mix(c.ink("glass"), c.air.glow, min(1.0, lit * 1.5)))
    c.line("M670 501V579M637 540H703", c.ink("paper"), 5)
    c.box(622, 586, 96, 10, c.ink("paper"), round=2)
    for x in range(634, 712, 15):
        flower(c, x, 582 - c.dice.uniform(0, 8), 8, c.accent(c.dice.randrange(3), light=0.1))
    c.box(742, 506, 80, 184, c.accent(0, dark=0.08))
    c.disc(754, 604, 5, c.ink("brass"))
    pot(c, 606, 704, 0.8)
    c.blob(606, 640, 30, c.ink("leaf"))


def _oven(c: Canvas) -> None:
    c.shape("M574 700V560C574 440 640 392 706 392C776 392 812 440 820 560V700Z", c.ink("brick"))
    for row in range(11):
        y = 430 + row * 25
        half = 120 if row > 4 else 60 + row * 14
        for step in range(6):
            if c.dice.random() < 0.34:
                x = 706 - half + step * half / 3 + (14 if row % 2 else 0)
                c.box(x, y, 32, 15, c.ink("brick", light=0.10 if c.dice.random() < 0.5 else 0.0, dark=0.06), round=2)
    c.box(664, 330, 56, 76, c.ink("brick", dark=0.1))
    c.box(656, 322, 72, 16, c.ink("brick", dark=0.22), round=2)
    c.shape("M638 640V580C638 520 764 520 764 580V640Z", c.ink("brick", dark=0.3))
    c.shape("M650 640V584C650 536 752 536 752 584V640Z", c.ink("shade"))
    hot = max(0.45, c.air.lamps)
    c.halo(701, 626, 120, c.raw("fire"), 0.45 * hot)
    c.shape("M664 640C668 606 684 612 688 586C700 600 706 602 708 580C722 600 734 606 738 640Z", c.raw("fire"))
    c.shape("M682 640C686 620 696 622 700 606C710 620 718 622 720 640Z", c.raw("flame"))
    c.box(560, 640, 270, 22, c.ink("stone"), round=3)
    pot(c, 590, 742, 1.0)
    c.line("M590 690V560", c.ink("wood", dark=0.2), 5)
    for dx, dy in ((-18, 660), (20, 632), (-16, 604), (16, 580), (-10, 560)):
        with c.moved(590, dy, turn=60 if dx > 0 else -60):
            leaf(c, 0, 0, 48, c.ink("leaf"), wide=0.34)
    for dx, dy in ((-20, 668), (22, 648), (-8, 622), (14, 604)):
        c.disc(590 + dx, dy, 11, c.ink("tomato"))


def _tree(c: Canvas, x: float, y: float) -> None:
    c.oval(x + 10, y + 6, 90, 14, c.ink("lawn_near", dark=0.3), alpha=0.5)
    c.shape("M-20 0C-10 -90 -14 -150 -40 -220L-16 -232L2 -170L34 -240L54 -226C22 -150 20 -90 30 0Z", c.ink("bark"), at=(x, y))
    spots = ((-70, -270, 84), (60, -286, 88), (-8, -356, 104), (-96, -372, 76), (92, -384, 74), (0, -452, 80))
    for dx, dy, r in spots:
        c.blob(x + dx, y + dy + 10, r, c.ink("tree", dark=0.16), bumps=9)
    for dx, dy, r in spots:
        c.blob(x + dx - 8, y + dy - 8, r * 0.86, c.ink("tree"), bumps=9)
    for dx, dy, r in spots[2:]:
        c.blob(x + dx - 20, y + dy - 26, r * 0.46, c.ink("tree", light=0.14), bumps=8)
    for _ in range(c.dice.randint(9, 15)):
        dx, dy, r = c.dice.choice(spots)
        fx, fy = x + dx + c.dice.uniform(-0.7, 0.7) * r, y + dy + c.dice.uniform(-0.6, 0.7) * r
        c.disc(fx, fy, 10, c.accent(1, dark=0.1))
        c.disc(fx - 3, fy - 3, 4, c.accent(1, light=0.3))


def _beds(c: Canvas) -> None:
    for left, right in ((-10, 250), (540, 810)):
        for _ in range(17):
            x, y = c.dice.uniform(left, right), c.dice.uniform(740, 800)
            tall = c.dice.uniform(36, 84)
            c.line(f"M{x:.1f} {y:.1f}q{c.dice.uniform(-8, 8):.1f} {-tall / 2:.1f} 0 {-tall:.1f}", c.ink("leaf", dark=0.1), 3)
            flower(c, x, y - tall, c.dice.uniform(9, 15), c.accent(c.dice.randrange(3), light=c.dice.choice((0.05, 0.2, 0.45))))


def _corner(c: Canvas, x: float, flip: bool) -> None:
    with c.moved(x, 990, 1.12, flip=flip):
        for turn, long, shade in (
            (72, 150, 0.26),
            (56, 190, 0.2),
            (8, 210, 0.22),
            (26, 250, 0.12),
            (42, 200, 0.05),
            (-6, 150, 0.1),
            (66, 120, 0.0),
        ):
            with c.moved(-6, 0, turn=turn + c.dice.uniform(-5, 5)):
                leaf(c, 0, 0, long, c.ink("leaf", dark=shade))
        for dx, dy, size in ((44, -172, 24), (100, -118, 19)):
            flower(c, dx + c.dice.uniform(-10, 10), dy, size, c.accent(c.dice.randrange(3), light=0.18))
