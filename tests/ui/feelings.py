"""What she felt, for tests of the page: made by hand, and kept in memory."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

from companion.affect import Affect, Bond, Felt, Manner, Mood, Reason

EVENING = datetime(2026, 11, 20, 19, tzinfo=UTC)
WORRIED = Affect(
    at=EVENING,
    mood=Mood(-0.18, -0.31, 0.12),
    emotions={"fear": 0.4, "pity": 0.3, "joy": 0.001},
    likelihoods={"to finish <the book>": 0.45},
    shown="caring",
    heard={"sadness": 0.71, "fear": 0.4},
    topics=("work",),
    bond=Bond("a guest by the lamp", 0.25, 0.2),
    reasons=(
        Reason("read", "sadness", amount=0.71),
        Reason("time", "5 hours", "hope faded", 0.1),
        Reason("goal", "to finish <the book>", "looks less likely through sadness", -0.12),
        Reason("read", "sadness", "wakes compassion", -0.3),
        Reason("shown", "caring", "it serves the goals best", 0.3),
    ),
)
SLOWLY = Manner(
    avoid=("cheer up",),
    favour=("one wave at a time",),
    sentence_words=12,
    reply_sentences=3,
    questions="one",
    pace="slow",
    tone="hushed",
    temperature=0.8,
    reasons=(Reason("rule", "late hours", "slow and hushed"),),
)


def felt(message_id: str = "m", at: datetime = EVENING, mood: Mood | None = None, stage: str = "", **more: object) -> Felt:
    """What one message did."""
    affect = replace(WORRIED, at=at, mood=mood or WORRIED.mood, **more)  # type: ignore[arg-type]
    return Felt(message_id, replace(affect, bond=Bond(stage, 0.25, 0.2)) if stage else affect, SLOWLY)


class Kept:
    """Where they are kept, oldest first."""

    def __init__(self, *told: Felt) -> None:
        self.told = list(told)

    def latest(self, persona_id: str, before: datetime | None = None) -> Felt | None:
        return next((one for one in reversed(self.told) if before is None or one.affect.at < before), None)

    def of(self, message_id: str) -> Felt | None:
        return next((one for one in self.told if one.message_id == message_id), None)

    def of_many(self, message_ids: Collection[str]) -> dict[str, Felt]:
        return {one.message_id: one for one in self.told if one.message_id in message_ids}

    def history(self, persona_id: str, since: datetime) -> tuple[Felt, ...]:
        return tuple(one for one in self.told if one.affect.at >= since)
