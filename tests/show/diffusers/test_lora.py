from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.shot import LoraWeight
from companion.show.diffusers.lora import Loras
from companion.show.diffusers.weights import Shelf
from tests.show.diffusers import tiny

FAMILIES = ("sd15", "sdxl", "flux2-klein")


@pytest.fixture(scope="module")
def pipe(checkpoints: SimpleNamespace) -> object:
    return tiny.opened(checkpoints.pipeline("sd15"))


@pytest.fixture
def shelf(checkpoints: SimpleNamespace) -> Shelf:
    for seed in range(4):
        checkpoints.lora("sd15", seed)
    return Shelf(checkpoints.home / "loras")


@pytest.fixture
def loras(pipe: object, shelf: Shelf) -> object:
    made = Loras(pipe, shelf, most=3)
    yield made
    made.drop()


def her(seed: int, weight: float = 1.0) -> LoraWeight:
    return LoraWeight(f"sd15-{seed}-diffusers", weight)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_lora_changes_the_picture_and_one_of_weight_zero_does_not(checkpoints: SimpleNamespace, family: str) -> None:
    pipe, file = tiny.opened(checkpoints.pipeline(family)), checkpoints.lora(family)
    plain = tiny.painted(pipe)
    loras = Loras(pipe, Shelf(checkpoints.home))
    loras.wear([LoraWeight(str(file), 1.0)])
    worn = tiny.painted(pipe)
    loras.wear([LoraWeight(str(file), 0.0)])
    assert tiny.difference(worn, plain) > 0.01
    assert (tiny.painted(pipe) == plain).all()


def test_a_lora_of_weight_zero_beside_another_is_as_if_it_were_not_there(pipe: object, loras: Loras) -> None:
    loras.wear([her(0, 0.7)])
    alone = tiny.painted(pipe)
    loras.wear([her(1)])
    loras.wear([her(0, 0.7), her(1, 0.0)])
    assert (tiny.painted(pipe) == alone).all()


def test_the_stronger_it_is_the_further_the_picture_moves(pipe: object, loras: Loras) -> None:
    loras.wear([])
    plain = tiny.painted(pipe)
    moved = []
    for weight in (0.1, 0.3, 0.6):
        loras.wear([her(0, weight)])
        moved.append(tiny.difference(tiny.painted(pipe), plain))
    assert moved == sorted(moved) and moved[0] > 0


def test_weights_below_zero_push_the_other_way(pipe: object, loras: Loras) -> None:
    loras.wear([her(0, 0.5)])
    towards = tiny.painted(pipe)
    loras.wear([her(0, -0.5)])
    assert tiny.difference(tiny.painted(pipe), towards) > 0.02


def test_files_of_other_trainers_mean_the_same(checkpoints: SimpleNamespace, pipe: object, loras: Loras) -> None:
    checkpoints.lora("sd15", 0, "kohya")
    loras.wear([her(0)])
    ours = tiny.painted(pipe)
    loras.wear([LoraWeight("sd15-0-kohya.safetensors", 1.0)])
    assert (tiny.painted(pipe) == ours).all()


def test_the_account_tells_content_and_weight(loras: Loras, shelf: Shelf) -> None:
    [worn] = loras.wear([her(0, 0.4), her(1, 0.0)])
    assert worn.account() == {
        "name": "sd15-0-diffusers",
        "weight": 0.4,
        "purpose": "identity",
        "sha256": shelf.file("sd15-0-diffusers").sha256,
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(worn=st.lists(st.lists(st.integers(0, 3), max_size=3, unique=True), min_size=1, max_size=6))
def test_no_more_stay_loaded_than_may_and_only_those_asked_for_act(pipe: object, loras: Loras, worn: list[list[int]]) -> None:
    for seeds in worn:
        found = loras.wear([her(seed) for seed in seeds])
        assert len(loras.loaded) <= 3
        assert set(loras.loaded[-len(found) :] if found else ()) == {f"lora_{one.weights.sha256[:16]}" for one in found}
        layers = [layer for layer in pipe.unet.modules() if hasattr(layer, "active_adapters")]
        acting = {name for layer in layers if not layer.disable_adapters for name in layer.active_adapters}
        assert acting <= set(loras.loaded) and len(acting) == len(found)


def test_those_that_rested_longest_leave_first(loras: Loras, shelf: Shelf) -> None:
    for seed in (0, 1, 2, 0, 3):
        loras.wear([her(seed)])
    assert [name.removeprefix("lora_") for name in loras.loaded] == [shelf.file(f"sd15-{seed}-diffusers").sha256[:16] for seed in (2, 0, 3)]


def test_size_bounds_them_too(pipe: object, shelf: Shelf) -> None:
    loras = Loras(pipe, shelf, most_bytes=shelf.file("sd15-0-diffusers").size_bytes)
    loras.wear([her(0)])
    loras.wear([her(1)])
    assert len(loras.loaded) == 1
    loras.drop()


def test_one_file_under_two_names_is_one_adapter(loras: Loras, pipe: object, checkpoints: SimpleNamespace) -> None:
    twin = checkpoints.home / "loras" / "twin.safetensors"
    twin.write_bytes(checkpoints.lora("sd15", 0).read_bytes())
    loras.wear([her(0, 0.4), LoraWeight("twin", 0.2)])
    together = tiny.painted(pipe)
    loras.wear([her(0, 0.4 + 0.2)])
    assert (tiny.painted(pipe) == together).all()


@pytest.mark.parametrize("name", ["nowhere", "../sd15-0-diffusers", "pickled.bin", "broken", "of-another-model"])
def test_what_cannot_be_worn_is_said_and_leaves_nothing_behind(pipe: object, loras: Loras, checkpoints: SimpleNamespace, name: str) -> None:
    folder = checkpoints.home / "loras"
    (folder / "pickled.bin").write_bytes(b"\x80\x04")
    (folder / "broken.safetensors").write_bytes(checkpoints.lora("sd15", 0).read_bytes()[:-64])
    (folder / "of-another-model.safetensors").write_bytes(checkpoints.lora("sdxl", 0).read_bytes())
    loras.wear([])
    plain = tiny.painted(pipe)
    with pytest.raises(ModelError) as told:
        loras.wear([LoraWeight(name, 1.0)])
    assert told.value.hint and name.removeprefix("../") in str(told.value)
    loras.wear([])
    assert (tiny.painted(pipe) == plain).all() and not loras.loaded


def test_a_folder_with_one_file_is_that_file(tmp_path: Path, checkpoints: SimpleNamespace, shelf: Shelf) -> None:
    file = checkpoints.lora("sd15", 2)
    (tmp_path / "mara").mkdir()
    (tmp_path / "mara" / "face.safetensors").write_bytes(file.read_bytes())
    assert Shelf(tmp_path).file("mara").sha256 == shelf.file("sd15-2-diffusers").sha256
    (tmp_path / "mara" / "smile.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="several files"):
        Shelf(tmp_path).file("mara")
