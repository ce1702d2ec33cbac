"""Who paints her and what that painter wears, as HTML: the painter by a list, the words it gets, IP-Adapter, ControlNet, and her LoRAs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from companion.persona.editing import part_at
from companion.show.diffusers.presets import Preset, shipped
from companion.ui.prose import attribute, escape
from companion.ui.studio_fields import address, field, fields_of, handles

SKETCH, SERVER, OTHER = "sketch", "server", "other"
PATH = ("visual", "painter")
LORAS = ("visual", "loras")
PURPOSES = {"identity": "who she is", "expression": "a look on her face", "style": "a style"}
AXES = {"": "always as strong", "pleasure": "with her pleasure", "arousal": "with her arousal"}
CONDITIONS = {"openpose": "Her pose", "depth": "The depth of the scene"}
MOST_LORAS = 8
FIRST_SCALE = 0.6


def painting(visual: Mapping[str, Any], app_painter: str = "") -> str:
    """The cards.

    Args:
        app_painter: who paints those who name nobody; empty is the sketch.
    """
    who = painter_of(visual, app_painter)
    return _painter(visual, app_painter or SKETCH, who) + _held(visual, who) + _loras(visual.get("loras") or [], who)


def painter_of(visual: Mapping[str, Any], app_painter: str) -> str:
    """Who paints her: whom she names, else whom the app does."""
    return str(visual.get("painter") or "").strip() or app_painter.strip() or SKETCH


def _painter(visual: Mapping[str, Any], app_painter: str, who: str) -> str:
    named = str(visual.get("painter") or "").strip()
    presets = {one.name: one.label or one.name for one in shipped().presets}
    options = {"": f"As the app: {presets.get(app_painter, app_painter)}", SKETCH: "Sketch, drawn by rules", **presets, OTHER: "Another…"}
    if app_painter == SERVER:
        options = {"": options[""], SKETCH: options[SKETCH], SERVER: "The server of the settings", **presets, OTHER: options[OTHER]}
    chosen = named if named in options and named != OTHER else OTHER
    drawn = "".join(
        f'<option value="{attribute(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in options.items()
    )
    hidden = "" if chosen == OTHER else " hidden"
    node = part_at(("visual",))
    words = fields_of(node, visual, ("visual",), only=("style", "prompt", "negative_prompt"))
    dice = fields_of(node, visual, ("visual",), only=("seed_policy", "seed"))
    return (
        '<section class="card look-card painter" id="look-painter"><header class="look-head"><h2>Painter</h2></header>'
        f'<label class="field"><span>Who paints her</span><select data-painter aria-label="Who paints her">{drawn}</select></label>'
        f'<label class="field painter-named"{hidden}><span>Hub id or folder</span><input type="text" value="{attribute(named)}" '
        f'autocomplete="off" spellcheck="false" placeholder="owner/model, or a folder of your own" data-field="{address(PATH)}" '
        f'aria-label="Hub id or folder"></label><p class="help painter-told">{_told(who, app_painter)}</p>'
        f'<details class="more-of" data-at="{address(("visual", "words"))}"><summary>What it is told</summary>'
        f'<div class="item-fields"><p class="help">A sketch goes by her looks, outfits and places alone.</p>{words}'
        f'<div class="two dice">{dice}</div></div></details></section>'
    )


def _told(who: str, app_painter: str) -> str:
    """What comes of the choice, and what it needs."""
    if who == SKETCH:
        return "Drawn by rules on this machine, in about a second. It wears no LoRA and looks at no reference."
    preset = shipped().get(who)
    about = f"{_needs(preset)} " if preset else ""
    if who == app_painter:
        return f"{about}COMPANION_PAINTER names it, so it may paint."
    allowed = (
        f"A persona may come from anyone, so a painter is used only if you name it before Companion starts: set "
        f"<code>COMPANION_PAINTER={escape(who)}</code>. It is {escape(app_painter)} now."
    )
    return f"{about}{allowed}{'' if preset else ' A folder of your own needs no setting.'}"


def _needs(preset: Preset) -> str:
    gated = " Its terms have to be accepted on the hub." if preset.gated else ""
    tried = "" if preset.tried else " We have not run it."
    size = f"{preset.size_gb:.0f} GB to fetch, {preset.least_memory_gb:.0f} GB of graphics memory or more."
    return f"{size} {escape(preset.licence)}.{gated}{tried}"


# --- what holds her


def _held(visual: Mapping[str, Any], who: str) -> str:
    adapter = visual.get("ip_adapter")
    family = (shipped().get(who) or shipped().of_family("sdxl")).family
    wardrobe = shipped().wardrobes.get(family)
    known = [one.name for one in wardrobe.ip_adapters] if wardrobe else []
    path = ("visual", "ip_adapter")
    if isinstance(adapter, Mapping):
        without = f'<button type="button" class="plain add" data-put="null" data-field="{address(path)}">Do without</button>'
        face = f'<div class="adapter" data-at="{address(path)}">{fields_of(part_at(path), adapter, path)}{without}</div>'
    elif known:
        begins = attribute(json.dumps({"model": known[0], "scale": FIRST_SCALE, "scales": []}))
        face = (
            '<p class="help">An IP-Adapter keeps her face by her reference pictures; without one it goes by words alone.</p>'
            f'<button type="button" class="plain add" data-put="{begins}" data-field="{address(path)}">Use an IP-Adapter</button>'
        )
    else:
        face = '<p class="help">This model looks at her reference pictures itself; it wears no IP-Adapter.</p>'
    chosen = visual.get("controlnet") or ()
    boxes = "".join(
        f'<label class="check"><input type="checkbox" data-condition value="{name}"{" checked" if name in chosen else ""}>'
        f"<span>{words}</span></label>"
        for name, words in CONDITIONS.items()
    )
    return (
        f'<section class="card look-card"><header class="look-head"><h2>What holds her</h2></header>{face}'
        f'<fieldset class="conditions" data-at="{address(("visual", "controlnet"))}"><legend>Guided by ControlNet</legend>{boxes}'
        "</fieldset></section>"
    )


# --- LoRAs


def _loras(loras: Sequence[Mapping[str, Any]], who: str) -> str:
    rows = "".join(_lora(one, at, len(loras), who) for at, one in enumerate(loras))
    more = ""
    if len(loras) < MOST_LORAS:
        more = f'<button type="button" class="plain add" data-act="append" data-field="{address(LORAS)}">Add a LoRA</button>'
    told = "Small files that an image model wears: for her face, for a look on it, or for a style. Below 0 one pushes away."
    says = ""
    if rows and who == SKETCH:
        says = (
            '<p class="look-hint">A sketch wears no LoRA. Choose an image model under '
            '<button type="button" class="link" data-to="look-painter">Painter</button>.</p>'
        )
    return (
        f'<section class="card look-card" data-at="{address(LORAS)}"><header class="look-head"><h2>LoRAs</h2></header>'
        f'<p class="help">{told}</p><ol class="look-rows">{rows}</ol>{more}{says}</section>'
    )


def _lora(lora: Mapping[str, Any], at: int, count: int, who: str) -> str:
    path = (*LORAS, at)
    name, weight = str(lora.get("name") or ""), lora.get("weight")
    shown = float(weight) if isinstance(weight, int | float) else 1.0
    line = field({"type": "string", "maxLength": 40}, name, (*path, "name"), legend="File or hub id")
    named = attribute(name or "this LoRA")
    strength = (
        f'<label class="slide strength"><span>Weight</span><input type="range" min="-2" max="2" step="0.05" value="{shown}" data-signed '
        f'data-field="{address((*path, "weight"))}" aria-label="Weight of {named}"><output>{shown:+.2f}</output></label>'
    )
    strip = "" if who == SKETCH else f'<button type="button" class="pill" data-strip="{at}">One shot at five strengths</button>'
    return (
        f'<li class="look-row lora" data-at="{address(path)}"><div class="look-fields">{line}{strength}<div class="two">'
        f"{_choice('What for', (*path, 'purpose'), PURPOSES, str(lora.get('purpose') or 'identity'))}"
        f"{_choice('How strong', (*path, 'axis'), AXES, str(lora.get('axis') or ''), 'data-null')}</div>{strip}</div>"
        f"{handles(path, at, count, name or f'LoRA {at + 1}')}</li>"
    )


def _choice(words: str, path: tuple[str | int, ...], options: Mapping[str, str], chosen: str, more: str = "") -> str:
    drawn = "".join(
        f'<option value="{attribute(value)}"{" selected" if value == chosen else ""}>{escape(told)}</option>'
        for value, told in options.items()
    )
    return (
        f'<label class="field of-{path[-1]}"><span>{escape(words)}</span><select data-field="{address(path)}" '
        f'aria-label="{attribute(words)}" {more}>{drawn}</select></label>'
    )
