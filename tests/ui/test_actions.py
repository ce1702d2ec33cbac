from collections.abc import Callable
from dataclasses import replace
from unittest.mock import Mock

import pytest

from companion.errors import ModelError, StorageError
from companion.ui.actions import Drawing
from companion.ui.words import STAGES
from tests.ui.room import Room

Rooms = Callable[..., Room]


def said(room: Room) -> list[str]:
    return [message.text for message in room.companion.conversations.path(room.place.conversation_id)]


def news(room: Room) -> str:
    composer = room.shown["composer"]
    assert isinstance(composer, dict)
    return str((composer["news"] or {}).get("kind"))


def test_a_page_opens_on_a_greeting_with_openers(rooms: Rooms) -> None:
    room = rooms()
    assert "Mara is an AI, not a person" in room.text("transcript") and 'data-act="opener"' in room.text("transcript")
    assert "built-in model" in room.text("banner")


def test_words_are_let_go_only_when_they_are_kept(rooms: Rooms) -> None:
    room = rooms(("Good", " evening."), gate=True)
    sending = room.actions.send(room.place, "Hello you.")
    first = next(sending)
    room.engine.release(5)
    told = room.do(sending)
    assert first.composer and first.composer["news"]["kind"] == "accepted" and first.composer["busy"]
    assert "Hello you." in str(first.transcript)
    last = [drawing.composer for drawing in told if drawing.composer][-1]
    assert last["news"] == first.composer["news"] and not last["busy"], "a page that draws only the last of what came together knows it too"
    assert [drawing.live for drawing in told if drawing.live and "Good" in drawing.live]
    assert said(room)[1:] == ["Hello you.", "Good evening."] and room.text("live") == ""


def test_a_message_that_is_too_long_is_refused_and_stays_in_the_box(rooms: Rooms) -> None:
    room = rooms()
    room.do(room.actions.send(room.place, "a" * 201))
    assert news(room) == "refused" and "201 characters" in room.text("toast") and len(said(room)) == 1


def test_a_growing_reply_redraws_the_live_region_alone(rooms: Rooms) -> None:
    room = rooms(("One", " two", " three"), gate=True)
    sending = room.actions.send(room.place, "Count.")
    next(sending)
    room.engine.release(5)
    told = room.do(sending)
    growing = [drawing for drawing in told if drawing.live and "One" in drawing.live]
    assert growing and all(drawing == Drawing(live=drawing.live) for drawing in growing)


def test_another_reply_can_be_had_and_swiped_away(rooms: Rooms) -> None:
    room = rooms(("First.",), ("Second.",))
    room.do(room.actions.send(room.place, "Hi."))
    first = room.last_id()
    room.do(room.actions.again(room.place, first))
    assert said(room)[-1] == "Second." and "2 / 2" in room.text("transcript")
    room.do(room.actions.swipe(room.place, first))
    assert said(room)[-1] == "First." and "1 / 2" in room.text("transcript")


def test_editing_ones_own_words_sends_them_again(rooms: Rooms) -> None:
    room = rooms(("A.",), ("B.",))
    room.do(room.actions.send(room.place, "Old."))
    mine = room.companion.conversations.path(room.place.conversation_id)[1].id
    room.do(room.actions.edit(room.place, mine))
    assert news(room) == "edit"
    room.do(room.actions.rewrite(room.place, mine, "New."))
    assert said(room)[1:] == ["New.", "B."]


def test_editing_her_words_asks_nobody(rooms: Rooms) -> None:
    room = rooms(("A.",))
    room.do(room.actions.send(room.place, "Hi."))
    room.do(room.actions.rewrite(room.place, room.last_id(), "Better."))
    assert said(room)[-1] == "Better." and len(room.engine.requests) == 1 and news(room) == "accepted"


def test_a_reply_goes_on_where_it_stood(rooms: Rooms) -> None:
    room = rooms(("Half",), (" and half.",), gate=True)
    room.engine.release(2)
    room.do(room.actions.send(room.place, "Hi."))
    growing = room.actions.grow(room.place, room.last_id())
    assert "Half" in str(next(growing).live)
    room.engine.release(2)
    told = room.do(growing)
    assert any(drawing.live and "Half and half." in drawing.live for drawing in told)
    assert said(room)[-1] == "Half and half."


def test_what_is_deleted_can_be_brought_back(rooms: Rooms) -> None:
    room = rooms(("A.",))
    room.do(room.actions.send(room.place, "Hi."))
    room.do(room.actions.delete(room.place, room.last_id()))
    assert said(room)[-1] == "Hi." and room.place.conversation_id in room.text("toast")
    room.do(room.actions.undo(room.place))
    assert said(room)[-1] == "A."


def test_taking_back_what_was_said_puts_it_into_the_box(rooms: Rooms) -> None:
    room = rooms(("A.",))
    room.do(room.actions.send(room.place, "My words."))
    room.do(room.actions.undo(room.place))
    assert news(room) == "restore" and "My words." in room.text("composer") and len(said(room)) == 1


def test_a_branch_goes_back_and_keeps_what_followed(rooms: Rooms) -> None:
    room = rooms(("A.",))
    greeting = room.last_id()
    room.do(room.actions.send(room.place, "Hi."))
    room.do(room.actions.branch(room.place, greeting))
    assert len(said(room)) == 1 and "What followed is kept" in room.text("toast")


def test_a_model_that_fails_says_why_on_the_page(rooms: Rooms) -> None:
    room = rooms(("Half",), fail_with=ModelError("The model ran out of memory.", hint="Choose a smaller one."))
    room.do(room.actions.send(room.place, "Hi."))
    assert "ran out of memory" in room.text("transcript") and "Choose a smaller one." in room.text("transcript")
    assert "Try again" in room.text("transcript") and said(room)[-1] == "Half"


def test_every_stage_of_a_turn_has_a_word_and_every_word_a_stage(rooms: Rooms) -> None:
    room = rooms(("A.",))
    room.do(room.actions.send(room.place, "Hi."))
    trace = room.companion.conversations.message(room.last_id()).trace
    assert trace and {stage.name for stage in trace.stages} == set(STAGES)


def test_a_disk_that_cannot_be_read_is_told_and_nothing_else_is_drawn(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    room = rooms()
    full = StorageError("The disk is full.", hint="Free some space.")
    monkeypatch.setattr(room.companion.conversations, "get", Mock(side_effect=full))
    (told,) = room.do(room.actions.new(room.place))
    assert told == Drawing(toast=told.toast) and "The disk is full." in room.text("toast")


def test_a_crisis_shows_help_and_no_reply(rooms: Rooms) -> None:
    room = rooms(("never",))
    room.do(room.actions.send(room.place, "I want to kill myself tonight"))
    assert 'role="note"' in room.text("transcript") and "referral" in room.text("transcript") and not room.engine.requests


def test_a_second_tab_sees_what_the_first_did_by_its_revision(rooms: Rooms) -> None:
    room = rooms(("A.",))
    second = room.place
    assert list(room.actions.glance(second, "")) == []
    room.do(room.actions.send(room.place, "Hi."))
    (seen,) = room.actions.glance(second, "")
    assert "Hi." in str(seen.transcript)


def test_a_page_opened_in_the_middle_shows_the_text_so_far_and_goes_on(rooms: Rooms) -> None:
    room = rooms(("Begun", " and", " done."), gate=True)
    sending = room.actions.send(room.place, "Hi.")
    next(sending)
    room.engine.release(1)
    (entered,) = room.actions.arrive(room.place.conversation_id)
    assert entered.elsewhere and entered.place
    joining = room.actions.follow(entered.place, entered.elsewhere)
    next(drawing for drawing in joining if drawing.live and "Begun" in drawing.live)
    room.engine.release(5)
    *_, last = joining
    assert "Begun and done." in str(last.transcript) and last.live == ""


def test_stop_keeps_what_was_written(rooms: Rooms) -> None:
    room = rooms(("Begun", " never"), gate=True)
    sending = room.actions.send(room.place, "Hi.")
    next(sending)
    room.engine.release(1)
    next(drawing for drawing in sending if drawing.live and "Begun" in drawing.live)
    room.do(room.actions.stop(room.place))
    room.do(sending)
    assert said(room)[-1] == "Begun" and "You stopped this reply here." in room.text("transcript")


def test_personas_keep_their_conversations(rooms: Rooms) -> None:
    room = rooms(("A.",))
    with_first = room.place.conversation_id
    room.do(room.actions.send(room.place, "Hi."))
    room.do(room.actions.choose(room.place, "theo"))
    assert room.place.conversation_id != with_first and "With Theo" in room.text("places")
    persona = room.companion.conversations.get(with_first).persona_id
    room.do(room.actions.choose(room.place, persona))
    assert room.place.conversation_id == with_first


def test_a_new_conversation_is_not_begun_twice(rooms: Rooms) -> None:
    room = rooms(("A.",))
    room.do(room.actions.send(room.place, "Hi."))
    room.do(room.actions.new(room.place))
    fresh = room.place.conversation_id
    room.do(room.actions.new(room.place))
    assert room.place.conversation_id == fresh and said(room) and len(said(room)) == 1


def test_a_conversation_can_be_renamed_deleted_and_brought_back(rooms: Rooms) -> None:
    room = rooms(("A.",))
    here = room.place.conversation_id
    room.do(room.actions.send(room.place, "Hi."))
    room.do(room.actions.rename(room.place, here, "The <letter>"))
    assert "The &lt;letter&gt;" in room.text("places")
    room.do(room.actions.remove(room.place, here))
    assert room.place.conversation_id != here and here in room.text("toast")
    assert room.engine.forgotten == [here], "what the model had read of it is gone at once, although it can be brought back"
    room.do(room.actions.undo(replace(room.place, conversation_id=here)))
    assert room.place.conversation_id == here and "The &lt;letter&gt;" in room.text("places")


def test_a_tab_whose_conversation_is_gone_finds_another(rooms: Rooms) -> None:
    room = rooms()
    gone = replace(room.place, conversation_id="no-such")
    (drawing,) = room.actions.glance(gone, "")
    assert drawing.place is not None and drawing.place.conversation_id == room.place.conversation_id


@pytest.mark.parametrize(("form", "ending"), [("markdown", ".md"), ("json", ".json")])
def test_a_conversation_can_be_taken_away(rooms: Rooms, form: str, ending: str) -> None:
    room = rooms(("A reply.",))
    room.do(room.actions.send(room.place, "What a day!"))
    (drawing,) = room.do(room.actions.export(room.place.conversation_id, form))
    parcel = drawing.parcel or {}
    assert parcel["name"] == f"what-a-day{ending}" and "A reply." in parcel["text"]


def test_searching_narrows_the_list(rooms: Rooms) -> None:
    room = rooms(("A.",))
    room.do(room.actions.send(room.place, "About the ferry."))
    room.do(room.actions.search(room.place, "nothing like it"))
    assert "Nothing found for" in room.text("places")
    room.do(room.actions.search(room.place, "ferry"))
    assert "About the ferry." in room.text("places")
