"""What the database says is in the vector index, relationship by relationship, and taking it back."""

import json
from collections.abc import Collection

from sqlalchemy import Connection, Engine, text

from companion.store.database import reading, writing

_MESSAGES = "messages t JOIN conversations c ON c.id = t.conversation_id"
_SAID = f"SELECT 'm:' || t.id AS item_id, c.persona_id AS persona_id FROM {_MESSAGES} WHERE t.embedded AND t.same_as IS NULL"
_NOTED = "SELECT 'k:' || t.id AS item_id, t.persona_id AS persona_id FROM memories t WHERE t.embedded"
_MARKED = f"SELECT item_id, persona_id FROM ({_SAID} UNION ALL {_NOTED})"
_WAITING = f"""SELECT
    (SELECT count(*) FROM {_MESSAGES} WHERE NOT t.embedded AND t.on_path AND t.text <> '' AND t.status <> 'streaming')
    + (SELECT count(*) FROM memories WHERE NOT embedded AND forgotten_at IS NULL)"""


class Marks:
    """The column `embedded` of messages and memories. Any thread may ask; every method is one transaction.

    Raises StorageError when the database cannot be read or written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def counts(self) -> dict[str, int]:
        """How many vectors each persona's index ought to hold; those with none are left out."""
        with reading(self._engine) as connection:
            rows = connection.execute(text(f"SELECT persona_id, count(*) AS vectors FROM ({_MARKED}) GROUP BY persona_id"))
            return {str(row.persona_id): int(row.vectors) for row in rows}

    def of(self, persona_id: str) -> frozenset[str]:
        """The ids of those of one persona: "m:<message id>", "k:<memory id>"."""
        with reading(self._engine) as connection:
            return _of(connection, persona_id)

    def waiting(self) -> int:
        """How many texts have no vector yet."""
        with reading(self._engine) as connection:
            return int(connection.execute(text(_WAITING)).scalar_one())

    def clear(self, persona_id: str, item_ids: Collection[str] | None = None) -> None:
        """Says that vectors are not there; None: none of the persona's."""
        with writing(self._engine) as connection:
            gone = _of(connection, persona_id) if item_ids is None else item_ids
            for table, prefix in (("messages", "m:"), ("memories", "k:")):
                ids = json.dumps([one.removeprefix(prefix) for one in gone if one.startswith(prefix)])
                statement = f"UPDATE {table} SET embedded = 0 WHERE id IN (SELECT value FROM json_each(:ids))"
                connection.execute(text(statement), {"ids": ids})


def _of(connection: Connection, persona_id: str) -> frozenset[str]:
    mine = text(f"SELECT item_id FROM ({_MARKED}) WHERE persona_id = :persona_id")
    return frozenset(connection.execute(mine, {"persona_id": persona_id}).scalars())
