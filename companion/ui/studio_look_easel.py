"""The live sketch beside the look's form: her draft, drawn at once, with small choices of how to look at her.

The drawing is an address that the page itself asks for as soon as the draft or a choice has changed (`script/studio_look_easel.js`), so
nothing waits for it. How she is looked at lives in the browser and is never part of the draft.
"""

from base64 import b64encode
from contextlib import suppress
from typing import get_args

from companion.errors import CompanionError
from companion.shot import Expression, Shot
from companion.show.parts import look_of
from companion.show.portrait import draw
from companion.studio import Work
from companion.ui.gallery_fields import choices, full, select
from companion.ui.gallery_words import plainly
from companion.ui.prose import attribute, escape
from companion.ui.studio_look_draft import Seen
from companion.ui.studio_look_pictures import where
from companion.ui.studio_look_words import scene

SKETCHES = "companion/drafts"
BEGINS = Shot(expression="calm", time="day")
FEW = {"setting": "Place", "outfit": "Outfit", "time": "Time of day", "framing": "Framing"}
CHAT_PX = 160


def easel(work: Work, look: Seen) -> str:
    """The card."""
    name, visual = work.persona.blueprint.identity.called, look.sitter.visual
    shot = full(BEGINS, visual)
    faces = "".join(_face(one, one == shot.expression) for one in get_args(Expression))
    few = []
    for knob, label in FEW.items():
        options = choices(knob, visual)
        if knob == "setting":
            mine = {one.name for one in visual.settings}
            options = {value: words if value in mine else scene(value) for value, words in options.items()}
        if len(options) > 1:
            few.append(select(knob, options, str(getattr(shot, knob)), label, "choice"))
    return (
        f'<section class="card easel" data-sketch="{attribute(f"{SKETCHES}/{work.persona.id}/")}" data-look="{look.digest}" '
        f'data-persona="{attribute(work.persona.id)}" aria-label="{attribute(f"{name}, as you make her")}">'
        f'<div class="easel-frame"><img class="easel-sketch" alt="{attribute(f"A sketch of {name}")}" width="4" height="5">'
        f"{_in_chat(work, look)}</div>"
        f'<form class="easel-view"><fieldset class="easel-faces"><legend class="sr-only">Expression</legend>{faces}</fieldset>'
        f'<div class="easel-few">{"".join(few)}</div></form>'
        f'<p class="easel-note" role="status">{escape(look.note)}</p></section>'
    )


def _face(expression: str, chosen: bool) -> str:
    words = plainly(expression)
    checked = " checked" if chosen else ""
    return (
        f'<label title="{attribute(words)}"><input type="radio" name="expression" value="{attribute(expression)}"{checked} '
        f'aria-label="{attribute(words)}"><i data-face="{attribute(expression)}"></i></label>'
    )


def _in_chat(work: Work, look: Seen) -> str:
    """Her portrait as it is in a chat; none where it cannot be drawn."""
    appearance = work.data.get("appearance") or {}
    picture = appearance.get("picture")
    source = where(work.persona.id, picture) if isinstance(picture, str) and picture else ""
    if not source:
        with suppress(CompanionError):
            svg = draw(look_of(work.persona.id, look.sitter.appearance), size_px=CHAT_PX, shape="circle")
            source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    title = "Her portrait in the chat"
    return f'<img class="easel-chat" src="{source}" alt="{title}" title="{title}" width="64" height="64">' if source else ""
