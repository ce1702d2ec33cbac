"""Families name classes that are there, and say what they cannot follow."""

import inspect

import diffusers
import pytest
from diffusers.loaders import IPAdapterMixin, StableDiffusionLoraLoaderMixin
from diffusers.loaders.lora_base import LoraBaseMixin

from companion.errors import ModelError
from companion.shot import Knobs
from companion.show.diffusers.families import FAMILIES, Family, family, family_of, left_out

EACH = pytest.mark.parametrize("one", FAMILIES, ids=lambda one: one.name)


@EACH
def test_what_a_family_is_said_to_take_its_classes_take(one: Family) -> None:
    kind = getattr(diffusers, one.pipeline)
    assert issubclass(kind, LoraBaseMixin)
    assert issubclass(kind, IPAdapterMixin) == one.ip_adapter
    assert one.denoiser in inspect.signature(kind.__init__).parameters
    takes = inspect.signature(kind.__call__).parameters
    assert ("ip_adapter_image_embeds" in takes) == one.ip_adapter
    assert ("image" in takes) == one.references
    assert ("negative_prompt" in takes) == one.reads_clip
    assert {"callback_on_step_end", "num_inference_steps", "guidance_scale", "width", "height", "generator"} <= set(takes)
    if one.with_controlnet:
        assert "controlnet" in inspect.signature(getattr(diffusers, one.with_controlnet).__init__).parameters
    if one.refining:
        assert {"image", "strength"} <= set(inspect.signature(getattr(diffusers, one.refining).__call__).parameters)


def test_flux_has_no_controlnet_in_this_version() -> None:
    """So that we hear of it when the library brings one."""
    assert not [name for name in dir(diffusers) if name.startswith("Flux2") and "ControlNet" in name]
    assert issubclass(diffusers.StableDiffusionPipeline, StableDiffusionLoraLoaderMixin)


@EACH
def test_a_checkpoint_finds_its_family_by_any_of_its_classes(one: Family) -> None:
    assert family(one.name) is one
    for kind in filter(None, (one.pipeline, one.with_controlnet, one.refining)):
        assert family_of(kind) is one


@pytest.mark.parametrize("kind", ["StableVideoDiffusionPipeline", "", "FluxPipeline"])
def test_other_models_cannot_paint_here(kind: str) -> None:
    with pytest.raises(ModelError, match="cannot paint here"):
        family_of(kind)


def test_what_cannot_be_followed_is_said_with_the_reason() -> None:
    knobs = Knobs(negative_prompt="blurred", ip_adapter="h94/IP-Adapter", controlnet=("openpose", "depth"))
    assert left_out(family("sdxl"), knobs, guided=True) == {}
    assert set(left_out(family("sdxl"), knobs, guided=False)) == {"negative_prompt"}
    klein = left_out(family("flux2-klein"), knobs, guided=False)
    assert set(klein) == {"negative_prompt", "ip_adapter", "controlnet openpose", "controlnet depth"}
    assert all("flux2-klein" in reason for name, reason in klein.items() if name != "negative_prompt")
    assert left_out(family("flux2-klein"), Knobs(), guided=False) == {}
