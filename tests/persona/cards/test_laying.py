"""Whatever of a persona is changed, her card says it, and nothing else in the card is different."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.persona.blueprint import Blueprint
from companion.persona.cards.card import read_card
from companion.persona.cards.document import same
from companion.persona.cards.export import exported
from companion.persona.cards.mapping import blueprint_of
from tests.persona.cards.building import BOOK, ENTRY, V1, V2, V3, carried, png, text

LINES = st.sampled_from(
    ["{{char}} waits.", "Hello, {{user}}.", "<BOT> hums.", "It is late.", "{{random:a,b}}", "Tea\r\nand rain", " x ", ""]
)
TEXTS = st.lists(LINES, max_size=3).map(" ".join)
NEW = st.sampled_from(
    ["Noon.", "She said {{user}}.", "Personality: odd\n\nScenario: odder", "One.\n\nTwo.", "A \u200d sign <START>", "{{char}}: hm"]
)
TALK = st.tuples(TEXTS, TEXTS).map(lambda one: f"{{{{user}}}}: {one[0]}\n{{{{char}}}}: {one[1]}")
ODD = st.sampled_from([None, 0, 1, 4, "1", True, [], "x"])
EXTENSIONS = st.dictionaries(
    st.sampled_from(["position", "case_sensitive", "selectiveLogic", "depth", "role", "probability", "matchWholeWords", "own"]),
    ODD,
    max_size=4,
)
ENTRIES = st.fixed_dictionaries(
    {"content": TEXTS.flatmap(lambda one: st.sampled_from([one, f"@@depth 2\n@@own x\n{one}"]))},
    optional={
        "keys": st.sampled_from([["a"], ["a", ""], "a,b", None]), "key": st.just(["c"]), "secondary_keys": st.just(["d"]),
        "enabled": st.booleans(), "disable": st.booleans(), "constant": ODD, "insertion_order": ODD,
        "position": st.sampled_from(["before_char", "after_char", 0, None]), "extensions": EXTENSIONS | st.none(),
        "id": st.integers(0, 3), "comment": st.just("c"), "own": st.just([1.5]),
    },
)  # fmt: skip
WORLD = st.lists(ENTRIES, max_size=3).map(lambda all: {str(at): one for at, one in enumerate(all)})
BOOKS = st.fixed_dictionaries(
    {"entries": st.lists(ENTRIES | st.just(3), max_size=4) | WORLD}, optional={"scanDepth": st.just(2), "own": ODD}
)
OWN = st.sampled_from(
    [3, {}, {"blueprint": {"boundaries": ["lie"]}}, {"blueprint": {"greeting": "Oh."}, "theirs": 1}, {"blueprint": {"greeting": 3}}]
)


@st.composite
def cards(draw) -> bytes:
    """Cards with macros, empty fields, lists that hold what they should not, and lorebooks of every spelling."""
    data = {"name": "Ada", "description": draw(TEXTS), "personality": draw(TEXTS), "scenario": draw(TEXTS), "first_mes": draw(TEXTS)}
    data["mes_example"] = draw(st.lists(TALK | TEXTS, max_size=3).map(lambda all: "\n<START>\n".join(["", *all])))
    data |= draw(
        st.fixed_dictionaries({}, optional={"nickname": st.just("Addie"), "creator_notes": TEXTS, "own": ODD, "system_prompt": TEXTS})
    )
    data |= draw(st.fixed_dictionaries({}, optional={"alternate_greetings": st.lists(TEXTS | st.just(3), max_size=11) | st.none()}))
    data |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "character_book": BOOKS | st.none(),
                "extensions": st.fixed_dictionaries({}, optional={"companion": OWN, "own": ODD}) | st.none(),
            },
        )
    )
    spec = draw(st.sampled_from([None, "chara_card_v2", "chara_card_v3"]))
    card = data if spec is None else {"spec": spec, "spec_version": "3.0", "data": data}
    return carried(card, draw(st.sampled_from(["json", "png", "charx"])))


def read(data: bytes) -> Blueprint:
    return blueprint_of(read_card(data)[1]).blueprint


def fields(data: bytes) -> dict:
    return read_card(data)[1].data


@settings(deadline=None, max_examples=100)
@given(cards())
def test_unchanged_she_leaves_to_the_byte_and_as_the_same_json_in_other_containers(card):
    blueprint = read(card)
    assert exported(blueprint, card).data == card
    for to in ("json", "charx", "png"):
        out = exported(blueprint, card, to, picture=png())
        assert read_card(out.data)[1].document.text == read_card(card)[1].document.text
        assert not [one for one in out.warnings if "again" in one]


TOLD = {"description", "personality", "scenario"}
EDITS = {
    "age": {"extensions"}, "pronouns": {"extensions"}, "nickname": {"nickname", "extensions"}, "tagline": {"personality", "extensions"},
    "background": TOLD | {"extensions"}, "greeting": {"first_mes", "alternate_greetings", "extensions"},
    "alternate_greetings": {"alternate_greetings", "extensions"}, "examples": {"mes_example", "extensions"},
    "character": {"extensions"}, "boundaries": {"extensions"}, "appearance": {"extensions"},
    "instructions": {"system_prompt", "post_history_instructions", "extensions"}, "lorebook": {"character_book", "extensions"},
}  # fmt: skip


OF_ENTRY = {
    "content": NEW, "keys": st.just(["k", "l"]), "enabled": st.booleans(),
    "position": st.sampled_from(["before_char", "depth", "scenario"]),
    "logic": st.just("not_any"), "depth": st.just(9), "priority": st.sampled_from([None, 5]), "sticky": st.just(2),
    "whole_words": st.booleans(), "case_sensitive": st.booleans(), "constant": st.booleans(), "insertion_order": st.just(7),
    "role": st.just("user"),
}  # fmt: skip


def changed(draw, data: dict, name: str) -> None:
    """One thing in a blueprint changed, as the studio's form would."""
    identity, new = data["identity"], draw(NEW)
    match name:
        case "age":
            identity["age"] = 77
        case "pronouns":
            identity["pronouns"] = "xe/xem"
        case "nickname":
            identity["nickname"] = "" if identity["nickname"] else "Ads"
        case "tagline":
            identity["tagline"] = new[:80].split("\n")[0]
        case "background":
            parts = identity["background"].split("\n\n")
            parts[draw(st.integers(0, len(parts) - 1))] = new
            identity["background"] = "\n\n".join(parts)
        case "greeting":
            data["greeting"] = new
        case "alternate_greetings":
            data[name] = draw(st.permutations([*data[name], *draw(st.lists(NEW, max_size=2))]))[:8]
        case "examples":
            talks = [*data["examples"], *draw(st.lists(NEW.map(lambda one: [{"user": "Well?", "reply": one}]), max_size=2))]
            data["examples"] = draw(st.permutations(talks))[:8]
        case "character":
            data["character"]["values"] = [new]
        case "boundaries":
            data["boundaries"] = [new[:80]]
        case "instructions":
            data["instructions"][draw(st.sampled_from(["system", "after_history"]))] = new
        case "appearance":
            data["appearance"]["portrait"] = {"top": "bob"}
        case "lorebook":
            entries = data["lorebook"]["entries"]
            for entry in entries:
                entry |= draw(st.fixed_dictionaries({}, optional=OF_ENTRY))
            added = draw(st.lists(NEW.map(lambda one: {"content": one, "keys": ["n"]}), max_size=1))
            data["lorebook"]["entries"] = draw(st.permutations(entries))[: draw(st.integers(0, 4))] + added
            data["lorebook"]["scan_depth"] = draw(st.sampled_from([2, 4, 6]))


@settings(deadline=None, max_examples=200)
@given(cards(), st.sets(st.sampled_from(sorted(EDITS)), min_size=1, max_size=2), st.data())
def test_what_was_changed_is_in_the_card_and_nothing_else_is_different(card, names, data):
    before = read(card)
    values = before.model_dump(mode="json")
    for name in sorted(names):
        changed(data.draw, values, name)
    wanted = Blueprint.model_validate(values)
    out = exported(wanted, card)
    allowed = set().union(*(EDITS[name] for name in names))
    old, new = fields(card), fields(out.data)
    assert {key for key in old.keys() | new.keys() if key not in old or key not in new or not same(old[key], new[key])} <= allowed
    others = [{key: one for key, one in (one.get("extensions") or {}).items() if key != "companion"} for one in (old, new)]
    assert same(*others), "what other programs keep stays"
    if wanted.identity.called == before.identity.called:  # else `{{char}}` follows her name
        assert read(out.data) == wanted
        assert exported(wanted, out.data).data == out.data
        assert not [one for one in out.warnings if "again" in one]


@pytest.mark.parametrize(("field", "value", "home"), [
    ("background", "She keeps bees.\n\nPersonality: dry", {"description"}),
    ("background", "She mends clocks.\n\nPersonality: loud", {"personality", "extensions"}),  # her tagline stays
    ("background", "She keeps bees.", {"description", "personality", "extensions"}),
    ("tagline", "clockmaker", {"personality", "extensions"}),
    ("nickname", "Adi", {"extensions"}),
])  # fmt: skip
def test_a_changed_field_goes_where_it_came_from(field, value, home):
    card = text(V2 | {"data": V2["data"] | {"description": "She mends clocks.", "personality": "dry"}})
    before = read(card)
    wanted = before.model_copy(update={"identity": before.identity.model_copy(update={field: value})})
    out = exported(wanted, card)
    old, new = fields(card), fields(out.data)
    assert {key for key in new if not same(old.get(key), new[key])} == home
    assert any("description alone" in one for one in out.warnings) == ({"description", "personality"} <= home)
    if field != "nickname":
        assert read(out.data) == wanted


def test_greetings_and_examples_that_were_not_changed_keep_their_macros():
    greetings = [f"{n}, {{{{user}}}}." for n in range(10)]
    examples = "<START>\n{{user}}: Who?\n{{char}}: {{char}}.\n<START>\n{{user}}: Why?\n{{char}}: So.\n"
    card = text(V3 | {"data": V3["data"] | {"alternate_greetings": greetings, "mes_example": examples}})
    before = read(card)
    talks = (before.examples[0], (before.examples[1][0].model_copy(update={"reply": "Because."}),))
    wanted = before.model_copy(update={"alternate_greetings": (*before.alternate_greetings[:7], "New."), "examples": talks})
    new = fields(exported(wanted, card).data)
    assert new["alternate_greetings"] == [*greetings[:7], "New.", *greetings[8:]]
    assert new["mes_example"] == examples.replace("So.", "Because.")
    fewer = fields(exported(before.model_copy(update={"alternate_greetings": before.alternate_greetings[1:]}), card).data)
    assert fewer["alternate_greetings"] == greetings[1:]


def test_what_another_program_changed_since_counts_more_than_what_we_kept():
    before = read(text(V3))
    wanted = before.model_copy(update={"greeting": "I said {{user}} and meant it.", "boundaries": ("lie",)})
    out = json.loads(exported(wanted, text(V3)).data)
    assert read(text(out)) == wanted
    out["data"]["first_mes"] = "Theirs."
    mapped = blueprint_of(read_card(text(out))[1])
    assert mapped.blueprint == wanted.model_copy(update={"greeting": "Theirs."}) and any(
        "another program" in one for one in mapped.warnings
    )


def test_what_another_program_keeps_under_our_name_stays():
    card = text(V2 | {"data": V2["data"] | {"extensions": {"companion": {"theirs": 1}}}})
    wanted = read(card).model_copy(update={"boundaries": ("lie",)})
    out = exported(wanted, card).data
    assert fields(out)["extensions"]["companion"]["theirs"] == 1 and read(out) == wanted
    back = exported(read(card), out).data
    assert fields(back)["extensions"] == {"companion": {"theirs": 1}}


def test_a_value_of_an_entry_goes_where_the_card_has_it():
    raw = ENTRY | {"case_sensitive": True, "extensions": {"position": 0, "caseSensitive": False, "selectiveLogic": 0, "own": 1}}
    card = text(V2 | {"data": V2["data"] | {"character_book": BOOK | {"entries": [raw]}}})
    before = read(card)
    entry = before.lorebook.entries[0].model_copy(
        update={"case_sensitive": True, "position": "depth", "logic": "not_all", "enabled": False}
    )
    wanted = before.model_copy(update={"lorebook": before.lorebook.model_copy(update={"entries": (entry,)})})
    out = exported(wanted, card).data
    extensions = {"position": 4, "caseSensitive": True, "selectiveLogic": 1, "own": 1}
    assert fields(out)["character_book"]["entries"] == [raw | {"enabled": False, "extensions": extensions}]
    assert fields(out)["extensions"] == V2["data"]["extensions"] and read(out) == wanted


def test_a_v1_card_takes_what_it_has_no_field_for():
    before = read(text(V1))
    wanted = before.model_copy(update={"boundaries": ("lie",), "alternate_greetings": ("Hm.",)})
    out = exported(wanted, text(V1)).data
    assert json.loads(out) == V1 | {"alternate_greetings": ["Hm."], "extensions": fields(out)["extensions"]} and read(out) == wanted
