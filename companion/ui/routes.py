"""Files the page asks for beside Gradio's own: fonts, portraits, and the pictures of the gallery (`gallery_routes.py`). Nothing that
was said can be read here."""

from dataclasses import replace
from typing import get_args

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from companion.compose import Companion
from companion.errors import CompanionError, NotFoundError
from companion.persona.library import Persona
from companion.show.portrait import LEAST_PX, MOST_PX, Expression, Shape
from companion.ui.assets import FONTS
from companion.ui.gallery_portrait import chosen, framed
from companion.ui.gallery_routes import gallery_routes
from companion.ui.portrait import ADDRESS, SCHEMES, digest, looks
from companion.ui.studio_look_routes import look_routes

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
            appearance = looks(persona, scheme)
            if picture := chosen(appearance):
                return _pictured(companion, persona, picture, size_px, shape)
            path = companion.portraits.path(persona.id, appearance, size_px=size_px, expression=face, shape=shape)
        except CompanionError as error:
            raise HTTPException(404, str(error)) from error
        return FileResponse(path, media_type="image/png", headers=FOR_GOOD)

    return [
        Mount("/companion/fonts", StaticFiles(directory=FONTS)),
        *gallery_routes(companion),
        *look_routes(companion),
        Route(f"/{ADDRESS}/{{persona_id}}/{{scheme}}/{{shape}}/{{size_px:int}}", portrait),
    ]


def _pictured(companion: Companion, persona: Persona, picture: str, size_px: int, shape: str) -> Response:
    """A picture in place of the drawn portrait.

    Raises:
        NotFoundError: its file is gone.
    """
    if not LEAST_PX <= size_px <= MOST_PX:
        raise NotFoundError(f"There is no portrait of {size_px} pixels.", hint=f"Ask for {LEAST_PX} to {MOST_PX}.")
    visual = persona.blueprint.visual.model_copy(update={"references": (picture,)})
    kept = companion.showing.sitter(replace(persona, blueprint=persona.blueprint.model_copy(update={"visual": visual}))).references
    if not kept:
        raise NotFoundError("The picture of this portrait is gone.", hint="Choose another one in the gallery.")
    return Response(framed(kept[0], size_px, round_off=shape == "circle"), media_type="image/png", headers=FOR_GOOD)


def _as_drawn(companion: Companion, persona_id: str, scheme: str, asked: str) -> Persona:
    """The persona with the looks that an address tells: a conversation may keep to an older version of her."""
    persona = companion.library.get(persona_id)
    if not asked or digest(persona, scheme) == asked:
        return persona
    others = (replace(persona, blueprint=one.blueprint) for one in companion.versions.list(persona_id))
    return next((one for one in others if digest(one, scheme) == asked), persona)
