"""The guided walk as HTML: a first persona in five steps. What is typed stays in the form until she is made."""

from collections.abc import Mapping
from typing import Any

from companion.ui.prose import escape

STEPS = (
    ("Who is she?", "A name, an age, and what she is in a few words."),
    ("What has she lived?", "In her own words, one thing a sentence: “My cat is called Pilot.” She can be asked for each of them."),
    ("What is she like?", "Nobody is at the end of every scale."),
    ("How does she talk?", "A few lines she might say teach more than any description."),
    ("How does she look, and how does she begin?", "You can change everything later."),
)
TRAITS = (
    ("openness", "keeps to what she knows", "curious about everything"),
    ("conscientiousness", "takes it as it comes", "careful and reliable"),
    ("extraversion", "quiet", "outgoing"),
    ("agreeableness", "blunt", "gentle"),
    ("emotional_stability", "easily shaken", "steady"),
)
ACCENTS = ("#2F6E73", "#8A4B5D", "#B0622D", "#4B5F9E", "#5C7A3D", "#6C5A8C")


def new_panel() -> str:
    """The walk, at its beginning. `script/studio_new.js` leads through it."""
    steps = "".join(_step(number, title, says, inner) for number, ((title, says), inner) in enumerate(zip(STEPS, _inners(), strict=True)))
    dots = "".join("<span></span>" for _ in STEPS)
    return (
        '<div class="panel-head"><h2>A new persona</h2><button type="button" class="pill" popovertarget="new-panel" '
        'popovertargetaction="hide">Close</button></div>'
        f'<form class="walk" data-act="create" novalidate><div class="dots" aria-hidden="true">{dots}</div>{steps}'
        '<div class="walk-acts"><button type="button" class="pill" data-back>Back</button>'
        '<button type="button" class="pill strong" data-next>Next</button>'
        '<button type="submit" class="pill strong" data-make>Make her</button></div></form>'
    )


def data_from(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the walk's fields say, as a blueprint's data; what was left empty takes its default."""
    text = {name: str(value or "").strip() for name, value in values.items()}

    def listed(name: str) -> list[str]:
        return [line.strip() for line in text.get(name, "").splitlines() if line.strip()]

    def trait(name: str) -> float:
        try:
            return max(-1.0, min(1.0, float(text.get(name) or 0)))
        except ValueError:
            return 0.0

    identity: dict[str, Any] = {name: text[name] for name in ("name", "tagline", "background") if text.get(name)}
    if text.get("age"):
        identity["age"] = int(text["age"]) if text["age"].isdigit() else text["age"]
    if text.get("pronouns"):
        identity["pronouns"] = text["pronouns"]
    return {
        "identity": identity,
        "character": {
            "big_five": {name: trait(name) for name, _, _ in TRAITS},
            "values": listed("values"),
            "speech": {"manner": text.get("manner", ""), "lines": listed("lines")},
        },
        "greeting": text.get("greeting", ""),
        "appearance": {"accent": text.get("accent") or ACCENTS[0]},
    }


def _inners() -> tuple[str, ...]:
    sliders = "".join(
        f'<label class="slide"><span>{escape(name.replace("_", " ").capitalize())}</span>'
        f'<input type="range" name="{name}" min="-1" max="1" step="0.05" '
        f'value="0" data-signed><output>+0.00</output><small>{escape(low)}</small><small>{escape(high)}</small></label>'
        for name, low, high in TRAITS
    )
    colors = "".join(
        f'<label><input type="radio" name="accent" value="{one}"{" checked" if one == ACCENTS[0] else ""} aria-label="{one}">'
        f'<span style="background:{one}"></span></label>'
        for one in ACCENTS
    )
    return (
        _input("name", "Name", 80, "Mara", required=True)
        + _input("age", "Age", 3, "34", required=True, kind='type="number" min="18" max="999"')
        + _input("pronouns", "Pronouns", 40, "she/her")
        + _input("tagline", "In a few words", 80, "lighthouse keeper", required=True),
        _area("background", "Her story", 8, "I keep the light on an island. My cat is called Pilot.", required=True),
        f'<div class="sliders">{sliders}</div>' + _area("values", "What matters to her, one a line", 3, "keeping a promise"),
        _area("manner", "Her manner", 2, "short sentences, sea and weather for feelings", required=True)
        + _area("lines", "Lines she might say, one a line", 4, "Storms pass. They take the loose things with them."),
        _area("greeting", "Her first words to you", 3, "You came up all the stairs. Sit, the kettle is on.", required=True)
        + f'<fieldset class="accents"><legend>Her colour</legend>{colors}</fieldset>',
    )


def _step(number: int, title: str, says: str, inner: str) -> str:
    hidden = " hidden" if number else ""
    return (
        f'<fieldset class="step"{hidden}><legend>{number + 1} of {len(STEPS)} · {escape(title)}</legend>'
        f'<p class="quiet">{escape(says)}</p>{inner}</fieldset>'
    )


def _input(name: str, label: str, most: int, example: str, *, required: bool = False, kind: str = 'type="text"') -> str:
    need = " required" if required else ""
    return (
        f'<label class="field"><span>{escape(label)}</span><input {kind} name="{name}" maxlength="{most}" placeholder="{escape(example)}" '
        f'autocomplete="off"{need}></label>'
    )


def _area(name: str, label: str, rows: int, example: str, *, required: bool = False) -> str:
    need = " required" if required else ""
    return (
        f'<label class="field"><span>{escape(label)}</span>'
        f'<textarea name="{name}" rows="{rows}" placeholder="{escape(example)}"{need}></textarea></label>'
    )
