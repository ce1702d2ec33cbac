"""Places: where she is on a sketch, at every hour and in every light, with her colours in the curtains and the boats.

A place is two layers of SVG, behind the figure and before it, and the light that lies over whoever stands there. Nothing is fetched and
no fonts are used. The drawings are in `places_*.py`, colours and words in `places.yaml`, the light in `light.py`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from companion.errors import InputError
from companion.persona.visual import Setting
from companion.shot import Light, Scene, Time
from companion.show.sketch.light import HEX, air_of
from companion.show.sketch.places_canvas import HEIGHT, WIDTH, Canvas
from companion.show.sketch.places_home import kitchen, study
from companion.show.sketch.places_outdoors import garden, harbour
from companion.show.sketch.places_public import cafe, stage
from companion.show.sketch.places_town import roof, street
from companion.show.sketch.places_work import pool, workshop
from companion.show.sketch.strokes import brightness

# where the floor begins on the grid, or the edge of the table that hides it
SCENES: Mapping[Scene, tuple[Callable[[Canvas], None], float]] = {
    "harbour": (harbour, 838),
    "garden": (garden, 630),
    "kitchen": (kitchen, 896),
    "study": (study, 896),
    "cafe": (cafe, 890),
    "stage": (stage, 742),
    "pool": (pool, 918),
    "workshop": (workshop, 896),
    "roof": (roof, 748),
    "street": (street, 740),
}
WORD = re.compile(r"[^\W_]+")
DARKEST, BRIGHTEST = 0.16, 0.80  # of a colour that can stand out on a wall by day and by night


@dataclass(frozen=True, slots=True)
class Place:
    """A place, ready to be put around a figure.

    Attributes:
        behind, before: SVG fragments, to be drawn behind the figure and in front of it.
        tint, tint_share: a colour, and how much of it in [0, 1] lies over the figure.
        ground: in [0, 1] of the height, where the floor begins, or the edge of the table that hides it.
    """

    behind: str
    before: str
    tint: str
    tint_share: float
    ground: float


def place(
    scene: Scene,
    time: Time,
    light: Light,
    palette: Sequence[str],
    seed: int,
    width: int,
    height: int,
    motifs: Iterable[str] = (),
) -> Place:
    """Draws a place.

    Args:
        palette: her colours, `#RRGGBB`; those too pale or too dark to stand out, and whatever is no colour, are left.
        seed: another number is another place of the same kind; the same number the same to the last byte.
        width, height: of the picture that the fragments are for, in its own units; the drawing covers it, cut evenly at the sides.
        motifs: what else stands there, as `motifs_of` reads it.

    Raises:
        InputError: there is no such scene, or no room to draw in.
    """
    if scene not in SCENES:
        raise InputError(f'"{scene}" is not a place that can be drawn.', hint=f"Choose one of {', '.join(SCENES)}.")
    if width < 1 or height < 1:
        raise InputError("A place needs room to be drawn in.", hint="Ask for a width and a height of at least one pixel.")
    book = _book()
    own = book["scenes"][scene]
    air = air_of(time, light, inside=own["inside"])
    canvas = Canvas(air, book["common"] | own["colours"], accents_of(palette), f"{scene} {seed}", frozenset(motifs))
    draw, floor = SCENES[scene]
    canvas.box(-10, -10, WIDTH + 20, HEIGHT + 20, air.haze)  # else the seams between shapes would be see-through
    draw(canvas)
    scale = max(width / WIDTH, height / HEIGHT)
    down = (height - HEIGHT * scale) / 2
    moved = f'<g transform="translate({(width - WIDTH * scale) / 2:.3f} {down:.3f}) scale({scale:.6f})">'
    behind, before = (f"{moved}{layer}</g>" if layer else "" for layer in canvas.layers)
    return Place(behind, before, air.tint, air.tint_share, min(1.0, max(0.0, (down + floor * scale) / height)))


def accents_of(palette: Sequence[str]) -> tuple[str, ...]:
    """Three colours that stand out, hers first."""
    clean = [color.upper() for color in palette if HEX.fullmatch(color)]
    seen = [color for color in clean if DARKEST <= brightness(color) <= BRIGHTEST]
    return tuple([*dict.fromkeys(seen), *_book()["accents"]][:3])


def scene_of(setting: Setting | str) -> Scene:
    """Which drawn place a setting is: the one it names, else the one its words speak of most, else a study."""
    if not isinstance(setting, str) and setting.scene:
        return setting.scene
    heard = _words(setting)
    best: Scene = "study"
    most = 0
    for scene, own in _book()["scenes"].items():
        found = sum(weight for weight, words in own["words"].items() for word in words if f" {word} " in heard)
        if found > most:
            best, most = scene, found
    return best


def motifs_of(setting: Setting | str) -> frozenset[str]:
    """What stands in a place, of the things that can be drawn: "a tabby cat on the only soft chair" has a cat."""
    heard = _words(setting)
    return frozenset(motif for motif, words in _book()["motifs"].items() if any(f" {word} " in heard for word in words))


def _words(setting: Setting | str) -> str:
    text = setting if isinstance(setting, str) else f"{setting.name} {setting.description}"
    return f" {' '.join(WORD.findall(text.casefold()))} "


@cache
def _book() -> Mapping[str, Any]:
    book: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("places.yaml").read_text("utf-8"))
    return book
