"""Things to remember, for tests."""

from datetime import UTC, datetime
from typing import Any

from companion.store.memories import Memory, New, slot_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def sister(name: str, *messages: Any, **more: Any) -> New:
    """That the sister is called so."""
    about = {"subject": "sister", "attribute": "name", "value": name, "slot": slot_of("sister", "name")}
    told = {"said_at": messages[0].created_at if messages else NOON, "sources": tuple(message.id for message in messages)}
    return New("fact", f"their sister is called {name}", **about | told | more)


def texts(memories: tuple[Memory, ...]) -> list[str]:
    return [memory.text for memory in memories]
