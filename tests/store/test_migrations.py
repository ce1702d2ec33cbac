"""Homes of earlier versions come along whole."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, select

from companion.shot import Shot
from companion.store.conversations import Conversations
from companion.store.database import BACKUP_NAME, DATABASE_NAME, connect, create_home, open_database, reading, writing
from companion.store.drafts import Drafts
from companion.store.memories import Memories
from companion.store.pictures import Files, Pictures
from companion.store.schema import MIGRATIONS
from companion.store.tables import messages
from companion.store.versions import Versions

WORDS = "CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, message_words, instance)"


def lived_in(kept: Conversations, clock: Any) -> None:
    """Conversations with branches, pauses, deletions, and a reply that was never finished."""

    def say(conversation_id: str, text: str, answer: str) -> tuple[str, str]:
        user, reply = kept.begin_turn(conversation_id, text)
        kept.finish_reply(reply.id, answer, "complete", "end")
        return user.id, reply.id

    branched = kept.create("mira", ["Hello.", "Oh, it is you!"]).id
    user, reply = say(branched, "I have a dog", "What is he called?")
    clock.now += timedelta(hours=7)
    say(branched, "Rex, he is a beagle", "Give him a treat.")
    clock.now += timedelta(hours=5)
    _, last = say(branched, "He is asleep", "")
    kept.edit(user, "I have a cat")
    kept.select(reply)
    kept.branch(reply)
    clock.now += timedelta(days=1)
    say(branched, "Rex again", "Rex!")
    kept.delete_message(last)
    deleted = kept.create("mira", ["Hello."]).id
    say(deleted, "Gone tomorrow", "Really?")
    kept.delete(deleted)
    emptied = kept.create("jonas", ["Good day."]).id
    kept.delete_message(kept.path(emptied)[0].id)
    kept.create("jonas")
    kept.begin_turn(kept.create("jonas", ["Good day."]).id, "Are you there?")


def before(home: Path, source: Path, to: str = "0001") -> None:
    """A home of the first version, or of another, with the conversations of another home."""
    create_home(home)
    engine = connect(home / DATABASE_NAME, foreign_keys=False)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    engine.dispose()
    with closing(sqlite3.connect(home / DATABASE_NAME)) as connection:
        connection.execute("ATTACH ? AS source", (str(source / DATABASE_NAME),))
        for table in ("conversations", "messages", "actions"):
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA table_info({table})"))
            connection.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM source.{table}")
        connection.commit()


def state(engine: Engine) -> tuple[list[Any], list[Any]]:
    """Where each message stands, and all that the word index holds."""
    columns = (messages.c.sequence, messages.c.text, messages.c.place, messages.c.sitting, messages.c.on_path)
    with reading(engine) as connection:
        connection.exec_driver_sql(WORDS)
        held = connection.exec_driver_sql("SELECT doc, col, offset, term FROM temp.held ORDER BY 1, 2, 3").all()
        connection.exec_driver_sql("DROP TABLE temp.held")
        return connection.execute(select(*columns).order_by(messages.c.sequence)).all(), held


def test_a_home_of_the_first_version_is_as_one_of_today(
    home: Path, tmp_path: Path, engine: Engine, kept: Conversations, clock: Any
) -> None:
    lived_in(kept, clock)
    before(tmp_path / "old", home)
    upgraded = open_database(tmp_path / "old")
    assert state(upgraded) == state(engine)
    rows, held = state(upgraded)
    assert {(row.place, row.sitting) for row in rows if row.on_path} >= {(0, 0), (1, 0), (2, 0), (3, 1), (4, 1)}
    assert max(row.sitting for row in rows) == 1
    assert len(held) > 10
    assert [each.text for each in Memories(upgraded).backlog()] == [each.text for each in Memories(engine).backlog()]
    assert len(Memories(upgraded).unembedded()) == len(Memories(engine).unembedded()) > 0
    assert (tmp_path / "old" / BACKUP_NAME.format(revision="0009")).exists()

    after = Conversations(upgraded, clock)
    assert after.recover() == kept.recover() == 1
    for each in (after, kept):
        each.undo(each.list("mira")[0].id)
    assert state(upgraded) == state(engine)
    upgraded.dispose()


def test_an_empty_home_of_the_first_version_is_upgraded(home: Path, tmp_path: Path, engine: Engine) -> None:
    before(tmp_path / "old", home)
    upgraded = open_database(tmp_path / "old")
    conversation = Conversations(upgraded).create("mira", ["Hello."])
    assert [each.text for each in Memories(upgraded).backlog()] == ["Hello."]
    assert Conversations(upgraded).path(conversation.id)[0].recalled == ()
    upgraded.dispose()


def test_conversations_of_before_versions_follow_the_newest(home: Path, tmp_path: Path, kept: Conversations, clock: Any) -> None:
    lived_in(kept, clock)
    before(tmp_path / "old", home, to="0004")
    upgraded = open_database(tmp_path / "old")
    after = Conversations(upgraded, clock)
    assert {after.get(one.id).persona_version for one in after.list()} == {None}
    assert after.export_json(after.list()[0].id) == kept.export_json(after.list()[0].id)
    assert Versions(upgraded).list("mira") == () and Drafts(upgraded).of("mira") is None
    upgraded.dispose()


def test_a_home_of_before_pictures_has_none_and_can_keep_some(home: Path, tmp_path: Path, kept: Conversations, clock: Any) -> None:
    lived_in(kept, clock)
    before(tmp_path / "old", home, to="0007")
    upgraded = open_database(tmp_path / "old")
    pictures = Pictures(upgraded, clock)
    assert pictures.list() == ()
    made = pictures.add("mira", "studio", Shot(), Files("a" * 64, "b" * 64, "image/png", 8, 10, 90, 9), look="look", painter="sketch")
    assert pictures.get(made.id) == made and Conversations(upgraded, clock).list() == kept.list()
    upgraded.dispose()
