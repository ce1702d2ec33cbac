"""The light of a place: noon leaves colours alone, night takes them, haze hides what is far."""

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.shot import Light, Time
from companion.show.sketch.light import HEX, air_of, dulled, multiply
from companion.show.sketch.strokes import brightness

TIMES: tuple[Time, ...] = get_args(Time)
LIGHTS: tuple[Light, ...] = get_args(Light)
colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")


@given(colours)
def test_white_light_changes_nothing_and_black_takes_all(color: str) -> None:
    assert multiply(color, "#FFFFFF") == color
    assert multiply(color, "#000000") == "#000000"
    assert dulled(color, 0) == color


@given(colours)
def test_noon_shows_colours_as_they_are(color: str) -> None:
    for inside in (True, False):
        assert air_of("day", "soft", inside=inside).seen(color) == color


@given(colours, st.sampled_from(TIMES), st.sampled_from(LIGHTS), st.booleans())
def test_what_is_as_far_as_one_sees_is_haze(color: str, time: Time, light: Light, inside: bool) -> None:
    air = air_of(time, light, inside=inside)
    assert air.seen(color, 1.0) == air.haze


def test_white_things_are_darker_at_night_in_every_light() -> None:
    for light, inside in product(LIGHTS, (True, False)):
        day, night = (brightness(air_of(time, light, inside=inside).seen("#FFFFFF")) for time in ("day", "night"))
        assert night < day - 0.2


def test_every_air_is_made_of_colours_and_shares() -> None:
    for time, light, inside in product(TIMES, LIGHTS, (True, False)):
        air = air_of(time, light, inside=inside)
        own = (*air.sky, air.haze, air.ambience, air.shadow, air.glow, air.warmth, air.sunlight, air.moonlight, air.moonshade)
        assert all(HEX.fullmatch(color) for color in (*own, air.starlight, air.beam, air.tint))
        assert all(0 <= share <= 1 for share in (air.lift, air.grey, air.lamps, air.windows, air.stars, air.tint_share))


@pytest.mark.parametrize("light", LIGHTS)
def test_lamps_burn_at_night_and_clouds_hide_the_sky(light: Light) -> None:
    night, day = (air_of(time, light, inside=True) for time in ("night", "day"))
    assert night.lamps > day.lamps or light == "lamp"
    assert night.moon == (light != "overcast")
    assert (night.stars > 0) == (light != "overcast")
    assert not (night.sun and night.moon) and not (day.sun and day.moon)
