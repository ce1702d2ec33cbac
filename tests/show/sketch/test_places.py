"""Places: every hour in every light, the same for the same seed, and nothing that a user writes gets into the drawing."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.errors import InputError
from companion.persona.files import read_blueprint
from companion.persona.visual import Setting
from companion.shot import Light, Scene, Time
from companion.show.sketch.places import Place, accents_of, motifs_of, place, scene_of

SCENES: tuple[Scene, ...] = get_args(Scene)
TIMES: tuple[Time, ...] = get_args(Time)
LIGHTS: tuple[Light, ...] = get_args(Light)
PALETTE = ("#2F6E73", "#D5E6E6", "#7A4A36", "#E8C46B")
PERSONAS = sorted((Path(__file__).parents[3] / "personas").glob("*.yaml"))
MOTIFS: dict[str, Scene] = {
    "bread": "workshop",
    "cat": "kitchen",
    "guitar": "cafe",
    "napkins": "cafe",
    "oven": "garden",
    "swallow": "cafe",
    "telescope": "roof",
}


def document(drawn: Place, width: int = 160, height: int = 200) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"{drawn.behind}{drawn.before}</svg>"
    )


def brightness(drawn: Place, width: int = 160, height: int = 200) -> float:
    """The mean of all pixels, in [0, 255]."""
    import io

    import resvg_py
    from PIL import Image, ImageStat

    png = bytes(resvg_py.svg_to_bytes(svg_string=document(drawn, width, height), skip_system_fonts=True))
    return float(ImageStat.Stat(Image.open(io.BytesIO(png)).convert("L")).mean[0])


def every_place() -> Iterator[tuple[Scene, Time, Light]]:
    yield from product(SCENES, TIMES, LIGHTS)


def test_all_hours_in_all_lights_are_drawn_without_anything_from_elsewhere() -> None:
    for scene, time, light in every_place():
        drawn = place(scene, time, light, PALETTE, 5, 800, 1000)
        root = ElementTree.fromstring(document(drawn))
        for element in root.iter():
            assert element.tag.split("}")[1] in {"svg", "g", "rect", "circle", "ellipse", "path", "defs", "linearGradient", "stop"}
            assert not [key for key in element.attrib if "href" in key or key.startswith(("on", "font", "style"))]
            numbers = [value for key, value in element.attrib.items() if key in ("x", "y", "cx", "cy", "r", "rx", "width", "height")]
            assert all(float(number) > -3000 for number in numbers)
            assert "nan" not in element.get("d", "") and "inf" not in element.get("d", "")
        assert 0 <= drawn.tint_share <= 0.5
        assert re.fullmatch(r"#[0-9A-F]{6}", drawn.tint)
        assert 0.5 < drawn.ground <= 1


def test_no_scene_has_a_hole() -> None:
    import io

    import resvg_py
    from PIL import Image

    for scene, time, seed in product(SCENES, ("day", "night"), range(3)):
        svg = document(place(scene, time, "soft", PALETTE, seed, 80, 100), 80, 100)
        without_ground = re.sub(r"<rect [^>]*/>", "", svg, count=1)
        seen = [
            Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=one, skip_system_fonts=True)))).convert("RGBA").getchannel("A")
            for one in (svg, without_ground)
        ]
        assert seen[0].getextrema() == (255, 255)
        assert seen[1].getextrema()[0] > 120, (scene, time, seed)  # a seam lets a little through, a hole all


def test_ids_are_its_own_and_each_is_there_once_and_used() -> None:
    for scene in SCENES:
        svg = document(place(scene, "dusk", "soft", PALETTE, 5, 800, 1000))
        ids = re.findall(r' id="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
        assert all(id.startswith("place-") for id in ids)
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) == set(ids)


@pytest.mark.parametrize("scene", SCENES)
def test_night_is_dark_and_day_is_bright(scene: Scene) -> None:
    hours = {time: brightness(place(scene, time, "soft", PALETTE, 5, 160, 200)) for time in TIMES}
    assert hours["day"] - hours["night"] > 45
    assert hours["night"] < hours["dusk"] < hours["day"]
    assert hours["night"] < hours["dawn"]


@pytest.mark.parametrize("scene", SCENES)
def test_every_light_is_another_picture_and_at_night_none_makes_it_day(scene: Scene) -> None:
    assert len({document(place(scene, "day", light, PALETTE, 5, 160, 200)) for light in LIGHTS}) == len(LIGHTS)
    night = max(brightness(place(scene, "night", light, PALETTE, 5, 80, 100), 80, 100) for light in LIGHTS)
    day = min(brightness(place(scene, "day", light, PALETTE, 5, 80, 100), 80, 100) for light in LIGHTS)
    assert day > night


@pytest.mark.parametrize("scene", SCENES)
def test_a_seed_is_a_place_for_ever_and_another_is_another(scene: Scene) -> None:
    assert place(scene, "day", "soft", PALETTE, 5, 800, 1000) == place(scene, "day", "soft", PALETTE, 5, 800, 1000)
    assert len({place(scene, "day", "soft", PALETTE, seed, 800, 1000).behind for seed in range(5)}) == 5


def test_her_things_stay_where_they_are_when_night_comes() -> None:
    def spines(time: Time) -> list[str]:
        return re.findall(
            r'<rect x="([^"]+)" y="[^"]+" width="[^"]+" height="[^"]+" rx="1.5"', place("study", time, "soft", PALETTE, 5, 800, 1000).behind
        )

    assert len(spines("day")) > 40
    assert spines("day") == spines("night")


@pytest.mark.parametrize("scene", SCENES)
def test_her_colours_are_in_it(scene: Scene) -> None:
    mine, hers = (document(place(scene, "day", "soft", palette, 5, 800, 1000)) for palette in (PALETTE, ("#5A4AA6", "#F2C879")))
    assert mine != hers
    assert "#5A4AA6" in hers


def test_colours_too_pale_or_too_dark_to_be_seen_are_left() -> None:
    assert accents_of(("#FFFFFF", "#000000", "#2f6e73"))[0] == "#2F6E73"
    assert len(accents_of(())) == 3
    assert len(accents_of(("#2F6E73", "#2F6E73", "#B5573F", "#E8B95A", "#888888"))) == 3


@pytest.mark.parametrize("motif", MOTIFS)
def test_what_is_said_to_stand_there_does(motif: str) -> None:
    plain, with_it = (
        [place(MOTIFS[motif], "day", "soft", PALETTE, seed, 800, 1000, motifs) for seed in range(6)] for motifs in ((), (motif,))
    )
    assert plain != with_it


@pytest.mark.parametrize(("width", "height"), [(64, 80), (1638, 2048), (1000, 1000), (1600, 900), (300, 900)])
def test_it_covers_whatever_size_is_asked_for(width: int, height: int) -> None:
    drawn = place("harbour", "day", "soft", PALETTE, 5, width, height)
    moved = re.match(r'<g transform="translate\((\S+) (\S+)\) scale\((\S+)\)">', drawn.behind)
    assert moved
    left, top, scale = (float(number) for number in moved.groups())
    assert left <= 0.001 and top <= 0.001
    assert left + 800 * scale >= width - 0.01 and top + 1000 * scale >= height - 0.01
    assert 0 <= drawn.ground <= 1


def test_what_cannot_be_drawn_is_told() -> None:
    with pytest.raises(InputError, match="moon base"):
        place("moon base", "day", "soft", PALETTE, 5, 800, 1000)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="room"):
        place("harbour", "day", "soft", PALETTE, 5, 0, 1000)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=20), max_size=4), st.integers(), st.sampled_from(SCENES), st.lists(st.text(max_size=12), max_size=3))
def test_no_words_get_into_a_drawing(palette: list[str], seed: int, scene: Scene, motifs: list[str]) -> None:
    hostile = [*palette, '"/><script>alert(1)</script>', "#12345", "url(#x)", "#GGGGGG", "#1234567", "#123456\n"]
    svg = document(place(scene, "night", "lamp", hostile, seed, 80, 100, [*motifs, "<cat>"]))
    ElementTree.fromstring(svg)
    assert "script" not in svg and "#x" not in svg


@given(st.text(max_size=200))
def test_any_words_are_some_place(words: str) -> None:
    assert scene_of(words) in SCENES
    assert motifs_of(words) <= set(MOTIFS)


@pytest.mark.parametrize(
    ("words", "scene"),
    [
        ("a round room of glass at dusk, the grey sea far below", "harbour"),
        ("the quay", "harbour"),
        ("lamp room", "harbour"),
        ("a small tiled bar by candlelight", "cafe"),
        ("Café Central", "cafe"),
        ("the theatre, after the show", "stage"),
        ("bakery", "workshop"),
        ("her pottery", "workshop"),
        ("back yard", "garden"),
        ("under the apple trees of the orchard", "garden"),
        ("POOL", "pool"),
        ("roof", "roof"),
        ("on the balcony, under the stars", "roof"),
        ("a night market in the old town", "street"),
        ("kitchen", "kitchen"),
        ("library", "study"),
        ("", "study"),
        ("somewhere else entirely", "study"),
        ("the barnacle", "study"),
    ],
)
def test_words_lead_to_a_place(words: str, scene: Scene) -> None:
    assert scene_of(words) == scene


def test_a_named_scene_goes_before_words() -> None:
    assert scene_of(Setting(name="lamp room", description="the sea, the sea, the sea", scene="kitchen")) == "kitchen"


def test_everyone_who_ships_is_where_her_blueprint_says() -> None:
    found = {
        (file.stem, setting.name): (scene_of(setting), motifs_of(setting))
        for file in PERSONAS
        for setting in read_blueprint(file).visual.settings
    }
    assert found == {
        ("ines", "the Blue Swallow"): ("cafe", {"guitar", "swallow"}),
        ("ines", "pool"): ("pool", set()),
        ("juno", "cafe"): ("cafe", {"napkins"}),
        ("juno", "roof"): ("roof", {"telescope"}),
        ("mara", "lamp room"): ("harbour", set()),
        ("mara", "kitchen"): ("kitchen", {"cat"}),
        ("theo", "bakery"): ("workshop", {"bread"}),
        ("theo", "back yard"): ("garden", {"oven"}),
    }
