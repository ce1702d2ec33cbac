"""Bringing a database to the tables this program knows: a copy first, then Alembic's steps in one transaction."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy import exc as sqlalchemy_errors

from companion.errors import StorageError
from companion.store import triggers
from companion.store.database import BACKUP_NAME, connect, damaged, in_plain_words, writing

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(path: Path, migrations: Path = MIGRATIONS) -> None:
    """Upgrades the database in place; if a step fails, nothing of the upgrade stays.

    Raises:
        StorageError: it was made by a newer Companion, is not a Companion database, or cannot be read or written.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    steps = ScriptDirectory.from_config(config)
    # Rebuilding a table, SQLite's way to alter one, must not set off its foreign keys; they are checked at the end.
    engine = connect(path, foreign_keys=False)
    try:
        with writing(engine) as connection:
            present = _revision(connection, path)
            if present == steps.get_current_head():
                return
            if present is not None:
                if present not in {step.revision for step in steps.walk_revisions()}:
                    raise StorageError(
                        f"{path} was made by a newer Companion.", hint="Update Companion, or set COMPANION_HOME to another folder."
                    )
                back_up(path, path.with_name(BACKUP_NAME.format(revision=steps.get_current_head())))
            config.attributes["connection"] = connection
            triggers.drop(connection)
            command.upgrade(config, "head")
            triggers.create(connection)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                raise damaged(path)
    finally:
        engine.dispose()


def back_up(source: Path, target: Path) -> None:
    """Copies a database as it stands, in full or not at all.

    Raises:
        StorageError: the copy cannot be read or written.
    """
    unfinished = target.with_suffix(".unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600)
        with closing(sqlite3.connect(source)) as original, closing(sqlite3.connect(unfinished)) as copy:
            original.backup(copy)
        unfinished.replace(target)
    except sqlite3.Error as error:
        told = in_plain_words(error, source)
        if told is None:
            raise
        raise told from error
    except OSError as error:
        raise StorageError(
            f"{source} could not be copied before its upgrade.", hint="Check the folder's permissions and its free space."
        ) from error


def _revision(connection: Connection, path: Path) -> str | None:
    """Which step the database stands at; None for an empty one."""
    tables = inspect(connection).get_table_names()
    if not tables:
        return None
    try:
        return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
    except (sqlalchemy_errors.OperationalError, sqlalchemy_errors.NoResultFound) as error:
        raise damaged(path) from error
