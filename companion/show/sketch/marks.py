"""What one knows her by, read from the words of her look: freckles, hoops, a mole, a gap between the teeth.

Words are only looked up in `marks.yaml`; none of them gets into a drawing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from companion.persona.visual import Look as Looks
from companion.show.sketch.strokes import darker, ellipse, line, mix


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn besides the parts of the portrait.

    Attributes:
        right: a one-sided mark (a mole, a scar) is on her right, which is our left.
        mole_by_mouth: the mole is by the mouth, not under the eye.
        iris: the colour of her eyes, `#RRGGBB`.
        build: how broad her shoulders are, times the usual.
    """

    iris: str
    build: float = 1.0
    right: bool = False
    mole_by_mouth: bool = False
    freckles: bool = False
    hoops: bool = False
    earrings: bool = False
    silver: bool = False
    mole: bool = False
    cheek_scar: bool = False
    brow_scar: bool = False
    gap_teeth: bool = False
    dimples: bool = False
    crows_feet: bool = False
    wrinkles: bool = False
    rosy: bool = False
    grey_temples: bool = False
    glasses: bool = False
    heavy_brows: bool = False
    watch: bool = False
    whistle: bool = False
    pendant: bool = False
    wrist_ink: bool = False
    lashes: bool = False


def marks_of(looks: Looks) -> Marks:
    """The marks that the words of a look name; what is not recognised is left out."""
    table = _table()
    said = _plain(" ; ".join((looks.face, looks.hair, looks.eyes, looks.skin, looks.build, looks.age_look, looks.marks)))
    found = {name: _named(said, words, table["not"]) for name, words in table["marks"].items()}
    known = {field.name for field in fields(Marks)}
    return Marks(
        iris=next((color for word, color in table["eyes"].items() if _named(_plain(looks.eyes), (word,), ())), table["iris"]),
        build=next((share for word, share in table["build"].items() if _named(_plain(looks.build), (word,), ())), 1.0),
        right=_named(_plain(looks.marks), table["sides"]["right"], ()),
        mole_by_mouth=_named(said, ("mole by the mouth", "mole above the lip", "mole over the lip", "mole near the mouth"), ()),
        **{name: yes for name, yes in found.items() if name in known},
    )


def lines(marks: Marks, skin: str) -> str:
    """What is drawn on the skin of her face."""
    shade, deep = darker(skin, 0.28), darker(skin, 0.5)
    side = 1 if marks.right else -1  # +1: our left
    drawn = ""
    if marks.wrinkles:
        drawn += line("M108 72Q132 68.5 156 72M114 80.5Q132 77.5 150 80.5", shade, 1.7, opacity=0.6)
        drawn += line("M95 125Q104 130 113 126M151 126Q160 130 169 125", shade, 1.6, opacity=0.6)
    if marks.crows_feet:
        left = "M87.5 108L82.5 105.5M87 112.5L81.5 112.5M87.5 117L82.5 119.5"
        right = "M176.5 108L181.5 105.5M177 112.5L182.5 112.5M176.5 117L181.5 119.5"
        drawn += line(left + right, shade, 1.4, opacity=0.7)
    if marks.freckles:
        spots = ((92, 129), (98, 133.5), (104, 130), (95, 138), (109, 135), (102, 139.5), (119, 131), (126, 128.5))
        drawn += "".join(ellipse(x, y, 1.35, 1.2, deep, opacity=0.5) for x, y in spots)
        drawn += "".join(ellipse(264 - x, y + 0.8, 1.35, 1.2, deep, opacity=0.5) for x, y in spots)
    if marks.mole:
        x, y = (26 * side, 166.0) if marks.mole_by_mouth else (33 * side, 133.0)
        drawn += ellipse(132 - x, y, 2.1, 2.1, darker(skin, 0.72))
    if marks.cheek_scar:
        drawn += line(f"M{132 - 44 * side} 132L{132 - 34 * side} 147", mix(skin, "#F7DCD2", 0.55), 2.4)
    if marks.brow_scar:
        drawn += line(f"M{132 - 35 * side} 84L{132 - 31 * side} 103", mix(skin, "#F7DCD2", 0.6), 2.6)
    return drawn


def ears(marks: Marks) -> str:
    """What hangs from her ears."""
    metal = "#C9CDD2" if marks.silver else "#E2B04A"
    if marks.hoops:
        return "".join(f'<circle cx="{x}" cy="144" r="8.5" fill="none" stroke="{metal}" stroke-width="2.6"/>' for x in (71, 193))
    if marks.earrings:
        return "".join(ellipse(x, 137.5, 3.1, 3.1, metal) for x in (71, 193))
    return ""


def _named(said: str, words: Sequence[str], negations: Sequence[str]) -> bool:
    for word in words:
        for found in re.finditer(rf"(?<![\w-]){re.escape(word)}(?![\w-])", said):
            before = said[: found.start()].split()
            if not before or before[-1] not in negations:
                return True
    return False


def _plain(words: str) -> str:
    return words.lower().replace("’", "'")


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("marks.yaml").read_text("utf-8"))
    return table
