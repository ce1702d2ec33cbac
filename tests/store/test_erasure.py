"""What is deleted for good leaves no bytes behind."""

from pathlib import Path

import pytest

from companion.errors import ConflictError, NotFoundError
from companion.store.conversations import Conversations
from companion.store.database import BACKUP_NAME, reading

SECRET = "marzipan-under-the-floorboards"


def holding(home: Path, words: str) -> list[str]:
    return [path.name for path in home.iterdir() if words.encode() in path.read_bytes()]


def say(kept: Conversations, conversation_id: str, text: str, answer: str) -> str:
    user, reply = kept.begin_turn(conversation_id, text)
    for end in range(0, len(answer), len(answer) // 4 + 1):
        kept.save_reply(reply.id, answer[:end])
    kept.finish_reply(reply.id, answer, "complete", "end")
    return user.id


@pytest.mark.parametrize("length", [1, 400], ids=["in a page", "over many pages"])
def test_purged_messages_leave_no_bytes(kept: Conversations, clock, home: Path, length: int) -> None:
    conversation = kept.create("mira", ["Hello."])
    say(kept, conversation.id, "Something harmless", "Indeed.")
    doomed = say(kept, conversation.id, SECRET * length, f"So it is {SECRET * length}.")
    assert holding(home, SECRET)
    kept.delete_message(doomed)
    assert kept.purge(clock()) == 2
    assert holding(home, SECRET) == []
    assert [message.text for message in kept.path(conversation.id)] == ["Hello.", "Something harmless", "Indeed."]
    assert kept.undo(conversation.id) is None  # what is final cannot be undone


def test_a_purged_conversation_leaves_neither_title_nor_copies(kept: Conversations, clock, home: Path) -> None:
    conversation, other = kept.create("mira", ["Hello."]), kept.create("mira", ["Hello."])
    say(kept, conversation.id, SECRET, f"Yes, {SECRET}.")
    kept.rename(conversation.id, SECRET)
    kept.rename(conversation.id, "Sweets")
    (home / BACKUP_NAME.format(revision="0001")).write_text(SECRET)
    kept.delete(conversation.id)
    assert kept.purge(clock()) == 4
    assert holding(home, SECRET) == []
    with pytest.raises(NotFoundError):
        kept.undo(conversation.id)
    assert [line.id for line in kept.list()] == [other.id]


def test_the_unsent_words_of_an_undone_send_are_purged_too(kept: Conversations, clock, home: Path) -> None:
    conversation = kept.create("mira", ["Hello."])
    say(kept, conversation.id, SECRET, "Oh.")
    kept.undo(conversation.id)
    kept.purge(clock())
    assert holding(home, SECRET) == []


def test_what_was_deleted_later_stays_and_can_be_undone(kept: Conversations, clock) -> None:
    conversation = kept.create("mira", ["Hello."])
    early = say(kept, conversation.id, "One", "Two")
    kept.delete_message(early)
    between = clock()
    late = say(kept, conversation.id, "Three", "Four")
    kept.delete_message(late)
    assert kept.purge(between) == 2
    assert kept.undo(conversation.id).kind == "delete_message"
    assert [message.text for message in kept.path(conversation.id)] == ["Hello.", "Three", "Four"]
    assert kept.undo(conversation.id).kind == "send"
    assert kept.undo(conversation.id) is None


def test_deleted_inside_deleted_is_purged_with_it(kept: Conversations, clock) -> None:
    conversation = kept.create("mira", [])
    outer = say(kept, conversation.id, "One", "Two")
    inner = say(kept, conversation.id, "Three", "Four")
    kept.delete_message(inner)
    clock.now, noon = clock.now.replace(year=2025), clock.now  # a clock set back
    kept.delete_message(outer)
    kept.purge(clock())
    assert kept.path(conversation.id) == ()
    assert kept.purge(noon.replace(year=2030)) == 0


def test_a_reader_in_the_way_is_reported_and_the_next_call_wipes(kept: Conversations, engine, clock, home: Path, monkeypatch) -> None:
    monkeypatch.setattr("companion.store.database.BUSY_MS", 20)
    engine.dispose()  # so that the next connections wait as briefly
    conversation = kept.create("mira", ["Hello."])
    kept.delete_message(say(kept, conversation.id, SECRET, "Oh."))
    with reading(engine) as connection:
        connection.exec_driver_sql("SELECT count(*) FROM messages").scalar_one()
        with pytest.raises(ConflictError) as refused:
            kept.purge(clock())
        assert refused.value.retryable
    kept.purge(clock())
    assert holding(home, SECRET) == []
