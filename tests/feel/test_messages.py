from pathlib import Path

import numpy as np
import pytest

from companion.feel.messages import MessageReader
from companion.feel.topics import Topics
from companion.store.backlog import MESSAGE
from companion.store.database import open_database
from companion.store.memories import Memories, Unembedded
from companion.store.readings import Readings
from companion.store.transcripts import Line, bring_in
from tests.store.test_readings import LONG_AGO


class Room:
    """A home with one round of talk, and how often a reader said that it read something."""

    def __init__(self, folder: Path, embedder: str) -> None:
        engine = open_database(folder)
        bring_in(engine, "mara", [Line("user", "my boss shouted at me", LONG_AGO), Line("persona", "my boss is kind", LONG_AGO)])
        self.readings, self.memories, self.done = Readings(engine), Memories(engine), 0
        self.reader = MessageReader(embedder, Topics.open(), self.readings, danger=lambda text: "danger" in text, done=self._done)

    def _done(self) -> None:
        self.done += 1

    def read(self, *more: Unembedded) -> list[tuple[str, ...]]:
        items = [*self.memories.unembedded(), *more]
        direction = np.random.default_rng(3).standard_normal((len(items), 384)).astype(np.float32)
        self.reader.read(items, direction / np.linalg.norm(direction, axis=1, keepdims=True))
        return [one.topics for one in self.readings.felt("mara", LONG_AGO)]


def test_what_the_user_said_is_read_and_what_she_said_is_not(tmp_path: Path) -> None:
    room = Room(tmp_path, "all-MiniLM-L6-v2")
    assert room.read() == [("work",)] and room.done == 1
    (felt,) = room.readings.felt("mara", LONG_AGO)
    assert -1 <= felt.valence <= 1 and all(0 < share <= 1 for share in felt.feelings.values())


def test_what_speaks_of_danger_is_not_read(tmp_path: Path) -> None:
    room = Room(tmp_path, "all-MiniLM-L6-v2")
    (own, _) = room.memories.unembedded()
    room.reader.read([Unembedded(MESSAGE + "0" * 32, "mara", "danger at work", "user")], np.ones((1, 384), np.float32))
    assert room.done == 0 and own.text == "my boss shouted at me"


def test_vectors_of_another_embedder_are_left_alone(tmp_path: Path) -> None:
    room = Room(tmp_path, "all-mpnet-base-v2")
    room.reader.read(room.memories.unembedded(), np.ones((2, 768), np.float32))
    assert room.readings.felt("mara", LONG_AGO) == () and room.done == 0


@pytest.mark.parametrize("embedder", ["all-MiniLM-L6-v2", "all-mpnet-base-v2"])
def test_nothing_to_read_is_no_reason_to_wake_anyone(tmp_path: Path, embedder: str) -> None:
    room = Room(tmp_path, embedder)
    room.reader.read([], np.ones((0, 384), np.float32))
    assert room.done == 0
