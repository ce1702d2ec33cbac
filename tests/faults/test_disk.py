"""A disk that is full or read-only: the user is told, and what was saved stays."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from companion.store.conversations import Conversations
from companion.store.database import open_database

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.faults

FILL = """
import pathlib, resource, sys
from companion.errors import StorageError
from companion.store.conversations import Conversations
from companion.store.database import open_database

home = pathlib.Path(sys.argv[1])
kept = Conversations(open_database(home))
conversation = kept.create("mira", ["Hello."])
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
said = []
try:
    while True:
        user, reply = kept.begin_turn(conversation.id, "word " * 2000)
        kept.finish_reply(reply.id, "yes", "complete", "end")
        said.append(user.id)
except StorageError as error:
    print(error)
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
else:
    pathlib.Path(sys.argv[3]).unlink()
assert said
assert all(kept.message(each).text for each in said)
kept.recover()
kept.begin_turn(conversation.id, "There is room again")
print("went on")
"""

OPEN = """
import pathlib, sys
from companion.errors import CompanionError
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.lock import HomeLock

home = pathlib.Path(sys.argv[1])
for attempt in (lambda: HomeLock(home).acquire(), lambda: Conversations(open_database(home)).create("mira")):
    try:
        attempt()
    except CompanionError as error:
        print(type(error).__name__, error)
"""


def run(program: str, *arguments: str, prefix: tuple[str, ...] = ()) -> str:
    command = [*prefix, sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_file_that_may_not_grow_is_explained_and_survived(tmp_path: Path) -> None:
    told = run(FILL, str(tmp_path), "limit")
    assert "The disk" in told
    assert told.endswith("went on\n")


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_full_disk_is_explained_and_survived(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine mounts nothing")
    try:
        ballast = tmp_path / "ballast"
        ballast.write_bytes(bytes(1_000_000))
        told = run(FILL, str(tmp_path / "home"), "disk", str(ballast))
        assert "The disk is full. Free some space" in told
        assert told.endswith("went on\n")
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.mark.parametrize("used_before", [False, True], ids=["new", "used before"])
def test_a_read_only_home_is_explained(tmp_path: Path, used_before: bool) -> None:
    home = tmp_path / "home"
    home.mkdir()
    if used_before:
        engine = open_database(home)
        Conversations(engine).create("mira", ["Hello."])
        engine.dispose()
    for path in home.iterdir():
        path.chmod(0o400)
    home.chmod(0o500)
    # Root writes wherever it likes; without that privilege it is a user like any other.
    humble = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root without setpriv cannot play an ordinary user")
    try:
        told = run(OPEN, str(home), prefix=humble if os.geteuid() == 0 else ())
    finally:
        home.chmod(0o700)
    lines = told.splitlines()
    assert len(lines) == 2
    for line in lines:
        assert line.startswith(f"StorageError Companion cannot write to {home}.")
        assert "COMPANION_HOME" in line
