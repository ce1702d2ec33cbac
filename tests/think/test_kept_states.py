import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from companion.think.kept_states import REWRITTEN_TOKENS, KeptStates, weights_digest
from companion.think.kept_talks import forget_talk, forget_talks
from companion.think.kv_cache import CachedSequence
from tests.think.networks import VOCABULARY, tiny_llama

NETWORK = tiny_llama()
IDS = [(3 * i) % VOCABULARY for i in range(80)]


@pytest.fixture
def read() -> CachedSequence:
    sequence = CachedSequence(NETWORK)
    sequence.append([*IDS, 1, 2])
    return sequence


def test_a_state_outlives_the_program(tmp_path: Path, read: CachedSequence) -> None:
    KeptStates(tmp_path, "weights", 10**8).keep("", IDS, read)
    again = CachedSequence(NETWORK)
    assert KeptStates(tmp_path, "weights", 10**8).restore("", IDS, again) == len(IDS)
    scores = again.append([1, 2])
    with torch.inference_mode():
        assert scores is not None
        assert torch.allclose(scores, NETWORK(torch.tensor([[*IDS, 1, 2]]), use_cache=False).logits[0, -1:], atol=1e-3)


@pytest.mark.parametrize(("weights", "overlay", "ids"), [("others", "", IDS), ("weights", "poet", IDS), ("weights", "", IDS[:-1])])
def test_a_state_of_something_else_is_not_found(tmp_path: Path, read: CachedSequence, weights: str, overlay: str, ids: list[int]) -> None:
    KeptStates(tmp_path, "weights", 10**8).keep("", IDS, read)
    assert KeptStates(tmp_path, weights, 10**8).restore(overlay, ids, CachedSequence(NETWORK)) == 0


@pytest.mark.parametrize("damage", [b"", b"nonsense" * 100])
def test_a_damaged_file_is_deleted_and_read_anew(tmp_path: Path, read: CachedSequence, damage: bytes) -> None:
    states = KeptStates(tmp_path, "weights", 10**8)
    states.keep("", IDS, read)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage or path.read_bytes()[:-50])
    sequence = CachedSequence(NETWORK)
    assert states.restore("", IDS, sequence) == 0
    assert sequence.ids == [] and not path.exists()


@pytest.mark.parametrize("wrong", ["a later layer is missing", "other heads", "other width"])
def test_a_file_that_does_not_fit_leaves_nothing_behind(tmp_path: Path, read: CachedSequence, wrong: str) -> None:
    states = KeptStates(tmp_path, "weights", 10**8)
    states.keep("", IDS, read)
    (path,) = tmp_path.iterdir()
    held = load_file(path)
    if wrong == "a later layer is missing":
        held.pop("1.values")
    else:
        shape = {"other heads": (1, 4, 80, 8), "other width": (1, 2, 80, 16)}[wrong]
        held |= {name: torch.zeros(shape) for name in held if name != "ids"}
    save_file(held, path)
    sequence = CachedSequence(NETWORK)
    assert states.restore("", IDS, sequence) == 0 and not path.exists()
    wanted, scores = CachedSequence(NETWORK).append([5, 6, 7]), sequence.append([5, 6, 7])
    assert wanted is not None and scores is not None and torch.equal(wanted, scores)


def test_another_network_refuses_it(tmp_path: Path, read: CachedSequence) -> None:
    states = KeptStates(tmp_path, "weights", 10**8)
    states.keep("", IDS, read)
    assert states.restore("", IDS, CachedSequence(tiny_llama(layers=3))) == 0


def test_the_folder_is_bounded_and_the_one_not_used_goes_first(tmp_path: Path, read: CachedSequence) -> None:
    KeptStates(tmp_path, "first", 10**8).keep("", IDS, read)
    (first,) = tmp_path.iterdir()
    os.utime(first, (1, 1))
    KeptStates(tmp_path, "second", int(1.5 * first.stat().st_size)).keep("", IDS, read)
    assert not first.exists() and len(list(tmp_path.iterdir())) == 1


def test_short_prefixes_are_not_worth_a_file(tmp_path: Path, read: CachedSequence) -> None:
    KeptStates(tmp_path / "new", "weights", 10**8).keep("", IDS[:10], read)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, read: CachedSequence) -> None:
    (tmp_path / "file").write_text("in the way")
    KeptStates(tmp_path / "file" / "states", "weights", 10**8).keep("", IDS, read)


def test_weights_are_told_apart_without_reading_them(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"12345")
    before = weights_digest(tmp_path, "float32")
    assert before == weights_digest(tmp_path, "float32") != weights_digest(tmp_path, "bfloat16")
    (tmp_path / "model.safetensors").write_bytes(b"123456")
    assert before != weights_digest(tmp_path, "float32")


def test_a_conversation_goes_on_after_a_restart_where_it_was(tmp_path: Path, read: CachedSequence) -> None:
    KeptStates(tmp_path, "weights", 10**8).keep_talk("", "one", read)
    again = CachedSequence(NETWORK)
    wanted = [*IDS, 1, 5, 6]
    assert KeptStates(tmp_path, "weights", 10**8).restore_talk("", "one", wanted, again) == len(IDS) + 1
    scores, anew = again.append(wanted[len(again.ids) :]), CachedSequence(NETWORK).append(wanted)
    assert scores is not None and anew is not None and torch.allclose(scores, anew, atol=1e-3)


@pytest.mark.parametrize(("weights", "overlay", "key"), [("others", "", "one"), ("weights", "poet", "one"), ("weights", "", "two")])
def test_another_conversation_and_other_weights_have_their_own(
    tmp_path: Path, read: CachedSequence, weights: str, overlay: str, key: str
) -> None:
    KeptStates(tmp_path, "weights", 10**8).keep_talk("", "one", read)
    assert KeptStates(tmp_path, weights, 10**8).restore_talk(overlay, key, read.ids, CachedSequence(NETWORK)) == 0


def test_what_is_held_is_kept_where_the_file_has_hardly_more(tmp_path: Path, read: CachedSequence) -> None:
    states, held = KeptStates(tmp_path, "weights", 10**8), CachedSequence(NETWORK)
    states.keep_talk("", "one", read)
    held.append(IDS[: len(IDS) - 60])
    assert states.restore_talk("", "one", [*IDS, 3], held) == len(IDS) - 60
    held.truncate(4)
    assert states.restore_talk("", "one", [*IDS, 3], held) == len(IDS)


def test_a_conversation_has_one_file_that_lacks_a_turn_or_two_at_most(tmp_path: Path, read: CachedSequence) -> None:
    states = KeptStates(tmp_path, "weights", 10**8)
    states.keep_talk("", "one", read)
    (path,) = tmp_path.iterdir()
    first = list(read.ids)
    read.append([7] * (REWRITTEN_TOKENS - 1))
    states.keep_talk("", "one", read)
    assert load_file(path)["ids"].tolist() == first
    read.append([7])
    states.keep_talk("", "one", read)
    assert load_file(path)["ids"].tolist() == read.ids and list(tmp_path.iterdir()) == [path]


def test_words_that_are_no_longer_read_do_not_stay_in_the_file(tmp_path: Path, read: CachedSequence) -> None:
    states = KeptStates(tmp_path, "weights", 10**8)
    states.keep_talk("", "one", read)
    read.truncate(len(read.ids) - 1)
    states.keep_talk("", "one", read)
    (path,) = tmp_path.iterdir()
    assert load_file(path)["ids"].tolist() == read.ids


@pytest.mark.parametrize("damage", [b"", b"nonsense" * 100])
def test_a_damaged_conversation_is_deleted_and_read_anew(tmp_path: Path, read: CachedSequence, damage: bytes) -> None:
    states, sequence = KeptStates(tmp_path, "weights", 10**8), CachedSequence(NETWORK)
    states.keep_talk("", "one", read)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage or path.read_bytes()[:-50])
    assert states.restore_talk("", "one", read.ids, sequence) == 0 and sequence.ids == [] and not path.exists()


def test_a_conversation_too_large_for_the_folder_is_not_kept_and_leaves_no_old_state(tmp_path: Path, read: CachedSequence) -> None:
    KeptStates(tmp_path, "weights", 10**8).keep_talk("", "one", read)
    read.append([7] * REWRITTEN_TOKENS)
    KeptStates(tmp_path, "weights", read.nbytes).keep_talk("", "one", read)
    assert list(tmp_path.iterdir()) == []


def test_a_forgotten_conversation_leaves_nothing_and_blueprints_stay(tmp_path: Path, read: CachedSequence) -> None:
    states = [KeptStates(tmp_path, weights, 10**8) for weights in ("weights", "others")]
    states[0].keep("", IDS, read)
    (blueprint,) = tmp_path.iterdir()
    for one in states:
        for key in ("one", "two", "three"):
            one.keep_talk("", key, read)
    forget_talk(tmp_path, "one")
    states[0].forget("two")
    assert len(list(tmp_path.iterdir())) == 3
    forget_talks(tmp_path)
    assert list(tmp_path.iterdir()) == [blueprint]
    forget_talks(tmp_path / "nowhere")
