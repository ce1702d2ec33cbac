"""What is learnt from what people say, held against two sets of sentences and a few promises."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.learn.statements import MOST_STATEMENTS, Statement, extract

NOW = datetime(2026, 3, 11, 15, 0, tzinfo=timezone(timedelta(hours=1)))  # a Wednesday
HERE = Path(__file__).parent


def learnt(say: str, asked: str = "") -> list[str]:
    return sorted(f"{'not ' if one.denies else ''}{one.subject}|{one.attribute}|{one.value}" for one in extract(say, NOW, asked=asked))


def sentences(name: str) -> list[tuple[str, str, list[str]]]:
    book = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    silent = [entry if isinstance(entry, dict) else {"say": entry} for entry in book["nothing"]]
    return [(entry["say"], entry.get("asked", ""), sorted(entry.get("gives", []))) for entry in (*book["tells"], *silent)]


def only(say: str, asked: str = "") -> Statement:
    (found,) = extract(say, NOW, asked=asked)
    return found


@pytest.mark.parametrize(("say", "asked", "gives"), sentences("statements.yaml"))
def test_sentence(say: str, asked: str, gives: list[str]) -> None:
    assert learnt(say, asked) == gives


def test_there_are_enough_sentences_and_a_third_of_them_gives_nothing() -> None:
    gives = [gives for _, _, gives in sentences("statements.yaml")]
    assert len(gives) >= 300
    assert sum(not some for some in gives) * 3 >= len(gives)


def test_other_voices_are_understood_well_and_nothing_is_invented() -> None:
    right = wrong = missed = 0
    for say, asked, gives in sentences("second.yaml"):
        found, wanted = set(learnt(say, asked)), set(gives)
        right, wrong, missed = right + len(found & wanted), wrong + len(found - wanted), missed + len(wanted - found)
    assert right / (right + wrong) >= 0.98
    assert right / (right + missed) >= 0.95


@pytest.mark.parametrize(
    ("say", "note"),
    [
        ("My dog is called Rex.", "their dog is called Rex"),
        ("i live in lisbon", "they live in Lisbon"),
        ("My name is Clara.", "the user's name is Clara"),
        ("my sister lives in porto", "their sister lives in Porto"),
        ("My parents live in Graz.", "their parents live in Graz"),
        ("My interview is on Thursday", "their interview is on Thursday 12 March"),
        ("My mum's birthday is on 3 April", "their mother's birthday is on 3 April"),
        ("I'm allergic to nuts.", "they are allergic to nuts"),
        ("We fly to Lisbon in May.", "they are travelling to Lisbon in May"),
        ("I don't have a dog any more.", "they no longer have a dog"),
        ("I don't live in Rome any more.", "they do not live in Rome any more"),
        ("grandma died last week", "their grandmother died in the week of 2 March"),
        ("I'm an engineer.", "they work as an engineer"),
        ("I lost my keys.", "they lost their keys"),
        ("I passed my driving test yesterday", "they passed their driving test on Tuesday 10 March"),
        ("My favourite flower is the tulip", "their favourite flower is the tulip"),
    ],
)
def test_note_reads_like_the_notes_the_model_knows(say: str, note: str) -> None:
    assert extract(say, NOW)[0].text == note


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ("My sister is called Clare.", "actually, it's Clara, not Clare", "I hope your sister Clare is well."),
        ("My sister is called Clare.", "no, my sister's name is Clara", ""),
        ("My interview is on Wednesday.", "sorry, I meant Thursday", "Good luck with your interview on Wednesday!"),
        ("My interview is on Wednesday.", "my interview got moved to Friday", ""),
        ("My sister lives in Faro.", "she moved to Porto", "How is your sister?"),
        ("My dog is called Max.", "we renamed him Rex", "How is your dog?"),
        ("I live in Rome.", "I moved to Oslo", ""),
        ("I love coffee.", "I hate coffee", ""),
        ("I live in Rome.", "I don't live in Rome any more", ""),
        ("I'm single.", "I'm married now", ""),
        ("I have a dog.", "I don't have a dog any more", ""),
        ("My dog is called Rex.", "my dog isn't called Rex", ""),
    ],
)
def test_what_is_put_right_takes_the_place_of_what_it_corrects(before: str, after: str, asked: str) -> None:
    old, new = extract(before, NOW)[0], extract(after, NOW, asked=asked)[0]
    assert new.slot == old.slot
    assert (new.value, new.denies) != (old.value, old.denies)


def test_a_correction_in_the_same_message_comes_last_and_is_marked() -> None:
    first, second = extract("My sister is called Clare. Sorry, I meant Clara.", NOW)
    assert (first.slot, first.value, first.correction) == ("sister|name", "Clare", False)
    assert (second.slot, second.value, second.correction) == ("sister|name", "Clara", True)


def test_what_may_stand_side_by_side_has_a_slot_of_its_own() -> None:
    nuts, pollen = extract("I'm allergic to nuts and pollen.", NOW)
    assert (nuts.slot, pollen.slot) == ("user|allergy|nuts", "user|allergy|pollen")


def test_a_plan_holds_until_its_day_is_over() -> None:
    plan = only("My interview is on Thursday at half past nine.")
    assert plan.kind == "event"
    assert plan.holds_from == datetime(2026, 3, 12, 9, 30, tzinfo=NOW.tzinfo)
    assert plan.holds_until == datetime(2026, 3, 13, 0, 0, tzinfo=NOW.tzinfo)


def test_what_has_happened_does_not_end() -> None:
    event = extract("My grandma died last week.", NOW)[0]
    assert event.holds_from == datetime(2026, 3, 2, 0, 0, tzinfo=NOW.tzinfo)
    assert event.holds_until is None


def test_until_and_since_bound_a_fact() -> None:
    assert only("I work at Lidl until May.").holds_until == datetime(2026, 6, 1, tzinfo=NOW.tzinfo)
    assert only("I've lived in Vienna since 2019.").holds_from == datetime(2019, 1, 1, tzinfo=NOW.tzinfo)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        extract("I live in Rome.", datetime(2026, 3, 11))


WORDS = st.sampled_from(
    "my sister dog is called named anna rex i live in lisbon on thursday at nine and , . not actually"
    " it's who sorry meant 's have a an two years old"
    " was born love like to allergic the 12 march next week name birthday she he"
    " \" ' ( ) - no longer any more moved until".split()
)


def check(found: tuple[Statement, ...]) -> None:
    assert len(found) <= MOST_STATEMENTS
    for one in found:
        assert 0 <= one.importance <= 1
        assert one.text and len(one.text) <= 400 and "\n" not in one.text and not one.text.endswith(".")
        assert one.slot.startswith(f"{one.subject}|")
        assert one.holds_from is None or one.holds_until is None or one.holds_from < one.holds_until


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=100))
def test_no_message_breaks_it(say: str, asked: str) -> None:
    check(extract(say, NOW, asked=asked))


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=40).map(" ".join), st.lists(WORDS, max_size=12).map(" ".join))
def test_no_order_of_its_own_words_breaks_it(say: str, asked: str) -> None:
    found = extract(say, NOW, asked=asked)
    check(found)
    assert found == extract(say, NOW, asked=asked)


HOSTILE = (
    *(
        "a",
        "my ",
        "my sister ",
        "my sister's ",
        "and i ",
        "i love a, ",
        "not ",
        "no, ",
        '"',
        "'",
        "(",
        "on the 3rd ",
        "at nine ",
        "i am ",
        ". ",
    ),
    *("?", "\n", "I'm Anna. ", "in two weeks ago ", "really ", "who lives in ", "1 ", "1.", "😊", "my name is not not "),
)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_message_of_100_000_characters_is_read_at_once(piece: str) -> None:
    check(extract((piece * 100_000)[:100_000], NOW, asked=(piece * 100_000)[:100_000]))
    check(extract(("my dog is called " + piece * 100_000)[:100_000], NOW))
