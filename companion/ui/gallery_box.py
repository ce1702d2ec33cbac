"""One picture, large, as HTML: what is on it, how much it is her, how it was made, where it was shown, and what one can do with it.

The small picture is drawn; `script/gallery_box.js` puts the whole one in its place when that has come.
"""

from companion.shot import Likeness, Picture
from companion.store.records import shorten
from companion.ui.gallery_addresses import address, filename
from companion.ui.gallery_fields import KNOBS, choices, full, knob_name, select
from companion.ui.gallery_icons import icon
from companion.ui.gallery_view import GalleryView, Turn
from companion.ui.gallery_words import caption, description, origin, told, tries
from companion.ui.memory_words import sentence
from companion.ui.places import UNTITLED
from companion.ui.prose import attribute, escape
from companion.ui.words import size

QUOTE_CHARS = 180


def box(view: GalleryView, picture: Picture | None, turn: Turn | None) -> str:
    """The lightbox; empty while it is closed."""
    if picture is None:
        return ""
    ids = [one.id for one in view.pictures]
    at = ids.index(picture.id) if picture.id in ids else -1
    before = ids[at - 1] if at > 0 else ""
    after = ids[at + 1] if 0 <= at < len(ids) - 1 else ""
    words = sentence(caption(picture.shot, view.visual))
    fit = f"aspect-ratio:{picture.width_px}/{picture.height_px}"
    return (
        '<div class="box" role="dialog" aria-modal="true" aria-labelledby="box-title">'
        f'<div class="box-stage"><img src="{address(picture, "preview")}" data-full="{address(picture, "full")}" style="{fit}" '
        f'alt="{attribute(f"{view.name}: {description(picture.shot, view.visual)}")}">'
        f"{_step(before, 'before', 'The newer picture')}{_step(after, 'after', 'The older picture')}</div>"
        f'<aside class="box-side"><header><h2 id="box-title" tabindex="-1">{escape(words)}</h2>{_switches(picture)}</header>'
        f'<p class="box-shot">{escape(description(picture.shot, view.visual))}</p>'
        f'<p class="quiet">{escape(origin(picture, view.now))}</p>{_likeness(picture.likeness, view.name)}'
        f"{_turn(turn, view)}{_change(picture, view)}{_acts(picture, view)}{_record(picture)}</aside></div>"
    )


def _step(target: str, way: str, label: str) -> str:
    if not target:
        return f'<span class="leaf {way}" hidden></span>'
    return (
        f'<button type="button" class="leaf {way}" data-act="show" data-id="{target}" data-step="{way}" aria-label="{label}">'
        f"{icon(way, 22)}</button>"
    )


def _switches(picture: Picture) -> str:
    return (
        f'<span class="switches">{_switch("favourite", "heart", "Favourite", picture.id, picture.favourite)}'
        f"{_switch('pin', 'pin', 'Keep it when room is made', picture.id, picture.pinned)}"
        f'<button type="button" class="icon" data-act="close" aria-label="Close">{icon("cross", 18)}</button></span>'
    )


def _switch(act: str, drawing: str, label: str, picture_id: str, on: bool) -> str:
    return (
        f'<button type="button" class="icon" data-act="{act}" data-id="{picture_id}" aria-pressed="{"true" if on else "false"}" '
        f'aria-label="{label}" title="{label}">{icon(drawing)}</button>'
    )


def _likeness(likeness: Likeness | None, name: str) -> str:
    if likeness is None:
        return f'<p class="quiet unscored">There is nothing yet to compare {escape(name)} with.</p>'
    verdict = f"This is {name}" if likeness.holds else f"Not quite {name}"
    marks = "".join(
        f'<i class="{css_class}" style="left:{_across(value):.1f}%"></i>'
        for css_class, value in (("others", likeness.others), ("needed", likeness.threshold), ("same", likeness.same))
    )
    figures = "".join(
        f'<span class="{css_class}">{words} <b>{value:.2f}</b></span>'
        for css_class, words, value in (
            ("same", "same face", likeness.same),
            ("others", "others", likeness.others),
            ("needed", "needed", likeness.threshold),
        )
    )
    said = f"Likeness {likeness.score:.2f}. Same face {likeness.same:.2f}, others {likeness.others:.2f}, needed {likeness.threshold:.2f}."
    doubted = "" if likeness.holds else " doubted"
    return (
        f'<section class="likeness{doubted}" aria-label="How much it is {attribute(name)}"><p class="likeness-head">'
        f"<strong>{escape(verdict)}</strong><b>{likeness.score:.2f}</b></p>"
        f'<div class="scale" role="img" aria-label="{attribute(said)}"><span style="width:{_across(likeness.score):.1f}%"></span>'
        f"{marks}</div>"
        f'<p class="likeness-figures" aria-hidden="true">{figures}</p>'
        f'<p class="quiet">{sentence(tries(likeness))}, compared by {escape(likeness.encoder)}</p></section>'
    )


def _across(value: float) -> float:
    """Where a cosine lies on the bar, which begins at nothing alike."""
    return 100 * min(1.0, max(0.0, value))


def _turn(turn: Turn | None, view: GalleryView) -> str:
    if turn is None:
        return ""
    who = view.name if turn.hers else "you"
    words = escape(shorten(turn.words, QUOTE_CHARS))
    return (
        f'<p class="label">Shown when {escape(who)} said, in “{escape(shorten(turn.title or UNTITLED, 40))}”</p>'
        f'<button type="button" class="quote" data-act="source" data-id="{turn.message_id}" title="Open in chat">“{words}”</button>'
    )


def _change(picture: Picture, view: GalleryView) -> str:
    shot = full(picture.shot, view.visual)
    knobs = {knob: knob_name(knob) for knob in KNOBS if len(choices(knob, view.visual)) > 1}
    values = "".join(
        f'<span class="knob" data-knob="{knob}"{"" if knob == "expression" else " hidden"}>'
        f"{select(knob, choices(knob, view.visual), str(getattr(shot, knob)), sentence(name), 'choice')}</span>"
        for knob, name in knobs.items()
    )
    return (
        f'<form class="change" data-act="repaint" data-id="{picture.id}"><span class="change-what">Same, but the '
        f"{select('knob', knobs, 'expression', 'What is to change', 'choice')} is {values}</span>"
        '<span class="change-acts"><button type="submit" class="pill strong" disabled>Repaint</button>'
        f'<button type="button" class="pill" data-act="vary" data-id="{picture.id}" title="The same shot with other dice">Vary</button>'
        "</span></form>"
    )


def _acts(picture: Picture, view: GalleryView) -> str:
    name = attribute(filename(picture, view.visual))
    return (
        f'<div class="acts-of"><a class="pill" href="{address(picture, "full")}" download="{name}">Download</a>'
        f"{_button('compare_with', picture.id, 'Compare')}"
        f'<details class="menu box-more"><summary class="pill" aria-label="More">More</summary><div class="menu-body">'
        f"{_button('portrait', picture.id, 'Set as portrait', '')}"
        f"{_button('reference', picture.id, 'Add as reference', '')}"
        f'<a href="{address(picture, "bare")}" download="{name}">Download without its record</a></div></details>'
        f"{_button('delete', picture.id, 'Delete', 'pill danger')}</div>"
    )


def _button(act: str, target: str, label: str, css_class: str = "pill") -> str:
    styled = f' class="{css_class}"' if css_class else ""
    return f'<button type="button"{styled} data-act="{act}" data-id="{target}">{escape(label)}</button>'


def _record(picture: Picture) -> str:
    lines = [
        ("size", f"{picture.width_px:,} × {picture.height_px:,} px, {size(picture.size_bytes)}"),
        *told(picture.record),
        ("file", f"{picture.digest[:16]}…"),
    ]
    drawn = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in lines)
    return f'<details class="record"><summary>How it was made</summary><dl>{drawn}</dl></details>'
