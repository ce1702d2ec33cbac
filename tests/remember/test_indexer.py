"""What the background thread makes of a home's texts, beside replies, damage and crashes."""

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from companion.errors import ModelError, StorageError
from companion.remember.chroma_index import ChromaIndex
from companion.remember.fake import FakeEmbedder, FakeVectors
from companion.remember.indexer import Indexer
from companion.remember.marks import Marks
from companion.remember.repeats import MOST_ALIKE, SAME
from companion.remember.vectors import VectorIndex
from companion.store.database import reading, writing
from companion.store.memories import Memories, New
from companion.store.transcripts import Line, bring_in

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAIT_S = 60.0


class Room:
    """A home with conversations, and the indexer that works on it."""

    def __init__(self, engine: Engine, vectors: VectorIndex | None = None) -> None:
        self.engine, self.memories, self.marks = engine, Memories(engine), Marks(engine)
        self.embedder, self.fake = FakeEmbedder(), FakeVectors()
        self.vectors: VectorIndex = vectors or self.fake
        self.busy = threading.Event()
        self.asked = threading.Event()
        self._indexers: list[Indexer] = []

    def is_busy(self) -> bool:
        self.asked.set()
        return self.busy.is_set()

    def say(self, *texts: str, persona_id: str = "mara") -> None:
        lines = [Line("persona" if i % 2 else "user", text, NOW) for i, text in enumerate(texts)]
        bring_in(self.engine, persona_id, lines)

    def note(self, text: str) -> str:
        return self.memories.add("mara", New("fact", text, said_at=NOW), by_hand=True).id

    def indexer(self, retry_s: float = 3600) -> Indexer:
        indexer = Indexer(self.memories, self.marks, self.embedder, self.vectors, busy=self.is_busy, retry_s=retry_s)
        self._indexers.append(indexer)
        indexer.start()
        return indexer

    def settle(self) -> Indexer:
        indexer = self.indexer()
        assert indexer.settled(WAIT_S)
        return indexer

    def nearest(self, text: str, persona_id: str = "mara") -> tuple[str, ...]:
        return self.vectors.nearest(persona_id, self.embedder.encode([text])[0], 1)[0]

    def close(self) -> None:
        self.busy.clear()
        for indexer in self._indexers:
            indexer.stop()


@pytest.fixture
def room(engine: Engine) -> Iterator[Room]:
    room = Room(engine)
    yield room
    room.close()


def all_marked(room: Room, persona_id: str = "mara") -> bool:
    return not room.memories.unembedded(1) and room.vectors.ids(persona_id) == room.marks.of(persona_id)


def test_everything_is_embedded_with_its_speaker(room: Room) -> None:
    room.say("my boat is blue", "What is its name?")
    note = room.note("their boat is blue")
    room.say("no boats here", persona_id="jonas")
    indexer = room.settle()
    spoken = ["persona: What is its name?", "user: my boat is blue", "user: no boats here"]
    assert sorted(room.embedder.asked) == sorted([*spoken, "their boat is blue"])
    assert all_marked(room)
    assert all_marked(room, "jonas")
    assert room.nearest("their boat is blue") == (f"k:{note}",)
    assert indexer.progress() is None


def test_what_is_added_later_is_taken_when_it_wakes(room: Room) -> None:
    indexer = room.settle()
    room.say("hello there")
    indexer.wake()
    assert indexer.settled(WAIT_S)
    assert all_marked(room)
    assert room.vectors.count("mara") == 1


def marked(room: Room, text: str) -> list[tuple[bool, bool]]:
    """Of each message of these words, whether it counts as embedded, and whether another stands for it."""
    with reading(room.engine) as connection:
        rows = connection.exec_driver_sql("SELECT embedded, same_as IS NOT NULL FROM messages WHERE text = ? ORDER BY sequence", (text,))
        return [(bool(embedded), bool(shared)) for embedded, shared in rows]


def test_what_is_said_again_and_again_has_few_vectors(room: Room) -> None:
    room.say(*("ok", "Go on.") * 10)
    indexer = room.settle()
    assert room.vectors.count("mara") == 2 * MOST_ALIKE
    assert all_marked(room)
    room.say(*("ok", "Go on.") * 10, "the harbour was blue")
    indexer.wake()
    assert indexer.settled(WAIT_S)
    assert room.vectors.count("mara") == 2 * MOST_ALIKE + 1
    assert all_marked(room)
    assert marked(room, "ok") == [(True, False)] * MOST_ALIKE + [(True, True)] * (20 - MOST_ALIKE)


def test_when_one_that_stood_for_others_goes_another_takes_its_place(room: Room) -> None:
    room.say(*("ok", "Go on.") * 10)
    indexer = room.settle()
    with writing(room.engine) as connection:
        first = connection.exec_driver_sql("SELECT sequence FROM messages WHERE text = 'ok' ORDER BY sequence").scalars().all()
        connection.exec_driver_sql("UPDATE messages SET text = 'a boat' WHERE sequence = ?", (first[0],))
    indexer.wake()
    assert indexer.settled(WAIT_S)
    assert room.vectors.count("mara") == 2 * MOST_ALIKE + 1
    assert all_marked(room)
    with writing(room.engine) as connection:  # one that had a vector of its own says now what was said often
        connection.exec_driver_sql("UPDATE messages SET text = 'ok' WHERE sequence = ?", (first[0],))
    indexer.wake()
    assert indexer.settled(WAIT_S)
    assert room.vectors.count("mara") == 2 * MOST_ALIKE
    assert all_marked(room)
    assert sorted(marked(room, "ok")) == [(True, False)] * MOST_ALIKE + [(True, True)] * (10 - MOST_ALIKE)


def test_an_index_made_anew_has_few_vectors_of_the_same_as_well(room: Room) -> None:
    room.say(*("ok", "Go on.") * 10)
    indexer = room.settle()
    indexer.rebuild()
    assert indexer.settled(WAIT_S)
    assert room.vectors.count("mara") == 2 * MOST_ALIKE
    assert all_marked(room)


def test_nothing_is_out_of_reach_behind_what_was_said_often(engine: Engine, tmp_path: Path) -> None:
    with closing(ChromaIndex(tmp_path / "vectors", FakeEmbedder().name)) as index:
        room = Room(engine, index)
        said = [f"w{i % 60} w{i * 7 % 53} w{i * i % 59}" for i in range(150)]
        room.say(*(text for one in said for text in (one, "Go on.", "ok", "Go on.")))
        room.settle()
        everything = len(said) + 2 * MOST_ALIKE
        assert index.count("mara") == everything
        for text in ("persona: Go on.", "user: ok", f"user: {said[0]}"):
            found, cosines = index.nearest("mara", room.embedder.encode([text])[0], everything)
            assert len(found) > 0.95 * everything  # a graph promises no more
            assert (cosines > SAME).sum() <= MOST_ALIKE
        room.close()


def test_nothing_is_embedded_while_a_reply_is_under_way(room: Room) -> None:
    room.busy.set()
    room.say("hello there")
    indexer = room.indexer()
    assert room.asked.wait(WAIT_S)
    assert not indexer.settled(0.2)
    assert room.embedder.asked == []
    room.busy.clear()
    assert indexer.settled(WAIT_S)
    assert all_marked(room)


def test_it_says_how_far_it_is(room: Room) -> None:
    room.say(*(f"sentence {number}" for number in range(200)))
    seen: list[tuple[int, int] | None] = []
    encode, room_of = room.embedder.encode, []

    def watched(texts: list[str]) -> object:
        seen.append(room_of[0].progress())
        return encode(texts)

    room.embedder.encode = watched  # type: ignore[method-assign,assignment]
    indexer = Indexer(room.memories, room.marks, room.embedder, room.vectors)
    room_of.append(indexer)
    indexer.start()
    assert indexer.settled(WAIT_S)
    indexer.stop()
    assert seen[0] == (0, 200)
    assert seen[-1] == (192, 200)
    assert indexer.progress() is None


def test_it_stops_at_once_and_goes_on_at_the_next_start(room: Room) -> None:
    room.say(*(f"sentence {number}" for number in range(300)))
    room.busy.set()
    indexer = room.indexer()
    assert room.asked.wait(WAIT_S)
    indexer.stop()
    assert room.memories.unembedded(1000) != ()
    room.busy.clear()
    room.settle()
    assert all_marked(room)
    assert room.vectors.count("mara") == 300


def test_what_is_forgotten_leaves_the_index_and_comes_back_with_undo(room: Room) -> None:
    note = room.note("their boat is blue")
    room.note("their cat is old")
    indexer = room.settle()
    forgotten = room.memories.forget([note])
    indexer.wake()
    assert indexer.settled(WAIT_S)
    assert f"k:{note}" not in room.vectors.ids("mara")
    assert room.memories.stale() == ()
    room.memories.undo_forget(forgotten.token)
    indexer.wake()
    assert indexer.settled(WAIT_S)
    assert room.nearest("their boat is blue") == (f"k:{note}",)
    assert all_marked(room)


def test_a_note_that_is_edited_is_embedded_again(room: Room) -> None:
    note = room.note("their boat is blue")
    indexer = room.settle()
    room.memories.edit(note, "their boat is green now")
    indexer.wake()
    assert indexer.settled(WAIT_S)
    assert room.vectors.count("mara") == 1
    assert room.embedder.asked[-1] == "their boat is green now"


def test_an_index_that_is_gone_is_filled_again(room: Room) -> None:
    room.say("my boat is blue", "Is it?")
    room.settle()
    room.vectors.drop("mara")
    room.settle()
    assert all_marked(room)
    assert room.nearest("user: my boat is blue") != ()


def test_an_index_that_is_lost_is_thrown_away_and_filled_again(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.say("my boat is blue", "Is it?")
    indexer = room.settle()
    room.fake.lost.add("mara")
    room.say("my cat is old")
    indexer.wake()  # it finds out while it works
    assert indexer.settled(WAIT_S)
    assert all_marked(room)
    assert room.vectors.count("mara") == 3
    room.fake.lost.add("mara")
    indexer.wake(unsure=True)  # or when it is told to look
    assert indexer.settled(WAIT_S)
    assert room.vectors.count("mara") == 3
    assert "boat" not in caplog.text


def test_an_index_that_lacks_some_and_has_others_too_many_is_put_right(room: Room) -> None:
    room.say("my boat is blue", "Is it?", "it is")
    room.settle()
    room.vectors.remove("mara", [min(room.vectors.ids("mara"))])
    room.vectors.upsert("mara", ["m:nobody", "m:nothing"], room.embedder.encode(["x", "y"]))
    room.embedder.asked.clear()
    room.settle()
    assert all_marked(room)
    assert len(room.embedder.asked) == 1


ERRORS = (ModelError("It does not load.", hint="Look."), StorageError("Full.", hint="Free."), ValueError("my boat is blue"))


def test_all_can_be_made_anew_with_its_progress_told(room: Room) -> None:
    room.say(*(f"sentence {number}" for number in range(200)))
    indexer = room.settle()
    room.fake.drop("mara")  # as if someone had exchanged the vectors for as many wrong ones
    ids = sorted(room.marks.of("mara"))
    room.fake.upsert("mara", ids, room.embedder.encode(["nonsense"] * len(ids)))
    told: list[tuple[int, int]] = []
    asked = len(room.embedder.asked)
    indexer.rebuild()
    indexer.follow(lambda done, total: told.append((done, total)))
    assert all_marked(room)
    assert len(room.embedder.asked) == asked + 200
    with room.engine.connect() as connection:
        (last,) = connection.exec_driver_sql("SELECT 'm:' || id FROM messages WHERE text = 'sentence 77'").one()
    assert room.nearest("persona: sentence 77") == (last,)
    assert told == sorted(told) and {total for _, total in told} <= {200}


@pytest.mark.parametrize("error", [ModelError("No embedder.", hint="Get one."), ValueError("sentence 1 is secret")])
def test_whoever_waits_is_told_what_went_wrong(room: Room, error: Exception) -> None:
    room.say("sentence 1")
    room.embedder.fail_with = error
    indexer = room.indexer()
    with pytest.raises(ModelError if isinstance(error, ModelError) else StorageError) as told:
        indexer.follow(lambda done, total: None)
    assert "secret" not in str(told.value)
    room.embedder.fail_with = None
    indexer.wake()
    indexer.follow(lambda done, total: None)
    assert all_marked(room)


@pytest.mark.parametrize("error", ERRORS)
def test_what_goes_wrong_is_logged_without_texts_and_tried_again(room: Room, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    room.say("my boat is blue")
    room.embedder.fail_with = error
    indexer = room.indexer(retry_s=0.01)
    while not caplog.records or indexer.progress() is not None:
        assert not indexer.settled(0.05)
    assert "boat" not in caplog.text
    room.embedder.fail_with = None
    assert indexer.settled(WAIT_S)
    assert all_marked(room)


def test_an_index_that_cannot_be_made_again_does_not_spin(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.say("my boat is blue")
    room.fake.lost.add("mara")
    drops: list[str] = []
    monkeypatch.setattr(room.fake, "drop", drops.append)
    indexer = room.indexer()
    assert not indexer.settled(0.5)
    assert drops == ["mara"]


def test_what_is_deleted_while_it_is_embedded_does_not_stay(room: Room) -> None:
    note = room.note("their boat is blue")
    upsert = room.fake.upsert

    def forgotten_meanwhile(persona_id: str, ids: list[str], vectors: object) -> None:
        room.memories.forget([note])
        upsert(persona_id, ids, vectors)  # type: ignore[arg-type]

    room.fake.upsert = forgotten_meanwhile  # type: ignore[method-assign,assignment]
    room.settle()
    assert room.vectors.ids("mara") == frozenset()


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from companion.remember import chroma_collection
from companion.remember.chroma_index import ChromaIndex
from companion.remember.fake import FakeEmbedder
from companion.remember.indexer import Indexer
from companion.remember.marks import Marks
from companion.remember.repeats import MOST_ALIKE, SAME
from companion.store.memories import Memories
chroma_collection.GRAPH["sync_threshold"] = 100
home = Path(sys.argv[1])
engine = open_database(home)
indexer = Indexer(Memories(engine), Marks(engine), FakeEmbedder(), ChromaIndex(home / "vectors", "fake"))
indexer.start()
while not indexer.settled(0.02):
    print(indexer.progress(), flush=True)
print("settled", flush=True)
"""


@pytest.mark.faults
def test_killed_at_any_moment_it_loses_nothing(home: Path, engine: Engine) -> None:
    room = Room(engine)
    texts = [f"sentence number {number} about thing {number * 7}" for number in range(3000)]
    room.say(*texts)
    command = [sys.executable, "-c", CHILD.format(root=str(Path(__file__).parents[2])), str(home)]
    for lines in (2, 5, 9, 14):
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _, line in zip(range(lines), child.stdout, strict=False):
            if "settled" in line:
                break
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    index = ChromaIndex(home / "vectors", "fake")
    room.vectors = index
    room.settle()
    assert all_marked(room)
    assert index.count("mara") == 3000
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT 'm:' || id, role || ': ' || text FROM messages ORDER BY sequence").all()
    for item_id, text in rows[::97]:
        assert index.nearest("mara", room.embedder.encode([text])[0], 1)[0] == (item_id,)
    room.close()
    index.close()
