"""Fields of a blueprint as HTML, drawn from its schema: what a value may be decides how it is edited.

Every field says where it belongs in `data-field` (JSON); `script/studio.js` reports what is typed there. Help is the schema's own
description, so that what the form says and what the documentation says is one text.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from companion.persona.editing import Path, described
from companion.ui.prose import attribute, escape

LONG = 120  # characters from which a text may take several lines
LONGER = 400  # and from which it has several from the start
SLIDES = 2  # a range of numbers that wide is a slider
COLOR = "#[0-9A-Fa-f]"
ROWS = {"background": 9, "greeting": 3, "content": 5}
NAMES = {"ip_adapter": "IP-Adapter", "controlnet": "ControlNet", "loras": "LoRAs", "top_p": "top-p", "min_p": "min-p"}
SINGULAR = {"openers": "opener", "boundaries": "boundary", "quirks": "quirk", "values": "value", "lines": "line", "entries": "entry"}


def name_of(key: str | int) -> str:
    """A key as the page says it: "alternate_greetings" is "Alternate greetings"."""
    if isinstance(key, int):
        return str(key + 1)
    words = NAMES.get(key, key.replace("_", " "))
    return words[:1].upper() + words[1:]


def address(path: Path) -> str:
    """A path as an attribute's value."""
    return attribute(json.dumps(path, separators=(",", ":")))


def field(node: Mapping[str, Any], value: Any, path: Path, *, legend: str = "") -> str:
    """A part of the blueprint, whatever it is."""
    node = described(node)
    label = legend or name_of(path[-1])
    match node.get("type"):
        case "object" if "properties" in node:
            return _group(node, value, path, label)
        case "object":
            return _pairs(node, value or {}, path, label)
        case "array":
            return _list(node, value or [], path, label)
        case "boolean":
            return _check(node, value, path, label)
        case "integer" | "number":
            return _number(node, value, path, label)
        case _:
            return _text(node, value, path, label)


def _text(node: Mapping[str, Any], value: Any, path: Path, label: str) -> str:
    if "const" in node:
        return ""
    null = " data-null" if node.get("optional") else ""
    text = attribute(str(value if value is not None else ""))
    where = f'data-field="{address(path)}" aria-label="{attribute(label)}"{null}'
    if "enum" in node:
        options = "".join(
            f'<option value="{attribute(str(one))}"{" selected" if one == value else ""}>{escape(str(one).replace("_", " "))}</option>'
            for one in (["", *node["enum"]] if null else node["enum"])
        )
        return _labelled(node, label, f"<select {where}>{options}</select>")
    if COLOR in node.get("pattern", ""):
        return _labelled(node, label, f'<input type="color" value="{text}" {where}>', "color")
    if "pattern" not in node and node.get("maxLength", LONG + 1) > LONG:
        rows = ROWS.get(str(path[-1]), 3) if node.get("maxLength", LONGER + 1) > LONGER else 1
        return _labelled(node, label, f'<textarea rows="{rows}" {where}>{escape(str(value or ""))}</textarea>')
    return _labelled(node, label, f'<input type="text" value="{text}" autocomplete="off" {where}>')


def _number(node: Mapping[str, Any], value: Any, path: Path, label: str) -> str:
    low, high = (node.get(one, node.get(f"exclusive{one[0].upper()}{one[1:]}")) for one in ("minimum", "maximum"))
    null = " data-null" if node.get("optional") else ""
    where = f'data-field="{address(path)}" aria-label="{attribute(label)}"{null}'
    bounds = "".join(f' {name}="{bound}"' for name, bound in (("min", low), ("max", high)) if bound is not None)
    if node["type"] == "number" and low is not None and high is not None and high - low <= SLIDES and not null:
        signed = " data-signed" if low < 0 else ""
        shown = f"{float(value or 0):+.2f}" if signed else f"{float(value or 0):.2f}"
        slider = f'<input type="range"{bounds} step="0.01" value="{value}" {where}{signed}><output>{shown}</output>'
        return f'<label class="slide"><span>{escape(label)}</span>{slider}</label>{_help(node)}'
    step = "1" if node["type"] == "integer" else "any"
    shown = "" if value is None else value
    return _labelled(node, label, f'<input type="number"{bounds} step="{step}" value="{shown}" {where}>', "short")


def _check(node: Mapping[str, Any], value: Any, path: Path, label: str) -> str:
    checked = " checked" if value else ""
    box = f'<input type="checkbox" data-field="{address(path)}"{checked}>'
    return f'<label class="check">{box}<span>{escape(label)}</span></label>{_help(node)}'


def _group(node: Mapping[str, Any], value: Any, path: Path, label: str) -> str:
    inner = fields_of(node, value or {}, path)
    return f'<fieldset class="group"><legend>{escape(label)}</legend>{_help(node)}{inner}</fieldset>'


def fields_of(
    node: Mapping[str, Any], value: Mapping[str, Any], path: Path, *, only: Sequence[str] = (), besides: Sequence[str] = ()
) -> str:
    """The fields of a group, in the schema's order or in that of `only`."""
    properties = described(node).get("properties", {})
    names = [name for name in only if name in properties] if only else [name for name in properties if name not in besides]
    return "".join(field(properties[name], value.get(name), (*path, name)) for name in names)


def _pairs(node: Mapping[str, Any], value: Mapping[str, Any], path: Path, label: str) -> str:
    inner = node.get("additionalProperties")
    if not isinstance(inner, Mapping) or not value:
        return ""
    rows = "".join(field(inner, one, (*path, key)) for key, one in value.items())
    return f'<fieldset class="group pairs"><legend>{escape(label)}</legend>{rows}</fieldset>'


def _list(node: Mapping[str, Any], value: Sequence[Any], path: Path, label: str) -> str:
    inner = described(node["items"])
    one = SINGULAR.get(str(path[-1]), name_of(str(path[-1]).removesuffix("s")).lower())
    full = len(value) >= node.get("maxItems", len(value) + 1)
    more = "" if full else f'<button type="button" class="plain add" data-act="append" data-field="{address(path)}">Add {_a(one)}</button>'
    draw = _item if inner.get("type") == "object" else _line
    rows = "".join(draw(inner, item, (*path, at), at, len(value), one) for at, item in enumerate(value))
    count = f' <span class="count">{len(value)}</span>' if value else ""
    return f'<fieldset class="list"><legend>{escape(label)}{count}</legend>{_help(node)}<ol>{rows}</ol>{more}</fieldset>'


def _line(node: Mapping[str, Any], value: Any, path: Path, at: int, count: int, one: str) -> str:
    return f'<li class="line">{field(node, value, path, legend=f"{name_of(one)} {at + 1}")}{handles(path, at, count, one)}</li>'


def _item(node: Mapping[str, Any], value: Mapping[str, Any], path: Path, at: int, count: int, one: str) -> str:
    named = next((str(value[key]) for key in ("name", "comment", "id", "topic") if value.get(key)), "")
    title = named or f"{name_of(one)} {at + 1}"
    opened = "" if named else " open"
    return (
        f'<li class="item" data-at="{address(path)}"><details{opened}><summary>{escape(title)}</summary>'
        f'<div class="item-fields">{fields_of(node, value, path)}</div></details>'
        f"{handles(path, at, count, title)}</li>"
    )


def handles(path: Path, at: int, count: int, name: str) -> str:
    """The buttons that move an item of a list and remove it."""

    def button(act: str, sign: str, says: str, more: str = "", off: bool = False) -> str:
        return (
            f'<button type="button" class="icon" data-act="{act}" data-field="{address(path)}"{more} '
            f'aria-label="{attribute(says)}" title="{attribute(says)}"{" disabled" if off else ""}>{sign}</button>'
        )

    up = button("move", "↑", f"Move {name} up", ' data-by="-1"', at == 0) if count > 1 else ""
    down = button("move", "↓", f"Move {name} down", ' data-by="1"', at == count - 1) if count > 1 else ""
    return f'<span class="handles">{up}{down}{button("remove", "×", f"Remove {name}")}</span>'


def _labelled(node: Mapping[str, Any], label: str, control: str, css_class: str = "") -> str:
    return f'<label class="field {css_class}"><span>{escape(label)}</span>{control}</label>{_help(node)}'


def _help(node: Mapping[str, Any]) -> str:
    words = str(node.get("description") or "")
    return f'<p class="help">{escape(words)}</p>' if words and "\n" not in words else ""


def _a(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"
