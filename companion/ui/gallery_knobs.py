"""The knobs that a picture was painted with, read back from its record, so that one of them can be turned."""

from typing import Any

from companion.shot import Knobs, LoraWeight, Picture

_PLAIN = ("prompt", "negative_prompt", "ip_adapter", "ip_scale")


def with_other_dice(picture: Picture, seed: int) -> Knobs | None:
    """What a picture was painted with, and another seed; None where its record does not tell.

    Args:
        seed: in [0, 2³²).
    """
    kept: Any = picture.record.get("knobs")
    if not isinstance(kept, dict):
        return None
    try:
        return Knobs(
            **{name: kept[name] for name in _PLAIN if name in kept},
            seed=seed,
            loras=tuple(LoraWeight(*one) for one in kept.get("loras", ())),
            ip_scales=tuple((block, scale) for block, scale in kept.get("ip_scales", ())),
            controlnet=tuple(kept.get("controlnet", ())),
            skeleton=tuple(None if point is None else (point[0], point[1]) for point in kept.get("skeleton", ())),
        )
    except (TypeError, ValueError, IndexError):  # a record that another version wrote
        return None
