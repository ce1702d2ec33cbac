"""What a user meets: sending, swiping, editing, finding, and two tabs at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import ConflictError, InputError, MessageError, NotFoundError
from companion.events import Guesses, HelpLine, Referral, Stage, Trace
from companion.store.conversations import Conversations, Message, Recalled
from companion.store.database import open_database
from companion.store.tables import messages


def say(kept: Conversations, conversation_id: str, text: str, answer: str) -> tuple[Message, Message]:
    user, reply = kept.begin_turn(conversation_id, text)
    return user, kept.finish_reply(reply.id, answer, "complete", "end")


def shown(kept: Conversations, conversation_id: str) -> list[str]:
    return [message.text for message in kept.path(conversation_id)]


def test_words_are_committed_before_anyone_is_told(kept: Conversations, home) -> None:
    conversation = kept.create("mira", ["Hello."])
    user, reply = kept.begin_turn(conversation.id, "Good morning")
    other = open_database(home)  # a second program sees them already
    path = Conversations(other).path(conversation.id)
    other.dispose()
    assert [(m.role, m.text, m.status) for m in path] == [
        ("persona", "Hello.", "complete"),
        ("user", "Good morning", "complete"),
        ("persona", "", "streaming"),
    ]
    assert path[1] == user
    assert path[2] == reply


def test_times_are_aware_utc(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    say(kept, conversation.id, "Hi", "Hi!")
    assert all(message.created_at.tzinfo is UTC for message in kept.path(conversation.id))
    assert kept.path(conversation.id)[-1].finished_at > kept.path(conversation.id)[-1].created_at


def test_reply_grows_and_ends_with_its_account(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    _, reply = kept.begin_turn(conversation.id, "Tell me a story")
    kept.save_reply(reply.id, "Once")
    assert kept.message(reply.id).text == "Once"
    trace = Trace(
        stages=(Stage("guard", 1.5, 0.5), Stage("prefill", 40.0)),
        first_token_ms=60.0,
        total_ms=900.0,
        reply_tokens=12,
        guesses=(Guesses("lookup", 15, 12), Guesses("model", 9, 3)),
        engine="starter",
    )
    referral = Referral("You are not alone", "Someone can listen.", (HelpLine("Line", "116 123", "always"),), "2026-01")
    kept.finish_reply(reply.id, "Once upon a time.", "complete", "end", trace, referral)
    finished = kept.message(reply.id)
    assert (finished.text, finished.status, finished.reason) == ("Once upon a time.", "complete", "end")
    assert finished.trace == trace
    assert finished.referral == referral


def test_an_account_of_before_drafters_were_told_apart_is_read(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    _, reply = kept.begin_turn(conversation.id, "Hi")
    kept.finish_reply(reply.id, "Hello.", "complete", "end")
    before = {"stages": [{"name": "prefill", "ms": 40.0}], "reply_tokens": 12, "drafted_tokens": 24, "accepted_tokens": 15}
    with kept._engine.begin() as connection:
        connection.execute(messages.update().where(messages.c.id == reply.id).values(trace=before))
    trace = kept.message(reply.id).trace
    assert trace == Trace(stages=(Stage("prefill", 40.0),), reply_tokens=12, guesses=(Guesses("", 24, 15),))
    assert (trace.drafted_tokens, trace.accepted_tokens) == (24, 15)


def test_a_reply_keeps_what_was_recalled_for_it(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    _, reply = kept.begin_turn(conversation.id, "Who is Anna?")
    recalled = (Recalled("a" * 32, "fact", 0.8, {"meaning": 0.6, "words": 0.4}), Recalled("b" * 32, "turn", 0.3, {"time": 1.0}))
    assert kept.finish_reply(reply.id, "Your sister.", "complete", "end", recalled=recalled).recalled == recalled
    assert kept.path(conversation.id)[-1].recalled == recalled
    kept.continue_reply(reply.id)
    assert kept.finish_reply(reply.id, "Your sister, I think.", "complete", "end").recalled == ()
    kept.undo(conversation.id)
    assert kept.message(reply.id).recalled == recalled


def test_late_save_cannot_overwrite_a_finished_reply(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    _, reply = kept.begin_turn(conversation.id, "Hi")
    kept.finish_reply(reply.id, "Hello there.", "stopped", "stopped")
    with pytest.raises(ConflictError):
        kept.save_reply(reply.id, "Hel")
    with pytest.raises(ConflictError):
        kept.finish_reply(reply.id, "Hel", "complete")
    assert kept.message(reply.id).text == "Hello there."


def test_alternate_greetings_are_swiped(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello.", "Oh, it is you!"])
    first, second = kept.siblings(kept.path(conversation.id)[0].id)
    kept.select(second)
    assert shown(kept, conversation.id) == ["Oh, it is you!"]
    kept.select(first)
    assert shown(kept, conversation.id) == ["Hello."]


def test_regenerating_keeps_the_former_reply(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    user, reply = say(kept, conversation.id, "Tea or coffee?", "Tea.")
    again = kept.begin_reply(user.id)
    kept.finish_reply(again.id, "Coffee.", "complete", "end")
    assert shown(kept, conversation.id) == ["Tea or coffee?", "Coffee."]
    assert kept.siblings(again.id) == (reply.id, again.id)


def test_swiping_back_shows_what_followed(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    user, reply = say(kept, conversation.id, "Tea or coffee?", "Tea.")
    say(kept, conversation.id, "Why?", "It is calm.")
    again = kept.begin_reply(user.id)
    kept.finish_reply(again.id, "Coffee.", "complete", "end")
    kept.select(reply.id)
    assert shown(kept, conversation.id) == ["Tea or coffee?", "Tea.", "Why?", "It is calm."]


def test_editing_makes_a_sibling_of_the_same_role(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    user, reply = say(kept, conversation.id, "I like tee", "Golf?")
    fixed = kept.edit(user.id, "I like tea")
    assert shown(kept, conversation.id) == ["I like tea"]
    assert kept.siblings(fixed.id) == (user.id, fixed.id)
    kept.select(user.id)
    corrected = kept.edit(reply.id, "So do I.")
    assert (corrected.role, corrected.status) == ("persona", "complete")
    assert shown(kept, conversation.id) == ["I like tee", "So do I."]


def test_a_reply_keeps_its_own_path_while_the_user_looks_elsewhere(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello.", "Hi."])
    other = kept.siblings(kept.path(conversation.id)[0].id)[1]
    _, reply = kept.begin_turn(conversation.id, "One")
    kept.select(other)
    assert shown(kept, conversation.id) == ["Hi."]
    assert [message.text for message in kept.path(conversation.id, reply.id)] == ["Hello.", "One", ""]


def test_branching_goes_another_way_and_loses_nothing(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    _, reply = say(kept, conversation.id, "One", "Two")
    say(kept, conversation.id, "Three", "Four")
    kept.branch(reply.id)
    assert shown(kept, conversation.id) == ["Hello.", "One", "Two"]
    kept.select(reply.id)
    assert shown(kept, conversation.id) == ["Hello.", "One", "Two", "Three", "Four"]
    kept.branch(reply.id)
    say(kept, conversation.id, "Five", "Six")
    assert shown(kept, conversation.id) == ["Hello.", "One", "Two", "Five", "Six"]


def test_deleting_a_message_takes_what_follows_it(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    user, reply = say(kept, conversation.id, "One", "Two")
    kept.delete_message(user.id)
    assert shown(kept, conversation.id) == ["Hello."]
    for gone in (user.id, reply.id):
        with pytest.raises(NotFoundError):
            kept.message(gone)


def test_deleting_another_branch_leaves_the_shown_one(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    user, reply = say(kept, conversation.id, "One", "Two")
    again = kept.begin_reply(user.id)
    kept.finish_reply(again.id, "Three", "complete", "end")
    kept.delete_message(reply.id)
    assert shown(kept, conversation.id) == ["One", "Three"]
    assert kept.siblings(again.id) == (again.id,)


def test_conversation_goes_on_after_everything_is_deleted(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    kept.delete_message(kept.path(conversation.id)[0].id)
    assert kept.path(conversation.id) == ()
    say(kept, conversation.id, "Anyone?", "Me.")
    assert shown(kept, conversation.id) == ["Anyone?", "Me."]


def test_continuing_keeps_the_text(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    user, reply = kept.begin_turn(conversation.id, "Go on")
    kept.finish_reply(reply.id, "And then", "stopped", "stopped")
    opened = kept.continue_reply(reply.id)
    assert (opened.text, opened.status, opened.reason) == ("And then", "streaming", None)
    kept.finish_reply(reply.id, "And then it rained.", "complete", "end")
    assert shown(kept, conversation.id) == ["Go on", "And then it rained."]
    with pytest.raises(InputError):
        kept.continue_reply(user.id)


def test_nothing_changes_under_a_reply_being_written(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    user, reply = kept.begin_turn(conversation.id, "One")
    greeting = kept.path(conversation.id)[0].id
    for attempt in (
        lambda: kept.begin_turn(conversation.id, "Two"),
        lambda: kept.begin_reply(user.id),
        lambda: kept.continue_reply(reply.id),
        lambda: kept.edit(user.id, "Uno"),
        lambda: kept.delete_message(greeting),
        lambda: kept.delete(conversation.id),
        lambda: kept.undo(conversation.id),
    ):
        with pytest.raises(ConflictError) as refused:
            attempt()
        assert "Stop it" in refused.value.hint
    kept.finish_reply(reply.id, "Yes", "complete", "end")
    assert shown(kept, conversation.id) == ["Hello.", "One", "Yes"]


def test_two_tabs_sending_at_once_make_one_turn(kept: Conversations) -> None:
    conversation = kept.create("mira", [])
    gate, outcomes = threading.Barrier(6), []

    def send(text: str) -> None:
        gate.wait()
        try:
            outcomes.append(kept.begin_turn(conversation.id, text)[0].text)
        except ConflictError:
            outcomes.append(None)

    threads = [threading.Thread(target=send, args=(f"from tab {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = [text for text in outcomes if text]
    assert len(outcomes) == 6
    assert len(sent) == 1
    assert shown(kept, conversation.id) == [sent[0], ""]


def test_many_threads_write_side_by_side(kept: Conversations) -> None:
    ids = [kept.create("mira", []).id for _ in range(6)]

    def talk(conversation_id: str) -> None:
        for n in range(5):
            _, reply = kept.begin_turn(conversation_id, f"{n}?")
            kept.save_reply(reply.id, "so")
            kept.finish_reply(reply.id, f"{n}!", "complete", "end")

    threads = [threading.Thread(target=talk, args=(conversation_id,)) for conversation_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = [f"{n}{mark}" for n in range(5) for mark in "?!"]
    assert all(shown(kept, conversation_id) == expected for conversation_id in ids)


def test_revision_tells_another_tab_of_every_change(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello.", "Hi."])
    greeting, other = kept.siblings(kept.path(conversation.id)[0].id)
    user, reply = kept.begin_turn(conversation.id, "One")
    seen = [kept.revision(conversation.id)]
    for change in (
        lambda: kept.save_reply(reply.id, "T"),
        lambda: kept.finish_reply(reply.id, "Two", "complete", "end"),
        lambda: kept.rename(conversation.id, "Numbers"),
        lambda: kept.select(other),
        lambda: kept.branch(greeting),
        lambda: kept.edit(user.id, "Eins"),
        lambda: kept.delete_message(other),
        lambda: kept.undo(conversation.id),
    ):
        change()
        seen.append(kept.revision(conversation.id))
    assert seen == sorted(set(seen))
    kept.list(), kept.path(conversation.id), kept.branch(kept.get(conversation.id).active_leaf_id)
    assert kept.revision(conversation.id) == seen[-1]


def test_empty_and_broken_words_are_refused(kept: Conversations) -> None:
    conversation = kept.create("mira", ["Hello."])
    for nothing in ("", " \n\t "):
        with pytest.raises(MessageError):
            kept.begin_turn(conversation.id, nothing)
    with pytest.raises(InputError):
        kept.begin_turn(conversation.id, "half a smile \ud83d")
    with pytest.raises(InputError):
        kept.begin_reply(kept.path(conversation.id)[0].id)
    assert shown(kept, conversation.id) == ["Hello."]


def test_any_words_come_back_as_they_were(kept: Conversations) -> None:
    @settings(deadline=None, max_examples=40)
    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
    def check(text: str) -> None:
        user, _ = kept.begin_turn(kept.create("mira", []).id, text)
        assert kept.message(user.id).text == text

    check()


def test_what_is_not_there_is_said_plainly(kept: Conversations) -> None:
    here, elsewhere = kept.create("mira", ["Hello."]), kept.create("mira", ["Hello."])
    foreign = kept.path(elsewhere.id)[0].id
    for attempt in (
        lambda: kept.get("nothing"),
        lambda: kept.revision("nothing"),
        lambda: kept.path("nothing"),
        lambda: kept.message("nothing"),
        lambda: kept.undo("nothing"),
        lambda: kept.begin_turn("nothing", "Hi"),
        lambda: kept.begin_turn(here.id, "Hi", parent_id=foreign),
        lambda: kept.path(here.id, foreign),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert shown(kept, here.id) == ["Hello."]


def test_replies_of_a_dead_process_become_interrupted(kept: Conversations, engine) -> None:
    conversation = kept.create("mira", [])
    _, reply = kept.begin_turn(conversation.id, "Hi")
    kept.save_reply(reply.id, "I was about to")
    after = Conversations(engine)
    assert after.recover() == 1
    assert after.recover() == 0
    torn = after.message(reply.id)
    assert (torn.text, torn.status) == ("I was about to", "interrupted")
    after.begin_turn(conversation.id, "Are you there?")


def test_a_naive_clock_is_refused(engine) -> None:
    with pytest.raises(Exception, match="time zone"):
        Conversations(engine, lambda: datetime(2026, 1, 1)).create("mira", [])


def test_clock_going_back_does_not_reorder_messages(kept: Conversations, clock) -> None:
    conversation = kept.create("mira", ["Hello."])
    say(kept, conversation.id, "One", "Two")
    clock.now -= timedelta(hours=1)
    say(kept, conversation.id, "Three", "Four")
    assert shown(kept, conversation.id) == ["Hello.", "One", "Two", "Three", "Four"]
