"""Clothes and marks: words of the blueprint that are drawn, and words that are not."""

import pytest

from companion.errors import BlueprintError
from companion.persona.blueprint import Appearance
from companion.persona.visual import Look as Looks
from companion.persona.visual import Outfit, Visual
from companion.show.parts import Look, look_of
from companion.show.sketch.clothes import garb_of, outfit_of
from companion.show.sketch.marks import marks_of


@pytest.fixture
def look() -> Look:
    return look_of("ada", Appearance(portrait={"clothing": "hoodie", "clothing_color": "#445566"}))


def outfit(words: str, **more: str) -> Outfit:
    return Outfit(name="one", description=words, **more)


def test_without_an_outfit_she_wears_what_her_portrait_wears(look: Look) -> None:
    garb = garb_of(look, None)
    assert (garb.cut, garb.color, garb.pieces) == ("hoodie", "#445566", ())


@pytest.mark.parametrize(
    ("words", "cut", "sleeves", "below", "pieces"),
    [
        ("a dark teal wool jumper with a crew neck, sleeves pushed up, canvas trousers", "crew", "rolled", "trousers", ()),
        ("a long yellow oilskin coat over the jumper, collar up, hood down", "crew", "long", "trousers", ("coat",)),
        ("a rust-red jumper with a shirt collar, a long white apron, sleeves rolled", "collar", "rolled", "trousers", ("apron",)),
        ("a long plain crimson dress with a scoop neck, a black shawl over one shoulder", "scoop", "short", "dress", ("shawl",)),
        ("a navy swimsuit under an open red tracksuit top, a whistle round the neck", "scoop", "long", "bare", ("jacket", "whistle")),
        ("a big soft lavender hoodie, black jeans, fingerless gloves", "hoodie", "long", "jeans", ("gloves",)),
        ("a white shirt, a green tie, a brown waistcoat", "shirt", "long", "trousers", ("waistcoat", "tie")),
    ],
)
def test_the_words_of_an_outfit_are_drawn(look: Look, words: str, cut: str, sleeves: str, below: str, pieces: tuple[str, ...]) -> None:
    garb = garb_of(look, outfit(words))
    assert (garb.cut, garb.sleeves, garb.below) == (cut, sleeves, below)
    assert tuple(piece.name for piece in garb.pieces) == pieces


def test_a_colour_belongs_to_the_thing_it_stands_before(look: Look) -> None:
    garb = garb_of(look, outfit("a red jumper, a white apron, blue jeans"))
    assert len({garb.color, garb.pieces[0].color, garb.below_color}) == 3
    assert garb_of(look, outfit("a blue jumper, a white apron, red trousers")).color == garb_of(look, outfit("a blue jumper")).color


def test_garment_and_colour_that_are_named_count_more_than_words(look: Look) -> None:
    garb = garb_of(look, outfit("a red jumper", clothing="shirt_v_neck", color="#ABCDEF"))
    assert (garb.cut, garb.color) == ("v", "#ABCDEF")


def test_a_garment_that_cannot_be_drawn_is_named(look: Look) -> None:
    with pytest.raises(BlueprintError, match="ballgown") as caught:
        garb_of(look, outfit("something", clothing="ballgown"))
    assert "hoodie" in caught.value.hint


def test_the_first_outfit_is_worn_unless_another_is_asked_for() -> None:
    visual = Visual(wardrobe=(Outfit(name="Day", description="a coat"), Outfit(name="Night", description="a robe")))
    worn = [outfit_of(visual, name) for name in ("", "night", "gone")]
    assert [one and one.name for one in worn] == ["Day", "Night", "Day"]
    assert outfit_of(Visual(), "day") is None


def test_marks_are_read_from_any_line_of_her_look() -> None:
    marks = marks_of(
        Looks(
            face="freckled, with dimples",
            eyes="grey-green",
            hair="grey at the temples",
            build="slight",
            marks="a mole under the right eye, small gold hoops",
        )
    )
    assert marks.freckles and marks.dimples and marks.grey_temples and marks.mole and marks.right and marks.hoops
    assert marks.build < 1
    assert marks.iris != marks_of(Looks(eyes="brown")).iris


def test_what_she_does_not_have_is_not_drawn() -> None:
    marks = marks_of(Looks(face="no freckles", marks="never without a moleskin notebook; no glasses"))
    assert not (marks.freckles or marks.mole or marks.glasses)
