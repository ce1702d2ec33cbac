import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.errors import SettingsError
from companion.ui.page import check_address
from companion.ui.routes import routes
from tests.ui.room import Room

ROOT = Path(__file__).parents[2]


def test_a_port_in_use_is_said_before_anything_is_served() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="COMPANION_PORT"):
            check_address("127.0.0.1", taken.getsockname()[1])


def test_a_bad_setting_ends_the_program_with_a_sentence(tmp_path: Path) -> None:
    environment = {"COMPANION_HOME": str(tmp_path), "COMPANION_PORT": "none", "PATH": ""}
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "COMPANION_PORT" in done.stderr and "Traceback" not in done.stderr


def test_fonts_portraits_and_pictures_are_the_only_files_served_beside_the_page(rooms: Callable[..., Room]) -> None:
    assert {route.path for route in routes(rooms().companion)} == {
        "/companion/fonts",
        "/companion/portraits/{persona_id}/{scheme}/{shape}/{size_px:int}",
        "/companion/pictures/{picture_id}/{copy}",
        "/companion/pictures.zip",
        "/companion/sketches/{persona_id}/{size_px:int}",
        "/companion/drafts/{persona_id}/{digest}/{size_px:int}",
        "/companion/references/{persona_id}/{digest}",
    }
