"""Arms and hands: where a pose and a gesture put them, and how they are drawn. The places are data (`gestures.yaml`)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from companion.shot import Framing, Gesture, Pose
from companion.show.sketch.strokes import Spot, at, bearing, between, darker, ellipse, fill, group, line, num, tapered

Sleeves = Literal["long", "rolled", "short", "none"]
Side = Literal["left", "right"]
MIDDLE = 132.0
SHOULDER_X, SHOULDER_Y = 61.0, 243.0  # from the middle; downward


@dataclass(frozen=True, slots=True)
class Arm:
    """Where an arm is, in units of the figure.

    Attributes:
        hand: a name of `gestures.yaml`.
        turn: of the hand, degrees; None goes on from the forearm.
        flip: the thumb is on the hand's other side.
        front: the forearm is before head and hair.
    """

    side: Side
    elbow: Spot
    wrist: Spot
    hand: str
    turn: float | None = None
    flip: bool = False
    front: bool = False

    @property
    def degrees(self) -> float:
        """How the hand is turned."""
        return bearing(self.elbow, self.wrist) if self.turn is None else self.turn


@dataclass(frozen=True, slots=True)
class Sleeve:
    """What an arm wears.

    Attributes:
        color: of the sleeve, `#RRGGBB`.
        set_in: it goes over into the shoulder without a seam.
        gloves: colour of gloves without fingers, if any.
    """

    length: Sleeves
    color: str
    skin: str
    gloves: str = ""
    watch: bool = False
    ink: bool = False
    set_in: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """Where a leg is."""

    hip: Spot
    knee: Spot
    ankle: Spot
    foot: float


@dataclass(frozen=True, slots=True)
class Limb:
    """An arm as drawn: what lies under the hair, what may lie over it, and the hand with its wrist, over what it holds."""

    upper: str
    lower: str
    hand: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How a picture's frame moves hands: upward in units, and outward times the usual."""

    up: float = 0.0
    out: float = 1.0


USUAL = Reach()


def reach(pose: Pose, gesture: Gesture, framing: Framing) -> Reach:
    """Where hands have to be for one to see what they do."""
    if framing != "close":
        return USUAL
    return Reach(**_table()["close"].get(pose if gesture == "none" else gesture, {}))


def arms(pose: Pose, gesture: Gesture, build: float = 1.0, reach: Reach = Reach()) -> tuple[Arm, Arm]:  # frozen
    """Both arms (left, right as we see them) of a pose with a gesture.

    Args:
        build: how broad her shoulders are, times the usual; the elbows go with them.
    """
    table = _table()
    row = {**table["poses"][pose], **table["gestures"][gesture]}
    return _arm("left", row["left"], build, reach), _arm("right", row["right"], build, reach)


def legs(pose: Pose) -> tuple[Leg, Leg]:
    """Both legs (left, right as we see them) of a pose."""
    row = _table()["legs"][pose]
    left, right = (Leg(Spot(*row[side][0]), Spot(*row[side][1]), Spot(*row[side][2]), row[side][3]) for side in ("left", "right"))
    return left, right


def shoulder(side: Side, build: float = 1.0) -> Spot:
    """Where an arm begins."""
    return Spot(MIDDLE + (-1 if side == "left" else 1) * SHOULDER_X * build, SHOULDER_Y)


def limb(arm: Arm, sleeve: Sleeve, build: float = 1.0) -> Limb:
    """Draws an arm."""
    start, elbow, wrist = shoulder(arm.side, build), arm.elbow, arm.wrist
    rim = f' stroke="{darker(sleeve.color, 0.2)}" stroke-width="2"'
    skin_rim = f' stroke="{darker(sleeve.skin, 0.18)}" stroke-width="1.6"'
    bare = fill(tapered(elbow, wrist, 13.8, 10), sleeve.skin, more=skin_rim)
    hand = group(_hand(arm.hand, sleeve.skin), at(wrist, degrees=arm.degrees, mirrored=arm.flip))
    # hand and forearm are one: no line between them
    hand += fill(tapered(between(elbow, wrist, 0.72), between(wrist, _palm(arm), 0.5), 10.4, 9.4), sleeve.skin)
    if sleeve.gloves:
        hand += group(f'<rect x="-13.5" y="-6" width="27" height="22" rx="9" fill="{sleeve.gloves}"/>', at(wrist, degrees=arm.degrees))
    joint = _joint(arm, sleeve, start) if sleeve.set_in else ""
    if sleeve.length in ("none", "short"):
        upper = fill(tapered(start, elbow, 18.5, 13.8), sleeve.skin, more=skin_rim)
        covered = fill(tapered(between(start, elbow, 0.62), elbow, 15.6, 13.8), sleeve.skin)
        if sleeve.length == "short":
            upper += fill(tapered(start, between(start, elbow, 0.5), 21, 19), sleeve.color, more=rim)
        return Limb(upper + joint, bare + covered, hand + _wrist(arm, sleeve))
    rolled = sleeve.length == "rolled"
    stop, wide = between(elbow, wrist, 0.3 if rolled else 0.88), 15.5 if rolled else 12.4
    upper = fill(tapered(start, elbow, 21.5, 16.5), sleeve.color, more=rim)
    cloth = fill(tapered(elbow, stop, 16.5, wide), sleeve.color, more=rim)
    cloth += fill(tapered(between(start, elbow, 0.62), elbow, 18.4, 16.5), sleeve.color)
    cuff = group(
        f'<rect x="{num(-wide - 1)}" y="-6" width="{num(2 * wide + 2)}" height="10" rx="4.5" fill="{darker(sleeve.color, 0.12)}"/>',
        at(stop, degrees=bearing(elbow, wrist)),
    )
    return Limb(upper + joint, bare + cloth + cuff, hand + (_wrist(arm, sleeve) if rolled else cloth + cuff + _wrist(arm, sleeve)))


def _joint(arm: Arm, sleeve: Sleeve, start: Spot) -> str:
    """Covers the line between shoulder and arm."""
    inward = 1 if arm.side == "left" else -1
    color = sleeve.skin if sleeve.length == "none" else sleeve.color
    return ellipse(start.x + inward * 9, start.y - 4, 15.5, 17, color) + ellipse(start.x + inward * 12, start.y - 11, 12.5, 13, color)


def _palm(arm: Arm) -> Spot:
    """A point in the palm."""
    angle = math.radians(arm.degrees)
    return Spot(arm.wrist.x - math.sin(angle) * 12, arm.wrist.y + math.cos(angle) * 12)


def _wrist(arm: Arm, sleeve: Sleeve) -> str:
    """What she wears on her left wrist, which is on our right."""
    if arm.side == "left":
        return ""
    spot = between(arm.elbow, arm.wrist, 0.86)
    drawn = ""
    if sleeve.watch:
        drawn += '<rect x="-12.5" y="-3.6" width="25" height="7.2" rx="3" fill="#4A342A"/>'
        drawn += ellipse(0, 0, 7.4, 7.4, "#8A6A3B") + ellipse(0, 0, 5.2, 5.2, "#F4EBDD")
        drawn += line("M0 -3.4V0L2.4 1.6", "#3A2C24", 1.2)
    if sleeve.ink and sleeve.length != "long":
        star = "M0 -3L0.9 -0.9 3 0 0.9 0.9 0 3 -0.9 0.9 -3 0 -0.9 -0.9Z"
        drawn += "".join(
            group(fill(star, "#2C3A6B", opacity=0.85), at(Spot(x, y), scale=size))
            for x, y, size in ((-4, -10, 1.1), (2.5, -4, 0.8), (-2, 3, 0.9))
        )
    return group(drawn, at(spot, degrees=bearing(arm.elbow, arm.wrist))) if drawn else ""


def _hand(name: str, skin: str) -> str:
    shape = _table()["hands"][name]
    rim, parting = darker(skin, 0.18), darker(skin, 0.24)
    strokes: Sequence[Sequence[float]] = shape["strokes"]
    outline = "".join(line(_polyline(points), rim, width + 1.8) for width, *points in strokes)
    flesh = "".join(line(_polyline(points), skin, width) for width, *points in strokes)
    thumb_width, *thumb = strokes[-1]
    # the thumb stands out from the palm by its own rim
    edge = line(_polyline(thumb), rim, thumb_width + 1.6, opacity=0.55) + line(_polyline(thumb), skin, thumb_width)
    return outline + flesh + "".join(line(_polyline(points), parting, 1.4) for points in shape["lines"]) + edge


def _polyline(points: Sequence[float]) -> str:
    pairs = list(zip(points[::2], points[1::2], strict=True))
    return "M" + "L".join(f"{num(x)} {num(y)}" for x, y in pairs)


def _arm(side: Side, row: Mapping[str, Any], build: float, reach: Reach) -> Arm:
    (x, y), (wrist_x, wrist_y) = row["elbow"], row["wrist"]
    moved = reach if row.get("front") else USUAL
    return Arm(
        side=side,
        elbow=Spot(MIDDLE + (x - MIDDLE) * build, y - moved.up * 0.4),
        wrist=Spot(MIDDLE + (wrist_x - MIDDLE) * moved.out, wrist_y - moved.up),
        hand=row["hand"],
        turn=row.get("turn"),
        flip=row.get("flip", False),
        front=row.get("front", False),
    )


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("gestures.yaml").read_text("utf-8"))
    return table
