"""The studio's section "Look" as HTML: her face by parts, her looks in words, what she wears, where she is seen, her colours.

Every field says where it belongs (`data-field`), as all of the studio's do; a colour has a field to pick it beside the one that names
it. How she is painted by others than the sketch is in `studio_look_painter.py`, her reference pictures in `studio_look_pictures.py`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from companion.persona.blueprint import Appearance
from companion.persona.editing import Path, part_at
from companion.shot import Scene
from companion.show.parts import HEX, Look, look_of, part_names
from companion.ui.prose import attribute, escape
from companion.ui.studio_fields import address, field, handles
from companion.ui.studio_look_painter import painting
from companion.ui.studio_look_pictures import references, where
from companion.ui.studio_look_words import choices, hex_of, label, scene, unset

HEAD = ("top", "hair_color", "hat_color", "skin_color", "nose", "accessory", "facial_hair", "facial_hair_color")
BODY = ("clothing", "clothing_color")
HATS = ("hat", "hijab", "turban", "winter_hat_1", "winter_hat_2", "winter_hat_3", "winter_hat_4")  # tops that the hat colour is seen on
RESTING = ("eyes", "eyebrows", "mouth")
LOOKS = {"face": "Face", "hair": "Hair", "eyes": "Eyes", "skin": "Skin", "build": "Build", "age_look": "Age", "marks": "Marks"}
MOST = {"wardrobe": 24, "settings": 24, "palette": 12}


def look(data: Mapping[str, Any], persona_id: str = "", app_painter: str = "") -> str:
    """The section.

    Args:
        data: the draft.
        app_painter: who paints those who name nobody.
    """
    appearance, visual = data.get("appearance") or {}, data.get("visual") or {}
    inner = (
        _face(appearance, persona_id)
        + _words(visual)
        + _wardrobe(visual.get("wardrobe") or [])
        + _settings(visual.get("settings") or [])
        + _palette(visual.get("palette") or [])
        + references(persona_id, [one for one in visual.get("references") or () if isinstance(one, str)])
        + painting(visual, app_painter)
    )
    return f'<form class="studio-fields look-form" data-section="look" autocomplete="off">{inner}</form>'


def card(title: str, inner: str, *, told: str = "", css: str = "", where_of: Path = ()) -> str:
    """A card of the form."""
    here = f' data-at="{address(where_of)}"' if where_of else ""
    says = f'<p class="help">{escape(told)}</p>' if told else ""
    return f'<section class="card look-card {css}"{here}><header class="look-head"><h2>{escape(title)}</h2></header>{says}{inner}</section>'


# --- her face


def _face(appearance: Mapping[str, Any], persona_id: str) -> str:
    portrait = appearance.get("portrait") or {}
    drawn = _drawn(appearance, persona_id)
    head = "".join(_part(key, portrait, drawn) for key in HEAD)
    body = "".join(_part(key, portrait, drawn) for key in BODY)
    resting = "".join(_part(key, portrait, drawn) for key in RESTING)
    page = "".join(
        colour(label(key), ("appearance", key), str(appearance.get(key) or ""), str(appearance.get(key) or ""))
        for key in ("accent", "backdrop")
    )
    inner = (
        f'<div class="parts">{head}{body}</div><details class="more-of" data-at="{address(("appearance", "portrait"))}">'
        '<summary>In the chat</summary><div class="item-fields"><p class="help">Her small portrait there, and the page around her. On '
        f'pictures her eyes, brows and mouth follow what she feels.</p><div class="parts">{resting}{page}</div>'
        f"{_picture(appearance, persona_id)}</div></details>"
    )
    return card("Face", inner, css="looks")


def _drawn(appearance: Mapping[str, Any], persona_id: str) -> Look:
    """All parts as they come out, also where none is chosen; what cannot be drawn is left out."""
    portrait = {}
    for key, value in (appearance.get("portrait") or {}).items():
        named = str(value).strip().lower()
        known = HEAD + BODY + RESTING
        if key in known and (named in part_names(key) or (key.endswith("_color") and HEX.fullmatch(named))):
            portrait[key] = named
    colours = {key: value for key in ("accent", "backdrop") if HEX.fullmatch(value := str(appearance.get(key) or ""))}
    return look_of(persona_id, Appearance(portrait=portrait, **colours))


def _part(key: str, portrait: Mapping[str, Any], drawn: Look) -> str:
    chosen, path, words = str(portrait.get(key) or ""), ("appearance", "portrait", key), label(key)
    if key.endswith("_color"):
        shown = hex_of(key, chosen) or str(getattr(drawn, key))
        return colour(words, path, chosen, shown, placeholder=unset(key), more="data-drop", names=part_names(key), css=f"of-{key}")
    options = {"": unset(key)} | choices(key)
    return _select(words, path, options, chosen, "data-drop", f"of-{key}")


def _picture(appearance: Mapping[str, Any], persona_id: str) -> str:
    digest = appearance.get("picture")
    if not isinstance(digest, str) or not digest:
        return ""
    path = address(("appearance", "picture"))
    return (
        f'<div class="portrait-picture"><img src="{where(persona_id, digest)}" alt="The picture that stands for her portrait" width="64" '
        f'height="64"><p class="quiet">A picture stands for her portrait.</p>'
        f'<button type="button" class="pill" data-put="null" data-field="{path}">Draw it instead</button></div>'
    )


# --- her looks in words


def _words(visual: Mapping[str, Any]) -> str:
    path, given = ("visual", "look"), visual.get("look") or {}
    fields = "".join(field(part_at((*path, name)), given.get(name), (*path, name), legend=words) for name, words in LOOKS.items())
    told = "What every picture keeps, in short lines. Freckles, a scar, grey temples, earrings or glasses come onto the sketch, too."
    return card("Looks in words", f'<div class="look-words">{fields}</div>', told=told)


# --- what she wears, and where she is seen


def _wardrobe(outfits: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(_outfit(one, at, len(outfits)) for at, one in enumerate(outfits))
    none = "" if rows else '<p class="help">Without an outfit she wears what her portrait wears.</p>'
    return card(
        "Wardrobe", f'{none}<ol class="look-rows">{rows}</ol>{_add("wardrobe", outfits, "an outfit")}', where_of=("visual", "wardrobe")
    )


def _outfit(outfit: Mapping[str, Any], at: int, count: int) -> str:
    path: Path = ("visual", "wardrobe", at)
    name, chosen = str(outfit.get("name") or ""), str(outfit.get("color") or "")
    named = str(outfit.get("clothing") or "")
    options = {"": "as the words say"} | choices("clothing")
    if named and named.lower() in options:
        named = named.lower()
    fields = (
        f'<div class="two">{_line("Name", (*path, "name"), name)}{_select("On a sketch", (*path, "clothing"), options, named, "data-null")}'
        f"{colour('Colour', (*path, 'color'), chosen, chosen, placeholder='as the words say', more='data-null')}</div>"
        f"{_passage('What she wears', (*path, 'description'), outfit.get('description'))}"
    )
    return _row(path, at, count, name or f"outfit {at + 1}", {"outfit": name, "framing": "half"}, fields, "Look at her in it")


def _settings(settings: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(_setting(one, at, len(settings)) for at, one in enumerate(settings))
    none = "" if rows else '<p class="help">Without a place of her own she is seen where the story is, or in a study.</p>'
    return card(
        "Places", f'{none}<ol class="look-rows">{rows}</ol>{_add("settings", settings, "a place")}', where_of=("visual", "settings")
    )


def _setting(setting: Mapping[str, Any], at: int, count: int) -> str:
    path: Path = ("visual", "settings", at)
    name = str(setting.get("name") or "")
    options = {"": "as the words say"} | {one: scene(one) for one in get_args(Scene)}
    fields = (
        f'<div class="two">{_line("Name", (*path, "name"), name)}'
        f"{_select('On a sketch', (*path, 'scene'), options, str(setting.get('scene') or ''), 'data-null')}</div>"
        f"{_passage('What one sees there', (*path, 'description'), setting.get('description'))}"
    )
    return _row(path, at, count, name or f"place {at + 1}", {"setting": name, "framing": "wide"}, fields, "Look at her there")


def _row(path: Path, at: int, count: int, title: str, view: Mapping[str, str], fields: str, says: str) -> str:
    told = attribute(json.dumps(view))
    return (
        f'<li class="look-row" data-at="{address(path)}"><button type="button" class="look-thumb" data-see="{told}" '
        f'aria-label="{attribute(f"{says}: {title}")}" title="{attribute(says)}"><i></i></button>'
        f'<div class="look-fields">{fields}</div>{handles(path, at, count, title)}</li>'
    )


def _add(name: str, items: Sequence[Any], words: str) -> str:
    """A button for one more; how that begins is up to what the draft holds by then."""
    if len(items) >= MOST[name]:
        return ""
    return f'<button type="button" class="plain add" data-act="begin" data-field="{address(("visual", name))}">Add {words}</button>'


# --- her colours


def _palette(colours: Sequence[str]) -> str:
    path: Path = ("visual", "palette")
    chips = "".join(
        f'<li class="swatch">{colour(f"Colour {at + 1}", (*path, at), str(one), str(one))}'
        f'<button type="button" class="icon" data-act="remove" data-field="{address((*path, at))}" aria-label="Remove colour {at + 1}" '
        f'title="Remove">×</button></li>'
        for at, one in enumerate(colours)
    )
    told = "Colours that come back on her pictures: in curtains, boats and lanterns on a sketch."
    return card("Palette", f'<ol class="swatches">{chips}</ol>{_add("palette", colours, "a colour")}', told=told, where_of=path)


# --- kinds of fields


def colour(
    words: str,
    path: Path,
    value: str,
    shown: str,
    *,
    placeholder: str = "#RRGGBB",
    more: str = "",
    names: Sequence[str] = (),
    css: str = "",
) -> str:
    """A colour: a field to pick it and one that names it.

    Args:
        value: as it is written; empty where none is chosen.
        shown: `#RRGGBB` of what it comes out as; empty where that is not known.
        names: that may stand there beside `#RRGGBB`.
    """
    list_of = f"{path[-1]}-names" if names else ""
    options = "".join(f'<option value="{one}" data-hex="{hex_of(str(path[-1]), one)}">' for one in names)
    listed = f'<datalist id="{list_of}">{options}</datalist>' if names else ""
    told = attribute(words)
    return (
        f'<label class="field colour {css}{"" if shown else " uncoloured"}"><span>{escape(words)}</span><span class="colour-of">'
        f'<input type="color" data-picks value="{attribute(shown or "#DDD6CC")}" aria-label="Pick: {told}">'
        f'<input type="text" value="{attribute(value)}" placeholder="{attribute(placeholder)}" autocomplete="off" spellcheck="false" '
        f'{f"list={list_of} " if names else ""}data-field="{address(path)}" aria-label="{told}" {more}>{listed}</span></label>'
    )


def _select(words: str, path: Path, options: Mapping[str, str], chosen: str, more: str = "", css: str = "") -> str:
    if chosen not in options:  # something that is not known stays as it is written, and is marked
        options = {**options, chosen: chosen}
    drawn = "".join(
        f'<option value="{attribute(value)}"{" selected" if value == chosen else ""}{" data-hat" if value in HATS else ""}>'
        f"{escape(told)}</option>"
        for value, told in options.items()
    )
    where_of = f'data-field="{address(path)}" aria-label="{attribute(words)}" {more}'
    return f'<label class="field {css}"><span>{escape(words)}</span><select {where_of}>{drawn}</select></label>'


def _line(words: str, path: Path, value: object) -> str:
    return (
        f'<label class="field"><span>{escape(words)}</span><input type="text" value="{attribute(str(value or ""))}" autocomplete="off" '
        f'data-field="{address(path)}" aria-label="{attribute(words)}"></label>'
    )


def _passage(words: str, path: Path, value: object) -> str:
    return (
        f'<label class="field"><span>{escape(words)}</span><textarea rows="1" data-field="{address(path)}" '
        f'aria-label="{attribute(words)}">{escape(str(value or ""))}</textarea></label>'
    )
