import re

import pytest

from companion.think.catalogue import Catalogue, Preset, open_catalogue

CATALOGUE: Catalogue = open_catalogue()
PRESETS = {preset.id: preset for preset in CATALOGUE.presets}
PICKS = [(key, pick.model, pick.quantise) for key, tier in CATALOGUE.tiers.items() for pick in tier.picks]


def test_there_is_something_for_every_kind_of_machine() -> None:
    assert {(tier.device, tier.memory_gb) for tier in CATALOGUE.tiers.values()} >= {
        ("cpu", 8), ("cuda", 8), ("cuda", 16), ("cuda", 24), ("cuda", 80), ("mps", 16)
    }  # fmt: skip
    assert {model for _, model, _ in PICKS} == set(PRESETS), "a preset that no hardware is named for is not shown"
    assert len(PICKS) == len(set(PICKS)) and len(PRESETS) == len(CATALOGUE.presets)


@pytest.mark.parametrize("preset", CATALOGUE.presets, ids=PRESETS)
def test_a_preset_says_where_it_is_from_and_its_sizes_agree(preset: Preset) -> None:
    assert preset.source == f"https://huggingface.co/{preset.id}" and preset.licence and not preset.tried
    # Qwen3's small models keep embeddings and output as one, and lie on the hub as two.
    tied = preset.whole_m * 2 / 1000 if preset.id in ("Qwen/Qwen3-0.6B", "Qwen/Qwen3-1.7B") else 0
    assert preset.size_gb == pytest.approx(preset.weights_gb() + tied, rel=0.03)
    said = re.search(r"([\d.]+)(M|B)\b", preset.label)
    assert said
    named = float(said[1]) * (1 if said[2] == "M" else 1000)
    assert preset.linear_m + preset.whole_m == pytest.approx(named, rel=0.25)
    assert preset.gated == preset.id.startswith("meta-llama/")


@pytest.mark.parametrize("preset", [preset for preset in CATALOGUE.presets if preset.draft], ids=lambda preset: str(preset.label))
def test_a_draft_is_of_the_same_family_and_pays(preset: Preset) -> None:
    draft = PRESETS[preset.draft]
    assert draft.family == preset.family
    assert draft.weights_gb() < preset.weights_gb() / 4


@pytest.mark.parametrize(("key", "model", "quantise"), PICKS)
def test_a_model_and_its_draft_fit_the_hardware_they_are_named_for(key: str, model: str, quantise: str) -> None:
    tier, preset = CATALOGUE.tiers[key], PRESETS[model]
    draft = PRESETS[preset.draft] if preset.draft else None
    beside = draft.memory_gb() if draft and preset.draft != model else 0
    assert preset.memory_gb(quantise) + beside <= tier.usable * tier.memory_gb + 0.6, "0.6 GB beside the weights are needed once"


@pytest.mark.parametrize("preset", CATALOGUE.presets, ids=PRESETS)
def test_fewer_bits_need_less(preset: Preset) -> None:
    whole, half, quarter = (preset.memory_gb(quantise) for quantise in ("none", "int8", "int4"))
    assert quarter < half < whole
