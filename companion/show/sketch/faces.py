"""Faces: eyes, brows and mouth of a feeling, drawn over a head that stays the same.

What each feeling does is data (`faces.yaml`); which muscles move follows the action units of FACS (Ekman & Friesen 1978): inner brow
raiser, brow lowerer, lid raiser and tightener, lip corner puller and depressor, jaw drop. How it is drawn is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeVar, get_args

import yaml

from companion.errors import InputError
from companion.shot import Expression


@dataclass(frozen=True, slots=True)
class Eye:
    """One eye; the units are told in `faces.yaml`."""

    open: float = 1.0
    lower: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    shape: Literal["open", "smile", "rest", "tight"] = "open"
    pupil: float = 1.0
    shine: float = 1.0


@dataclass(frozen=True, slots=True)
class Brow:
    """One brow."""

    up: float = 0.0
    tilt: float = 0.0
    arch: float = 0.0
    near: float = 0.0


@dataclass(frozen=True, slots=True)
class Mouth:
    """The mouth."""

    shape: Literal["line", "open"] = "line"
    width: float = 26.0
    curve: float = 0.0
    skew: float = 0.0
    open: float = 0.0
    round: float = 0.0
    shift: float = 0.0
    teeth: bool = False
    tongue: bool = False
    clenched: bool = False
    out: bool = False
    wave: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """What a feeling does to a face.

    Attributes:
        eyes, brows: on the left and on the right of the picture.
        tilt: of the head, degrees, clockwise as we see it.
        drop: of the head, downward, in units of the drawing.
        blush: in [0, 1].
        extras: what else shows: tears, sweat, lines.
    """

    eyes: tuple[Eye, Eye] = (Eye(), Eye())
    brows: tuple[Brow, Brow] = (Brow(), Brow())
    mouth: Mouth = field(default_factory=Mouth)
    tilt: float = 0.0
    drop: float = 0.0
    blush: float = 0.0
    extras: tuple[str, ...] = ()


Half = TypeVar("Half", Eye, Brow)


def face(expression: Expression) -> Face:
    """The face of an expression.

    Raises:
        InputError: there is no such expression.
    """
    found = _faces().get(expression)
    if found is None:
        raise InputError(f'"{str(expression)[:60]}" is not an expression.', hint=f"Choose one of {', '.join(get_args(Expression))}.")
    return found


def looking(face: Face, x: float, y: float, *, lids: float = 1.0) -> Face:
    """The same feeling with her eyes on something: gaze in units, lids apart by that much of what they were."""
    left, right = (replace(eye, gaze=(x, y), open=eye.open * lids) for eye in face.eyes)
    return replace(face, eyes=(left, right))


@cache
def _faces() -> Mapping[str, Face]:
    table = yaml.safe_load(files(__package__).joinpath("faces.yaml").read_text("utf-8"))
    return {name: _read(row) for name, row in table.items()}


def _read(row: Mapping[str, Any]) -> Face:
    eyes, brows, head = (row.get(key, {}) for key in ("eyes", "brows", "head"))
    return Face(
        eyes=(_side(Eye(), eyes, "left"), _side(Eye(), eyes, "right")),
        brows=(_side(Brow(), brows, "left"), _side(Brow(), brows, "right")),
        mouth=Mouth(**row.get("mouth", {})),
        tilt=head.get("tilt", 0.0),
        drop=head.get("drop", 0.0),
        blush=row.get("blush", 0.0),
        extras=tuple(row.get("extras", ())),
    )


def _side(usual: Half, row: Mapping[str, Any], side: str) -> Half:
    own = {"up" if key == "raise" else key: value for key, value in {**row, **row.get(side, {})}.items() if key not in ("left", "right")}
    if "gaze" in own:
        own["gaze"] = tuple(own["gaze"])
    return replace(usual, **own)
