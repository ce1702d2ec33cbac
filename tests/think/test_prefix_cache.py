import random

import torch

from companion.think.kv_cache import CachedSequence
from companion.think.prefix_cache import WORTH_COPYING_TOKENS, PrefixCache, ReadSoFar
from tests.think.networks import VOCABULARY, tiny_llama

NETWORK = tiny_llama()
BLUEPRINT = [(5 * i) % VOCABULARY for i in range(WORTH_COPYING_TOKENS + 10)]


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


def test_what_leaves_an_accelerator_rests_in_memory() -> None:
    each = fresh()
    each.target.append([1])
    states = PrefixCache(fresh, device="meta", device_bytes=each.nbytes, memory_bytes=10**8)
    for key in "ab":
        state = fresh()
        state.target.append([1, 2, 3])
        states.keep("", key, state)
    assert len(states) == 2, "one on the device, one in memory"
