"""A server and an engine that speaks to it, both closed when the test ends."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from companion.think.remote import RemoteEngine
from tests.think.server import Connect, Serve, Server, serving


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as open_servers:
        yield lambda *answers, **options: open_servers.enter_context(serving(*answers, **options))


@pytest.fixture
def connect() -> Iterator[Connect]:
    engines: list[RemoteEngine] = []

    def engine(server: Server | str, model: str = "tiny", **options: Any) -> RemoteEngine:
        engines.append(RemoteEngine(server if isinstance(server, str) else server.url, model, **options))
        return engines[-1]

    yield engine
    for one in engines:
        one.unload()
