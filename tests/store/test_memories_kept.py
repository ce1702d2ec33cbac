"""What becomes of memories: merged, forgotten, embedded, taken away and brought back."""

import json
from datetime import timedelta
from typing import Any

import pytest

from companion.errors import ConflictError, InputError, NotFoundError
from companion.store.conversations import Conversations
from companion.store.memories import Memories, New
from tests.store.notes import NOON, sister


def test_merging_joins_sources_and_forgets_the_rest(remembered: Memories, say: Any) -> None:
    first, second = say("Anna"), say("Annie")
    anna = remembered.add("mira", sister("Anna", first))
    annie = remembered.add("mira", sister("Annie", second))
    remembered.pin(annie.id, True)
    remembered.recalled([annie.id], NOON)
    merged = remembered.merge(anna.id, [annie.id, anna.id])
    assert (merged.sources, merged.pinned, merged.recalls, merged.in_force) == ((first.id, second.id), True, 1, True)
    with pytest.raises(NotFoundError):
        remembered.get(annie.id)
    other = remembered.add("jonas", sister("Anna"), by_hand=True)
    with pytest.raises(InputError):
        remembered.merge(anna.id, [other.id])
    assert remembered.get(other.id).stands


def test_forgotten_things_are_nowhere_until_they_are_brought_back(remembered: Memories, kept: Conversations, say: Any) -> None:
    told, corrected = say("Her name is Anna."), say("I meant Eva.")
    anna, eva = remembered.add("mira", sister("Anna", told)), remembered.add("mira", sister("Eva", corrected))
    before = remembered.get(eva.id)
    forgotten = remembered.forget([eva.id])
    assert (forgotten.memories, forgotten.messages) == ((eva.id,), ())
    assert remembered.of([anna.id, eva.id]) == (remembered.get(anna.id),)
    assert remembered.get(anna.id).in_force
    for attempt in (remembered.get, lambda each: remembered.pin(each, True), lambda each: remembered.merge(anna.id, [each])):
        with pytest.raises(NotFoundError):
            attempt(eva.id)
    assert remembered.add("mira", sister("Eva", corrected)).id != eva.id  # told again, it is new
    remembered.undo_forget(forgotten.token)
    assert remembered.get(eva.id) == before.__class__(**{name: getattr(before, name) for name in before.__dataclass_fields__}
                                                      | {"in_force": False, "superseded_by": remembered.list("mira")[0].id,
                                                         "in_force_until": before.said_at})  # fmt: skip
    with pytest.raises(NotFoundError):
        remembered.undo_forget(forgotten.token)


def test_forgettings_wait_to_be_taken_back_or_finished(remembered: Memories, kept: Conversations, say: Any) -> None:
    message = say("My sister is called Anna.")
    anna = remembered.add("mira", sister("Anna", message))
    tea, tall = (remembered.add("mira", New("fact", text, said_at=NOON), by_hand=True) for text in ("they like tea", "they are tall"))
    other = remembered.add("jonas", New("fact", "they are kind", said_at=NOON), by_hand=True)
    first, second, third = remembered.forget([anna.id, message.id]), remembered.forget([tea.id]), remembered.forget([other.id])
    assert remembered.pending("mira") == (second, first)
    remembered.finish(first.token)
    assert remembered.pending("mira") == (second,)
    remembered.undo_forget(second.token)
    assert {memory.id for memory in remembered.list("mira", state="all")} == {tea.id, tall.id}
    assert kept.message(message.id).text == ""
    assert remembered.pending("jonas") == (third,)
    for attempt in (remembered.finish, remembered.undo_forget):
        with pytest.raises(NotFoundError):
            attempt(first.token)


def test_a_forgotten_message_keeps_its_place_and_loses_its_words(remembered: Memories, kept: Conversations, say: Any) -> None:
    message = say("My sister is called Anna.", "What a name.")
    conversation_id = message.conversation_id
    anna = remembered.add("mira", sister("Anna", message))
    before, revision = kept.path(conversation_id), kept.revision(conversation_id)
    forgotten = remembered.forget([message.id])
    assert forgotten.messages == (message.id,)
    assert [each.text for each in kept.path(conversation_id)] == ["Hello.", "", "What a name."]
    assert kept.revision(conversation_id) > revision
    assert kept.list(search="Anna") == ()
    assert "Anna" not in kept.export_json(conversation_id) + kept.get(conversation_id).title
    assert not remembered.get(anna.id).stands
    with pytest.raises(InputError):
        kept.begin_reply(message.id)
    remembered.undo_forget(forgotten.token)
    assert kept.path(conversation_id) == before
    assert remembered.get(anna.id).in_force
    _, reply = kept.begin_turn(conversation_id, "Wait")
    with pytest.raises(ConflictError):
        remembered.forget([message.id])
    assert kept.finish_reply(reply.id, "Yes?", "complete", "end")
    with pytest.raises(NotFoundError):
        remembered.forget(["nothing"])


def test_what_was_learnt_is_not_learnt_again_when_words_come_back(remembered: Memories, say: Any) -> None:
    message = say("My sister is called Anna.")
    remembered.learnt(message.id, [sister("Anna", message)])
    remembered.undo_forget(remembered.forget([message.id]).token)
    assert message.id not in [each.id for each in remembered.backlog("mira")]


def test_undoing_a_continuation_shows_no_forgotten_words(remembered: Memories, kept: Conversations, say: Any) -> None:
    message = say("Go on", "Anna went")
    reply = kept.path(message.conversation_id)[-1]
    kept.continue_reply(reply.id)
    kept.finish_reply(reply.id, "Anna went home.", "complete", "end")
    forgotten = remembered.forget([reply.id])
    with pytest.raises(InputError):
        kept.continue_reply(reply.id)
    kept.undo(message.conversation_id)
    assert kept.message(reply.id).text == ""
    remembered.undo_forget(forgotten.token)
    assert kept.message(reply.id).text == "Anna went"


def test_texts_wait_for_their_vectors(remembered: Memories, kept: Conversations, say: Any) -> None:
    message = say("My sister is called Anna.")
    anna = remembered.add("mira", sister("Anna", message))
    waiting = remembered.unembedded()
    assert remembered.unembedded(2) == waiting[:2]
    assert [(each.item_id, each.speaker, each.text) for each in waiting] == [
        (f"k:{anna.id}", "", "their sister is called Anna"),
        (waiting[1].item_id, "persona", "Hello."),
        (f"m:{message.id}", "user", "My sister is called Anna."),
        (waiting[3].item_id, "persona", "I see."),
    ]
    assert {each.persona_id for each in waiting} == {"mira"}
    assert waiting[3].before == (("persona", "Hello."), ("user", "My sister is called Anna."))
    remembered.edit(anna.id, "their sister is called Hannah")  # while the vectors were made
    remembered.embedded(waiting)
    assert [each.text for each in remembered.unembedded()] == ["their sister is called Hannah"]
    assert [each.item_id for each in remembered.stale()] == [f"k:{anna.id}"]
    remembered.embedded(remembered.unembedded())
    assert (remembered.unembedded(), remembered.stale()) == ((), ())
    (reply,) = (each for each in waiting if each.text == "I see.")
    kept.continue_reply(reply.item_id[2:])
    assert remembered.unembedded() == ()
    kept.finish_reply(reply.item_id[2:], "I see. And?", "complete", "end")
    assert [each.text for each in remembered.unembedded()] == ["I see. And?"]


def test_a_vector_made_of_forgotten_words_is_made_again(remembered: Memories, kept: Conversations, clock: Any, say: Any) -> None:
    message = say("My sister is called Anna.", "Anna?")
    reply = kept.path(message.conversation_id)[-1]
    handed_out = remembered.unembedded()
    remembered.embedded(handed_out)
    remembered.forget([message.id])
    assert [(each.text, each.before) for each in remembered.unembedded()] == [("Anna?", (("persona", "Hello."),))]
    assert {each.item_id for each in remembered.stale()} == {f"m:{message.id}", f"m:{reply.id}"}
    remembered.embedded(handed_out)  # those that were under way when it was forgotten
    assert [each.item_id for each in remembered.unembedded()] == [f"m:{reply.id}"]
    assert {each.item_id for each in remembered.stale()} == {f"m:{message.id}", f"m:{reply.id}"}
    remembered.embedded(remembered.unembedded())
    assert [each.item_id for each in remembered.stale()] == [f"m:{message.id}"]
    kept.delete_message(message.id)
    kept.purge(clock())
    assert {each.item_id for each in remembered.stale()} == {f"m:{message.id}", f"m:{reply.id}"}


def test_vectors_of_what_is_gone_are_named(remembered: Memories, kept: Conversations, clock: Any, say: Any) -> None:
    message, other = say("My sister is called Anna."), say("Something else")
    anna = remembered.add("mira", sister("Anna", message))
    remembered.embedded(remembered.unembedded())
    both = {f"k:{anna.id}", f"m:{message.id}"}
    forgotten = remembered.forget([anna.id, message.id])
    assert both <= {each.item_id for each in remembered.stale()}
    remembered.undo_forget(forgotten.token)
    assert both <= {each.item_id for each in remembered.unembedded()}
    remembered.embedded(remembered.unembedded())
    assert remembered.stale() == ()
    kept.delete_message(other.id)
    kept.purge(clock())
    gone = remembered.stale()
    assert {each.persona_id for each in gone} == {"mira"}
    assert f"m:{other.id}" in {each.item_id for each in gone}
    remembered.removed([each.item_id for each in gone])
    assert remembered.stale() == ()


def test_a_vector_of_other_words_is_named_whatever_comes_next(remembered: Memories, kept: Conversations, clock: Any, say: Any) -> None:
    first, last = say("One"), say("Two")
    reply = kept.path(last.conversation_id)[-1]
    remembered.embedded(remembered.unembedded())
    kept.continue_reply(reply.id)
    kept.finish_reply(reply.id, "I see that you are sad.", "complete", "end")
    kept.undo(last.conversation_id)
    remembered.undo_forget(remembered.forget([last.id]).token)
    kept.delete_message(first.id)  # before anything is embedded again
    kept.purge(clock())
    assert {f"m:{last.id}", f"m:{reply.id}"} <= {each.item_id for each in remembered.stale()}


def test_export_and_import_lose_nothing(remembered: Memories, kept: Conversations, clock: Any, say: Any) -> None:
    anna = remembered.add("mira", sister("Anna", say("Anna"), holds_until=NOON + timedelta(days=5)))
    remembered.add("mira", sister("Größe 🌱\n„x“", say("Eva")))
    written = remembered.add("mira", New("pattern", "they are glad on Fridays", said_at=NOON), by_hand=True)
    message = say("Taken back")
    fallen = remembered.add("mira", New("fact", "fallen", said_at=NOON, sources=(message.id,)))
    kept.undo(message.conversation_id)
    remembered.hide(written.id, True)
    remembered.pin(anna.id, True)
    remembered.recalled([anna.id], NOON)
    remembered.edit(anna.id, "their sister is Anna")
    before, lines = remembered.list("mira", state="all"), list(remembered.export("mira"))
    assert len(lines) == 4
    remembered.forget([memory.id for memory in before])
    kept.purge(clock.now + timedelta(days=1))
    assert remembered.list("mira", state="all") == ()

    kept_lines = [line for line in lines if fallen.id not in line]  # its message is gone for good
    result = remembered.import_lines("mira", lines)
    assert (result.added, result.skipped, result.problems) == (3, 1, ())
    assert list(remembered.export("mira")) == kept_lines
    assert set(remembered.list("mira", state="all")) == {memory for memory in before if memory.id != fallen.id}
    assert remembered.import_lines("mira", lines).added == 0


def test_import_elsewhere_and_for_another_persona(remembered: Memories, say: Any) -> None:
    anna = remembered.add("mira", sister("Anna", say("Anna")))
    lines = list(remembered.export("mira"))
    assert remembered.import_lines("jonas", lines).added == 1
    assert remembered.import_lines("jonas", lines).skipped == 1
    (copied,) = remembered.list("jonas")
    assert copied.id != anna.id
    assert (copied.text, copied.by_hand, copied.sources, copied.in_force) == (anna.text, True, (), True)


def test_lines_that_are_not_memories_are_named(remembered: Memories) -> None:
    good = json.loads(next(remembered_line(remembered)))
    lines = [
        "not json",
        "",
        json.dumps(good | {"id": "f" * 32, "text": "they like milk"}),
        json.dumps(good | {"kind": "dream"}),
        json.dumps(good | {"said_at": "2026-01-01T00:00:00"}),
        json.dumps(good | {"id": "e" * 32, "text": "   "}),
        json.dumps(good | {"extra": 1}),
        "[1]",
    ]
    result = remembered.import_lines("mira", lines)
    assert (result.added, result.skipped) == (1, 0)
    assert [number for number, _ in result.problems] == [1, 4, 5, 6, 7, 8]
    assert "kind" in result.problems[1][1]


def remembered_line(remembered: Memories) -> Any:
    remembered.add("mira", New("fact", "they like tea", said_at=NOON), by_hand=True)
    return remembered.export("mira")
