"""What follows from a change of a message or a memory, whoever makes it and in the same transaction.

The word indexes hold exactly the messages that stand and have words, and the memories that are neither hidden nor forgotten.
What the background has made of a text (its vector, what was learnt from it) is taken back when the text changes. Each vector
whose text is gone or another is noted in `stale_vectors`, until the index has a new one in its place or has let go of it.

The indexes keep no copy of the text (`content=''`), so a row leaves one by telling it the old words again:
https://sqlite.org/fts5.html, "The 'delete' Command". `schema.py` makes the triggers anew whenever it migrates.
"""

from sqlalchemy import Connection

from companion.store.memory_records import WHOLE

_IN_MESSAGE_WORDS = "{row}.on_path AND {row}.status <> 'streaming' AND {row}.text <> ''"
_IN_MEMORY_WORDS = "NOT {row}.hidden AND {row}.forgotten_at IS NULL"
# One word for a relationship, which no tokenizer takes apart and no stemmer shortens.
_RELATION = "'r' || lower(hex(persona_id)) || 'x'"

_WHOLE = ", ".join(f"'{kind}'" for kind in WHOLE)

_BELOW = """WITH child (id) AS (SELECT id FROM messages WHERE parent_id = new.id)
    SELECT id FROM child UNION ALL SELECT id FROM messages WHERE parent_id IN (SELECT id FROM child)"""


def drop(connection: Connection) -> None:
    """Takes away those that are there: before a migration, because SQLite cannot rename a table that a trigger speaks of."""
    for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def create(connection: Connection) -> None:
    """Makes those of this version: after a migration, because rebuilding a table drops its triggers."""
    for statement in statements():
        connection.exec_driver_sql(statement)


def statements() -> tuple[str, ...]:
    """The triggers, as SQL."""
    return _of_messages() + _of_memories() + _of_versions()


def _of_messages() -> tuple[str, ...]:
    was, now_is = _IN_MESSAGE_WORDS.format(row="old"), _IN_MESSAGE_WORDS.format(row="new")
    forget = _message_words("old", was, delete=True)
    take_in = _message_words("new", now_is)
    stale = """INSERT OR IGNORE INTO stale_vectors
        SELECT 'm:' || old.id, persona_id FROM conversations WHERE id = old.conversation_id AND old.embedded;"""
    return (
        f"CREATE TRIGGER message_added AFTER INSERT ON messages WHEN {now_is} BEGIN {take_in} END",
        f"""CREATE TRIGGER message_words_changed AFTER UPDATE OF text, status, on_path ON messages
            WHEN ({was}) IS NOT ({now_is}) OR (({now_is}) AND old.text IS NOT new.text) BEGIN {forget} {take_in} END""",
        f"CREATE TRIGGER message_deleted AFTER DELETE ON messages BEGIN {forget} {stale} END",
        f"""CREATE TRIGGER message_text_changed AFTER UPDATE OF text ON messages
            WHEN old.text IS NOT new.text AND (old.embedded OR old.learned)
            BEGIN {stale} UPDATE messages SET embedded = 0, learned = 0 WHERE sequence = new.sequence; END""",
        # What was learnt from other words is learnt again, or no longer so. Withheld words come back as they were.
        f"""CREATE TRIGGER message_rewritten AFTER UPDATE OF text ON messages
            WHEN old.text IS NOT new.text AND old.text <> '' AND new.text <> ''
            BEGIN
                DELETE FROM memories WHERE kind IN ({_WHOLE}) AND NOT by_hand
                    AND id IN (SELECT memory_id FROM memory_sources WHERE message_id = new.id);
                DELETE FROM memory_sources WHERE message_id = new.id;
                DELETE FROM extractions WHERE message_id = new.id;
                DELETE FROM readings WHERE message_id = new.id;
                DELETE FROM affects WHERE message_id = new.id;
            END""",
        # A message is embedded together with the two above it.
        f"""CREATE TRIGGER message_surroundings_changed AFTER UPDATE OF text ON messages
            WHEN old.text IS NOT new.text AND EXISTS (SELECT 1 FROM messages WHERE parent_id = new.id)
            BEGIN
                INSERT OR IGNORE INTO stale_vectors SELECT 'm:' || m.id, c.persona_id
                    FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.embedded AND m.id IN ({_BELOW});
                UPDATE messages SET embedded = 0 WHERE embedded AND id IN ({_BELOW});
            END""",
    )


def _of_memories() -> tuple[str, ...]:
    was, now_is = _IN_MEMORY_WORDS.format(row="old"), _IN_MEMORY_WORDS.format(row="new")
    forget = _memory_words("old", was, delete=True)
    take_in = _memory_words("new", now_is)
    stale = "INSERT OR IGNORE INTO stale_vectors SELECT 'k:' || old.id, old.persona_id WHERE old.embedded;"
    return (
        f"CREATE TRIGGER memory_added AFTER INSERT ON memories BEGIN {take_in} END",
        f"""CREATE TRIGGER memory_words_changed AFTER UPDATE OF text, value, hidden, forgotten_at ON memories
            WHEN ({was}) IS NOT ({now_is}) OR (({now_is}) AND (old.text IS NOT new.text OR old.value IS NOT new.value))
            BEGIN {forget} {take_in} END""",
        f"CREATE TRIGGER memory_deleted AFTER DELETE ON memories BEGIN {forget} {stale} END",
        f"""CREATE TRIGGER memory_text_changed AFTER UPDATE OF text, forgotten_at ON memories
            WHEN old.embedded AND (old.text IS NOT new.text OR new.forgotten_at IS NOT NULL)
            BEGIN {stale} UPDATE memories SET embedded = 0 WHERE sequence = new.sequence; END""",
    )


def _of_versions() -> tuple[str, ...]:
    refuse = "SELECT RAISE(ABORT, 'a saved version of a persona does not change');"
    return (f"CREATE TRIGGER version_changed BEFORE UPDATE ON versions BEGIN {refuse} END",)


def _message_words(row: str, condition: str, *, delete: bool = False) -> str:
    command, sign = ("message_words, ", "'delete', ") if delete else ("", "")
    return f"""INSERT INTO message_words ({command}rowid, relation, text)
        SELECT {sign}{row}.sequence, {_RELATION}, {row}.text FROM conversations WHERE id = {row}.conversation_id AND {condition};"""


def _memory_words(row: str, condition: str, *, delete: bool = False) -> str:
    command, sign = ("memory_words, ", "'delete', ") if delete else ("", "")
    relation = _RELATION.replace("persona_id", f"{row}.persona_id")
    words = f"{row}.text || ' ' || coalesce({row}.value, '')"
    return f"INSERT INTO memory_words ({command}rowid, relation, text) SELECT {sign}{row}.sequence, {relation}, {words} WHERE {condition};"
