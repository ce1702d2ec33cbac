"""Her dressed body: torso, legs and shoes, and what hangs down over them.

The units are those of the figure; the face's axis is x 132. Arms are in `gestures.py`, necklines in `necklines.py`, what comes over a
garment in `pieces.py`.
"""

from dataclasses import dataclass

from companion.show.sketch.clothes import Garb
from companion.show.sketch.gestures import MIDDLE, Leg
from companion.show.sketch.necklines import SHIRT, neckline
from companion.show.sketch.pieces import piece
from companion.show.sketch.strokes import Spot, at, between, darker, fill, group, line, num, tapered


@dataclass(frozen=True, slots=True)
class Body:
    """Layers of a dressed body, from back to front; the head and the arms lie between them.

    Attributes:
        behind: what shows behind the neck: a hood, a collar that is up.
        torso: body and garment.
        collar: over the neck, under the chin.
        over: what lies over sleeves and hair: a shawl, a scarf.
    """

    behind: str
    torso: str
    collar: str
    over: str


def body(garb: Garb, skin: str, build: float, *, to_feet: bool) -> Body:
    """The upper body in its clothes; `to_feet` where one sees the rest of her too."""
    main, b = (SHIRT if garb.cut == "overall" else garb.color), build
    hem = 412.0 if to_feet and garb.below == "dress" else 446.0
    outline = _torso(build, hem)
    cut = neckline(garb.cut, garb.color, skin)
    if garb.cut == "scoop" and garb.sleeves == "none":  # straps over bare shoulders
        torso = fill(outline, skin) + fill(_strapped(build), main)
    else:
        torso = fill(outline, main, more=f' stroke="{darker(main, 0.2)}" stroke-width="1.6"')
    # the side away from the light, and folds at the waist
    torso += fill(
        f"M{num(MIDDLE + 34 * b)} 222Q{num(MIDDLE + 46 * b)} 330 {num(MIDDLE + 36 * b)} {num(hem)}L{num(MIDDLE + 58 * b)} {num(hem)}"
        f"Q{num(MIDDLE + 46 * b)} 380 {num(MIDDLE + 56 * b)} 290L{num(MIDDLE + 66 * b)} 226Z",
        darker(main, 0.3),
        opacity=0.22,
    )
    folds = f"M{num(MIDDLE - 52 * b)} 384Q94 394 106 393M{num(MIDDLE + 52 * b)} 372Q172 384 160 384"
    torso += line(folds, darker(main, 0.22), 1.8, opacity=0.6)
    if garb.below not in ("dress", "bare"):
        torso += fill(
            f"M{num(MIDDLE - 57 * b)} 428H{num(MIDDLE + 57 * b)}L{num(MIDDLE + 58 * b)} 446H{num(MIDDLE - 58 * b)}Z", darker(main, 0.16)
        )
    if not (garb.cut == "scoop" and garb.sleeves == "none"):
        torso += cut.on
    behind, over = cut.behind, ""
    for worn in garb.pieces:
        layers = piece(worn.name, worn.color, build)
        behind, torso, over = behind + layers.behind, torso + layers.on, over + layers.over
    return Body(behind, torso, cut.over, over)


def legs(garb: Garb, pair: tuple[Leg, Leg], skin: str, *, seated: bool) -> str:
    """Hips, legs and shoes."""
    bare = garb.below in ("dress", "skirt", "shorts", "bare")
    color = skin if bare else garb.below_color
    rim = f' stroke="{darker(color, 0.24)}" stroke-width="1.8"'
    drawn = ""
    for leg in pair:
        knee, ankle = leg.knee, leg.ankle
        drawn += _foot(leg, garb, skin)
        drawn += fill(tapered(knee, ankle, 14 if bare else 19, 9.5 if bare else 14.5), color, more=rim)
        drawn += fill(tapered(leg.hip, knee, 24 if bare else 27, 15 if bare else 19.5), color, more=rim)
        drawn += fill(tapered(knee, Spot(knee.x, knee.y + 4), 13 if bare else 18, 12 if bare else 17), color)
        if garb.below == "shorts":
            drawn += fill(tapered(leg.hip, between(leg.hip, knee, 0.5), 28, 26), garb.below_color)
        if not bare:
            drawn += line(f"M{num(ankle.x - 13)} {num(ankle.y + 1)}H{num(ankle.x + 13)}", darker(color, 0.3), 2.2, opacity=0.6)
    drawn += fill("M76 424H188L186 462Q160 478 132 466Q104 478 78 462Z", garb.color if garb.below == "bare" else garb.below_color)
    return drawn + (_skirt(garb.below_color, seated) if garb.below in ("dress", "skirt") else "")


def tails(garb: Garb, *, seated: bool) -> str:
    """What hangs below the waist over the legs: the skirts of a coat, an apron."""
    drawn, low = "", 540.0 if seated else 575.0
    for worn in garb.pieces:
        color = worn.color
        rim = f' stroke="{darker(color, 0.2)}" stroke-width="1.8"'
        if worn.name == "coat":
            drawn += fill(f"M72 420L112 426L104 {num(low)}Q80 {num(low + 8)} 52 {num(low - 6)}Z", color, more=rim)
            drawn += fill(f"M192 420L152 426L160 {num(low)}Q184 {num(low + 8)} 212 {num(low - 6)}Z", color, more=rim)
        if worn.name == "apron":
            drawn += fill(f"M82 424H182L190 {num(low - 44)}Q132 {num(low - 26)} 74 {num(low - 44)}Z", color, more=rim)
            drawn += line(f"M108 440L104 {num(low - 50)}M156 440L160 {num(low - 50)}", darker(color, 0.14), 1.6, opacity=0.7)
    return drawn


def _torso(build: float, hem: float) -> str:
    b = build
    return (
        f"M106 198C98 207 {num(MIDDLE - 50 * b)} 209 {num(MIDDLE - 66 * b)} 225Q{num(MIDDLE - 70 * b)} 256 {num(MIDDLE - 58 * b)} 290"
        f"C{num(MIDDLE - 54 * b)} 340 {num(MIDDLE - 50 * b)} {num(hem - 66)} {num(MIDDLE - 58 * b)} {num(hem)}H{num(MIDDLE + 58 * b)}"
        f"C{num(MIDDLE + 50 * b)} {num(hem - 66)} {num(MIDDLE + 54 * b)} 340 {num(MIDDLE + 58 * b)} 290"
        f"Q{num(MIDDLE + 70 * b)} 256 {num(MIDDLE + 66 * b)} 225C{num(MIDDLE + 50 * b)} 209 166 207 158 198Z"
    )


def _strapped(build: float) -> str:
    """A bodice that leaves the shoulders bare."""
    b = build
    left = f"M{num(MIDDLE - 56 * b)} 290C{num(MIDDLE - 54 * b)} 340 {num(MIDDLE - 50 * b)} 380 {num(MIDDLE - 58 * b)} 446"
    right = f"H{num(MIDDLE + 58 * b)}C{num(MIDDLE + 50 * b)} 380 {num(MIDDLE + 54 * b)} 340 {num(MIDDLE + 56 * b)} 290"
    straps = "Q182 262 164 236L158 206H150L146 244Q132 266 118 244L114 206H106L100 236Q82 262"
    return f"{left}{right}{straps} {num(MIDDLE - 56 * b)} 290Z"


def _skirt(color: str, seated: bool) -> str:
    low, flare = (545.0, 30) if seated else (592.0, 40)
    cloth = fill(
        f"M79 400Q132 412 185 400L{num(196 + flare)} {num(low - 8)}Q{num(168 + flare / 2)} {num(low + 10)} 132 {num(low)}"
        f"Q{num(96 - flare / 2)} {num(low + 10)} {num(68 - flare)} {num(low - 8)}Z",
        color,
        more=f' stroke="{darker(color, 0.22)}" stroke-width="1.8"',
    )
    folds = f"M104 430Q96 500 86 {num(low - 6)}M132 436V{num(low - 12)}M160 430Q168 500 178 {num(low - 6)}"
    return cloth + line(folds, darker(color, 0.2), 2.2, opacity=0.6)


def _foot(leg: Leg, garb: Garb, skin: str) -> str:
    color = garb.shoes or skin
    toes = fill("M-12 -6H12L15 14Q16 24 0 24T-15 14Z", color, more=f' stroke="{darker(color, 0.3)}" stroke-width="1.8"')
    sole = line("M-13 22H13", darker(garb.shoes, 0.45), 4) if garb.shoes else ""
    return group(toes + sole, at(leg.ankle, degrees=leg.foot))
