from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from companion.store.chronicle import Chronicle
from companion.store.conversations import Conversations
from companion.store.memories import Memories, New


@pytest.fixture
def chronicle(engine: Engine, clock: Any) -> Chronicle:
    return Chronicle(engine, clock)


@pytest.fixture
def summed(chronicle: Chronicle, kept: Conversations, say: Callable[..., Any]) -> str:
    """A conversation of two rounds, summed up; its id."""
    say("I count gulls")
    conversation_id = say("I count terns").conversation_id
    assert chronicle.write("mira", "they count birds", kept.path(conversation_id)[1:])
    return str(conversation_id)


def test_an_entry_names_its_messages_and_when_they_were_said(
    chronicle: Chronicle, summed: str, kept: Conversations, remembered: Memories
) -> None:
    (entry,) = chronicle.of(summed)
    said = kept.path(summed)[1:]
    assert entry.text == "they count birds" and entry.covers == {message.id for message in said} and not entry.hidden
    (memory,) = remembered.list("mira", kinds=["summary"])
    assert (memory.holds_from, memory.said_at) == (said[0].created_at, said[-1].created_at) and memory.in_force
    assert entry.written_at > said[-1].created_at


def test_an_entry_counts_while_all_its_messages_stand(chronicle: Chronicle, summed: str, kept: Conversations) -> None:
    kept.edit(kept.path(summed)[3].id, "I count clouds")
    assert chronicle.of(summed) == ()
    kept.undo(summed)
    assert len(chronicle.of(summed)) == 1


def test_an_entry_that_was_corrected_or_put_aside_says_so(chronicle: Chronicle, summed: str, remembered: Memories) -> None:
    (memory,) = remembered.list("mira", kinds=["summary"])
    remembered.edit(memory.id, "they count gulls and terns")
    remembered.hide(memory.id, True)
    (entry,) = chronicle.of(summed)
    assert entry.text == "they count gulls and terns" and entry.hidden


def test_forgotten_entries_and_those_of_others_are_not_read(
    chronicle: Chronicle, summed: str, kept: Conversations, remembered: Memories
) -> None:
    other = kept.create("mira", ["Hello."]).id
    assert chronicle.of(other) == () and chronicle.of("nowhere") == ()
    remembered.add("mira", New("summary", "by hand", said_at=kept.get(summed).created_at), by_hand=True)
    (entry,) = chronicle.of(summed)
    (memory,) = [one for one in remembered.list("mira", kinds=["summary"]) if one.sources]
    remembered.forget([memory.id])
    assert chronicle.of(summed) == () and entry.text == "they count birds"


def test_what_no_longer_stands_is_not_summed_up(chronicle: Chronicle, kept: Conversations, say: Callable[..., Any]) -> None:
    conversation_id = say("I count gulls").conversation_id
    said = kept.path(conversation_id)[1:]
    kept.edit(said[0].id, "I count terns")
    assert not chronicle.write("mira", "they count gulls", said)
    assert chronicle.of(conversation_id) == ()


def test_what_was_learnt_from_messages_is_at_hand(chronicle: Chronicle, say: Callable[..., Any], remembered: Memories) -> None:
    user = say("my sister is called Anna")
    remembered.add(
        "mira", New("fact", "their sister is called Anna", said_at=user.created_at, value="Anna", importance=0.8, sources=(user.id,))
    )
    (note,) = chronicle.noted([user.id, "nowhere"])
    assert (note.message_id, note.value, note.importance) == (user.id, "Anna", 0.8)
