"""Faces: 28 feelings on one head; what makes her who she is stays."""

import io
from itertools import combinations
from pathlib import Path
from typing import get_args

import pytest
from PIL import Image, ImageChops, ImageStat

from companion.errors import InputError
from companion.persona.blueprint import Appearance
from companion.persona.files import read_blueprint
from companion.shot import Expression, Framing, Gesture, Pose, Shot
from companion.show.protocol import Sitter
from companion.show.sketch.composing import pixels
from companion.show.sketch.faces import Face, face
from companion.show.sketch.figure import figure
from tests.show.sketch.heads import alone

PERSONAS = sorted((Path(__file__).parents[3] / "personas").glob("*.yaml"))
EXPRESSIONS = get_args(Expression)
FACE = (76, 70, 188, 190)  # on a picture of 264 pixels: brows to chin


def sitter(file: Path) -> Sitter:
    blueprint = read_blueprint(file)
    return Sitter(file.stem, blueprint.appearance, blueprint.visual)


def picture(who: Sitter, shot: Shot) -> Image.Image:
    return Image.open(io.BytesIO(pixels(alone(who, shot, 264)))).convert("RGB")


def test_every_expression_has_a_face_of_its_own() -> None:
    faces = [face(one) for one in EXPRESSIONS]
    assert len(set(faces)) == len(faces) == 28


@pytest.mark.parametrize("file", PERSONAS, ids=[file.stem for file in PERSONAS])
def test_one_sees_the_difference_between_any_two_expressions(file: Path) -> None:
    who = sitter(file)
    faces = {one: picture(who, Shot(expression=one)).crop(FACE) for one in EXPRESSIONS}
    for one, other in combinations(EXPRESSIONS, 2):
        apart = ImageStat.Stat(ImageChops.difference(faces[one], faces[other]).convert("L")).mean[0]
        assert apart > 1.5, f"{one} and {other} look alike: {apart:.2f}"


@pytest.mark.parametrize("file", PERSONAS, ids=[file.stem for file in PERSONAS])
def test_who_she_is_does_not_depend_on_the_shot(file: Path) -> None:
    who = sitter(file)
    outfits = [outfit.name for outfit in who.visual.wardrobe]
    shots = [Shot(expression=one, outfit=outfits[at % len(outfits)]) for at, one in enumerate(EXPRESSIONS)]
    shots += [Shot(pose=one, framing="wide") for one in get_args(Pose)] + [Shot(gesture=one) for one in get_args(Gesture)]
    drawn = [figure(who, shot) for shot in shots]
    assert len({one.identity for one in drawn}) == 1
    for one in drawn:
        assert all(layer in one.svg for layer in one.identity)


def test_no_two_people_share_a_head() -> None:
    assert len({figure(sitter(file), Shot()).identity for file in PERSONAS}) == len(PERSONAS)


@pytest.mark.parametrize("top", ["loose_hair", "pixie", "straight_1", "none", "bob"])
def test_her_head_stays_on_her_neck(top: str) -> None:
    who = Sitter("ada", Appearance(portrait={"top": top, "clothing": "shirt_crew_neck"}))
    for one in EXPRESSIONS:
        svg = alone(who, Shot(expression=one), 132, "#FF00FF")
        drawn = Image.open(io.BytesIO(pixels(svg))).convert("RGB").crop((56, 40, 76, 130))  # chin, neck and collar
        red, green, blue = drawn.split()
        through = ImageChops.multiply(ImageChops.multiply(red, blue), ImageChops.invert(green))
        assert through.getextrema()[1] < 200, f"one sees through her neck: {one}"


def test_every_framing_shows_more_of_her() -> None:
    who = sitter(PERSONAS[0])
    lengths = {one: len(figure(who, Shot(framing=one)).svg) for one in get_args(Framing)}
    assert lengths["wide"] > lengths["half"]


def test_who_reads_looks_down_whatever_she_feels() -> None:
    who = sitter(PERSONAS[0])
    assert figure(who, Shot(pose="reading", expression="joyful")).svg != figure(who, Shot(pose="sitting", expression="joyful")).svg


def test_an_expression_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="smirking"):
        face("smirking")  # type: ignore[arg-type]


def test_the_neutral_face_adds_nothing() -> None:
    neutral = face("neutral")
    assert (neutral.tilt, neutral.drop, neutral.blush, neutral.extras) == (0, 0, 0, ())
    assert neutral.eyes == Face().eyes
