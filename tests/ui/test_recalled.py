"""What came back for a reply stands under it, and leads to where it comes from."""

from collections.abc import Callable
from datetime import UTC, datetime

from companion.store.memories import New
from companion.store.records import Recalled
from tests.ui.room import Room

Rooms = Callable[..., Room]


def replied(room: Room, *recalled: Recalled) -> str:
    """A reply for which something was recalled; its id."""
    store = room.companion.conversations
    _, reply = store.begin_turn(room.place.conversation_id, "The house is so quiet.")
    store.finish_reply(reply.id, "I know.", "complete", "end", recalled=recalled)
    room.do(room.actions.open(room.place, room.place.conversation_id))
    return reply.id


def test_what_was_recalled_is_told_in_todays_words_and_what_is_gone_is_not(rooms: Rooms) -> None:
    room = rooms()
    note = New("fact", "they have a <dog>", said_at=datetime.now(UTC))
    memory = room.companion.memories.add("mara", note, by_hand=True)
    greeting = room.last_id()
    replied(
        room,
        Recalled(memory.id, "fact", 1.0, {"meaning": 0.6, "words": 0.4}),
        Recalled(greeting, "turn", 0.5, {"context": 1.0}),
        Recalled("gone", "fact", 0.4, {}),
    )
    html = room.text("transcript")
    assert f'data-act="memory" data-id="{memory.id}" title="meaning 60 %, words 40 %">they have a &lt;dog&gt;' in html
    assert f'data-act="source" data-id="{greeting}"' in html and "gone" not in html
    room.companion.memories.forget([memory.id])
    room.do(room.actions.open(room.place, room.place.conversation_id))
    assert "&lt;dog&gt;" not in room.text("transcript")


def test_a_message_is_brought_into_sight_however_long_ago_it_was_said(rooms: Rooms) -> None:
    room = rooms()
    greeting = room.last_id()
    for _ in range(40):
        replied(room)
    room.do(room.actions.new(room.place))
    assert f'data-id="{greeting}"' not in room.text("transcript")
    room.do(room.actions.show(room.place, greeting))
    assert f'<article class="turn hers" data-id="{greeting}"' in room.text("transcript")
    assert room.shown["spot"] == {"id": room.shown["spot"]["id"], "message": greeting}  # type: ignore[index]


def test_words_on_another_branch_are_not_pretended_to_be_there(rooms: Rooms) -> None:
    room = rooms(("A.",), ("B.",))
    room.do(room.actions.send(room.place, "Hi."))
    first = room.last_id()
    room.do(room.actions.again(room.place, first))
    (told,) = room.do(room.actions.show(room.place, first))
    assert told.spot is None and "no longer part of their conversation" in room.text("toast")


def test_forgotten_words_leave_a_place_in_the_talk(rooms: Rooms) -> None:
    room = rooms(("A.",))
    room.do(room.actions.send(room.place, "A secret."))
    said = room.companion.conversations.path(room.place.conversation_id)[1].id
    room.companion.memories.forget([said])
    room.do(room.actions.open(room.place, room.place.conversation_id))
    assert "A secret." not in room.text("transcript") and "These words were forgotten." in room.text("transcript")
