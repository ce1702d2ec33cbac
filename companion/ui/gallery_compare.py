"""Two pictures over each other with a slider between them, and in what they differ."""

from companion.shot import Picture
from companion.ui.gallery_addresses import address
from companion.ui.gallery_fields import knob_name
from companion.ui.gallery_icons import icon
from companion.ui.gallery_view import GalleryView
from companion.ui.gallery_words import caption, description, differences, score
from companion.ui.memory_words import date, sentence
from companion.ui.prose import attribute, escape


def compare(view: GalleryView, pair: tuple[Picture, ...]) -> str:
    """The comparison; empty while there are not two."""
    if len(pair) != 2:
        return ""
    one, other = pair
    ratio = f"{one.width_px}/{one.height_px}"
    rows = "".join(
        f'<tr><th scope="row">{escape(knob_name(knob))}</th><td>{escape(left)}</td><td>{escape(right)}</td></tr>'
        for knob, left, right in (*differences(one.shot, other.shot, view.visual), *_figures(one, other, view))
    )
    table = (
        f'<table><thead><tr><td></td><th scope="col">Left</th><th scope="col">Right</th></tr></thead><tbody>{rows}</tbody></table>'
        if rows
        else '<p class="quiet">The shots are the same; only the dice fell otherwise.</p>'
    )
    first, second = caption(one.shot, view.visual), caption(other.shot, view.visual)
    names = f"{first}, twice" if first == second else f"{first} and {second}"
    return (
        f'<div class="box comparing" role="dialog" aria-modal="true" aria-labelledby="compare-title"><div class="box-stage">'
        f'<div class="overlaid" style="aspect-ratio:{ratio};--at:50%">{_image(one, view, "lower")}{_image(other, view, "upper")}'
        f'<span class="seam" aria-hidden="true"><span>{icon("swap", 20)}</span></span>'
        '<input type="range" min="0" max="100" value="50" step="1" '
        f'aria-label="How much of the left picture is seen" aria-valuetext="half"></div></div>'
        f'<aside class="box-side"><header><h2 id="compare-title" tabindex="-1">{escape(sentence(names))}</h2><span class="switches">'
        f'<button type="button" class="icon" data-act="close" aria-label="Close">{icon("cross", 18)}</button></span></header>'
        f'{table}<p class="quiet">Move the slider, or use the arrow keys.</p>'
        '<div class="acts-of"><button type="button" class="pill" data-swap>Swap sides</button></div></aside></div>'
    )


def _image(picture: Picture, view: GalleryView, css_class: str) -> str:
    words = attribute(description(picture.shot, view.visual))
    return f'<img class="{css_class}" src="{address(picture, "preview")}" data-full="{address(picture, "full")}" alt="{words}">'


def _figures(one: Picture, other: Picture, view: GalleryView) -> tuple[tuple[str, str, str], ...]:
    pairs = [
        ("score", score(one.likeness) or "none", score(other.likeness) or "none"),
        ("painter", one.painter, other.painter),
        ("painted", date(one.created_at, view.now), date(other.created_at, view.now)),
    ]
    return tuple((name, left, right) for name, left, right in pairs if left != right)
