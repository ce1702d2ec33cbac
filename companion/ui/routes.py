"""Files the page asks for beside Gradio's own: fonts and portraits. Nothing that was said can be read here."""

from dataclasses import replace
from typing import get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from companion.compose import Companion
from companion.errors import CompanionError
from companion.persona.library import Persona
from companion.show.portrait import Expression, Shape
from companion.ui.assets import FONTS
from companion.ui.portrait import ADDRESS, SCHEMES, digest, looks

# The address carries a digest of her looks, so what is behind it never changes.
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


def routes(companion: Companion) -> list[BaseRoute]:
    """The routes, to be served beside the page."""

    def portrait(request: Request) -> Response:
        scheme, shape, size_px = (request.path_params[name] for name in ("scheme", "shape", "size_px"))
        asked = request.query_params.get("face", "neutral")
        face: Expression | None = next((one for one in get_args(Expression) if one == asked), None)
        if shape not in get_args(Shape) or scheme not in SCHEMES or face is None:
            raise HTTPException(404)
        try:
            persona = _as_drawn(companion, request.path_params["persona_id"], scheme, request.query_params.get("looks", ""))
            path = companion.portraits.path(persona.id, looks(persona, scheme), size_px=size_px, expression=face, shape=shape)
        except CompanionError as error:
            raise HTTPException(404, str(error)) from error
        return FileResponse(path, media_type="image/png", headers=FOR_GOOD)

    return [
        Mount("/companion/fonts", StaticFiles(directory=FONTS)),
        Route(f"/{ADDRESS}/{{persona_id}}/{{scheme}}/{{shape}}/{{size_px:int}}", portrait),
    ]


def _as_drawn(companion: Companion, persona_id: str, scheme: str, asked: str) -> Persona:
    """The persona with the looks that an address tells: a conversation may keep to an older version of her."""
    persona = companion.library.get(persona_id)
    if not asked or digest(persona, scheme) == asked:
        return persona
    others = (replace(persona, blueprint=one.blueprint) for one in companion.versions.list(persona_id))
    return next((one for one in others if digest(one, scheme) == asked), persona)
