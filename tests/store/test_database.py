"""Opening a home, and what goes wrong there in plain words."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from companion.errors import StorageError
from companion.store.conversations import Conversations
from companion.store.database import DATABASE_NAME, open_database, reading, writing


def test_home_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    engine = open_database(home)
    Conversations(engine).create("mira", ["Hello."])
    assert home.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in home.iterdir()} == {0o600}
    engine.dispose()


def test_every_connection_is_durable_and_wipes(engine) -> None:
    with reading(engine) as one, reading(engine) as two:
        for connection in (one, two):
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2  # FULL
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_reader_sees_one_state_while_others_write(engine, kept: Conversations) -> None:
    with reading(engine) as connection:
        count = "SELECT count(*) FROM conversations"
        assert connection.exec_driver_sql(count).scalar_one() == 0
        kept.create("mira", [])
        assert connection.exec_driver_sql(count).scalar_one() == 0
    assert len(kept.list()) == 1


def test_failed_block_leaves_nothing(engine, kept: Conversations) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        connection.exec_driver_sql("DELETE FROM actions")
        raise ZeroDivisionError
    conversation = kept.create("mira", ["Hello."])
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        connection.exec_driver_sql("UPDATE messages SET text = 'lost'")
        raise ZeroDivisionError
    assert kept.path(conversation.id)[0].text == "Hello."


def test_a_database_held_by_another_program_is_explained(home: Path, monkeypatch) -> None:
    monkeypatch.setattr("companion.store.database.BUSY_MS", 20)
    engine = open_database(home)
    kept = Conversations(engine)
    with closing(sqlite3.connect(home / DATABASE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert kept.list() == ()  # reading goes on
        with pytest.raises(StorageError, match="Another program") as refused:
            kept.create("mira", [])
        assert refused.value.retryable
        other.execute("ROLLBACK")
    kept.create("mira", [])
    engine.dispose()


@pytest.mark.parametrize("content", [b"This is a diary, not a database. " * 200, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_explained_and_kept(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / DATABASE_NAME).write_bytes(content)
    with pytest.raises(StorageError, match="damaged") as refused:
        open_database(home)
    assert refused.value.__cause__ is not None
    assert (home / DATABASE_NAME).read_bytes() == content


def test_damage_found_later_is_explained(home: Path) -> None:
    engine = open_database(home)
    kept = Conversations(engine)
    conversation = kept.create("mira", ["Hello. " * 2000])
    kept.purge(conversation.created_at)  # everything into the one file
    engine.dispose()
    path = home / DATABASE_NAME
    content = bytearray(path.read_bytes())
    content[8192:] = b"\x5a" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(StorageError, match="damaged"):
        engine = open_database(home)
        Conversations(engine).path(conversation.id)
    engine.dispose()


def test_a_home_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(StorageError, match="cannot write") as refused:
        open_database(tmp_path / "home")
    assert "COMPANION_HOME" in refused.value.hint


def test_our_own_mistakes_stay_loud(engine, kept: Conversations) -> None:
    with pytest.raises(OperationalError), reading(engine) as connection:
        connection.exec_driver_sql("SELECT nonsense FROM nowhere")
    conversation = kept.create("mira", ["Hello."])
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.exec_driver_sql("UPDATE messages SET parent_id = 'nobody' WHERE conversation_id = ?", (conversation.id,))
