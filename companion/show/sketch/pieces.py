"""What she wears over a garment: an apron, a coat, a shawl. Each is drawn in three layers around the arms and the head."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from companion.show.sketch.gestures import MIDDLE
from companion.show.sketch.strokes import Spot, at, darker, ellipse, fill, group, lighter, line, num

BRASS = "#C9A24A"


class Layers(NamedTuple):
    """Behind the neck, on the body under the arms, and over arms and hair."""

    behind: str = ""
    on: str = ""
    over: str = ""


def piece(name: str, color: str, build: float) -> Layers:
    """Draws a piece; one that has no drawing (gloves belong to the hands) is empty.

    Args:
        color: `#RRGGBB`.
        build: how broad her shoulders are, times the usual.
    """
    drawn = PIECES.get(name)
    return drawn(color, build) if drawn else Layers()


def _rim(color: str, share: float = 0.3) -> str:
    return f' stroke="{darker(color, share)}" stroke-width="1.8"'


def _panels(color: str, build: float, flare: float, hem: tuple[float, float], inner: tuple[float, float]) -> str:
    """The two fronts of something open; `inner` is where their edge runs at the breast and at the neck, from the middle."""
    drawn = ""
    for side in (-1, 1):
        shoulder, waist = MIDDLE + side * 66 * build, MIDDLE + side * (58 + flare) * build
        drawn += fill(
            f"M{num(MIDDLE + side * 26)} 197L{num(shoulder)} 225Q{num(shoulder + side * 4)} 256 {num(MIDDLE + side * 58 * build)} 290"
            f"L{num(waist)} {num(hem[0])}H{num(MIDDLE + side * hem[1])}"
            f"Q{num(MIDDLE + side * inner[0])} 320 {num(MIDDLE + side * inner[1])} 222Z",
            color,
            more=_rim(color),
        )
    return drawn


def _apron(color: str, build: float) -> Layers:
    shade, rim = darker(color, 0.16), _rim(color, 0.16)
    return Layers(
        on=line("M104 282L109 202M160 282L155 202", shade, 7)
        + fill("M97 278Q132 286 167 278L170 360H94Z", color, more=rim)
        + fill("M80 366Q132 354 184 366L190 446H74Z", color, more=rim)
        + fill("M78 362Q132 350 186 362L187 374Q132 362 77 374Z", shade)
    )


def _comet(color: str, build: float) -> Layers:
    star = fill("M150 310L152.6 317 160 317.5 154 322 156 329 150 325 144 329 146 322 140 317.5 147.4 317Z", color)
    return Layers(on=star + line("M144 326Q130 334 116 334M147 329Q134 340 120 342", color, 2.2, opacity=0.8))


def _jacket(color: str, build: float) -> Layers:
    shade = darker(color, 0.16)
    zips = line("M104.5 222Q108.5 320 99 446M159.5 222Q155.5 320 165 446", lighter(color, 0.55), 2.4)
    wings = fill("M107 190L88 208Q92 232 104 246L110 214Z", shade, more=_rim(color))
    wings += fill("M157 190L176 208Q172 232 160 246L154 214Z", shade, more=_rim(color))
    return Layers(on=_panels(color, build, 0, (446, 34), (24, 28)) + zips + wings)


def _cardigan(color: str, build: float) -> Layers:
    buttons = "".join(ellipse(164, y, 2.8, 2.8, lighter(color, 0.5)) for y in (300, 336, 372, 408))
    return Layers(on=_panels(color, build, 0, (446, 34), (24, 28)) + buttons)


def _coat(color: str, build: float) -> Layers:
    shade = darker(color, 0.16)
    clasps = "".join(f'<rect x="100" y="{y}" width="20" height="7" rx="3" fill="{BRASS}"/>' for y in (300, 350, 400))
    wings = fill("M109 180Q92 186 84 212L96 250Q106 236 116 226Z", shade, more=_rim(color))
    wings += fill("M155 180Q172 186 180 212L168 250Q158 236 148 226Z", shade, more=_rim(color))
    return Layers(
        behind=fill("M84 224Q82 178 108 172H156Q182 178 180 224Q132 204 84 224Z", darker(color, 0.3)),
        on=_panels(color, build, 6, (446, 20), (16, 26)) + clasps + wings,
    )


def _waistcoat(color: str, build: float) -> Layers:
    drawn = ""
    for side in (-1, 1):
        outer = MIDDLE + side * 58 * build
        low = MIDDLE + side * 56 * build
        drawn += fill(f"M{MIDDLE + side * 28} 208L{num(outer)} 232Q{num(low)} 340 {num(low)} 436L132 446V318Z", color, more=_rim(color))
    return Layers(on=drawn + "".join(ellipse(138, y, 2.8, 2.8, BRASS) for y in (336, 362, 388, 414)))


def _shawl(color: str, build: float) -> Layers:
    x = MIDDLE - 66 * build - 20
    cloth = fill(
        f"M116 200C92 206 {num(x + 4)} 212 {num(x)} 252Q{num(x - 4)} 330 {num(x + 12)} 372"
        f"Q{num(x + 50)} 396 {num(x + 66)} 362C104 310 120 262 128 214Z",
        color,
        more=_rim(color),
    )
    fringe = "".join(f"M{num(x + 14 + step * 8)} {num(374 + 6 * (1 - abs(step - 3.5) / 3.5))}v17" for step in range(7))
    folds = f"M112 214Q{num(x + 34)} 270 {num(x + 24)} 366M118 222Q{num(x + 66)} 290 {num(x + 48)} 372"
    return Layers(over=line(fringe, color, 2.6) + cloth + line(folds, lighter(color, 0.16), 2, opacity=0.8))


def _scarf(color: str, build: float) -> Layers:
    shade = darker(color, 0.16)
    tail = fill("M146 232L170 226Q178 280 172 322L144 326Q150 280 146 232Z", shade, more=_rim(color))
    tail += line("M148 326v10M156 325v10M164 324v10", shade, 3)
    loop = fill("M98 196Q132 222 166 196Q178 214 164 232Q132 250 100 232Q86 214 98 196Z", color, more=_rim(color))
    return Layers(over=tail + loop + line("M100 214Q132 236 164 214", darker(color, 0.3), 2, opacity=0.6))


def _tie(color: str, build: float) -> Layers:
    return Layers(on=fill("M124 222H140L137 236L144 320L132 336L120 320L127 236Z", color, more=_rim(color)))


def _bow_tie(color: str, build: float) -> Layers:
    bow = fill("M132 226L110 214V240ZM132 226L154 214V240Z", color, more=_rim(color))
    return Layers(over=bow + ellipse(132, 227, 6, 6, darker(color, 0.3)))


def _whistle(color: str, build: float) -> Layers:
    body = f'<rect x="-2" y="-6" width="22" height="8" rx="3" fill="{color}"/>' + ellipse(0, 2, 8, 8, color)
    hung = group(body + ellipse(0, 2, 3.2, 3.2, darker(color, 0.4)), at(Spot(132, 288), degrees=18))
    return Layers(on=line("M108 206Q112 262 132 282Q152 262 156 206", "#3B3430", 2) + hung)


def _headphones(color: str, build: float) -> Layers:
    shells = "".join(f'<rect x="{x}" y="214" width="20" height="30" rx="9" fill="{color}"/>' for x in (84, 160))
    return Layers(over=line("M96 222Q98 198 108 192M168 222Q166 198 156 192", color, 7) + shells)


def _pendant(color: str, build: float) -> Layers:
    return Layers(on=line("M112 206Q120 244 132 250Q144 244 152 206", color, 1.6) + ellipse(132, 254, 4.2, 5.2, color))


PIECES: Mapping[str, Callable[[str, float], Layers]] = {
    "apron": _apron,
    "comet": _comet,
    "jacket": _jacket,
    "cardigan_open": _cardigan,
    "coat": _coat,
    "waistcoat": _waistcoat,
    "shawl": _shawl,
    "scarf": _scarf,
    "tie": _tie,
    "bow_tie": _bow_tie,
    "whistle": _whistle,
    "headphones": _headphones,
    "pendant": _pendant,
}
