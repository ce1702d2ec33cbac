"""Pictures that are ready: what decides who is on one, how far one shot is from another, and which are most likely to be called for.

The distance of two shots is a weighted sum over their parts, in [0, 1]. Each part's own distance is a share of the longest one that
it has: between points where its values have some (an expression's pleasure, arousal and dominance), else 0 or 1. Every summand is
a metric, and so is the sum. Weights, points and likelihoods are data (`templates.yaml`); they are judgements, not measurements.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from itertools import product
from typing import Any, get_args

import yaml

from companion.persona.blueprint import Appearance
from companion.persona.visual import Visual
from companion.shot import Expression, Picture, Shot
from companion.show.expressions import expressions

PARTS = tuple(field.name for field in fields(Shot))
LEAST_APART = 0.02  # of two values that have the same point: other they are all the same
PLACES_OF_HER = ("settings", "wardrobe")  # what is around her and on her: `scenery` tells of those


@dataclass(frozen=True, slots=True)
class Scale:
    """How far the values of one part are from each other, each already times the part's weight.

    Attributes:
        apart: two values → their distance; one that is not known is `most` from every other.
    """

    most: float
    apart: Mapping[tuple[str, str], float]

    def __call__(self, one: str, other: str) -> float:
        """The distance of two values, in [0, `most`]."""
        return 0.0 if one == other else self.apart.get((one, other), self.most)


@dataclass(frozen=True, slots=True)
class Near:
    """A ready picture, and how far it is from what was asked for, in [0, 1]."""

    picture: Picture
    distance: float


def distance(one: Shot, other: Shot) -> float:
    """How unlike two shots are, in [0, 1]; 0 for the same alone."""
    return sum(scale(getattr(one, part), getattr(other, part)) for part, scale in _scales().items())


def nearest(shot: Shot, ready: Iterable[Picture]) -> Near | None:
    """The ready picture nearest to a shot, of equally near ones the first; None if there is none."""
    found: Near | None = None
    for picture in ready:
        far = distance(shot, picture.shot)
        if found is None or far < found.distance:
            found = Near(picture, far)
    return found


def complete(shot: Shot, visual: Visual) -> Shot:
    """The shot with the first setting and the first outfit of a blueprint where it names none."""
    setting = shot.setting or next((one.name for one in visual.settings), "")
    return replace(shot, setting=setting, outfit=shot.outfit or next((one.name for one in visual.wardrobe), ""))


def likely(visual: Visual, count: int) -> tuple[Shot, ...]:
    """The shots that are most likely to be called for, the likeliest first.

    Args:
        count: how many at most.
    """
    chances: Mapping[str, Mapping[str, float]] = _book()["likely"]
    settings = _by_place([one.name for one in visual.settings])
    outfits = _by_place([one.name for one in visual.wardrobe])
    parts = (chances["expression"].items(), settings, outfits, chances["time"].items(), chances["framing"].items())
    found: list[tuple[float, Shot]] = []
    for (expression, a), (setting, b), (outfit, c), (time, d), (framing, e) in product(*parts):
        shot = Shot(expression, setting=setting, outfit=outfit, time=time, framing=framing, light=_book()["lights"][time])  # type: ignore[arg-type]
        found.append((a * b * c * d * e, shot))
    found.sort(key=lambda one: -one[0])
    return tuple(shot for _, shot in found[:count])


def coverage(visual: Visual, ready: Iterable[Picture]) -> dict[str, dict[Expression, int]]:
    """How many ready pictures there are by setting and expression, also where there are none.

    Returns:
        Setting, in the blueprint's order → expression → number. A blueprint without settings has one that is called "".
    """
    names = [one.name for one in visual.settings] or [""]
    grid: dict[str, dict[Expression, int]] = {name: dict.fromkeys(get_args(Expression), 0) for name in names}
    for picture in ready:
        row = grid.setdefault(picture.shot.setting, dict.fromkeys(get_args(Expression), 0))
        row[picture.shot.expression] += 1
    return grid


def look_digest(persona_id: str, appearance: Appearance, visual: Visual, painter: str) -> str:
    """Digest (SHA-256, hex) of all that decides who is on a picture.

    Her id (it chooses the parts of her face that the blueprint leaves open), her portrait and colours, looks, style, prompts,
    references, LoRAs, adapter, conditions and seed, and who paints. Not what `scenery` tells of.

    Args:
        painter: its name and version.
    """
    return _digest(
        {
            "persona": persona_id,
            "appearance": appearance.model_dump(mode="json", exclude={"picture"}),
            "visual": visual.model_dump(mode="json", exclude={*PLACES_OF_HER, "painter"}),
            "painter": painter,
            "parts": [version("python-avatars"), version("resvg-py")] if painter.startswith("sketch") else [],
        }
    )


def scenery(visual: Visual, shot: Shot) -> str:
    """Digest of how the blueprint describes the place and the outfit of a shot: another description makes another picture."""
    there = [one.model_dump(mode="json") for one in visual.settings if one.name == shot.setting]
    worn = [one.model_dump(mode="json") for one in visual.wardrobe if one.name == shot.outfit]
    return _digest([there, worn])[:16]


def _by_place(names: Sequence[str]) -> list[tuple[str, float]]:
    return [(name, 1 / place) for place, name in enumerate(names, start=1)] or [("", 1.0)]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def _book() -> Mapping[str, Any]:
    book: Mapping[str, Any] = yaml.safe_load((files("companion.show") / "templates.yaml").read_text(encoding="utf-8"))
    return book


@cache
def _scales() -> Mapping[str, Scale]:
    weights: Mapping[str, float] = _book()["weights"]
    if set(weights) != set(PARTS) or not math.isclose(sum(weights.values()), 1):
        raise ValueError("each part of a shot has one weight, and together they are 1")
    places = _book()["places"] | {"expression": {name: look.mood for name, look in expressions().looks.items()}}
    return {part: Scale(weights[part], dict(_apart(places.get(part, {}), weights[part]))) for part in PARTS}


def _apart(places: Mapping[str, Sequence[float]], weight: float) -> Iterator[tuple[tuple[str, str], float]]:
    lengths = {(one, other): math.dist(places[one], places[other]) for one, other in product(places, places) if one != other}
    longest = max(lengths.values(), default=1.0)
    for pair, length in lengths.items():
        # The larger of a metric and a constant is a metric, as long as it is asked of two different values.
        yield pair, weight * max(LEAST_APART, length / longest)
