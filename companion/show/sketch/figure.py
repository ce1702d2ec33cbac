"""Her whole figure for a shot: head, face, body, arms and what she holds, put together in the right order.

The head's layers are those of `head.py`, letter for letter, whatever the shot: so identity holds by construction.
"""

from dataclasses import dataclass, replace

from companion.shot import Pose, Shot
from companion.show.parts import Look, look_of
from companion.show.protocol import Sitter
from companion.show.sketch import props, tailoring
from companion.show.sketch.clothes import Garb, garb_of, outfit_of
from companion.show.sketch.faces import Face, face, looking
from companion.show.sketch.features import Features, features
from companion.show.sketch.gestures import Arm, Limb, Sleeve, arms, legs, limb, reach
from companion.show.sketch.head import CHIN_Y, MIDDLE, Head, head
from companion.show.sketch.marks import Marks, marks_of
from companion.show.sketch.pieces import BRASS, piece
from companion.show.sketch.strokes import group, num

SOLES_Y = 664.0
SEAT_LOWERED = 28.0  # how much lower she is when seated
# how a pose holds her: lean of the body in degrees, turn of the face to the side in units
BEARING: dict[Pose, tuple[float, float]] = {
    "standing": (0, 0), "sitting": (0, 0), "leaning": (2.5, 0), "walking": (-2.5, -4), "turned": (0, 7), "reading": (0, 0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure, in its own units.

    Attributes:
        svg: all of her.
        identity: the layers of the head: the same text on every picture of hers.
        garb: what she wears.
        soles_y: where she touches the ground.
    """

    svg: str
    identity: tuple[str, ...]
    garb: Garb
    soles_y: float


def figure(sitter: Sitter, shot: Shot) -> Figure:
    """Draws her.

    Raises:
        BlueprintError: her portrait or her outfit names a part that does not exist.
    """
    look = look_of(sitter.persona_id, sitter.appearance)
    marks = marks_of(sitter.visual.look)
    garb = garb_of(look, outfit_of(sitter.visual, shot.outfit))
    own = head(look, marks)
    feeling = _posed(face(shot.expression), shot.pose)
    lean, turn = BEARING[shot.pose]
    seated = shot.pose in ("sitting", "reading")
    dressed = tailoring.body(garb, look.skin_color, marks.build, to_feet=shot.framing == "wide")
    reached = reach(shot.pose, shot.gesture, shot.framing)
    left, right = arms(shot.pose, shot.gesture, marks.build, reached)
    sleeve = _sleeve(garb, look, marks)
    drawn = tuple((arm, limb(arm, sleeve, marks.build)) for arm in _layered(left, right, shot))
    moved = f"translate({num(turn * 0.4)} {num(feeling.drop)}) rotate({num(feeling.tilt + lean * 0.4)} {num(MIDDLE)} {num(CHIN_Y + 4)})"

    held = group(props.held(shot, look, garb), f"translate(0 {num(-reached.up)})" if reached.up else "")
    upper = (
        group(own.behind, moved)
        + dressed.behind
        + dressed.torso
        + own.neck
        + dressed.collar
        + (piece("pendant", BRASS, marks.build).on if marks.pendant else "")
        + "".join(part.upper + ("" if arm.front else part.lower + part.hand) for arm, part in drawn)
        + group(_head(own, features(feeling, look, marks), turn), moved)
        + dressed.over
        + _fronts(drawn, held, shot)
    )
    if shot.pose == "turned":
        upper = group(upper, f"translate({num(MIDDLE * 0.05)} 0) scale(0.95 1)")
    upper = group(upper, f"rotate({num(lean)} {num(MIDDLE)} 440)") if lean else upper
    if shot.framing == "wide":
        pair = legs(shot.pose)
        lower = tailoring.legs(garb, pair, look.skin_color, seated=seated)
        soles = SOLES_Y - SEAT_LOWERED if seated else SOLES_Y
        svg = (props.seat(shot) if seated else "") + lower + tailoring.tails(garb, seated=seated) + upper
    else:
        soles, svg = SOLES_Y, (props.backrest(shot) if seated else "") + upper
    return Figure(svg + props.before(shot), own.layers, garb, soles)


def _posed(feeling: Face, pose: Pose) -> Face:
    """A feeling as far as a pose lets it show: who reads looks down."""
    if pose == "reading":
        return replace(looking(feeling, 0.6, 4.2, lids=0.72), drop=feeling.drop + 4)
    return feeling


def _head(own: Head, now: Features, turn: float) -> str:
    # turned aside, a face is narrower
    aside = f"translate({num(turn + MIDDLE * 0.05)} 0) scale(0.95 1)" if turn else ""
    return (
        own.skin
        + group(own.features + now.glow, aside)
        + group(own.beard, f"translate({num(turn * 0.45)} 0)" if turn else "")
        + group(now.mouth + now.eyes + now.tears + own.glasses, aside)
        + own.hair
        + group(now.brows, aside)
        + own.ears
    )


def _sleeve(garb: Garb, look: Look, marks: Marks) -> Sleeve:
    gloves = garb.piece("gloves")
    outer = garb.sleeve_color
    return Sleeve(
        length=garb.sleeves,
        color=outer,
        skin=look.skin_color,
        gloves=gloves.color if gloves else "",
        watch=marks.watch,
        ink=marks.wrist_ink,
        set_in=garb.piece("waistcoat") is None,
    )


def _layered(left: Arm, right: Arm, shot: Shot) -> tuple[Arm, ...]:
    """Back to front: the arm that supports the other lies below."""
    return (right, left) if shot.gesture == "arms_crossed" else (left, right)


def _fronts(drawn: tuple[tuple[Arm, Limb], ...], held: str, shot: Shot) -> str:
    fronts = [part for arm, part in drawn if arm.front]
    if held:  # forearms, then the thing, then the hands around it
        return "".join(part.lower for part in fronts) + held + "".join(part.hand for part in fronts)
    return "".join(part.lower + part.hand for part in fronts)
