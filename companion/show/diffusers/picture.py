"""One picture by a model that stands ready: its steps, where she is on it, and what its record says."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from companion.errors import ModelError
from companion.shot import WHOLE, Box, Knobs, Point
from companion.show.diffusers.families import left_out
from companion.show.diffusers.model import ImageModel
from companion.show.diffusers.sampling import Seen, Steps, noise

AROUND = 0.08  # of the picture, around the joints of a skeleton: flesh and clothes


def stepped(model: ImageModel, pipe: Any, call: Mapping[str, Any], seed: int, seen: Seen, cancel: threading.Event) -> Any:
    """A PIL picture at the size the model paints at.

    Args:
        pipe: the model's own, or one over the same parts.
        call: its words and what it wears.
        seen: hears of each step.

    Raises:
        Stopped: it was no longer wanted at the end of a step.
        ModelError: the checkpoint's own filter held it back.
    """
    result = pipe(
        **call,
        width=model.preset.width_px,
        height=model.preset.height_px,
        num_inference_steps=model.preset.steps,
        guidance_scale=model.preset.guidance,
        generator=noise(seed),
        callback_on_step_end=Steps(model.preset.steps, cancel, seen),
        callback_on_step_end_tensor_inputs=["latents"],
    )
    if any(getattr(result, "nsfw_content_detected", None) or ()):
        raise ModelError("The model's own filter held the picture back.", hint="Change what the picture shows, or its seed.")
    return result.images[0]


def record_of(model: ImageModel, knobs: Knobs, account: Mapping[str, Any], *, upscaler: str, refines: bool) -> dict[str, Any]:
    """How a picture came to be. Plain JSON.

    Args:
        account: what was worn, and under `left_out` what was not.
        upscaler: what was asked for.
        refines: whether it was painted over.
    """
    family = model.checkpoint.family
    worn = {name: value for name, value in account.items() if name != "left_out"}
    missing = left_out(family, knobs, guided=model.guided) | dict(account.get("left_out", {}))
    if upscaler == "refine" and not family.refining:
        missing["refine"] = f"there is no way from picture to picture for {family.name}"
    return {
        **model.record(),
        "seed": knobs.seed,
        "native_px": [model.preset.width_px, model.preset.height_px],
        "upscaler": "refine" if refines else "lanczos",
        "adapters": worn,
        "left_out": missing,
    }


def subject(skeleton: Sequence[Point | None], account: Mapping[str, Any]) -> Box:
    """Where she is: around the skeleton that guided the picture, else anywhere."""
    followed = any(one["condition"] == "openpose" for one in account.get("controlnets", ()))
    points = [point for point in skeleton if point]
    if not followed or not points:
        return WHOLE
    across, down = zip(*points, strict=True)
    left, top, right, bottom = min(across) - AROUND, min(down) - AROUND, max(across) + AROUND, max(down) + AROUND
    return Box(max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom))
