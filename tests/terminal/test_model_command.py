import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from companion.terminal import checks

sys.path.append(str(Path(__file__).parents[1] / "think"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from checkpoints import save_checkpoint, starter_like

    return save_checkpoint(tmp_path_factory.mktemp("models") / "tiny", starter_like())


def test_the_list_names_sizes_and_licences(run):
    shown = run("model", "list").stdout
    assert "starter" in shown and "Qwen/Qwen3-1.7B" in shown and "Apache-2.0" in shown and "4.1 GB" in shown


def test_the_list_begins_with_what_suits_this_machine(run, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.get_device_properties", lambda _: SimpleNamespace(total_memory=8.4e9))
    shown = run("model", "list").stdout
    assert "A graphics card with 8 GB — recommended for this machine:" in shown and shown.count("recommended") == 1
    assert shown.index("Qwen/Qwen3-4B") < shown.index("Qwen/Qwen3-0.6B") and "4 bits" in shown
    assert "have not been run by us yet" in shown


def test_a_folder_is_added_used_and_removed(run, folder, settings):
    assert "model use tiny" in run("model", "add", str(folder)).stdout
    assert "tiny speaks" in run("model", "use", "tiny").stdout
    row = next(line for line in run("model", "list").stdout.splitlines() if " tiny " in line)
    assert row.startswith("●")
    assert checks.chosen_model(settings).detail == "tiny" and checks.downloaded_models(settings).state == "ok"
    assert "removed" in run("model", "remove", "tiny").stdout
    assert folder.exists(), "a folder of the user's own stays"


def test_what_cannot_be_had_is_said_with_a_hint(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for arguments in (("add", "owner/model"), ("add", str(tmp_path)), ("use", "owner/model"), ("remove", "starter"), ("add", "nonsense")):
        result = run("model", *arguments)
        assert result.exit_code == 2, arguments
        assert len(result.stderr.strip().splitlines()) == 2 and "Traceback" not in result.output


def test_a_server_that_goes_first_is_named(run, settings):
    remote = settings.model_copy(update={"remote_url": "http://me:secret@there:8000/v1", "remote_model": "ada"})
    shown = run("model", "list", settings=remote).stdout
    assert "ada on http://there:8000/v1 speaks now" in shown and "●" not in shown and "secret" not in shown
    assert "COMPANION_REMOTE_URL names http://there:8000/v1, which goes first" in run("model", "use", "starter", settings=remote).stdout
