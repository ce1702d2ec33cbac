import os
import random
import tempfile
import weakref
from pathlib import Path

import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from companion.think import kv_cache
from companion.think.kept_states import KeptStates
from companion.think.kv_cache import CachedSequence
from companion.think.prefix_cache import PrefixCache, ReadSoFar
from tests.think.networks import VOCABULARY, tiny_llama

NETWORK = tiny_llama()
BLUEPRINT = [(5 * i) % VOCABULARY for i in range(80)]


def fresh() -> ReadSoFar:
    return ReadSoFar(CachedSequence(NETWORK), CachedSequence(NETWORK))


def cache(device_bytes: int = 10**8) -> PrefixCache:
    return PrefixCache(fresh, device="cpu", device_bytes=device_bytes)


def read(states: PrefixCache, key: str, ids: list[int], overlay: str = "") -> int:
    """Reads a prompt and says how much of it was there."""
    state = states.take(overlay, key, ids)
    there = len(state.target.ids)
    assert state.target.ids == ids[:there] and there < len(ids)
    scores = state.target.append(ids[there:])
    with torch.inference_mode():
        assert scores is not None
        assert torch.allclose(scores, NETWORK(torch.tensor([ids]), use_cache=False).logits[0, -1:], atol=1e-3)
    states.keep(overlay, key, state)
    return there


def test_a_conversation_goes_on_where_it_was() -> None:
    states = cache()
    assert read(states, "a", [1, 2, 3]) == 0
    assert read(states, "a", [1, 2, 3, 4, 5]) == 3
    assert read(states, "a", [1, 2, 9]) == 2, "an edit keeps what it shares"
    assert read(states, "a", [1, 2, 9]) == 2, "the last token is always read, for its scores"


def test_another_conversation_begins_with_what_it_shares() -> None:
    states = cache()
    read(states, "a", [*BLUEPRINT, 1, 2])
    assert read(states, "b", [*BLUEPRINT, 3, 4]) == len(BLUEPRINT)
    assert read(states, "a", [*BLUEPRINT, 1, 2, 7]) == len(BLUEPRINT) + 2, "the first one lost nothing by it"


def test_overlays_are_kept_apart() -> None:
    states = cache()
    read(states, "a", [*BLUEPRINT, 1])
    assert read(states, "a", [*BLUEPRINT, 1], overlay="poet") == 0
    assert read(states, "b", [*BLUEPRINT, 1], overlay="poet") == len(BLUEPRINT)


def test_the_one_silent_for_longest_is_forgotten_and_the_bound_holds() -> None:
    each = fresh()
    each.target.append([1])
    states = cache(device_bytes=3 * each.nbytes)
    rng = random.Random(2)
    for turn in range(200):
        key = str(rng.randrange(50))
        read(states, key, [rng.randrange(VOCABULARY) for _ in range(rng.randint(1, 60))])
        assert states.nbytes <= 3 * each.nbytes
        assert len(states) <= 3, turn
        assert states.take("", key, [0] * 99) is not None


def test_forgetting_a_conversation() -> None:
    states = cache()
    read(states, "a", [1, 2, 3])
    read(states, "a", [1, 2, 3], overlay="poet")
    states.forget("a")
    assert len(states) == 0
    assert read(states, "a", [1, 2, 3]) == 0


def tensors_of(state: ReadSoFar) -> list[weakref.ref[torch.Tensor]]:
    layers = [layer for sequence in (state.target, state.draft) if sequence for layer in sequence._layers() if layer.is_initialized]
    assert layers
    return [weakref.ref(tensor) for layer in layers for tensor in (layer.keys, layer.values, layer._key_room, layer._value_room)]


def test_nothing_of_a_forgotten_conversation_stays_in_memory_but_what_others_copied() -> None:
    states = cache()
    read(states, "a", [*BLUEPRINT, 1, 2])
    assert read(states, "b", [*BLUEPRINT, 3]) == len(BLUEPRINT)
    tensors = tensors_of(states.take("", "a", [*BLUEPRINT, 1, 2, 3]))
    read(states, "a", [*BLUEPRINT, 1, 2])
    tensors += tensors_of(states._near["", "a"])
    states.forget("a")
    assert [tensor for tensor in tensors if tensor() is not None] == []
    assert states._near["", "b"].target.ids == [*BLUEPRINT, 3]
    assert read(states, "b", [*BLUEPRINT, 3, 4]) == len(BLUEPRINT) + 1
    assert read(states, "a", [*BLUEPRINT, 1, 2]) == len(BLUEPRINT), "brought back, it is read again from what the other shares"


def test_a_conversation_that_rests_beside_the_accelerator_is_forgotten_too() -> None:
    states = PrefixCache(fresh, device="meta", device_bytes=0, memory_bytes=10**8)
    state = fresh()
    state.target.append([1, 2, 3])
    tensors = tensors_of(state)
    states.keep("", "a", state)
    tensors += tensors_of(states._far["", "a"])
    assert states.held == (0, state.nbytes)
    states.forget("a")
    del state
    assert states.held == (0, 0) and all(tensor() is None for tensor in tensors)


def test_what_leaves_an_accelerator_rests_in_memory() -> None:
    each = fresh()
    each.target.append([1])
    states = PrefixCache(fresh, device="meta", device_bytes=each.nbytes, memory_bytes=10**8)
    for key in "ab":
        state = fresh()
        state.target.append([1, 2, 3])
        states.keep("", key, state)
    assert len(states) == 2, "one on the device, one in memory"


KEYS = st.sampled_from("abcde")
IDS = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=20)


class Talks(RuleBasedStateMachine):
    """Several conversations over one bounded cache: whatever happens, each goes on as if nothing had been kept.

    `COMPANION_CACHE_RUNS` sets how many runs of 25 operations are tried.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.disk = KeptStates(Path(self.folder.name), "tiny", 10**6)
        self.texts: dict[str, list[int]] = {key: list(BLUEPRINT) for key in "abcde"}
        self.bound = 3 * 2 * 2 * 2 * 16 * 4 * (kv_cache.ROOM_TOKENS + 200)  # about three conversations, target and draft
        self.states = cache(self.bound)

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(key=KEYS, ids=IDS, cancelled=st.booleans())
    def speak(self, key: str, ids: list[int], cancelled: bool) -> None:
        text = self.texts[key] + ids
        state = self.states.take("", key, text)
        there = len(state.target.ids)
        assert state.target.ids == text[:there] and there < len(text)
        if cancelled:  # after some of it was read
            state.target.append(text[there : there + 1 + len(ids) // 2])
        else:
            scores = state.target.append(text[there:])
            with torch.inference_mode():
                assert scores is not None
                assert torch.allclose(scores, NETWORK(torch.tensor([text]), use_cache=False).logits[0, -1:], atol=1e-3)
        self.texts[key] = text
        self.states.keep("", key, state)

    @rule(key=KEYS, share=st.floats(0, 1))
    def edit(self, key: str, share: float) -> None:
        self.texts[key] = self.texts[key][: int(share * len(self.texts[key]))] or [1]

    @rule(key=KEYS, other=KEYS, share=st.floats(0, 1))
    def branch(self, key: str, other: str, share: float) -> None:
        self.texts[other] = self.texts[key][: int(share * len(self.texts[key]))] or [1]

    @rule(key=KEYS)
    def forget(self, key: str) -> None:
        self.states.forget(key)

    @rule(key=KEYS)
    def restart(self, key: str) -> None:
        state = self.states.take("", key, [*BLUEPRINT, 0])
        if state.target.ids == BLUEPRINT:
            self.disk.keep("", BLUEPRINT, state.target)
        self.states = cache(self.bound)
        restored = self.states.take("", key, [*BLUEPRINT, 0])
        self.disk.restore("", BLUEPRINT, restored.target)
        self.states.keep("", key, restored)

    @invariant()
    def the_bound_holds(self) -> None:
        assert self.states.nbytes <= self.bound


TestTalks = Talks.TestCase
TestTalks.settings = settings(max_examples=int(os.environ.get("COMPANION_CACHE_RUNS", "20")), stateful_step_count=25, deadline=None)
