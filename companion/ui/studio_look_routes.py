"""Addresses behind the studio's look: sketches of a draft, and the pictures that show who she is.

A sketch's address carries the digest of the look it shows: it is drawn for the draft as it stands or as it lately stood, or for the
saved version, and for nothing else. A reference is named by its digest, and handed out only if her blueprint or her draft names it.
"""

import threading
from collections import OrderedDict
from dataclasses import replace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from companion.compose import Companion
from companion.errors import CompanionError
from companion.show.preview import MEDIA_TYPE, preview
from companion.ui.gallery_routes import FOR_GOOD, LEAST_PX, MOST_PX
from companion.ui.studio_look_draft import Seen, saved, seen, view_of
from companion.ui.studio_look_easel import SKETCHES
from companion.ui.studio_look_pictures import REFERENCES, named_by

MOST_LATELY = 16
FOR_A_DAY = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}


def look_routes(companion: Companion) -> list[BaseRoute]:
    """The routes, to be served beside the page."""

    lately: OrderedDict[tuple[str, str], Seen] = OrderedDict()  # so that what was asked for just before the last change still comes
    lock = threading.Lock()  # guards it

    def looked_at(persona_id: str, digest: str) -> Seen | None:
        with lock:
            known = lately.get((persona_id, digest))
        if known is None:
            work = companion.studio.open(persona_id)
            known = next((one for one in (seen(work), saved(work)) if one.digest == digest), None)
            if known is not None:
                with lock:
                    lately[persona_id, digest] = known
                    while len(lately) > MOST_LATELY:
                        lately.popitem(last=False)
        return known

    def sketch(request: Request) -> Response:
        persona_id, digest, size_px = (request.path_params[name] for name in ("persona_id", "digest", "size_px"))
        if not LEAST_PX <= size_px <= MOST_PX:
            raise HTTPException(404)
        try:
            look = looked_at(persona_id, digest)
            if look is None:
                raise HTTPException(404, "She looks different by now.")
            shot = view_of(dict(request.query_params), look.sitter.visual)
            drawn = companion.sketches.sketch(look.sitter, shot, size_px)
        except CompanionError as error:
            raise HTTPException(404, str(error)) from error
        return Response(drawn.image, media_type=drawn.media_type, headers=FOR_A_DAY)

    def reference(request: Request) -> Response:
        persona_id, digest = request.path_params["persona_id"], request.path_params["digest"]
        try:
            work = companion.studio.open(persona_id)
            if digest not in named_by(work):
                raise HTTPException(404)
            visual = work.version.blueprint.visual.model_copy(update={"references": (digest,)})
            asked = replace(work.persona, blueprint=work.version.blueprint.model_copy(update={"visual": visual}))
            kept = companion.showing.sitter(asked).references
            if not kept:
                raise HTTPException(404, "Its file is gone.")
            return Response(preview(kept[0]).data, media_type=MEDIA_TYPE, headers=FOR_GOOD)
        except CompanionError as error:
            raise HTTPException(404, str(error)) from error

    return [
        Route(f"/{SKETCHES}/{{persona_id}}/{{digest}}/{{size_px:int}}", sketch),
        Route(f"/{REFERENCES}/{{persona_id}}/{{digest}}", reference),
    ]
