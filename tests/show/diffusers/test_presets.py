"""The table of presets agrees with itself and with the library."""

import inspect

import diffusers
import pytest
from pydantic import ValidationError

from companion.errors import ModelError
from companion.show.diffusers.families import FAMILIES
from companion.show.diffusers.presets import Preset, Presets, shipped
from companion.show.diffusers.upscale import ASPECT

EACH = pytest.mark.parametrize("preset", shipped().presets, ids=lambda preset: preset.name)


@EACH
def test_a_preset_is_whole(preset: Preset) -> None:
    assert preset.label and preset.licence and preset.source.startswith("https://huggingface.co/")
    assert preset.model.count("/") == 1
    assert preset.width_px / preset.height_px == ASPECT
    assert 0 < preset.largest_gb < preset.size_gb
    assert not preset.tried, "none could be downloaded where this was made"
    assert preset.memory_gb > preset.least_memory_gb > 0
    if preset.speed:
        assert preset.speed.name.endswith(".safetensors") and preset.steps <= 8


def test_each_family_has_presets_and_a_wardrobe() -> None:
    names = {family.name for family in FAMILIES}
    assert {preset.family for preset in shipped().presets} == names == set(shipped().wardrobes)
    for family in FAMILIES:
        wardrobe = shipped().wardrobes[family.name]
        assert bool(wardrobe.ip_adapters) == family.ip_adapter
        assert set(wardrobe.controlnets) == ({"openpose", "depth"} if family.controlnet else set())
        assert shipped().of_family(family.name).speed is None, "a model that is not listed is not hurried"


def test_the_ways_to_few_steps_are_there_for_both_families_that_take_a_lora_for_it() -> None:
    hurried = {preset.name for preset in shipped().presets if preset.speed}
    assert hurried == {"sd15-lcm", "sd15-hyper", "sdxl-lcm", "sdxl-lightning", "sdxl-hyper"}


@pytest.mark.parametrize("name", shipped().schedulers)
def test_a_scheduler_is_a_class_of_the_library_that_takes_its_options(name: str) -> None:
    scheduler = shipped().schedulers[name]
    if scheduler.kind:
        takes = inspect.signature(getattr(diffusers, scheduler.kind).__init__).parameters
        assert set(scheduler.options) <= set(takes)
    else:
        assert name == "own"


def test_names_are_found_and_others_are_not() -> None:
    assert (sdxl := shipped().get("sdxl")) and sdxl.model == "stabilityai/stable-diffusion-xl-base-1.0"
    assert shipped().get("owner/name") is None
    with pytest.raises(ModelError, match="nothing"):
        shipped().of_family("nothing")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"scheduler": "unheard-of"}, "not listed"),
        ({"width_px": 500}, "multiples of 64"),
        ({"name": "sdxl"}, "same name"),
        ({"steps": 0}, "steps"),
        ({"family": "sd4"}, "family"),
        ({"stepps": 3}, "stepps"),
    ],
)
def test_a_table_that_does_not_agree_is_refused(change: dict[str, object], complaint: str) -> None:
    table = shipped().model_dump(by_alias=True)
    table["presets"] = [{**table["presets"][0], **change}, *table["presets"][1:]]
    with pytest.raises(ValidationError, match=complaint):
        Presets.model_validate(table)
