"""What the Character Card specification V3 demands of a card and of the file it is in, under the heading that it stands under.

Its lorebooks are in test_spec_v3_lore.py, its macros in test_spec_v3_macros.py. What is not demanded of Companion, or not met on purpose,
is in docs/cards.md, "Not applicable".
"""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from companion.errors import CardError
from companion.persona.cards.assets import content, main_of
from companion.persona.cards.card import FIELDS, Card, read_card
from companion.persona.cards.checks import check
from companion.persona.cards.container import read_container
from companion.persona.cards.export import exported
from companion.persona.cards.mapping import blueprint_of
from companion.persona.cards.writing import export, losses
from companion.persona.lore import Lore, Said
from tests.persona.cards.building import BOOK, ENTRY, V1, V2, V3, charx, chunk, png, text, written

Json = dict[str, Any]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ICON = {"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}
BACK = {"type": "background", "uri": "data:,b", "name": "main", "ext": "png"}
WRONG = {str: 3, list: "a", dict: "a", int: "a"}
TYPES = {
    "creator_notes": str, "nickname": str, "creator_notes_multilingual": dict, "source": list, "assets": list, "group_only_greetings": list,
    "creation_date": int, "modification_date": int, "character_book": dict,
}  # fmt: skip


def v3(**changes: Any) -> Json:
    return V3 | {"data": V3["data"] | changes}


def card_of(value: Json) -> Card:
    return read_card(text(value))[1]


def departures(value: Json) -> dict[str, str]:
    container, card = read_card(text(value))
    return {one.field: one.text for one in check(container, card)}


def named(**changes: Any) -> str:
    return ". ".join(map(str, check(*read_card(text(v3(**changes))))))


def new_card(**changes: Any) -> Json:
    """The V3 card of a persona who came from none."""
    blueprint = blueprint_of(card_of(V3)).blueprint.model_copy(update=changes)
    value: Json = json.loads(exported(blueprint, None, "json", spec="v3", now=NOW).data)
    return value


# --- Embedding Methods


def test_a_png_carries_the_card_as_utf8_in_base64_in_a_text_chunk_called_ccv3() -> None:
    """V3, Embedding Methods, PNG/APNG."""
    data = export(read_container(text(v3(name="Zoë 時計"))), "png", picture=png())
    kept = data[data.index(b"ccv3\0") + 5 : data.index(b"IEND") - 8]
    assert data.index(b"ccv3\0") == data.index(b"tEXt") + 4
    assert json.loads(base64.b64decode(kept, validate=True).decode("utf-8")) == v3(name="Zoë 時計")


def test_assets_in_chunks_are_read_by_their_path_and_stay_when_the_card_is_edited() -> None:
    """V3, Embedding Methods, PNG/APNG."""
    joy = {"type": "emotion", "uri": "__asset:7", "name": "joy", "ext": "png"}
    data = png(chunk(b"tEXt", b"chara-ext-asset_:7\0" + base64.b64encode(b"joy")), written("ccv3", v3(assets=[ICON, joy])))
    for kept in (data, export(read_container(data), edits={"name": "Bea"})):
        container, card = read_card(kept)
        assert content(container, card.assets[1]) == b"joy"


def test_a_json_file_is_the_card_itself() -> None:
    """V3, Embedding Methods, JSON."""
    assert json.loads(export(read_container(png(written("ccv3", V3))), "json")) == V3
    assert new_card().keys() == {"spec", "spec_version", "data"}


def test_a_charx_has_the_card_as_card_json_at_its_root() -> None:
    """V3, Embedding Methods, CHARX."""
    container = read_container(export(read_container(text(V3)), "charx"))
    assert container.kind == "charx" and container.document.place == "card.json" and container.document.value == V3
    for elsewhere in ({"card/card.json": text(V3)}, {"Card.json": text(V3)}, {"other.json": text(V3)}):
        with pytest.raises(CardError, match=r"card\.json"):
            read_container(charx(None, elsewhere))


def test_a_charx_needs_no_folders_and_may_have_others() -> None:
    """V3, Embedding Methods, CHARX."""
    for files in ({}, {"pictures/joy.png": b"joy"}):
        joy = [{"type": "emotion", "uri": f"embeded://{name}", "name": "joy", "ext": "png"} for name in files]
        container, card = read_card(charx(v3(assets=[ICON, *joy]), files))
        assert check(container, card) == ()


# --- CharacterCard Object


def test_a_new_card_has_no_fields_but_those_of_the_specification_and_keeps_the_rest_in_extensions() -> None:
    """V3, CharacterCard Object."""
    data = new_card(openers=("How is the clock?",))["data"]
    assert data.keys() <= set(FIELDS) and data["extensions"].keys() == {"companion"}
    assert check(*read_card(json.dumps(new_card()).encode())) == ()


def test_an_edited_card_gets_no_fields_of_our_own_either() -> None:
    """V3, CharacterCard Object."""
    blueprint = blueprint_of(card_of(V3)).blueprint
    changed = blueprint.model_copy(update={"openers": ("How is the clock?",), "greeting": "Good day."})
    out = json.loads(exported(changed, text(V3)).data)
    assert out.keys() == V3.keys() and out["data"].keys() == V3["data"].keys()
    assert out["data"]["extensions"].keys() == {*V3["data"]["extensions"], "companion"}


@pytest.mark.parametrize("field", ["first_mes", "personality", "scenario", "system_prompt", "post_history_instructions"])
def test_fields_that_v3_removed_and_lists_all_the_same_are_read_as_every_program_reads_them(field: str) -> None:
    """V3, CharacterCard Object; not met on purpose, since a card would be without its first message. docs/cards.md, "What is read"."""
    assert "Quixotic" in blueprint_of(card_of(v3(**{field: "Quixotic"}))).blueprint.model_dump_json()


def test_what_is_written_as_v3_says_so() -> None:
    """V3, `spec` and `spec_version`."""
    for value in (new_card(), *(json.loads(export(read_container(text(card)), spec="v3")) for card in (V1, V2, V3))):
        assert (value["spec"], value["spec_version"]) == ("chara_card_v3", "3.0")


@pytest.mark.parametrize(("field", "value"), [("spec", "chara_card_v4"), ("spec", None), ("spec_version", 3.0), ("spec_version", "3")])
def test_another_spec_or_spec_version_is_named(field: str, value: object) -> None:
    """V3, `spec` and `spec_version`."""
    assert departures(V3 | {field: value})[field]


@pytest.mark.parametrize("field", TYPES)
def test_a_field_of_another_type_is_named_and_read_as_if_it_were_not_there(field: str) -> None:
    """V3, `character_book` to `modification_date`: what the value of each has to be."""
    without = {key: value for key, value in V3["data"].items() if key != field}
    value = v3(**{field: WRONG[TYPES[field]]})
    assert departures(value)[field]
    old, new = card_of({**V3, "data": without}), card_of(value)
    assert (new.called, new.assets, new.books, new.created, new.modified) == (old.called, old.assets, old.books, old.created, old.modified)
    assert (new.creator_notes, new.texts("source"), new.texts(field)) == (old.creator_notes, old.texts("source"), ())


@pytest.mark.parametrize("field", [field for field in TYPES if field not in ("creator_notes", "group_only_greetings")])
def test_a_field_that_may_be_undefined_may_be_left_out(field: str) -> None:
    """V3, `character_book` to `modification_date`."""
    without = {key: value for key, value in V3["data"].items() if key != field}
    assert field not in departures({**V3, "data": without})


@pytest.mark.parametrize("field", ["source", "group_only_greetings"])
def test_a_list_of_texts_holds_texts_alone(field: str) -> None:
    """V3, `source` and `group_only_greetings`."""
    assert field in departures(v3(**{field: ["a", 3]})) and field not in departures(v3(**{field: ["a"]}))


def test_the_lorebook_of_a_card_is_used_unasked() -> None:
    """V3, `character_book`."""
    found = Lore().for_persona(blueprint_of(card_of(V3)).blueprint, [Said("user", "The clock?")], "c", count_tokens=len)
    assert found.lines == ("It is late.",)


def test_the_lorebook_of_a_card_is_saved_in_its_form() -> None:
    """V3, `character_book`; the fields of a lorebook are in test_spec_v3_lore.py."""
    (entry,) = new_card()["data"]["character_book"]["entries"]
    assert {key: entry[key] for key in ENTRY if key != "extensions"} == {key: value for key, value in ENTRY.items() if key != "extensions"}
    assert not [field for field in departures(new_card()) if "character_book" in field]


def test_creator_notes_are_those_of_english_where_there_are_none_by_language() -> None:
    """V3, `creator_notes`."""
    without = {key: value for key, value in V3["data"].items() if key != "creator_notes_multilingual"}
    assert card_of({**V3, "data": without}).creator_notes == {"en": "Slow at first."}


def test_creator_notes_by_language_are_read_by_language() -> None:
    """V3, `creator_notes_multilingual`."""
    notes = {"de": "Erst langsam.", "en": "Slow.", "fr": "Lente."}
    assert card_of(v3(creator_notes_multilingual=notes)).creator_notes == notes


@pytest.mark.parametrize(("notes", "sound"), [({"de": "a"}, True), ({"en-GB": "a"}, False), ({"deu": "a"}, False), ({"fr": 3}, False)])
def test_notes_are_texts_under_a_language_of_two_letters(notes: Json, sound: bool) -> None:
    """V3, `creator_notes_multilingual`."""
    assert ("creator_notes_multilingual" not in named(creator_notes_multilingual=notes)) is sound


def test_without_assets_there_is_the_one_default_icon() -> None:
    """V3, `assets`."""
    without = {key: value for key, value in V3["data"].items() if key != "assets"}
    (icon,) = card_of({**V3, "data": without}).assets
    assert {"type": icon.type, "uri": icon.uri, "name": icon.name, "ext": icon.ext} == ICON


@pytest.mark.parametrize("field", ["type", "uri", "name", "ext"])
def test_an_asset_has_four_texts(field: str) -> None:
    """V3, `assets`."""
    assert f"no text as its {field}" in named(assets=[{key: value for key, value in BACK.items() if key != field}])
    assert f"no text as its {field}" in named(assets=[BACK | {field: 3}])
    assert "assets" not in named(assets=[BACK])
    assert "not an object" in named(assets=["icon"])


@pytest.mark.parametrize(("type", "sound"), [("icon", True), ("emotion", True), ("user_icon", True), ("x_mood", True), ("mood", False)])
def test_the_type_of_an_asset_is_one_that_there_is(type: str, sound: bool) -> None:
    """V3, `assets`."""
    assert ("assets" not in named(assets=[BACK | {"type": type}])) is sound


@pytest.mark.parametrize(("uri", "sound"), [("data:,a", True), ("ccdefault:", True), ("ftp://example.org/a", False), ("a.png", False)])
def test_the_address_of_an_asset_is_of_a_known_kind(uri: str, sound: bool) -> None:
    """V3, `assets`."""
    assert ("unknown kind" not in named(assets=[BACK | {"uri": uri}])) is sound


@pytest.mark.parametrize("uri", ["https://example.org/a.png", "http://example.org/a.png", "embeded://a.png"])
def test_the_address_of_an_asset_may_be_on_the_web_or_in_the_file(uri: str) -> None:
    """V3, `assets`."""
    assert "unknown kind" not in named(assets=[BACK | {"uri": uri}])


@pytest.mark.parametrize(("ext", "sound"), [("png", True), ("unknown", True), ("mp3", True), ("PNG", False), (".png", False), ("", False)])
def test_the_extension_of_an_asset_is_in_small_letters_without_a_dot(ext: str, sound: bool) -> None:
    """V3, `assets`."""
    assert ("extension" not in named(assets=[BACK | {"ext": ext}])) is sound


def test_the_icon_called_main_is_her_picture() -> None:
    """V3, `assets`."""
    other, main = png(pixels=b"\0\1\1\1"), png(pixels=b"\0\2\2\2")
    assets = [ICON | {"uri": "embeded://a.png", "name": "other"}, ICON | {"uri": "embeded://b.png"}]
    data = charx(v3(assets=assets), {"a.png": other, "b.png": main})
    assert read_container(export(read_container(data), "png")).picture == main


def test_of_several_icons_exactly_one_is_called_main() -> None:
    """V3, `assets`."""
    other = ICON | {"name": "other"}
    for assets, sound in (([ICON], 1), ([other], 1), ([ICON, other], 1), ([other, other], 0), ([ICON, ICON], 0), ([ICON, ICON, other], 0)):
        assert ("called main" not in named(assets=assets)) == bool(sound)


def test_the_background_called_main_is_the_main_one_and_there_is_no_second() -> None:
    """V3, `assets`."""
    other = BACK | {"name": "other"}
    found = main_of(card_of(v3(assets=[other, BACK])).assets, "background")
    assert found is not None and found.name == "main"
    assert "called main" in named(assets=[BACK, BACK]) and "called main" not in named(assets=[other, other])


def test_assets_of_which_nothing_is_made_are_no_reason_to_refuse_a_card() -> None:
    """V3, `assets`."""
    odd = [BACK | {"type": "x_smell"}, BACK | {"uri": "ftp://example.org/a"}, BACK | {"uri": "https://example.org/a"}]
    assert blueprint_of(card_of(v3(assets=odd))).blueprint.identity.name == "Ada"
    assert json.loads(export(read_container(text(v3(assets=odd))), edits={"name": "Bea"}))["data"]["assets"] == odd


def test_assets_that_are_not_saved_are_told() -> None:
    """V3, `assets`."""
    source = read_container(charx(V3, {"assets/emotion/images/joy.png": b"joy"}))
    assert all(any("joy.png" in loss for loss in losses(source, to)) for to in ("json", "png"))
    assert losses(source, "charx") == ()


def test_group_only_greetings_are_there_and_may_be_empty() -> None:
    """V3, `group_only_greetings`."""
    without = {key: value for key, value in V3["data"].items() if key != "group_only_greetings"}
    assert departures({**V3, "data": without})["group_only_greetings"] == "is missing"
    assert new_card()["data"]["group_only_greetings"] == []
    assert all(json.loads(export(read_container(text(card)), spec="v3"))["data"]["group_only_greetings"] == [] for card in (V1, V2))


def test_group_only_greetings_are_kept_for_programs_that_have_groups() -> None:
    """V3, `group_only_greetings`; docs/cards.md, "Not applicable"."""
    found = blueprint_of(card_of(v3(group_only_greetings=["All of you!"])))
    assert "All of you!" not in found.blueprint.model_dump_json() and any("group_only_greetings" in one for one in found.warnings)


@pytest.mark.parametrize("field", ["creation_date", "modification_date"])
def test_dates_are_seconds_since_1970_in_utc(field: str) -> None:
    """V3, `creation_date` and `modification_date`."""
    assert new_card()["data"][field] == 1_772_366_400
    card = card_of(v3(**{field: 1_772_366_400}))
    assert {"creation_date": card.created, "modification_date": card.modified}[field] == NOW
    assert "seconds" in departures(v3(**{field: 1_772_366_400_000}))[field]


def test_a_card_of_a_later_version_is_read() -> None:
    """V3, `spec_version`, and CharacterCard Object: fields that nobody knows are no reason to refuse it."""
    later = V3 | {"spec_version": "4.5", "data": V3["data"] | {"mood": "calm", "character_book": BOOK | {"mood": "calm"}}}
    assert blueprint_of(card_of(later)).blueprint.identity.name == "Ada"
