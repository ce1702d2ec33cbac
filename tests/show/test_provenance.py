"""Marks: a picture always says that it is made, its record can be taken off, and no file makes the reader stumble."""

import io
import json
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from companion.errors import InputError
from companion.show.containers import PNG, PNG_SIGNATURE, WEBP, chunks_of, described
from companion.show.provenance import MOST_RECORD_BYTES, SOURCES, Marks, Synthetic, read_mark

ONCE = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FORMATS = {PNG: {"format": "PNG"}, WEBP: {"format": "WEBP"}, "lossless": {"format": "WEBP", "lossless": True}}
SECRET = "a secret garden behind the lighthouse"


def picture(media_type: str = PNG, mode: str = "RGB", size: tuple[int, int] = (40, 50), seed: int = 3, **saving: Any) -> bytes:
    noise = bytes((seed * 7 + i * i) % 251 for i in range(size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands())))
    file = io.BytesIO()
    Image.frombytes(mode, size, noise).save(file, **FORMATS[media_type], **saving)
    return file.getvalue()


def pixels(image: bytes) -> tuple[str, bytes]:
    with Image.open(io.BytesIO(image)) as opened:
        return opened.mode, opened.tobytes()


def type_of(form: str) -> str:
    return PNG if form == PNG else WEBP


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Marks:
    return Marks(tmp_path_factory.mktemp("home"))


records = st.dictionaries(
    st.text(max_size=12), st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=40), st.lists, max_leaves=5), max_size=5
)


@ONCE
@given(
    st.sampled_from(sorted(FORMATS)),
    st.sampled_from(["RGB", "RGBA"]),
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    records,
    st.sampled_from(["drawn", "painted"]),
)
def test_the_record_comes_off_and_the_mark_never(
    marks: Marks, form: str, mode: str, size: tuple[int, int], record: dict[str, Any], synthetic: Synthetic
) -> None:
    image = picture(form, mode, size)
    marked = marks.mark(image, type_of(form), record, synthetic=synthetic)
    mark = read_mark(marked)
    assert mark is not None and (mark.source, mark.synthetic, mark.signature) == (SOURCES[synthetic], synthetic, "valid")
    assert mark.record == record
    bare = marks.stripped(marked)
    left = read_mark(bare)
    assert left is not None and (left.source, left.record, left.signature) == (SOURCES[synthetic], None, "valid")
    assert pixels(image) == pixels(marked) == pixels(bare)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_no_word_of_the_record_stays(marks: Marks, form: str) -> None:
    marked = marks.mark(picture(form), type_of(form), {"prompt": SECRET}, synthetic="painted")
    assert SECRET.encode() in marked
    assert SECRET.encode() not in marks.stripped(marked)
    assert b"prompt" not in marks.stripped(marked)


def test_what_another_program_wrote_into_the_file_goes(marks: Marks) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    for form in (PNG, WEBP):
        marked = marks.mark(picture(form, exif=exif.tobytes()) + b"PK\x03\x04" + SECRET.encode(), form, {}, synthetic="drawn")
        assert SECRET.encode() not in marked


@pytest.mark.parametrize("form", [PNG, WEBP])
def test_a_changed_picture_and_a_changed_record_break_the_signature(marks: Marks, form: str) -> None:
    marked = marks.mark(picture(form), form, {"painter": "sketch"}, synthetic="drawn")
    for before, after in ((b"sketch", b"camera"), (picture(form)[-60:-50], bytes(10))):
        assert before in marked
        mark = read_mark(marked.replace(before, after))
        assert mark is not None and mark.signature == "broken"


@pytest.mark.parametrize("form", [PNG, WEBP])
def test_other_programs_read_it(marks: Marks, form: str) -> None:
    import c2pa

    marked = marks.mark(picture(form), form, {}, synthetic="painted")
    with c2pa.Reader(form, io.BytesIO(marked)) as reader:
        manifest, state, told = reader.get_active_manifest(), reader.get_validation_state(), json.loads(reader.json())
    assert state == "Valid"
    assert [one["code"] for one in told["validation_status"]] == ["signingCredential.untrusted"], "nobody has vouched for it"
    assert manifest["assertions"][0]["data"]["actions"][0]["digitalSourceType"] == SOURCES["painted"]
    with Image.open(io.BytesIO(marked)) as opened:
        assert b"trainedAlgorithmicMedia" in opened.info["xmp"]
        if form == PNG:
            assert "no camera" in opened.info["Comment"]


@pytest.mark.parametrize("form", [PNG, WEBP])
def test_without_its_xmp_the_manifest_still_tells(marks: Marks, form: str) -> None:
    marked = marks.mark(picture(form), form, {}, synthetic="drawn")
    mark = read_mark(marked.replace(b"DigitalSourceType>", b"DigitalSourceTypf>"))
    assert mark is not None and (mark.synthetic, mark.signature) == ("drawn", "broken")


def test_without_a_folder_it_is_marked_and_unsigned() -> None:
    mark = read_mark(Marks().mark(picture(), PNG, {"painter": "sketch"}, synthetic="drawn"))
    assert mark is not None and (mark.synthetic, mark.signature, mark.record) == ("drawn", "none", {"painter": "sketch"})


def test_an_unmarked_picture_says_nothing_and_leaves_marked(marks: Marks) -> None:
    assert read_mark(picture()) is None
    mark = read_mark(marks.stripped(picture()))
    assert mark is not None and mark.synthetic == "painted"


def test_marking_twice_is_marking_once(marks: Marks) -> None:
    once = marks.mark(picture(), PNG, {"tries": 1}, synthetic="painted")
    twice = marks.mark(once, PNG, {"tries": 2}, synthetic="painted")
    mark = read_mark(twice)
    assert mark is not None and mark.record == {"tries": 2}
    assert twice.count(b"caBX") == once.count(b"caBX") == 1


def test_the_wrong_type_and_a_record_without_end_are_refused(marks: Marks) -> None:
    with pytest.raises(InputError, match="not image/webp"):
        marks.mark(picture(PNG), WEBP, {}, synthetic="drawn")
    with pytest.raises(InputError, match="record"):
        marks.mark(picture(PNG), PNG, {"prompt": "a" * MOST_RECORD_BYTES}, synthetic="drawn")


def test_the_key_is_kept_for_this_home_alone(tmp_path: Path) -> None:
    first = Marks(tmp_path).mark(picture(), PNG, {}, synthetic="drawn")
    (file,) = tmp_path.iterdir()
    if os.name == "posix":
        assert file.stat().st_mode & 0o077 == 0
    key = file.read_bytes()
    Marks(tmp_path).mark(picture(), PNG, {}, synthetic="drawn")
    assert file.read_bytes() == key, "the same key signs the next time"
    file.write_bytes(key[: len(key) // 2])
    again = Marks(tmp_path).mark(picture(), PNG, {}, synthetic="drawn")
    for marked in (first, again):
        mark = read_mark(marked)
        assert mark is not None and mark.signature == "valid", "a damaged key is made anew, and what it signed stays good"


def test_a_picture_that_cannot_be_signed_is_marked_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import c2pa

    def fails(*_: object, **__: object) -> None:
        raise c2pa.C2paError("no")

    monkeypatch.setattr(c2pa.Builder, "sign", fails)
    mark = read_mark(Marks(tmp_path).mark(picture(), PNG, {}, synthetic="painted"))
    assert mark is not None and (mark.synthetic, mark.signature) == ("painted", "none")


def test_pictures_are_marked_side_by_side(marks: Marks) -> None:
    def one(number: int) -> bool:
        marked = marks.mark(picture(WEBP), WEBP, {"number": number}, synthetic="drawn")
        mark = read_mark(marked)
        return mark is not None and mark.record == {"number": number} and mark.signature == "valid"

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(one, range(40)))


# hostile files ------------------------------------------------------------------------------------------------------------------


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_packet(packet: bytes, packed: bool = False) -> bytes:
    image, body = picture(), zlib.compress(packet) if packed else packet
    return image[:33] + png_chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes([packed, 0]) + b"\0\0" + body) + image[33:]


@pytest.mark.parametrize(
    "packet",
    [
        b'<!DOCTYPE a [<!ENTITY b "' + b"c" * 1000 + b'">]><a>' + b"&b;" * 1000 + b"</a>",
        b"<a>" * 200_000,
        b"<a>" * 80_000 + b"</a>" * 80_000,
        b"<a" + b" x" * 1000 + b">",
        b"\xff\xfe<\0a\0>\0",
        b"",
        b"<companion:record>",
        b'<a xmlns:companion="urn:companion:picture:1"><companion:record>' + b"[" * 300_000 + b"</companion:record></a>",
    ],
    ids=["entities", "open", "deep", "attributes", "utf-16", "empty", "undeclared", "nested record"],
)
def test_a_hostile_packet_says_nothing(packet: bytes) -> None:
    assert read_mark(with_packet(packet)) is None


def test_text_that_unpacks_without_end_is_not_unpacked() -> None:
    assert read_mark(with_packet(b"<a>" + b" " * 20_000_000 + b"</a>", packed=True)) is None


def test_a_record_that_is_no_object_is_no_record() -> None:
    image = described(
        picture(),
        b'<r xmlns:c="urn:companion:picture:1" xmlns:i="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        b"<i:DigitalSourceType>camera</i:DigitalSourceType><c:record>[1]</c:record></r>",
    )
    mark = read_mark(image)
    assert mark is not None and (mark.record, mark.synthetic) == (None, None)


@pytest.mark.parametrize("form", [PNG, WEBP])
def test_a_file_cut_anywhere_is_refused(marks: Marks, form: str) -> None:
    marked = marks.mark(picture(form), form, {}, synthetic="drawn")
    for end in range(0, len(marked), 97):
        with pytest.raises(InputError):
            read_mark(marked[:end])


@pytest.mark.parametrize("form", [PNG, WEBP])
def test_whatever_is_changed_in_a_file_the_reader_keeps_its_footing(marks: Marks, form: str) -> None:
    marked = marks.mark(picture(form), form, {"prompt": SECRET}, synthetic="painted")

    @settings(max_examples=150, deadline=None)
    @given(st.integers(0, len(marked) - 1), st.binary(min_size=1, max_size=8))
    def changed(at: int, noise: bytes) -> None:
        try:
            read_mark(marked[:at] + noise + marked[at + len(noise) :])
        except InputError:
            return

    changed()


def test_more_chunks_than_a_picture_has_are_refused() -> None:
    image = PNG_SIGNATURE + png_chunk(b"IHDR", bytes(13)) + png_chunk(b"teXt", b"") * 70_000 + png_chunk(b"IEND", b"")
    with pytest.raises(InputError):
        chunks_of(image)


def test_a_web_picture_without_a_size_is_refused() -> None:
    for body in (b"", b"VP8 \x04\0\0\0abcd", b"VP8L\x01\0\0\0\x2f\0", b"VP8X\x02\0\0\0ab"):
        file = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body
        with pytest.raises(InputError):
            described(file, b"")
