"""A picture in words: what one sees, where it comes from, how much it is her. No markup: callers escape what they draw."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from companion.persona.visual import Visual
from companion.shot import Likeness, Picture, Shot
from companion.store.records import shorten
from companion.ui.gallery_visit import Sort
from companion.ui.memory_words import date, sentence
from companion.ui.words import counted

SORT_NAMES: dict[Sort, str] = {
    "all": "All",
    "chat": "From chat",
    "template": "Templates",
    "studio": "Studio",
    "favourites": "Favourites",
}
KIND_NAMES = {"chat": "from chat", "template": "template", "studio": "from here"}
FRAMINGS = {"close": "close-up", "half": "half figure", "wide": "whole figure"}
LIGHTS = {
    "soft": "soft light",
    "golden": "golden light",
    "lamp": "lamplight",
    "moon": "moonlight",
    "spot": "spotlight",
    "overcast": "grey light",
}
TIMES = {"dawn": "at dawn", "day": "by day", "dusk": "at dusk", "night": "at night"}
MOST_TOLD = 48
TOLD_CHARS = 240


def plainly(name: str) -> str:
    """A value's name as one would say it: "hand_on_chin" is "hand on chin"."""
    return name.replace("_", " ")


def place(shot: Shot, visual: Visual) -> str:
    """Where she is: the shot's setting, or her first."""
    first = visual.settings[0].name if visual.settings else "study"
    return plainly(shot.setting or first)


def caption(shot: Shot, visual: Visual) -> str:
    """ "tender, harbour"."""
    return f"{plainly(shot.expression)}, {place(shot, visual)}"


def description(shot: Shot, visual: Visual) -> str:
    """All of a shot: "Tender, standing, hand on heart. Harbour at dusk, golden light. Half figure, wearing storm."."""
    gesture = "" if shot.gesture == "none" else f", {plainly(shot.gesture)}"
    outfit = shot.outfit or (visual.wardrobe[0].name if visual.wardrobe else "")
    worn = f", wearing {plainly(outfit)}" if outfit else ""
    where = sentence(place(shot, visual))
    return (
        f"{sentence(plainly(shot.expression))}, {shot.pose}{gesture}. {where} {TIMES[shot.time]}, {LIGHTS[shot.light]}. "
        f"{sentence(FRAMINGS[shot.framing])}{worn}."
    )


def score(likeness: Likeness | None) -> str:
    """ "0.97", or nothing where there was nothing to compare with."""
    return "" if likeness is None else f"{likeness.score:.2f}"


def baselines(likeness: Likeness | None) -> str:
    """ "same face 0.97, others 0.41": what her own pictures and those of others reach."""
    return "" if likeness is None else f"same face {likeness.same:.2f}, others {likeness.others:.2f}"


def tries(likeness: Likeness) -> str:
    """How many pictures it took."""
    return "at the first try" if likeness.tries == 1 else f"after {counted(likeness.tries, 'try', 'tries')}"


def origin(picture: Picture, now: datetime) -> str:
    """ "20 November, from chat, painted by sketch"."""
    return f"{date(picture.created_at, now, long=True)}, {KIND_NAMES[picture.kind]}, painted by {picture.painter}"


def differences(one: Shot, other: Shot, one_visual: Visual) -> tuple[tuple[str, str, str], ...]:
    """In what two shots differ: the knob, and what it is on either."""
    knobs = ("expression", "setting", "time", "light", "outfit", "framing", "pose", "gesture")
    words = ((knob, value_in_words(one, knob, one_visual), value_in_words(other, knob, one_visual)) for knob in knobs)
    return tuple(each for each in words if each[1] != each[2])


def value_in_words(shot: Shot, knob: str, visual: Visual) -> str:
    """What a knob is set to."""
    value = str(getattr(shot, knob))
    if knob == "setting":
        return place(shot, visual)
    if knob == "outfit" and not value:
        return visual.wardrobe[0].name if visual.wardrobe else "as always"
    named = {"framing": FRAMINGS, "light": LIGHTS, "time": TIMES}.get(knob, {})
    return named.get(value, plainly(value))


def told(record: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A record as lines: what is inside something is named after it, "knobs seed"; what is long is cut."""
    return tuple(_lines(record, ""))[:MOST_TOLD]


def _lines(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lines(inner, f"{name} {plainly(str(key))}".strip())
    elif isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        for number, inner in enumerate(value, 1):
            yield from _lines(inner, f"{name} {number}")
    elif value not in (None, "", [], ()):
        words = ", ".join(map(_figure, value)) if isinstance(value, list | tuple) else _figure(value)
        yield name, shorten(words, TOLD_CHARS)


def _figure(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(_figure, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
