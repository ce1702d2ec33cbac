"""A desk with the real store and library in a folder of its own, a fake engine and a fake gate."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from companion.casting import Cast
from companion.events import Event, TextDelta
from companion.feel.fake import FakeFeels
from companion.guard.fake import FakeGate
from companion.persona.library import Library
from companion.remember.fake import FakeEmbedder, FakeVectors
from companion.remember.recall import Recall
from companion.settings import Settings
from companion.store.chronicle import Chronicle
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.memories import Memories
from companion.store.versions import Versions
from companion.think.fake import FakeEngine
from companion.think.layout import Budget, Layout
from companion.turn import Desk, Order, Writer, take_turn

PERSONAS = Path(__file__).parents[1] / "personas"


@cache
def library() -> Library:
    """Shipped personas only; reading them once is enough for all tests."""
    return Library(PERSONAS, PERSONAS / "none")


class Clock:
    """Each look at it is one second later; `pass_by` moves it on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


class Ticks:
    """A stopwatch's source: every look is `step_s` later."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.step_s = step_s
        self.now = 0.0

    def __call__(self) -> float:
        self.now += self.step_s
        return self.now


@dataclass(frozen=True)
class Setup:
    """The desk and the doubles behind it."""

    desk: Desk
    engine: FakeEngine
    gate: FakeGate
    clock: Clock
    store: Conversations
    memories: Memories
    conversation_id: str

    def take(self, kind: str = "send", text: str = "", message_id: str = "", cancel: threading.Event | None = None) -> list[Event]:
        return list(self.begin(kind, text, message_id, cancel))

    def begin(self, kind: str = "send", text: str = "", message_id: str = "", cancel: threading.Event | None = None) -> Iterator[Event]:
        return take_turn(self.desk, Order(self.conversation_id, kind, text, message_id), cancel or threading.Event())  # type: ignore[arg-type]

    def order(self, text: str) -> Order:
        return Order(self.conversation_id, "send", text)

    def texts(self) -> list[str]:
        return [message.text for message in self.store.path(self.conversation_id)]


def set_up(
    home: Path,
    *scripts: list[str],
    ticks: Ticks | None = None,
    gate: bool = False,
    linger: bool = False,
    deaf: bool = False,
    fail_with: Exception | None = None,
    capable: bool = False,
    people: Library | None = None,
) -> Setup:
    clock, guard = Clock(), FakeGate()
    engine = FakeEngine(*scripts, gate=gate, linger=linger, deaf=deaf, fail_with=fail_with, capable=capable)
    database = open_database(home)
    store, memories = Conversations(database, clock), Memories(database, clock)
    layout = Layout(engine.count_tokens, budget=Budget.of(4096, 320))
    writer = Writer(engine, layout)
    remembers = Recall(database, memories, FakeEmbedder(), FakeVectors())
    chronicle = Chronicle(database, clock)
    cast = Cast(people or library(), Versions(database, clock), store)
    desk = Desk(
        store, cast, guard, lambda choice: writer, Settings(home=home), FakeFeels(), remembers, chronicle, tick=ticks or Ticks(0.001)
    )
    return Setup(desk, engine, guard, clock, store, memories, store.create("mara", ("Hello, I am Mara.", "Ahoy.")).id)


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def said(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))
