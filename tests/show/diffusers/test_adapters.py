import itertools
import json
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from companion.errors import Cancelled, ModelError
from companion.persona.blueprint import Appearance
from companion.shot import Knobs, LoraWeight
from companion.show.diffusers.adapters import Adapters
from companion.show.diffusers.embeddings import Embeddings
from companion.show.diffusers.families import family
from companion.show.diffusers.presets import Extra, Wardrobe
from companion.show.diffusers.weights import Shelf
from companion.show.poses import skeleton
from companion.show.protocol import Sitter
from tests.show.diffusers import tiny

SIDE = 64
FAMILIES = ("sd15", "sdxl", "flux2-klein")
POSE = skeleton("standing", "waving", "half")


def wardrobe(checkpoints: SimpleNamespace, name: str) -> Wardrobe:
    if name == "flux2-klein":
        return Wardrobe()
    nets = {one: Extra(name=str(checkpoints.controlnet(name, at)), size_gb=1) for at, one in enumerate(("openpose", "depth"))}
    return Wardrobe(ip_adapters=(Extra(name=str(checkpoints.ip_adapter(name)), size_gb=1),), controlnets=nets)


def sitter(seed: int, references: int = 1) -> Sitter:
    return Sitter(f"persona-{seed}", Appearance(), references=tuple(tiny.portrait(seed + 4 * at, side_px=96) for at in range(references)))


@pytest.fixture
def dressed(checkpoints: SimpleNamespace, tmp_path: Path) -> object:
    """Makes adapters on a pipeline of their own, with a folder of their own for what they keep."""
    number = itertools.count()

    def make(name: str = "sd15", **options: object) -> Adapters:
        kept = tmp_path / f"kept-{next(number)}"
        pipe = tiny.opened(checkpoints.pipeline(name))
        return Adapters(pipe, family(name), Shelf(checkpoints.home), kept, wardrobe(checkpoints, name), **options)

    return make


def all_of(checkpoints: SimpleNamespace, name: str, seed: int = 0) -> Knobs:
    lora = LoraWeight(str(checkpoints.lora(name, seed)), 0.7)
    if name == "flux2-klein":
        return Knobs(seed=seed, loras=(lora,))
    face = str(checkpoints.ip_adapter(name))
    return Knobs(seed=seed, loras=(lora,), ip_adapter=face, ip_scale=0.6, controlnet=("openpose",), skeleton=POSE)


def picture(adapters: Adapters, knobs: Knobs, who: Sitter, *, side_px: int = SIDE, **options: Any) -> object:
    arguments = adapters.dress(knobs, who, side_px, side_px, guided=options.get("guidance_scale", 5.0) > 1)
    made = tiny.painted(adapters.pipe, knobs.seed, side_px, **arguments, **options)
    adapters.undress()
    return made


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_each_kind_of_adapter_changes_the_picture_and_undressed_it_is_the_plain_one(
    checkpoints: SimpleNamespace, dressed: object, name: str
) -> None:
    adapters, every = dressed(name), all_of(checkpoints, name)
    plain = picture(adapters, Knobs(), sitter(1))
    kinds = [
        Knobs(loras=every.loras),
        Knobs(ip_adapter=every.ip_adapter, ip_scale=0.6),
        Knobs(controlnet=("openpose",), skeleton=POSE),
        every,
    ]
    made = [picture(adapters, knobs, sitter(1)) for knobs in kinds]
    for at, one in enumerate(made):
        assert all(tiny.difference(one, other) > 0.01 for other in [plain, *made[:at]])
        assert (picture(adapters, Knobs(), sitter(1)) == plain).all()
        assert (picture(adapters, kinds[at], sitter(1)) == one).all()


def test_two_personas_who_take_turns_never_mix(checkpoints: SimpleNamespace, dressed: object) -> None:
    """200 pictures in turns, each the same to the bit as where she is alone: other LoRAs, another face, other conditions, other kinds."""
    bare = Knobs(seed=3, loras=(LoraWeight(str(checkpoints.lora("sd15", 2)), -0.4),))
    mara = [all_of(checkpoints, "sd15", 0), Knobs(seed=1, ip_adapter=str(checkpoints.ip_adapter("sd15", "plus")), ip_scale=0.5)]
    theo = [all_of(checkpoints, "sd15", 1), bare]
    alone, quick = {}, {"output_type": "latent", "guidance_scale": 1.0}
    for who, many in ((1, mara), (5, theo)):
        adapters = dressed()
        for at, knobs in enumerate(many):
            alone[who, at] = picture(adapters, knobs, sitter(who), **quick)
    shared = dressed()
    for turn in range(200):
        who, many = ((1, mara), (5, theo))[turn % 2]
        at = int(turn % 11 in (4, 7))
        assert (picture(shared, many[at], sitter(who), **quick) == alone[who, at]).all(), f"picture {turn}"


def test_a_model_that_looks_at_pictures_is_shown_hers(checkpoints: SimpleNamespace, dressed: object) -> None:
    adapters = dressed("flux2-klein")
    alone, her, other = (picture(adapters, Knobs(), who) for who in (sitter(0, 0), sitter(1), sitter(2)))
    assert min(tiny.difference(her, alone), tiny.difference(her, other)) > 0.0003
    adapters.dress(Knobs(), sitter(1, 4), SIDE, SIDE)
    assert len(adapters.account()["references"]) == 2


def test_what_a_family_cannot_wear_is_left_out_and_said(dressed: object) -> None:
    adapters = dressed("flux2-klein")
    adapters.dress(Knobs(ip_adapter="x", ip_scale=0.5, controlnet=("openpose", "depth"), skeleton=POSE), sitter(0, 0), SIDE, SIDE)
    assert adapters.account() == {
        "left_out": {
            "ip_adapter": "there is none for flux2-klein",
            "controlnet openpose": "there is no ControlNet for flux2-klein",
            "controlnet depth": "there is no ControlNet for flux2-klein",
        }
    }


def test_the_account_is_plain_json_and_names_every_file_by_its_content(checkpoints: SimpleNamespace, dressed: object) -> None:
    adapters, knobs, shelf = dressed(), all_of(checkpoints, "sd15"), Shelf(checkpoints.home)
    adapters.dress(knobs, sitter(1), SIDE, SIDE)
    account = json.loads(json.dumps(adapters.account()))
    assert account["loras"][0]["sha256"] == shelf.file(knobs.loras[0].name).sha256
    assert account["ip_adapter"]["sha256"] == shelf.file(knobs.ip_adapter).sha256
    assert account["ip_adapter"]["embeddings"] == adapters.embeddings.key
    assert account["controlnets"][0]["condition"] == "openpose" and "left_out" not in account
    adapters.undress()
    assert adapters.account() == {} and adapters.embeddings is None


def test_without_references_she_is_painted_by_words_and_that_is_said(checkpoints: SimpleNamespace, dressed: object) -> None:
    adapters = dressed()
    knobs = Knobs(ip_adapter=str(checkpoints.ip_adapter()), ip_scale=0.5)
    assert adapters.dress(knobs, sitter(0, 0), SIDE, SIDE) == {}
    assert adapters.account() == {"left_out": {"ip_adapter": "she has no reference pictures"}}


def test_a_faceid_adapter_acts_beside_her_loras(checkpoints: SimpleNamespace, dressed: object) -> None:
    """Loading one sets the list of active LoRAs to its own; hers act all the same, and its own leaves with it."""
    adapters, lora = dressed(), LoraWeight(str(checkpoints.lora()), 0.7)
    face = Embeddings("face", torch.zeros(1, 1, tiny.FACE), torch.ones(1, 1, tiny.FACE))
    knobs = Knobs(ip_adapter=str(checkpoints.ip_adapter("sd15", "faceid")), ip_scale=0.6)

    def faced(knobs: Knobs) -> object:
        arguments = adapters.dress(knobs, sitter(0, 0), 32, 32, embeddings=face)
        active = set(adapters.pipe.get_active_adapters())
        made = tiny.painted(adapters.pipe, **arguments)
        adapters.undress()
        return made, active

    plain = picture(adapters, Knobs(loras=(lora,)), sitter(0, 0), side_px=32)
    alone, its_own = faced(knobs)
    both, active = faced(Knobs(ip_adapter=knobs.ip_adapter, ip_scale=0.6, loras=(lora,)))
    assert its_own == {"faceid_0"} and len(active) == 2 and "faceid_0" in active
    assert tiny.difference(both, alone) > 0.01
    assert (picture(adapters, Knobs(loras=(lora,)), sitter(0, 0), side_px=32) == plain).all()


def test_what_goes_wrong_leaves_nothing_on(checkpoints: SimpleNamespace, dressed: object) -> None:
    adapters, every = dressed(), all_of(checkpoints, "sd15")
    plain = picture(adapters, Knobs(), sitter(1))
    stopped = Event()
    stopped.set()
    with pytest.raises(Cancelled):
        adapters.dress(every, sitter(1), SIDE, SIDE, cancel=stopped)
    with pytest.raises(ModelError, match="nowhere"):
        adapters.dress(Knobs(loras=(*every.loras, LoraWeight("nowhere", 1.0))), sitter(1), SIDE, SIDE)
    with pytest.raises(ModelError, match="reference picture"):
        adapters.dress(every, Sitter("x", Appearance(), references=(b"nothing",)), SIDE, SIDE)
    assert adapters.account() == {}
    assert (picture(adapters, Knobs(), sitter(1)) == plain).all()
    assert (picture(adapters, every, sitter(1)) == picture(dressed(), every, sitter(1))).all()


def test_a_pipeline_whose_parts_change_is_placed_anew_and_no_other(checkpoints: SimpleNamespace, dressed: object) -> None:
    placed: list[object] = []
    adapters, every = dressed(place=placed.append), all_of(checkpoints, "sd15")
    for knobs, times in ((Knobs(), 0), (every, 1), (every, 1), (Knobs(loras=every.loras), 2), (Knobs(), 2)):
        adapters.dress(knobs, sitter(1), SIDE, SIDE)
        adapters.undress()
        assert len(placed) == times
    assert placed[1] is adapters.pipe


def test_closed_it_is_the_plain_pipeline_again(checkpoints: SimpleNamespace, dressed: object) -> None:
    adapters = dressed()
    plain = tiny.painted(adapters.pipe)
    picture(adapters, all_of(checkpoints, "sd15"), sitter(1))
    adapters.close()
    assert (tiny.painted(adapters.pipe) == plain).all()
    assert not any(adapters.pipe.get_list_adapters().values()) and adapters.pipe.unet.encoder_hid_proj is None
