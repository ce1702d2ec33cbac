"""Both Spaces, started as Hugging Face starts them: from their own folder, by `python app.py`, with its variables set."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from huggingface_hub import SpaceCard, SpaceHardware

ROOT = Path(__file__).parents[2]
FLAVOURS = ("cpu", "zerogpu")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def space(folder: Path, home: Path | None = None) -> Iterator[tuple[str, list[str]]]:
    """A Space that is up: its address, and what it has printed."""
    port = free_port()
    variables = {
        "SYSTEM": "spaces",
        "SPACE_ID": "someone/companion",
        "SPACE_HOST": "someone-companion.hf.space",
        "GRADIO_SERVER_PORT": str(port),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COMPANION_", "PYTHONPATH"))}
    if home:
        variables["COMPANION_HOME"] = str(home)
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=folder, env=kept | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout
    printed: list[str] = []

    def read() -> None:
        printed.extend(process.stdout)

    reader = threading.Thread(target=read)
    reader.start()
    address = f"http://127.0.0.1:{port}"
    try:
        while not answers(address):
            assert process.poll() is None, "".join(printed)
        yield address, printed
    finally:
        process.terminate()
        process.wait()
        reader.join()
        process.stdout.close()


def answers(address: str) -> bool:
    """Whether the page is served yet; asks for half a second."""
    asked = httpx.Client(transport=httpx.HTTPTransport(retries=2))  # waits a little longer before each retry
    try:
        return asked.get(f"{address}/config", timeout=60).is_success
    except httpx.ConnectError:
        return False
    finally:
        asked.close()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_space_starts_in_the_repository(flavour, tmp_path):
    with space(ROOT / "spaces" / flavour, tmp_path / "home") as (address, printed):
        assert "Companion" in httpx.get(f"{address}/config", timeout=60).text
    assert "Everyone who opens this Space shares" in "".join(printed)
    assert (tmp_path / "home" / "companion.sqlite3").exists()


def test_a_space_is_complete_when_it_is_pushed(tmp_path):
    (tmp_path / "repository").mkdir()
    for name in ("companion", "personas", "spaces", "Makefile", "LICENSE"):
        (tmp_path / "repository" / name).symlink_to(ROOT / name)
    subprocess.run(["make", "space", "FLAVOUR=cpu"], cwd=tmp_path / "repository", check=True, capture_output=True)
    pushed = tmp_path / "pushed"
    shutil.move(tmp_path / "repository" / "build" / "space-cpu", pushed)
    assert not list(pushed.rglob("__pycache__"))
    with space(pushed) as (address, printed):
        assert "Companion" in httpx.get(f"{address}/config", timeout=60).text
    assert "gone when it restarts" in "".join(printed) or Path("/data").exists()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_front_matter_is_read_as_it_is_meant(flavour):
    data = SpaceCard.load(ROOT / "spaces" / flavour / "README.md").data
    assert (data.sdk, data.app_file, data.license) == ("gradio", "app.py", "apache-2.0")
    assert data.suggested_hardware in {hardware.value for hardware in SpaceHardware}
    assert len(data.short_description) <= 60
