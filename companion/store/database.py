"""The SQLite file under the home folder: opening it, transactions, and its errors in plain words.

Write-ahead log with full sync, so that what was acknowledged survives a crash; foreign keys on; freed pages overwritten.
Third parties' exceptions become `StorageError` here and nowhere else; a mistake in our own SQL stays what it is.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from companion.errors import ConflictError, StorageError

DATABASE_NAME = "companion.sqlite3"
BACKUP_NAME = "companion-before-{revision}.sqlite3"
BUSY_MS = 5000


def open_database(home: Path) -> Engine:
    """Opens the database of a home folder, creating or upgrading it; any thread may use the engine.

    Before an existing database is upgraded, it is copied beside itself.

    Raises:
        StorageError: read-only, full, locked, damaged, not ours, or made by a newer Companion.
    """
    from companion.store import schema  # Alembic: only programs that open a database pay for it

    create_home(home)
    path = home / DATABASE_NAME
    try:
        # Created here for its mode; SQLite gives the log and its index the same.
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise cannot_write(home) from error
    schema.bring_up_to_date(path)
    return connect(path)


def create_home(home: Path) -> None:
    """Makes the folder, for its owner only; one that is there stays as it is.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(home) from error


def cannot_write(home: Path) -> StorageError:
    """The error of a folder that is read-only, missing or a file."""
    return StorageError(f"Companion cannot write to {home}.", hint="Make the folder writable, or set COMPANION_HOME to another one.")


def connect(path: Path, *, foreign_keys: bool = True) -> Engine:
    """An engine on a database file as it is."""
    # Gradio's threads and the worker's each hold a connection for the length of one short transaction.
    # Its writers queue for a lock: SQLite's own waiting is unfair, and under load one of them would run out of time.
    queue = {"queue": threading.Lock()}
    engine = create_engine(URL.create("sqlite", database=str(path)), pool_size=8, max_overflow=56, execution_options=queue)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver would begin transactions late; `begin` below does it
        connection.create_function("casefold", 1, _casefold, deterministic=True)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its turn before it reads, so that what it decides on cannot change under it.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "handle_error")
    def handle_error(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, sqlite3.Error) and (told := in_plain_words(context.original_exception, path)):
            raise told from context.original_exception

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database, whatever is written meanwhile."""
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; when the block ends, it is on disk."""
    queue: threading.Lock = engine.get_execution_options()["queue"]
    with queue, engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def fetch(connection: Connection, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query, as plain tuples: for those that read thousands, where wrapping each row takes longer than finding it.

    Raises:
        StorageError: the database cannot be read.
    """
    with closing(connection.connection.cursor()) as cursor:
        try:
            cursor.execute(query, parameters)
            return [*cursor.fetchall()]
        except sqlite3.Error as error:
            if told := in_plain_words(error, Path(str(connection.engine.url.database))):
                raise told from error
            raise


def wipe_leftovers(engine: Engine, *, backups: bool) -> None:
    """Empties the write-ahead log, where overwritten pages live on; with `backups`, removes the copies made before upgrades.

    Raises:
        ConflictError: someone is reading, so that the log has to stay for now.
    """
    path = Path(str(engine.url.database))
    if backups:
        for copy in path.parent.glob(BACKUP_NAME.format(revision="*")):
            copy.unlink()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar_one()
    if busy:
        raise ConflictError(
            "What was deleted is not wiped from the disk yet, because another program is reading.", hint="Try again in a moment."
        )


def in_plain_words(error: sqlite3.Error, path: Path) -> StorageError | None:
    """What an error of SQLite means for a person; None if it is our own mistake."""
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return StorageError("The disk is full.", hint=f"Free some space for {path.parent} and try again; what was saved is safe.")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return cannot_write(path.parent)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StorageError(f"Another program is using {path}.", hint="Close it, or wait a moment, and try again.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path)
        case sqlite3.SQLITE_IOERR:
            return StorageError(
                f"The disk refused to read or write {path}.", hint="Check that it has free space and is healthy, then try again."
            )
        case _:
            return None


def damaged(path: Path) -> StorageError:
    """The error of a file that is not a sound database of ours."""
    return StorageError(
        f"{path} is damaged or is not a Companion database.", hint="Put a backup in its place, or move it elsewhere to start afresh."
    )


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()
