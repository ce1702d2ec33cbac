"""What the Character Card specification V3 demands of a lorebook, its entries and their decorators, under the heading that it stands under.

Books are read as cards bring them, and asked with a conversation.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from companion.persona.cards.card import read_card
from companion.persona.cards.checks import check_lorebook
from companion.persona.cards.container import read_container
from companion.persona.cards.export import exported
from companion.persona.cards.mapping import blueprint_of
from companion.persona.decorators import read_decorators
from companion.persona.lore import Found, Lore, Said, Scene, look_up
from companion.persona.lore_import import import_lorebook
from companion.persona.lorebook import Entry, Lorebook
from tests.persona.cards.building import V3, text

Json = dict[str, Any]
ROW = {"keys": ["mill"], "content": "It burned.", "extensions": {}, "enabled": True, "insertion_order": 1, "use_regex": False}
NO_NUMBERS = ("", "deep", "true", "1,2", "four")
BOOK_FIELDS = {"name", "description", "scan_depth", "token_budget", "recursive_scanning", "extensions", "entries"}
ENTRY_FIELDS = {
    *ROW, "case_sensitive", "constant", "name", "priority", "id", "comment", "selective", "secondary_keys", "position",
}  # fmt: skip


def book_of(*rows: Json, **book: Any) -> Json:
    return {"extensions": {}, "entries": [ROW | row for row in rows], **book}


def look(rows: Sequence[Json], *said: str, scene: Scene = Scene("c"), **book: Any) -> Found:  # noqa: B008
    """What is found once the user has said all of it."""
    spoken = [Said("user", words, f"m{place}") for place, words in enumerate(said)]
    return look_up(import_lorebook(book_of(*rows, **book)).book, spoken, scene, count_tokens=len)


def lines(rows: Sequence[Json], *said: str, **options: Any) -> tuple[str, ...]:
    return look(rows, *said, **options).lines


def named(book: Json) -> str:
    """How a book departs, in words."""
    return ". ".join(map(str, check_lorebook(read_container(text({"spec": "lorebook_v3", "data": book})))))


def new_book(book: Lorebook) -> Json:
    """The lorebook in the V3 card of a persona who came from none."""
    blueprint = blueprint_of(read_card(text(V3))[1]).blueprint.model_copy(update={"lorebook": book})
    value: Json = json.loads(exported(blueprint, None, "json", spec="v3").data)["data"]["character_book"]
    return value


# --- Lorebook Fields


def test_a_book_is_written_with_the_fields_of_the_specification_alone() -> None:
    """V3, Lorebook Fields."""
    entries = (
        Entry(id="7", comment="Fire", keys=("mill",), secondary_keys=("fire",), content="It burned.", priority=3, position="scenario"),
        Entry(id="clock", keys=("/clocks?/i",), content="It is late.", constant=True, sticky=3, probability=50, exclude_keys=("now",)),
    )
    book = new_book(Lorebook(name="Windle", description="A town.", scan_depth=9, token_budget=90, recursive=True, entries=entries))
    assert book.keys() <= BOOK_FIELDS and all(entry.keys() <= ENTRY_FIELDS for entry in book["entries"])
    assert named(book) == ""


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("name", "Windle", 3),
        ("description", "A town.", ["A town."]),
        ("scan_depth", 4, "4"),
        ("token_budget", 90, True),
        ("recursive_scanning", False, "no"),
        ("entries", [], "mill"),
    ],
)
def test_a_field_of_a_book_has_the_type_that_it_has_to_have(field: str, right: object, wrong: object) -> None:
    """V3, Lorebook Fields: `name`, `description`, `scan_depth`, `token_budget`, `recursive_scanning`, `entries`."""
    assert named(book_of() | {field: right}) == ""
    assert field in named(book_of() | {field: wrong})
    import_lorebook(book_of() | {field: wrong})  # and is read all the same


def test_entries_are_there_and_are_objects() -> None:
    """V3, `entries`."""
    assert "entries is missing" in named({"extensions": {}, "name": "Windle"})
    assert "no objects" in named({"extensions": {}, "entries": ["mill"]})
    assert new_book(Lorebook(name="Windle"))["entries"] == []


def test_what_an_entry_says_triggers_no_other_where_the_book_does_not_allow_it() -> None:
    """V3, `recursive_scanning`."""
    rows = [{"content": "It stood by the river."}, {"keys": ["river"], "content": "Deep."}]
    assert lines(rows, "the mill", recursive_scanning=False) == ("It stood by the river.",)
    assert lines(rows, "the mill", recursive_scanning=True) == ("It stood by the river.", "Deep.")


# --- `entries` Fields


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("keys", ["mill"], "mill"),
        ("keys", ["mill"], [3]),
        ("secondary_keys", ["fire"], [3]),
        ("selective", True, "yes"),
        ("content", "It burned.", 3),
        ("use_regex", False, 0),
        ("enabled", True, "yes"),
        ("insertion_order", 1.5, "1"),
        ("case_sensitive", True, "yes"),
        ("constant", False, 0),
        ("name", "Fire", 3),
        ("id", "fire", ["fire"]),
        ("comment", "Fire", 3),
        ("priority", 3, "3"),
    ],
)
def test_a_field_of_an_entry_has_the_type_that_it_has_to_have(field: str, right: object, wrong: object) -> None:
    """V3, `entries` Fields and Optional `entries` Fields, each under its own name."""
    assert named(book_of({field: right})) == ""
    assert field in named(book_of({field: wrong}))
    assert len(import_lorebook(book_of({field: wrong})).book.entries) == 1  # and is read all the same


@pytest.mark.parametrize("field", ["case_sensitive", "constant", "name", "id", "comment", "priority"])
def test_a_field_that_may_be_undefined_may_be_left_out(field: str) -> None:
    """V3, `entries` Fields and Optional `entries` Fields."""
    assert field not in ROW and named(book_of({})) == ""


@pytest.mark.parametrize("field", ["keys", "content", "enabled", "insertion_order"])
def test_a_field_that_an_entry_cannot_be_without_is_missed(field: str) -> None:
    """V3, `entries` Fields."""
    assert f"has no {field}" in named({"extensions": {}, "entries": [{key: value for key, value in ROW.items() if key != field}]})


def test_keys_of_patterns_are_texts() -> None:
    """V3, `keys`."""
    assert "not texts" in named(book_of({"use_regex": True, "keys": ["/mill/", 3]}))
    assert named(book_of({"use_regex": True, "keys": ["/mill/"]})) == ""


@pytest.mark.parametrize("keys", [["fire", "smoke"], "fire, smoke"])
def test_secondary_keys_are_several_texts(keys: object) -> None:
    """V3, `secondary_keys`: parted by commas, as its text says, or a list, as its interface has them."""
    asks = [{"selective": True, "secondary_keys": keys}]
    assert lines(asks, "the mill") == () and lines(asks, "smoke over the mill") == ("It burned.",)


def test_what_matches_is_told() -> None:
    """V3, `content`."""
    assert lines([{}], "the mill") == ("It burned.",)
    assert lines([{}], "the sea") == ()


def test_what_matches_several_times_is_told_once() -> None:
    """V3, `content`."""
    rows = [{"keys": ["mill", "miller"], "content": "The mill burned."}]
    assert lines(rows, "the mill", "the miller's mill", recursive_scanning=True) == ("The mill burned.",)


@pytest.mark.parametrize("content", ["", "  \n", "@@depth 4\n", "{{// only a note}}"])
def test_an_empty_content_adds_nothing_whatever_matches(content: str) -> None:
    """V3, `content`."""
    assert lines([{"content": content, "constant": True}], "the mill") == ()


def test_an_entry_with_a_broken_pattern_among_its_patterns_does_not_match() -> None:
    """V3, `use_regex`."""
    broken = {"use_regex": True, "keys": ["/mill/", "/(mill/"]}
    assert lines([broken], "the mill") == () and look([broken], "the mill").broken == ("/(mill/",)
    assert lines([broken], "the mill", "and again") == ()
    assert lines([{"use_regex": True, "keys": ["/m[aiu]ll/"]}], "the mill") == ("It burned.",)


@pytest.mark.parametrize("content", ["It burned.", "@@activate\nIt burned.", "@@keep_activate_after_match\nIt burned."])
def test_an_entry_that_is_off_never_matches(content: str) -> None:
    """V3, `enabled`."""
    assert lines([{"enabled": False, "constant": True, "content": content}], "the mill") == ()


def test_a_constant_matches_whatever_its_keys_are_while_its_decorators_hold() -> None:
    """V3, `constant`."""
    constant = {"constant": True, "selective": True, "secondary_keys": ["fire"]}
    assert lines([constant], "hello") == lines([constant | {"keys": []}], "hello") == ("It burned.",)
    assert lines([constant | {"content": "@@exclude_keys rain\nIt burned."}], "rain") == ()
    assert lines([constant | {"content": "@@dont_activate\nIt burned."}], "hello") == ()


# --- Decorators


@pytest.mark.parametrize("value", NO_NUMBERS)
@pytest.mark.parametrize("name", ["activate_only_after", "activate_only_every", "depth", "scan_depth", "is_greeting"])
def test_what_wants_one_number_takes_nothing_else(name: str, value: str) -> None:
    """V3, `@@activate_only_after`, `@@activate_only_every`, `@@depth`, `@@scan_depth`, `@@is_greeting`."""
    line = f"{name} {value}".strip()
    assert read_decorators(f"@@{line}\nIt burned.").decorators == {"others": (line,)}
    assert f"@@{name} with a value" in named(book_of({"content": f"@@{line}\nIt burned."}))
    found = read_decorators(f"@@{name} 2\nIt burned.")
    assert (found.decorators | found.entry)[name] == 2


@pytest.mark.parametrize("value", ["3", *NO_NUMBERS])
@pytest.mark.parametrize("name", ["instruct_depth", "reverse_depth", "reverse_instruct_depth", "instruct_scan_depth"])
def test_what_is_for_texts_that_are_no_chat_does_nothing_in_a_chat(name: str, value: str) -> None:
    """V3, `@@instruct_depth`, `@@reverse_depth`, `@@reverse_instruct_depth`, `@@instruct_scan_depth`: a chat is what Companion has."""
    line = f"{name} {value}".strip()
    found = read_decorators(f"@@{line}\nIt burned.")
    assert (found.content, found.entry, found.decorators) == ("It burned.", {}, {"others": (line,)})


@pytest.mark.parametrize(("value", "sound"), [("assistant", 1), ("system", 1), ("user", 1), ("narrator", 0), ("user,system", 0), ("", 0)])
def test_a_role_is_one_of_three(value: str, sound: int) -> None:
    """V3, `@@role`."""
    assert read_decorators(f"@@role {value}\nIt burned.").entry == ({"role": value} if sound else {})


@pytest.mark.parametrize(("asked", "began"), [(0, 0), (1, 1), (2, 2), (0, 1), (1, 0), (2, 1)])
def test_an_entry_for_one_greeting_matches_after_that_one_alone(asked: int, began: int) -> None:
    """V3, `@@is_greeting`: 0 is the first message, 1 the first alternate greeting, and so on."""
    data = V3["data"] | {"first_mes": "Hello.", "alternate_greetings": ["Oh.", "You?"]}
    assert _after(data, ("Hello.", "Oh.", "You?")[began], asked) is (asked == began)


def test_greetings_keep_their_numbers_where_others_are_empty() -> None:
    """V3, `@@is_greeting`."""
    data = V3["data"] | {"first_mes": "", "alternate_greetings": ["Oh.", "", "You?"]}
    assert [_after(data, "Oh.", asked) for asked in range(5)] == [False, True, False, False, False]
    assert [_after(data, "You?", asked) for asked in range(5)] == [False, False, False, True, False]


def _after(data: Json, greeting: str, asked: int) -> bool:
    """Whether an entry for the greeting with a number is on in a conversation that began with some greeting."""
    book = book_of({"content": f"@@is_greeting {asked}\nIt burned."})
    blueprint = blueprint_of(read_card(text(V3 | {"data": data | {"character_book": book}}))[1]).blueprint
    said = [Said("persona", greeting), Said("user", "The mill?")]
    return bool(Lore().for_persona(blueprint, said, "c", count_tokens=len).on)


@pytest.mark.parametrize(
    ("line", "position"),
    [("after_desc", "after_char"), ("before_desc", "before_char"), ("scenario", "scenario"), ("sky", None), ("", None)],
)
def test_a_position_is_a_text_that_is_known(line: str, position: str | None) -> None:
    """V3, `@@position`."""
    assert read_decorators(f"@@position {line}\nIt burned.").entry.get("position") == position


@pytest.mark.parametrize("name", ["additional_keys", "exclude_keys"])
def test_keys_in_a_decorator_are_several_texts_parted_by_commas(name: str) -> None:
    """V3, `@@additional_keys` and `@@exclude_keys`."""
    assert read_decorators(f"@@{name} fire, smoke,ash\nIt burned.").entry == {name: ("fire", "smoke", "ash")}
    assert read_decorators(f"@@{name}\nIt burned.").entry == {}
    rows = [{"content": f"@@{name} fire,smoke\nIt burned."}]
    found = [bool(lines(rows, words)) for words in ("the mill", "the mill, smoke", "fire at the mill")]
    assert found == ([False, True, True] if name == "additional_keys" else [True, False, False])


def test_an_entry_with_a_broken_pattern_among_its_additional_ones_does_not_match() -> None:
    """V3, `@@additional_keys`."""
    rows = [{"use_regex": True, "keys": ["/mill/"], "content": "@@additional_keys /fire/,/(smoke/\nIt burned."}]
    assert lines(rows, "fire at the mill") == ()
    sound = [{"use_regex": True, "keys": ["/mill/"], "content": "@@additional_keys /fire/,/smoke/\nIt burned."}]
    assert lines(sound, "fire at the mill") == ("It burned.",)


def test_the_picture_of_the_user_is_asked_for_by_one_name() -> None:
    """V3, `@@is_user_icon`."""
    rows = [{"content": "@@is_user_icon red hat\nIt burned."}]
    assert lines(rows, "the mill", scene=Scene("c", user_icon="red hat")) == ("It burned.",)
    assert lines(rows, "the mill", scene=Scene("c", user_icon="cap")) == ()
    assert read_decorators("@@is_user_icon\nIt burned.").decorators == {"others": ("is_user_icon",)}


@pytest.mark.parametrize("value", ["system_prompt", "post_history_instructions", "other", ""])
def test_a_prompt_that_there_is_no_setting_for_cannot_be_turned_off(value: str) -> None:
    """V3, `@@disable_ui_prompt`; docs/cards.md, "Not applicable"."""
    found = read_decorators(f"@@disable_ui_prompt {value}\nIt burned.")
    assert (found.content, found.decorators) == ("It burned.", {"others": (f"disable_ui_prompt {value}".strip(),)})
