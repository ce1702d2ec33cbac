"""The files cards come in: found by content, kept byte for byte, refused when they are damaged or hostile."""

import base64
import io
import struct
import zipfile
import zlib

import pytest

from companion.errors import CardError
from companion.persona.cards.container import kind_of_name, read_container
from companion.persona.cards.png import read_png
from tests.persona.cards.building import BOOK, V1, V2, V3, charx, chunk, png, text, written

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 9 + b"\xff\xd9"
WEBP = b"RIFF\x20\0\0\0WEBPVP8 " + b"\0" * 20


def refused(data: bytes) -> str:
    with pytest.raises(CardError) as caught:
        read_container(data)
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("data", "kind", "place"),
    [
        (text(V1), "json", "file"),
        (b"\xef\xbb\xbf \n" + text(V2), "json", "file"),
        (png(written("chara", V2)), "png", "chara"),
        (png(written("ccv3", V3)), "png", "ccv3"),
        (charx(V3, {"a.png": b"x"}), "charx", "card.json"),
        (charx(V3, before=JPEG), "image", "card.json"),
        (charx(V3, before=WEBP), "image", "card.json"),
        (charx(V3, before=png()), "image", "card.json"),
    ],
)
def test_a_card_is_found_by_what_is_in_the_file(data, kind, place):
    container = read_container(data)
    assert (container.kind, container.document.place, container.raw) == (kind, place, data)
    assert container.document.value in (V1, V2, V3)
    assert not container.is_lorebook


@pytest.mark.parametrize("book", [{"spec": "lorebook_v3", "data": BOOK}, {"entries": {"0": {"uid": 0, "key": ["a"], "content": "b"}}}])
def test_a_lorebook_of_its_own_is_told_from_a_card(book):
    assert read_container(text(book)).is_lorebook


def test_v3_embedding_png_ccv3_wins_and_both_are_kept():
    container = read_container(png(written("chara", V2), written("ccv3", V3)))
    assert [document.place for document in container.documents] == ["ccv3", "chara"]
    assert container.document.value == V3


def test_a_broken_ccv3_leaves_the_chara_that_is_there_and_says_so():
    container = read_container(png(written("chara", V2), written("ccv3", b"{")))
    assert container.document.value == V2
    assert any("ccv3" in note for note in container.notes)


def packed(kind: bytes, card) -> bytes:
    payload = base64.b64encode(text(card))
    inner = {
        b"zTXt": b"chara\0\0" + zlib.compress(payload),
        b"iTXt": b"chara\0\0\0en\0who\0" + payload,
        b"iTXz": b"chara\0\1\0\0\0" + zlib.compress(payload),
    }[kind]
    return chunk(b"iTXt" if kind == b"iTXz" else kind, inner)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iTXz"])
def test_the_other_text_chunks_are_read_with_a_note(kind):
    container = read_container(png(packed(kind, V2)))
    assert container.document.value == V2
    assert any("tEXt" in note for note in container.notes)


def test_json_that_was_put_in_without_base64_or_with_breaks_in_it_is_read():
    assert read_container(png(chunk(b"tEXt", b"chara\0" + text(V2)))).document.value == V2
    broken = base64.encodebytes(text(V2)).rstrip(b"=\n")
    assert read_container(png(chunk(b"tEXt", b"Chara\0" + broken))).document.value == V2


def test_v3_embedding_charx_card_json_stands_at_the_root():
    assert "card.json" in refused(charx(None, {"card/card.json": text(V3)}))
    assert "card.json" in refused(charx(None, {"CARD.json": text(V3)}))


def test_a_png_put_together_again_is_the_same_bytes():
    data = png(chunk(b"acTL", b"\0" * 8), chunk(b"tEXt", b"Author\0x"), chunk(b"prVt", b"\1\2"), written("chara", V2), tail=b"behind")
    assert bytes(read_png(data)) == data
    assert read_png(data).animated


def test_a_wrong_checksum_is_named_with_its_chunk():
    data = bytearray(png(written("chara", V2)))
    data[data.index(b"IDAT") + 6] ^= 1
    assert "checksum of its chunk IDAT" in refused(bytes(data))


def test_every_cut_of_a_png_is_refused():
    data = png(written("chara", V1))
    for length in range(8, len(data), 7):
        assert refused(data[:length])


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\xff\xd8\xff rest", png(), charx(None, {"a": b"b"}), b"PK\x03\x04" + b"\0" * 40, b"[1]", b"{", b'{"a": \xff}']
)
def test_what_holds_no_card_is_refused(data):
    assert refused(data)


@pytest.mark.parametrize("name", ["../up.png", "/abs.png", "C:/drive.png", "a/../../b", "back\\slash", "new\nline", "\\\\host\\a"])
def test_names_that_lead_out_of_the_folder_are_refused(name):
    assert "name" in refused(charx(V3, {name: b"x"}))


def test_names_in_any_script_are_read():
    names = ["assets/icon/images/時計 (1).png", "assets/other/a\u3000b \U0001f469\u200d\U0001f527.png"]
    assert set(read_container(charx(V3, dict.fromkeys(names, b"x"))).files) == set(names)


def test_links_and_passwords_are_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("card.json", text(V3))
        link = zipfile.ZipInfo("assets/link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "link" in refused(file.getvalue())
    locked = bytearray(charx(V3))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in refused(bytes(locked))


def test_two_card_json_are_refused():
    file = io.BytesIO()
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(file, "w") as archive:
        archive.writestr("card.json", text(V3))
        archive.writestr("card.json", text(V2))
    assert "more than one" in refused(file.getvalue())


def test_a_zip_bomb_is_refused_unopened():
    assert "MB" in refused(charx(b'{"name": "' + b"a" * (17 << 20) + b'"}'))
    lying = bytearray(charx(b'{"name": "' + b"a" * (4 << 20) + b'"}'))
    at = lying.index(b"PK\x01\x02") + 24
    lying[at : at + 4] = struct.pack("<I", 100)
    assert refused(bytes(lying))


def test_too_many_members_are_refused():
    assert "members" in refused(charx(V3, {f"{n}": b"" for n in range(10_001)}))


def test_a_bomb_in_a_chunk_is_refused():
    bomb = chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * (24 << 20)))
    assert "more than a card can" in refused(png(bomb))


@pytest.mark.parametrize("data", [b'{"a":' * 70 + b"1" + b"}" * 70, b'{"a":' + b"[" * 2_000, b'{"a":[' + b"1," * 510_000 + b"1]}"])
def test_deep_and_endless_json_is_refused(data):
    assert refused(data)


def test_a_lorebook_with_too_many_entries_is_refused():
    assert "entries" in refused(text({"name": "a", "character_book": {"entries": [0] * 10_001}}))


def test_a_chunk_carries_an_asset_by_its_path():
    assets = [chunk(b"tEXt", b"chara-ext-asset_" + path + b"\0" + base64.b64encode(b"joy")) for path in (b":joy.png", b"3")]
    container = read_container(png(written("chara", V2), *assets))
    assert container.file("joy.png") == container.file("3") == b"joy" and list(container.files) == ["joy.png", "3"]
    with pytest.raises(CardError):
        container.file("sorrow.png")


def test_the_picture_is_what_is_left_without_the_card():
    assert read_container(png(written("chara", V2), written("ccv3", V3), tail=b"x")).picture == png()
    assert read_container(charx(V3, before=JPEG)).picture == JPEG
    assert read_container(text(V2)).picture is None


def test_the_kind_of_a_name():
    assert [kind_of_name(name) for name in ("a.PNG", "b.json", "c.charx")] == ["png", "json", "charx"]
    with pytest.raises(CardError):
        kind_of_name("a.gif")
