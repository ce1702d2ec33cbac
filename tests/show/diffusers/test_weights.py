from hashlib import sha256
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import errors

from companion.errors import DownloadError, ModelError
from companion.show.diffusers.weights import HubName, Shelf, hub_name, sha256_of, translated

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "one/lora": ["README.md", "face.safetensors"],
    "usual/lora": ["other.safetensors", "pytorch_lora_weights.safetensors"],
    "several/lora": ["a.safetensors", "b.safetensors"],
    "pickled/lora": ["weights.bin"],
    "net/canny": ["config.json", "diffusion_pytorch_model.safetensors"],
    "face/adapter": ["models/image_encoder/config.json", "models/image_encoder/model.safetensors"],
}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub of files that say their own names."""

    def download(repo: str, file: str, *, revision: str | None = None) -> str:
        if file not in FILES.get(repo, ()):
            raise errors.LocalEntryNotFoundError(f"{repo} has no {file}")
        found = tmp_path / "hub" / repo / "snapshots" / (revision or COMMIT) / file
        found.parent.mkdir(parents=True, exist_ok=True)
        found.write_text(f"{repo}/{file}")
        return str(found)

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    monkeypatch.setattr(huggingface_hub.HfApi, "list_repo_files", lambda self, repo, revision=None: FILES[repo])
    return tmp_path / "hub"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("owner/repo", HubName("owner/repo", None, "")),
        ("owner/re.po-1@v1.2", HubName("owner/re.po-1", "v1.2", "")),
        ("owner/repo/a/b.safetensors", HubName("owner/repo", None, "a/b.safetensors")),
        ("owner/repo@main/models/image_encoder", HubName("owner/repo", "main", "models/image_encoder")),
        ("loras/mara.safetensors", None),
        ("mara", None),
        ("owner/repo/../x", None),
        ("/a/b", None),
        ("https://example.org/a/b", None),
    ],
)
def test_hub_ids_are_told_from_files(name: str, read: HubName | None) -> None:
    assert hub_name(name) == read


@pytest.mark.parametrize("name", ["mara", "mara.safetensors", "{folder}/mara.safetensors"])
def test_a_file_at_home_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    (tmp_path / "mara.safetensors").write_bytes(b"weights")
    found = Shelf(tmp_path).file(name.format(folder=tmp_path))
    assert (found.sha256, found.size_bytes, found.revision) == (sha256(b"weights").hexdigest(), 7, "")


def test_another_content_under_the_same_name_is_noticed(tmp_path: Path) -> None:
    shelf, file = Shelf(tmp_path), tmp_path / "mara.safetensors"
    file.write_bytes(b"weights")
    before = shelf.file("mara").sha256
    file.write_bytes(b"weights of another")
    assert shelf.file("mara").sha256 != before


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("one/lora", "face.safetensors"),
        ("usual/lora", "pytorch_lora_weights.safetensors"),
        ("several/lora/b.safetensors", "b.safetensors"),
    ],
)
def test_a_file_of_the_hub_is_known_by_its_commit_too(hub: Path, tmp_path: Path, name: str, file: str) -> None:
    found = Shelf(tmp_path).file(name)
    assert (found.path.name, found.revision, found.sha256) == (file, COMMIT, sha256_of(found.path))
    assert Shelf(tmp_path).file(name.replace("/lora", "/lora@abc")).revision == "abc"


@pytest.mark.parametrize(("name", "weights"), [("net/canny", {}), ("face/adapter/models/image_encoder", {"weights": "model.safetensors"})])
def test_a_model_of_the_hub_is_its_folder(hub: Path, tmp_path: Path, name: str, weights: dict[str, str]) -> None:
    found = Shelf(tmp_path).model(name, **weights)
    assert (found.path / "config.json").is_file() and found.revision == COMMIT and len(found.sha256) == 64


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("several/lora", "several files"),
        ("pickled/lora", "no weights in the safetensors format"),
        ("nobody", "There is no adapter called nobody"),
        ("../mara", "leaves the folder"),
        ("mine/mara", "There is no mine/mara among the adapters"),
        ("/nowhere/mara.safetensors", "There is no /nowhere/mara.safetensors"),
        ("pickle.bin", "not in the safetensors format"),
    ],
)
def test_what_cannot_be_opened_is_said(hub: Path, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "pickle.bin").write_bytes(b"\x80")
    (tmp_path / "mine").mkdir()
    with pytest.raises(ModelError, match=said) as told:
        Shelf(tmp_path).file(name)
    assert told.value.hint


def test_what_cannot_be_fetched_can_be_asked_for_again(hub: Path, tmp_path: Path) -> None:
    for ask in (Shelf(tmp_path).file, Shelf(tmp_path).model):
        with pytest.raises(DownloadError, match="could not be fetched") as told:
            ask("no/where/x.safetensors")
        assert told.value.retryable


def test_a_model_that_lacks_a_file_is_said_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "pose").mkdir()
    (tmp_path / "pose" / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"has no diffusion_pytorch_model\.safetensors"):
        Shelf(tmp_path).model("pose")


@pytest.mark.parametrize("error", [ValueError("odd\nlines"), OSError("odd"), KeyError("odd"), RuntimeError("odd")])
def test_what_libraries_raise_becomes_one_sentence(error: Exception) -> None:
    with pytest.raises(ModelError, match=r"The LoRA x cannot be used: .*odd") as told, translated("The LoRA x"):
        raise error
    assert "\n" not in told.value.message and told.value.__cause__ is error


def test_memory_that_runs_out_is_said_as_that() -> None:
    with pytest.raises(ModelError, match="more memory"), translated("The LoRA x"):
        raise MemoryError
