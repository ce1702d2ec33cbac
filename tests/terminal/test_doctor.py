import shutil
from types import SimpleNamespace

import pytest

from companion.terminal import checks
from tests.think.server import says, serving


@pytest.fixture
def only(monkeypatch):
    """Leaves only some checks, because each is tested by itself."""

    def leave(*findings: checks.Finding) -> None:
        monkeypatch.setattr("companion.terminal.doctor.examine", lambda settings: iter(findings))

    return leave


def test_it_ends_with_1_when_something_needed_is_missing(run, only):
    only(checks.Finding("Python", "ok", "3.11.7"), checks.Finding("torch", "missing", "cannot be imported", "Run: make install"))
    result = run("doctor")
    assert result.exit_code == 1
    assert "make install" in result.stdout and "1 thing is missing" in result.stdout


def test_what_is_not_needed_may_be_absent(run, only):
    only(checks.Finding("Chromium", "optional", "not found", "apt install chromium"))
    result = run("doctor")
    assert result.exit_code == 0 and "apt install chromium" in result.stdout


def test_every_check_has_an_answer_on_this_machine(settings):
    findings = list(checks.examine(settings))
    assert len({finding.name for finding in findings}) == len(findings) == 11
    assert all(finding.hint for finding in findings if finding.state != "ok")


def test_a_home_that_cannot_be_written_is_missing(settings, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    assert checks.home(settings.model_copy(update={"home": file / "home"})).state == "missing"
    assert checks.home(settings).state == "ok"
    assert not settings.home.exists(), "looking must not make it"


def test_a_damaged_database_is_missing_and_a_sound_one_is_counted(settings):
    from companion.store.conversations import Conversations
    from companion.store.database import open_database

    engine = open_database(settings.home)
    Conversations(engine).create("mara", ["Hello."])
    engine.dispose()
    assert checks.database(settings).detail == "sound, 1 conversation"
    (settings.home / "companion.sqlite3").write_bytes(b"not a database" * 100)
    found = checks.database(settings)
    assert found.state == "missing" and "backup" in found.hint


def test_full_disks_and_little_memory_are_told(settings, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    assert checks.disk(settings).state == "missing"
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=10))
    assert checks.memory(settings).state == "missing"


def test_a_chosen_model_that_is_gone_is_missing(settings):
    found = checks.chosen_model(settings.model_copy(update={"model": "owner/gone"}))
    assert found.state == "missing" and "owner/gone" in found.detail and found.hint


def test_a_server_that_answers_is_the_chosen_model(settings):
    with serving(says("Yes."), models=[{"id": "ada"}]) as server:
        remote = settings.model_copy(update={"remote_url": server.url, "remote_model": "ada"})
        found = checks.chosen_model(remote)
        assert (found.state, found.detail) == ("ok", f"ada on {server.url}; what you write goes there")
        assert "built-in" not in checks.downloaded_models(remote).detail
        both = checks.chosen_model(remote.model_copy(update={"model": "starter"}))
        assert both.state == "missing" and "COMPANION_MODEL" in both.detail
    gone = checks.chosen_model(remote)
    assert gone.state == "missing" and server.url in gone.detail and "running" in gone.hint
