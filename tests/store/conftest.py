"""A home of its own and a clock that is wound by hand."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Memories


class Clock:
    """Each look at it is one second later."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    engine = open_database(home)
    yield engine
    engine.dispose()


@pytest.fixture
def kept(engine: Engine, clock: Clock) -> Conversations:
    return Conversations(engine, clock)


@pytest.fixture
def remembered(engine: Engine, clock: Any) -> Memories:
    return Memories(engine, clock)


@pytest.fixture
def say(kept: Conversations) -> Callable[..., Any]:
    """Says something in a conversation with Mira and is answered; the user's message."""
    first = kept.create("mira", ["Hello."]).id

    def said(text: str, answer: str = "I see.", conversation_id: str = "") -> Any:
        user, reply = kept.begin_turn(conversation_id or first, text)
        kept.finish_reply(reply.id, answer, "complete", "end")
        return user

    return said
