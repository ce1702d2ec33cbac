"""Words in common, in one relationship among several."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from companion.errors import StorageError
from companion.remember import lexical
from companion.store.database import DATABASE_NAME, connect, fetch, reading
from companion.store.memories import Memories, New
from companion.store.transcripts import Line, bring_in

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOLD = ("the heron stood in the river", "a heron", "no bird here", "two herons and a river and a heron")


def say(engine: Engine, persona: str, *texts: str) -> None:
    bring_in(engine, persona, [Line("user", text, START + timedelta(minutes=i)) for i, text in enumerate(texts)])


def found(engine: Engine, word: str, most: int = 400, persona: str = "mara") -> list[tuple[str, float]]:
    """Texts and scores, best first."""
    with reading(engine) as connection:
        ((rows, scores),) = lexical.hits(connection, "message_words", persona, (word,), most)
        texts = dict(fetch(connection, "SELECT sequence, text FROM messages"))
    return [(texts[row], round(score, 4)) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)]


def test_a_word_is_found_in_its_forms_and_best_where_little_else_is_said(engine: Engine) -> None:
    say(engine, "mara", *TOLD)
    texts = [text for text, _ in found(engine, "heron")]
    assert texts[0] == "a heron" and len(texts) == 3 and found(engine, "zebra") == []


@pytest.mark.parametrize("most", [1, 2, 400])
def test_what_others_say_neither_comes_up_nor_takes_a_place(engine: Engine, most: int) -> None:
    say(engine, "mara", *TOLD)
    say(engine, "theo", *["heron"] * 6)
    mine = found(engine, "heron", most)
    assert [text for text, _ in mine] == ["a heron", TOLD[3], TOLD[0]][:most]
    assert len(found(engine, "heron", most, "theo")) == min(most, 6)


def test_notes_are_found_apart_from_what_was_said(engine: Engine) -> None:
    say(engine, "mara", *TOLD)
    memories = Memories(engine)
    for persona in ("mara", "theo"):
        memories.add(persona, New("fact", f"{persona} saw a heron", said_at=START), by_hand=True)
    with reading(engine) as connection:
        both = lexical.hits(connection, "memory_words", "mara", ("heron", "river"))
    assert [len(rows) for rows, _ in both] == [1, 0]


def test_rows_after_another_are_counted_no_further_than_asked(engine: Engine) -> None:
    say(engine, "mara", *TOLD)
    say(engine, "theo", "a river")
    with reading(engine) as connection:
        rows = lexical.having(connection, "mara", ("river", "bird"))
        assert len(rows) == 3 and lexical.having(connection, "mara", ("river", "bird"), after=rows[1]) == rows[2:]
        assert lexical.having(connection, "mara", ()) == [] and lexical.count(connection, "mara", "heron", 2) == 2


def test_a_damaged_database_says_so_and_a_mistake_of_ours_stays_one(engine: Engine, home: Path) -> None:
    say(engine, "mara", *TOLD)
    with reading(engine) as connection, pytest.raises(sqlite3.OperationalError):
        fetch(connection, "SELECT nothing")
    engine.dispose()
    path = home / DATABASE_NAME
    whole = path.read_bytes()
    with connect(path).connect() as connection:
        assert len(fetch(connection, "SELECT name FROM sqlite_master")) > 0
        path.write_bytes(whole[:4096] + b"\x55" * (len(whole) - 4096))
        with pytest.raises(StorageError, match="damaged"):
            fetch(connection, "SELECT text FROM messages")
