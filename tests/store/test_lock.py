"""One writer for one home."""

import subprocess
import sys
from pathlib import Path

import pytest

from companion.errors import ConflictError, StorageError
from companion.store.lock import HomeLock

HOLD = """
import pathlib, sys
from companion.store.lock import HomeLock
with HomeLock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_program_is_refused_until_the_first_is_gone(home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(ConflictError) as refused:
            HomeLock(home).acquire()
        assert str(home) in refused.value.message
        assert "COMPANION_HOME" in refused.value.hint
        other.kill()  # a crash leaves no stale lock behind
        other.wait()
    with HomeLock(home):
        pass


def test_a_second_app_in_this_program_is_refused_too(home: Path) -> None:
    with HomeLock(home), pytest.raises(ConflictError):
        HomeLock(home).acquire()
    with HomeLock(home):
        pass


def test_a_home_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(StorageError, match="cannot write"):
        HomeLock(tmp_path / "home").acquire()
