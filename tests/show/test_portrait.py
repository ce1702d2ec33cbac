"""Portraits: the same person every time, with the face that was asked for, and mistakes named."""

import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from companion.errors import BlueprintError, InputError, StorageError
from companion.persona.blueprint import Appearance
from companion.persona.files import read_blueprint
from companion.show.parts import look_of, part_names
from companion.show.portrait import Expression, Portraits, draw

PERSONAS = sorted((Path(__file__).parents[2] / "personas").glob("*.yaml"))
EXPRESSIONS: tuple[Expression, ...] = ("neutral", "happy", "sad", "surprised", "thoughtful")


@pytest.fixture
def portraits(tmp_path: Path) -> Portraits:
    return Portraits(tmp_path / "portraits")


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize("file", PERSONAS, ids=[file.stem for file in PERSONAS])
def test_everyone_who_ships_has_five_faces(portraits: Portraits, file: Path) -> None:
    appearance = read_blueprint(file).appearance
    pictures = [portraits.path(file.stem, appearance, expression=one).read_bytes() for one in EXPRESSIONS]
    assert len(set(pictures)) == 5
    assert all(size(picture) == (96, 96) for picture in pictures)


def test_four_people_look_like_four_people(portraits: Portraits) -> None:
    assert len({portraits.path(file.stem, read_blueprint(file).appearance).read_bytes() for file in PERSONAS}) == 4


def test_a_portrait_comes_in_the_size_and_format_asked_for(portraits: Portraits) -> None:
    assert size(portraits.path("mara", Appearance(), size_px=512, shape="square").read_bytes()) == (512, 512)
    svg = ElementTree.fromstring(portraits.path("mara", Appearance(), size_px=48, format="svg").read_text("utf-8"))
    assert svg.get("width") == "48"


def test_a_persona_without_parts_keeps_one_face_for_ever(tmp_path: Path) -> None:
    first, second = Portraits(tmp_path / "one"), Portraits(tmp_path / "two")
    assert first.path("ada", Appearance()).read_bytes() == second.path("ada", Appearance()).read_bytes()
    faces = {look_of(id, Appearance()) for id in ("ada", "ben", "cleo", "dan", "eve")}
    assert len(faces) == 5


def test_named_parts_are_drawn_and_the_rest_stays(portraits: Portraits) -> None:
    plain, named = (
        look_of("ada", Appearance()),
        look_of("ada", Appearance(portrait={"top": "Turban", "hat_color": "red", "skin_color": "#aa7755"})),
    )
    assert (named.top, named.hat_color, named.skin_color) == ("turban", "#FF5C5C", "#AA7755")
    assert (named.clothing, named.accessory) == (plain.clothing, plain.accessory)


def test_clothes_follow_the_accent_colour_unless_named() -> None:
    assert look_of("ada", Appearance(accent="#123456")).clothing_color == "#123456"


def test_every_part_there_is_can_be_drawn() -> None:
    for key in ("top", "eyes", "eyebrows", "mouth", "nose", "facial_hair", "accessory", "clothing"):
        for name in part_names(key):
            ElementTree.fromstring(draw(look_of("ada", Appearance(portrait={key: name}))))


def test_the_backdrop_is_in_the_drawing() -> None:
    assert "#ABCDEF" in draw(look_of("ada", Appearance(backdrop="#ABCDEF")))


def test_nothing_is_fetched_to_draw() -> None:
    svg = draw(look_of("ada", Appearance()))
    assert "<text" not in svg
    assert "href" not in svg.replace('xlink:href="#', "")


@pytest.mark.parametrize(
    ("portrait", "says"),
    [
        ({"top": "bobb"}, '"bobb" is not a name for `appearance.portrait.top`; did you mean `bob`?'),
        ({"hair": "bob"}, "`appearance.portrait.hair` is not a part of a portrait"),
        ({"hair_colour": "red"}, "did you mean `hair_color`?"),
        ({"skin_color": "#12"}, '"#12" is not a colour for `appearance.portrait.skin_color`'),
        ({"clothing_color": 'red"/><script>'}, "is not a colour"),
    ],
)
def test_a_part_that_does_not_exist_is_named_with_the_nearest(portraits: Portraits, portrait: dict[str, str], says: str) -> None:
    with pytest.raises(BlueprintError) as caught:
        portraits.path("ada", Appearance(portrait=portrait))
    assert says in caught.value.message
    assert "Choose one of" in caught.value.hint


def test_a_second_look_reads_the_kept_picture(portraits: Portraits) -> None:
    file = portraits.path("mara", Appearance())
    before = file.stat().st_mtime_ns
    assert portraits.path("mara", Appearance()) == file
    assert file.stat().st_mtime_ns == before
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_an_emptied_folder_fills_again(portraits: Portraits) -> None:
    file = portraits.path("mara", Appearance())
    picture = file.read_bytes()
    file.unlink()
    assert portraits.path("mara", Appearance()).read_bytes() == picture


def test_what_cannot_be_drawn_or_kept_is_told(portraits: Portraits, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="5 pixels"):
        portraits.path("mara", Appearance(), size_px=5)
    with pytest.raises(InputError, match="not an expression"):
        portraits.path("mara", Appearance(), expression="furious")  # type: ignore[arg-type]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        Portraits(tmp_path / "file" / "portraits").path("mara", Appearance())
