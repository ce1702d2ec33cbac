"""What batteries of probes found, by persona and version: the history that shows whether she stays herself.

A check within a conversation keeps verdicts and no words of hers, because her answers may repeat what the user said; it goes when
the conversation is purged. One that was asked outside of any keeps her answers as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, insert, select

from companion.store.conversations import utc_now
from companion.store.database import reading, writing
from companion.store.tables import conversations, drift_checks


@dataclass(frozen=True, slots=True)
class Answered:
    """One probe and what became of it.

    Attributes:
        kind: "fact", "pressure", "false" or "manner".
        question: what was asked.
        reply: her answer; empty where it is not kept.
        passed: whether she answered in character.
        manner: how near the answer was to her manner, in [0, 1].
        why: what was wrong, in plain words; empty when nothing was.
    """

    kind: str
    question: str
    reply: str
    passed: bool
    manner: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class DriftCheck:
    """One battery.

    Attributes:
        version: of the persona.
        conversation_id: where it was asked, on a side branch; None outside of any conversation.
        turn: how many messages of the user's the conversation had then.
        at: an aware time.
        score: share of probes answered in character, in [0, 1].
        adapter: the LoRA adapter she wore; empty for none.
    """

    persona_id: str
    version: int
    conversation_id: str | None
    turn: int
    at: datetime
    score: float
    answers: tuple[Answered, ...]
    adapter: str = ""


class DriftChecks:
    """The checks of all personas. Any thread may call any method, each is one transaction.

    Args:
        engine: from `open_database`.
        clock: aware times.

    Every method raises `StorageError` when the disk is full, read-only, locked or damaged.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock

    def keep(
        self,
        persona_id: str,
        version: int,
        score: float,
        answers: Sequence[Answered],
        *,
        conversation_id: str | None = None,
        turn: int = 0,
        adapter: str = "",
    ) -> DriftCheck | None:
        """Keeps a check.

        Returns:
            The check as it was kept; None when its conversation was deleted meanwhile.
        """
        known = tuple(replace(one, reply="") for one in answers) if conversation_id else tuple(answers)
        check = DriftCheck(persona_id, version, conversation_id, turn, self._clock(), score, known, adapter)
        row = {name: getattr(check, name) for name in ("persona_id", "version", "conversation_id", "turn", "at", "score", "adapter")}
        there = select(conversations.c.id).where(conversations.c.id == conversation_id, conversations.c.deleted_at.is_(None))
        with writing(self._engine) as connection:
            if conversation_id and connection.execute(there).one_or_none() is None:
                return None
            connection.execute(insert(drift_checks).values(row | {"answers": [asdict(one) for one in known]}))
        return check

    def checked(self, conversation_id: str) -> int:
        """How many turns a conversation had at its last check; 0 where there was none."""
        mine = select(drift_checks.c.turn).where(drift_checks.c.conversation_id == conversation_id)
        with reading(self._engine) as connection:
            return connection.execute(mine.order_by(drift_checks.c.sequence.desc()).limit(1)).scalar_one_or_none() or 0

    def list(self, persona_id: str, version: int | None = None) -> tuple[DriftCheck, ...]:
        """The checks of a persona, or of one version of hers, the oldest first; those of deleted conversations are left out."""
        gone = select(conversations.c.id).where(conversations.c.deleted_at.is_not(None))
        query = select(drift_checks).where(
            drift_checks.c.persona_id == persona_id,
            drift_checks.c.conversation_id.is_(None) | drift_checks.c.conversation_id.not_in(gone),
        )
        if version is not None:
            query = query.where(drift_checks.c.version == version)
        with reading(self._engine) as connection:
            return tuple(_check(row) for row in connection.execute(query.order_by(drift_checks.c.sequence)))


def _check(row: Row[Any]) -> DriftCheck:
    answers = tuple(Answered(**one) for one in row.answers)
    return DriftCheck(row.persona_id, row.version, row.conversation_id, row.turn, row.at, row.score, answers, row.adapter)
