"""The light of a place: what an hour and a lamp do to a colour.

A place is drawn in the colours it has at noon; its air turns each into what one sees: duller under cloud, multiplied by the colour of
the light, lifted towards the colour of the shadows, and the further off, the more it is haze (aerial perspective). Only colours are made
here, no shapes; all numbers are in `light.yaml`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from companion.shot import Light, Time
from companion.show.sketch.strokes import brightness
from companion.show.sketch.strokes import mix as mix

HEX = re.compile(r"#[0-9A-Fa-f]{6}")


def multiply(color: str, other: str) -> str:
    """`color` seen in a light of colour `other`, both `#RRGGBB`."""
    pairs = ((int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a * b / 255):02X}" for a, b in pairs)


def dulled(color: str, share: float) -> str:
    """A colour with a `share` in [0, 1] of its own grey."""
    grey = f"{round(brightness(color) * 255):02X}"
    return mix(color, f"#{grey}{grey}{grey}", share)


@dataclass(frozen=True, slots=True)
class Air:
    """The light in a place.

    Attributes:
        sky: colours from the top of the sky to the horizon.
        haze: what lies between, the further off the more.
        ambience: the colour of the light that everything stands in.
        shadow, lift: the colour of shadows, and how much of it is in everything.
        grey: in [0, 1], how much colour is lost.
        lamps: in [0, 1], how brightly her own lamps burn.
        windows: in [0, 1], how many windows of others are lit.
        stars: in [0, 1], how many stars are out.
        sun, moon: whether one sees it.
        glow, warmth: the colour of lamps, and of the light around them.
        sunlight, moonlight, moonshade, starlight: the colour of the sun, of the moon and of the light around it, of stars.
        beam: the colour of light that falls through the air.
        tint, tint_share: what lies over whoever stands there.
    """

    time: Time
    light: Light
    sky: tuple[str, ...]
    haze: str
    ambience: str
    shadow: str
    lift: float
    grey: float
    lamps: float
    windows: float
    stars: float
    sun: bool
    moon: bool
    glow: str
    warmth: str
    sunlight: str
    moonlight: str
    moonshade: str
    starlight: str
    beam: str
    tint: str
    tint_share: float

    def seen(self, color: str, far: float = 0.0) -> str:
        """What a colour looks like here; `far` in [0, 1] is how much haze lies before it."""
        lit = mix(multiply(dulled(color, self.grey), self.ambience), self.shadow, self.lift)
        return mix(lit, self.haze, far)

    @property
    def dark(self) -> bool:
        """Whether it is dark outside."""
        return self.time in ("dusk", "night")


def air_of(time: Time, light: Light, *, inside: bool) -> Air:
    """The air of an hour and a light, under a roof or under the sky."""
    book = _book()
    hour: Mapping[str, Any] = book["times"][time]
    way: Mapping[str, Any] = book["lights"][light]
    veil, at_top, at_horizon = way.get("veil", ["#FFFFFF", 0.0, 0.0])
    veil = multiply(veil, hour["veil"])
    grey = way.get("grey", 0.0)
    much = way.get("veil_at_night", 1.0) if time == "night" else 1.0
    low = len(hour["sky"]) - 1
    shares = [much * (at_top + (at_horizon - at_top) * at / low) for at in range(low + 1)]
    tint, tint_share = hour["tint_inside" if inside else "tint"]
    own, own_share = way.get("tint", [tint, 0.0])
    whole = tint_share + own_share
    shadow, lift = hour["shadow_inside" if inside else "shadow"]
    return Air(
        time=time,
        light=light,
        sky=tuple(mix(dulled(color, grey), veil, share) for color, share in zip(hour["sky"], shares, strict=True)),
        haze=mix(dulled(hour["haze"], grey), veil, much * (at_top + at_horizon) / 2),
        ambience=multiply(hour["inside" if inside else "outside"], way.get("ambience", "#FFFFFF")),
        shadow=shadow,
        lift=lift,
        grey=grey,
        lamps=max(0.0, min(1.0, hour["lamps"] + way.get("lamps", 0.0))),
        windows=hour["windows"],
        stars=0.0 if light == "overcast" else hour["stars"],
        sun=(light not in ("overcast", "moon") and time in ("dawn", "dusk")) or (light == "golden" and time == "day"),
        moon=light != "overcast" and (time == "night" or light == "moon"),
        glow=book["glow"],
        warmth=book["warmth"],
        sunlight=hour["sun"],
        moonlight=book["moonlight"],
        moonshade=book["moonshade"],
        starlight=book["starlight"],
        beam=way.get("beam", book["warmth"]),
        tint=mix(tint, own, own_share / whole) if whole else tint,
        tint_share=min(0.45, whole),
    )


@cache
def _book() -> Mapping[str, Any]:
    book: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("light.yaml").read_text("utf-8"))
    return book
