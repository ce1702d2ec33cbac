"""What of a lorebook is on, when, in which order, and why; sections of the V3 specification are named where a rule is theirs."""

from typing import Any

import pytest

from companion.persona.files import parse_blueprint
from companion.persona.lore import Found, Lore, Names, Said, Scene, Why, look_up
from companion.persona.lorebook import Decorators, Entry, Lorebook

YAML = """\
identity: {name: Ada Marsh, nickname: Ada, age: 36, tagline: clock maker, background: I live in Windle.}
character: {speech: {manner: calm}}
greeting: Hello.
alternate_greetings: [Good evening.]
lorebook:
  entries:
  - {keys: [mill], content: "{{char}} saw it burn, {{user}}."}
  - {keys: [clock], content: It is late., decorators: {is_greeting: 1}}
"""


def entry(*keys: str, says: str = "x", **rules: Any) -> Entry:
    return Entry(keys=keys, content=says, **rules)


def talk(*texts: str) -> list[Said]:
    """The user speaks first, and then they take turns."""
    return [Said("persona" if place % 2 else "user", text, f"m{place}") for place, text in enumerate(texts)]


def look(entries: list[Entry], said: list[Said], scene: Scene = Scene("c"), budget: int | None = None, **book: Any) -> Found:  # noqa: B008
    return look_up(Lorebook(entries=tuple(entries), **book), said, scene, count_tokens=lambda text: len(text.split()), budget=budget)


def on(*args: Any, **book: Any) -> list[int]:
    return [one.number for one in look(*args, **book).on]


def off(*args: Any, **book: Any) -> dict[int, str]:
    return {one.number: one.reason for one in look(*args, **book).off}


def whether(one: Entry, said: list[Said], **book: Any) -> list[bool]:
    """Whether it is on after each message of the user's."""
    return [on([one], said[: place + 1], **book) == [0] for place in range(0, len(said), 2)]


def test_a_key_triggers_and_the_table_says_which_and_where() -> None:
    found = look([entry("river", "mill"), entry("sea")], talk("The mill?", "Yes.", "And then?"))
    assert [(one.number, one.why) for one in found.on] == [(0, Why("key", "mill", message=0))]
    assert found.off == ()


def test_what_is_off_is_never_on_in_any_case() -> None:
    """V3, `enabled`."""
    asks = entry("mill", constant=True, enabled=False, decorators=Decorators(activate=True))
    assert (on([asks], talk("mill")), off([asks], talk("mill"))) == ([], {0: "off"})


def test_an_empty_content_adds_nothing() -> None:
    """V3, `content`."""
    assert off([entry("mill", says="")], talk("mill")) == {0: "empty"}
    assert off([entry("mill", says="{{// only a note}}")], talk("mill")) == {0: "empty"}


@pytest.mark.parametrize(
    ("logic", "none", "one", "both"),
    [("and_any", False, True, True), ("and_all", False, False, True), ("not_any", True, False, False), ("not_all", True, True, False)],
)
def test_the_four_logics_of_secondary_keys(logic: str, none: bool, one: bool, both: bool) -> None:
    asks = entry("mill", secondary_keys=("fire", "smoke"), logic=logic)
    assert [bool(on([asks], talk(text))) for text in ("mill", "mill, fire", "mill, fire, smoke")] == [none, one, both]
    assert bool(on([asks.model_copy(update={"selective": False})], talk("mill")))


def test_a_constant_needs_no_key_but_the_decorators_hold() -> None:
    """V3, `constant`."""
    assert on([entry(constant=True)], talk("hello")) == [0]
    assert off([entry(constant=True, exclude_keys=("rain",))], talk("rain")) == {0: "exclude_keys"}
    assert off([entry(constant=True, additional_keys=("sun",))], talk("rain")) == {0: "additional_keys"}


def test_only_the_newest_messages_are_searched() -> None:
    """V3, `scan_depth` and `@@scan_depth`."""
    said = talk("mill", "a", "b", "c", "d")
    assert on([entry("mill")], said, scan_depth=4) == []
    assert on([entry("mill")], said, scan_depth=5) == [0]
    assert on([entry("mill", scan_depth=5)], said, scan_depth=1) == [0]
    assert on([entry("mill")], talk("mill"), scan_depth=0) == []


def test_the_order_is_the_place_then_the_insertion_order() -> None:
    """V3, `insertion_order`: the lower, the earlier."""
    entries = [
        entry("a", position="depth", depth=1, insertion_order=1),
        entry("a", position="depth", depth=9),
        entry("a", insertion_order=20),
        entry("a", insertion_order=10),
        entry("a", position="before_char", insertion_order=99),
    ]
    assert on(entries, talk("a")) == [4, 3, 2, 1, 0]


def test_what_does_not_fit_goes_by_priority_and_a_smaller_one_may_still_fit() -> None:
    """V3, `token_budget` and `priority`."""
    entries = [entry("a", says="one two", priority=1), entry("a", says="one " * 9), entry("a", says="one two three", priority=50)]
    found = look(entries, talk("a"), budget=11)
    assert ([one.number for one in found.on], found.tokens) == ([0, 2], 11)
    assert {one.number: one.reason for one in found.off} == {1: "budget"}
    assert on(entries, talk("a"), Scene(), 100, token_budget=12) == [1]
    assert on(entries, talk("a"), budget=None) == [0, 1, 2]


def test_the_first_to_go_is_the_one_that_says_so() -> None:
    """V3, `@@ignore_on_max_context`."""
    entries = [entry("a", priority=900, decorators=Decorators(ignore_on_max_context=True)), entry("a", says="y", priority=1)]
    assert on(entries, talk("a"), Scene(), 4) == [1]


def test_recursion_only_where_the_book_allows_it() -> None:
    """V3, `recursive_scanning`."""
    entries = [entry("mill", says="It stood by the river."), entry("river", says="Deep, with a ferry."), entry("ferry", says="y")]
    assert on(entries, talk("mill")) == [0]
    found = look(entries, talk("mill"), recursive=True)
    assert [(one.number, one.why.entry) for one in found.on] == [(0, None), (1, 0), (2, 1)]
    stops = [entries[0], entries[1].model_copy(update={"prevent_recursion": True}), entries[2]]
    assert on(stops, talk("mill"), recursive=True) == [0, 1]
    assert on([entries[0], entries[1].model_copy(update={"exclude_recursion": True})], talk("mill"), recursive=True) == [0]
    late = entry("river", says="z", delay_until_recursion=True)
    assert on([entries[0], late], talk("river")) == []
    assert on([entries[0], late], talk("mill"), recursive=True) == [0, 1]


def test_entries_that_trigger_each_other_end() -> None:
    assert on([entry("a", says="b"), entry("b", says="a")], talk("a"), recursive=True) == [0, 1]


def test_a_comment_is_neither_searched_nor_told_and_a_hidden_key_only_searched() -> None:
    """V3, `{{// A}}`, `{{comment: A}}`, `{{hidden_key:A}}`."""
    entries = [entry("mill", says="Old.{{// river}}{{comment: sea}}{{hidden_key:ferry}}"), entry("river"), entry("sea"), entry("ferry")]
    found = look(entries, talk("mill"), recursive=True)
    assert [one.number for one in found.on] == [0, 3]
    assert found.lines[0] == "Old."
    assert on([entry("river")], talk("{{// river}} hello")) == []


def test_sticky_cooldown_and_delay_count_messages() -> None:
    said = talk("mill", "-", "-", "-", "-", "-", "mill", "-", "-")
    assert whether(entry("mill", scan_depth=1), said) == [True, False, False, True, False]
    assert whether(entry("mill", scan_depth=1, sticky=3), said) == [True, True, False, True, True]
    assert whether(entry("mill", scan_depth=1, delay=5), said) == [False, False, False, True, False]
    often = talk(*["mill", "-"] * 6)
    assert whether(entry("mill", scan_depth=1, cooldown=4), often) == [True, False, True, False, True, False]
    assert whether(entry("mill", scan_depth=1, sticky=3, cooldown=3), often) == [True, True, False, True, True, False]
    assert off([entry("mill", cooldown=4)], often[:3]) == {0: "cooldown"}


def test_rules_that_count_her_messages() -> None:
    """V3, `@@activate_only_after`, `@@activate_only_every`."""
    often = talk(*["mill", "-"] * 5)
    assert whether(entry("mill", decorators=Decorators(activate_only_after=2)), often) == [False, False, True, True, True]
    assert whether(entry("mill", decorators=Decorators(activate_only_every=2)), often) == [True, False, True, False, True]


def test_rules_that_ask_what_was_before() -> None:
    """V3, `@@keep_activate_after_match`, `@@dont_activate_after_match`."""
    said = talk("-", "-", "mill", "-", "-", "-", "mill")
    assert whether(entry("mill", scan_depth=1, decorators=Decorators(keep_activate_after_match=True)), said) == [False, True, True, True]
    assert whether(entry("mill", scan_depth=1, decorators=Decorators(dont_activate_after_match=True)), said) == [False, True, False, False]


def test_always_and_never() -> None:
    """V3, `@@activate`, `@@dont_activate`."""
    never, always = Decorators(dont_activate=True), Decorators(activate=True, dont_activate=True)
    assert off([entry("mill", decorators=never)], talk("mill")) == {0: "dont_activate"}
    assert on([entry("mill", delay=99, decorators=always)], talk("hello")) == [0]


def test_the_greeting_and_the_picture_must_be_the_ones_asked_for() -> None:
    """V3, `@@is_greeting`, `@@is_user_icon`."""
    asks = entry("mill", decorators=Decorators(is_greeting=1, activate=True))
    assert off([asks], talk("mill"), Scene(greeting=0)) == {0: "greeting"}
    assert on([asks], talk("mill"), Scene(greeting=1)) == on([asks], talk("mill"), Scene()) == [0]
    assert off([entry("mill", decorators=Decorators(is_user_icon="hat"))], talk("mill"), Scene(user_icon="cap")) == {0: "user_icon"}


def test_chance_is_the_same_for_the_same_message_and_about_right_over_many() -> None:
    half = entry("mill", probability=50)
    seen = [on([half], [Said("user", "mill", f"id{i}")]) == [0] for i in range(400)]
    assert seen == [on([half], [Said("user", "mill", f"id{i}")]) == [0] for i in range(400)]
    assert 150 < sum(seen) < 250
    assert seen != [on([half], [Said("user", "mill", f"id{i}")], Scene("other")) == [0] for i in range(400)]
    assert off([entry("mill", probability=0)], talk("mill")) == {0: "probability"}


def test_an_edit_and_a_branch_leave_no_ghosts() -> None:
    book = Lorebook(entries=(entry("mill", scan_depth=1, sticky=10),))
    lore, said = Lore(), talk("mill", "Yes.", "And?")
    assert lore.look_up(book, said, count_tokens=len).on
    edited = [Said("user", "hello", "m9"), *said[1:]]
    assert not lore.look_up(book, edited, count_tokens=len).on
    assert lore.look_up(book, said, count_tokens=len).on


def test_a_reply_that_is_continued_is_read_again() -> None:
    book, lore = Lorebook(entries=(entry("mill"),)), Lore()
    said = talk("Where?", "At the", "?")
    assert not lore.look_up(book, said, count_tokens=len).on
    said[1] = Said("persona", "At the mill", said[1].id)
    assert lore.look_up(book, said, count_tokens=len).on


def test_an_edited_book_is_read_again() -> None:
    lore = Lore()
    assert not lore.look_up(Lorebook(entries=(entry("mill"),)), talk("sea"), count_tokens=len).on
    assert lore.look_up(Lorebook(entries=(entry("sea"),)), talk("sea"), count_tokens=len).on


def test_names_stand_for_themselves_in_keys_and_contents() -> None:
    book = Lorebook(entries=(entry("{{char}}", says="{{CHAR}} and <USER>"),))
    found = look_up(book, talk("Ada?"), names=Names("Ada", "Tom"), count_tokens=len)
    assert found.lines == ("Ada and Tom",)
    assert look_up(book, talk("{{char}}"), count_tokens=len).lines == ("{{CHAR}} and <USER>",)


def test_a_persona_in_a_conversation() -> None:
    blueprint = parse_blueprint(YAML.encode(), source="ada.yaml")
    said = [Said("persona", "Good evening.", "g"), Said("user", "The mill clock?", "m")]
    lore = Lore()
    assert lore.for_persona(blueprint, said, "c", "Tom", count_tokens=len).lines == ("Ada saw it burn, Tom.", "It is late.")
    said[0] = Said("persona", "Hello.", "g")
    found = lore.for_persona(blueprint, said, "c", "Tom", count_tokens=len)
    assert (found.lines, [one.reason for one in found.off]) == (("Ada saw it burn, Tom.",), ["greeting"])


def test_patterns_that_cannot_be_used_are_named() -> None:
    assert look([entry("/(a/", "mill")], talk("mill")).broken == ("/(a/",)


def test_nothing_said_is_nothing_found() -> None:
    assert look([entry(constant=True)], []) == look([], talk("mill")) == Found()
