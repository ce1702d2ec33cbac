import os

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from transformers import AutoConfig, AutoModelForCausalLM, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from companion.think.kv_cache import PREFILL_CHUNK_TOKENS, CachedSequence, common_prefix, why_not
from tests.think.networks import VOCABULARY, tiny_llama

NETWORK = tiny_llama()
IDS = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=12)


@pytest.fixture
def network() -> LlamaForCausalLM:
    return NETWORK


@torch.inference_mode()
def scores_without_cache(network: LlamaForCausalLM, ids: list[int]) -> torch.Tensor:
    scores: torch.Tensor = network(torch.tensor([ids]), use_cache=False).logits[0]
    return scores


class Cache(RuleBasedStateMachine):
    """Any run of operations leaves the scores that a network without a cache gives. `COMPANION_CACHE_RUNS` sets how many runs."""

    def __init__(self) -> None:
        super().__init__()
        self.sequence = self.fresh()
        self.said: list[int] = []

    def fresh(self) -> CachedSequence:
        return CachedSequence(NETWORK)

    @rule(ids=IDS)
    def append(self, ids: list[int]) -> None:
        scores = self.sequence.append(ids, logits=len(ids))
        self.said = (self.said + ids)[:]
        assert scores is not None
        assert torch.allclose(scores, scores_without_cache(NETWORK, self.said)[-len(ids) :], atol=1e-3)

    @rule(share=st.floats(0, 1))
    def truncate(self, share: float) -> None:
        kept = int(share * len(self.said))
        self.sequence.truncate(kept)
        self.said = self.said[:kept]

    @precondition(lambda self: self.said)
    @rule(share=st.floats(0, 1))
    def branch(self, share: float) -> None:
        kept = int(share * len(self.said))
        other = self.sequence.copy(kept)
        self.sequence.append([1, 2, 3])  # what the first does next is nothing to the second
        self.sequence, self.said = other, self.said[:kept]

    @precondition(lambda self: self.said)
    @rule()
    def restart(self) -> None:
        states, ids = self.sequence.states(), list(self.sequence.ids)
        self.sequence = self.fresh()
        self.sequence.restore(ids, states)

    @rule()
    def rest(self) -> None:
        self.sequence.move("cpu")

    @invariant()
    def the_ids_are_the_truth(self) -> None:
        assert self.sequence.ids == self.said


TestCache = Cache.TestCase
TestCache.settings = settings(max_examples=int(os.environ.get("COMPANION_CACHE_RUNS", "40")), stateful_step_count=25, deadline=None)


def test_a_long_prompt_is_read_in_parts_that_can_be_interrupted(network: LlamaForCausalLM) -> None:
    ids = [(7 * i) % VOCABULARY for i in range(2 * PREFILL_CHUNK_TOKENS + 5)]
    whole, halted = CachedSequence(network), CachedSequence(network)
    scores = whole.append(ids)
    assert scores is not None and torch.allclose(scores, scores_without_cache(network, ids)[-1:], atol=1e-3)
    asked = iter([False, True])
    assert halted.append(ids, over=lambda: next(asked)) is None
    assert halted.ids == ids[: 2 * PREFILL_CHUNK_TOKENS]
    again = halted.append(ids[len(halted.ids) :])
    assert again is not None and torch.allclose(scores, again, atol=1e-3)


def test_a_pass_that_fails_leaves_nothing_half_read(network: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    sequence = CachedSequence(network)
    sequence.append([1, 2, 3])
    with monkeypatch.context() as patched:
        patched.setattr(network.model.layers[1], "forward", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sequence.append([4])
    assert sequence.ids == []
    scores = sequence.append([1, 2, 3, 4])
    assert scores is not None and torch.allclose(scores, scores_without_cache(network, [1, 2, 3, 4])[-1:], atol=1e-4)


def test_growing_does_not_copy_the_past_each_time(network: LlamaForCausalLM) -> None:
    sequence = CachedSequence(network)
    sequence.append([1])
    held = sequence.nbytes
    for token in range(50):
        sequence.append([token % VOCABULARY])
    assert sequence.nbytes == held


def test_states_of_other_tokens_or_formats_are_refused(network: LlamaForCausalLM) -> None:
    sequence = CachedSequence(network)
    sequence.append([1, 2, 3])
    states = sequence.states()
    with pytest.raises(ValueError, match="does not hold the keys of 4 tokens"):
        CachedSequence(network).restore([1, 2, 3, 4], states)
    with pytest.raises(ValueError, match=r"torch\.float16"):
        CachedSequence(network).restore([1, 2, 3], {name: state.half() for name, state in states.items()})
    with pytest.raises(ValueError, match="layer 1"):
        CachedSequence(network).restore([1, 2, 3], {name: state for name, state in states.items() if name[0] == "0"})


def test_which_networks_must_do_without() -> None:
    assert why_not(NETWORK) == ""
    windowed = MistralForCausalLM(
        MistralConfig(vocab_size=8, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=1,
                      sliding_window=4)
    )  # fmt: skip
    assert "DynamicSlidingWindowLayer" in why_not(windowed)
    stretched = tiny_llama(rope_parameters={"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0})
    assert "dynamic" in why_not(stretched)


def test_common_prefixes() -> None:
    assert common_prefix([], [1]) == 0
    assert common_prefix([1, 2], [1, 2, 3]) == 2
    assert common_prefix([1, 2, 4], [1, 2, 3]) == 2


@pytest.mark.parametrize("kind", ["rwkv", "mamba"])
def test_a_network_that_keeps_its_past_otherwise_is_found_out(kind: str) -> None:
    config = AutoConfig.for_model(kind, vocab_size=40, hidden_size=32, num_hidden_layers=2, attention_hidden_size=32, state_size=4)
    assert why_not(AutoModelForCausalLM.from_config(config))
