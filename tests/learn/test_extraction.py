"""What of a model's reading of a message holds: the replies here are a model's, word for word what one could write."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from companion.learn.extraction import Unreadable, extraction
from companion.learn.phrasing import normalised
from companion.learn.statements import Statement, extract

AT = datetime(2026, 3, 4, 9, tzinfo=UTC)  # a Wednesday
BLANK = {"about": "user", "what": "home", "value": "", "when": "", "denied": False, "note": ""}


def reply(*items: dict[str, Any]) -> str:
    return json.dumps({"statements": [BLANK | item for item in items]})


def held(text: str, *items: dict[str, Any], asked: str = "") -> tuple[Statement, ...]:
    return extraction().statements(reply(*items), text, AT, asked)


def notes(text: str, *items: dict[str, Any], asked: str = "") -> list[str]:
    return [statement.text for statement in held(text, *items, asked=asked)]


def test_it_finds_what_the_rules_miss() -> None:
    text = "We've been in Porto since May, my sister Anna and I"
    assert "they live in Porto since May 2025" not in [one.text for one in extract(text, AT)]
    found = notes(text, {"value": "Porto", "when": "since May"}, {"about": "sister", "what": "name", "value": "anna"})
    assert found == ["they live in Porto since May 2025", "their sister is called Anna"]


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("I live in Porto", {"value": "porto"}),
        ("my sister is called Anna", {"about": "sister", "what": "name", "value": "Anna"}),
        ("I'm allergic to peanuts", {"what": "allergy", "value": "peanuts"}),
        ("I love the sea", {"what": "loves", "value": "sea"}),
        ("I have a dog", {"what": "pet", "value": "a dog"}),
        ("I don't live in Porto", {"value": "Porto", "denied": True}),
        ("my birthday is on 3 May", {"what": "birthday", "when": "3 May"}),
        ("my job interview is next Friday", {"what": "date", "value": "job interview", "when": "next Friday"}),
    ],
)
def test_what_the_rules_read_as_well_is_the_same(text: str, item: dict[str, Any]) -> None:
    (theirs, *_), (found,) = extract(text, AT), held(text, item)
    assert (found.kind, found.slot, normalised(found.value), found.denies, found.holds_from, found.holds_until) == (
        (theirs.kind, theirs.slot, normalised(theirs.value), theirs.denies, theirs.holds_from, theirs.holds_until)
    )


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("I live in Porto", {"value": "Lisbon"}),
        ("I live in Porto", {"value": "Porto Alegre"}),
        ("I live in Porto", {"value": ""}),
        ("Anna lives in Porto", {"about": "sister", "value": "Porto"}),
        ("my sister lives in Porto", {"about": "brother", "value": "Porto"}),
        ("Do you live in Porto?", {"value": "Porto"}),
        ("I wish I lived in Porto", {"value": "Porto"}),
        ('She said "I live in Porto"', {"value": "Porto"}),
        ("I don't live in Porto", {"value": "Porto"}),
        ("I live in Porto", {"value": "Porto", "denied": True}),
        ("my interview went on for ages", {"what": "date", "value": "interview", "when": "next Friday"}),
        ("my birthday is soon", {"what": "birthday", "when": "3 May"}),
        ("I have a cat", {"what": "pet", "value": "dog"}),
        ("nothing much", {"about": "the moon", "what": "name", "value": "nothing"}),
        ("I am so tired", {"what": "name", "value": "so tired"}),
    ],
)
def test_what_was_not_said_is_dropped(text: str, item: dict[str, Any]) -> None:
    assert held(text, item) == ()


def test_relative_days_are_resolved_from_the_message() -> None:
    (found,) = held("The interview is next Friday", {"what": "date", "value": "interview", "when": "next Friday"})
    assert found.text == "their interview is on Friday 13 March"
    assert found.holds_from and found.holds_from.date().isoformat() == "2026-03-13"


def test_a_note_of_its_own_has_no_word_that_was_not_said() -> None:
    text = "In the evenings I'm repainting the old boat shed tomorrow."
    good = {"what": "other", "value": "boat shed", "when": "tomorrow", "note": "they are repainting the old boat shed tomorrow"}
    (found,) = held(text, good)
    assert (found.kind, found.text, found.slot) == ("event", "they are repainting the old boat shed on Thursday 5 March", "")
    for note in (
        "they are selling the old boat shed",
        "they are not repainting the old boat shed",
        "the old boat shed",
        "they are repainting the old boat shed next week",
        "they repaint\u0007 the old boat shed",
        "they are",
    ):
        assert held(text, good | {"note": note}) == ()


def test_whom_it_is_about_may_stand_in_what_it_answers() -> None:
    item = {"about": "sister", "value": "Porto"}
    assert notes("She lives in Porto", item, asked="And your sister?") == ["their sister lives in Porto"]
    assert notes("She lives in Porto", item) == []


def test_the_same_said_twice_is_one() -> None:
    assert len(held("I live in Porto, yes, Porto", {"value": "Porto"}, {"value": "porto"})) == 1


def test_words_around_the_form_do_no_harm() -> None:
    fenced = f"Here you are:\n```json\n{reply({'value': 'Porto'})}\n```"
    assert [one.value for one in extraction().statements(fenced, "I live in Porto", AT)] == ["Porto"]


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "I am sorry",
        "{",
        "[]",
        "null",
        '{"statements":[{}]}',
        '{"statements":{}}',
        reply({"what": "weight"}),
        reply({"more": 1}),
        "{" * 9000,
    ],
)
def test_what_is_not_of_the_form_is_unreadable(garbage: str) -> None:
    with pytest.raises(Unreadable):
        extraction().statements(garbage, "I live in Porto", AT)


def test_it_is_asked_about_the_message_and_its_day() -> None:
    asked = extraction().prompt("I moved {{ today }}", AT, "Where\nto?")
    assert "Wednesday 4 March 2026" in asked and asked.endswith("The message: I moved {{ today }}")
    assert "The friend had said: Where to?" in asked
    assert "The friend had said" not in extraction().prompt("I moved", AT)
