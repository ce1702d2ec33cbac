"""How a garment is cut at the neck, from a crew neck to a robe: what is behind the neck, in the garment, and over the neck."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from companion.show.sketch.clothes import Cut
from companion.show.sketch.strokes import darker, ellipse, fill, lighter, line

BRASS, SHIRT, LINEN = "#C9A24A", "#EFE9DD", "#F5F1EA"
CREW = "M104 199Q108 231 132 231T160 199L154 196H110Z"


class Neckline(NamedTuple):
    """Behind the neck, on the garment, and over the neck under the chin."""

    behind: str = ""
    on: str = ""
    over: str = ""


def neckline(cut: Cut, color: str, skin: str) -> Neckline:
    """Draws a cut in a colour (`#RRGGBB`)."""
    return CUTS[cut](color, skin)


def _rim(color: str, width: float = 1.8) -> str:
    return f' stroke="{color}" stroke-width="{width}"'


def _band(color: str) -> str:
    return line("M105.5 202Q109.5 231.5 132 231.5T158.5 202", darker(color, 0.16), 6.5)


def _inside(color: str) -> str:
    """The garment's inside, behind the neck."""
    return fill("M106 200Q132 184 158 200L154 214H110Z", darker(color, 0.3))


def _crew(color: str, skin: str) -> Neckline:
    return Neckline(on=fill(CREW, skin) + _band(color))


def _scoop(color: str, skin: str) -> Neckline:
    edge = line("M92.5 207Q98 262 132 262T171.5 207", darker(color, 0.16), 3.5)
    return Neckline(on=fill("M92 207Q98 262 132 262T172 207L154 196H110Z", skin) + edge)


def _v(color: str, skin: str) -> Neckline:
    return Neckline(on=fill("M103 200L132 256L161 200L154 196H110Z", skin) + line("M103 200L132 256L161 200", darker(color, 0.16), 6))


def _high(color: str, skin: str) -> Neckline:
    shade = darker(color, 0.16)
    rolled = f'<rect x="106" y="180" width="52" height="34" rx="11" fill="{color}"{_rim(shade)}/>'
    return Neckline(over=rolled + line("M107 199Q132 206 157 199", shade, 2.4))


def _hoodie(color: str, skin: str) -> Neckline:
    shade, deep = darker(color, 0.16), darker(color, 0.3)
    roll = fill(
        "M76 226Q84 200 106 192L109 200Q112 236 132 238Q152 236 155 200L158 192Q180 200 188 226Q176 250 132 254Q88 250 76 226Z",
        color,
        more=_rim(shade),
    )
    strings = line("M112 250Q110 268 113 286M152 250Q154 270 151 292", "#F2EEE6", 3.6)
    strings += ellipse(113, 288, 2.6, 3.6, "#F2EEE6") + ellipse(151, 294, 2.6, 3.6, "#F2EEE6")
    pocket = fill("M92 372H172L182 424H82Z", shade, opacity=0.55)
    return Neckline(
        behind=fill("M70 232Q66 190 104 182H160Q198 190 194 232Q132 214 70 232Z", deep),
        on=fill(CREW, skin) + line("M102 200Q106 240 132 241T162 200", deep, 10) + roll + strings + pocket,
    )


def _collar(color: str, skin: str) -> Neckline:
    wings = fill("M108 193L96 208Q104 232 122 238L132 226Z", LINEN) + fill("M156 193L168 208Q160 232 142 238L132 226Z", LINEN)
    return Neckline(_inside(color), fill(CREW, skin) + _band(color), wings + line("M108 193L132 226L156 193", darker(LINEN, 0.15), 1.8))


def _shirt(color: str, skin: str) -> Neckline:
    deep = darker(color, 0.3)
    placket = line("M132 232V446", darker(color, 0.16), 2)
    placket += "".join(ellipse(132, y, 2.6, 2.6, lighter(color, 0.6)) for y in (256, 296, 336, 376, 416))
    wings = fill("M107 192L92 210Q102 236 120 242L132 228Z", color, more=_rim(deep, 1.6))
    wings += fill("M157 192L172 210Q162 236 144 242L132 228Z", color, more=_rim(deep, 1.6))
    return Neckline(_inside(color), fill("M108 197L132 230L156 197Z", skin) + placket, wings)


def _blazer(color: str, skin: str) -> Neckline:
    deep = darker(color, 0.3)
    shirt = fill("M106 198L132 330L158 198Z", LINEN) + fill("M116 198L132 222L148 198Z", skin)
    lapels = fill("M106 196L88 214L96 250L90 258L131 336L132 312L112 232Z", color, more=_rim(deep))
    lapels += fill("M158 196L176 214L168 250L174 258L133 336L132 312L152 232Z", color, more=_rim(deep))
    front = line("M132 334V446", deep, 2) + ellipse(132, 350, 4, 4, deep) + ellipse(132, 386, 4, 4, deep)
    wings = fill("M110 194L102 208L118 232L132 220Z", "#FBF8F2") + fill("M154 194L162 208L146 232L132 220Z", "#FBF8F2")
    return Neckline(_inside(color), shirt + lapels + front, wings + line("M110 194L132 220L154 194", darker(LINEN, 0.15), 1.6))


def _overall(color: str, skin: str) -> Neckline:
    shade = darker(color, 0.16)
    bib = fill("M92 292H172L182 446H82Z", color, more=_rim(shade)) + fill("M112 318H152V352H112Z", shade, opacity=0.7)
    straps = line("M98 296L96 214M166 296L168 214", color, 15) + ellipse(98, 300, 5, 5, BRASS) + ellipse(166, 300, 5, 5, BRASS)
    return Neckline(on=fill(CREW, skin) + _band(SHIRT) + bib + straps)


def _chef(color: str, skin: str) -> Neckline:
    front = line("M150 214Q146 330 150 446", darker(color, 0.16), 2)
    front += "".join(ellipse(x, y, 3.4, 3.4, "#3A3A40") for x in (120, 142) for y in (256, 292, 328, 364))
    knot = fill("M106 196Q132 220 158 196L160 214Q132 236 104 214Z", "#C4433A")
    return Neckline(_inside(color), fill(CREW, skin) + front, knot + fill("M126 222L118 246L132 236L146 246L138 222Z", "#A93730"))


def _robe(color: str, skin: str) -> Neckline:
    shade = darker(color, 0.16)
    cross = fill("M106 198L140 300L132 446H120L92 212Z", shade)
    cross += fill("M158 198L118 306L112 320L128 340L172 212Z", lighter(color, 0.08), more=_rim(shade, 1.6))
    belt = f'<rect x="78" y="372" width="108" height="20" fill="{darker(color, 0.3)}"/>'
    return Neckline(on=fill("M106 198L130 262L158 198Z", skin) + cross + belt)


def _graphic(color: str, skin: str) -> Neckline:
    star = fill("M132 276L140 296L161 298L145 312L150 333L132 321L114 333L119 312L103 298L124 296Z", lighter(color, 0.75))
    return Neckline(on=fill(CREW, skin) + _band(color) + star)


CUTS: Mapping[Cut, Callable[[str, str], Neckline]] = {
    "crew": _crew,
    "scoop": _scoop,
    "v": _v,
    "high": _high,
    "hoodie": _hoodie,
    "collar": _collar,
    "shirt": _shirt,
    "blazer": _blazer,
    "overall": _overall,
    "chef": _chef,
    "robe": _robe,
    "graphic": _graphic,
}
