"""The index on a server of one's own: a real Chroma server beside the test, or none."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from companion.errors import StorageError
from companion.remember.chroma_server import ChromaServer
from companion.remember.protocol import Vector
from companion.remember.vectors import IndexLost

Unit = Callable[[int], Vector]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = shutil.which("chroma", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("Chroma's own server is not installed")
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    command = [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(number)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    until = time.monotonic() + 120
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{number}/api/v2/heartbeat", timeout=1).raise_for_status()
            break
        except httpx.HTTPError:
            assert server.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
    yield number
    server.terminate()
    server.wait()


def test_it_keeps_what_the_one_at_home_keeps(port: int, home: Path, unit: Unit) -> None:
    index = ChromaServer(home, "one", "127.0.0.1", port)
    vectors = unit(200)
    ids = [f"m:{i}" for i in range(200)]
    assert index.nearest("mara", vectors[0], 5)[0] == ()
    index.upsert("mara", ids, vectors)
    found, cosines = index.nearest("mara", vectors[7], 3)
    assert found[0] == "m:7"
    assert cosines[0] == pytest.approx(1, abs=1e-5)
    index.remove("mara", ["m:7", "m:none"])
    assert index.nearest("mara", vectors[7], 1)[0] != ("m:7",)
    assert index.ids("mara") == frozenset(ids) - {"m:7"}
    index.close()
    assert index.count("mara") == 199
    other = ChromaServer(home, "two", "127.0.0.1", port)
    with pytest.raises(IndexLost, match="another embedder"):
        other.count("mara")
    other.close()
    index.drop("mara")
    index.drop("mara")
    assert index.count("mara") == 0
    index.close()


def test_two_homes_share_a_server_and_nothing_else(port: int, tmp_path: Path, unit: Unit) -> None:
    one, other = (ChromaServer(tmp_path / name, "one", "127.0.0.1", port) for name in ("one", "other"))
    one.upsert("mara", ["m:1"], unit(1))
    other.upsert("mara", ["m:2"], unit(1))
    assert one.ids("mara") == {"m:1"}
    assert other.ids("mara") == {"m:2"}
    one.close()
    other.close()


def test_a_collection_that_someone_deleted_is_lost_and_then_new(port: int, home: Path, unit: Unit) -> None:
    index, rival = (ChromaServer(home, "one", "127.0.0.1", port) for _ in range(2))
    index.upsert("jonas", ["m:1"], unit(1))
    rival.drop("jonas")
    with pytest.raises(IndexLost):
        index.nearest("jonas", unit(1)[0], 1)
    index.upsert("jonas", ["m:1"], unit(1))
    assert index.count("jonas") == 1
    index.close()
    rival.close()


def test_a_server_that_is_away_or_silent_is_an_error_for_people(home: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        number = silent.getsockname()[1]
        away = ChromaServer(home, "one", "127.0.0.1", number)
        with pytest.raises(StorageError, match="does not answer") as raised:
            away.nearest("mara", np.ones(4, np.float32) / 2, 1)
        assert "COMPANION_CHROMA" in raised.value.hint
        silent.listen()
        with pytest.raises(StorageError, match="does not answer"):
            ChromaServer(home, "one", "127.0.0.1", number, timeout_s=0.2).count("mara")
