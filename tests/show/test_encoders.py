"""The CLIP image encoder, on a tiny checkpoint of the real kind: who is where on a picture decides, and what cannot be loaded is told."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from companion.errors import InputError, ModelError
from companion.shot import Box
from companion.show.encoders import ClipEncoder, View, subject_of, unit


def picture(left: str = "red", right: str = "blue", size: tuple[int, int] = (80, 60), format: str = "PNG") -> bytes:
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    file = io.BytesIO()
    image.save(file, format, **({"lossless": True} if format == "WEBP" else {}))
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    kept = tmp_path_factory.mktemp("hub") / "tiny-clip"
    config = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, projection_dim=12, num_hidden_layers=2, num_attention_heads=2, image_size=32, patch_size=8
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        model = CLIPVisionModelWithProjection(config)
        for weight in model.parameters():
            if weight.ndim > 1:
                torch.nn.init.normal_(weight, std=0.4)
    model.save_pretrained(kept / "models" / "image_encoder", safe_serialization=True)
    return kept


@pytest.fixture(scope="module")
def encoder(folder: Path) -> ClipEncoder:
    return ClipEncoder(folder, subfolder="models/image_encoder")


def test_every_picture_has_a_direction_of_its_own(encoder: ClipEncoder) -> None:
    views = [View(picture(left, right)) for left in ("red", "green", "gold") for right in ("blue", "white", "black")]
    vectors = encoder.encode(views)
    assert vectors.shape == (9, 12) and vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[8], encoder.encode(views[8:])[0], atol=1e-5), "how many go together does not matter"
    assert (vectors @ vectors.T - np.eye(9)).max() < 0.9999
    assert encoder.encode([]).shape == (0, 12)


def test_only_the_subject_counts(encoder: ClipEncoder) -> None:
    right_half = Box(0.5, 0, 1, 1)
    one, other = encoder.encode([View(picture("red", "blue"), right_half), View(picture("gold", "blue"), right_half)])
    assert np.allclose(one, other, atol=1e-5)
    whole = encoder.encode([View(picture("red", "blue"))])[0]
    assert one @ whole < 0.9999


def test_it_is_called_by_its_name_and_not_by_the_machine_s_folders(encoder: ClipEncoder, folder: Path) -> None:
    assert encoder.name == "tiny-clip/models/image_encoder"
    assert str(folder.parent) not in encoder.name


def test_it_can_be_freed_and_comes_back(folder: Path) -> None:
    encoder = ClipEncoder(folder / "models" / "image_encoder")
    first = encoder.encode([View(picture())])
    encoder.close()
    assert np.array_equal(first, encoder.encode([View(picture())]))


def test_missing_and_damaged_weights_are_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        ClipEncoder(tmp_path / "nowhere", download=False).encode([View(picture())])
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in (folder / "models" / "image_encoder").iterdir():
        content = file.read_bytes()
        (damaged / file.name).write_bytes(content[: len(content) // 2] if file.suffix == ".safetensors" else content)
    with pytest.raises(ModelError, match="cannot be loaded") as told:
        ClipEncoder(damaged).encode([View(picture())])
    assert str(tmp_path) not in str(told.value)


def test_weights_that_are_missing_are_not_filled_with_chance(tmp_path: Path, folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    source = folder / "models" / "image_encoder"
    (tmp_path / "config.json").write_bytes((source / "config.json").read_bytes())
    weights = load_file(source / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="cannot be loaded"):
        ClipEncoder(tmp_path).encode([View(picture())])


@pytest.mark.parametrize("content", [b"", b"hello", picture()[:60], b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_what_is_no_picture_is_told(content: bytes) -> None:
    with pytest.raises(InputError):
        subject_of(View(content))


@pytest.mark.parametrize("box", [Box(0.5, 0.5, 0.5, 0.9), Box(2, 2, 3, 3), Box(0.9, 0, 0.1, 1)])
def test_an_empty_box_means_the_whole(box: Box) -> None:
    assert subject_of(View(picture(), box)).size == (80, 60)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP"])
def test_a_subject_is_cut_out_and_made_small(format: str) -> None:
    assert subject_of(View(picture(size=(800, 600), format=format), Box(0.5, 0, 1.2, 1))).size == (400, 600)
    assert subject_of(View(picture(size=(800, 600), format=format)), 200).size == (200, 150)


def test_nothing_has_no_direction() -> None:
    assert np.array_equal(unit(np.zeros((2, 3))), np.zeros((2, 3), np.float32))
