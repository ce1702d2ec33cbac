"""The tables on disk are those the code knows, and an upgrade never costs anything."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from companion.errors import StorageError
from companion.store.conversations import Conversations
from companion.store.database import DATABASE_NAME, open_database, reading
from companion.store.schema import MIGRATIONS, bring_up_to_date
from companion.store.tables import metadata
from companion.store.triggers import statements

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{head}"

def upgrade():
    with op.batch_alter_table("conversations", recreate="always") as table:
        table.add_column(sa.Column("mood", sa.String))
    {then}
"""


@pytest.fixture
def home_with_words(home: Path) -> Path:
    engine = open_database(home)
    kept = Conversations(engine)
    kept.begin_turn(kept.create("mira", ["Hello."]).id, "Keep this")
    engine.dispose()
    return home


def newer(folder: Path, then: str = "pass") -> Path:
    """The migrations of the next release: one step more."""
    target = folder / "migrations"
    shutil.copytree(MIGRATIONS, target)
    head = max(path.name[:4] for path in (target / "versions").glob("0*.py"))
    (target / "versions" / "9001_mood.py").write_text(NEXT.format(head=head, then=then))
    return target


def words(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM messages ORDER BY sequence")]


def test_tables_on_disk_are_those_in_the_code(engine) -> None:
    indexes = ("message_words", "memory_words")  # FTS5 makes tables of its own below these names

    def ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or not str(name).startswith(indexes)

    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours})
        assert compare_metadata(context, metadata) == []
        assert sorted(connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger'").scalars()) == sorted(statements())


def test_upgrade_keeps_every_row_and_leaves_a_copy(home_with_words: Path, tmp_path: Path) -> None:
    path = home_with_words / DATABASE_NAME
    bring_up_to_date(path, newer(tmp_path))
    assert words(path) == ["Hello.", "Keep this", ""]
    with closing(sqlite3.connect(path)) as connection:
        assert "mood" in [column[1] for column in connection.execute("PRAGMA table_info(conversations)")]
    (copy,) = home_with_words.glob("companion-before-*.sqlite3")
    assert words(copy) == ["Hello.", "Keep this", ""]
    assert copy.stat().st_mode & 0o777 == 0o600


def test_failed_upgrade_leaves_everything_as_it_was(home_with_words: Path, tmp_path: Path) -> None:
    path = home_with_words / DATABASE_NAME
    with pytest.raises(ZeroDivisionError):
        bring_up_to_date(path, newer(tmp_path, then="1 / 0"))
    engine = open_database(home_with_words)
    kept = Conversations(engine)
    assert [line.title for line in kept.list()] == ["Keep this"]
    engine.dispose()


def test_newer_database_is_left_alone(home_with_words: Path, tmp_path: Path) -> None:
    path = home_with_words / DATABASE_NAME
    bring_up_to_date(path, newer(tmp_path))
    with pytest.raises(StorageError, match="newer Companion") as refused:
        open_database(home_with_words)
    assert "Update" in refused.value.hint
    assert words(path) == ["Hello.", "Keep this", ""]


def test_somebody_elses_database_is_left_alone(home: Path) -> None:
    home.mkdir()
    with closing(sqlite3.connect(home / DATABASE_NAME)) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    with pytest.raises(StorageError, match="not a Companion database"):
        open_database(home)
    with closing(sqlite3.connect(home / DATABASE_NAME)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]


def test_opening_twice_makes_no_copy(home_with_words: Path) -> None:
    open_database(home_with_words).dispose()
    assert list(home_with_words.glob("companion-before-*")) == []
