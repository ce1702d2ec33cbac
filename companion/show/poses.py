"""Her pose as a skeleton: the 18 points of OpenPose's COCO model, and the picture of it that guides a ControlNet.

A pose, a gesture and a framing are put together from one figure (`poses.yaml`): the pose moves its points, the gesture its elbows and
wrists, the framing cuts the picture out. It is a drawing, not anatomy: no limb becomes longer, and nothing is hidden behind her.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from companion.errors import InputError
from companion.shot import Framing, Gesture, Point, Pose

if TYPE_CHECKING:
    from PIL.Image import Image

UPPER = ("nose", "neck", "r_shoulder", "l_shoulder", "r_eye", "l_eye", "r_ear", "l_ear")
ARMS = ("r_elbow", "r_wrist", "l_elbow", "l_wrist")  # each after what it hangs from
DECIMALS = 4
CORNERS = 24  # of the ellipse that a limb is drawn as
BASIS_PX = 512
MOST_PX = 4096


@cache
def _book() -> Mapping[str, Any]:
    book: Mapping[str, Any] = yaml.safe_load((files("companion.show") / "poses.yaml").read_text(encoding="utf-8"))
    return book


def figure(pose: Pose, gesture: Gesture) -> dict[str, Point]:
    """The points of a figure by name, in heights of a standing one: 0 at the crown, 1 on the ground, x from its middle."""
    book = _book()
    change = book["poses"][pose]
    narrow, moves = change.get("narrow", 1.0), change.get("move", {})
    points: dict[str, Point] = {}
    for name, (x, y) in book["figure"].items():
        right, down = moves.get(name, (0.0, 0.0))
        points[name] = (x * narrow + right, y + down)
    if lean := change.get("lean"):
        foot = _middle(points["r_hip"], points["l_hip"])
        points |= {name: _turned(points[name], foot, math.radians(lean)) for name in UPPER}
    arms = book["arms"] | change.get("arms", {}) | book["gestures"][gesture]
    for name in ARMS:
        start, right, down = arms[name]
        points[name] = (points[start][0] + right, points[start][1] + down)
    return points


def skeleton(pose: Pose, gesture: Gesture, framing: Framing) -> tuple[Point | None, ...]:
    """The 18 points in OpenPose's order, x and y in [0, 1] of a picture of 4:5; None for one that is out of sight."""
    book = _book()
    points, window = figure(pose, gesture), book["framings"][framing]
    hidden = book["poses"][pose].get("hides", ())
    height = window["height"]
    top = points["nose"][1] - window["over"]
    centre = points["neck"][0] if framing != "wide" else _middle(points["neck"], _middle(points["r_ankle"], points["l_ankle"]))[0]
    if framing == "wide":  # one who sits is smaller, and fills the picture as well
        height *= (points["r_ankle"][1] - points["nose"][1]) / (book["figure"]["r_ankle"][1] - book["figure"]["nose"][1])
        top = points["nose"][1] - window["over"] * height / window["height"]
    placed = {name: (0.5 + (x - centre) / (height * book["width_to_height"]), (y - top) / height) for name, (x, y) in points.items()}
    return tuple(_seen(placed[name]) if name not in hidden else None for name in book["points"])


def draw_skeleton(points: Sequence[Point | None], width_px: int, height_px: int) -> "Image":
    """The skeleton in OpenPose's colours on black, as ControlNet's OpenPose models know it.

    Args:
        points: 18, in OpenPose's order, x and y in [0, 1] of the picture.
        width_px, height_px: of the picture, 64 to 4,096.

    Raises:
        InputError: another number of points, or a size that cannot be drawn.
    """
    from PIL import Image, ImageDraw

    book = _book()
    names: list[str] = book["points"]
    if len(points) != len(names):
        raise InputError(f"A skeleton has {len(names)} points, not {len(points)}.", hint="Give one for each; None for one out of sight.")
    if not (64 <= width_px <= MOST_PX and 64 <= height_px <= MOST_PX):
        raise InputError(f"A skeleton of {width_px} by {height_px} pixels cannot be drawn.", hint=f"Ask for 64 to {MOST_PX} pixels a side.")
    picture = Image.new("RGB", (width_px, height_px))
    pen = ImageDraw.Draw(picture)
    half = book["limb_half_px"] * min(width_px, height_px) / BASIS_PX
    at = {name: (point[0] * width_px, point[1] * height_px) for name, point in zip(names, points, strict=True) if point is not None}
    colors = [_rgb(color) for color in book["colors"]]
    for (start, end), (red, green, blue) in zip(book["limbs"], colors, strict=False):
        if start in at and end in at:
            shade = book["limb_shade"]
            pen.polygon(_ellipse(at[start], at[end], half), fill=(round(red * shade), round(green * shade), round(blue * shade)))
    for name, color in zip(names, colors, strict=True):
        if name in at:
            x, y = at[name]
            pen.ellipse((x - half, y - half, x + half, y + half), fill=color)
    return picture


def _ellipse(start: Point, end: Point, half: float) -> list[Point]:
    """The outline of a limb: thickest in its middle, ending in its points."""
    (x, y), (dx, dy) = _middle(start, end), ((end[0] - start[0]) / 2, (end[1] - start[1]) / 2)
    length = math.hypot(dx, dy) or 1.0
    across = (-dy / length * half, dx / length * half)
    turns = [2 * math.pi * step / CORNERS for step in range(CORNERS)]
    return [(x + math.cos(turn) * dx + math.sin(turn) * across[0], y + math.cos(turn) * dy + math.sin(turn) * across[1]) for turn in turns]


def _middle(one: Point, other: Point) -> Point:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _turned(point: Point, about: Point, angle: float) -> Point:
    """A point turned about another, to the right of the picture for what is above it."""
    x, y = point[0] - about[0], point[1] - about[1]
    return about[0] + x * math.cos(angle) - y * math.sin(angle), about[1] + x * math.sin(angle) + y * math.cos(angle)


def _seen(point: Point) -> Point | None:
    inside = all(0 <= value <= 1 for value in point)
    return (round(point[0], DECIMALS), round(point[1], DECIMALS)) if inside else None


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
