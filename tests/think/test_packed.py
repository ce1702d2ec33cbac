from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import settings
from torch import nn
from transformers import LlamaForCausalLM, MistralConfig, MistralForCausalLM

from companion.think import packed as module
from companion.think.attention import use_grouped_attention
from companion.think.kv_cache import CachedSequence, RoomyLayer
from companion.think.overlays import Overlays
from companion.think.packed import ROTATIONS, Packed, packed_of, why_not
from tests.think.networks import VOCABULARY, tiny_llama
from tests.think.test_kv_cache import NETWORK, Cache
from tests.think.test_overlays import save_adapter

LLAMA3 = {"rope_type": "llama3", "rope_theta": 1e4, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
SHAPES: dict[str, dict[str, Any]] = {
    "grouped": {},
    "alone": {"num_key_value_heads": 4},
    "one for all": {"num_key_value_heads": 1},
    "tied": {"tie_word_embeddings": True},
    "wide heads": {"head_dim": 16},
    "stretched": {"rope_parameters": {**LLAMA3, "original_max_position_embeddings": 256}},
}
IDS = [int(i) for i in torch.randint(0, VOCABULARY, (ROTATIONS + 200,), generator=torch.Generator().manual_seed(1))]
PARTS = (1, 2, 5, 24, 30, 1, 64, 65, ROTATIONS, 3, 1)


class Counting(Packed):
    """Counts the passes that it takes."""

    def __init__(self, network: Any) -> None:
        super().__init__(network)
        self.passes = 0

    def __call__(self, ids: Sequence[int], cache: Sequence[Any], logits: int) -> torch.Tensor:
        self.passes += 1
        return super().__call__(ids, cache, logits)


def same(one: torch.Tensor | None, other: torch.Tensor | None, atol: float = 1e-5) -> bool:
    """Whether scores are alike, on the scale of what they say, and lead to the same tokens."""
    assert one is not None and other is not None
    return torch.allclose(one, other, rtol=0, atol=atol * float(other.abs().max())) and torch.equal(one.argmax(-1), other.argmax(-1))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_scores_are_those_of_the_network(shape: str) -> None:
    network = tiny_llama(**SHAPES[shape])
    packed = Counting(network)
    quick, own, start = CachedSequence(network, packed), CachedSequence(network), 0
    for tokens in PARTS:
        part, start = IDS[start : start + tokens], start + tokens
        assert same(quick.append(part, logits=tokens), own.append(part, logits=tokens)), tokens
    assert why_not(network) == "" and packed.passes == len(PARTS)


class Quick(Cache):
    """The same for a network whose passes are taken."""

    packed = packed_of(NETWORK)

    def fresh(self) -> CachedSequence:
        assert self.packed is not None and self.packed.reads()
        return CachedSequence(NETWORK, self.packed)


TestQuick = Quick.TestCase
TestQuick.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("groups", [2, 4])
def test_bfloat16_is_rounded_as_the_network_rounds(groups: int) -> None:
    network = tiny_llama(num_key_value_heads=groups).to(torch.bfloat16).eval()
    use_grouped_attention(network)
    if reason := why_not(network):
        pytest.skip(reason)
    quick, own, start = CachedSequence(network, packed_of(network)), CachedSequence(network), 0
    for tokens in (1, 30, 5, 1, 24):
        part, start = IDS[start : start + tokens], start + tokens
        one, other = quick.append(part, logits=tokens), own.append(part, logits=tokens)
        assert one is not None and other is not None
        assert float((one - other).abs().mean()) < 1e-3 * float(other.std())


def test_a_pass_that_fails_leaves_nothing_half_read(monkeypatch: pytest.MonkeyPatch) -> None:
    network = tiny_llama()
    sequence = CachedSequence(network, packed_of(network))
    sequence.append([1, 2, 3])
    update, calls = RoomyLayer.update, iter([False, True])

    def fails(self: RoomyLayer, *states: Any) -> Any:
        if next(calls):
            raise MemoryError
        return update(self, *states)

    with monkeypatch.context() as patched:
        patched.setattr(RoomyLayer, "update", fails)
        with pytest.raises(MemoryError):
            sequence.append([4])
    assert sequence.ids == []
    assert same(sequence.append([1, 2, 3, 4]), CachedSequence(network).append([1, 2, 3, 4]))


def test_an_adapter_that_is_worn_is_heard(tmp_path: Path) -> None:
    for seed, name in enumerate(("poet", "pirate")):
        save_adapter(tmp_path / name, seed)
    network = tiny_llama()
    overlays, packed = Overlays(network, "tiny", tmp_path, 10**8), Counting(network)
    bare, passes = CachedSequence(network).append(IDS[:9]), 0
    for name in ("", "poet", "", "pirate", "poet", ""):
        overlays.wear(name)
        scores = CachedSequence(network, packed).append(IDS[:9])
        assert same(scores, CachedSequence(network).append(IDS[:9])) and same(scores, bare) != bool(name)
        passes += not name
        assert packed.passes == passes
    overlays.wear("poet")
    later = packed_of(network)
    assert later is not None and not later.reads(), "made while one is worn, it waits"
    overlays.wear("")
    assert later.reads() and same(CachedSequence(network, later).append(IDS[:9]), bare)


def hooked(network: LlamaForCausalLM) -> Callable[[], None]:
    return network.model.layers[1].mlp.register_forward_hook(lambda _, __, out: out * 2).remove


def pre_hooked(network: LlamaForCausalLM) -> Callable[[], None]:
    return network.model.norm.register_forward_pre_hook(lambda _, args: (args[0] * 2,)).remove


def patched(network: LlamaForCausalLM) -> Callable[[], None]:
    attention = network.model.layers[0].self_attn
    attention.forward = lambda hidden_states, **_: (hidden_states, None)
    return lambda: delattr(attention, "forward")


def replaced(network: LlamaForCausalLM) -> Callable[[], None]:
    layer, own = network.model.layers[0].mlp, network.model.layers[0].mlp.down_proj
    layer.down_proj = nn.Linear(own.in_features, own.out_features)
    return lambda: setattr(layer, "down_proj", own)


@pytest.mark.parametrize("change", [hooked, pre_hooked, patched, replaced])
def test_what_was_put_into_the_network_is_heard(change: Callable[[LlamaForCausalLM], Callable[[], None]]) -> None:
    network = tiny_llama()
    packed = Packed(network)
    assert packed.reads()
    undo = change(network)
    assert not packed.reads()
    undo()
    assert packed.reads()


def windowless() -> MistralForCausalLM:
    shape = {"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "sliding_window": None}
    return MistralForCausalLM(MistralConfig(vocab_size=8, hidden_size=16, intermediate_size=16, **shape)).eval()  # type: ignore[arg-type]


def slower(attention: str) -> LlamaForCausalLM:
    network = tiny_llama()
    network.set_attn_implementation(attention)
    return network


def renormed() -> LlamaForCausalLM:
    network = tiny_llama()
    network.model.layers[1].input_layernorm = nn.RMSNorm(32)
    return network


REFUSED: list[tuple[str, Callable[[], Any]]] = [
    ("no Llama", windowless),
    ("on a processor", lambda: tiny_llama().half()),
    ("on a processor", lambda: tiny_llama().train()),
    ("on a processor", lambda: tiny_llama().to("meta")),
    ("computed in another way", lambda: slower("eager")),
    ("computed in another way", lambda: tiny_llama(rope_parameters={"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0})),
    ("another kind", renormed),
    ("another kind", lambda: tiny_llama(attention_bias=True)),
    ("another kind", lambda: tiny_llama(mlp_bias=True)),
    ("another kind", lambda: tiny_llama(hidden_act="gelu")),
]


@pytest.mark.parametrize(("reason", "network"), REFUSED)
def test_which_networks_are_left_to_themselves(reason: str, network: Callable[[], Any]) -> None:
    one = network()
    assert reason in why_not(one) and packed_of(one) is None


def test_a_large_network_is_not_copied_and_without_onednn_none_in_bfloat16_is(monkeypatch: pytest.MonkeyPatch) -> None:
    network = tiny_llama()
    matrices = sum(linear.weight.nbytes for linear in network.modules() if isinstance(linear, nn.Linear))
    monkeypatch.setattr(module, "MOST_BYTES", matrices)
    assert why_not(network) == ""
    monkeypatch.setattr(module, "MOST_BYTES", matrices - 1)
    assert "memory" in why_not(network)
    monkeypatch.undo()
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert "oneDNN" in why_not(tiny_llama().to(torch.bfloat16).eval()) and why_not(network) == ""
