from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui.room import Room


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    opened: list[Room] = []

    def open_room(*scripts: Any, **options: Any) -> Room:
        opened.append(Room(tmp_path / f"home-{len(opened)}", *scripts, **options))
        return opened[-1]

    yield open_room
    for room in opened:
        room.companion.close()
