from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.persona.blueprint import Appearance
from companion.shot import Knobs, LoraWeight
from companion.show.again import Pack
from companion.show.diffusers.adapters import Adapters
from companion.show.diffusers.checkpoint import open_checkpoint
from companion.show.diffusers.embeddings import Embeddings
from companion.show.diffusers.families import family
from companion.show.diffusers.identity import Identity, otherwise, packed, unpacked, verify
from companion.show.diffusers.presets import Extra, Wardrobe
from companion.show.diffusers.weights import Shelf
from companion.show.poses import skeleton
from companion.show.protocol import Sitter
from tests.show.diffusers import tiny

SIDE = 64


@pytest.fixture
def home(checkpoints: SimpleNamespace, tmp_path: Path) -> Path:
    """A folder with copies of adapters, which a test may spoil."""
    files = {"mara": checkpoints.lora("sd15", 0), "smile": checkpoints.lora("sd15", 1)}
    for name, file in files.items():
        (tmp_path / f"{name}.safetensors").write_bytes(file.read_bytes())
    tiny.ip_adapter(tmp_path / "face")
    tiny.controlnet(tmp_path / "pose")
    return tmp_path


@pytest.fixture
def pipeline(checkpoints: SimpleNamespace) -> Path:
    return checkpoints.pipeline("sd15")


def knobs() -> Knobs:
    return Knobs(
        prompt="a woman by the sea",
        seed=7,
        loras=(LoraWeight("mara", 0.8), LoraWeight("smile", 0.35, "expression")),
        ip_adapter="face/models/ip-adapter_sd15.safetensors",
        ip_scale=0.6,
        ip_scales=(("mid", 0.3),),
        controlnet=("openpose",),
        skeleton=skeleton("standing", "waving", "half"),
    )


def dressed(pipe: object, home: Path, kept: Path) -> Adapters:
    return Adapters(pipe, family("sd15"), Shelf(home), kept, Wardrobe(controlnets={"openpose": Extra(name="pose", size_gb=1)}))


def model_of(pipeline: Path) -> dict[str, object]:
    return {"model": "tiny", "revision": "", "weights_sha256": open_checkpoint(pipeline, "tiny").digests(), "versions": {"torch": "2"}}


@pytest.fixture
def pack(home: Path, pipeline: Path) -> tuple[Pack, object]:
    """A pack, and the picture that it is to make again."""
    adapters = dressed(tiny.opened(pipeline), home, home / "kept")
    arguments = adapters.dress(knobs(), Sitter("mara", Appearance(), references=(tiny.portrait(1), tiny.portrait(5))), SIDE, SIDE)
    picture = tiny.painted(adapters.pipe, 7, SIDE, prompt=knobs().prompt, **arguments)
    return packed(Identity(knobs(), adapters.account(), model_of(pipeline), adapters.embeddings)), picture


def test_a_picture_is_made_again_from_its_pack_to_the_bit_without_references_and_encoder(
    pack: tuple[Pack, object], home: Path, pipeline: Path
) -> None:
    kept, picture = pack
    (home / "face" / "models" / "image_encoder" / "model.safetensors").unlink()
    identity = unpacked(kept)
    verify(identity, Shelf(home), model_of(pipeline))
    adapters = dressed(tiny.opened(pipeline), home, home / "another folder")
    arguments = adapters.dress(identity.knobs, Sitter("mara", Appearance()), SIDE, SIDE, embeddings=identity.embeddings)
    again = tiny.painted(adapters.pipe, identity.seed, SIDE, prompt=identity.knobs.prompt, **arguments)
    assert (again == picture).all()


def test_what_is_read_is_what_was_written(pack: tuple[Pack, object]) -> None:
    identity = unpacked(pack[0])
    assert identity.knobs == knobs()
    assert [one["name"] for one in identity.worn["loras"]] == ["mara", "smile"]
    assert identity.embeddings.positive.shape == (1, 2, tiny.SEEN)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ("mara.safetensors", "the LoRA mara is another file"),
        ("face/models/ip-adapter_sd15.safetensors", "the IP-Adapter face/models/ip-adapter_sd15.safetensors is another file"),
        ("pose/diffusion_pytorch_model.safetensors", "the ControlNet pose is another file"),
    ],
)
def test_a_file_that_changed_or_left_is_named(pack: tuple[Pack, object], home: Path, pipeline: Path, spoilt: str, said: str) -> None:
    with (home / spoilt).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError) as told:
        verify(unpacked(pack[0]), Shelf(home), model_of(pipeline))
    assert said in told.value.message and told.value.message.count("another file") == 1
    (home / spoilt).unlink()
    with pytest.raises(ModelError, match="is missing"):
        verify(unpacked(pack[0]), Shelf(home), model_of(pipeline))


def test_another_model_is_named_by_its_part_and_other_versions_are_told(pack: tuple[Pack, object], home: Path, pipeline: Path) -> None:
    identity, now = unpacked(pack[0]), model_of(pipeline)
    unet = next(name for name in now["weights_sha256"] if name.startswith("unet/"))
    assert otherwise(identity.model, now) == () and otherwise(identity.model, now | {"versions": {"torch": "3"}}) == (
        "torch was 2 and is 3",
    )
    with pytest.raises(ModelError, match=f"{unet} .* is another file"):
        verify(identity, Shelf(home), now | {"weights_sha256": now["weights_sha256"] | {unet: "0" * 64}})
    with pytest.raises(ModelError, match=f"{unet} .* is missing"):
        verify(identity, Shelf(home), now | {"weights_sha256": {k: v for k, v in now["weights_sha256"].items() if k != unet}})


def test_references_that_a_model_looks_at_are_named_too(home: Path) -> None:
    shown = tuple(tiny.portrait(seed) for seed in (1, 2))
    identity = Identity(Knobs(), {"references": [sha256(one).hexdigest() for one in shown]})
    verify(identity, Shelf(home), {}, (*shown, tiny.portrait(3)))
    with pytest.raises(ModelError, match=f"{sha256(shown[1]).hexdigest()[:12]} is missing"):
        verify(identity, Shelf(home), {}, shown[:1])
    with pytest.raises(ModelError, match=f"{sha256(shown[0]).hexdigest()[:12]} is another one"):
        verify(identity, Shelf(home), {}, shown[::-1])


def test_a_damaged_pack_and_another_file_are_said(pack: tuple[Pack, object], home: Path) -> None:
    own, shared = pack[0]
    for part in (own, shared):
        for cut in (0, 5, 40, len(part) // 2, len(part) - 1):
            with pytest.raises(ModelError, match="damaged"):
                unpacked(Pack(own[:cut], shared) if part is own else Pack(own, shared[:cut]))
    with pytest.raises(ModelError, match="no identity pack"):
        unpacked(Pack((home / "mara.safetensors").read_bytes()))


def test_pictures_of_the_same_face_share_its_part_to_the_bit(pack: tuple[Pack, object]) -> None:
    other = packed(replace(unpacked(pack[0]), knobs=Knobs(seed=1)))
    assert other.shared == pack[0].shared and other.own != pack[0].own and other.digest != pack[0].digest


share = st.floats(0, 1)


@settings(max_examples=40, deadline=None)
@given(
    made=st.builds(
        Knobs,
        prompt=st.text(max_size=40),
        seed=st.integers(0, 2**32 - 1),
        loras=st.lists(st.builds(LoraWeight, st.text(max_size=9), st.floats(-2, 2), st.sampled_from(["identity", "style"]))).map(tuple),
        ip_scale=share,
        ip_scales=st.lists(st.tuples(st.sampled_from(["mid", "up.block_1"]), share)).map(tuple),
        skeleton=st.lists(st.none() | st.tuples(share, share)).map(tuple),
    ),
    numbers=st.none() | st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=6),
)
def test_any_identity_comes_back_as_it_was(made: Knobs, numbers: list[float] | None) -> None:
    kept = None if numbers is None else Embeddings("key", torch.zeros(1, 1, len(numbers)), torch.tensor([[numbers]]))
    back = unpacked(packed(Identity(made, {"loras": []}, {"model": "m"}, kept)))
    assert back.knobs == made and back.worn == {"loras": []} and back.model == {"model": "m"}
    assert (kept is None and back.embeddings is None) or torch.equal(back.embeddings.positive, kept.positive)
