"""What tests of the painter share: what they ask for, how they paint, and knobs that each put something on."""

import io
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from PIL import Image

from companion.persona.blueprint import Appearance
from companion.shot import Knobs, LoraWeight, Shot
from companion.show.diffusers.painter import DiffusersPainter
from companion.show.diffusers.presets import Extra, Presets, Wardrobe, shipped
from companion.show.protocol import Commission, Painted, Sitter
from tests.show.diffusers import tiny

STEPS, SIDES = 2, {"width_px": 64, "height_px": 80}
SKELETON = tuple((0.3 + 0.02 * at, 0.2 + 0.03 * at) for at in range(18))
Make = Callable[..., DiffusersPainter]


def commission(*, references: tuple[bytes, ...] = (), long_side_px: int = 80, **knobs: Any) -> Commission:
    sitter = Sitter("mara", Appearance(), references=references)
    return Commission(sitter, Shot(), Knobs(**{"prompt": "a woman by the harbour", "seed": 4, **knobs}), long_side_px)


def paint(painter: DiffusersPainter, asked: Commission | None = None, **knobs: Any) -> Painted:
    return painter.paint(asked or commission(**knobs), lambda _: None, threading.Event())


def pixels(painted: Painted) -> Image.Image:
    return Image.open(io.BytesIO(painted.image))


def wearing(checkpoints: SimpleNamespace, family: str) -> Presets:
    """The table of presets with tiny ControlNets in the place of real ones."""
    nets = {one: Extra(name=str(checkpoints.controlnet(family, seed)), size_gb=1) for seed, one in enumerate(("openpose", "depth"))}
    return shipped().model_copy(update={"wardrobes": {**shipped().wardrobes, family: Wardrobe(controlnets=nets)}})


def everything(checkpoints: SimpleNamespace, family: str) -> dict[str, dict[str, Any]]:
    """Knobs that each put something on."""
    face = {"ip_adapter": str(checkpoints.ip_adapter(family)), "ip_scale": 0.8, "references": (tiny.portrait(1),)}
    return {
        "loras": {"loras": (LoraWeight(str(checkpoints.lora(family)), 0.8),)},
        "ip_adapter": face,
        "controlnets": {"controlnet": ("openpose",), "skeleton": SKELETON},
        "both": {"controlnet": ("openpose", "depth"), "skeleton": SKELETON, **face},
    }
