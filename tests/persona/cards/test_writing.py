"""Nothing is lost on the way through: as it came without an edit, and with one, different in that field alone."""

import base64
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import CardError
from companion.persona.cards.assets import content, main_of
from companion.persona.cards.card import V1_FIELDS, V2_FIELDS, read_card
from companion.persona.cards.checks import check
from companion.persona.cards.container import read_container
from companion.persona.cards.document import same
from companion.persona.cards.splice import REMOVED
from companion.persona.cards.writing import export, losses
from tests.persona.cards.building import BOOK, V1, V2, V3, carried, charx, chunk, png, text, written

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 9 + b"\xff\xd9"
ODD = b'{ "spec":"chara_card_v2", "spec_version":"2.0","data":{"name":"Ada","tags":null,"x":1.50,"x":2e1,"y":NaN,"z":"\\ud800\\u00e9"} }'
WORDS = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
EXTRA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def cards(draw):
    """Cards of every version, with unknown keys at each level, null fields, and texts of any kind."""
    data = draw(
        st.fixed_dictionaries({"name": WORDS}, optional={field: EXTRA for field in V1_FIELDS[1:] + V2_FIELDS if field != "character_book"})
    )
    data |= draw(st.dictionaries(st.text("xyz", min_size=2, max_size=4), EXTRA, max_size=3))
    version = draw(st.sampled_from(["v1", "v2", "v3"]))
    if version == "v1":
        return data
    root = draw(st.dictionaries(st.text("uvw", min_size=2, max_size=4), EXTRA, max_size=2))
    number = {"v2": "2.0", "v3": "3.0"}[version]
    return root | {"spec": f"chara_card_{version}", "spec_version": number, "data": data | {"character_book": draw(st.none() | EXTRA)}}


def value_of(data: bytes):
    return read_container(data).document.value


@settings(deadline=None)
@given(cards(), st.sampled_from(["json", "png", "charx"]), st.sampled_from(["json", "png", "charx"]))
def test_an_unedited_export_is_the_same_file_or_the_same_json(card, kind, to):
    data = carried(card, kind)
    out = export(read_container(data), to, picture=png() if to == "png" and kind != "png" else None)
    if to == kind:
        assert out == data
    assert same(value_of(out), json.loads(text(card)))
    assert list(value_of(out)) == list(card)


@settings(deadline=None)
@given(cards(), st.sampled_from(["json", "png", "charx"]), st.sampled_from(V1_FIELDS + V2_FIELDS + ("nickname", "own")), EXTRA)
def test_an_edit_changes_that_field_and_no_other(card, kind, field, value):
    if any(part != part or part in (float("inf"), float("-inf")) for part in numbers(value)):
        return
    before = json.loads(text(card))
    out = value_of(export(read_container(carried(card, kind)), edits={field: value}))
    inner = "data" in before and isinstance(before["data"], dict)
    expected = before | {"data": before["data"] | {field: value}} if inner else before | {field: value}
    assert same(out, expected)


def numbers(value):
    if isinstance(value, float):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from numbers(one)


@pytest.mark.parametrize("kind", ["json", "png", "charx"])
def test_what_json_libraries_lose_survives_an_edit(kind):
    out = read_container(export(read_container(carried(ODD, kind)), edits={"name": "Bea"}))
    assert out.document.text.encode() == ODD.replace(b"Ada", b"Bea")


def test_taking_a_field_out_is_not_setting_it_to_null():
    source = read_container(text(V3))
    assert "nickname" not in value_of(export(source, edits={"nickname": REMOVED}))["data"]
    assert value_of(export(source, edits={"nickname": None}))["data"]["nickname"] is None


def test_an_edit_inside_the_lorebook():
    out = value_of(export(read_container(text(V2)), edits={("character_book", "entries", 0, "content"): "Noon."}))
    assert out["data"]["character_book"]["entries"][0]["content"] == "Noon."
    out["data"]["character_book"]["entries"][0]["content"] = "It is late."
    assert out == V2
    with pytest.raises(CardError):
        export(read_container(text(V2)), edits={("character_book", "entries", 5, "content"): "x"})


def test_copies_that_say_the_same_follow_and_others_stay():
    doubled = V2 | {"description": V2["data"]["description"], "scenario": "old", "creatorcomment": "Slow at first."}
    out = value_of(export(read_container(text(doubled)), edits={"description": "new", "scenario": "new", "creator_notes": "quick"}))
    assert (out["description"], out["scenario"], out["creatorcomment"]) == ("new", "old", "quick")
    assert out["data"] == V2["data"] | {"description": "new", "scenario": "new", "creator_notes": "quick"}


def test_v3_embedding_png_both_chunks_follow_an_edit():
    data = png(written("chara", V2), chunk(b"tEXt", b"Author\0x"), written("ccv3", V3))
    out = read_container(export(read_container(data), edits={"description": "new", "nickname": "Adi"}))
    assert out.document.value == V3 | {"data": V3["data"] | {"description": "new", "nickname": "Adi"}}
    assert out.documents[1].value == V2 | {"data": V2["data"] | {"description": "new"}}
    assert out.picture == png(chunk(b"tEXt", b"Author\0x"))


def test_v3_embedding_png_is_a_text_chunk_ccv3_of_utf8_in_base64():
    named = V3 | {"data": V3["data"] | {"name": "Zoë 時計"}}
    out = export(read_container(charx(named)), "png", picture=png())
    data = out[out.index(b"tEXt") + 4 :]
    assert data.startswith(b"ccv3\0") and b"chara" not in out
    assert json.loads(base64.b64decode(data[5 : data.index(b"IEND") - 8])) == named


def test_v3_embedding_json_is_the_object_itself():
    assert json.loads(export(read_container(png(written("ccv3", V3))), "json")) == V3


def test_v2_extensions_unknown_keys_survive():
    own = {"agnai/voice": None, "x": [{"y": 1e-7}]}
    card = V2 | {"data": V2["data"] | {"extensions": own, "character_book": BOOK | {"extensions": own}}, "own": own}
    for to in ("json", "png", "charx"):
        for spec in ("v2", "v3"):
            out = value_of(export(read_container(png(written("chara", card))), to, spec=spec, edits={"name": "Bea"}))
            assert (out["data"]["extensions"], out["data"]["character_book"]["extensions"], out["own"]) == (own, own, own)


def test_v3_assets_that_are_not_saved_are_told():
    told = losses(read_container(charx(V3, {f"assets/emotion/images/{n}.png": b"x" for n in range(7)})), "json")
    assert "4.png and 2 more" in told[0]


def test_an_edit_leaves_every_other_chunk_and_what_is_behind_the_end():
    around = [chunk(b"acTL", b"\0" * 8), chunk(b"tEXt", b"Author\0x")]
    out = export(read_container(png(around[0], written("chara", V2), around[1], tail=b"behind")), edits={"name": "Bea"})
    assert out == png(around[0], written("chara", out_of(out)), around[1], tail=b"behind")
    assert json.loads(out_of(out)) == V2 | {"data": V2["data"] | {"name": "Bea"}}


def out_of(data: bytes) -> bytes:
    return read_container(data).document.text.encode()


@pytest.mark.parametrize("before", [b"", JPEG])
def test_members_of_a_zip_survive_an_edit(before):
    members = {"assets/icon/images/a.png": b"png" * 50, "module.risum": b"\0\1", "x_meta/0.json": b"{}"}
    data = charx(V3, members, before=before)
    out = export(read_container(data), edits={"name": "Bea"})
    assert out.startswith(before)
    old, new = (zipfile.ZipFile(io.BytesIO(one)) for one in (data, out))
    assert [info.filename for info in old.infolist()] == [info.filename for info in new.infolist()]
    assert [info.date_time for info in old.infolist()] == [info.date_time for info in new.infolist()]
    assert {name: new.read(name) for name in members} == members
    assert value_of(out) == V3 | {"data": V3["data"] | {"name": "Bea"}}


def test_a_picture_goes_into_a_charx_and_comes_back_to_the_byte():
    data = png(written("chara", V2), chunk(b"tEXt", b"Author\0x"))
    through = export(read_container(data), "charx")
    assert value_of(through) == V2
    back = export(read_container(through), "png")
    assert value_of(back) == V2 and read_container(back).picture == read_container(data).picture
    assert any("V3" in loss for loss in losses(read_container(data), "charx"))


def test_v3_embedding_charx_names_the_picture_it_carries():
    container, card = read_card(export(read_container(png(written("chara", V2))), "charx", spec="v3"))
    icon = main_of(card.assets, "icon")
    assert icon.uri.startswith("embeded://assets/icon/images/") and content(container, icon) == png()
    assert check(container, card) == ()
    container, card = read_card(export(read_container(charx(V3, before=JPEG)), "charx", spec="v3"))
    assert card.document.value["data"] | {"assets": 0} == V3["data"] | {"assets": 0}
    assert content(container, card.assets[0]) == JPEG


def without_use_regex(value):
    if isinstance(value, dict) and "entries" in value:
        return {**value, "entries": [{key: one for key, one in entry.items() if key != "use_regex"} for entry in value["entries"]]}
    return value


@pytest.mark.parametrize("value", [V1, V2, V3])
@pytest.mark.parametrize("spec", ["v2", "v3"])
def test_another_version_keeps_every_field_and_adds_what_it_must_have(value, spec):
    out = export(read_container(png(written("chara", value))), spec=spec)
    container, card = read_card(out)
    assert card.version == spec and container.document.place == {"v2": "chara", "v3": "ccv3"}[spec] and len(container.documents) == 1
    fields = value.get("data", value)
    assert {key: without_use_regex(card.data[key]) for key in fields} == {key: without_use_regex(one) for key, one in fields.items()}
    assert not [one for one in check(container, card) if "missing" in one.text or "spec" in one.field]


def test_what_a_format_cannot_hold_is_said_before():
    both = read_container(png(written("chara", V2), written("ccv3", V3)))
    assert losses(both, "png") == ()
    assert {"picture", "chara"} <= set(" ".join(losses(both, "json")).replace(".", "").split())
    assert any("nickname" in loss for loss in losses(both, "png", spec="v2"))
    assert any("decorators" in loss for loss in losses(read_container(text(lore("@@depth 1\nx"))), "json", spec="v2"))
    zipped = read_container(charx(V3, {"assets/emotion/images/joy.png": b"x"}))
    assert any("joy.png" in loss for loss in losses(zipped, "json"))
    assert losses(zipped, "charx") == ()
    assert any("no PNG" in loss for loss in losses(read_container(text(V2)), "png"))
    assert any("no PNG" in loss for loss in losses(read_container(charx(V3, before=JPEG)), "png"))


def lore(words: str):
    entries = [BOOK["entries"][0] | {"content": words, "use_regex": False}]
    return V3 | {"data": V3["data"] | {"character_book": BOOK | {"entries": entries}}}


def test_a_png_needs_a_picture_and_takes_one():
    with pytest.raises(CardError):
        export(read_container(text(V2)), "png")
    with pytest.raises(CardError):
        export(read_container(text(V2)), "png", picture=JPEG)
    out = export(read_container(text(V2)), "png", picture=png(written("chara", V1)))
    assert value_of(out) == V2 and read_container(out).picture == png()


def test_only_what_came_behind_an_image_goes_behind_one():
    with pytest.raises(CardError):
        export(read_container(text(V2)), "image")


def test_a_lorebook_of_its_own_comes_back_as_it_was():
    data = b' {"entries": {"0": {"uid": 0, "key": ["a"], "content": "b"}}, "own": 1.0}'
    source = read_container(data)
    assert export(source) == data and losses(source, "json") == ()
    assert json.loads(export(source, edits={("entries", "0", "content"): "c"}))["entries"]["0"]["content"] == "c"
    with pytest.raises(CardError):
        export(source, "png")


def test_v3_entries_say_use_regex_in_a_card_that_becomes_one_and_validate_misses_it():
    entries = [BOOK["entries"][0] | {"keys": ["mill"]}, BOOK["entries"][0] | {"keys": ["/mi+ll/i"]}]
    for one in entries:
        one.pop("use_regex", None)
    source = read_container(png(written("chara", V2 | {"data": V2["data"] | {"character_book": BOOK | {"entries": entries}}})))
    _, card = read_card(export(source, spec="v3"))
    assert [one["use_regex"] for one in card.data["character_book"]["entries"]] == [False, True]
    bare = V3 | {"data": V3["data"] | {"character_book": BOOK | {"entries": entries}}}
    container, card = read_card(png(written("ccv3", bare)))
    assert any("use_regex" in one.text for one in check(container, card))
