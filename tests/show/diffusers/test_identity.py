from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.errors import ModelError
from companion.persona.blueprint import Appearance
from companion.shot import Knobs, LoraWeight
from companion.show.diffusers.adapters import Adapters
from companion.show.diffusers.checkpoint import open_checkpoint
from companion.show.diffusers.embeddings import Embeddings
from companion.show.diffusers.families import family
from companion.show.diffusers.identity import Identity, read, verify, write
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
def pack(home: Path, pipeline: Path) -> tuple[Path, object]:
    """A pack, and the picture that it is to make again."""
    adapters = dressed(tiny.opened(pipeline), home, home / "kept")
    arguments = adapters.dress(knobs(), Sitter("mara", Appearance(), references=(tiny.portrait(1), tiny.portrait(5))), SIDE, SIDE)
    picture = tiny.painted(adapters.pipe, 7, SIDE, prompt=knobs().prompt, **arguments)
    write(Identity(knobs(), adapters.account(), model_of(pipeline), adapters.embeddings), home / "mara.identity")
    return home / "mara.identity", picture


def test_a_picture_is_made_again_from_its_pack_to_the_bit_without_references_and_encoder(
    pack: tuple[Path, object], home: Path, pipeline: Path
) -> None:
    file, picture = pack
    (home / "face" / "models" / "image_encoder" / "model.safetensors").unlink()
    identity = read(file)
    assert verify(identity, Shelf(home), model_of(pipeline)) == ()
    adapters = dressed(tiny.opened(pipeline), home, home / "another folder")
    arguments = adapters.dress(identity.knobs, Sitter("mara", Appearance()), SIDE, SIDE, embeddings=identity.embeddings)
    again = tiny.painted(adapters.pipe, identity.seed, SIDE, prompt=identity.knobs.prompt, **arguments)
    assert (again == picture).all()


def test_what_is_read_is_what_was_written(pack: tuple[Path, object]) -> None:
    identity = read(pack[0])
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
def test_a_file_that_changed_or_left_is_named(pack: tuple[Path, object], home: Path, spoilt: str, said: str) -> None:
    with (home / spoilt).open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelError) as told:
        verify(read(pack[0]), Shelf(home))
    assert said in told.value.message and told.value.message.count("another file") == 1
    (home / spoilt).unlink()
    with pytest.raises(ModelError, match="is missing"):
        verify(read(pack[0]), Shelf(home))


def test_another_model_is_named_by_its_part_and_other_versions_are_told(pack: tuple[Path, object], home: Path, pipeline: Path) -> None:
    now = model_of(pipeline)
    unet = next(name for name in now["weights_sha256"] if name.startswith("unet/"))
    assert verify(read(pack[0]), Shelf(home), now | {"versions": {"torch": "3"}}) == ("torch was 2 and is 3",)
    with pytest.raises(ModelError, match=unet):
        verify(read(pack[0]), Shelf(home), now | {"weights_sha256": now["weights_sha256"] | {unet: "0" * 64}})
    with pytest.raises(ModelError, match=unet):
        verify(read(pack[0]), Shelf(home), now | {"weights_sha256": {k: v for k, v in now["weights_sha256"].items() if k != unet}})


def test_a_damaged_pack_another_file_and_none_are_said(pack: tuple[Path, object], home: Path) -> None:
    file = pack[0]
    whole = file.read_bytes()
    for cut in (0, 5, 40, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:cut])
        with pytest.raises(ModelError, match="damaged"):
            read(file)
    with pytest.raises(ModelError, match="no identity pack"):
        read(home / "mara.safetensors")
    with pytest.raises(ModelError, match="There is no"):
        read(home / "nowhere")


def test_a_pack_that_cannot_be_written_leaves_the_old_one(pack: tuple[Path, object], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pack[0].read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    with pytest.raises(ModelError, match="cannot be written"):
        write(replace(read(pack[0]), knobs=Knobs(seed=1)), pack[0])
    assert pack[0].read_bytes() == whole


share = st.floats(0, 1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
def test_any_identity_comes_back_as_it_was(tmp_path: Path, made: Knobs, numbers: list[float] | None) -> None:
    kept = None if numbers is None else Embeddings("key", torch.zeros(1, 1, len(numbers)), torch.tensor([[numbers]]))
    write(Identity(made, {"loras": []}, {"model": "m"}, kept), tmp_path / "pack")
    back = read(tmp_path / "pack")
    assert back.knobs == made and back.worn == {"loras": []} and back.model == {"model": "m"}
    assert (kept is None and back.embeddings is None) or torch.equal(back.embeddings.positive, kept.positive)
