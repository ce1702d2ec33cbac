"""What she wears changes the picture, is recorded, comes off again, and makes the same picture from its identity pack."""

import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from companion.errors import ModelError
from companion.shot import WHOLE, LoraWeight
from companion.show.again import Repeatable
from companion.show.diffusers.identity import Identity, packed, unpacked
from companion.show.diffusers.presets import Extra
from tests.show.diffusers import tiny
from tests.show.diffusers.painting import SKELETON, Make, commission, everything, paint, wearing


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
def test_what_she_wears_changes_the_picture_is_recorded_and_comes_off_again(make: Make, checkpoints: SimpleNamespace, family: str) -> None:
    painter = make(family, presets=wearing(checkpoints, family))
    plain = paint(painter)
    pictures = {}
    for what, knobs in everything(checkpoints, family).items():
        painted = paint(painter, **knobs)
        assert painted.image != plain.image, what
        worn: Mapping[str, Any] = painted.record["adapters"]
        assert set(worn) == ({"controlnets", "ip_adapter"} if what == "both" else {what})
        assert painted.record["left_out"] == {}
        assert (painted.subject == WHOLE) == ("skeleton" not in knobs)
        pictures[what] = painted.image
        assert paint(painter).image == plain.image, f"{what} came off"
    assert len(set(pictures.values())) == len(pictures)
    assert paint(painter, **everything(checkpoints, family)["both"]).image == pictures["both"]


def test_the_skeleton_says_where_she_is(make: Make, checkpoints: SimpleNamespace) -> None:
    painter = make(presets=wearing(checkpoints, "sd15"))
    box = paint(painter, controlnet=("openpose",), skeleton=SKELETON).subject
    assert box.left == pytest.approx(0.22) and box.top == pytest.approx(0.12)
    assert box.right == pytest.approx(0.72) and box.bottom == pytest.approx(0.79)
    corner = (*SKELETON[:-1], (1.0, 1.0))
    assert paint(painter, controlnet=("openpose",), skeleton=corner).subject[2:] == (1.0, 1.0)


def test_flux_looks_at_her_references_itself_and_says_what_it_cannot_wear(ready: Make) -> None:
    painter = ready("flux2-klein")
    plain = paint(painter)
    painted = paint(
        painter, references=(tiny.portrait(1),), ip_adapter="h94/IP-Adapter", ip_scale=0.6, controlnet=("openpose",), skeleton=SKELETON
    )
    assert painted.image != plain.image and painted.record["adapters"]["references"]
    assert set(painted.record["left_out"]) == {"ip_adapter", "controlnet openpose"}
    assert painted.subject == WHOLE, "nothing says where she is"


def test_a_lora_for_speed_is_melted_in_and_hers_come_and_go_above_it(make: Make, checkpoints: SimpleNamespace) -> None:
    family = "sdxl"
    speed = Extra(name=str(checkpoints.lora(family, seed=7)), size_gb=1)
    plain, hurried = make(family), make(family, speed=speed)
    fast = paint(hurried)
    assert fast.image != paint(plain).image
    assert speed.name in fast.record["weights_sha256"]
    assert hurried._model and hurried._model.pipe.get_list_adapters() == {}, "it is part of the weights"
    hers = (LoraWeight(str(checkpoints.lora(family)), 0.8),)
    assert paint(hurried, loras=hers).image != fast.image
    assert paint(hurried).image == fast.image


def test_a_picture_is_made_again_from_its_identity_pack_without_her_references(
    make: Make, checkpoints: SimpleNamespace, tmp_path: Path
) -> None:
    presets = wearing(checkpoints, "sd15")
    hers = tmp_path / "adapters" / "hers.safetensors"
    hers.parent.mkdir()
    shutil.copy(checkpoints.lora("sd15"), hers)
    asked = commission(**everything(checkpoints, "sd15")["both"], loras=(LoraWeight("hers", 0.7),))
    painted = paint(make(presets=presets), asked)
    assert isinstance(painted, Repeatable)

    later, bare = make(presets=presets), commission(prompt="something else", seed=99)
    again = later.repaint(painted.pack, bare, lambda _: None, threading.Event())
    assert again.image == painted.image and "otherwise" not in again.record
    assert isinstance(again, Repeatable) and unpacked(again.pack).knobs == unpacked(painted.pack).knobs == asked.knobs

    kept = unpacked(painted.pack)
    moved = packed(Identity(kept.knobs, kept.worn, {**kept.model, "device": "cuda"}, kept.embeddings))
    assert later.repaint(moved, bare, lambda _: None, threading.Event()).record["otherwise"] == ["device was cuda and is cpu"]
    shutil.copy(checkpoints.lora("sd15", seed=9), hers)
    with pytest.raises(ModelError, match="LoRA hers is another file"):
        later.repaint(painted.pack, bare, lambda _: None, threading.Event())


def test_a_model_that_looks_at_her_references_wants_the_same_ones_again(ready: Make) -> None:
    painter, hers = ready("flux2-klein"), tiny.portrait(1)
    painted = paint(painter, references=(hers,))
    assert isinstance(painted, Repeatable)
    assert painter.repaint(painted.pack, commission(references=(hers,)), lambda _: None, threading.Event()).image == painted.image
    with pytest.raises(ModelError, match=r"her reference picture .* is missing"):
        painter.repaint(painted.pack, commission(), lambda _: None, threading.Event())
