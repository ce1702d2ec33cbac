"""What two people share: days, answered messages, and when the last one was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from companion.store.conversations import Conversations
from companion.store.memories import Memories
from companion.store.shared import Shared, SharedHistory
from companion.store.transcripts import Line, bring_in

LATER = datetime(2030, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def history(engine: Engine) -> SharedHistory:
    return SharedHistory(engine, UTC)


def test_two_who_never_talked_share_nothing(history: SharedHistory, kept: Conversations) -> None:
    kept.create("mira", ["Hello."])
    assert history.of("mira", LATER) == Shared() and Shared().days_apart(LATER) == 0


def test_answered_messages_days_and_the_last_one_count(history: SharedHistory, clock: Any, say: Callable[..., Any]) -> None:
    said = [say("hello"), say("and again")]
    clock.now += timedelta(days=2)
    said.append(say("I am back"))
    at = clock.now + timedelta(days=3, hours=1)
    shared = history.of("mira", at)
    assert shared == Shared(turns=3, days=2, today=0, last=said[-1].created_at, first=said[0].created_at)
    assert shared.days_apart(at) == 3
    assert history.of("mira", said[-1].created_at + timedelta(hours=1)).today == 1
    assert history.of("jonas", at) == Shared()


def test_a_message_does_not_count_for_itself_nor_before_it_was_said(history: SharedHistory, say: Callable[..., Any]) -> None:
    first, second = say("hello"), say("and again")
    assert history.of("mira", second.created_at).turns == 1
    assert history.of("mira", first.created_at) == Shared()


def test_every_conversation_counts_and_a_day_once(history: SharedHistory, kept: Conversations, say: Callable[..., Any]) -> None:
    say("here")
    say("there", conversation_id=kept.create("mira", []).id)
    say("to somebody else", conversation_id=kept.create("jonas", []).id)
    assert (history.of("mira", LATER).turns, history.of("mira", LATER).days) == (2, 1)


def test_only_what_stands_counts(history: SharedHistory, kept: Conversations, say: Callable[..., Any]) -> None:
    one, two, three = say("one"), say("two"), say("three")

    def turns() -> int:
        return history.of("mira", LATER).turns

    assert turns() == 3
    edited = kept.edit(two.id, "another two")
    assert turns() == 1, "nobody has answered it yet, and what followed the other one is not shown"
    reply = kept.begin_reply(edited.id)
    kept.finish_reply(reply.id, "I see.", "complete", "end")
    assert turns() == 2
    kept.delete_message(reply.id)
    assert turns() == 1
    kept.select(two.id)
    assert turns() == 3
    kept.delete_message(three.id)
    assert turns() == 2
    kept.delete(one.conversation_id)
    assert turns() == 0
    kept.undo(one.conversation_id)
    assert turns() == 2


def test_forgetting_words_takes_no_day_away(history: SharedHistory, remembered: Memories, say: Callable[..., Any]) -> None:
    said = say("a secret")
    before = history.of("mira", LATER)
    remembered.forget([said.id])
    assert history.of("mira", LATER) == before != Shared()


def test_days_are_those_where_the_user_is(engine: Engine, clock: Any, say: Callable[..., Any]) -> None:
    clock.now = datetime(2026, 3, 1, 22, tzinfo=UTC)
    say("before midnight in London, after it in Berlin")
    clock.now = datetime(2026, 3, 2, 2, tzinfo=UTC)
    say("after both")
    hours = {hour: SharedHistory(engine, timezone(timedelta(hours=hour))).of("mira", clock.now) for hour in (0, 2)}
    assert (hours[0].days, hours[0].today) == (2, 1) and (hours[2].days, hours[2].today) == (1, 2)


def test_a_talk_held_elsewhere_counts_by_its_own_days(history: SharedHistory, engine: Engine) -> None:
    lines = [Line(role, "words", NOON - timedelta(days=9 - day)) for day in range(3) for role in ("user", "persona", "persona")]
    bring_in(engine, "mira", lines)
    assert history.of("mira", NOON) == Shared(turns=3, days=3, last=NOON - timedelta(days=7), first=NOON - timedelta(days=9))


STEP = st.sampled_from(("say", "say", "next day", "edit", "regenerate", "delete", "undo", "branch", "select", "ask"))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(STEP, st.integers(0, 30)), max_size=15))
def test_counting_on_is_counting_anew(engine: Engine, kept: Conversations, clock: Any, steps: list[tuple[str, int]]) -> None:
    talk = kept.create("mira", ["Hello."]).id
    counts_on, asked = SharedHistory(engine, UTC), []
    for step, which in steps:
        path = kept.path(talk)
        said = [message for message in path if message.role == "user"]
        one = said[which % len(said)] if said else None
        if step == "say":
            _answer(kept, kept.begin_turn(talk, f"word {which}")[1].id)
        elif step == "next day":
            clock.now += timedelta(days=1)
        elif step == "edit" and one:
            edited = kept.edit(one.id, f"other {which}")
            if which % 2:
                _answer(kept, kept.begin_reply(edited.id).id)
        elif step == "regenerate" and one:
            _answer(kept, kept.begin_reply(one.id).id)
        elif step == "delete" and said:
            kept.delete_message(path[which % len(path)].id)
        elif step == "undo":
            kept.undo(talk)
        elif step == "branch":
            kept.branch(path[which % len(path)].id) if path else None
        elif step == "select" and one:
            kept.select(kept.siblings(one.id)[which % len(kept.siblings(one.id))])
        else:
            asked.append(clock.now - timedelta(days=which % 3))
        for at in (clock.now, *asked[-1:]):
            assert counts_on.of("mira", at) == SharedHistory(engine, UTC).of("mira", at)
    kept.delete(talk)
    assert counts_on.of("mira", clock.now) == Shared()


def _answer(kept: Conversations, reply_id: str) -> None:
    kept.finish_reply(reply_id, "I see.", "complete", "end")
