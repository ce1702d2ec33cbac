import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from companion.errors import ConflictError, DownloadError, InputError, ModelError, NotFoundError, StorageError
from companion.think.hardware import Device, Hardware, this_machine
from companion.think.local import LocalEngine
from companion.think.models import Models
from tests.think.checkpoints import save_checkpoint, starter_like
from tests.think.hub import Hub, serving


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_checkpoint(tmp_path_factory.mktemp("hub") / "tiny", starter_like())
    (folder / "pytorch_model.bin").write_bytes(b"never opened")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "config.json").write_text("{}")
    return folder


@pytest.fixture
def hub(source: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(_http.time, "sleep", lambda _: None)
    with serving(source) as hub:
        yield hub


@pytest.fixture
def models(tmp_path: Path, hub: Hub) -> Models:
    return Models(tmp_path / "home", endpoint=hub.address)


def test_presets_are_listed_and_not_claimed_to_be_there(tmp_path: Path) -> None:
    entries = Models(tmp_path, starter=tmp_path / "none").list()
    assert entries[0].id == "starter" and not entries[0].installed
    assert len({entry.id for entry in entries}) >= 12
    assert all(entry.kind == "preset" and entry.licence and entry.tier and not entry.installed and not entry.tried for entry in entries[1:])


def test_the_built_in_model_speaks_until_another_is_chosen(tmp_path: Path, source: Path) -> None:
    models = Models(tmp_path, starter=source)
    assert models.chosen() == "starter"
    assert models.folder("starter") == source
    assert models.get("starter").installed


def test_a_missing_built_in_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="built-in model's files are missing"):
        Models(tmp_path, starter=tmp_path / "none").folder("starter")


def test_a_download_is_whole_and_usable(models: Models, tmp_path: Path, source: Path) -> None:
    told: list[tuple[int, int]] = []
    entry = models.add("owner/tiny", lambda done, total: told.append((done, total)))
    folder = models.folder("owner/tiny")
    assert entry.installed and entry.kind == "added"
    assert folder == tmp_path / "home" / "models" / "owner--tiny"
    assert (folder / "model.safetensors").read_bytes() == (source / "model.safetensors").read_bytes()
    assert not (folder / "pytorch_model.bin").exists() and not (folder / "onnx").exists()
    assert told[-1][0] == told[-1][1] > 400_000
    assert all(0 <= done <= total for done, total in told)
    LocalEngine(folder, device="cpu").load()
    assert models.use("owner/tiny").id == Models(tmp_path / "home").chosen() == "owner/tiny"


def test_a_download_goes_on_where_it_broke_off(models: Models, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 50_000)
    hub.cut_at = 200_000
    with pytest.raises(DownloadError) as caught:
        models.add("owner/tiny")
    assert caught.value.retryable
    with pytest.raises(NotFoundError, match="not been downloaded"):
        models.folder("owner/tiny")
    hub.status = None
    hub.asked.clear()
    models.add("owner/tiny")
    assert [first for name, first in hub.asked if name == "model.safetensors"] == [200_000]
    LocalEngine(models.folder("owner/tiny"), device="cpu").load()


def test_damage_on_the_way_is_noticed_and_mended(models: Models, hub: Hub) -> None:
    hub.damaged = True
    with pytest.raises(DownloadError, match=r"model\.safetensors did not arrive whole"):
        models.add("owner/tiny")
    hub.damaged = False
    assert models.add("owner/tiny").installed


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ((404, "RepoNotFound"), "no model called owner/tiny"),
        ((401, "RepoNotFound"), "no model called owner/tiny"),
        ((403, "GatedRepo"), "accept its terms"),
        ((500, ""), "answered with an error|cannot be reached"),
    ],
)
def test_what_the_hub_says_is_put_plainly(models: Models, hub: Hub, status: tuple[int, str], said: str) -> None:
    hub.status = status
    with pytest.raises(DownloadError, match=said) as caught:
        models.add("owner/tiny")
    assert caught.value.hint


def test_no_connection_says_so(tmp_path: Path, hub: Hub) -> None:
    with pytest.raises(DownloadError, match="cannot be reached"):
        Models(tmp_path, endpoint="http://127.0.0.1:1").add("owner/tiny")


def test_offline_mode_says_so(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DownloadError, match="cannot be reached"):
        Models(tmp_path, endpoint=hub.address).add("owner/tiny")


def test_space_is_checked_before_anything_is_fetched(models: Models, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("companion.think.download.shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DownloadError, match="not enough space"):
        models.add("owner/tiny")
    assert hub.asked == []


def test_one_download_at_a_time(models: Models) -> None:
    started, let_go = threading.Event(), threading.Event()

    def hold(done: int, total: int) -> None:
        started.set()
        let_go.wait(30)

    first = threading.Thread(target=models.add, args=("owner/tiny", hold))
    first.start()
    assert started.wait(30)
    with pytest.raises(ConflictError, match="being downloaded"):
        models.add("owner/other")
    let_go.set()
    first.join()
    assert models.get("owner/tiny").installed


def test_a_folder_is_added_where_it_lies(tmp_path: Path, source: Path) -> None:
    models = Models(tmp_path)
    assert models.add(str(source)).id == "tiny"
    assert models.add(str(source)).id == "tiny"
    assert models.folder("tiny") == source
    models.use("tiny")
    models.remove("tiny")
    assert source.is_dir() and models.chosen() == "starter"


def test_a_folder_may_be_named_without_adding_it(tmp_path: Path, source: Path) -> None:
    assert Models(tmp_path).folder(str(source)) == source


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(ModelError, match=r"no config\.json"):
        Models(tmp_path / "home").add(str(tmp_path / "notes"))


def test_a_removed_download_leaves_nothing_behind(models: Models) -> None:
    models.add("owner/tiny")
    folder = models.folder("owner/tiny")
    models.remove("owner/tiny")
    assert not folder.exists()
    with pytest.raises(NotFoundError):
        models.get("owner/tiny")


def test_the_built_in_model_stays(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="stays"):
        Models(tmp_path).remove("starter")


@pytest.mark.parametrize("name", ["", "nonsense", ".../..", "a/b/c"])
def test_what_is_neither_a_folder_nor_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="neither"):
        Models(tmp_path / "home").add(name)


def test_a_damaged_list_says_so_instead_of_forgetting(tmp_path: Path) -> None:
    (tmp_path / "models.json").write_text("{")
    with pytest.raises(StorageError, match="cannot be read"):
        Models(tmp_path).list()


def test_an_unknown_model_cannot_be_chosen(tmp_path: Path) -> None:
    models = Models(tmp_path)
    with pytest.raises(NotFoundError):
        models.use("nobody")
    with pytest.raises(NotFoundError, match="not been downloaded"):
        models.use("Qwen/Qwen3-0.6B")
    assert models.chosen() == "starter"


def test_a_draft_guesses_ahead_once_it_is_there(tmp_path: Path, source: Path) -> None:
    models = Models(tmp_path / "home", starter=source)
    assert models.draft("starter") is None
    (source.parent / "draft").mkdir()
    try:
        assert models.draft("starter") == source.parent / "draft"
    finally:
        (source.parent / "draft").rmdir()
    assert models.draft("Qwen/Qwen3-8B") is None, "its draft is not installed"
    models._install("Qwen/Qwen3-0.6B", source, "main")
    assert models.draft("Qwen/Qwen3-8B") == source
    assert models.draft(str(source)) is None


def test_every_draft_is_a_smaller_preset(tmp_path: Path) -> None:
    sizes = {entry.id: entry.size_gb for entry in Models(tmp_path).list()}
    drafts = {preset.id: preset.draft for preset in Models(tmp_path)._presets.values() if preset.draft}
    assert drafts and all(sizes[draft] < sizes[model] / 4 for model, draft in drafts.items())


def suiting(tmp_path: Path, device: Device, memory_gb: float) -> Models:
    return Models(tmp_path, hardware=lambda: Hardware(device, memory_gb))


@pytest.mark.parametrize(
    ("device", "memory_gb", "tier", "first", "quantise"),
    [
        ("cpu", 4, "without a graphics card", "Qwen/Qwen3-0.6B", "none"),
        ("cpu", 512, "without a graphics card", "Qwen/Qwen3-0.6B", "none"),
        ("cuda", 4.3, "without a graphics card", "Qwen/Qwen3-0.6B", "none"),
        ("cuda", 8.3, "with 8 GB", "Qwen/Qwen3-4B", "int4"),
        ("cuda", 15.8, "with 16 GB", "Qwen/Qwen3-8B", "int4"),
        ("cuda", 25.4, "with 24 GB", "Qwen/Qwen3-14B", "int4"),
        ("cuda", 48, "with 24 GB", "Qwen/Qwen3-14B", "int4"),
        ("cuda", 85, "with 80 GB", "Qwen/Qwen3-32B", "none"),
        ("mps", 8.6, "without a graphics card", "Qwen/Qwen3-0.6B", "none"),
        ("mps", 17.2, "Apple", "Qwen/Qwen3-4B", "none"),
    ],
)
def test_what_suits_this_machine_stands_first(
    tmp_path: Path, device: Device, memory_gb: float, tier: str, first: str, quantise: str
) -> None:
    models = suiting(tmp_path, device, memory_gb)
    starter, best, *rest = models.list()
    assert starter.kind == "built-in" and not starter.recommended
    assert (best.id, best.quantise, best.recommended) == (first, quantise, True) and tier in best.tier
    assert models.quantise(first) == quantise
    tiers = {entry.tier: entry.recommended for entry in (best, *rest)}
    assert len(tiers) == 6 and sum(tiers.values()) == 1, "the others are there too"


def test_a_model_is_whole_where_there_is_room_for_it(tmp_path: Path) -> None:
    assert suiting(tmp_path, "cuda", 16).quantise("Qwen/Qwen3-8B") == "int4"
    assert suiting(tmp_path, "cuda", 24).quantise("Qwen/Qwen3-8B") == "none"
    assert suiting(tmp_path, "cuda", 16).quantise("owner/own") == suiting(tmp_path, "cuda", 16).quantise("starter") == "none"


def test_a_card_that_the_setting_leaves_out_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: SimpleNamespace(total_memory=24e9))
    assert this_machine() == Hardware("cuda", 24.0)
    assert this_machine("cpu").device == "cpu" and this_machine("cpu").memory_gb > 0.5
