"""What is forgotten for good leaves no bytes behind: neither text, nor words of an index, nor stems of words."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.store.conversations import Conversations
from companion.store.database import BACKUP_NAME
from companion.store.memories import Memories, New, slot_of

# An index stores a word without what it shares with the one before it, so the end of a stem is looked for.
SECRETS = ("marzipan", "zipan", "floorboards", "loorboard")


def holding(home: Path) -> dict[str, list[str]]:
    """Which secrets are in which files."""
    content = {path.name: path.read_bytes().lower() for path in home.iterdir()}
    found = {name: [secret for secret in SECRETS if secret.encode() in held] for name, held in content.items()}
    return {name: secrets for name, secrets in found.items() if secrets}


@pytest.fixture
def remembered(engine: Engine, clock: Any) -> Memories:
    return Memories(engine, clock)


def tell(kept: Conversations, remembered: Memories, conversation_id: str, *, many: int = 1) -> tuple[str, list[str]]:
    """The user tells a secret, which is learnt; others tell it in other words. The message, and the memories."""
    user, reply = kept.begin_turn(conversation_id, "The marzipan is under the floorboards. " * many)
    kept.finish_reply(reply.id, "I will tell nobody.", "complete", "end")
    news = [
        New(kind, f"there is marzipan under the floorboards{' and more' * i}", said_at=user.created_at, subject="marzipan",
            value="floorboards", slot=slot_of("marzipan", "home", f"floorboards {i}"), sources=(user.id,))
        for i, kind in enumerate(("fact", "event", "summary"))
    ]  # fmt: skip
    remembered.learnt(user.id, news)
    return user.id, [memory.id for memory in remembered.list("mira") if user.id in memory.sources]


@pytest.mark.parametrize("many", [1, 500], ids=["in a page", "over many pages"])
def test_memories_and_messages_forgotten_for_good_leave_no_bytes(
    kept: Conversations, remembered: Memories, clock: Any, home: Path, many: int
) -> None:
    conversation_id = kept.create("mira", ["Hello."]).id
    for n in range(20):  # words before and after, in several segments of the index
        _, reply = kept.begin_turn(conversation_id, f"Something harmless about margarine, {n} times")
        kept.finish_reply(reply.id, "Indeed, mariners say so.", "complete", "end")
    message, told = tell(kept, remembered, conversation_id, many=many)
    _, reply = kept.begin_turn(conversation_id, "Let us speak of flowers")
    kept.finish_reply(reply.id, "With pleasure.", "complete", "end")
    (home / BACKUP_NAME.format(revision="0002")).write_text("marzipan")
    assert holding(home)
    forgotten = remembered.forget([*told, message])
    assert kept.purge(forgotten.at) == 0  # not yet
    remembered.undo_forget(forgotten.token)
    remembered.forget([*told, message])
    assert kept.purge(clock()) == 4
    assert holding(home) == {}
    assert [each.text for each in kept.path(conversation_id)][-3:] == ["I will tell nobody.", "Let us speak of flowers", "With pleasure."]
    assert remembered.list("mira", state="all") == ()


def test_finishing_one_forgetting_wipes_it(kept: Conversations, remembered: Memories, home: Path) -> None:
    message, told = tell(kept, remembered, kept.create("mira", ["Hello."]).id)
    forgotten = remembered.forget([message])  # what rests on it alone goes with it
    remembered.finish(forgotten.token)
    assert holding(home) == {}
    assert remembered.of(told) == ()


def test_what_was_learnt_from_a_purged_conversation_goes_with_it(kept: Conversations, remembered: Memories, clock: Any, home: Path) -> None:
    doomed, other = kept.create("mira", ["Hello."]).id, kept.create("mira", ["Hello."]).id
    told = tell(kept, remembered, doomed)[1]
    user, reply = kept.begin_turn(other, "I like tea")
    kept.finish_reply(reply.id, "So do I.", "complete", "end")
    tea = New("fact", "they like tea", said_at=user.created_at, sources=(user.id, *remembered.get(told[0]).sources))
    whole = New("summary", "marzipan and tea", said_at=user.created_at, sources=tea.sources)
    remembered.learnt(user.id, [tea, whole])
    kept.delete(doomed)
    kept.purge(clock())
    assert holding(home) == {}
    assert [(memory.text, memory.sources) for memory in remembered.list("mira", state="all")] == [("they like tea", (user.id,))]


def test_words_corrected_in_a_memory_are_wiped(kept: Conversations, remembered: Memories, clock: Any, home: Path) -> None:
    memory = remembered.add("mira", New("fact", "they hide marzipan", value="floorboards", said_at=clock()), by_hand=True)
    remembered.edit(memory.id, "they hide sweets", "")
    kept.purge(clock())
    assert holding(home) == {}
    assert remembered.get(memory.id).value is None


def test_words_of_a_continuation_that_was_undone_are_wiped(kept: Conversations, remembered: Memories, clock: Any, home: Path) -> None:
    conversation_id = kept.create("mira", ["Hello."]).id
    _, reply = kept.begin_turn(conversation_id, "Go on")
    kept.finish_reply(reply.id, "And then", "stopped", "stopped")
    kept.continue_reply(reply.id)
    kept.finish_reply(reply.id, "And then there was marzipan under the floorboards.", "complete", "end")
    kept.undo(conversation_id)
    kept.purge(clock())
    assert holding(home) == {}


def test_earlier_words_of_a_forgotten_reply_are_wiped(kept: Conversations, remembered: Memories, home: Path) -> None:
    conversation_id = kept.create("mira", ["Hello."]).id
    _, reply = kept.begin_turn(conversation_id, "Go on")
    kept.finish_reply(reply.id, "There was marzipan", "stopped", "stopped")
    kept.continue_reply(reply.id)
    kept.finish_reply(reply.id, "There was marzipan under the floorboards.", "complete", "end")
    remembered.finish(remembered.forget([reply.id]).token)
    assert holding(home) == {}
    assert kept.undo(conversation_id) is None
    assert kept.message(reply.id).text == ""
