"""The form of the studio as HTML: one section of the blueprint at a time."""

from collections.abc import Mapping
from typing import Any

from companion.persona.editing import part_at
from companion.ui import studio_rules
from companion.ui.prose import escape
from companion.ui.studio_fields import address, field, fields_of
from companion.ui.studio_look_form import look
from companion.ui.words import counted

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "emotional_stability")
# name → label; a section without a field of its own in the blueprint is drawn below
SECTIONS = {
    "identity": "Identity",
    "character": "Character",
    "examples": "Examples",
    "goals": "Goals and rules",
    "mood": "Mood",
    "lorebook": "Lorebook",
    "look": "Look",
    "voice": "Voice",
    "memory": "Memory",
    "model": "Model",
    "drift": "Drift",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "identity": ("identity", "greeting", "alternate_greetings", "openers", "boundaries"),
    "examples": ("examples",),
    "goals": ("goals", "rules", "relationship"),
    "look": ("appearance", "visual"),
    "voice": ("voice",),
    "memory": ("memory",),
    "model": ("model", "instructions"),
}


def sections() -> Mapping[str, str]:
    """The sections there is something to edit in, by name."""
    known = part_at(())["properties"]
    return {name: label for name, label in SECTIONS.items() if name not in FIELDS or any(key in known for key in FIELDS[name])}


def tabs(section: str, counts: Mapping[str, int]) -> str:
    """The names of the sections."""
    names = "".join(
        f'<button type="button" data-act="section" data-id="{name}"{" aria-current=true" if name == section else ""}>{escape(label)}'
        f"{f'<span>{counts[name]}</span>' if counts.get(name) else ''}</button>"
        for name, label in sections().items()
    )
    return f'<nav class="studio-tabs" aria-label="Sections">{names}</nav>'


def form(data: Mapping[str, Any], section: str) -> str:
    """A section; the lorebook has a page of its own, and the look more than this, if it is drawn for somebody."""
    known = part_at(())["properties"]
    if section == "character":
        inner = _character(data["character"])
    elif section == "examples":
        inner = _examples(data.get("examples") or [])
    elif section == "look":
        return look(data)
    else:
        parts = []
        for name in FIELDS[section]:
            if name == "goals":
                parts.append(studio_rules.goals(data.get(name) or ()))
            elif name == "rules":
                stages = [str(one.get("name") or "") for one in (data.get("relationship") or {}).get("stages") or ()]
                parts.append(studio_rules.rules(data.get(name) or (), stages))
            elif name in known:
                node, value = known[name], data.get(name)
                whole = part_at((name,)).get("type") != "object"
                card = field(node, value, (name,)) if whole else fields_of(node, value or {}, (name,))
                parts.append(f'<section class="card">{card}</section>')
        inner = "".join(parts)
    return f'<form class="studio-fields" data-section="{section}" autocomplete="off">{inner}</form>'


def _character(value: Mapping[str, Any]) -> str:
    node = part_at(("character",))
    five = value["big_five"]
    sliders = "".join(field(part_at(("character", "big_five", name)), five[name], ("character", "big_five", name)) for name in TRAITS)
    rest = fields_of(node, value, ("character",), only=("values", "quirks"))
    speech = fields_of(part_at(("character", "speech")), value["speech"], ("character", "speech"))
    return (
        f'<section class="card traits"><div class="sliders">{sliders}</div>{radar([five[name] for name in TRAITS])}</section>'
        f'<section class="card">{speech}</section><section class="card">{rest}</section>'
    )


def radar(traits: list[float]) -> str:
    """The Big Five as a pentagon: −1 in the middle, 1 at the rim. `script/studio.js` moves it while one slides."""
    from math import cos, pi, sin

    def point(at: int, share: float) -> tuple[float, float]:
        turn = 2 * pi * at / 5 - pi / 2
        return round(110 + 72 * share * cos(turn), 1), round(92 + 72 * share * sin(turn), 1)

    def ring(shares: list[float]) -> str:
        return " ".join(f"{x},{y}" for x, y in (point(at, share) for at, share in enumerate(shares)))

    webs = "".join(f'<polygon class="web" points="{ring([share] * 5)}"/>' for share in (1 / 3, 2 / 3, 1.0))
    spokes = "".join(f'<line class="web" x1="110" y1="92" x2="{x}" y2="{y}"/>' for x, y in (point(at, 1.0) for at in range(5)))
    names = ("Openness", "Conscientious", "Extravert", "Agreeable", "Stable")
    labels = []
    for at, name in enumerate(names):
        x, y = point(at, 1.16)
        anchor = "middle" if abs(x - 110) < 12 else "start" if x > 110 else "end"
        labels.append(f'<text x="{x}" y="{y + (9 if y > 110 else 0)}" text-anchor="{anchor}">{name}</text>')
    shape = ring([(value + 1) / 2 for value in traits])
    return (
        '<svg class="radar" viewBox="-34 0 288 188" role="img" aria-label="Her traits as a pentagon">'
        f'{webs}{spokes}<polygon class="traits-shape" points="{shape}"/>{"".join(labels)}</svg>'
    )


def _examples(talks: list[list[Mapping[str, str]]]) -> str:
    drawn = "".join(_example(talk, at) for at, talk in enumerate(talks))
    none = '<p class="none">A few lines of talk show a model better than any description how she sounds.</p>' if not talks else ""
    more = '<button type="button" class="plain add" data-act="append" data-field="[&quot;examples&quot;]">Add an example</button>'
    return f'<section class="card"><h2 class="heading">Example dialogues, {counted(len(talks), "talk")}</h2>{none}{drawn}{more}</section>'


def _example(talk: list[Mapping[str, str]], number: int) -> str:
    lines = []
    for at, exchange in enumerate(talk):
        path = ("examples", number, at)
        user, reply = (f'data-field="{address((*path, who))}"' for who in ("user", "reply"))
        lines.append(
            f'<div class="exchange"><textarea class="bubble said" rows="1" aria-label="What the user says" {user}>'
            f'{escape(exchange["user"])}</textarea><textarea class="bubble answered" rows="1" aria-label="What she answers" {reply}>'
            f'{escape(exchange["reply"])}</textarea><button type="button" class="icon" data-act="remove" data-field="{address(path)}" '
            'aria-label="Remove this exchange" title="Remove">×</button></div>'
        )
    add = f'<button type="button" class="plain add" data-act="append" data-field="{address(("examples", number))}">Add an exchange</button>'
    return f'<fieldset class="talk-example"><legend>Talk {number + 1}</legend>{"".join(lines)}{add}</fieldset>'
