"""From a shot to the knobs of an image model: LoRA weights, IP-Adapter scale, skeleton, prompt and seed. Pure, and the same every time.

What she feels sets her words and her picture alike: a LoRA for a look (Hu et al. 2021) that follows pleasure or arousal weighs as much
as her mood lies there, as sliders do (Gandikota et al. 2023, "Concept Sliders"); without a mood, as much as the look does by
`expressions.yaml`. The IP-Adapter's scale (Ye et al. 2023) and what a retry changes are stated in `knobs.yaml`. The skeleton is for
ControlNet (Zhang et al. 2023). Nothing here knows what a model can do: whoever paints leaves out what it has no use for.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from companion.affect import Mood
from companion.persona.visual import Lora, Visual
from companion.shot import Knobs, LoraWeight, Shot
from companion.show.expressions import expressions
from companion.show.poses import skeleton
from companion.show.prompt import Wording
from companion.show.scene import scenery
from companion.show.templates import complete

MOST_LORA = 2.0  # either way, as the blueprint allows
DECIMALS = 4
PURPOSES = ("identity", "expression", "style")  # in which order LoRAs act
SEEDS = 2**32


@cache
def _book() -> Mapping[str, Any]:
    book: Mapping[str, Any] = yaml.safe_load((files("companion.show") / "knobs.yaml").read_text(encoding="utf-8"))
    return book


@cache
def _wording() -> Wording:
    book = _book()
    return Wording(book["order"], book["first"], book["most_tokens"], book["letters_a_token"])


def knobs(visual: Visual, shot: Shot, mood: Mood | None = None) -> Knobs:
    """What an image model is set to for a shot of her.

    Args:
        mood: hers, which looks on her face follow; without it they follow the expression of the shot.
    """
    shot = complete(shot, visual)  # the same picture has one seed, however it is asked for
    adapter, moved = visual.ip_adapter, _moved(shot)
    return Knobs(
        prompt=_wording().compose(_parts(visual, shot)),
        negative_prompt=_wording().cut(", ".join(one for one in (visual.negative_prompt, _book()["negative"]) if one)),
        seed=visual.seed if visual.seed_policy == "fixed" else _hashed(visual.seed, asdict(shot)),
        loras=_loras(visual, mood or expressions().looks[shot.expression].mood),
        ip_adapter=adapter.model if adapter else "",
        ip_scale=round(adapter.scale * moved, DECIMALS) if adapter else 0.0,
        ip_scales=tuple((one.block, round(one.scale * moved, DECIMALS)) for one in adapter.scales) if adapter else (),
        controlnet=tuple(visual.controlnet),
        skeleton=skeleton(shot.pose, shot.gesture, shot.framing),
    )


def stronger(knobs: Knobs, tries: int) -> Knobs:
    """The knobs for another try at a picture that was not her: held closer to her face, by another seed.

    Args:
        knobs: those of the first picture.
        tries: how many pictures were not her; 0 changes nothing. From `most_steps` on only the seed changes.
    """
    if tries <= 0:
        return knobs
    book = _book()["stronger"]
    steps = min(tries, book["most_steps"])
    rise, times = steps * book["ip_step"], 1 + steps * book["lora_step"]
    return replace(
        knobs,
        seed=_hashed(knobs.seed, tries),
        loras=tuple(
            one._replace(weight=_raised(one.weight, one.weight * times, book["most_lora"])) if one.purpose == "identity" else one
            for one in knobs.loras
        ),
        ip_scale=_raised(knobs.ip_scale, knobs.ip_scale + rise, book["most_ip"]) if knobs.ip_adapter else knobs.ip_scale,
        ip_scales=tuple((block, _raised(scale, scale + rise, book["most_ip"])) for block, scale in knobs.ip_scales),
    )


def _moved(shot: Shot) -> float:
    """What is left of an IP-Adapter's scale."""
    book, arousal = _book()["ip_scale"], expressions().looks[shot.expression].mood.arousal
    return float(book["framing"][shot.framing] * (1 - book["moved"] * max(0.0, arousal)))


def _loras(visual: Visual, mood: Mood) -> tuple[LoraWeight, ...]:
    """Those that act; one whose weight comes to nothing does not."""
    weighed = [LoraWeight(one.name, round(_weight(one, mood), DECIMALS), one.purpose) for one in visual.loras]
    return tuple(sorted((one for one in weighed if one.weight), key=lambda one: PURPOSES.index(one.purpose)))


def _weight(lora: Lora, mood: Mood) -> float:
    along = getattr(mood, lora.axis) if lora.axis and lora.purpose == "expression" else 1.0
    return max(-MOST_LORA, min(MOST_LORA, lora.weight * along))


def _parts(visual: Visual, shot: Shot) -> dict[str, str]:
    """The words for each part of a prompt."""
    book = _book()
    setting = next((one.description for one in visual.settings if one.name.casefold() == shot.setting.casefold()), "")
    outfit = next((one.description for one in visual.wardrobe if one.name.casefold() == shot.outfit.casefold()), "")
    return {
        **{part: _about(part, words) for part, words in visual.look.model_dump().items()},
        "subject": book["subject"][shot.framing],
        "expression": expressions().looks[shot.expression].prompt,
        "pose": book["poses"][shot.pose],
        "gesture": book["gestures"][shot.gesture],
        "setting": scenery().at(setting, shot.time) or book["scenes"].get(shot.setting.casefold(), ""),
        "outfit": outfit and f"wearing {outfit}",
        "light": book["lights"][shot.light],
        "time": book["times"][shot.time],
        "style": scenery().at(visual.style, shot.time),
        "prompt": visual.prompt,
    }


def _about(part: str, words: str) -> str:
    """A line of her looks, so that it is clear of what: "auburn" becomes "hair auburn"."""
    noun, first = _book()["named"].get(part, ""), words.split(",")[0].casefold()
    named = not noun or not words or noun in first or first.split()[0] in _book()["articles"]
    return words if named else f"{noun} {words}"


def _hashed(seed: int, of: Any) -> int:
    """A seed that follows from another and from what it is for."""
    digest = hashlib.sha256(json.dumps([seed, of], sort_keys=True).encode()).digest()
    return int.from_bytes(digest[:4], "big") % SEEDS


def _raised(now: float, wanted: float, most: float) -> float:
    """A value as much higher as is wanted, up to the most; never lower than it is, and a negative one stays."""
    return round(max(now, min(wanted, most)), DECIMALS)
