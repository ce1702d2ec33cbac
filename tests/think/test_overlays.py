import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import LlamaForCausalLM

from companion.errors import ModelError
from companion.think.overlays import Overlays
from tests.think.networks import VOCABULARY, tiny_llama

IDS = torch.tensor([[5, 6, 7, 8]])


def save_adapter(folder: Path, seed: int, *, rank: int = 4, network: LlamaForCausalLM | None = None, **shape: int) -> Path:
    """A LoRA adapter with weights that do something, as peft saves one."""
    wrapped = get_peft_model(network or tiny_llama(**shape), LoraConfig(r=rank, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, parameter in wrapped.named_parameters():
            if "lora_" in name:
                parameter.normal_(std=0.5)
    wrapped.save_pretrained(str(folder))
    return folder


@torch.inference_mode()
def scores(network: LlamaForCausalLM) -> torch.Tensor:
    out: torch.Tensor = network(IDS, use_cache=False).logits
    return out


@pytest.fixture
def adapters(tmp_path: Path) -> Path:
    for seed, name in enumerate(("poet", "pirate", "clerk")):
        save_adapter(tmp_path / name, seed)
    return tmp_path


def test_an_adapter_changes_the_words_and_taking_it_off_gives_them_back(adapters: Path) -> None:
    network = tiny_llama()
    bare = scores(network)
    overlays = Overlays(network, "tiny", adapters, 10**8)
    seen = {}
    for name in ("poet", "pirate", "poet", "", "pirate"):
        key = overlays.wear(name)
        assert bool(key) == bool(name)
        now = scores(network)
        assert torch.equal(now, seen.setdefault(name, now)), "the same each time it is worn"
    assert torch.equal(seen[""], bare)
    assert not torch.allclose(seen["poet"], seen["pirate"]) and not torch.allclose(seen["poet"], bare)


def test_it_is_the_adapter_that_peft_would_apply(adapters: Path) -> None:
    from peft import PeftModel

    network = tiny_llama()
    Overlays(network, "tiny", adapters, 10**8).wear("poet")
    wanted = PeftModel.from_pretrained(tiny_llama(), str(adapters / "poet")).eval()
    with torch.inference_mode():
        assert torch.allclose(scores(network), wanted(IDS, use_cache=False).logits, atol=1e-5)


def test_many_adapters_stay_within_the_bound(tmp_path: Path) -> None:
    names = [save_adapter(tmp_path / f"p{n}", n).name for n in range(6)]
    size = (tmp_path / "p0" / "adapter_model.safetensors").stat().st_size
    network = tiny_llama()
    bare = scores(network)
    overlays = Overlays(network, "tiny", tmp_path, 2 * size)
    first = {}
    for name in names * 2:
        overlays.wear(name)
        assert overlays.nbytes <= 2 * size and len(network.peft_config) <= 2
        assert torch.equal(scores(network), first.setdefault(name, scores(network)))
    overlays.wear("")
    assert torch.equal(scores(network), bare)


def test_a_hundred_personas_share_one_base(tmp_path: Path) -> None:
    first = save_adapter(tmp_path / "p0", 0)
    states = load_file(first / "adapter_model.safetensors")
    for number in range(1, 100):
        folder = tmp_path / f"p{number}"
        shutil.copytree(first, folder)
        save_file({name: state.roll(number) * (1 + number / 50) for name, state in states.items()}, folder / "adapter_model.safetensors")
    size = (first / "adapter_model.safetensors").stat().st_size
    network, rng = tiny_llama(), random.Random(1)
    weights = sum(p.nbytes for p in network.parameters())
    overlays = Overlays(network, "tiny", tmp_path, 10 * size)
    seen: dict[int, torch.Tensor] = {}
    for number in [*range(100), *(rng.randrange(100) for _ in range(60))]:
        overlays.wear(f"p{number}")
        now = scores(network)
        assert torch.equal(now, seen.setdefault(number, now)), "what one wore before leaves no trace"
        assert sum(p.nbytes for p in network.parameters()) <= weights + 10 * size
    assert len({tuple(now[0, -1].tolist()) for now in seen.values()}) == 100, "each has a voice of her own"


def test_an_adapter_that_changed_on_disk_is_another_one(adapters: Path) -> None:
    overlays = Overlays(tiny_llama(), "tiny", adapters, 10**8)
    before = overlays.wear("poet")
    save_adapter(adapters / "poet", 9, rank=2)
    assert overlays.wear("poet") != before


@pytest.mark.parametrize("name", ["nobody", "../poet", "/etc", ".hidden"])
def test_what_is_not_there_is_not_looked_for_elsewhere(adapters: Path, name: str) -> None:
    with pytest.raises(ModelError, match=name):
        Overlays(tiny_llama(), "tiny", adapters, 10**8).wear(name)


def test_an_adapter_of_another_model_is_refused_and_leaves_no_trace(adapters: Path) -> None:
    save_adapter(adapters / "foreign", 1, hidden_size=64)
    save_adapter(adapters / "deeper", 1, layers=3)
    (adapters / "broken").mkdir()
    (adapters / "broken" / "adapter_config.json").write_bytes((adapters / "poet" / "adapter_config.json").read_bytes())
    (adapters / "broken" / "adapter_model.safetensors").write_bytes(b"nonsense")
    (adapters / "other").mkdir()
    (adapters / "other" / "adapter_config.json").write_text(json.dumps({"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 4}))
    (adapters / "other" / "adapter_model.safetensors").write_bytes((adapters / "poet" / "adapter_model.safetensors").read_bytes())
    network = tiny_llama()
    bare = scores(network)
    overlays = Overlays(network, "tiny", adapters, 10**8)
    for name in ("foreign", "deeper", "broken", "other"):
        with pytest.raises(ModelError, match=f"{name} (does not fit tiny|is not a LoRA)"):
            overlays.wear(name)
        assert torch.equal(scores(network), bare), name
    overlays.wear("poet")
    assert not torch.equal(scores(network), bare)


REWRITES: dict[str, dict[str, Any]] = {
    "head": {"modules_to_save": ["lm_head"]},
    "biased": {"bias": "lora_only"},
    "pissa": {"init_lora_weights": "pissa"},
    "imports": {"megatron_config": {"tensor_model_parallel_size": 1}, "megatron_core": "nowhere.at.all"},
    "ranks": {"rank_pattern": 3},
    "expression": {"target_modules": "("},
}


@pytest.mark.parametrize("name", [*REWRITES, "embedding"])
def test_one_that_would_change_the_base_is_refused_and_the_base_stays_as_it_is(tmp_path: Path, name: str) -> None:
    folder = save_adapter(tmp_path / name, 1)
    config = folder / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | REWRITES.get(name, {})))
    if name == "embedding":
        states = load_file(folder / "adapter_model.safetensors")
        states["base_model.model.model.embed_tokens.weight"] = torch.zeros(VOCABULARY, 32)
        save_file(states, folder / "adapter_model.safetensors")
    network = tiny_llama()
    before = {name: parameter.clone() for name, parameter in network.named_parameters()}
    overlays = Overlays(network, "tiny", tmp_path, 10**8)
    with pytest.raises(ModelError, match=name):
        overlays.wear(name)
    overlays.wear("")
    assert all(torch.equal(parameter, before[name]) for name, parameter in network.named_parameters())


def test_another_strength_in_the_configuration_is_another_adapter(adapters: Path) -> None:
    network = tiny_llama()
    overlays = Overlays(network, "tiny", adapters, 10**8)
    before, weak = overlays.wear("poet"), scores(network)
    config = adapters / "poet" / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"lora_alpha": 64}))
    assert overlays.wear("poet") != before
    assert not torch.allclose(scores(network), weak)


def test_one_that_is_too_large_says_what_to_raise(adapters: Path) -> None:
    with pytest.raises(ModelError, match="larger") as caught:
        Overlays(tiny_llama(), "tiny", adapters, 100).wear("poet")
    assert "COMPANION_ADAPTERS_MB" in caught.value.hint
