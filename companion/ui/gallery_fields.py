"""What a shot is put together from, as fields: what each may be for a persona, the fields as HTML, and a shot from what they held."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from companion.errors import InputError
from companion.persona.visual import Visual
from companion.shot import Expression, Framing, Gesture, Light, Pose, Scene, Shot, Time
from companion.show.templates import complete
from companion.ui.gallery_words import FRAMINGS, LIGHTS, TIMES, plainly
from companion.ui.prose import attribute, escape

KNOBS = ("expression", "setting", "time", "light", "outfit", "framing", "pose", "gesture")
_FIXED: dict[str, tuple[str, ...]] = {
    "expression": get_args(Expression),
    "time": get_args(Time),
    "light": get_args(Light),
    "framing": get_args(Framing),
    "pose": get_args(Pose),
    "gesture": get_args(Gesture),
}
_WORDS: dict[str, Mapping[str, str]] = {
    "time": TIMES,
    "light": LIGHTS,
    "framing": FRAMINGS,
    "gesture": {"none": "no gesture"},
}


def choices(knob: str, visual: Visual) -> dict[str, str]:
    """What a knob may be set to, each with its words: for a place her own first, then those that anyone can be in.

    Raises:
        KeyError: there is no such knob.
    """
    if knob == "setting":
        mine = [one.name for one in visual.settings]
        return {name: plainly(name) for name in (*mine, *(one for one in get_args(Scene) if one not in mine))}
    if knob == "outfit":
        return {one.name: plainly(one.name) for one in visual.wardrobe}
    words = _WORDS.get(knob, {})
    return {value: words.get(value, plainly(value)) for value in _FIXED[knob]}


def shot_of(values: Mapping[str, object], visual: Visual, former: Shot | None = None) -> Shot:
    """The shot that the fields name; what they leave out stays as it was.

    Raises:
        InputError: something is none of the choices.
    """
    chosen: dict[str, Any] = {}
    for knob in KNOBS:
        value = str(values.get(knob) or "")
        if not value:
            continue
        if value not in choices(knob, visual):
            raise InputError(f"“{value[:40]}” is no {knob}.", hint="Choose one from the list.")
        chosen[knob] = value
    return replace(former or Shot(), **chosen)


def full(shot: Shot, visual: Visual) -> Shot:
    """The same shot with its place and its outfit named where it left them to her first."""
    shot = complete(shot, visual)
    return replace(shot, setting=shot.setting or next(iter(choices("setting", visual))))


def select(name: str, options: Mapping[str, str], chosen: str, label: str, css_class: str = "") -> str:
    """A field to choose one from a list.

    Args:
        label: for who cannot see what stands beside it.
    """
    drawn = "".join(
        f'<option value="{attribute(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in options.items()
    )
    styled = f' class="{css_class}"' if css_class else ""
    # The page's redrawing minds the attribute `value` of a select, as if there were one.
    return f'<select name="{name}"{styled} aria-label="{attribute(label)}" value="{attribute(chosen)}">{drawn}</select>'


def pills(name: str, options: Mapping[str, str], chosen: str, legend: str) -> str:
    """A field to choose one of a few, all of them in sight."""
    drawn = "".join(
        f'<label class="choice"><input type="radio" name="{name}" value="{attribute(value)}"{" checked" if value == chosen else ""}>'
        f"{escape(words)}</label>"
        for value, words in options.items()
    )
    return f'<fieldset class="pills"><legend>{escape(legend)}</legend>{drawn}</fieldset>'


KNOB_NAMES = {"setting": "place", "time": "time of day"}


def knob_name(knob: str) -> str:
    """What a knob is called on the page."""
    return KNOB_NAMES.get(knob, knob)
