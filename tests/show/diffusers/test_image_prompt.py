import os
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest
import torch

from companion.errors import Cancelled, ModelError
from companion.shot import Knobs
from companion.show.diffusers.embeddings import Embeddings, EmbeddingStore
from companion.show.diffusers.image_prompt import ImagePrompt, block_scales
from companion.show.diffusers.presets import Extra
from companion.show.diffusers.weights import Shelf
from tests.show.diffusers import tiny

HER, OTHER = tiny.portrait(1), tiny.portrait(5)


@pytest.fixture(scope="module")
def pipes(checkpoints: SimpleNamespace) -> dict[str, object]:
    return {family: tiny.opened(checkpoints.pipeline(family)) for family in ("sd15", "sdxl")}


@pytest.fixture(scope="module")
def plain(pipes: dict[str, object]) -> dict[str, object]:
    return {family: tiny.painted(pipe) for family, pipe in pipes.items()}


@pytest.fixture
def worn(pipes: dict[str, object], tmp_path: Path) -> object:
    """Makes an image prompt on a family's pipeline; all come off at the end."""
    made: list[ImagePrompt] = []

    def make(family: str = "sd15", known: tuple[Extra, ...] = ()) -> ImagePrompt:
        made.append(ImagePrompt(pipes[family], Shelf(tmp_path), EmbeddingStore(tmp_path / "kept"), known))
        return made[-1]

    yield make
    for one in made:
        one.take_off()


def knobs(scale: float = 0.8, **scales: float) -> Knobs:
    return Knobs(ip_adapter="here", ip_scale=scale, ip_scales=tuple((name.replace("_", ".", 1), value) for name, value in scales.items()))


def looked(pipe: object, prompt: ImagePrompt, references: tuple[bytes, ...], of: Knobs, *, guidance: float = 5.0) -> object:
    embeddings, _ = prompt.embed(references, Event())
    arguments, _ = prompt.act(of, embeddings, guided=guidance > 1)
    return tiny.painted(pipe, guidance_scale=guidance, **arguments)


@pytest.mark.parametrize("family", ["sd15", "sdxl"])
@pytest.mark.parametrize("kind", ["plain", "plus"])
def test_who_is_shown_changes_the_picture(
    pipes: dict[str, object], plain: dict[str, object], worn: object, checkpoints: SimpleNamespace, family: str, kind: str
) -> None:
    prompt = worn(family)
    prompt.wear(str(checkpoints.ip_adapter(family, kind)))
    her, other = (looked(pipes[family], prompt, (who,), knobs()) for who in (HER, OTHER))
    assert tiny.difference(her, plain[family]) > 0.02
    assert tiny.difference(her, other) > 0.02


def test_embeddings_that_were_kept_give_the_same_picture_to_the_bit_and_need_no_encoder(
    pipes: dict[str, object], worn: object, checkpoints: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = worn()
    first.wear(str(checkpoints.ip_adapter()))
    computed = looked(pipes["sd15"], first, (HER, OTHER), knobs())
    first.take_off()
    monkeypatch.setattr("companion.show.diffusers.image_prompt._loaded", lambda folder: pytest.fail("the encoder was loaded"))
    second = worn()
    second.wear(str(checkpoints.ip_adapter()))
    assert (looked(pipes["sd15"], second, (HER, OTHER), knobs()) == computed).all()


def test_halves_lie_apart_and_without_guidance_only_one_is_taken(
    pipes: dict[str, object], worn: object, checkpoints: SimpleNamespace, tmp_path: Path
) -> None:
    prompt = worn()
    prompt.wear(str(checkpoints.ip_adapter()))
    embeddings, _ = prompt.embed((HER,), Event())
    files = sorted(file.name for file in (tmp_path / "kept" / embeddings.key).iterdir())
    assert files == ["negative.safetensors", "positive.safetensors"]
    assert not embeddings.negative.any() and embeddings.positive.any()
    assert embeddings.argument(guided=True, dtype=torch.float16)[0].shape == (2, 1, tiny.SEEN)
    assert embeddings.argument(guided=False, dtype=torch.float16)[0].shape == (1, 1, tiny.SEEN)
    unguided = [looked(pipes["sd15"], prompt, (who,), knobs(), guidance=1.0) for who in (HER, OTHER)]
    assert tiny.difference(*unguided) > 0.005


def test_the_pipeline_is_left_without_encoder(pipes: dict[str, object], worn: object, checkpoints: SimpleNamespace) -> None:
    prompt = worn()
    prompt.wear(str(checkpoints.ip_adapter()))
    prompt.embed((HER,), Event())
    assert pipes["sd15"].image_encoder is None


def test_scale_zero_is_as_if_it_were_not_there_and_more_is_more(
    pipes: dict[str, object], plain: dict[str, object], worn: object, checkpoints: SimpleNamespace
) -> None:
    prompt = worn()
    prompt.wear(str(checkpoints.ip_adapter()))
    moved = [tiny.difference(looked(pipes["sd15"], prompt, (HER,), knobs(scale)), plain["sd15"]) for scale in (0.0, 0.1, 0.3)]
    assert moved[0] == 0 and moved == sorted(set(moved))


def test_blocks_that_are_not_named_keep_the_scale(pipes: dict[str, object], worn: object, checkpoints: SimpleNamespace) -> None:
    prompt = worn()
    prompt.wear(str(checkpoints.ip_adapter()))
    everywhere = looked(pipes["sd15"], prompt, (HER,), knobs(0.5))
    assert (looked(pipes["sd15"], prompt, (HER,), knobs(0.5, mid=0.5)) == everywhere).all()
    only_less = looked(pipes["sd15"], prompt, (HER,), knobs(0.5, up_block_1=0.0))
    nowhere_else = looked(pipes["sd15"], prompt, (HER,), knobs(0.0, up_block_1=0.5))
    assert tiny.difference(only_less, everywhere) > 0 and tiny.difference(nowhere_else, only_less) > 0


def test_a_block_without_attention_is_told(pipes: dict[str, object]) -> None:
    scales, unknown = block_scales(pipes["sd15"].unet, knobs(0.5, mid=0.2, down_block_0=0.3, down_block_1=0.4))
    assert scales == {"mid": 0.2, "down": {"block_0": 0.3}, "up": {"block_1": 0.5}}
    assert unknown == ("down.block_1",)


def test_resting_and_taken_off_leave_the_plain_picture(
    pipes: dict[str, object], plain: dict[str, object], worn: object, checkpoints: SimpleNamespace
) -> None:
    prompt = worn()
    prompt.wear(str(checkpoints.ip_adapter()))
    looked(pipes["sd15"], prompt, (HER,), knobs())
    prompt.rest()
    assert (tiny.painted(pipes["sd15"], **prompt.nothing(guided=True)) == plain["sd15"]).all()
    assert prompt.take_off() and not prompt.take_off()
    assert (tiny.painted(pipes["sd15"]) == plain["sd15"]).all()


def test_another_adapter_takes_its_place_and_the_first_comes_back_the_same(
    pipes: dict[str, object], worn: object, checkpoints: SimpleNamespace
) -> None:
    prompt = worn()
    seen = {}
    for kind in ("plain", "plus", "plain"):
        _, changed = prompt.wear(str(checkpoints.ip_adapter("sd15", kind)))
        assert changed
        picture = looked(pipes["sd15"], prompt, (HER,), knobs())
        assert (seen.setdefault(kind, picture) == picture).all()
    assert tiny.difference(seen["plain"], seen["plus"]) > 0.02
    assert prompt.wear(str(checkpoints.ip_adapter()))[1] is False


def test_references_encoder_and_adapter_decide_the_key(worn: object, checkpoints: SimpleNamespace) -> None:
    prompt = worn()
    keys = set()
    for kind in ("plain", "plus"):
        prompt.wear(str(checkpoints.ip_adapter("sd15", kind)))
        keys |= {prompt.embed(references, Event())[0].key for references in ((HER,), (OTHER,), (HER, OTHER))}
    assert len(keys) == 6


def test_faceid_asks_for_what_a_face_recogniser_says(pipes: dict[str, object], worn: object, checkpoints: SimpleNamespace) -> None:
    prompt = worn()
    prompt.wear(str(checkpoints.ip_adapter("sd15", "faceid")))
    with pytest.raises(ModelError, match="face recogniser"):
        prompt.embed((HER,), Event())
    face = torch.ones(1, 1, tiny.FACE)
    arguments, _ = prompt.act(knobs(), Embeddings("face", torch.zeros_like(face), face), guided=True)
    assert tiny.painted(pipes["sd15"], **arguments).std() > 0
    assert prompt.lora == ("faceid_0",)
    prompt.wear(str(checkpoints.ip_adapter()))
    assert prompt.lora == () and not pipes["sd15"].get_list_adapters().get("unet")


def test_a_preset_is_known_by_a_short_name_and_says_where_its_encoder_is(worn: object, checkpoints: SimpleNamespace) -> None:
    file = checkpoints.ip_adapter()
    prompt = worn(known=(Extra(name=str(file), encoder=str(file.parent / "image_encoder"), size_gb=1),))
    adapter, _ = prompt.wear(str(file))
    _, encoder = prompt.embed((HER,), Event())
    assert encoder.path == file.parent / "image_encoder" and adapter.path == file


@pytest.mark.parametrize("reference", [b"", b"GIF89a nothing", HER[:60], HER[: len(HER) // 2]])
def test_a_reference_that_cannot_be_read_is_said(worn: object, checkpoints: SimpleNamespace, reference: bytes) -> None:
    prompt = worn()
    prompt.wear(str(checkpoints.ip_adapter()))
    with pytest.raises(ModelError, match="reference picture"):
        prompt.embed((reference,), Event())


def test_an_adapter_of_another_family_is_said_and_leaves_the_pipeline_as_it_was(
    pipes: dict[str, object], plain: dict[str, object], worn: object, checkpoints: SimpleNamespace
) -> None:
    prompt = worn()
    for name in (str(checkpoints.ip_adapter("sdxl")), str(checkpoints.lora())):
        with pytest.raises(ModelError):
            prompt.wear(name)
        assert prompt.worn is None
        assert (tiny.painted(pipes["sd15"]) == plain["sd15"]).all()


def test_stopping_keeps_nothing(worn: object, checkpoints: SimpleNamespace, tmp_path: Path) -> None:
    prompt, cancel = worn(), Event()
    prompt.wear(str(checkpoints.ip_adapter()))
    cancel.set()
    with pytest.raises(Cancelled):
        prompt.embed((HER,), cancel)
    assert not (tmp_path / "kept").exists()


def test_the_store_keeps_the_last_and_distrusts_the_damaged(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path, most=2)
    made = [Embeddings(f"{at}", torch.zeros(1, 1, 4), torch.full((1, 1, 4), float(at))) for at in range(3)]
    for at, one in enumerate(made):
        store.put(one)
        os.utime(tmp_path / one.key, (at, at))
    store.put(made[2])
    assert store.get("0") is None and torch.equal(store.get("2").positive, made[2].positive)
    (tmp_path / "1" / "positive.safetensors").write_bytes(b"cut")
    assert store.get("1") is None
