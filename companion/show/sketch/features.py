"""Eyes, brows and mouth drawn for a face, in her colours.

Everything is in the units of the head (`head.py`); fragments are keyed so that two of them can stand in one drawing.
"""

from dataclasses import dataclass

from companion.show.parts import Look
from companion.show.sketch.faces import Brow, Eye, Face, Mouth
from companion.show.sketch.head import BROWS_Y, EYES_X, EYES_Y, MIDDLE, MOUTH_Y
from companion.show.sketch.marks import Marks
from companion.show.sketch.strokes import INK, brightness, darker, ellipse, fill, lighter, line, mix, num

# how far a person's own brows and mouth differ from the usual, by the part the portrait names
RAISED = {"raised_excited": 2.5, "raised_excited_natural": 2.5, "angry": -1.5, "angry_natural": -1.5, "frown_natural": -1.0}


@dataclass(frozen=True, slots=True)
class Features:
    """Layers of a face, from back to front.

    Attributes:
        glow: what shows on the skin: blush, shadows, lines.
        mouth, eyes, brows: as they are now.
        tears: over the eyes, under glasses.
    """

    glow: str
    mouth: str
    eyes: str
    brows: str
    tears: str


def features(face: Face, look: Look, marks: Marks) -> Features:
    """The face of the moment, in the colours of a look."""
    skin = look.skin_color
    eyes = "".join(_eye(eye, x, side, look, marks) for eye, x, side in zip(face.eyes, EYES_X, (-1, 1), strict=True))
    brows = "".join(_brow(brow, side, look, marks) for brow, side in zip(face.brows, (-1, 1), strict=True))
    return Features(_glow(face, skin), _mouth(face.mouth, look, marks), eyes, brows, _tears(face))


def _eye(eye: Eye, x: float, side: int, look: Look, marks: Marks) -> str:
    """`side`: −1 on our left, 1 on our right; the outer corner lies that way."""
    skin, feathered = look.skin_color, look.facial_hair == "none"
    lash = mix(darker(skin, 0.8), INK, 0.6)
    y = EYES_Y
    if eye.shape == "smile":
        return line(f"M{num(x - 10.5)} {num(y + 3.5)}Q{num(x)} {num(y - 11)} {num(x + 10.5)} {num(y + 3.5)}", lash, 3.4)
    if eye.shape == "rest":
        lashes = f"M{num(x + side * 10.5)} {num(y + 1.5)}l{num(side * 3.2)} 1.2M{num(x + side * 7)} {num(y + 4.6)}l{num(side * 2.2)} 2.4"
        lid = line(f"M{num(x - 10.5)} {num(y + 1)}Q{num(x)} {num(y + 10.5)} {num(x + 10.5)} {num(y + 1)}", lash, 3.2)
        return lid + (line(lashes, lash, 2) if feathered else "")
    if eye.shape == "tight":
        crease = f"M{num(x + side * 9)} {num(y - 4)}l{num(side * 4)} -2.5M{num(x + side * 9.5)} {num(y + 6)}l{num(side * 4)} 2"
        curve = f"M{num(x - side * 10)} {num(y + 3.5)}Q{num(x)} {num(y + 3)} {num(x + side * 10.5)} {num(y - 1)}"
        return line(curve, lash, 3.4) + line(crease, darker(skin, 0.3), 1.8)
    return _open_eye(eye, x, side, skin, lash, marks, feathered)


def _open_eye(eye: Eye, x: float, side: int, skin: str, lash: str, marks: Marks, feathered: bool) -> str:
    y, half = EYES_Y, 11.5 + 0.8 * max(0.0, eye.open - 1)
    up, down = 1.6 + 15.0 * eye.open, 9.6 * (1 - 0.75 * eye.lower) * min(1.0, 0.35 + 0.65 * eye.open) * (1 + 0.35 * max(0.0, eye.open - 1))
    inner, outer = f"{num(x - side * half)} {num(y + 1.5)}", f"{num(x + side * half)} {num(y - 0.5)}"
    upper = f"C{num(x - side * half * 0.55)} {num(y - up * 0.72)} {num(x + side * half * 0.6)} {num(y - up * 0.78)} {outer}"
    lower = f"C{num(x + side * half * 0.7)} {num(y + down)} {num(x - side * half * 0.6)} {num(y + down * 1.05)} {inner}"
    key = f"eye{'l' if side < 0 else 'r'}"
    look_x, look_y = x + eye.gaze[0], y - 0.6 + eye.gaze[1]
    radius = 7.0
    iris, pupil = marks.iris, 3.5 * eye.pupil
    white = mix("#FFFDF9", skin, 0.06)
    drawn = f'<clipPath id="{key}"><path d="M{inner}{upper}{lower}Z"/></clipPath><g clip-path="url(#{key})">'
    drawn += f'<rect x="{num(x - 16)}" y="{num(y - 20)}" width="32" height="40" fill="{white}"/>'
    drawn += ellipse(look_x, look_y, radius, radius, darker(iris, 0.38)) + ellipse(look_x, look_y + 0.8, radius - 1.5, radius - 1.7, iris)
    drawn += ellipse(look_x, look_y, pupil, pupil, "#1C1412")
    glint = 1.7 + 0.55 * eye.shine
    drawn += ellipse(look_x + 2.4, look_y - 2.6, glint, glint, "#FFFFFF", opacity=0.95)
    if eye.shine > 1.2:
        drawn += ellipse(look_x - 2.6, look_y + 2.9, glint * 0.5, glint * 0.5, "#FFFFFF", opacity=0.85)
    # the upper lid lays a shadow on the eye
    drawn += f'<path d="M{inner}{upper}" fill="none" stroke="{darker(skin, 0.5)}" stroke-width="5" stroke-opacity="0.28"/></g>'
    if eye.open < 0.9:  # the lid that came down
        lid = f"C{num(x + side * half * 0.6)} {num(y - 13.4)} {num(x - side * half * 0.55)} {num(y - 12.6)} {inner}"
        drawn += fill(f"M{inner}{upper}{lid}Z", darker(skin, 0.13))
    drawn += line(f"M{inner}{lower}".replace(f"M{inner}C", f"M{outer}C"), darker(skin, 0.45), 1.1, opacity=0.55)
    wing = f"l{num(side * (4.2 if marks.lashes else 3.0 if feathered else 0.6))} {num((-1.6 if eye.open > 0.6 else -0.4) * feathered)}"
    return drawn + line(f"M{inner}{upper}{wing}", lash, 2.9)


def _brow(brow: Brow, side: int, look: Look, marks: Marks) -> str:
    hair = look.hair_color if look.top not in ("none",) else look.facial_hair_color
    color = darker(hair, 0.42 if brightness(hair) < 0.75 else 0.1)
    if abs(brightness(color) - brightness(look.skin_color)) < 0.14:  # it has to be seen
        color = darker(color, 0.45)
    x = MIDDLE + side * 26
    y = BROWS_Y - 1 - brow.up - RAISED.get(look.eyebrows, 0.0)
    thick = 3.1 if marks.heavy_brows else 2.35 if look.eyebrows.endswith("_natural") else 2.0
    inner_x, outer_x = x - side * (12.5 + brow.near), x + side * (14 - brow.near * 0.5)
    if look.eyebrows == "unibrow_natural":
        inner_x = MIDDLE + side * 1.0
    inner_y, outer_y, peak = y + 2.0 - brow.tilt, y + 3.4 + brow.tilt * 0.45, y - 4.2 - brow.arch * 1.6
    bend = x + side * 3
    d = (
        f"M{num(inner_x)} {num(inner_y - thick)}Q{num(bend)} {num(peak - thick)} {num(outer_x)} {num(outer_y - 0.6)}"
        f"Q{num(bend)} {num(peak + thick * 1.1)} {num(inner_x)} {num(inner_y + thick)}Z"
    )
    return f'<path d="{d}" fill="{color}" stroke="{color}" stroke-width="2.2" stroke-linejoin="round"/>'


def _mouth(mouth: Mouth, look: Look, marks: Marks) -> str:
    skin = look.skin_color
    bearded = look.facial_hair != "none"
    dark = mix(darker(skin, 0.62), "#5A1620", 0.35)
    x, y = MIDDLE + mouth.shift, MOUTH_Y
    half = mouth.width / 2
    left_y, right_y = y - mouth.curve * 0.5 + mouth.skew * 0.5, y - mouth.curve * 0.5 - mouth.skew * 0.5
    left, right = f"{num(x - half)} {num(left_y)}", f"{num(x + half)} {num(right_y)}"
    dimples = _dimples(x, half, left_y, right_y, skin) if marks.dimples and mouth.curve > 5 else ""
    if mouth.shape == "line":
        low = y + mouth.curve * 0.75
        if mouth.wave:
            middle = (left_y + right_y) / 2 - mouth.curve * 0.3
            curve = f"M{left}Q{num(x - half * 0.5)} {num(middle - 5.5)} {num(x)} {num(middle + 0.5)}T{right}"
        else:
            curve = (
                f"M{left}C{num(x - half * 0.5)} {num(low + mouth.skew * 0.2)} {num(x + half * 0.5)} {num(low - mouth.skew * 0.2)} {right}"
            )
        lip = line(
            f"M{num(x - half * 0.28)} {num(max(low, y) + 7)}q{num(half * 0.28)} 2 {num(half * 0.56)} 0",
            darker(skin, 0.26),
            2.2,
            opacity=0.7,
        )
        return dimples + ("" if bearded else lip) + line(curve, dark, 3.3)
    return dimples + _open_mouth(mouth, x, half, (left, right), dark, skin if not bearded else "", marks)


def _open_mouth(mouth: Mouth, x: float, half: float, corners: tuple[str, str], dark: str, skin: str, marks: Marks) -> str:
    left, right = corners
    y, bow = MOUTH_Y, 0.5 + 0.42 * mouth.round
    top = y - mouth.open * (0.12 + 0.5 * mouth.round) + min(0.0, mouth.curve) * 0.9 + max(0.0, mouth.curve) * 0.12
    low = y + mouth.open * (1.12 + 0.1 * mouth.round) + min(0.0, mouth.curve) * 0.35
    d = (
        f"M{left}C{num(x - half * bow)} {num(top)} {num(x + half * bow)} {num(top)} {right}"
        f"C{num(x + half * (0.78 + 0.22 * mouth.round))} {num(low)} {num(x - half * (0.78 + 0.22 * mouth.round))} {num(low)} {left}Z"
    )
    inside = f'<clipPath id="mouth"><path d="{d}"/></clipPath><g clip-path="url(#mouth)">'
    rise = max(0.0, mouth.curve) * 0.5
    if mouth.clenched:
        inside += f'<rect x="{num(x - half)}" y="{num(y - 30)}" width="{num(mouth.width)}" height="60" fill="#FFFBF4"/>'
        middle = (top + low) / 2 + 0.4
        bars = "".join(f"M{num(x + step)} {num(y - 20)}v40" for step in (-12.5, -7.5, -2.5, 2.5, 7.5, 12.5))
        inside += line(bars, "#B9A9A0", 1.1) + line(f"M{num(x - half)} {num(middle)}H{num(x + half)}", "#8B7770", 1.5)
    if mouth.tongue:
        inside += ellipse(x, y + mouth.open * 0.98, half * 0.56, mouth.open * 0.36, "#E0606B")
    if mouth.teeth:
        edge = y - rise + 2.5 + mouth.open * 0.16
        left_edge, right_edge = f"{num(x - half)} {num(edge - 2)}", f"{num(x + half)} {num(edge - 2)}"
        teeth = f"M{num(x - half)} {num(y - 30)}H{num(x + half)}L{right_edge}Q{num(x)} {num(edge + rise + 2.5)} {left_edge}Z"
        inside += fill(teeth, "#FFFBF4")
        if marks.gap_teeth:
            inside += line(f"M{num(x)} {num(y - 12)}V{num(edge + rise)}", dark, 2.0)
    inside += "</g>"
    rim = f'<path d="{d}" fill="none" stroke="{dark}" stroke-width="2.2" stroke-linejoin="round"/>'
    out = ""
    if mouth.out:
        lip_y = y + mouth.open * 0.42
        length = num(8 + mouth.open * 0.5)
        out = fill(
            f"M{num(x - 8)} {num(lip_y)}v{length}a8 8.5 0 0 0 16 0v-{length}Q{num(x)} {num(lip_y - 4)} {num(x - 8)} {num(lip_y)}Z",
            "#E8707A",
            more=f' stroke="{mix(dark, "#E8707A", 0.35)}" stroke-width="1.6"',
        ) + line(f"M{num(x)} {num(lip_y + 1)}v{num(6 + mouth.open * 0.35)}", "#C24F5E", 1.6)
    lip = (
        ""
        if mouth.out or not skin
        else line(f"M{num(x - 5)} {num(y + mouth.open * 0.95 + 6.5)}q5 2 10 0", darker(skin, 0.24), 2, opacity=0.6)
    )
    return lip + fill(d, mix(dark, "#3A0E16", 0.5)) + inside + rim + out


def _dimples(x: float, half: float, left_y: float, right_y: float, skin: str) -> str:
    shade = darker(skin, 0.32)
    return line(
        f"M{num(x - half - 6)} {num(left_y - 5)}q-2.4 3 -0.4 6M{num(x + half + 6)} {num(right_y - 5)}q2.4 3 0.4 6", shade, 1.9, opacity=0.7
    )


def _glow(face: Face, skin: str) -> str:
    drawn = ""
    shade = darker(skin, 0.3)
    if "pale" in face.extras:
        drawn += "".join(ellipse(x, 138, 13, 10, lighter(mix(skin, "#9DB4C8", 0.4), 0.1), opacity=0.4) for x in (93, 171))
    if face.blush:
        pink = mix(mix(skin, "#E0455A", 0.5), "#FF6F7D", 0.2)
        drawn += "".join(ellipse(x, 135, 12.5, 8, pink, opacity=0.14 + 0.42 * face.blush) for x in (93, 171))
        if face.blush >= 0.8:
            strokes = "".join(f"M{x - 6} 137.5l3 -5M{x} 137.5l3 -5M{x + 6} 137.5l3 -5" for x in (91, 169))
            drawn += line(strokes, mix(skin, "#B0283C", 0.6), 1.6, opacity=0.7)
    if "frown_lines" in face.extras:
        drawn += line("M128 84.5Q129.8 89 128.6 94M136 84.5Q134.2 89 135.4 94", shade, 2)
    if "nose_wrinkle" in face.extras:
        drawn += line("M124.5 121Q128 124 127.5 128M139.5 121Q136 124 136.5 128M129 118.5h6", shade, 1.9)
        drawn += line("M113 138Q110 144 111 150M151 138Q154 144 153 150", shade, 1.9, opacity=0.8)
    if "eye_bags" in face.extras:
        drawn += "".join(
            fill(f"M{x - 10} 119Q{x} 129 {x + 10} 119Q{x} 124 {x - 10} 119Z", mix(darker(skin, 0.3), "#6A5A80", 0.3), opacity=0.7)
            for x in (106, 158)
        )
    return drawn


def _tears(face: Face) -> str:
    water, light = "#8FCBEA", "#E8F7FF"
    drawn = ""
    if "welling" in face.extras:
        drawn += "".join(
            fill(f"M{x - 8.5} 117.2Q{x} 123.5 {x + 8.5} 116.6Q{x} 119.2 {x - 8.5} 117.2Z", water, opacity=0.95) for x in (106, 158)
        )
        drawn += fill("M165.5 122C168 127 169.5 129 169.5 132A4.3 4.3 0 0 1 161 132C161 129 163.5 126.5 165.5 122Z", water) + ellipse(
            164, 132, 1.1, 1.6, light
        )
    for side, x in (("tear_left", 100.0), ("tear_right", 164.0)):
        if side in face.extras:
            left_bank, right_bank = f"C{x - 4.4} 130 {x - 4.6} 138 {x - 5} 148", f"C{x + 4.6} 138 {x + 4.2} 130 {x + 3.4} 117.5"
            drawn += fill(f"M{x - 3.6} 117.5{left_bank}A5 5 0 0 0 {x + 5} 148{right_bank}Z", water, opacity=0.88)
            drawn += line(f"M{x - 1.5} 122Q{x - 2.2} 135 {x - 2} 147", light, 1.6, opacity=0.9)
    if "tear_corner" in face.extras:
        drawn += fill("M173 112C176.5 115.5 178 117.5 178 120A3.8 3.8 0 0 1 170.4 120C170.4 117.5 172 115.5 173 112Z", water) + ellipse(
            173, 120, 1, 1.4, light
        )
    if "sweat" in face.extras:
        drawn += fill("M180 70C184.5 77 187 80 187 84A6 6 0 0 1 175 84C175 80 177.5 77 180 70Z", water, opacity=0.95) + ellipse(
            178, 84, 1.5, 2.3, light
        )
    if "breath" in face.extras:
        drawn += line("M191 158Q198 153 204 157M190 166Q199 163 207 168M191 174Q197 173 201 177", "#FFFFFF", 2.8, opacity=0.85)
    return drawn
