"""The studio's right column as HTML: her face, where her mood rests, what her blueprint takes."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

from companion.errors import CompanionError
from companion.feel.temperament import resting_mood
from companion.persona.blueprint import Blueprint
from companion.show.parts import look_of
from companion.show.portrait import draw
from companion.studio import Work
from companion.ui.prose import attribute, escape
from companion.ui.studio_bench import Bench
from companion.ui.words import counted

MOST_TOLD = 6


def side(work: Work, bench: Bench, budget: Mapping[str, int], room: int, warnings: Sequence[str]) -> str:
    """The column.

    Args:
        budget: tokens of each part of the blueprint; empty while no model can count them.
        room: tokens there are for all of it.
        warnings: rules in conflict.
    """
    blueprint = work.blueprint or work.version.blueprint
    face = _face(work.persona.id, blueprint) if bench.section == "identity" else ""
    told = "" if bench.section == "look" else _budget(budget, room)  # a model that writes reads nothing of her looks
    return f'<div class="stack">{face}{_state(work, blueprint, warnings)}{told}</div>'


def _face(persona_id: str, blueprint: Blueprint) -> str:
    try:
        svg = draw(look_of(persona_id, blueprint.appearance), size_px=320, shape="square")
    except CompanionError as error:
        return f'<section class="card face"><p class="danger" role="alert">{escape(error.message)}</p></section>'
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    name = attribute(blueprint.identity.called)
    return f'<section class="card face"><img src="{source}" alt="A drawing of {name}" width="320" height="320"></section>'


def _state(work: Work, blueprint: Blueprint, warnings: Sequence[str]) -> str:
    now, saved = (resting_mood(one.character.big_five) for one in (blueprint, work.version.blueprint))
    rows = [("resting mood", now.words)]
    if now.words != saved.words:
        rows.append((f"in version {work.version.number}", saved.words))
    rows.append(("changed", counted(len(work.changes), "field") if work.changes else "nothing"))
    rows.append(("rules in conflict", counted(len(warnings), "warning") if warnings else "none"))
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(words)}</dd></div>" for name, words in rows)
    lines = "".join(f"<li>{escape(one)}</li>" for one in warnings[:MOST_TOLD])
    changed = "".join(f"<li>{escape(one.label)}</li>" for one in work.changes[:MOST_TOLD])
    more = len(work.changes) - MOST_TOLD
    more_words = f"<li>and {counted(more, 'more', 'more')}</li>" if more > 0 else ""
    return (
        f'<section class="card state"><dl class="figures-of">{told}</dl>'
        f"{f'<ul class=quiet>{changed}{more_words}</ul>' if changed else ''}"
        f"{f'<ul class=danger>{lines}</ul>' if lines else ''}</section>"
    )


def _budget(budget: Mapping[str, int], room: int) -> str:
    if not budget:
        return ""
    total = sum(budget.values())
    over = total > room
    whole = max(total, room) or 1
    bars = "".join(
        f'<span style="width:{100 * tokens / whole:.1f}%" title="{escape(name)}: {tokens:,} tokens"></span>'
        for name, tokens in budget.items()
    )
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{tokens:,}</dd></div>" for name, tokens in budget.items())
    says = '<p class="danger" role="alert">Longer than this model can read: examples are left out first.</p>' if over else ""
    return (
        f'<section class="card budget"><div class="preview-head"><h2>Blueprint budget</h2><span>{total:,} of {room:,} tokens</span></div>'
        f'<div class="bar sections" aria-hidden="true">{bars}</div><dl class="figures-of">{rows}</dl>{says}</section>'
    )
