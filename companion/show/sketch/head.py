"""Her head: all that makes her the same person on every picture, in the units and the style of python-avatars.

Hair, beard and glasses are the library's parts; skull, ears and neck are drawn to fit them. What a feeling moves (eyes, brows, mouth)
is not here: `faces.py` draws it between these layers. Nothing here depends on a shot.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from xml.etree import ElementTree

from companion.show.parts import PARTS, Look, part
from companion.show.sketch.marks import Marks, ears, lines
from companion.show.sketch.strokes import darker, ellipse, fill, line, mix

MIDDLE = 132.0  # the face's axis
EYES_Y, BROWS_Y, NOSE_Y, MOUTH_Y, CHIN_Y = 112.0, 93.0, 136.0, 153.0, 186.0
EYES_X = (106.0, 158.0)
# tops with hair beside the neck
LONG = frozenset(
    "big_hair bob curly curvy dreads long_not_too_long mia_wallace shaved_sides straight_1 straight_2 straight_strand curly_2 cornrows "
    "long_hair_curly loose_hair twist_long_hair twist_long_hair_2 wick wild fro fro_band".split()
)
# and of these, those that fall over the shoulders
FALLING = frozenset("big_hair curvy dreads straight_1 straight_2 curly_2 long_hair_curly loose_hair shaved_sides".split())
SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True)
class Head:
    """Layers from back to front; the face of the moment lies between them.

    Attributes:
        behind: hair behind the neck and shoulders.
        neck: between head and collar; it does not tilt.
        skin: skull, ears and what is marked on the skin.
        features: nose and other marks that turn with the face.
        beard, glasses, hair: over the face, in this order.
        ears: what hangs from them.
    """

    behind: str
    neck: str
    skin: str
    features: str
    beard: str
    glasses: str
    hair: str
    ears: str

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer: what a picture of hers must hold, whatever she feels."""
        return (self.behind, self.neck, self.skin, self.features, self.beard, self.glasses, self.hair, self.ears)


@lru_cache(maxsize=64)
def head(look: Look, marks: Marks) -> Head:
    """The head that belongs to a look; the same text for the same look, always."""
    hair, beard, glasses = _parts(look)
    skin = look.skin_color
    shade = darker(skin, 0.16)
    skull = (
        f'<rect x="66" y="99" width="132" height="38" rx="13" fill="{skin}"/>'
        + ellipse(72.5, 118, 3.2, 7, shade, opacity=0.55)
        + ellipse(191.5, 118, 3.2, 7, shade, opacity=0.55)
        + f'<rect x="76" y="36" width="112" height="150" rx="56" fill="{skin}"/>'
    )
    neck = fill("M109 150H155V204Q150 223 132 223T109 204Z", skin) + fill(
        "M109 166H155V190Q147 203 132 203Q117 203 109 190Z", shade, opacity=0.75
    )
    return Head(
        behind=_behind(hair, look),
        neck=neck,
        skin=skull + _rosy(look, marks) + lines(marks, skin),
        features=_nose(look),
        beard=beard,
        glasses=glasses or _spectacles(marks),
        hair=hair + _grey(look, marks),
        ears=ears(marks),
    )


def _rosy(look: Look, marks: Marks) -> str:
    if not marks.rosy:
        return ""
    pink = mix(look.skin_color, "#D8505A", 0.42)
    return "".join(ellipse(x, 140, 13, 9, pink, opacity=0.32) for x in (95, 169))


def _nose(look: Look) -> str:
    shade = darker(look.skin_color, 0.2)
    top, tip, bridge = NOSE_Y - 4, NOSE_Y + 4.5, NOSE_Y - 1.5
    if look.nose == "small":
        return line(f"M126.5 {NOSE_Y}Q132 {NOSE_Y + 5} 137.5 {NOSE_Y}", shade, 3.4)
    if look.nose == "wide":
        return fill(f"M117 {top}Q118 {tip} 132 {tip}T147 {top}Q139 {bridge} 132 {bridge}T117 {top}Z", shade)
    return fill(f"M120.5 {top}Q121 {tip} 132 {tip}T143.5 {top}Q138 {bridge} 132 {bridge}T120.5 {top}Z", shade)


def _grey(look: Look, marks: Marks) -> str:
    if not marks.grey_temples or look.top in ("none", "sides", "hijab", "turban", "jedi"):
        return ""
    silver = mix(look.hair_color, "#DAD6D2", 0.6)
    strands = (
        "M89 62C80 80 77 100 80 124C83 104 86 84 92 70C94 64 92 60 89 62ZM99 56C90 70 85 84 85 100C89 88 95 76 102 64C105 58 102 54 99 56Z"
    )
    mirrored = f'<g transform="translate({2 * MIDDLE:.0f} 0) scale(-1 1)">{fill(strands, silver, opacity=0.55)}</g>'
    return fill(strands, silver, opacity=0.55) + mirrored


def _spectacles(marks: Marks) -> str:
    if not marks.glasses:
        return ""
    rims = "".join(
        f'<circle cx="{x}" cy="{EYES_Y}" r="20" fill="#FFFFFF" fill-opacity="0.12" stroke="#3A2F2B" stroke-width="2.6"/>' for x in EYES_X
    )
    return rims + line(
        f"M126 {EYES_Y - 3}Q132 {EYES_Y - 7} 138 {EYES_Y - 3}M86 {EYES_Y - 3}L72 {EYES_Y - 6}M178 {EYES_Y - 3}L192 {EYES_Y - 6}",
        "#3A2F2B",
        2.6,
    )


def _behind(hair: str, look: Look) -> str:
    """The hair once more, in shadow and drawn inward: it closes what opens beside the neck when she tilts her head."""
    if not hair:
        return ""
    shadowed = re.sub(r"#[0-9A-Fa-f]{6}", lambda found: darker(found[0], 0.3), hair)
    shadowed = re.sub(r'((?:\bid|href)="#?)|(url\(#)', lambda found: f"{found[0]}back-", shadowed)
    nape = ""
    if look.top in LONG:
        outline = "M88 120H176L210 248H54Z" if look.top in FALLING else "M88 120H176V200Q132 212 88 200Z"
        nape = fill(outline, darker(look.hair_color, 0.3))
    return f'{nape}<g transform="translate({MIDDLE * 0.1:.2f} 9) scale(0.9 1)">{shadowed}</g>'


def _parts(look: Look) -> tuple[str, str, str]:
    """Hair, beard and glasses as python-avatars draws them, each in its place."""
    wanted = {key: getattr(look, key) if key.endswith("_color") else part(key, getattr(look, key)) for key in PARTS}
    hair = _group(wanted, "transparent_Top")
    for empty in [one for one in hair.iter() if re.search(r"_(Accessory|Facial-Hair)$", one.get("id", ""))]:
        empty.clear()
    # some tops leave no room for a beard or glasses: this one has both
    with_room = wanted | {"top": part("top", "pixie")}
    beard, glasses = (_group(with_room, f"pixie_{name}") for name in ("Facial-Hair", "Accessory"))
    return _text(hair), _text(beard), _text(glasses)


def _group(parts: dict[str, object], id: str) -> ElementTree.Element:
    import python_avatars as pa

    root = ElementTree.fromstring(pa.Avatar(style=pa.AvatarStyle.TRANSPARENT, **parts).render())
    for parent in list(root.iter()):
        for below, above in pairwise(list(parent)):
            # the grey shape under each coloured one shows as a pale rim where both are smoothed: give it the colour
            if below.tag == f"{SVG}use" and re.search(r"(Skin|Hair|Fabric)-Color$", above.get("id", "")) and above.get("fill"):
                below.set("fill", above.get("fill", ""))
                if {one.tag.removeprefix(SVG) for one in above.iter()} <= {"g", "rect", "mask", "use"}:
                    parent.remove(above)  # nothing but that colour within the same outline, and a mask costs two whole sheets
    found = root.find(f".//*[@id='{id}']")
    return found if found is not None else ElementTree.Element("g")


def _text(element: ElementTree.Element) -> str:
    if not len(element):
        return ""
    for one in element.iter():
        one.tag = one.tag.removeprefix(SVG)
        if XLINK in one.attrib:
            one.set("xlink:href", one.attrib.pop(XLINK))
        for foreign in [key for key in one.attrib if key.startswith("{")]:
            del one.attrib[foreign]
        one.tail = None
        one.text = None
    return ElementTree.tostring(element, encoding="unicode")
