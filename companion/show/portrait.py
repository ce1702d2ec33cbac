"""Portraits: a persona's face from drawn parts, with an expression, on her own backdrop.

A drawing, not a photograph: nothing is fetched and no model runs. Pictures are kept under the digest of everything they
depend on, so a changed blueprint gets a new picture and an unchanged one is read from disk. The drawing is
python-avatars' SVG with a frame around it; resvg turns it into pixels.
"""

import hashlib
import json
import re
from dataclasses import asdict, replace
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args
from xml.etree import ElementTree

from companion.errors import InputError
from companion.persona.atomic import write_atomically
from companion.persona.blueprint import Appearance
from companion.show.parts import PARTS, Look, look_of, part

Expression = Literal["neutral", "happy", "sad", "surprised", "thoughtful"]
Shape = Literal["circle", "square"]
Format = Literal["png", "svg"]
DRAWING = 1  # raised whenever the frame changes, so that kept pictures are drawn again
SIDE = 280  # the drawing's own units
LEAST_PX, MOST_PX = 16, 2048
SVG = "{http://www.w3.org/2000/svg}"
# mouth, eyes, eyebrows; neutral is the face the blueprint gives her
FACES: dict[Expression, tuple[str, str, str]] = {
    "happy": ("smile", "happy", "raised_excited"),
    "sad": ("sad", "default", "sad_concerned"),
    "surprised": ("disbelief", "default", "raised_excited"),
    "thoughtful": ("serious", "side", "up_down"),
}


class Portraits:
    """Draws portraits and keeps them.

    Args:
        folder: where pictures are kept; made when first needed. It may be emptied at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(
        self,
        persona_id: str,
        appearance: Appearance,
        *,
        size_px: int = 96,
        expression: Expression = "neutral",
        shape: Shape = "circle",
        format: Format = "png",
    ) -> Path:
        """The file of a portrait; drawn now if it is not there yet.

        Args:
            size_px: width and height in pixels, 16 to 2,048; an SVG has it as its natural size.
            shape: a circle on transparent ground, or a full square.

        Raises:
            BlueprintError: the blueprint names a part that does not exist.
            InputError: a size or expression that cannot be drawn.
            StorageError: the picture cannot be kept.
        """
        if not LEAST_PX <= size_px <= MOST_PX:
            raise InputError(f"A portrait of {size_px} pixels cannot be drawn.", hint=f"Ask for {LEAST_PX} to {MOST_PX} pixels.")
        look = with_expression(look_of(persona_id, appearance), expression)
        depends = [DRAWING, version("python-avatars"), version("resvg-py"), asdict(look), size_px, shape]
        digest = hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
        file = self._folder / f"{digest[:32]}.{format}"
        if not file.exists():
            svg = draw(look, size_px=size_px, shape=shape)
            write_atomically(file, _pixels(svg) if format == "png" else svg.encode())
        return file


def with_expression(look: Look, expression: Expression) -> Look:
    """The same person with another face; the eyebrows stay in their own style.

    Raises:
        InputError: there is no such expression.
    """
    if expression == "neutral":
        return look
    if expression not in FACES:
        raise InputError(f'"{expression}" is not an expression.', hint=f"Choose one of {', '.join(get_args(Expression))}.")
    mouth, eyes, eyebrows = FACES[expression]
    drawn_as_line = look.eyebrows in ("default", "raised_excited", "sad_concerned", "up_down", "angry")
    return replace(look, mouth=mouth, eyes=eyes, eyebrows=eyebrows if drawn_as_line else f"{eyebrows}_natural")


def draw(look: Look, *, size_px: int = 512, shape: Shape = "square") -> str:
    """The portrait as a self-contained SVG document: no fonts, no links."""
    if shape == "circle":  # its corners are hidden, so the figure may stand closer
        outline, placed = f'<circle cx="{SIDE / 2}" cy="{SIDE / 2}" r="{SIDE / 2}"/>', "translate(-2.6 3) scale(1.08)"
    else:
        outline, placed = f'<rect width="{SIDE}" height="{SIDE}"/>', "translate(8 10)"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{size_px}" height="{size_px}" '
        f'viewBox="0 0 {SIDE} {SIDE}"><defs><clipPath id="frame">{outline}</clipPath>'
        f'<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{_mix(look.backdrop, "#FFFFFF", 0.35)}"/>'
        f'<stop offset="1" stop-color="{look.backdrop}"/></linearGradient></defs>'
        f'<g clip-path="url(#frame)"><rect width="{SIDE}" height="{SIDE}" fill="url(#sky)"/>'
        f'<circle cx="140" cy="150" r="112" fill="{_mix(look.backdrop, look.accent, 0.16)}"/>'
        f'<g transform="{placed}">{_figure(look)}</g></g></svg>'
    )


def _figure(look: Look) -> str:
    import python_avatars as pa

    parts = {key: getattr(look, key) if key.endswith("_color") else part(key, getattr(look, key)) for key in PARTS}
    root = ElementTree.fromstring(pa.Avatar(style=pa.AvatarStyle.TRANSPARENT, **parts).render())
    for tag in ("title", "desc"):  # a browser would show these as a tooltip
        for element in root.findall(f"{SVG}{tag}"):
            root.remove(element)
    for group in root.iter():
        children = list(group)
        for below, above in pairwise(children):
            # the grey shape under each coloured one shows as a pale rim where both are smoothed: give it the colour
            if below.tag == f"{SVG}use" and re.search(r"(Skin|Hair|Fabric)-Color$", above.get("id", "")) and above.get("fill"):
                below.set("fill", above.get("fill", ""))
    return ElementTree.tostring(root, encoding="unicode")


def _pixels(svg: str) -> bytes:
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))


def _mix(color: str, other: str, share: float) -> str:
    """`color` with a `share` in [0, 1] of `other`, both `#RRGGBB`."""
    pairs = ((int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)
