"""The sketch painter: pictures of the size asked for, the same every time, and nobody's words in a drawing."""

import io
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from pydantic import ValidationError

from companion.errors import BlueprintError, Cancelled, InputError
from companion.persona.blueprint import Appearance
from companion.persona.files import read_blueprint
from companion.persona.visual import Look, Outfit, Setting, Visual
from companion.shot import Framing, Gesture, Light, Pose, Scene, Shot, Time
from companion.show.protocol import Commission, Painter, Previews, Progress, Sitter
from companion.show.sketch.composing import compose, lit, setting_of, size_of
from companion.show.sketch.figure import figure
from companion.show.sketch.painter import SketchPainter

MARA = Path(__file__).parents[3] / "personas" / "mara.yaml"


@pytest.fixture(scope="module")
def mara() -> Sitter:
    blueprint = read_blueprint(MARA)
    return Sitter("mara", blueprint.appearance, blueprint.visual)


@pytest.fixture
def painter() -> Iterator[SketchPainter]:
    one = SketchPainter()
    yield one
    one.close()


def unheard(_: Progress) -> None:
    pass


def test_it_paints_and_previews(painter: SketchPainter) -> None:
    as_painter: Painter = painter
    assert as_painter.name == "sketch"
    assert isinstance(painter, Previews)


def test_a_picture_is_2048_high_and_four_to_five(painter: SketchPainter, mara: Sitter) -> None:
    painted = painter.paint(Commission(mara, Shot(expression="tender")), unheard, threading.Event())
    picture = Image.open(io.BytesIO(painted.image))
    assert picture.size == (painted.width_px, painted.height_px) == (1638, 2048)
    assert painted.media_type == "image/png" == Image.MIME[picture.format or ""]


@pytest.mark.parametrize("long_side_px", [256, 480, 999, 2048])
def test_both_sides_are_even(long_side_px: int) -> None:
    width, height = size_of(long_side_px)
    assert width % 2 == height % 2 == 0
    assert abs(width / height - 0.8) < 0.01


def test_the_same_shot_gives_the_same_bytes(mara: Sitter) -> None:
    shot = Shot(expression="amused", gesture="waving", setting="harbour", time="dusk", light="golden")
    assert SketchPainter().sketch(mara, shot, 256).image == SketchPainter().sketch(mara, shot, 256).image


def test_a_sketch_is_the_picture_in_small(painter: SketchPainter, mara: Sitter) -> None:
    shot = Shot(expression="joyful")
    painted = painter.paint(Commission(mara, shot, long_side_px=400), unheard, threading.Event())
    assert painter.sketch(mara, shot, 400).image == painted.image


def test_everything_a_shot_says_changes_the_picture(painter: SketchPainter, mara: Sitter) -> None:
    plain = Shot(setting="kitchen")
    others = [
        *(replace(plain, pose=one) for one in get_args(Pose) if one != plain.pose),
        *(replace(plain, gesture=one) for one in get_args(Gesture) if one != plain.gesture),
        *(replace(plain, framing=one) for one in get_args(Framing) if one != plain.framing),
        *(replace(plain, light=one) for one in ("lamp", "overcast")),
        *(replace(plain, time=one) for one in get_args(Time) if one != plain.time),
        *(replace(plain, outfit=one.name) for one in mara.visual.wardrobe[1:]),
        *(replace(plain, setting=one) for one in ("harbour", "garden", "street")),
    ]
    pictures = [painter.sketch(mara, shot, 160).image for shot in (plain, *others)]
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("scene", get_args(Scene))
def test_she_can_be_drawn_everywhere_by_day_and_by_night(painter: SketchPainter, mara: Sitter, scene: Scene) -> None:
    day, night = (painter.sketch(mara, Shot(setting=scene, framing="wide", time=time), 128).image for time in ("day", "night"))
    assert day != night


def test_the_light_of_a_place_falls_on_her() -> None:
    svg = '<path fill="#F0C7A0"/><path fill="white"/>'
    assert lit(svg, "#203060", 0.0) == svg
    night = lit(svg, "#203060", 0.4)
    color = re.findall(r"#[0-9A-F]{6}", night)[0]
    assert int(color[1:3], 16) < 0xF0
    assert 'fill="white"' in night  # masks stay masks


@pytest.mark.parametrize("framing", get_args(Framing))
def test_her_head_is_where_the_box_says(painter: SketchPainter, mara: Sitter, framing: Framing) -> None:
    shots = [Shot(expression=one, framing=framing, setting="garden") for one in ("neutral", "laughing")]
    painted = [painter.sketch(mara, shot, 300) for shot in shots]
    neutral, laughing = (Image.open(io.BytesIO(one.image)).convert("RGB") for one in painted)
    changed = ImageChops.difference(neutral, laughing).getbbox()
    assert changed is not None
    box = painted[0].subject
    assert 0 <= box.left < box.right <= 1 and 0 <= box.top < box.bottom <= 1
    eyes = (changed[0] + changed[2]) / 2 / 240, (changed[1] * 0.6 + changed[3] * 0.4) / 300
    assert box.left < eyes[0] < box.right and box.top < eyes[1] < box.bottom


def test_she_is_told_of_with_a_small_picture_first(painter: SketchPainter, mara: Sitter) -> None:
    told: list[Progress] = []
    painter.paint(Commission(mara, Shot(), long_side_px=800), told.append, threading.Event())
    assert [one.share for one in told] == sorted(one.share for one in told)
    assert told[0].share == 0 and told[-1].share == 1
    small = next(one.preview for one in told if one.preview)
    assert max(Image.open(io.BytesIO(small)).size) == 320


def test_a_picture_that_is_not_wanted_is_not_painted(painter: SketchPainter, mara: Sitter) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        painter.paint(Commission(mara, Shot()), unheard, cancel)


def test_a_picture_can_be_stopped_after_its_preview(painter: SketchPainter, mara: Sitter) -> None:
    cancel, told = threading.Event(), []

    def stops(progress: Progress) -> None:
        told.append(progress.share)
        if progress.preview:
            cancel.set()

    with pytest.raises(Cancelled):
        painter.paint(Commission(mara, Shot(), long_side_px=1000), stops, cancel)
    assert told[-1] < 1


def test_the_record_is_plain_json_and_names_her_parts(painter: SketchPainter, mara: Sitter) -> None:
    record = json.loads(json.dumps(dict(painter.sketch(mara, Shot(setting="harbour"), 96).record)))
    assert record["painter"] == "sketch" and record["drawing"] >= 1
    assert record["look"]["top"] == mara.appearance.portrait["top"]
    assert record["scene"] == "harbour"


@pytest.mark.parametrize("side_px", [0, 63, 2049])
def test_a_size_that_cannot_be_drawn_is_told(painter: SketchPainter, mara: Sitter, side_px: int) -> None:
    with pytest.raises(InputError, match=str(side_px)):
        painter.sketch(mara, Shot(), side_px)


def test_a_part_that_does_not_exist_is_told(painter: SketchPainter) -> None:
    with pytest.raises(BlueprintError, match="bobb"):
        painter.sketch(Sitter("ada", Appearance(portrait={"top": "bobb"})), Shot(), 96)


def test_an_empty_name_takes_her_first_setting(mara: Sitter) -> None:
    first = mara.visual.settings[0]
    assert setting_of(mara.visual, "") == setting_of(mara.visual, first.name.upper()) == first
    assert setting_of(mara.visual, "harbour") == "harbour"
    assert setting_of(Visual(), "") == "study"


EVIL = [
    '"/><script>alert(1)</script>',
    "</svg><svg onload=x>",
    "url(#x) &amp; &lt;",
    "]]><!--",
    "freckles\u202e'\"<g",
    "a red <apron> & coat",
]
WORDS = st.one_of(st.sampled_from(EVIL), st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40))


@settings(max_examples=40, deadline=None)
@given(words=st.lists(WORDS, min_size=4, max_size=4))
def test_nobodys_words_get_into_a_drawing(words: list[str]) -> None:
    try:
        visual = Visual(
            look=Look(face=words[0], eyes=words[1], marks=words[2]),
            wardrobe=(Outfit(name="one", description=words[3]),),
            settings=(Setting(name="here", description=words[0]),),
        )
    except ValidationError:
        return
    who = Sitter(words[1], Appearance(), visual)
    svg = compose(who, Shot(outfit=words[2], setting=words[3]), 256).svg
    root = ElementTree.fromstring(svg)
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "g", "path", "rect", "circle", "ellipse", "polygon", "defs", "use", "mask", "clipPath", "linearGradient",
        "radialGradient", "stop", "filter", "feOffset", "feColorMatrix", "feMerge", "feMergeNode", "feGaussianBlur", "line", "polyline",
    }  # fmt: skip
    assert not any(attribute.startswith("on") for element in root.iter() for attribute in element.attrib)


def test_nothing_is_fetched_to_draw(mara: Sitter) -> None:
    svg = figure(mara, Shot(framing="wide", pose="reading")).svg
    assert "<text" not in svg and "<image" not in svg
    assert "href" not in svg.replace('xlink:href="#', "")


def test_every_light_can_be_drawn(painter: SketchPainter, mara: Sitter) -> None:
    pictures = {painter.sketch(mara, Shot(light=one, time="night", setting="stage"), 96).image for one in get_args(Light)}
    assert len(pictures) == len(get_args(Light))
