"""What a card says is read whatever it breaks, and what it breaks is said. A test named by a section covers what that must be."""

import base64
from datetime import UTC, datetime

import pytest

from companion.errors import CardError
from companion.persona.cards.assets import content, main_of
from companion.persona.cards.card import FIELDS, V1_FIELDS, read_card
from companion.persona.cards.checks import check, check_lorebook
from companion.persona.cards.container import read_container
from tests.persona.cards.building import BOOK, ENTRY, V1, V2, V3, carried, charx, chunk, png, text, written


def card_of(value):
    return read_card(text(value))[1]


def departures(value, data=None) -> dict[str, str]:
    container, card = read_card(data or text(value))
    return {one.field: one.text for one in check(container, card)}


def v3(**changes):
    return V3 | {"data": V3["data"] | changes}


def v2(**changes):
    return V2 | {"data": V2["data"] | changes}


@pytest.mark.parametrize(("value", "version"), [(V1, "v1"), (V2, "v2"), (V3, "v3")])
def test_every_field_is_read(value, version):
    card = card_of(value)
    assert card.version == version
    assert {field: card.raw(field) for field in FIELDS} == {field: value.get("data", value).get(field) for field in FIELDS}


@pytest.mark.parametrize("kind", ["json", "png", "charx"])
@pytest.mark.parametrize("value", [V1, V2, V3])
def test_sound_cards_depart_from_nothing(value, kind):
    members = {"assets/emotion/images/joy.png": b"joy"}
    if kind == "charx" and value is not V3:
        assert "card.json" in departures(value, charx(value))
        return
    data = charx(value, members) if kind == "charx" else carried(value, kind)
    expected = set() if value is not V3 or kind == "charx" else {"assets.1"}  # only a CHARX carries that file
    assert set(departures(value, data)) == expected


def test_v1_fields_default_to_the_empty_string():
    card = card_of({"name": "Ada", "scenario": None})
    assert [card.text(field) for field in V1_FIELDS] == ["Ada", "", "", "", "", ""]
    assert departures({"name": "Ada", "scenario": None})["scenario"] == "is null and not a text"


def test_v2_spec_and_spec_version():
    assert departures(V2 | {"spec": "other"})["spec"] and departures(V2 | {"spec_version": 2})["spec_version"]
    assert card_of({"data": V1}).version == "v2" and "missing" in departures({"data": V1})["spec"]
    assert card_of({"spec": "chara_card_v2", **V1}).version == "v1" and "data" in departures({"spec": "chara_card_v2", **V1})


def test_v2_alternate_greetings():
    assert card_of(V2).greetings == ("Hello, {{user}}.", "Oh.")
    broken = v2(alternate_greetings=["Oh.", 3, None])
    assert card_of(broken).greetings == ("Hello, {{user}}.", "Oh.")
    assert departures(broken)["alternate_greetings"]


def test_v2_extensions_default_to_an_empty_object():
    card = card_of({"spec": "chara_card_v2", "data": V1})
    assert card.extensions == {}
    assert card_of(V2).extensions == V2["data"]["extensions"]


def test_v3_spec():
    assert card_of(V3 | {"spec": "chara_card_v4"}).version == "v3"
    assert "not known" in departures(V3 | {"spec": "chara_card_v4"})["spec"]


@pytest.mark.parametrize(("version", "newer"), [("3.0", False), ("3.1", True), ("12", True), ("2.9", False), ("x", False), ("nan", False)])
def test_v3_spec_version_is_compared_as_a_number_and_newer_ones_are_read(version, newer):
    card = card_of(V3 | {"spec_version": version})
    assert card.newer is newer and card.text("name") == "Ada"
    assert ("newer" in departures(V3 | {"spec_version": version}).get("spec_version", "")) is newer


def test_v3_character_book_is_an_object_or_absent():
    assert card_of(v3(character_book=None)).books == ()
    assert "null" in departures(v3(character_book=None))["character_book"]
    assert "not an object" in departures(v3(character_book=[]))["character_book"]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"spec": "chara_card_v2", "data": V1, "character_book": BOOK}, "character_book"),
        ({"spec": "chara_card_v2", "data": V1 | {"extensions": {"character_book": BOOK}}}, "data.extensions.character_book"),
        (V1 | {"extensions": {"character_book": BOOK}}, "extensions.character_book"),
    ],
)
def test_a_book_at_the_wrong_level_is_found_and_said_so(value, path):
    (book,) = card_of(value).books
    assert book.value == BOOK and ".".join(book.path) == path
    assert "wrong level" in departures(value)[path]


def test_v3_creator_notes_and_creator_notes_multilingual():
    assert card_of(V2).creator_notes == {"en": "Slow at first."}
    assert card_of(V3).creator_notes == {"de": "Erst langsam.", "en": "Slow at first."}
    assert card_of(v3(creator_notes_multilingual={"en": "Other."})).creator_notes == {"en": "Other."}
    found = departures(v3(creator_notes_multilingual={"en-GB": "a", "fr": 3}))
    assert "ISO 639-1" in found["creator_notes_multilingual.en-GB"] and found["creator_notes_multilingual.fr"]


def test_v3_nickname_is_what_char_stands_for():
    assert card_of(V3).called == "Addie"
    assert card_of(v3(nickname="")).called == "Ada"


def test_v3_source_is_a_list_of_texts():
    assert card_of(V3).texts("source") == ("https://example.org/ada",)
    assert departures(v3(source="x"))["source"]


def test_v3_assets_undefined_is_one_default_icon():
    (asset,) = card_of(V2).assets
    assert (asset.type, asset.uri, asset.name, asset.ext) == ("icon", "ccdefault:", "main", "png")


@pytest.mark.parametrize(
    ("asset", "said"),
    [
        ({"type": "mood"}, "x_"),
        ({"ext": "PNG"}, "small letters"),
        ({"ext": ".png"}, "small letters"),
        ({"uri": "ftp://x/a.png"}, "unknown kind"),
        ({"uri": "https://x/a.png"}, "not fetched"),
        ({"uri": "embeded://nowhere.png"}, "not in the file"),
        ({"uri": "embedded://a.png"}, "two d"),
        ({"name": None}, "name"),
    ],
)
def test_v3_assets_fields_of_each(asset, said):
    one = {"type": "x_mood", "uri": "embeded://a.png", "name": "a", "ext": "png"}
    container, card = read_card(charx(v3(assets=[one | asset]), {"a.png": b"a"}))
    assert any(said in found.text for found in check(container, card))
    container, card = read_card(charx(v3(assets=[one]), {"a.png": b"a"}))
    assert check(container, card) == ()


def test_v3_assets_have_exactly_one_main_icon():
    icon = {"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}
    other = icon | {"name": "other", "uri": "data:,a"}
    for assets, sound in (([icon], 1), ([other], 1), ([icon, other], 1), ([other, other], 0), ([icon, icon], 0)):
        assert ("assets" not in departures(v3(assets=assets))) == bool(sound)
    assert main_of(card_of(v3(assets=[other, icon])).assets, "icon").name == "main"
    back = icon | {"type": "background"}
    assert "assets" in departures(v3(assets=[back, back]))
    assert main_of(card_of(v3(assets=[back | {"name": "a"}, back | {"name": "b"}])).assets, "background").name == "a"


def test_v3_assets_are_opened_wherever_they_are():
    uris = ["embeded://a.bin", "embedded://a.bin", "__asset:a.bin", "data:x/y;base64," + base64.b64encode(b"a").decode(), "data:,a"]
    assets = [{"type": "x_a", "uri": uri, "name": "a", "ext": "bin"} for uri in uris]
    container, card = read_card(charx(v3(assets=assets), {"a.bin": b"a"}))
    assert [content(container, asset) for asset in card.assets] == [b"a"] * 5
    container, card = read_card(
        png(written("ccv3", v3(assets=assets[2:3])), chunk(b"tEXt", b"chara-ext-asset_:a.bin\0" + base64.b64encode(b"a")))
    )
    assert content(container, card.assets[0]) == b"a"


def test_v3_assets_default_icon_of_a_png_is_the_picture_and_the_web_is_left_alone():
    container, card = read_card(png(written("ccv3", V3)))
    assert content(container, card.assets[0]) == png()
    container, card = read_card(text(v3(assets=[{"type": "icon", "uri": "https://x/a.png", "name": "main", "ext": "png"}])))
    assert content(container, card.assets[0]) is None


@pytest.mark.parametrize("uri", ["embeded://../a", "embeded://A.bin", "data:nothing", "data:;base64,a"])
def test_an_asset_that_cannot_be_opened_is_an_error_with_a_hint(uri):
    container, card = read_card(charx(v3(assets=[{"type": "x_a", "uri": uri, "name": "a", "ext": "bin"}]), {"a.bin": b"a"}))
    with pytest.raises(CardError):
        content(container, card.assets[0])


def test_v3_group_only_greetings_must_be_there():
    assert card_of(v3(group_only_greetings=["All of you!"])).texts("group_only_greetings") == ("All of you!",)
    without = V3 | {"data": {key: one for key, one in V3["data"].items() if key != "group_only_greetings"}}
    assert departures(without)["group_only_greetings"] == "is missing"


def test_v3_creation_date_and_modification_date_are_seconds():
    when = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert card_of(V3).created == when and card_of(V3).modified is None
    milli = v3(creation_date=1_700_000_000_000, modification_date="yesterday")
    assert card_of(milli).created == when and card_of(milli).modified is None
    found = departures(milli)
    assert "milliseconds" in found["creation_date"] and found["modification_date"] == "is a text and not a number"
    assert card_of(v3(creation_date=0)).created is None
    assert card_of(v3(creation_date=1e300)).created is None


def test_fields_doubled_at_the_root_are_said_and_the_inner_one_counts():
    value = V2 | {"name": "Ada", "description": "old"}
    assert card_of(value).text("description") == V1["description"]
    found = departures(value)
    assert found["the top level"] == "repeats what is in data: name" and "differs" in found["description"]


def test_a_field_at_the_top_alone_is_read_from_there():
    value = {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ada"}, "scenario": "a clock shop"}
    card = card_of(value)
    assert card.text("scenario") == "a clock shop" and card.path("scenario") == ("scenario",)
    assert "at the top" in departures(value)["scenario"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"use_regex": True}, "plain words"),
        ({"keys": [""]}, "empty key"),
        ({"keys": []}, "no keys"),
        ({"keys": [1]}, "not texts"),
        ({"content": "@@risu_only 4\n@@@depth 5\n\nLore"}, "@@risu_only"),
        ({"enabled": "yes"}, "enabled"),
        ({"insertion_order": True}, "insertion_order"),
        ({"position": 4}, "position"),
        ({"secondary_keys": "a,b"}, "secondary_keys"),
    ],
)
def test_v3_lorebook_entries_that_break_the_specification(entry, said):
    book = BOOK | {"entries": [ENTRY | entry]}
    assert said in departures(v3(character_book=book))["data.character_book.entries.0"]
    assert said in " ".join(one.text for one in check_lorebook(read_container(text({"spec": "lorebook_v3", "data": book}))))


def test_v3_lorebook_entries_must_be_there():
    assert departures(v3(character_book={"extensions": {}}))["data.character_book.entries"] == "is missing"


def test_patterns_and_known_decorators_are_as_they_should_be():
    entry = ENTRY | {"keys": ["/a+/i"], "use_regex": True, "content": "@@depth 4\n@@activate\nLore"}
    assert "data.character_book.entries.0" not in departures(v3(character_book=BOOK | {"entries": [entry]}))


def test_both_chunks_that_differ_are_said():
    found = departures(None, png(written("chara", v2(description="old")), written("ccv3", V3)))
    assert "description" in found["chara"]


@pytest.mark.parametrize("value", [{}, {"spec": "chara_card_v2", "data": {}}, {"spec": "chara_card_v3", "data": {"a": 1}}, {"entries": {}}])
def test_what_is_no_card_is_refused(value):
    with pytest.raises(CardError):
        card_of(value)
