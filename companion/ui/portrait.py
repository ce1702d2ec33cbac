"""Portraits on the page: an address that names the persona and changes with her looks, one for each colour scheme."""

import hashlib

from companion.persona.blueprint import Appearance
from companion.persona.library import Persona
from companion.ui.accent import by_night
from companion.ui.prose import attribute

ADDRESS = "companion/portraits"
SCHEMES = ("light", "dark")


def avatar(persona: Persona) -> str:
    """Her round portrait; decoration, because her name stands beside it."""
    return _picture(persona, "circle", 112, 'class="avatar" alt="" width="36" height="36"')


def large(persona: Persona, face: str = "neutral") -> str:
    """Her portrait for the presence column.

    Args:
        face: her expression, one of `show.portrait.Expression`.
    """
    name = attribute(persona.blueprint.identity.called)
    return _picture(persona, "square", 640, f'class="portrait" alt="A drawing of {name}" width="267" height="267"', face)


def ahead(persona: Persona) -> str:
    """Her large portrait, fetched before it is needed, so that turning to her shows her at once."""
    return _picture(persona, "square", 640, 'alt="" hidden')


def looks(persona: Persona, scheme: str) -> Appearance:
    """Her appearance by day or by night."""
    appearance = persona.blueprint.appearance
    if scheme == "light":
        return appearance
    return appearance.model_copy(update={"backdrop": by_night(appearance)})


def digest(persona: Persona, scheme: str) -> str:
    """What tells her looks from others."""
    return hashlib.sha256(looks(persona, scheme).model_dump_json().encode()).hexdigest()[:12]


def _picture(persona: Persona, shape: str, size_px: int, attributes: str, face: str = "neutral") -> str:
    light, dark = (_address(persona, scheme, shape, size_px, face) for scheme in SCHEMES)
    return f'<picture><source srcset="{dark}" media="(prefers-color-scheme: dark)"><img src="{light}" {attributes}></picture>'


def _address(persona: Persona, scheme: str, shape: str, size_px: int, face: str) -> str:
    expression = "" if face == "neutral" else f"&amp;face={face}"
    return f"{ADDRESS}/{persona.id}/{scheme}/{shape}/{size_px}?looks={digest(persona, scheme)}{expression}"
