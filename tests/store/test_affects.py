"""What she felt is kept with the message, and goes with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from companion.affect import Affect, Bond, Felt, Manner, Mood, Reason
from companion.forgetting import Forgetting, Scope
from companion.store.affects import Affects
from companion.store.conversations import Conversations
from companion.store.database import reading
from companion.store.memories import Memories
from companion.store.tables import affects

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Room:
    """A home, what is said in it, and what she felt at that."""

    def __init__(self, engine: Engine, kept: Conversations, memories: Memories, clock: Any, say: Any) -> None:
        self.engine, self.kept, self.say = engine, kept, say
        self.affects = Affects(engine, clock)
        self.forgetting = Forgetting(engine, memories, let_go=lambda ids: None, erased=lambda: None)

    def feel(self, text: str, pleasure: float = 0.5) -> Felt:
        message = self.say(text)
        felt = felt_at(message.id, message.created_at, pleasure)
        self.affects.keep(felt)
        return felt

    def rows(self) -> int:
        with reading(self.engine) as connection:
            return int(connection.execute(select(func.count()).select_from(affects)).scalar_one())


def felt_at(message_id: str, at: datetime, pleasure: float = 0.5) -> Felt:
    reason = Reason("goal", "to be of use", "looks likelier", 0.2)
    affect = Affect(
        at,
        Mood(pleasure, -0.25, 0.125),
        {"joy": 0.5, "hope": 0.25},
        {"to be of use": 0.75},
        "joy",
        {"gratitude": 0.8},
        ("work",),
        Bond("guest", 0.25, 0.5),
        (Reason("read", "gratitude", "", 0.8), reason),
    )
    manner = Manner(("cheer up",), ("take your time",), 12, 3, "one", "slow", "low", "a smile", 0.9, (Reason("rule", "softly", "slow"),))
    return Felt(message_id, affect, manner)


@pytest.fixture
def room(engine: Engine, kept: Conversations, remembered: Memories, clock: Any, say: Any) -> Room:
    return Room(engine, kept, remembered, clock, say)


def test_what_is_kept_comes_back_as_it_was(room: Room) -> None:
    felt = room.feel("I got the job")
    assert room.affects.of(felt.message_id) == felt
    assert room.affects.latest("mira") == felt
    assert room.affects.latest("jonas") is None
    assert room.affects.of("nothing") is None


def test_the_newest_that_stands_is_the_latest(room: Room) -> None:
    first, second = room.feel("one"), room.feel("two", -0.5)
    assert room.affects.latest("mira") == second
    assert room.affects.latest("mira", second.affect.at) == first
    edited = room.kept.edit(second.message_id, "three")
    assert room.affects.latest("mira") == first
    assert room.affects.of(second.message_id) is None
    room.kept.select(second.message_id)
    assert room.affects.latest("mira") == second
    assert room.affects.of(edited.id) is None


def test_what_is_felt_anew_at_a_message_takes_the_place_of_the_old(room: Room) -> None:
    felt = room.feel("one")
    anew = felt_at(felt.message_id, felt.affect.at, -1.0)
    room.affects.keep(anew)
    assert room.affects.of(felt.message_id) == anew
    assert room.rows() == 1


def test_nothing_is_kept_of_a_message_that_is_gone(room: Room) -> None:
    room.affects.keep(felt_at("0" * 32, LONG_AGO))
    assert room.rows() == 0


def test_the_weeks_come_oldest_first(room: Room) -> None:
    felt = [room.feel(text) for text in ("one", "two", "three")]
    assert list(room.affects.history("mira", LONG_AGO)) == felt
    assert list(room.affects.history("mira", felt[1].affect.at)) == felt[1:]
    assert room.affects.history("mira", felt[2].affect.at + timedelta(seconds=1)) == ()


def test_forgetting_takes_it_along(room: Room) -> None:
    room.feel("one")
    token = room.forgetting.forget("mira", Scope(everything=True)).token
    assert room.affects.latest("mira") is None
    assert room.rows() == 1  # it can be undone
    room.forgetting.finish(token)
    assert room.rows() == 0
