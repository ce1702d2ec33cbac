"""What is remembered: told once and again, corrected, hidden, listed."""

from datetime import timedelta
from typing import Any

import pytest

from companion.errors import InputError, NotFoundError
from companion.store.conversations import Conversations
from companion.store.memories import Memories, New, slot_of
from tests.store.notes import NOON, sister, texts


def test_a_memory_comes_back_as_it_was_told(remembered: Memories, say: Any) -> None:
    message = say("My sister is called Anna.")
    until = NOON + timedelta(days=90)
    memory = remembered.add("mira", sister("Anna", message, importance=0.7, holds_until=until))
    assert remembered.get(memory.id) == memory
    assert (memory.kind, memory.text, memory.value, memory.slot) == ("fact", "their sister is called Anna", "Anna", "sister|name")
    assert (memory.said_at, memory.holds_until, memory.importance) == (message.created_at, until, 0.7)
    assert (memory.sources, memory.stands, memory.in_force, memory.superseded_by) == ((message.id,), True, True, None)
    assert (memory.pinned, memory.hidden, memory.by_hand, memory.recalls, memory.recalled_at) == (False, False, False, 0, None)


def test_a_correction_takes_over_and_editing_it_away_gives_back(remembered: Memories, kept: Conversations, say: Any) -> None:
    told, corrected = say("My sister is called Anna."), say("No, she is called Eva.")
    anna = remembered.add("mira", sister("Anna", told))
    eva = remembered.add("mira", sister("Eva", corrected))
    before = remembered.get(anna.id)
    assert (before.in_force, before.superseded_by, before.in_force_until) == (False, eva.id, corrected.created_at)
    assert texts(remembered.list("mira", state="in force")) == ["their sister is called Eva"]
    assert texts(remembered.list("mira", state="superseded")) == ["their sister is called Anna"]

    kept.edit(corrected.id, "I have no time.")
    after = remembered.get(anna.id)
    assert (after.in_force, after.superseded_by, after.in_force_until) == (True, None, None)
    assert not remembered.get(eva.id).stands
    kept.undo(corrected.conversation_id)
    assert remembered.get(eva.id).in_force


def test_a_denial_ends_what_held(remembered: Memories, say: Any) -> None:
    told, taken_back = say("My sister is called Anna."), say("I made that up.")
    anna = remembered.add("mira", sister("Anna", told))
    denial = remembered.add("mira", sister("Anna", taken_back, denies=True))
    assert denial.id != anna.id
    assert remembered.list("mira", state="in force") == ()
    assert remembered.get(anna.id).superseded_by == denial.id


def test_what_held_until_a_day_is_not_in_force_after_it(remembered: Memories, clock: Any, say: Any) -> None:
    memory = remembered.add("mira", sister("Anna", say("Anna"), holds_until=NOON + timedelta(days=2)))
    assert memory.in_force
    clock.now += timedelta(days=3)
    later = remembered.get(memory.id)
    assert (later.stands, later.in_force, later.in_force_until) == (True, False, NOON + timedelta(days=2))


def test_many_values_do_not_compete(remembered: Memories, say: Any) -> None:
    for drink in ("coffee", "the Tea!"):
        slot = slot_of("user", "likes", drink)
        remembered.add("mira", sister(drink, say(drink), subject="user", attribute="likes", slot=slot))
    assert len(remembered.list("mira", state="in force")) == 2
    assert slot_of("user", "likes", "tea") == slot_of("user", "likes", "the Tea!")
    assert slot_of("user", "likes", "the") != slot_of("user", "likes", "a")


def test_told_again_it_has_two_sources_and_lasts_longer(remembered: Memories, kept: Conversations, say: Any) -> None:
    first, again = say("My sister is called Anna."), say("Anna, my sister, has called.")
    once = remembered.add("mira", sister("Anna", first))
    twice = remembered.add("mira", sister("anna.", again))
    assert (twice.id, twice.sources, twice.value) == (once.id, (first.id, again.id), "Anna")
    assert twice.strength > once.strength
    assert remembered.add("mira", sister("Anna", again)).strength == twice.strength
    kept.delete_message(again.id)
    assert remembered.get(once.id).stands
    kept.delete_message(first.id)
    assert not remembered.get(once.id).stands


def test_told_again_after_something_else_is_news(remembered: Memories, say: Any) -> None:
    ids = [remembered.add("mira", sister(name, say(name))).id for name in ("Anna", "Eva", "Anna")]
    assert len(set(ids)) == 3
    assert [memory.id for memory in remembered.list("mira", state="in force")] == [ids[2]]
    assert remembered.get(ids[0]).superseded_by == ids[1]


def test_told_again_elsewhere_it_outlasts_what_comes_to_light_later(remembered: Memories, kept: Conversations, say: Any) -> None:
    other = kept.create("mira").id
    first, between, again = say("Anna"), say("Eva", conversation_id=other), say("Anna")
    anna = remembered.add("mira", sister("Anna", first))
    kept.delete(other)
    remembered.add("mira", sister("Anna", again))
    remembered.add("mira", sister("Eva", between))
    kept.undo(other)
    assert [memory.id for memory in remembered.list("mira", state="in force")] == [anna.id]


def test_another_time_that_it_speaks_of_is_news(remembered: Memories, say: Any) -> None:
    open_end = remembered.add("mira", sister("Anna", say("Anna")))
    ends = remembered.add("mira", sister("Anna", say("Anna, until May"), holds_until=NOON + timedelta(days=60)))
    assert open_end.id != ends.id


def test_a_summary_needs_all_its_sources(remembered: Memories, kept: Conversations, say: Any) -> None:
    one, two = say("One"), say("Two")
    summary = remembered.add("mira", New("summary", "they counted", said_at=NOON, sources=(one.id, two.id)))
    event = remembered.add("mira", New("event", "they counted to two", said_at=NOON, sources=(one.id, two.id)))
    kept.delete_message(two.id)
    assert not remembered.get(summary.id).stands
    assert remembered.get(event.id).stands
    kept.undo(one.conversation_id)
    assert remembered.get(summary.id).stands


def test_events_without_a_slot_do_not_compete_and_are_kept_once(remembered: Memories, say: Any) -> None:
    message, later = say("I was at the cinema."), say("I was at the cinema.")
    event = New("event", "they went to the cinema", said_at=message.created_at, sources=(message.id,))
    first = remembered.add("mira", event)
    assert remembered.add("mira", event).id == first.id
    second = remembered.add("mira", New("event", "they went to the cinema", said_at=later.created_at, sources=(later.id,)))
    assert second.id != first.id
    assert len(remembered.list("mira", state="in force")) == 2


def test_by_hand_it_needs_no_source_and_is_its_own(remembered: Memories, say: Any) -> None:
    learnt = remembered.add("mira", sister("Anna", say("Anna")))
    written = remembered.add("mira", sister("Anna", said_at=NOON + timedelta(days=1)), by_hand=True)
    assert written.id != learnt.id
    assert (written.stands, written.in_force, written.by_hand, written.sources) == (True, True, True, ())


def test_what_cannot_be_remembered_is_refused(remembered: Memories, kept: Conversations, say: Any) -> None:
    message = say("Anna")
    with pytest.raises(InputError):
        remembered.add("mira", New("fact", "  ", said_at=NOON, sources=(message.id,)))
    with pytest.raises(InputError):
        remembered.add("mira", New("fact", "a" * 5000, said_at=NOON, sources=(message.id,)))
    with pytest.raises(InputError):
        remembered.add("mira", New("fact", "half \ud83d", said_at=NOON, sources=(message.id,)))
    with pytest.raises(NotFoundError):
        remembered.add("mira", New("fact", "they are here", said_at=NOON, sources=("nothing",)))
    with pytest.raises(NotFoundError):
        remembered.add("jonas", sister("Anna", message))
    for mistake in ({"kind": "dream"}, {"importance": 1.5}, {"sources": ()}):
        with pytest.raises(ValueError, match=r"memory|importance"):
            remembered.add("mira", New(**{"kind": "fact", "text": "they are here", "said_at": NOON, "sources": (message.id,)} | mistake))
    assert remembered.list("mira", state="all") == ()


def test_a_message_teaches_once(remembered: Memories, kept: Conversations, say: Any) -> None:
    message = say("My sister is called Anna and I like tea.")
    backlog = [unlearned.id for unlearned in remembered.backlog("mira")]
    assert message.id in backlog
    news = [sister("Anna", said_at=message.created_at), New("fact", "they like tea", said_at=message.created_at)]
    remembered.learnt(message.id, news)
    remembered.learnt(message.id, [New("fact", "they like milk", said_at=message.created_at)])
    assert sorted(texts(remembered.list("mira"))) == ["their sister is called Anna", "they like tea"]
    assert {memory.sources for memory in remembered.list("mira")} == {(message.id,)}
    assert [unlearned.id for unlearned in remembered.backlog("mira")] == [each for each in backlog if each != message.id]


def test_the_backlog_is_what_stands_oldest_first(remembered: Memories, kept: Conversations, say: Any) -> None:
    one = say("One", "A question?")
    two = say("Two")
    elsewhere = kept.create("jonas", ["Good day."]).id
    assert [(each.role, each.text, each.asked) for each in remembered.backlog("mira")] == [
        ("persona", "Hello.", ""),
        ("user", "One", "Hello."),
        ("persona", "A question?", "One"),
        ("user", "Two", "A question?"),
        ("persona", "I see.", "Two"),
    ]
    assert [each.persona_id for each in remembered.backlog()][-1] == "jonas"
    assert len(remembered.backlog(limit=2)) == 2
    kept.delete_message(two.id)
    assert [each.text for each in remembered.backlog("mira")] == ["Hello.", "One", "A question?"]
    kept.begin_turn(one.conversation_id, "Being answered")
    assert [each.text for each in remembered.backlog("mira")][-1] == "Being answered"
    kept.delete(elsewhere)
    assert remembered.backlog("jonas") == ()


def test_nothing_is_learnt_from_words_that_changed_meanwhile(remembered: Memories, kept: Conversations, say: Any) -> None:
    message = say("Anna", "I will call you.")
    (reply,) = (each for each in remembered.backlog("mira") if each.asked == "Anna")
    promise = New("fact", "she will call them", said_at=reply.created_at)
    kept.continue_reply(reply.id)
    remembered.learnt(reply.id, [promise], read=reply.text)
    kept.finish_reply(reply.id, "I will call you. Or not.", "complete", "end")
    remembered.learnt(reply.id, [promise], read=reply.text)
    remembered.learnt("gone", [promise])
    assert remembered.list("mira", state="all") == ()
    remembered.learnt(reply.id, [promise], read="I will call you. Or not.")
    assert len(remembered.list("mira")) == 1
    kept.undo(message.conversation_id)  # the continuation goes, and what was learnt from it
    assert remembered.list("mira") == ()
    assert reply.id in [each.id for each in remembered.backlog("mira")]
    remembered.learnt(reply.id, [promise], read="I will call you.")
    assert len(remembered.list("mira")) == 1


def test_a_list_is_newest_first_and_narrowed_down(remembered: Memories, kept: Conversations, say: Any) -> None:
    other = kept.create("mira").id
    first, second = say("Anna"), say("Rex", conversation_id=other)
    anna = remembered.add("mira", sister("Anna", first))
    rex = remembered.add(
        "mira", New("event", "they walked Rex", subject="Dog", value="Rex", said_at=second.created_at, sources=(second.id,))
    )
    tea = remembered.add("mira", New("fact", "they like 100% tea", said_at=NOON - timedelta(days=9)), by_hand=True)
    remembered.add("jonas", New("fact", "they are tall", said_at=NOON), by_hand=True)
    remembered.pin(tea.id, True)

    def found(**wanted: Any) -> list[str]:
        return [memory.id for memory in remembered.list("mira", **wanted)]

    assert found() == [rex.id, anna.id, tea.id]
    assert found(kinds=("fact",)) == [anna.id, tea.id]
    assert found(subject="dog") == [rex.id]
    assert found(conversation_id=other) == [rex.id]
    assert found(since=NOON) == [rex.id, anna.id]
    assert found(until=NOON) == [tea.id]
    assert found(pinned=True) == [tea.id]
    assert found(pinned=False) == [rex.id, anna.id]
    assert found(words="ANNA sister") == [anna.id]
    assert found(words="0%") == [tea.id]
    assert found(words="walked tea") == []
    assert found(limit=1, offset=1) == [anna.id]
    assert remembered.count("mira") == {"fact": 2, "event": 1, "pattern": 0, "summary": 0, "total": 3}
    assert remembered.subjects("mira") == ("Dog", "sister")


def test_states_part_what_is_remembered(remembered: Memories, kept: Conversations, say: Any) -> None:
    anna, eva = (remembered.add("mira", sister(name, say(name))) for name in ("Anna", "Eva"))
    gone, aside, away = (remembered.add("mira", New("fact", word, said_at=NOON), by_hand=True) for word in ("gone", "aside", "away"))
    message = say("Taken back")
    fallen = remembered.add("mira", New("fact", "fallen", said_at=NOON, sources=(message.id,)))
    kept.undo(message.conversation_id)
    remembered.hide(aside.id, True)
    remembered.forget([gone.id, away.id])
    states = {state: {memory.id for memory in remembered.list("mira", state=state)} for state in
              ("standing", "in force", "superseded", "hidden", "forgotten", "all")}  # fmt: skip
    assert states == {
        "standing": {anna.id, eva.id},
        "in force": {eva.id},
        "superseded": {anna.id},
        "hidden": {aside.id},
        "forgotten": {gone.id, away.id},
        "all": {anna.id, eva.id, aside.id, fallen.id},
    }
    assert remembered.count("mira")["total"] == 2
    remembered.hide(aside.id, False)
    assert remembered.get(aside.id).in_force


def test_a_memory_is_corrected(remembered: Memories, say: Any) -> None:
    anna = remembered.add("mira", sister("Anna", say("Anna")))
    edited = remembered.edit(anna.id, " their sister is called Hannah ", "Hannah")
    assert (edited.text, edited.value, edited.slot, edited.sources) == (
        "their sister is called Hannah",
        "Hannah",
        "sister|name",
        anna.sources,
    )
    assert edited.edited_at is not None
    tea = remembered.add("mira", New("fact", "they like tea", subject="user", attribute="likes", value="tea",
                                     slot=slot_of("user", "likes", "tea"), said_at=NOON), by_hand=True)  # fmt: skip
    moved = remembered.edit(tea.id, "they like milk", "milk", NOON - timedelta(days=1), importance=0.9)
    assert (moved.slot, moved.said_at, moved.importance) == ("user|likes|milk", NOON - timedelta(days=1), 0.9)
    assert remembered.edit(tea.id, "they like it").value == "milk"
    with pytest.raises(InputError):
        remembered.edit(tea.id, " ")
    with pytest.raises(NotFoundError):
        remembered.edit("nothing", "something")


def test_recalling_counts_and_strengthens(remembered: Memories, say: Any) -> None:
    message = say("Anna")
    anna = remembered.add("mira", sister("Anna", message))
    soon, late = NOON + timedelta(minutes=5), NOON + timedelta(days=100)
    remembered.recalled([anna.id, message.id, "gone"], soon)
    once = remembered.get(anna.id)
    assert (once.recalls, once.recalled_at) == (1, soon)
    remembered.recalled([anna.id], late)
    twice = remembered.get(anna.id)
    assert (twice.recalls, twice.recalled_at) == (2, late)
    assert anna.strength < once.strength < twice.strength
    assert twice.strength / once.strength > once.strength / anna.strength  # long after, it does more
