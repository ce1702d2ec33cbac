"""Which emotional pattern comes to mind, if any: one that stands, is in force, and is about what the message speaks of.

A message is about a pattern's topic when its words name the topic, or when it is near in meaning both to the pattern itself and to
the messages that the pattern counts. The two cosines together tell topics apart better than either: of small talk that names a
topic half is found, and one in a hundred of what names another one.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from companion.remember.notes import Worth
from companion.store.backlog import MEMORY, MESSAGE

NEAREST_SOURCES = 3
BOTH_COSINES = 1.3  # their sum that counts as the same meaning; half of it is enough to be recalled

_PATTERNS = """SELECT p.id, p.subject, s.message_id, m.on_path AND m.text <> '' AND p.holds_until IS NULL
    FROM memories p LEFT JOIN memory_sources s ON s.memory_id = p.id LEFT JOIN messages m ON m.id = s.message_id
    WHERE p.persona_id = ? AND p.kind = 'pattern' AND p.forgotten_at IS NULL AND NOT p.hidden"""


def only_one(
    connection: Connection, persona_id: str, worths: Mapping[str, Worth], near: Mapping[str, float], topics: Collection[str]
) -> dict[str, Worth]:
    """Notes by their worth, with one pattern among them at most.

    Args:
        worths: of all notes. A pattern that rests on messages is weighed anew, one written by hand keeps its worth.
        near: cosines of memories and messages, by their ids in the index.
        topics: what the message speaks of.
    """
    named: dict[str, str] = {}
    sources: dict[str, dict[str, bool]] = {}
    for memory_id, subject, message_id, counts in connection.exec_driver_sql(_PATTERNS, (persona_id,)):
        named[memory_id] = subject
        if message_id is not None:
            sources.setdefault(memory_id, {})[message_id] = bool(counts)
    fits = {one: worth for one, worth in worths.items() if one in named and one not in sources}
    for memory_id, counted in sources.items():
        if all(counted.values()):
            nearest = sorted((near.get(MESSAGE + one, 0.0) for one in counted), reverse=True)[:NEAREST_SOURCES]
            meaning = max(0.0, near.get(MEMORY + memory_id, 0.0) + sum(nearest) / len(nearest)) / BOTH_COSINES
            fits[memory_id] = Worth(min(1.0, meaning), float(named[memory_id] in topics), 0.0)
    best = max(fits, key=lambda one: (fits[one].score, one), default="")
    return {one: worth for one, worth in worths.items() if one not in named} | ({best: fits[best]} if best else {})
