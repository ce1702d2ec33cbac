"""Export and import lose nothing, whatever is remembered: through the bytes of a file, as people take it."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, update

from companion.bringing import Bringing
from companion.store.conversations import Conversations
from companion.store.database import open_database, writing
from companion.store.memories import Imported, Memories, Memory, New, slot_of
from companion.store.tables import memories
from companion.store.transcripts import Line, bring_in
from tests.desk import library
from tests.store.modelled import empty

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SAID = 6
Whole = st.characters(exclude_categories=["Cs"])
Words = st.text(Whole, max_size=30)
Written = st.text(Whole, min_size=1, max_size=60).filter(str.strip)
Times = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
Shares = st.floats(0, 1, allow_nan=False)
Notes = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["fact", "event", "pattern", "summary"]),
        "text": Written,
        "subject": st.one_of(st.just("sister"), Words),
        "attribute": st.one_of(st.just("name"), Words),
        "value": st.none() | Words,
        "competes": st.booleans(),
        "denies": st.booleans(),
        "said_at": st.one_of(st.just(NOW), Times),
        "holds_from": st.none() | Times,
        "holds_until": st.none() | Times,
        "importance": Shares,
        "sources": st.sets(st.integers(0, SAID - 1)),
    }
)
Life = st.fixed_dictionaries(
    {
        "pinned": st.booleans(),
        "hidden": st.booleans(),
        "recalls": st.integers(0, 3),
        "recalled_at": st.none() | Times,
        "strength": st.floats(0.01, 1e6),
        "created_at": Times,
        "edited_at": st.none() | Times,
    }
)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Path(folder))

        @event.listens_for(engine, "connect")
        def prepare(connection: object, _: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]

        yield engine
        engine.dispose()


def remember(engine: Engine, notes: list[tuple[dict[str, object], dict[str, object]]], unsaid: bool) -> Memories:
    """A home with a talk, whose end may be taken back, and notes with a life behind them."""
    empty(engine)
    conversations, kept = Conversations(engine, lambda: NOW), Memories(engine, lambda: NOW)
    talk = bring_in(engine, "mara", [Line("persona" if i % 2 else "user", f"message {i}", NOW + timedelta(hours=i)) for i in range(SAID)])
    path = [message.id for message in conversations.path(talk.id)]
    for note, life in notes:
        given_ = dict(note)
        sources = tuple(path[i] for i in sorted(given_.pop("sources")))  # type: ignore[call-overload]
        slot = slot_of(str(note["subject"]).strip(), str(note["attribute"]).strip()) if given_.pop("competes") else ""
        new = New(given_.pop("kind"), given_.pop("text"), slot=slot, sources=sources, **given_)  # type: ignore[arg-type]
        memory = kept.add("mara", new, by_hand=not sources)
        with writing(engine) as connection:
            connection.execute(update(memories).where(memories.c.id == memory.id).values(life))
    if unsaid:
        conversations.delete_message(path[3])
    return kept


def bring(engine: Engine, kept: Memories, exported: bytes) -> Imported:
    return Bringing(engine, kept, lambda: None).bring_in(library().get("mara"), "memories.jsonl", exported, NOW)


def all_of(kept: Memories) -> list[Memory]:
    """Everything that is exported, in an order that does not depend on rows."""
    return sorted(kept.list("mara", state="all", limit=1000), key=lambda memory: memory.id)


@settings(deadline=None, max_examples=int(os.environ.get("COMPANION_EXPORT_EXAMPLES", "40")))
@given(notes=st.lists(st.tuples(Notes, Life), min_size=1, max_size=8), unsaid=st.booleans())
def test_what_is_exported_comes_back_as_it_was(engine: Engine, notes: list, unsaid: bool) -> None:
    kept = remember(engine, notes, unsaid)
    before, exported = kept.list("mara", state="all"), list(kept.export("mara"))
    assert len(exported) == len(before)
    kept.finish(kept.forget([memory.id for memory in before]).token)
    done = bring(engine, kept, "".join(exported).encode())
    assert (done.added, done.skipped, done.problems) == (len(before), 0, ())
    assert kept.list("mara", state="all") == before
    assert list(kept.export("mara")) == exported
    assert bring(engine, kept, "".join(exported).encode()).added == 0


@settings(deadline=None, max_examples=int(os.environ.get("COMPANION_EXPORT_EXAMPLES", "40")))
@given(notes=st.lists(st.tuples(Notes, Life), min_size=1, max_size=8), left=st.integers(0, 7))
def test_what_is_there_still_is_skipped_and_the_rest_comes_back(engine: Engine, notes: list, left: int) -> None:
    kept = remember(engine, notes, False)
    exported = list(kept.export("mara"))
    there = kept.list("mara", state="all")
    gone = [memory.id for i, memory in enumerate(there) if i != left % len(there)]
    if gone:
        kept.finish(kept.forget(gone).token)
    done = bring(engine, kept, "".join(exported).encode())
    assert (done.added, done.skipped, done.problems) == (len(gone), 1, ())
    assert sorted(kept.export("mara")) == sorted(exported)


@settings(deadline=None, max_examples=int(os.environ.get("COMPANION_EXPORT_EXAMPLES", "40")))
@given(notes=st.lists(st.tuples(Notes, Life), min_size=1, max_size=8), unsaid=st.booleans())
def test_in_another_home_what_stood_is_as_if_written_by_hand(engine: Engine, notes: list, unsaid: bool) -> None:
    kept = remember(engine, notes, unsaid)
    stood, exported = [memory for memory in all_of(kept) if memory.stands or memory.by_hand], list(kept.export("mara"))
    empty(engine)
    done = bring(engine, kept, "".join(exported).encode())
    assert (done.added, done.skipped, done.problems) == (len(stood), len(exported) - len(stood), ())
    plain = {"sources": (), "by_hand": True, "in_force": True, "in_force_until": None, "superseded_by": None}
    assert [replace(memory, **plain) for memory in all_of(kept)] == [replace(memory, **plain) for memory in stood]
