"""Addresses behind the gallery: the file of a picture, a small one of it, several as an archive, and drawings of a shot.

A picture is named by its id, never by a path. It may show what was said in confidence, so nothing on the way may keep a copy; the
browser may, because what an address leads to never changes.
"""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from companion.errors import CompanionError, NotFoundError
from companion.shot import Picture
from companion.show.preview import MEDIA_TYPE as PREVIEW_TYPE
from companion.show.protocol import Sitter
from companion.ui.gallery_addresses import COPIES, PICTURES, SKETCHES, ZIP, filename
from companion.ui.gallery_fields import shot_of
from companion.ui.gallery_view import Gallery
from companion.ui.gallery_visit import MOST_CHOSEN

FOR_GOOD = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
LEAST_PX, MOST_PX = 64, 1024  # of a drawing to choose by
IN_MEMORY_BYTES = 16 * 2**20  # of an archive; the rest is put on disk
PIECE_BYTES = 2**18


def gallery_routes(gallery: Gallery) -> list[BaseRoute]:
    """The routes, to be served beside the page."""

    def picture(request: Request) -> Response:
        copy = request.path_params["copy"]
        if copy not in COPIES:
            raise HTTPException(404)
        try:
            found = gallery.pictures.get(request.path_params["picture_id"])
            if copy == "bare":
                return Response(gallery.showing.stripped(found), media_type=found.media_type, headers=FOR_GOOD)
            path = gallery.showing.file(found, preview=copy == "preview")
        except CompanionError as error:
            raise HTTPException(404, str(error)) from error
        return FileResponse(path, media_type=PREVIEW_TYPE if copy == "preview" else found.media_type, headers=FOR_GOOD)

    def archive(request: Request) -> Response:
        ids = dict.fromkeys(request.query_params.get("ids", "").split(",")[:MOST_CHOSEN])
        chosen = []
        for picture_id in ids:
            with suppress(NotFoundError):  # what went meanwhile is left out
                chosen.append(gallery.pictures.get(picture_id))
        if not chosen:
            raise HTTPException(404, "None of these pictures is there any more.")
        packed = _packed(gallery, chosen)
        name = f"{chosen[0].persona_id}-pictures.zip"
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(_pieces(packed), media_type="application/zip", headers=headers)

    def sketch(request: Request) -> Response:
        size_px = request.path_params["size_px"]
        if not LEAST_PX <= size_px <= MOST_PX:
            raise HTTPException(404)
        try:
            persona = gallery.library.get(request.path_params["persona_id"])
            visual = persona.blueprint.visual
            shot = shot_of(dict(request.query_params), visual)
            drawn = gallery.sketches.sketch(Sitter(persona.id, persona.blueprint.appearance, visual), shot, size_px)
        except CompanionError as error:
            raise HTTPException(404, str(error)) from error
        return Response(drawn.image, media_type=drawn.media_type, headers=FOR_GOOD)

    return [
        Route(f"/{ZIP}", archive),
        Route(f"/{PICTURES}/{{picture_id}}/{{copy}}", picture),
        Route(f"/{SKETCHES}/{{persona_id}}/{{size_px:int}}", sketch),
    ]


def _packed(gallery: Gallery, chosen: list[Picture]) -> IO[bytes]:
    """The archive, at its beginning. Pictures are pressed already, so they are only put together."""
    packed = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # closed when all of it was sent
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for picture in chosen:
            with suppress(NotFoundError):
                visual = gallery.library.get(picture.persona_id).blueprint.visual
                archive.write(gallery.showing.file(picture), filename(picture, visual))
    packed.seek(0)
    return packed


def _pieces(packed: IO[bytes]) -> Iterator[bytes]:
    with packed:
        while piece := packed.read(PIECE_BYTES):
            yield piece
