"""What a gesture or a pose brings along: a cup, a book, a chair, a ledge to lean on."""

from companion.shot import Shot
from companion.show.parts import Look
from companion.show.sketch.clothes import Garb
from companion.show.sketch.strokes import apart, darker, ellipse, fill, lighter, line, num

WOOD = "#8A5F40"


def held(shot: Shot, look: Look, garb: Garb) -> str:
    """What she holds, between her forearms and her hands; empty where that is nothing."""
    if shot.gesture == "holding_cup":
        return _cup(_unlike(garb.color, look.accent, "#E4B04A", "#F1E7D6"))
    if shot.pose == "reading" and shot.gesture in ("none", "waving", "pointing", "thumbs_up", "hand_on_heart"):
        return _book(_unlike(garb.color, look.accent, "#8C3A34", "#2F5D73"))
    return ""


def _unlike(worn: str, *choices: str) -> str:
    """The first colour that stands out from what she wears."""
    return next((one for one in choices if apart(one, worn) > 0.22), choices[-1])


def backrest(shot: Shot) -> str:
    """The back of the chair she sits on, for a picture down to the waist."""
    light = lighter(WOOD, 0.14)
    bars = "".join(line(f"M{x} 258V440", WOOD, 9) for x in (64, 98, 132, 166, 200))
    posts = line("M30 440V236M234 440V236", darker(WOOD, 0.12), 15)
    return (
        bars
        + posts
        + fill("M20 232Q132 196 244 232L242 268Q132 236 22 268Z", light, more=f' stroke="{darker(WOOD, 0.25)}" stroke-width="2"')
    )


def seat(shot: Shot) -> str:
    """The whole chair, for a picture down to the feet."""
    rim = darker(WOOD, 0.25)
    legs = line("M66 490L56 630M198 490L208 630", darker(WOOD, 0.2), 13) + line("M84 490L82 606M180 490L182 606", darker(WOOD, 0.36), 10)
    posts = line("M58 470V320M206 470V320", darker(WOOD, 0.12), 12) + line("M95 330V460M132 330V460M169 330V460", WOOD, 7)
    top = fill("M48 316Q132 290 216 316L214 342Q132 318 50 342Z", lighter(WOOD, 0.14))
    board = f'<rect x="48" y="468" width="168" height="26" rx="11" fill="{lighter(WOOD, 0.1)}" stroke="{rim}" stroke-width="2"/>'
    return legs + posts + top + board


def before(shot: Shot) -> str:
    """What stands before her: the ledge she leans on."""
    if shot.pose != "leaning":
        return ""
    dark, light = darker(WOOD, 0.26), lighter(WOOD, 0.2)
    top = f'<rect x="-52" y="388" width="368" height="24" rx="7" fill="{WOOD}"/>'
    top += f'<rect x="-52" y="388" width="368" height="8" rx="4" fill="{light}"/>'
    posts = "".join(f'<rect x="{x}" y="408" width="18" height="262" fill="{dark}"/>' for x in (-26, 272))
    return f'{posts}<rect x="-20" y="530" width="304" height="13" fill="{dark}"/>{top}'


def _cup(color: str) -> str:
    body = fill(
        "M104 296H160L156 346Q154 358 142 358H122Q110 358 108 346Z", color, more=f' stroke="{darker(color, 0.25)}" stroke-width="1.8"'
    )
    inside = ellipse(132, 296, 28, 6.5, darker(color, 0.35)) + ellipse(132, 297, 24, 4.6, "#5A3522")
    gleam = line("M114 310L117 340", lighter(color, 0.5), 4, opacity=0.7)
    steam = line("M122 284Q114 272 122 261T120 240M140 286Q148 274 140 262T143 238", "#FFFFFF", 3.4, opacity=0.55)
    return body + inside + gleam + steam


def _book(color: str) -> str:
    """An open book, seen from outside: she reads what we do not."""
    rim = f' stroke="{darker(color, 0.3)}" stroke-width="2"'
    pages = fill("M74 306Q104 292 132 308Q160 292 190 306V314H74Z", "#F8F2E4", more=' stroke="#D9CDB6" stroke-width="1.4"')
    covers = fill("M70 312Q104 300 132 316V396Q104 382 70 392Z", color, more=rim) + fill(
        "M194 312Q160 300 132 316V396Q160 382 194 392Z", darker(color, 0.1), more=rim
    )
    spine = line("M132 316V396", darker(color, 0.35), 5)
    frame = "".join(
        line(f"M{num(132 + side * 48)} 328Q{num(132 + side * 30)} 323 {num(132 + side * 14)} 331", lighter(color, 0.45), 2.4, opacity=0.8)
        for side in (-1, 1)
    )
    return pages + covers + spine + frame
