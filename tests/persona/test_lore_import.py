"""Lorebooks as other programs write them, and as they get them wrong; sections of the V3 specification are named where a rule is theirs."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.persona.decorators import read_decorators
from companion.persona.lore_import import import_lorebook
from companion.persona.lorebook import Entry


def one(**entry: Any) -> Entry:
    return import_lorebook({"entries": [{"keys": ["mill"], "content": "It burned.", **entry}]}).book.entries[0]


def warned(**entry: Any) -> tuple[str, ...]:
    return import_lorebook({"entries": [{"keys": ["mill"], "content": "It burned.", **entry}]}).warnings


V2_ENTRY = {
    "id": 7,
    "keys": ["mill", "river"],
    "secondary_keys": ["fire"],
    "comment": "",
    "name": "The mill",
    "content": "It burned.",
    "enabled": True,
    "constant": False,
    "selective": True,
    "insertion_order": 30,
    "priority": 5,
    "case_sensitive": True,
    "use_regex": True,
    "position": "before_char",
    "extensions": {},
}
WORLD_INFO_ENTRY = {
    "uid": 3,
    "key": ["mill"],
    "keysecondary": ["fire", "smoke"],
    "comment": "the mill",
    "content": "It burned.",
    "constant": False,
    "selective": True,
    "selectiveLogic": 3,
    "order": 90,
    "position": 4,
    "depth": 2,
    "role": 1,
    "disable": True,
    "probability": 40,
    "useProbability": True,
    "sticky": 4,
    "cooldown": 2,
    "delay": 6,
    "scanDepth": 8,
    "matchWholeWords": True,
    "caseSensitive": None,
    "excludeRecursion": True,
    "preventRecursion": True,
    "delayUntilRecursion": True,
}


def test_a_book_of_a_card() -> None:
    raw = {"name": "Windle", "scan_depth": 2, "token_budget": 500, "recursive_scanning": True, "extensions": {}, "entries": [V2_ENTRY]}
    read = import_lorebook(raw)
    assert (read.book.name, read.book.scan_depth, read.book.token_budget, read.book.recursive) == ("Windle", 2, 500, True)
    assert read.book.entries[0] == Entry(
        id="7", comment="The mill", keys=("mill", "river"), secondary_keys=("fire",), content="It burned.", insertion_order=30,
        priority=5, case_sensitive=True, whole_words=False, position="before_char",
    )  # fmt: skip
    assert read.warnings == ("entry 1: says that its keys are patterns; those not written /…/ are taken as plain words",)


def test_world_info_has_an_object_of_entries_and_names_of_its_own() -> None:
    read = import_lorebook({"entries": {"0": WORLD_INFO_ENTRY}})
    assert read.book.entries == (
        Entry(
            id="3", comment="the mill", keys=("mill",), secondary_keys=("fire", "smoke"), logic="and_all", content="It burned.",
            enabled=False, insertion_order=90, position="depth", depth=2, role="user", probability=40, sticky=4, cooldown=2, delay=6,
            scan_depth=8, exclude_recursion=True, prevent_recursion=True, delay_until_recursion=True,
        ),
    )  # fmt: skip
    assert read.warnings == ()


def test_what_a_card_cannot_say_stands_in_its_extensions() -> None:
    extensions = {"position": 4, "depth": 1, "role": 2, "selectiveLogic": 2, "probability": 25, "sticky": 3, "match_whole_words": True}
    entry = one(position="after_char", extensions=extensions)
    assert (entry.position, entry.depth, entry.role, entry.logic) == ("depth", 1, "assistant", "not_any")
    assert (entry.probability, entry.sticky, entry.whole_words) == (25, 3, True)


@pytest.mark.parametrize(
    ("number", "logic"), [(0, "and_any"), (1, "not_all"), (2, "not_any"), (3, "and_all"), ("1", "not_all"), (9, "and_any")]
)
def test_the_four_logics_have_sillytaverns_numbers(number: object, logic: str) -> None:
    assert one(extensions={"selectiveLogic": number}).logic == logic


def test_nulls_numbers_in_quotes_and_wrong_types_become_what_was_meant_or_the_default() -> None:
    entry = one(insertion_order="30", priority="x", constant="true", extensions={"sticky": None, "depth": "3", "probability": None})
    assert (entry.insertion_order, entry.priority, entry.constant, entry.sticky, entry.depth) == (30, None, True, 0, 3)
    assert one(extensions=None, secondary_keys=None, enabled=None, content=None).content == ""
    assert one(extensions={"probability": 10, "useProbability": False}).probability == 100


def test_an_empty_key_would_be_found_everywhere_and_is_left_out() -> None:
    assert one(keys=[""]).keys == ()
    assert warned(keys=[""]) == ("entry 1: has an empty key, which was left out", "entry 1: has no key that could trigger it")
    assert one(keys="mill, river,").keys == ("mill", "river")


def test_a_repeated_id_is_kept_once() -> None:
    book = import_lorebook({"entries": [{"keys": ["a"], "id": 1}, {"keys": ["b"], "id": 1}]}).book
    assert [entry.id for entry in book.entries] == ["1", ""]


@pytest.mark.parametrize("path", [["data"], ["character_book"], ["data", "character_book"], ["data", "extensions", "character_book"]])
def test_a_book_is_found_in_its_wrapping_and_at_the_wrong_level(path: list[str]) -> None:
    raw: dict[str, Any] = {"entries": [V2_ENTRY]}
    for name in reversed(path):
        raw = {name: raw}
    assert import_lorebook({"spec": "lorebook_v3", **raw}).book.entries[0].id == "7"


def test_what_is_no_book_is_an_empty_one_and_says_so() -> None:
    for raw in (None, [], "x", {"character_book": None}, {"entries": None}):
        assert import_lorebook(raw).warnings == ("there is no list of entries in it",)


def test_what_is_not_followed_is_said_once_with_the_numbers_of_its_entries() -> None:
    read = import_lorebook(
        {"entries": [{"key": ["a"], "content": "x", "group": "g"}, 5, {"key": ["b"], "content": "y", "group": "g", "position": 7}]}
    )
    assert read.warnings == (
        "entries 1, 3: belongs to a group, of which only one would be on; here all may be",
        "entry 2: is no entry and was left out",
        "entry 3: stands in a place that is not known here; it is put after her description",
    )


def test_more_entries_than_a_book_may_have_are_counted() -> None:
    read = import_lorebook({"entries": [{"key": ["a"], "content": "x"}] * 1200})
    assert len(read.book.entries) == 1000
    assert read.warnings == ("only the first 1,000 entries are used",)


def test_a_book_without_end_is_cut() -> None:
    read = import_lorebook({"entries": [{"key": ["a"], "content": "x" * 15_000}] * 200})
    assert len(read.book.entries) == 133
    assert read.warnings == ("only the first 2,000,000 characters are used",)


# --- V3, "Decorators"


def test_decorators_are_followed_and_trimmed_with_the_blank_lines_around_them() -> None:
    entry = one(content="@@depth 3\n@@role user\n\nIt burned.\n\n@@scan_depth 6\nIn spring.")
    assert (entry.content, entry.position, entry.depth, entry.role, entry.scan_depth) == ("It burned.\nIn spring.", "depth", 3, "user", 6)


DECORATORS = [
    ("activate_only_after 3", {"activate_only_after": 3}),
    ("activate_only_every 2", {"activate_only_every": 2}),
    ("keep_activate_after_match", {"keep_activate_after_match": True}),
    ("dont_activate_after_match", {"dont_activate_after_match": True}),
    ("is_greeting 0", {"is_greeting": 0}),
    ("is_user_icon hat", {"is_user_icon": "hat"}),
    ("dont_activate", {"dont_activate": True}),
    ("activate", {"activate": True}),
    ("ignore_on_max_context", {"ignore_on_max_context": True}),
]


@pytest.mark.parametrize(("line", "says"), DECORATORS)
def test_each_decorator_that_is_a_rule(line: str, says: dict[str, object]) -> None:
    assert read_decorators(f"@@{line}\nx").decorators == says


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("additional_keys fire, smoke", {"additional_keys": ("fire", "smoke")}),
        ("exclude_keys rain", {"exclude_keys": ("rain",)}),
        ("position before_desc", {"position": "before_char"}),
        ("position scenario", {"position": "scenario"}),
        ("depth -2", {"depth": 0, "position": "depth"}),
        ("role assistant", {"role": "assistant"}),
        ("scan_depth 1", {"scan_depth": 1}),
        ("constant", {"constant": True}),
    ],
)
def test_each_decorator_that_is_a_field(line: str, says: dict[str, object]) -> None:
    assert read_decorators(f"@@{line}\nx").entry == says


@pytest.mark.parametrize("line", ["risu_only 4", "activate_only_every 0", "role narrator", "position sky", "depth deep", "instruct_depth 4",
                                  "reverse_depth 2", "disable_ui_prompt system_prompt", "is_greeting -1", "activate false"])  # fmt: skip
def test_one_that_is_unknown_or_has_no_valid_value_does_nothing_and_is_kept(line: str) -> None:
    read = read_decorators(f"@@{line}\nx")
    assert (read.content, read.entry, read.decorators) == ("x", {}, {"others": (line,)})


def test_a_fallback_is_taken_where_nothing_above_it_could_be() -> None:
    row = "@@risu_only 4\n@@@agn_only 4\n@@@a 1\n@@@b 1\n@@@c 1\n@@@activate_only_every 4\n@@@activate_only_after 9\nx"
    assert read_decorators(row).decorators["activate_only_every"] == 4
    assert "activate_only_after" not in read_decorators(row).decorators
    assert read_decorators("@@depth 5\n@@@role user\nx").entry == {"depth": 5, "position": "depth"}
    assert read_decorators("@@@depth 5\nx").entry == {}


def test_of_several_with_one_name_the_first_counts() -> None:
    assert read_decorators("@@depth 5\n@@depth 6\nx").entry["depth"] == 5


def test_a_position_wins_over_a_depth() -> None:
    assert read_decorators("@@depth 5\n@@position scenario\nx").entry["position"] == "scenario"


def test_an_at_sign_in_the_text_is_text() -> None:
    assert read_decorators("Write to me @@home, or @@ here.").content == "Write to me @@home, or @@ here."


texts = st.text(st.characters(), max_size=12) | st.sampled_from(["@@depth 2\nx", "/a(/"])
names = st.sampled_from([*V2_ENTRY, *WORLD_INFO_ENTRY, "entries"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=12,
)


@given(st.lists(anything, max_size=3) | st.dictionaries(st.text(max_size=3), anything, max_size=3), anything)
@settings(max_examples=200, deadline=None)
def test_no_json_whatever_raises(entries: object, depth: object) -> None:
    read = import_lorebook({"entries": entries, "scan_depth": depth, "name": depth})
    assert len(read.book.entries) <= 3
