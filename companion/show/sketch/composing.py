"""A whole picture: the place, her figure in its light, and how near we are. From the shot to SVG, and from SVG to pixels."""

import hashlib
from dataclasses import dataclass

from companion.persona.visual import Setting, Visual
from companion.shot import Box, Framing, Shot
from companion.show.protocol import Sitter
from companion.show.sketch.figure import Figure, figure
from companion.show.sketch.light import HEX, mix, multiply
from companion.show.sketch.places import Place, motifs_of, place, scene_of
from companion.show.sketch.strokes import ellipse, num

WIDTH, HEIGHT = 800, 1000  # a picture's own units, whatever its size in pixels
LEAST_PX, MOST_PX = 64, 2048
# how large she is drawn, where the middle of her face's axis is across, and which of her heights lies at which of the picture's
NEARNESS: dict[Framing, tuple[float, float, float, float]] = {
    "close": (2.95, 400, 186, 640),
    "half": (2.2, 400, 186, 498),
    "wide": (1.16, 400, 0, 0),
}
# how much larger the place is: nearer to her is nearer to it
PLACE_SCALE: dict[Framing, float] = {"close": 1.32, "half": 1.14, "wide": 1.0}
DEPTH: dict[Framing, float] = {"close": 0.2, "half": 0.1, "wide": 0.0}
HEAD = (60.0, 14.0, 204.0, 232.0)  # head and shoulders on the figure: left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Composition:
    """A picture before it is pixels.

    Attributes:
        svg: complete, self-contained; its natural size is that in pixels.
        subject: where her head and shoulders are.
    """

    svg: str
    subject: Box
    figure: Figure
    scene: str


def size_of(long_side_px: int) -> tuple[int, int]:
    """Width and height in pixels: portrait, 4:5, both even."""
    return round(long_side_px * 0.8 / 2) * 2, long_side_px // 2 * 2


def compose(sitter: Sitter, shot: Shot, long_side_px: int) -> Composition:
    """Puts her where the shot says.

    Raises:
        BlueprintError: her portrait or her outfit names a part that does not exist.
        InputError: the shot names what cannot be drawn.
    """
    width_px, height_px = size_of(long_side_px)
    setting = setting_of(sitter.visual, shot.setting)
    scene, motifs = scene_of(setting), motifs_of(setting)
    around = _place(scene, shot, (*sitter.visual.palette, sitter.appearance.accent), _seed(sitter, setting), motifs)
    own = figure(sitter, shot)
    scale, x, y = _stand(shot, own, around)
    near = PLACE_SCALE[shot.framing]
    placed = f"translate({num(x)} {num(y)}) scale({num(scale)})"
    nearer = f'<g transform="translate({num(WIDTH * (1 - near) / 2)} {num(HEIGHT * (1 - near) * 0.62)}) scale({num(near)})">'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width_px}" height="{height_px}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice">'
        f"{nearer}{_far(around.behind, shot)}</g>"
        + _shadow(shot, own, scale, x, y)
        + f'<g transform="{placed}">{lit(own.svg, around.tint, around.tint_share)}</g>'
        + (f"{nearer}{around.before}</g>" if around.before else "")
        + "</svg>"
    )
    return Composition(svg, _subject(scale, x, y), own, scene)


def pixels(svg: str) -> bytes:
    """A drawing as PNG."""
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True))


def setting_of(visual: Visual, name: str) -> Setting | str:
    """The setting of that name, else the name itself; the first of the blueprint where none is named."""
    if not name:
        return next(iter(visual.settings), "study")
    return next((one for one in visual.settings if one.name.casefold() == name.casefold()), name)


def lit(svg: str, tint: str, share: float) -> str:
    """A drawing as it looks in a light: each of its colours, partly multiplied with the tint and partly under it."""
    if share <= 0:
        return svg
    return HEX.sub(lambda found: mix(mix(found[0], multiply(found[0], tint), share * 0.5), tint, share * 0.08), svg)


def _stand(shot: Shot, own: Figure, around: Place) -> tuple[float, float, float]:
    """Scale and offset of the figure in the picture."""
    scale, middle, figure_y, picture_y = NEARNESS[shot.framing]
    x = middle - 132 * scale
    if shot.framing != "wide":
        return scale, x, picture_y - figure_y * scale
    feet = min(HEIGHT - 34.0, max(HEIGHT * 0.9, HEIGHT * (around.ground + 0.06)))
    return scale, x, feet - own.soles_y * scale


def _subject(scale: float, x: float, y: float) -> Box:
    left, top, right, bottom = HEAD

    def share(value: float, whole: float) -> float:
        return round(min(1.0, max(0.0, value / whole)), 4)

    return Box(
        share(x + left * scale, WIDTH), share(y + top * scale, HEIGHT), share(x + right * scale, WIDTH), share(y + bottom * scale, HEIGHT)
    )


def _shadow(shot: Shot, own: Figure, scale: float, x: float, y: float) -> str:
    """Where she stands, the ground is darker."""
    if shot.framing != "wide":
        return ""
    middle, soles = x + 132 * scale, y + own.soles_y * scale
    return ellipse(middle, soles - 2, 128, 17, "#120C18", opacity=0.16) + ellipse(middle, soles - 3, 92, 11, "#120C18", opacity=0.2)


def _far(behind: str, shot: Shot) -> str:
    """The place as it looks behind her: the nearer we are to her, the softer. Colours are mixed, since a veil costs a whole sheet."""
    share = DEPTH[shot.framing]
    color = "#141A30" if shot.time == "night" else "#FBF3E6"
    return HEX.sub(lambda found: mix(found[0], color, share), behind) if share else behind


def _seed(sitter: Sitter, setting: Setting | str) -> int:
    name = setting if isinstance(setting, str) else setting.name
    digest = hashlib.sha256(f"{sitter.persona_id}\0{name}\0{sitter.visual.seed}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _place(scene: str, shot: Shot, palette: tuple[str, ...], seed: int, motifs: frozenset[str]) -> Place:
    return place(scene, shot.time, shot.light, palette, seed, WIDTH, HEIGHT, motifs)  # type: ignore[arg-type]
