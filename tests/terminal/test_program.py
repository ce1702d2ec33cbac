import subprocess
import sys

import pytest
from pydantic import SecretStr

from companion.errors import StorageError
from companion.terminal.program import main

HELP = """
import sys
from companion.terminal.program import main
try:
    main(["--help"])
finally:
    print([heavy for heavy in ("torch", "transformers", "gradio") if heavy in sys.modules])
"""


def test_help_lists_every_command_without_loading_a_model():
    shown = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True).stdout
    for command in ("chat", "serve", "doctor", "settings", "model", "persona", "card", "conversation", "memory"):
        assert f" {command} " in shown
    assert shown.strip().endswith("[]")


def test_an_error_is_two_sentences_and_a_2(run):
    def full(settings):
        raise StorageError("The disk is full.", hint="Free some space.")

    result = run("chat", compose=full)
    assert result.exit_code == 2
    assert result.stderr == "The disk is full.\nFree some space.\n"
    assert result.stdout == ""


def test_a_bug_stays_loud(run):
    def broken(settings):
        raise ZeroDivisionError

    assert isinstance(run("chat", compose=broken).exception, ZeroDivisionError)


def test_a_setting_that_is_not_valid_is_named(monkeypatch, capsys):
    monkeypatch.setenv("COMPANION_PORT", "many")
    with pytest.raises(SystemExit) as left:
        main(["settings"])
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "COMPANION_PORT is not valid" in said and "Traceback" not in said


def test_settings_show_their_present_values(run, settings):
    shown = run("settings").stdout
    assert "COMPANION_COUNTRY" in shown and "PT" in shown
    assert str(settings.home) in shown


def test_settings_keep_a_key_to_themselves(run, settings):
    shown = run("settings", settings=settings.model_copy(update={"remote_key": SecretStr("sesame")})).stdout
    assert "COMPANION_REMOTE_KEY" in shown and "sesame" not in shown
