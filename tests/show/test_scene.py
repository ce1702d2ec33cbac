"""Where she is, when, and in what: by what is said of her, not by what is said of the user."""

from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.persona.files import read_blueprint
from companion.persona.visual import Outfit, Setting, Visual
from companion.shot import Scene, Time
from companion.show.scene import scenery

PERSONAS = Path(__file__).parents[2] / "personas"
MARA, JUNO, INES, THEO = (read_blueprint(PERSONAS / f"{name}.yaml").visual for name in ("mara", "juno", "ines", "theo"))
NOON, LATE = datetime(2026, 3, 1, 12), datetime(2026, 3, 1, 22, 30)


def user(text: str) -> list[tuple[str, str]]:
    return [("persona", "Well then."), ("user", text)]


def hers(text: str) -> list[tuple[str, str]]:
    return [("persona", text), ("user", "go on")]


@pytest.mark.parametrize(
    ("hour", "time"), [(0, "night"), (4, "night"), (5, "dawn"), (8, "day"), (17, "day"), (18, "dusk"), (21, "night"), (23, "night")]
)
def test_without_words_it_is_as_late_as_the_clock_says(hour: int, time: Time) -> None:
    assert scenery().time(user("hello"), datetime(2026, 3, 1, hour)) == (time, "by the clock")


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("What are you up to tonight?", "night"),
        ("I love how you look this morning", "dawn"),
        ("Show me the sunset!", "dusk"),
        ("This afternoon is slow.", "day"),
        ("Last night I could not sleep.", "day"),
        ("Good night, Mara", "day"),
        ("See you tomorrow morning", "day"),
    ],
)
def test_words_say_when_it_is(said: str, time: Time) -> None:
    assert scenery().time(user(said), NOON)[0] == time
    assert scenery().time(hers(said), NOON)[0] == time


@pytest.mark.parametrize(
    ("visual", "lines", "name"),
    [
        (MARA, hers("I put the kettle on the stove."), "kitchen"),
        (MARA, hers("The brass lamp is turning, and the glass is cold."), "lamp room"),
        (MARA, user("show me the kitchen"), "kitchen"),
        (MARA, user("Are you up in the lamp room?"), "lamp room"),
        (MARA, user("I'm in the kitchen. How are you?"), "lamp room"),
        (MARA, user("My kitchen is on fire"), "lamp room"),
        (MARA, user("I'd like to see you in the kitchen"), "kitchen"),
        (MARA, hers("I have just left the kitchen."), "lamp room"),
        (MARA, hers("I am sitting in the garden with Pilot."), "garden"),
        (MARA, user("I walked through the garden today"), "lamp room"),
        (INES, user("show me you at the pool"), "pool"),
        (INES, hers("The guitars are leaning there, the candles lit, and somebody wants a song in the Blue Swallow."), "the Blue Swallow"),
        (THEO, hers("The dog is asleep beside the brick oven."), "back yard"),
        (THEO, hers("I am watering the tomato in the garden."), "back yard"),
        (JUNO, hers("Up on the roof with the telescope."), "roof"),
        (JUNO, hers("Somebody left a drawing on the counter at the cafe."), "cafe"),
    ],
)
def test_a_place_is_read_from_what_is_said_of_her(visual: Visual, lines: list[tuple[str, str]], name: str) -> None:
    assert scenery().place(visual, lines, "dusk").name == name


def test_the_last_place_counts() -> None:
    lines = [("persona", "I am in the kitchen."), ("user", "nice"), ("persona", "Now I have climbed up to the lamp room."), ("user", "oh")]
    assert scenery().place(MARA, lines, "day").name == "lamp room"
    assert scenery().place(MARA, lines[2:] + lines[:2], "day").name == "kitchen"


def test_of_places_that_nobody_speaks_of_one_that_fits_the_time_is_taken() -> None:
    assert scenery().place(MARA, user("hello"), "dusk").name == "lamp room"
    assert scenery().place(MARA, user("hello"), "night").name == "kitchen", "the lamp room is described at dusk"
    assert scenery().place(JUNO, user("hello"), "day").name == "roof", "all are at night: the first"
    assert scenery().place(Visual(), user("hello"), "day") == ("", "study", "nothing says where she is")
    assert scenery().place(Visual(), user("show me you at the harbour"), "day").name == "harbour"


@pytest.mark.parametrize(
    ("visual", "scenes"),
    [
        (MARA, {"lamp room": "harbour", "kitchen": "kitchen"}),
        (JUNO, {"roof": "roof", "cafe": "cafe"}),
        (INES, {"pool": "pool"}),
        (THEO, {"bakery": "workshop", "back yard": "garden"}),
        (Visual(settings=(Setting(name="attic", description="a kitchen", scene="pool"),)), {"attic": "pool"}),
        (Visual(settings=(Setting(name="void", description="nothing"),)), {"void": "study", "elsewhere": "study", "Roof": "roof"}),
    ],
)
def test_a_setting_is_a_drawn_place(visual: Visual, scenes: dict[str, Scene]) -> None:
    assert {name: scenery().scene_of(name, visual) for name in scenes} == scenes


@pytest.mark.parametrize(
    ("visual", "lines", "outfit"),
    [
        (MARA, user("show me you in your yellow oilskin coat"), "storm"),
        (MARA, hers("I am wearing the oilskin, collar up."), "storm"),
        (MARA, hers("Storms pass."), "watch"),
        (MARA, user("I want to see you in your yellow coat"), "storm"),
        (MARA, user("I wear an oilskin coat"), "watch"),
        (INES, user("show me you at the pool"), "pool"),
        (THEO, user("are you in the back yard?"), "garden"),
        (JUNO, user("are you at the cafe? in your apron?"), "shift"),
        (JUNO, user("hello"), "roof"),
        (Visual(), user("hello"), ""),
    ],
)
def test_an_outfit_is_the_one_spoken_of_or_that_of_the_place(visual: Visual, lines: list[tuple[str, str]], outfit: str) -> None:
    assert scenery().outfit(visual, lines, scenery().place(visual, lines, "night")).value == outfit


def test_a_description_is_told_without_another_time() -> None:
    lamp, kitchen = MARA.settings
    assert scenery().at(lamp.description, "dusk") == lamp.description
    assert scenery().at(lamp.description, "day") == "a round room of glass, the brass lamp turning, the grey sea far below"
    assert scenery().at(kitchen.description, "night") == kitchen.description
    assert scenery().at(JUNO.settings[0].description, "day") == "a flat city roof, a long white telescope on a tripod, a thermos"
    assert scenery().at(THEO.settings[0].description, "night").startswith("a small bakery, loaves")


NAMES = st.sampled_from(["roof", "the roof", "kitchen", "a b", "night", "sea side", "x"])
VISUALS = st.builds(
    Visual,
    settings=st.lists(st.builds(Setting, name=NAMES, description=NAMES), max_size=4, unique_by=lambda one: one.name).map(tuple),
    wardrobe=st.lists(st.builds(Outfit, name=NAMES, description=NAMES), max_size=4, unique_by=lambda one: one.name).map(tuple),
)
LINES = st.lists(st.tuples(st.sampled_from(["user", "persona"]), st.text(max_size=80) | NAMES.map(lambda name: f"in {name}")), max_size=5)


@given(VISUALS, LINES, st.datetimes())
def test_whatever_is_said_the_place_and_the_outfit_exist(visual: Visual, lines: list[tuple[str, str]], moment: datetime) -> None:
    time, _ = scenery().time(lines, moment)
    place = scenery().place(visual, lines, time)
    outfit = scenery().outfit(visual, lines, place).value
    assert time in get_args(Time) and place.scene in get_args(Scene)
    assert (
        place.name in [one.name for one in visual.settings] or (place.name in get_args(Scene)) or (place.name == "" and not visual.settings)
    )
    assert outfit in [one.name for one in visual.wardrobe] or (outfit == "" and not visual.wardrobe)
