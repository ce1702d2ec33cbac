"""A persona leaves as a card: untouched if she is, with her changes where a card has a field for them, and whole to our own eyes."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import BlueprintError, CardError, InputError
from companion.persona.blueprint import Blueprint
from companion.persona.cards.assets import content, main_of
from companion.persona.cards.card import read_card
from companion.persona.cards.checks import check
from companion.persona.cards.document import same
from companion.persona.cards.export import bundle, exported, format_of, read_bundle
from companion.persona.cards.mapping import blueprint_of
from companion.persona.files import read_blueprint
from companion.persona.library import Library
from companion.persona.lorebook import Entry
from tests.persona.cards.building import BOOK, ENTRY, V1, V2, V3, carried, charx, png, text

PERSONAS = sorted((Path(__file__).parents[3] / "personas").glob("*.yaml"))
SERAPHINA = Path(__file__).parents[4] / "shared" / "data" / "cards" / "seraphina.png"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
CARDS = {"v1": V1, "v2": V2, "v3": V3}
# field of the blueprint → a new value, and the fields of the card that may differ for it
CHANGES = {
    "name": ({"identity": {"name": "Berta"}}, {"name"}),
    "background": ({"identity": {"background": "I keep bees."}}, {"description", "personality", "scenario"}),
    "greeting": ({"greeting": "You again."}, {"first_mes"}),
    "alternate_greetings": ({"alternate_greetings": ["Hm?", "Well."]}, {"alternate_greetings"}),
    "examples": ({"examples": [[{"user": "Bees?", "reply": "Bees."}]]}, {"mes_example"}),
    "traits": ({"character": {"big_five": {"openness": 0.5}}}, {"extensions"}),
    "instructions": ({"instructions": {"system": "{{original}} Be brief."}}, {"system_prompt"}),
    "boundaries": ({"boundaries": ["speak of honey"]}, {"extensions"}),
}


def read(data: bytes) -> Blueprint:
    return blueprint_of(read_card(data)[1]).blueprint


def changed(blueprint: Blueprint, change: dict) -> Blueprint:
    def merged(old, new):
        return {**old, **{k: merged(old[k], v) if isinstance(v, dict) else v for k, v in new.items()}} if isinstance(old, dict) else new

    return Blueprint.model_validate(merged(blueprint.model_dump(mode="json"), change))


@pytest.mark.parametrize("version", CARDS)
@pytest.mark.parametrize("kind", ["json", "png", "charx"])
def test_who_was_not_changed_leaves_as_she_came(version, kind):
    card = carried(CARDS[version], kind)
    assert exported(read(card), card).data == card
    for to in ("json", "charx"):
        assert same(read_card(exported(read(card), card, to).data)[1].document.value, json.loads(text(CARDS[version])))


@settings(deadline=None)
@given(st.sampled_from(list(CARDS)), st.sampled_from(["json", "png", "charx"]), st.sets(st.sampled_from(list(CHANGES)), min_size=1))
def test_what_was_changed_is_different_and_nothing_else(version, kind, names):
    card = carried(CARDS[version], kind)
    wanted, fields = read(card), set()
    for name in names:
        wanted = changed(wanted, CHANGES[name][0])
        fields |= CHANGES[name][1]
    out = exported(wanted, card).data
    before, after = read_card(card)[1].data, read_card(out)[1].data
    differing = {key for key in before.keys() | after.keys() if key not in before or key not in after or not same(before[key], after[key])}
    assert differing <= fields
    if "name" in names:  # `{{char}}` follows her name
        renamed = json.loads(wanted.model_dump_json().replace("Ada mends", "Berta mends"))
        wanted = Blueprint.model_validate(renamed) if not wanted.identity.nickname else wanted
    assert read(out) == wanted, "she comes in again as she left"


def test_a_macro_stays_where_nothing_was_changed():
    card = carried(V2, "json")
    out = exported(changed(read(card), CHANGES["boundaries"][0]), card).data
    assert "{{char}} mends clocks." in out.decode() and "Hello, {{user}}." in out.decode()


def test_an_entry_is_edited_where_it_stands_and_keeps_what_no_field_here_holds():
    raw = ENTRY | {"content": "@@depth 3\n@@own thing\nIt is late.", "own": [1.5], "extensions": {"own": None, "sticky": 1}}
    card = text(V2 | {"data": V2["data"] | {"character_book": BOOK | {"entries": [raw, ENTRY | {"id": 7}], "own": "x"}}})
    given_ = read(card)
    first = given_.lorebook.entries[0].model_copy(update={"content": "It is early.", "sticky": 4, "keys": ("clock", "hour")})
    book = given_.lorebook.model_copy(update={"entries": (first, given_.lorebook.entries[1])})
    wanted = given_.model_copy(update={"lorebook": book})
    out = read_card(exported(wanted, card).data)[1].data["character_book"]
    assert out["entries"][0] == raw | {
        "content": "@@depth 3\n@@own thing\nIt is early.", "keys": ["clock", "hour"], "extensions": {"own": None, "sticky": 4}
    }  # fmt: skip
    assert out["entries"][1] == ENTRY | {"id": 7} and out["own"] == "x"
    assert read(exported(wanted, card).data) == wanted


def test_entries_come_and_go_and_the_others_stay_raw():
    card = text(V2 | {"data": V2["data"] | {"character_book": BOOK | {"entries": [ENTRY | {"own": n, "id": n} for n in range(3)]}}})
    given_ = read(card)
    entries = (given_.lorebook.entries[2], Entry(content="New.", keys=("new",)), given_.lorebook.entries[0])
    wanted = given_.model_copy(update={"lorebook": given_.lorebook.model_copy(update={"entries": entries})})
    out = read_card(exported(wanted, card).data)[1].data["character_book"]["entries"]
    assert [one.get("own") for one in out] == [2, None, 0] and read(exported(wanted, card).data) == wanted


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
@pytest.mark.parametrize("spec", ["v2", "v3"])
def test_a_card_made_for_a_persona_is_as_it_should_be_and_holds_her_whole(path, spec):
    blueprint = read_blueprint(path)
    for to in ("json", "png", "charx")[: 2 if spec == "v2" else 3]:  # a CHARX is for V3
        done = exported(blueprint, None, to, spec=spec, picture=png(), now=NOW)
        container, card = read_card(done.data)
        assert check(container, card) == () and card.version == spec
        mapped = blueprint_of(card)
        assert mapped.blueprint == blueprint and not [one for one in mapped.warnings if "age" in one or "pronouns" in one]
        assert any("extensions.companion" in one for one in done.warnings)
    assert read_card(exported(blueprint, None, "json", spec="v3", now=NOW).data)[1].created == NOW


@pytest.mark.parametrize("own", [3, [], {}, {"blueprint": 3}, {"blueprint": {"identity": {"age": 12}}}, {"blueprint": {"secret": 1}}])
def test_what_is_beside_the_fields_is_used_only_if_it_is_valid(own):
    card = text(V2 | {"data": V2["data"] | {"extensions": {"companion": own}}})
    mapped = blueprint_of(read_card(card)[1])
    assert mapped.blueprint == read(text(V2)) and any("extensions.companion" in one for one in mapped.warnings)


def test_a_persona_under_18_does_not_come_in_by_what_stands_beside_the_fields():
    data = V2["data"] | {"description": "Ada is 15 years old.", "extensions": {"companion": {"blueprint": {"identity": {"age": 30}}}}}
    with pytest.raises(CardError):
        read(text(V2 | {"data": data}))


def test_a_bundle_holds_her_and_her_card_and_comes_back():
    blueprint, card = read_blueprint(PERSONAS[0]), carried(V3, "png")
    made = bundle(blueprint, card, png())
    assert made == bundle(blueprint, card, png()), "the same bytes every time"
    assert read_bundle(made) == (blueprint, card, ())
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        assert set(file.namelist()) == {"manifest.json", "blueprint.yaml", "portrait.png", "card"}


def test_what_is_no_bundle_is_refused():
    def zipped(**members: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as file:
            for name, content in members.items():
                file.writestr(name.replace("_", "."), content)
        return out.getvalue()

    for data in (b"", b"PK\x03\x04", zipped(), zipped(manifest_json=b"{"), zipped(manifest_json=b'{"format": "companion-bundle-9"}')):
        with pytest.raises(CardError):
            read_bundle(data)
    with pytest.raises(BlueprintError):
        read_bundle(zipped(manifest_json=b'{"format": "companion-bundle-1"}', blueprint_yaml=b"identity: [1"))


def test_a_name_says_the_format_in_any_letters():
    assert [format_of(one) for one in (".PNG", ".json", ".CharX", ".companion", ".jpeg")] == ["png", "json", "charx", "companion", "image"]
    with pytest.raises(InputError):
        format_of(".docx")


@pytest.mark.skipif(not SERAPHINA.exists(), reason="the card is not part of the project")
def test_a_real_card_comes_back_to_the_byte_and_with_one_field_edited():
    raw = SERAPHINA.read_bytes()
    assert exported(read(raw), raw).data == raw
    wanted = changed(read(raw), CHANGES["greeting"][0])
    out = exported(wanted, raw).data
    before, after = (read_card(one)[1].data for one in (raw, out))
    assert {key for key in before if not same(before[key], after[key])} == {"first_mes"} and read(out) == wanted


@pytest.mark.parametrize("words", ["I am 15 years old.", "A schoolgirl.", "Looks 12."])
def test_a_persona_under_18_does_not_come_in_by_other_words_beside_the_fields(words, tmp_path):
    own = {"blueprint": {"identity": {"background": words, "age": 30}}}
    with pytest.raises(CardError, match="under 18"):
        read(text(V2 | {"data": V2["data"] | {"extensions": {"companion": own}}}))
    adult = read(text(V2))
    young = adult.model_copy(
        update={"identity": adult.identity.model_copy(update={"background": f"{words} I went to a middle school student ball."})}
    )
    with pytest.raises(CardError, match="under 18"):
        Library(tmp_path / "shipped", tmp_path / "own").import_file("x.companion", bundle(young, None, None))


@pytest.mark.parametrize("words", ["\ud800", "a\x07", "\u202egnirts"])
def test_signs_that_no_file_of_ours_holds_do_not_come_in_beside_the_fields(words):
    mapped = blueprint_of(read_card(text(V2 | {"data": V2["data"] | {"extensions": {"companion": {"blueprint": {"greeting": words}}}}}))[1])
    assert mapped.blueprint == read(text(V2)) and any("cannot be used" in one for one in mapped.warnings)


def test_an_age_that_only_companion_keeps_settles_what_is_said_of_others():
    blueprint = changed(read(text(V2)), {"identity": {"age": 40, "background": "My daughter is 6 years old."}})
    out = exported(blueprint, None, "json", now=NOW)
    assert read(out.data) == blueprint and not [one for one in out.warnings if "again" in one]


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_persona_comes_back_whole_from_every_format(data):
    strings = st.sampled_from(
        ["One.", "{{user}} said {{char}}", "<START>", "a\n\nb", "Personality: x", "\U0001f469\u200d\U0001f680", "@@depth 3\nx"]
    )
    places, logics = ["before_char", "after_char", "personality", "depth"], ["and_any", "not_all"]
    entry = st.builds(
        Entry, content=strings, keys=st.just(("a", "/b/i")), comment=strings, position=st.sampled_from(places), selective=st.booleans(),
        priority=st.sampled_from([None, 3]), additional_keys=st.sampled_from([(), ("c", "d,e")]), logic=st.sampled_from(logics),
    )  # fmt: skip
    entries = data.draw(st.lists(entry, max_size=3))
    values = read_blueprint(data.draw(st.sampled_from(PERSONAS))).model_dump(mode="json")
    values |= {"greeting": data.draw(strings), "alternate_greetings": data.draw(st.lists(strings, max_size=8))}
    values |= {"examples": [[{"user": data.draw(strings), "reply": data.draw(strings)}]], "boundaries": [data.draw(strings)]}
    values["identity"] |= {
        "nickname": data.draw(st.sampled_from(["", "Bo"])),
        "background": data.draw(strings) * data.draw(st.sampled_from([1, 200])),
    }
    values["lorebook"] |= {"entries": [one.model_dump(mode="json") for one in entries], "name": data.draw(strings)}
    blueprint = Blueprint.model_validate(values)
    for to, spec in (("json", "v2"), ("json", "v3"), ("png", "v2"), ("charx", "v3"), ("companion", None)):
        done = exported(blueprint, None, to, spec=spec, picture=png(), now=NOW)
        assert not [one for one in done.warnings if "again" in one]
        assert (read_bundle(done.data)[0] if to == "companion" else read(done.data)) == blueprint


def test_a_new_charx_takes_her_portrait_along():
    container, card = read_card(exported(read_blueprint(PERSONAS[0]), None, "charx", picture=png(), now=NOW).data)
    icon = main_of(card.assets, "icon")
    assert icon and content(container, icon) == png()


def test_a_card_that_brings_no_picture_along_takes_her_portrait():
    out = exported(read(text(V2)), text(V2), "png", picture=png())
    assert read_card(out.data)[0].picture == png() and any("portrait" in one for one in out.warnings)
    with pytest.raises(CardError):
        exported(read(text(V2)), text(V2), "png")
    framed = exported(read(carried(V2, "png")), carried(V2, "png"), "png", picture=png(tail=b"x"))
    assert framed.data == carried(V2, "png") and framed.warnings == ()


def test_behind_an_image_goes_only_what_came_behind_one_of_that_kind():
    before = {".jpg": b"\xff\xd8\xff\xe0 picture \xff\xd9", ".webp": b"RIFF\x04\0\0\0WEBP", ".png": png()}
    for suffix, image in before.items():
        card = charx(V3, before=image)
        assert format_of(suffix.upper(), card) == "image" and exported(read(card), card, "image").data == card
        wanted = changed(read(card), CHANGES["greeting"][0])
        assert exported(wanted, card, "image").data.startswith(image)
    with pytest.raises(InputError):
        format_of(".webp", charx(V3, before=before[".jpg"]))
    assert format_of(".png", carried(V3, "png")) == "png"


def test_a_bundle_without_a_sound_card_comes_in_without_it(tmp_path):
    blueprint, library = read_blueprint(PERSONAS[0]), Library(tmp_path / "shipped", tmp_path / "own")
    for broken in (b"nonsense", text(V1 | {"description": "Ada is 15 years old. A schoolgirl."})):
        persona, warnings = library.import_file("x.zip", bundle(blueprint, broken, None))
        assert library.get(persona.id).blueprint == blueprint and library.card(persona.id) is None
        assert "left out" in warnings[0]
    persona, warnings = library.import_card(bundle(blueprint, carried(V3, "charx"), png()))
    assert library.card(persona.id) == carried(V3, "charx") and warnings == () and persona.id == f"{blueprint.identity.name.lower()}-3"
