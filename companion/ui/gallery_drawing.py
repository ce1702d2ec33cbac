"""Drawings of the Gallery tab: which of its parts change, and how they look now. Everything drawn is read anew."""

from dataclasses import dataclass, replace
from typing import Any

from companion.errors import NotFoundError
from companion.ui.gallery_box import box
from companion.ui.gallery_compare import compare
from companion.ui.gallery_new import picture_panel
from companion.ui.gallery_templates import templates_panel
from companion.ui.gallery_view import Gallery, GalleryView, here, look, turn_of, waited_for
from companion.ui.gallery_visit import Visit
from companion.ui.gallery_wall import head, narrowing, wall


@dataclass(frozen=True, slots=True)
class GalleryDrawing:
    """What changes on the tab; None stays as it is."""

    visit: Visit | None = None
    head: str | None = None
    narrowing: str | None = None
    wall: str | None = None
    box: str | None = None
    comparing: str | None = None
    new: str | None = None
    templates: str | None = None
    toast: dict[str, Any] | None = None


class Drawer:
    """Draws the parts of the tab.

    Args:
        gallery: what is drawn.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    def whole(self, visit: Visit, *, note: dict[str, Any] | None = None) -> GalleryDrawing:
        """All of it; `note` is a line that comes and goes."""
        return replace(self.hung(visit, note=note), new=picture_panel(look(self._gallery, visit)))

    def hung(self, visit: Visit, *, note: dict[str, Any] | None = None) -> GalleryDrawing:
        """All but the sheet in which someone may be choosing."""
        visit = replace(visit, seen=self.seen(visit))
        view = look(self._gallery, visit)
        return GalleryDrawing(
            visit=visit,
            head=head(view),
            narrowing=narrowing(view),
            wall=wall(view),
            box=self._box(view),
            comparing=compare(view, here(self._gallery, visit.pair)),
            templates=templates_panel(view) if visit.surveying else "",
            toast=note,
        )

    def opened(self, visit: Visit) -> GalleryDrawing:
        """The lightbox alone."""
        return GalleryDrawing(visit, box=self._box(look(self._gallery, visit)))

    def surveyed(self, visit: Visit) -> GalleryDrawing:
        """The sheet of templates alone."""
        return GalleryDrawing(visit, templates=templates_panel(look(self._gallery, visit)) if visit.surveying else "")

    def seen(self, visit: Visit) -> tuple[object, ...]:
        """What changes when there is something new to draw."""
        kept, jobs = self._gallery.pictures, self._gallery.showing.jobs()
        coming = tuple((one.id, one.state, round(one.share, 2), len(one.preview or b"")) for one in jobs if waited_for(one, visit))
        newest = kept.list(visit.persona_id, limit=1)
        ahead = self._gallery.warming.progress(visit.persona_id)
        return (*kept.counts(visit.persona_id).values(), newest[0].id if newest else "", coming, ahead)

    def _box(self, view: GalleryView) -> str:
        if not view.visit.opened:
            return ""
        try:
            picture = self._gallery.pictures.get(view.visit.opened)
        except NotFoundError:
            return ""
        return box(view, picture, turn_of(self._gallery, picture))
