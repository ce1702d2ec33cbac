"""What a draft looks like: as much of it as can be drawn, so that the sketch follows while something else is still being put right.

A draft may be wrong in places. Each part of a look that is whole counts; for one that is not, that of the saved version stands in, and
of a list the items that are whole.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from companion.errors import BlueprintError
from companion.persona.blueprint import Appearance
from companion.persona.visual import Visual
from companion.shot import Shot
from companion.show.parts import look_of
from companion.show.protocol import Sitter
from companion.studio import Work
from companion.ui.gallery_fields import KNOBS, choices
from companion.ui.studio_look_words import light

DRAWN = ("look", "wardrobe", "settings", "palette", "seed")  # the parts of a visual blueprint that a sketch shows
LEFT_OUT = "Something here is to be put right; the sketch leaves it out."


@dataclass(frozen=True, slots=True)
class Seen:
    """A draft as it is drawn.

    Attributes:
        digest: of all that decides how she is drawn; another look makes another.
        note: what the sketch could not follow, and why; empty where it shows the draft.
    """

    sitter: Sitter
    digest: str
    note: str = ""


def seen(work: Work) -> Seen:
    """The draft of a persona, as she is drawn."""
    saved = work.version.blueprint
    appearance, appearance_whole = _appearance(work.data.get("appearance"), saved.appearance)
    visual, visual_whole = _visual(work.data.get("visual"), saved.visual)
    note = "" if appearance_whole and visual_whole else LEFT_OUT
    try:
        look_of(work.persona.id, appearance)
    except BlueprintError as error:
        note = f"{error.message[:1].upper()}{error.message[1:]}".replace("`appearance.portrait.", "`")
        appearance = appearance.model_copy(update={"portrait": saved.appearance.portrait})
    sitter = Sitter(work.persona.id, appearance, visual)
    return Seen(sitter, _digest(sitter), note)


def saved(work: Work) -> Seen:
    """The saved version, as she is drawn."""
    blueprint = work.version.blueprint
    visual = Visual(**{name: getattr(blueprint.visual, name) for name in DRAWN})
    sitter = Sitter(work.persona.id, blueprint.appearance, visual)
    return Seen(sitter, _digest(sitter))


def view_of(values: Mapping[str, object], visual: Visual) -> Shot:
    """How she is looked at: what is none of the choices is left out, since it may have been renamed meanwhile."""
    known: dict[str, Any] = {knob: str(values.get(knob) or "") for knob in KNOBS}
    shot = Shot(**{knob: value for knob, value in known.items() if value and value in choices(knob, visual)})
    return shot if known["light"] else replace(shot, light=light(shot.time))  # type: ignore[arg-type]  # the file names lights only


def _appearance(data: Any, before: Appearance) -> tuple[Appearance, bool]:
    given = data if isinstance(data, Mapping) else {}
    good = before.model_dump()
    whole = True
    for name in ("portrait", "accent", "backdrop"):
        try:
            good |= {name: getattr(Appearance.model_validate({name: given[name]}), name)} if name in given else {}
        except ValidationError:
            whole = False
    return Appearance.model_validate(good), whole


def _visual(data: Any, before: Visual) -> tuple[Visual, bool]:
    given = data if isinstance(data, Mapping) else {}
    good: dict[str, Any] = {}
    whole = True
    for name in DRAWN:
        value = given.get(name, getattr(before, name))
        if _valid(name, value):
            good[name] = value
            continue
        whole = False
        items = [one for one in value if _valid(name, [one])] if isinstance(value, list) else []
        good[name] = items if items and _valid(name, items) else getattr(before, name)
    return Visual.model_validate(good), whole


def _valid(name: str, value: Any) -> bool:
    try:
        Visual.model_validate({name: value})
    except ValidationError:
        return False
    return True


def _digest(sitter: Sitter) -> str:
    told = [sitter.persona_id, sitter.appearance.model_dump(mode="json", exclude={"picture"}), sitter.visual.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:20]
