from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.errors import InputError, NotFoundError
from companion.forgetting import Scope
from companion.remember.protocol import Factors, Recollection
from companion.store.memories import Imported, slot_of
from companion.ui.memory_sheets import scope_of
from tests.ui.knowledge import NOON, Known, Tab


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Known]:
    made = Known(tmp_path / "home")
    yield made
    made.engine.dispose()


def test_someone_who_knows_nothing_invites(known: Known) -> None:
    tab = Tab(known)
    assert "Mara knows nothing about you yet" in tab.text("rows") and 'data-act="begin"' in tab.text("rows")
    assert tab.text("ask") == "" and "Export" not in tab.text("head")


def test_the_heading_counts_what_there_is(known: Known) -> None:
    known.learn("their cat is called Olive", days_ago=95)
    known.learn("they like rain")
    assert "2 memories · 96 days · 3 MB on this machine" in Tab(known).text("head")


def test_while_the_index_is_made_a_line_says_how_far_it_is_and_nothing_else_is_drawn(known: Known) -> None:
    known.learn("they like rain")
    tab = Tab(known)
    known.progress = (3, 8)
    (drawing,) = tab.do(tab.actions.glance(tab.outlook))
    assert "3 of 8" in tab.text("head") and drawing.rows is None and drawing.card is None
    assert list(tab.actions.glance(tab.outlook)) == []


def test_what_is_learnt_meanwhile_appears_and_leaves_forms_alone(known: Known) -> None:
    tab = Tab(known)
    known.learn("they like rain")
    (drawing,) = tab.do(tab.actions.glance(tab.outlook))
    assert "They like rain" in tab.text("rows") and drawing.card is None and drawing.forget is None and drawing.bring is None


def test_words_find_what_has_them_and_what_means_something_close(known: Known) -> None:
    tea, cat = known.learn("they drink tea at five"), known.learn("their cat is called Olive")
    known.remembers.found = tuple(Recollection(one.id, "fact", one.text, NOON, "", 1.0, Factors(meaning=1.0), ()) for one in (cat, tea))
    tab = Tab(known)
    tab.do(tab.actions.ask(tab.outlook, "find", "tea"))
    html = tab.text("rows")
    assert html.index("They drink tea") < html.index("Close in meaning") < html.index("Their cat")
    tab.do(tab.actions.filter(tab.outlook, {"kind": "event"}))
    assert "Nothing with “tea”" in tab.text("rows")


def test_what_would_be_recalled_carries_its_reasons_and_nothing_is_an_answer(known: Known) -> None:
    (said,) = known.talk("The house is so quiet.")
    memory = known.learn("Bruno, the dog, died", said)
    known.remembers.found = (
        Recollection(memory.id, "fact", memory.text, NOON, "", 1.0, Factors(0.5, 0.3, 0.2), (said,)),
        Recollection(said, "turn", "The house is so quiet.", NOON, "user", 0.5, Factors(1.0), (said,)),
    )
    tab = Tab(known)
    tab.do(tab.actions.ask(tab.outlook, "said", "so quiet"))
    html = tab.text("rows")
    assert known.remembers.asked[-1] == "so quiet" and "Two things would come back to Mara." in html
    assert 'aria-label="meaning 50 %, words 30 %, context 20 %"' in html and f'data-act="source" data-id="{said}"' in html
    known.remembers.found = ()
    tab.do(tab.actions.ask(tab.outlook, "said", "zzz"))
    assert "Mara would recall nothing." in tab.text("rows")


def test_filters_narrow_and_are_let_go(known: Known) -> None:
    (said,) = known.talk("I like rain.", title="The storm")
    known.learn("they like rain", said, days_ago=40)
    cat = known.learn("their cat is called Olive", subject="cat")
    known.memories.pin(cat.id, True)
    tab = Tab(known)
    here = known.conversations.message(said).conversation_id
    for chosen, word in (
        ({"subject": "cat"}, "Olive"), ({"pinned": "yes"}, "Olive"), ({"conversation_id": here}, "rain"),
        ({"until": "2026-10-20"}, "rain"), ({"since": "2026-11-19"}, "Olive"),
    ):  # fmt: skip
        tab.do(tab.actions.filter(tab.outlook, chosen))
        assert [each for each in ("Olive", "rain") if each in tab.text("rows")] == [word], chosen
        assert 'data-act="clear"' in tab.text("ask")
    tab.do(tab.actions.clear(tab.outlook))
    assert "Olive" in tab.text("rows") and "rain" in tab.text("rows") and 'data-act="clear"' not in tab.text("ask")


def test_more_rows_are_shown_when_asked(known: Known) -> None:
    for number in range(14):
        known.learn(f"thing number {number}", days_ago=number)
    tab = Tab(known)
    assert "Thing number 13" not in tab.text("rows")
    tab.do(tab.actions.further(tab.outlook))
    assert "Thing number 13" in tab.text("rows") and "Show more" not in tab.text("rows")


def test_a_card_tells_where_a_memory_comes_from_and_what_it_replaced(known: Known) -> None:
    old, new = known.talk("Anna lives in Porto."), known.talk("Anna moved to Lisbon.", title="After the storm")
    slot = slot_of("sister", "home")
    known.learn("their sister lives in Porto", *old, days_ago=9, subject="sister", value="Porto", slot=slot)
    memory = known.learn("their sister lives in Lisbon", *new, subject="sister", value="Lisbon", slot=slot)
    tab = Tab(known)
    assert "ended “their sister lives in Porto”" in tab.text("rows")
    tab.do(tab.actions.show(tab.outlook, memory.id))
    html = tab.text("card")
    assert "Said by you on 20 November, in “After the storm”" in html and f'data-act="source" data-id="{new[0]}"' in html
    assert "<s>Their sister lives in Porto" in html and "in force since 20 November" in html and "never" in html


def test_what_was_taken_back_in_the_chat_is_not_offered_as_a_place_to_go(known: Known) -> None:
    (said,) = known.talk("I like rain.")
    memory = known.learn("they like rain", said)
    known.conversations.edit(said, "I like snow.")
    tab = Tab(known)
    tab.do(tab.actions.show(tab.outlook, memory.id))
    assert "taken back since" in tab.text("card") and 'data-act="source"' not in tab.text("card")


def test_a_memory_is_corrected_pinned_and_hidden(known: Known) -> None:
    memory = known.learn("they like rain")
    tab = Tab(known)
    tab.do(tab.actions.show(tab.outlook, memory.id))
    tab.do(tab.actions.save(tab.outlook, memory.id, {"text": "they love rain", "day": "2026-10-01"}))
    assert "They love rain" in tab.text("card") and "since 1 October" in tab.text("card")
    tab.do(tab.actions.pin(tab.outlook, memory.id))
    tab.do(tab.actions.hide(tab.outlook, memory.id))
    assert known.memories.get(memory.id).pinned and known.memories.get(memory.id).hidden
    assert "Unpin" in tab.text("card") and "Show again" in tab.text("card")


def test_a_memory_without_words_is_refused_and_nothing_typed_is_lost(known: Known) -> None:
    memory = known.learn("they like rain")
    tab = Tab(known)
    (drawing,) = tab.do(tab.actions.save(tab.outlook, memory.id, {"text": " "}))
    assert drawing.toast and drawing.card is None and "There is nothing in this memory yet." in drawing.toast["text"]


def test_a_memory_is_written_by_hand(known: Known) -> None:
    tab = Tab(known)
    tab.do(tab.actions.begin(tab.outlook))
    assert "Something Mara should know" in tab.text("card")
    words = {"kind": "event", "text": "they climbed the hill", "subject": "user", "day": "2026-11-02", "pinned": "yes"}
    tab.do(tab.actions.add(tab.outlook, words))
    assert "Written by hand" in tab.text("card") and "pinned" in tab.text("card") and "2 Nov" in tab.text("rows")
    with pytest.raises(InputError):
        list(tab.actions.add(tab.outlook, {"kind": "secret", "text": "x", "day": "2026-11-02"}))


def test_several_become_one(known: Known) -> None:
    one, other = known.learn("they like rain"), known.learn("they like the rain")
    tab = Tab(known)
    tab.do(tab.actions.choose_others(tab.outlook, one.id))
    assert "Choose what says the same" in tab.text("rows") and f'value="{other.id}"' in tab.text("rows")
    tab.do(tab.actions.merge(tab.outlook, one.id, [other.id]))
    assert known.memories.count("mara")["total"] == 1 and "Choose what says the same" not in tab.text("rows")


def test_forgetting_is_weighed_done_taken_back_and_made_final(known: Known) -> None:
    (said,) = known.talk("Bruno hates thunder.")
    memory = known.learn("Bruno hates thunder", said, subject="dog")
    known.learn("they like rain")
    tab = Tab(known)
    tab.do(tab.actions.weigh(tab.outlook, Scope(words="Bruno")))
    assert "This is one memory and one message." in tab.text("forget")
    tab.do(tab.actions.weigh(tab.outlook, Scope(words="nobody")))
    assert "Nothing of that is known or was said." in tab.text("forget") and "disabled>Forget" in tab.text("forget")
    tab.do(tab.actions.show(tab.outlook, memory.id))
    tab.do(tab.actions.forget(tab.outlook, Scope(words="Bruno")))
    toast = tab.shown["toast"]
    assert isinstance(toast, dict) and toast["text"] == "One memory and one message forgotten." and toast["undo"]
    assert "Bruno" not in tab.text("rows") + tab.text("card") + tab.text("pictures")
    assert "Can still be taken back" in tab.text("forget") and "Forget for good now" in tab.text("forget")
    tab.do(tab.actions.remember(tab.outlook, toast["undo"]))
    assert "Bruno" in tab.text("rows") and "Can still be taken back" not in tab.text("forget")
    (done,) = tab.do(tab.actions.forget(tab.outlook, Scope(memory_ids=(memory.id,))))
    assert done.toast
    tab.do(tab.actions.finish(tab.outlook, done.toast["undo"]))
    with pytest.raises(NotFoundError):
        known.forgetting.undo(done.toast["undo"])


@pytest.mark.parametrize(
    ("fields", "scope"),
    [
        ({}, None), ({"what": "topic", "words": "  "}, None), ({"what": "period"}, None), ({"what": "memory"}, None),
        ({"what": "topic", "words": "rain", "subject": "cat"}, Scope(words="rain")),
        ({"what": "person", "subject": "cat"}, Scope(subject="cat")),
        ({"what": "memory", "id": "m"}, Scope(memory_ids=("m",))), ({"what": "everything", "words": "x"}, Scope(everything=True)),
    ],
)  # fmt: skip
def test_a_scope_is_what_was_chosen_and_nothing_beside(fields: dict[str, object], scope: Scope | None) -> None:
    assert scope_of(fields) == scope


def test_everything_leaves_as_lines_and_comes_in_with_its_problems_named(known: Known) -> None:
    known.learn("they like rain")
    tab = Tab(known)
    (drawing,) = tab.do(tab.actions.export(tab.outlook))
    assert drawing.parcel and drawing.parcel["name"] == "what-mara-knows.jsonl" and "they like rain" in drawing.parcel["text"]
    known.imported = Imported(12, 3, ((4, "no time in <b>it</b>"),))
    tab.do(tab.actions.bring(tab.outlook, "old.jsonl", b64encode("é\n".encode()).decode()))
    assert known.brought == [("old.jsonl", "é\n".encode())]
    assert "Twelve entries brought in, three were there already." in tab.text("bring")
    assert "<span>line 4</span>no time in &lt;b&gt;it&lt;/b&gt;" in tab.text("bring")
    (refused,) = tab.do(tab.actions.bring(tab.outlook, "old.jsonl", "?"))
    assert refused.toast and "did not arrive whole" in refused.toast["text"]


def test_another_persona_is_another_tab(known: Known) -> None:
    known.learn("they like rain")
    tab = Tab(known)
    tab.do(tab.actions.ask(tab.outlook, "find", "rain"))
    tab.do(tab.actions.enter(tab.outlook, "theo"))
    assert "What Theo knows" in tab.text("head") and "rain" not in tab.text("rows") and tab.outlook.words == ""


def test_a_tab_that_is_not_looked_at_draws_nothing(known: Known) -> None:
    tab = Tab(known)
    tab.do(tab.actions.leave(tab.outlook))
    known.learn("they like rain")
    assert list(tab.actions.glance(tab.outlook)) == [] and list(tab.actions.turn(tab.outlook, "theo")) == []
    tab.do(tab.actions.enter(tab.outlook, "mara"))
    assert "They like rain" in tab.text("rows")
