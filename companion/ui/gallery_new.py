"""The sheet where a picture is asked for: every part of a shot as a field, and a drawing of it that follows each choice.

The drawings are addresses (`gallery_addresses.sketch`), so a choice is seen without asking the tab (`script/gallery_new.js`).
"""

from typing import get_args

from companion.shot import Expression, Shot
from companion.ui.gallery_addresses import sketch
from companion.ui.gallery_fields import choices, full, knob_name, pills, select
from companion.ui.gallery_view import GalleryView
from companion.ui.gallery_words import plainly
from companion.ui.memory_words import sentence
from companion.ui.prose import attribute, escape

PREVIEW_PX, FACE_PX = 720, 224
BEGINS = Shot(expression="content", light="soft", time="day")


def picture_panel(view: GalleryView) -> str:
    """The sheet."""
    shot = full(BEGINS, view.visual)
    faces = "".join(_face(one, shot, view) for one in get_args(Expression))
    few = "".join(
        f'<label class="field"><span>{sentence(knob_name(knob))}</span>'
        f"{select(knob, choices(knob, view.visual), str(getattr(shot, knob)), sentence(knob_name(knob)))}</label>"
        for knob in ("time", "light", "framing", "pose", "gesture")
    )
    outfits = choices("outfit", view.visual)
    worn = pills("outfit", outfits, shot.outfit, "Outfit") if outfits else ""
    return (
        '<div class="panel-head"><h2>New picture</h2><button type="button" class="pill" popovertarget="picture-panel" '
        'popovertargetaction="hide">Close</button></div>'
        f'<form class="new-picture" data-act="shoot"><div class="new-preview"><span class="frame">'
        f'<img src="{sketch(view.persona, view.look, shot, PREVIEW_PX)}" '
        f'data-sketch="{sketch(view.persona, view.look, None, PREVIEW_PX)}" alt="A drawing of the shot" width="4" height="5"></span>'
        f'<p class="quiet">A drawing of the shot, at once. The picture itself is painted when you ask for it.</p></div>'
        f'<div class="new-fields"><fieldset class="faces"><legend>Expression</legend><div>{faces}</div></fieldset>'
        f"{pills('setting', choices('setting', view.visual), shot.setting, 'Place')}{worn}"
        f'<div class="few">{few}</div>'
        f'<div class="new-acts"><button type="button" class="pill" data-dice>Surprise me</button>'
        f'<button type="submit" class="pill strong">Paint it</button></div></div></form>'
    )


def _face(expression: Expression, shot: Shot, view: GalleryView) -> str:
    close = Shot(expression=expression, framing="close", setting=shot.setting, outfit=shot.outfit)
    checked = " checked" if expression == shot.expression else ""
    name = plainly(expression)
    return (
        f'<label><input type="radio" name="expression" value="{attribute(expression)}"{checked}>'
        f'<i><img src="{sketch(view.persona, view.look, close, FACE_PX)}" alt="" loading="lazy" decoding="async" width="4" height="5"></i>'
        f"<span>{escape(name)}</span></label>"
    )
