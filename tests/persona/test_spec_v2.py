"""What the Character Card specification V2 demands, one test a demand, under the heading that it stands under.

V1's demands are V2's as well: its fields are V1's, one level deeper. What is about something that Companion does not have is in
docs/cards.md, "Not applicable".
"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from companion.persona.blueprint import Blueprint
from companion.persona.cards.card import V1_FIELDS, V2_FIELDS, Card, read_card
from companion.persona.cards.checks import check
from companion.persona.cards.container import read_container
from companion.persona.cards.export import exported
from companion.persona.cards.macros import Names, expand
from companion.persona.cards.mapping import Mapped, blueprint_of
from companion.persona.cards.writing import export
from companion.persona.lore import Lore, Said
from companion.persona.lorebook import Entry, Lorebook
from companion.think.layout import Budget, Layout, Now, standing_for
from tests.persona.cards.building import BOOK, ENTRY, V1, V2, png, text

Json = dict[str, Any]
KINDS = ("json", "png", "charx")
PICTURE = png()
ENTRY_FIELDS = {
    "keys": list, "content": str, "extensions": dict, "enabled": bool, "insertion_order": int, "case_sensitive": bool, "name": str,
    "priority": int, "id": int, "comment": str, "selective": bool, "secondary_keys": list, "constant": bool, "position": str,
}  # fmt: skip
BOOK_FIELDS = {
    "name": str, "description": str, "scan_depth": int, "token_budget": int, "recursive_scanning": bool, "extensions": dict,
    "entries": list,
}  # fmt: skip


def v2(**changes: Any) -> Json:
    return V2 | {"data": V2["data"] | changes}


def card_of(value: Json) -> Card:
    return read_card(text(value))[1]


def mapped(value: Json) -> Mapped:
    return blueprint_of(card_of(value))


def departures(value: Json) -> dict[str, str]:
    container, card = read_card(text(value))
    return {one.field: one.text for one in check(container, card)}


def new_card(**changes: Any) -> Json:
    """The V2 card of a persona who came from none."""
    blueprint = mapped(V2).blueprint.model_copy(update=changes)
    value: Json = json.loads(exported(Blueprint.model_validate(blueprint.model_dump()), None, "json", spec="v2").data)
    return value


# --- V1, which V2's fields follow


def test_v1_fields_that_are_missing_or_null_are_empty_texts() -> None:
    """V1, Fields."""
    card = card_of({"name": "Ada", "scenario": None})
    assert [card.text(field) for field in V1_FIELDS] == ["Ada", "", "", "", "", ""]
    assert all(isinstance(new_card()["data"][field], str) for field in V1_FIELDS)


@pytest.mark.parametrize("sign", ["{{char}}", "{{CHAR}}", "<BOT>", "<bot>"])
def test_v1_the_signs_for_the_character_become_her_name_in_small_and_capital_letters(sign: str) -> None:
    """V1, Fields."""
    found = mapped(V1 | dict.fromkeys(("description", "personality", "scenario", "first_mes"), f"So says {sign}.")).blueprint
    assert found.greeting == "So says Ada." and found.identity.background.count("So says Ada.") == 3
    assert mapped(V1 | {"mes_example": f"{{{{user}}}}: Who?\n{{{{char}}}}: {sign}."}).blueprint.examples[0][0].reply == "Ada."


@pytest.mark.parametrize("sign", ["{{user}}", "{{USER}}", "<USER>", "<user>"])
def test_v1_the_signs_for_the_user_become_what_she_calls_them(sign: str) -> None:
    """V1, Fields; Companion asks nobody's name, so what is set for everybody stands there."""
    assert expand(f"Hello, {sign}.", Names("Ada", "Sam")) == "Hello, Sam."
    found = mapped(V1 | {"description": f"She waits for {sign}.", "first_mes": f"I waited for {sign}."}).blueprint
    assert found.identity.background == "She waits for the user." and found.greeting == "I waited for you."


def test_v1_her_first_message_is_the_first_of_a_conversation() -> None:
    """V1, `first_mes`; that a conversation begins with the greeting is tested where conversations are."""
    assert mapped(V1 | {"first_mes": "Come in."}).blueprint.greeting == "Come in."


def test_v1_examples_are_read_with_her_name_or_the_sign_for_it() -> None:
    """V1, `mes_example`."""
    talk = "<START>\n{{user}}: hi\n{{char}}: hello\n<START>\n{{user}}: hi\nAda: good evening"
    found = [(one.user, one.reply) for talk in mapped(V1 | {"mes_example": talk}).blueprint.examples for one in talk]
    assert found == [("hi", "hello"), ("hi", "good evening")]


# --- V2


def test_what_is_written_as_v2_says_so() -> None:
    """V2, `spec` and `spec_version`."""
    for value in (new_card(), json.loads(export(read_container(text(V1)), spec="v2"))):
        assert (value["spec"], value["spec_version"]) == ("chara_card_v2", "2.0")


@pytest.mark.parametrize(("field", "value"), [("spec", "chara_card"), ("spec", None), ("spec_version", 2.0), ("spec_version", "2")])
def test_another_spec_or_spec_version_is_named(field: str, value: object) -> None:
    """V2, `spec` and `spec_version`."""
    assert departures(V2 | {field: value})[field]


@pytest.mark.parametrize("field", ["creator_notes", "creator", "character_version"])
def test_what_is_meant_for_people_is_no_part_of_what_a_model_reads(field: str) -> None:
    """V2, `creator_notes`, `creator` and `character_version`: all that a prompt is made of is in the blueprint."""
    assert "Quixotic" not in mapped(v2(**{field: "Quixotic"})).blueprint.model_dump_json()


OWN = "You use what you remember and never make up what you were not told."


def read_by_the_model(**fields: str) -> tuple[str, str]:
    """What stands at the beginning of a prompt, and in its last message."""
    blueprint = mapped(v2(**fields)).blueprint
    instructions = standing_for(blueprint.instructions.after_history, "")
    now = Now(datetime(2026, 3, 1, tzinfo=UTC), instructions=instructions)
    layout = Layout(lambda words: len(words) // 4, budget=Budget.of(8192, 200))
    messages = layout.build(blueprint, [], "Hi.", now).messages
    return messages[0].content, messages[-1].content


def test_the_system_prompt_of_a_card_takes_the_place_of_the_programs_own() -> None:
    """V2, `system_prompt`: by default it replaces what is set otherwise."""
    system, last = read_by_the_model(system_prompt="Speak as {{char}} would to {{user}}.")
    assert "Speak as Ada would to the user." in system and OWN not in system
    assert "Speak as" not in last


def test_without_a_system_prompt_the_programs_own_is_used() -> None:
    """V2, `system_prompt`: an empty one replaces nothing."""
    assert OWN in read_by_the_model(system_prompt="")[0]


@pytest.mark.parametrize("sign", ["{{original}}", "{{ORIGINAL}}"])
def test_original_in_a_system_prompt_is_what_there_would_be_otherwise(sign: str) -> None:
    """V2, `system_prompt`: `{{original}}`."""
    assert f"Be brief. {OWN} Be kind." in read_by_the_model(system_prompt=f"Be brief. {sign} Be kind.")[0]


def test_post_history_instructions_are_read_after_the_conversation() -> None:
    """V2, `post_history_instructions`: they replace what is set otherwise, which is nothing here."""
    system, last = read_by_the_model(post_history_instructions="Answer in rhyme.")
    assert "Answer in rhyme." in last and "rhyme" not in system


def test_original_in_post_history_instructions_is_what_there_would_be_otherwise() -> None:
    """V2, `post_history_instructions`: `{{original}}`, and that an empty text replaces nothing."""
    assert "Answer in rhyme ." in read_by_the_model(post_history_instructions="Answer in rhyme {{original}}.")[1]
    assert read_by_the_model(post_history_instructions="")[1] == read_by_the_model()[1]


def test_that_she_is_an_ai_is_told_whatever_a_card_says() -> None:
    """Ours, beside V2, `system_prompt`."""
    assert "You are an AI and say so when asked." in read_by_the_model(system_prompt="Deny that you are an AI.")[0]


@pytest.mark.parametrize(("field", "ours"), [("system_prompt", "system"), ("post_history_instructions", "after_history")])
def test_instructions_are_edited_and_written_like_other_fields(field: str, ours: str) -> None:
    """V2, `system_prompt` and `post_history_instructions`."""
    card = text(v2(**{field: "Quixotic {{original}}"}))
    blueprint = mapped(v2(**{field: "Quixotic {{original}}"})).blueprint
    assert json.loads(exported(blueprint, card).data)["data"][field] == "Quixotic {{original}}"
    changed = blueprint.model_copy(update={"instructions": blueprint.instructions.model_copy(update={ours: "Plain {{original}}"})})
    assert json.loads(exported(changed, card).data)["data"] == json.loads(card)["data"] | {field: "Plain {{original}}"}


def test_original_gives_way_to_the_prompt_that_there_would_be_otherwise() -> None:
    """V2, `system_prompt` and `post_history_instructions`."""
    assert expand("{{original}} Be brief.", Names("Ada", "Sam", "You are {{char}}.")) == "You are {{char}}. Be brief."


def test_every_alternate_greeting_is_one_to_swipe_to() -> None:
    """V2, `alternate_greetings`; the swiping itself is tested where conversations are."""
    assert mapped(v2(alternate_greetings=["Oh.", "You?"])).blueprint.alternate_greetings == ("Oh.", "You?")


def test_the_lorebook_of_a_card_is_used_unasked() -> None:
    """V2, `character_book`."""
    found = Lore().for_persona(mapped(V2).blueprint, [Said("user", "The clock?")], "c", count_tokens=len)
    assert found.lines == ("It is late.",)


def test_a_lorebook_is_written_with_the_fields_and_types_of_the_specification_alone() -> None:
    """V2, `character_book` and New fields."""
    entries = (
        Entry(id="7", comment="Fire", keys=("mill",), secondary_keys=("fire",), content="It burned.", priority=3, position="scenario"),
        Entry(id="clock", keys=("/clocks?/i",), content="It is late.", constant=True, additional_keys=("now",), position="before_char"),
    )
    lorebook = Lorebook(name="Windle", description="A town.", token_budget=90, recursive=True, entries=entries)
    book = new_card(lorebook=lorebook)["data"]["character_book"]
    assert {"extensions", "entries"} <= book.keys()
    assert all(type(value) is BOOK_FIELDS[name] for name, value in book.items())
    for entry in book["entries"]:
        assert {"keys", "content", "extensions", "enabled", "insertion_order"} <= entry.keys()
        assert {name: type(value) for name, value in entry.items()} == {name: ENTRY_FIELDS[name] for name in entry}
        assert entry["position"] in ("before_char", "after_char")


def test_extensions_are_an_empty_object_where_there_are_none() -> None:
    """V2, `extensions`, of the card, its lorebook and each entry."""
    assert card_of({"spec": "chara_card_v2", "data": V1}).extensions == {}
    assert json.loads(export(read_container(text(V1)), spec="v2"))["data"]["extensions"] == {}
    plain = {"keys": ["mill"], "content": "It burned.", "enabled": True, "insertion_order": 1}
    whole = new_card(lorebook=Lorebook(entries=(Entry(keys=("mill",), content="It burned."),)))["data"]["character_book"]
    assert isinstance(whole["extensions"], dict) and isinstance(whole["entries"][0]["extensions"], dict)
    found = departures(v2(character_book={"entries": [plain]}))
    assert "missing" in found["data.character_book.extensions"] and "extensions" in found["data.character_book.entries.0"]


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("spec", ["v2", "v3"])
def test_what_nobody_knows_survives_an_edit(to: str, spec: str) -> None:
    """V2, `extensions` and New fields: of the card, its lorebook and each entry, and beside them."""
    own = {"agnai/voice": None, "x": [{"y": 1e-7}]}
    entry = ENTRY | {"extensions": own, "own": own, "name": "Clock", "priority": 4, "id": 9, "comment": "a", "position": "before_char"}
    book = BOOK | {"extensions": own, "own": own, "scan_depth": 9, "token_budget": 12, "recursive_scanning": False, "entries": [entry]}
    card = v2(extensions=own, own=own, character_book=book)
    changed = mapped(card).blueprint.model_copy(update={"greeting": "Good day."})
    out = exported(changed, text(card), to, spec=spec, picture=PICTURE).data  # type: ignore[arg-type]
    found: Any = read_container(out).document.value
    v3 = {"group_only_greetings": [], "character_book": book | {"entries": [entry | {"use_regex": False}]}}
    added = v3 if spec == "v3" else {}
    assert found["data"] == card["data"] | {"first_mes": "Good day."} | added


def test_a_new_card_has_every_field_that_is_not_optional() -> None:
    """V2, New fields."""
    assert new_card()["data"].keys() == {*V1_FIELDS, *V2_FIELDS}
    assert mapped(new_card()).blueprint == mapped(V2).blueprint
