"""Readings count while their messages stand, and patterns stand while their counts are right."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from companion.forgetting import Forgetting, Scope
from companion.store.conversations import Conversations
from companion.store.database import reading
from companion.store.memories import Memories, Memory, New
from companion.store.readings import Read, Readings
from companion.store.tables import readings

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Room:
    """A home, what was said and read in it, and the pattern that a keeper would make of it."""

    def __init__(self, engine: Engine, kept: Conversations, memories: Memories, clock: Any, say: Callable[..., Any]) -> None:
        self.engine, self.kept, self.memories, self.say = engine, kept, memories, say
        self.readings = Readings(engine, clock)
        self.forgetting = Forgetting(engine, memories, let_go=lambda ids: None, erased=lambda: None)

    def hear(self, *texts: str, topics: Sequence[str] = ("work",)) -> list[Any]:
        said = [self.say(text) for text in texts]
        self.readings.keep([Read(one.id, one.text, tuple(topics), {"sadness": 0.7}, -0.6) for one in said])
        return said

    def counted(self) -> list[str]:
        return [one.message_id for one in self.readings.felt("mira", LONG_AGO)]

    def renew(self) -> bool:
        about = [one.message_id for one in self.readings.felt("mira", LONG_AGO) if "work" in one.topics]
        text = f"talking about work has been heavy: {len(about)} times"
        new = New("pattern", text, said_at=LONG_AGO, subject="work", slot="work|feels|hard", sources=tuple(about))
        return self.readings.renew("mira", [new] if len(about) > 1 else [])

    def pattern(self) -> Memory | None:
        found = self.memories.list("mira", kinds=["pattern"])
        return found[0] if found else None

    def rows(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(readings.c.message_id)).scalars())


@pytest.fixture
def room(engine: Engine, kept: Conversations, remembered: Memories, clock: Any, say: Any) -> Room:
    return Room(engine, kept, remembered, clock, say)


def test_a_reading_counts_while_its_message_stands(room: Room) -> None:
    one, two = room.hear("my boss again", "and again")
    assert room.counted() == [one.id, two.id]
    edited = room.kept.edit(two.id, "never mind")
    assert room.counted() == [one.id]
    room.kept.select(two.id)
    assert room.counted() == [one.id, two.id]
    room.kept.delete(edited.conversation_id)
    assert room.counted() == []
    room.kept.undo(edited.conversation_id)
    assert room.counted() == [one.id, two.id]


def test_what_was_read_once_stays_as_it_was_read(room: Room) -> None:
    (one,) = room.hear("my boss again")
    room.readings.keep([Read(one.id, one.text, ("sleep",), {}, 0.0)])
    assert room.readings.felt("mira", LONG_AGO)[0].topics == ("work",)


def test_words_that_are_gone_or_others_by_now_are_not_read(room: Room) -> None:
    one = room.say("my boss again")
    room.readings.keep([Read(one.id, "other words", ("work",), {}, -0.5), Read("0" * 32, "nobody's", (), {}, 0.0)])
    room.memories.forget([one.id])
    room.readings.keep([Read(one.id, one.text, ("work",), {}, -0.5)])
    assert room.rows() == []


def test_only_what_was_said_lately_is_looked_at(room: Room) -> None:
    (one,) = room.hear("my boss again")
    assert room.readings.felt("mira", one.created_at)
    assert not room.readings.felt("mira", one.created_at + timedelta(seconds=1))
    assert not room.readings.felt("jonas", LONG_AGO)


def test_an_edit_puts_a_pattern_aside_at_once_and_renewing_counts_without_it(room: Room) -> None:
    said = room.hear("one", "two", "three")
    assert room.renew() and room.pattern().text.endswith("3 times")
    assert not room.renew()
    first, vectorised = room.pattern(), room.memories.unembedded()
    assert f"k:{first.id}" in [item.item_id for item in vectorised]
    room.kept.edit(said[2].id, "never mind")
    assert room.pattern() is None  # before anything is renewed
    assert room.renew()
    assert room.pattern().text.endswith("2 times") and room.pattern().id == first.id
    room.kept.edit(said[1].id, "never mind either")
    assert room.renew() and room.pattern() is None and room.memories.list("mira", state="all", kinds=["pattern"]) == ()


def test_what_a_person_did_with_a_pattern_outlives_its_renewal(room: Room) -> None:
    room.hear("one", "two")
    room.renew()
    room.memories.hide(room.pattern().id, True)
    room.hear("three")
    assert room.renew() and room.pattern() is None
    (hidden,) = room.memories.list("mira", state="hidden")
    assert hidden.text.endswith("3 times")
    room.memories.hide(hidden.id, False)
    room.memories.edit(hidden.id, "work is hard on them")
    room.hear("four")
    assert room.renew()
    assert room.pattern().text == "work is hard on them" and len(room.pattern().sources) == 4


def test_a_pinned_pattern_that_is_none_any_more_is_no_longer_in_force(room: Room) -> None:
    room.hear("one", "two")
    room.renew()
    room.memories.pin(room.pattern().id, True)
    assert room.readings.renew("mira", [])
    assert not room.pattern().in_force
    assert not room.readings.renew("mira", [])
    room.renew()
    assert room.pattern().in_force


def test_a_forgotten_pattern_goes_alone_and_is_not_found_anew(room: Room) -> None:
    said = room.hear("one", "two")
    room.renew()
    scope = Scope(memory_ids=(room.pattern().id,))
    assert room.forgetting.preview("mira", scope).messages == 0
    token = room.forgetting.forget("mira", scope).token
    assert not room.renew() and room.pattern() is None
    room.forgetting.undo(token)
    assert room.pattern() is not None
    room.forgetting.finish(room.forgetting.forget("mira", scope).token)
    assert not room.renew() and room.pattern() is None
    assert [one.topics for one in room.readings.felt("mira", LONG_AGO)] == [(), ()]
    assert [one.text for one in room.kept.path(said[0].conversation_id) if one.role == "user"] == ["one", "two"]
    room.hear("three", "four")
    assert room.renew() and room.pattern().text.endswith("2 times")


@pytest.mark.parametrize("scope", [Scope(words="three"), Scope(since=datetime(2026, 3, 2, tzinfo=UTC)), Scope(everything=True)])
def test_forgetting_words_a_period_or_everything_takes_readings_too(room: Room, clock: Any, scope: Scope) -> None:
    room.hear("one", "two")
    clock.now = datetime(2026, 3, 3, tzinfo=UTC)
    room.hear("three")
    room.renew()
    token = room.forgetting.forget("mira", scope).token
    assert room.pattern() is None
    left = 0 if scope.everything else 2
    assert len(room.counted()) == left
    room.renew()
    assert (room.pattern() is not None) == (left == 2)
    room.forgetting.undo(token)
    assert len(room.counted()) == 3
    room.forgetting.finish(room.forgetting.forget("mira", scope).token)
    assert len(room.rows()) == len(room.counted()) == left


def test_a_period_takes_a_pattern_that_a_person_has_written_in(room: Room) -> None:
    room.hear("one", "two")
    room.renew()
    room.memories.edit(room.pattern().id, "the boss is a tyrant", said_at=datetime(2026, 3, 1, tzinfo=UTC))
    scope = Scope(since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 3, 2, tzinfo=UTC))
    assert len(room.forgetting.forget("mira", scope).memories) == 1


def test_the_state_tells_when_something_else_counts(room: Room) -> None:
    states = [room.readings.states()]
    (one,) = room.hear("one")
    states.append(room.readings.states())
    room.kept.edit(one.id, "two")
    states.append(room.readings.states())
    assert states[0] != states[1] != states[2] == room.readings.states()
