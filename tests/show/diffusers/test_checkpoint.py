"""A checkpoint is looked at before anything of it is opened: only safetensors, only known classes, only what is whole."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest
import torch
from huggingface_hub import constants, errors
from safetensors.torch import load_file, save_file

from companion.errors import DownloadError, ModelError
from companion.show.diffusers.checkpoint import digest_of, open_checkpoint
from companion.show.diffusers.loading import find, load

HEX = "a" * 64


@pytest.fixture
def copy(checkpoints: SimpleNamespace, tmp_path: Path) -> Path:
    """A tiny SD 1.5 that may be damaged."""
    return Path(shutil.copytree(checkpoints.pipeline("sd15"), tmp_path / "model"))


@pytest.mark.parametrize("name", ["sd15", "sdxl", "flux2-klein"])
def test_each_family_is_known_by_its_files(checkpoints: SimpleNamespace, name: str) -> None:
    found = find(str(checkpoints.pipeline(name)))
    assert found.family.name == name and found.revision == ""
    assert {"vae", "text_encoder", found.family.denoiser} <= set(found.weights)
    pipe = load(found, torch.float32)
    for part, megabytes in found.parts_mb(4).items():
        module = getattr(pipe, part)
        held = sum(one.numel() * 4 for one in (*module.parameters(), *module.buffers())) / 1e6
        assert megabytes == pytest.approx(held, rel=0.1), f"{part} takes what its file says"


def test_digests_are_those_of_the_files(checkpoints: SimpleNamespace) -> None:
    found = find(str(checkpoints.pipeline("sd15")))
    digests = found.digests()
    assert set(digests) == {
        "text_encoder/model.safetensors",
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
    }
    assert all(len(one) == 64 for one in digests.values()) and len(set(digests.values())) == 3


def test_in_the_hubs_cache_the_commit_and_the_digests_are_read_off_names(copy: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models--owner--name" / "snapshots" / ("0123456789" * 4)
    shutil.copytree(copy, folder)
    blob = tmp_path / "models--owner--name" / "blobs" / HEX
    blob.parent.mkdir()
    unet = folder / "unet" / "diffusion_pytorch_model.safetensors"
    shutil.move(unet, blob)
    unet.symlink_to(blob)
    found = open_checkpoint(folder, "owner/name")
    assert found.revision == "0123456789" * 4
    assert found.digests()["unet/diffusion_pytorch_model.safetensors"] == HEX == digest_of(unet)


def test_a_variant_is_taken_where_there_is_one(copy: Path) -> None:
    plain = copy / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({name: one.half() for name, one in load_file(plain).items()}, plain.with_name("diffusion_pytorch_model.fp16.safetensors"))
    varied, whole = open_checkpoint(copy, "m", "fp16"), open_checkpoint(copy, "m")
    assert [file.name for file in varied.weights["unet"]] == ["diffusion_pytorch_model.fp16.safetensors"] and varied.variant == "fp16"
    assert [file.name for file in whole.weights["unet"]] == [plain.name] and whole.variant == ""
    assert open_checkpoint(copy, "m", "bf16").variant == "", "there is none: the plain files"
    assert load(varied, torch.float32).unet.dtype == torch.float32


def edit(change: dict[str, object]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        index = json.loads((folder / "model_index.json").read_text())
        (folder / "model_index.json").write_text(json.dumps(index | change))

    return apply


def cut(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])


def pickled(folder: Path) -> None:
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(file), file.with_name("diffusion_pytorch_model.bin"))
    file.unlink()


def emptied(folder: Path) -> None:
    (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink()


def without_part(folder: Path) -> None:
    shutil.rmtree(folder / "tokenizer")


def shard_lost(folder: Path) -> None:
    """Weights in two files, one of which has not arrived."""
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    names = list(load_file(file))
    first, second = (f"diffusion_pytorch_model-0000{at}-of-00002.safetensors" for at in (1, 2))
    shards = {name: first if at % 2 else second for at, name in enumerate(names)}
    save_file({name: one for name, one in load_file(file).items() if shards[name] == first}, folder / "unet" / first)
    (folder / "unet" / f"{file.name}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))
    file.unlink()


def broken(folder: Path) -> None:
    (folder / "model_index.json").write_text("{")


def without_index(folder: Path) -> None:
    (folder / "model_index.json").unlink()


def lacking(folder: Path) -> None:
    """Some tensors are gone: the library would fill them with noise."""
    file = folder / "unet" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(file)
    save_file({name: tensors[name] for name in sorted(tensors)[2:]}, file)


def misnamed(folder: Path) -> None:
    config = json.loads((folder / "unet" / "config.json").read_text())
    (folder / "unet" / "config.json").write_text(json.dumps(config | {"block_out_channels": [16, 32]}))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (edit({"_class_name": ["pipeline", "MyPipeline"]}), "code of its own"),
        (edit({"unet": ["my_code", "MyUNet"]}), r"code of its own \(unet\)"),
        (edit({"_class_name": "LatentConsistencyModelPipeline"}), "cannot paint here"),
        (cut, "damaged or incomplete"),
        (pickled, "not in the safetensors format"),
        (emptied, "weights of its vae are missing"),
        (without_part, "its tokenizer is missing"),
        (shard_lost, "unet/diffusion_pytorch_model-00002-of-00002.safetensors is missing"),
        (broken, "cannot be read"),
        (without_index, "no image model"),
        (lacking, "incomplete"),
        (misnamed, "cannot be opened|incomplete"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_what_is_not_whole_or_brings_code_is_not_opened(copy: Path, damage: Callable[[Path], None], says: str) -> None:
    damage(copy)
    with pytest.raises(ModelError, match=says) as told:
        found = find(str(copy))
        found.parts_mb(4)
        load(found, torch.float32)
    assert told.value.hint and "Traceback" not in str(told.value)


def test_code_in_a_checkpoint_never_runs(copy: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    for name in ("pipeline.py", "my_code.py", "unet/my_code.py"):
        (copy / name).write_text(f"open({str(ran)!r}, 'w')\nclass MyUNet: ...\n")
    edit({"unet": ["my_code", "MyUNet"]})(copy)
    with pytest.raises(ModelError):
        load(find(str(copy)), torch.float32)
    assert not ran.exists()


@pytest.mark.parametrize("source", ["/nowhere/at/all", "./not-here", "painter", "a/b/c"])
def test_a_folder_that_is_not_there_is_named(source: str) -> None:
    with pytest.raises(ModelError, match="There is no image model called"):
        find(source)


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache of the hub."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_without_a_connection_it_is_said_so(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match="owner/name is not on this machine") as told:
        find("owner/name")
    assert "connection" in told.value.hint and told.value.retryable


def test_what_was_fetched_before_is_opened_without_asking_the_hub(cache: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, repository = "0123456789" * 4, cache / "models--owner--name"
    shutil.copytree(copy, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr("diffusers.pipelines.pipeline_utils.model_info", lambda *_, **__: pytest.fail("a request left the machine"))
    found = find("owner/name")
    assert (found.source, found.revision) == ("owner/name", commit)
    assert load(found, torch.float32).unet is not None


def answer(kind: type[Exception], status: int) -> Exception:
    return kind("no", response=httpx2.Response(status, request=httpx2.Request("GET", "https://hub")))  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (answer(errors.GatedRepoError, 403), "accept its terms"),
        (answer(errors.RepositoryNotFoundError, 404), "There is no image model called owner/name"),
        (answer(errors.RevisionNotFoundError, 404), "There is no image model called owner/name"),
        (answer(errors.RemoteEntryNotFoundError, 404), "layout of diffusers"),
        (answer(errors.HfHubHTTPError, 503), "could not hand out"),
        (httpx2.ConnectError("no route"), "cannot be reached"),
        (errors.LocalEntryNotFoundError("gone"), "cannot be reached"),
        (OSError(28, "No space left on device"), "could not be fetched: .*No space left"),
        (OSError("could not find the necessary `safetensors` weights"), "not in the safetensors format"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else None,
)
def test_what_goes_wrong_on_the_way_is_said_plainly(monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    def download(*_: object, local_files_only: bool = False, **__: object) -> None:
        raise OSError("nothing here") if local_files_only else error

    monkeypatch.setattr("diffusers.DiffusionPipeline.download", download)
    with pytest.raises(DownloadError, match=says) as told:
        find("owner/name")
    assert told.value.hint and told.value.__cause__ is error
