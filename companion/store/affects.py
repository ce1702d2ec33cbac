"""What she felt at each message of the user's: kept with it, and counting while it stands.

A state says how it came about, in names of feelings, topics, goals, rules and stages: never in words that somebody said. The state
before a message is the newest that stands, so editing, switching a branch or deleting takes moods back with the words.
"""

from collections.abc import Callable, Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, Select, delete, insert, select

from companion.affect import Affect, Bond, Felt, Manner, Mood, Reason
from companion.store.conversations import utc_now
from companion.store.database import reading, writing
from companion.store.standing import STANDS
from companion.store.tables import affects, conversations, messages


class Affects:
    """The moods of one home. Any thread may call any method, which raise StorageError when the disk refuses.

    Args:
        engine: from `open_database`.
        clock: aware times; a test hands in its own.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self.clock = clock

    def keep(self, felt: Felt) -> None:
        """Keeps what a message did, in the place of what was kept of it before; of a message that is gone, nothing."""
        affect = felt.affect
        row = {
            "at": affect.at,
            "pleasure": affect.mood.pleasure,
            "arousal": affect.mood.arousal,
            "dominance": affect.mood.dominance,
            "state": _to_json(felt),
        }
        whose = select(messages.c.id, conversations.c.persona_id).join(conversations, conversations.c.id == messages.c.conversation_id)
        with writing(self._engine) as connection:
            known = connection.execute(whose.where(messages.c.id == felt.message_id)).one_or_none()
            if known is not None:
                connection.execute(delete(affects).where(affects.c.message_id == felt.message_id))
                connection.execute(insert(affects).values(message_id=felt.message_id, persona_id=known.persona_id, **row))

    def latest(self, persona_id: str, before: datetime | None = None) -> Felt | None:
        """The newest that stands; with `before` the newest of an earlier time; None where there is none."""
        mine = [affects.c.persona_id == persona_id, *([] if before is None else [affects.c.at < before])]
        return self._one(_standing(*mine).order_by(affects.c.at.desc(), affects.c.sequence.desc()).limit(1))

    def of(self, message_id: str) -> Felt | None:
        """What one message of the user's did; None where it was not read, or does not stand."""
        return self._one(_standing(affects.c.message_id == message_id))

    def of_many(self, message_ids: Collection[str]) -> dict[str, Felt]:
        """The same for many, one query."""
        with reading(self._engine) as connection:
            rows = connection.execute(_standing(affects.c.message_id.in_(message_ids)))
            return {row.message_id: _from_row(row) for row in rows}

    def history(self, persona_id: str, since: datetime) -> tuple[Felt, ...]:
        """All that stand from a time on, oldest first."""
        query = _standing(affects.c.persona_id == persona_id, affects.c.at >= since).order_by(affects.c.at, affects.c.sequence)
        with reading(self._engine) as connection:
            return tuple(_from_row(row) for row in connection.execute(query))

    def _one(self, query: Select[Any]) -> Felt | None:
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else _from_row(row)


def _standing(*conditions: ColumnElement[bool]) -> Select[Any]:
    joined = select(affects).join(messages, messages.c.id == affects.c.message_id)
    return joined.join(conversations, conversations.c.id == messages.c.conversation_id).where(STANDS, *conditions)


def _to_json(felt: Felt) -> dict[str, Any]:
    affect = felt.affect
    return {
        "emotions": dict(affect.emotions),
        "likelihoods": dict(affect.likelihoods),
        "shown": affect.shown,
        "heard": dict(affect.heard),
        "topics": list(affect.topics),
        "bond": asdict(affect.bond),
        "reasons": [asdict(one) for one in affect.reasons],
        "manner": asdict(felt.manner),
    }


def _from_row(row: Row[Any]) -> Felt:
    state = row.state
    manner: dict[str, Any] = dict(state["manner"])
    manner["reasons"] = tuple(Reason(**one) for one in manner["reasons"])
    manner |= {name: tuple(manner[name]) for name in ("avoid", "favour")}
    affect = Affect(
        at=row.at,
        mood=Mood(row.pleasure, row.arousal, row.dominance),
        emotions=state["emotions"],
        likelihoods=state["likelihoods"],
        shown=state["shown"],
        heard=state["heard"],
        topics=tuple(state["topics"]),
        bond=Bond(**state["bond"]),
        reasons=tuple(Reason(**one) for one in state["reasons"]),
    )
    return Felt(row.message_id, affect, Manner(**manner))
