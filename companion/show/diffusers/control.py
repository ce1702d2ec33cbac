"""What guides a picture beside words: a skeleton for her pose, a map of how near things are, and the ControlNets that read them.

ControlNet: Zhang et al. (2023). The skeleton is drawn by `show/poses.py`. The depth map is a simple one and says no more than it
knows: a figure, as flat as a cut-out, before a ground that comes nearer towards the bottom; near is bright, as MiDaS (Ranftl et al.
2020) and the ControlNets trained on it have it. So it holds her place, her size and her silhouette, not the room.
"""

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from companion.opening import ONE_AT_A_TIME
from companion.persona.visual import Condition
from companion.shot import Framing, Point
from companion.show.diffusers.families import Family
from companion.show.diffusers.weights import Shelf, Weights, quiet, translated
from companion.show.poses import draw_skeleton

STRENGTH: Mapping[str, float] = {"openpose": 0.9, "depth": 0.5}  # the map is coarse: it leads less than a skeleton does
FAR, NEAR, FIGURE = 24, 150, 200  # grey of the backdrop, of the ground at her feet's edge of the picture, and of her
LIMBS: Sequence[tuple[int, int, float]] = (  # bones of the COCO skeleton and their thickness in widths of her shoulders
    (2, 3, 0.32), (3, 4, 0.26), (5, 6, 0.32), (6, 7, 0.26), (8, 9, 0.42), (9, 10, 0.32), (11, 12, 0.42), (12, 13, 0.32), (1, 0, 0.3),
)  # fmt: skip
TRUNK = (2, 5, 11, 8)  # shoulders and hips
STANDING: Mapping[Framing, tuple[float, float, float]] = {
    "close": (0.42, 0.17, 0.0),
    "half": (0.26, 0.09, 0.0),
    "wide": (0.16, 0.045, 0.93),
}
"""Without a skeleton: where her face is, how large (half its height), where her feet are (0: below the edge); in heights of the picture."""


@dataclass(frozen=True, slots=True)
class Guide:
    """A condition of a picture, as an image and the ControlNet that reads it."""

    condition: Condition
    image: Any
    scale: float
    weights: Weights

    def account(self) -> Mapping[str, Any]:
        """For a picture's record: plain JSON."""
        kept = {"condition": self.condition, "name": self.weights.name, "scale": self.scale, "sha256": self.weights.sha256}
        return kept | ({"revision": self.weights.revision} if self.weights.revision else {})


def depth_map(points: Sequence[Point | None], framing: Framing, width_px: int, height_px: int) -> Any:
    """A figure before a ground, by how near they are: near is bright.

    Args:
        points: of OpenPose's COCO model, in [0, 1]; with none of her shoulders in sight she stands upright, as large as the framing says.

    Returns:
        An RGB image of Pillow.
    """
    from PIL import Image, ImageDraw, ImageFilter

    figure = Image.new("L", (width_px, height_px), 0)
    pen = ImageDraw.Draw(figure)
    at = [None if point is None else (point[0] * width_px, point[1] * height_px) for point in points]
    drawn = (
        _draw_pose(pen, at, height_px) if len(at) > max(TRUNK) and at[2] and at[5] else _draw_standing(pen, framing, width_px, height_px)
    )
    ground = Image.linear_gradient("L").resize((width_px, height_px)).point(lambda y: _ground_grey(y / 255, drawn))
    ground.paste(FIGURE, mask=figure.filter(ImageFilter.GaussianBlur(max(1.0, height_px / 256))))
    return ground.convert("RGB")


def _ground_grey(y: float, feet: float) -> int:
    """Grey of the ground at a height of the picture: it rises from the horizon, which lies above her feet, to the lower edge."""
    horizon = min(0.75, feet - 0.12)
    return round(FAR + (NEAR - FAR) * max(0.0, y - horizon) / (1 - horizon))


def _draw_standing(pen: Any, framing: Framing, width_px: int, height_px: int) -> float:
    face, half, feet = STANDING[framing]
    foot = feet or face + 14 * half  # a figure is some seven and a half heads high
    middle, unit = width_px / 2, height_px * half
    top = height_px * face
    pen.ellipse((middle - 0.8 * unit, top - unit, middle + 0.8 * unit, top + unit), fill=255)
    pen.rounded_rectangle((middle - 0.35 * unit, top, middle + 0.35 * unit, top + 1.6 * unit), unit * 0.2, fill=255)
    pen.rounded_rectangle((middle - 2 * unit, top + 1.4 * unit, middle + 2 * unit, top + 7 * unit), unit * 0.9, fill=255)
    pen.rounded_rectangle((middle - 1.4 * unit, top + 6 * unit, middle + 1.4 * unit, height_px * foot), unit * 0.5, fill=255)
    return foot


def _draw_pose(pen: Any, at: Sequence[tuple[float, float] | None], height_px: int) -> float:
    """Her silhouette around a skeleton; returns where its lowest point is, in heights of the picture."""
    left, right = at[2], at[5]
    assert left is not None and right is not None
    width = max(math.dist(left, right), 0.3 * _extent(at))  # seen from the side her shoulders fall together, and she is no thinner
    hips: list[tuple[float, float]] = [at[8] or (left[0], left[1] + 1.4 * width), at[11] or (right[0], right[1] + 1.4 * width)]
    trunk = [left, right, hips[1], hips[0]]
    pen.polygon(trunk, fill=255)
    for start, end in zip(trunk, [*trunk[1:], trunk[0]], strict=True):
        _capsule(pen, start, end, 0.34 * width)
    for first, second, thick in LIMBS:
        one, other = at[first], at[second]
        if one and other:
            _capsule(pen, one, other, thick * width)
    lowest = max(point[1] for point in [*hips, *at] if point)
    for hip, knee, ankle in ((hips[0], at[9], at[10]), (hips[1], at[12], at[13])):
        if ankle is None:  # the picture ends before she does
            end = knee or hip
            below = (end[0], height_px + width)
            _capsule(pen, end, below, (0.32 if knee else 0.42) * width)
            lowest = max(lowest, below[1])
    if nose := at[0]:
        pen.ellipse((nose[0] - 0.33 * width, nose[1] - 0.45 * width, nose[0] + 0.33 * width, nose[1] + 0.4 * width), fill=255)
    return lowest / height_px


def _extent(at: Sequence[tuple[float, float] | None]) -> float:
    """From her nose to her neck, or nothing."""
    return math.dist(at[0], at[1]) if at[0] and at[1] else 0.0


def _capsule(pen: Any, start: tuple[float, float], end: tuple[float, float], width: float) -> None:
    pen.line((start, end), fill=255, width=max(1, round(width)))
    for x, y in (start, end):
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


class Controls:
    """The ControlNets of one pipeline, and the pipelines that are guided by them.

    Args:
        pipe: a pipeline without any.
        family: names the class of pipeline that takes them.
        names: condition → name of its ControlNet: a folder or hub id.
        strength: condition → how strongly it guides, in [0, 1].
    """

    def __init__(self, pipe: Any, family: Family, shelf: Shelf, names: Mapping[str, str], strength: Mapping[str, float] = STRENGTH) -> None:
        self._pipe, self._family, self._shelf = pipe, family, shelf
        self._names, self._strength = names, strength
        self._nets: dict[str, Any] = {}
        self._pipes: dict[tuple[str, ...], Any] = {}

    def draw(
        self, conditions: Sequence[str], points: Sequence[Point | None], framing: Framing, width_px: int, height_px: int
    ) -> tuple[tuple[Guide, ...], dict[str, str]]:
        """The images that guide a picture, and why a condition that was asked for is left out.

        Raises:
            ModelError: a ControlNet is missing.
        """
        guides: list[Guide] = []
        left_out: dict[str, str] = {}
        for condition in conditions:
            if not self._family.with_controlnet:
                left_out[f"controlnet {condition}"] = f"there is no ControlNet for {self._family.name}"
            elif condition not in self._names:
                left_out[f"controlnet {condition}"] = "no model of it is named"
            elif condition == "openpose" and not any(points):
                left_out[f"controlnet {condition}"] = "the shot has no skeleton"
            elif condition == "openpose":
                guides.append(self._guide("openpose", draw_skeleton(points, width_px, height_px)))
            else:
                guides.append(self._guide("depth", depth_map(points, framing, width_px, height_px)))
        return tuple(guides), left_out

    def pipeline(self, guides: Sequence[Guide]) -> Any:
        """The pipeline that these guide; without any, the one that was given.

        Raises:
            ModelError: a ControlNet is damaged, or made for another model.
        """
        if not guides:
            return self._pipe
        key = tuple(guide.condition for guide in guides)
        if key not in self._pipes:
            self._pipes[key] = self._guided([self._net(guide) for guide in guides])
        guided = self._pipes[key]
        guided.scheduler = self._pipe.scheduler
        return guided

    def arguments(self, guides: Sequence[Guide]) -> dict[str, Any]:
        """What the call of the pipeline gets."""
        if not guides:
            return {}
        return {"image": [guide.image for guide in guides], "controlnet_conditioning_scale": [guide.scale for guide in guides]}

    def close(self) -> None:
        """Frees what was loaded."""
        self._pipes.clear()
        self._nets.clear()

    def _guide(self, condition: Condition, image: Any) -> Guide:
        weights = self._shelf.model(self._names[condition])
        return Guide(condition, image, self._strength.get(condition, 1.0), weights)

    def _net(self, guide: Guide) -> Any:
        if guide.condition not in self._nets:
            from diffusers import ControlNetModel

            net = self._pipe.unet
            kind: Any = ControlNetModel
            with ONE_AT_A_TIME, translated(f"The ControlNet {guide.weights.name}"), quiet():
                control = kind.from_pretrained(guide.weights.path, dtype=net.dtype, use_safetensors=True, local_files_only=True)
                if control.config.cross_attention_dim != net.config.cross_attention_dim:
                    raise ValueError("it is made for another kind of model")
            self._nets[guide.condition] = control
        return self._nets[guide.condition]

    def _guided(self, nets: Sequence[Any]) -> Any:
        """The same parts under another class. The library's own `from_pipe` would also cast them all to one dtype."""
        import diffusers

        kind = getattr(diffusers, self._family.with_controlnet)
        kept = {**self._pipe.config, **self._pipe.components, "controlnet": list(nets)}
        guided = kind(**{name: kept[name] for name in inspect.signature(kind.__init__).parameters if name in kept})
        guided.set_progress_bar_config(**getattr(self._pipe, "_progress_bar_config", {}))
        return guided
