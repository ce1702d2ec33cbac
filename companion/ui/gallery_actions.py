"""What each action on the Gallery tab means, as drawings of it: no Gradio here, so that it can be tested as it is.

An action is a generator: it changes what is kept or asks for a picture, then yields what is to be drawn. Everything drawn is read
anew. A sheet in which someone may be choosing is drawn only when the tab turns to another persona.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from secrets import randbelow, token_hex
from typing import Any

from companion.errors import CompanionError, InputError, NotFoundError
from companion.persona.editing import Path
from companion.shot import Picture, Shot
from companion.show.templates import complete
from companion.show.uploads import accept
from companion.ui.gallery_drawing import Drawer, GalleryDrawing
from companion.ui.gallery_fields import KNOBS, shot_of
from companion.ui.gallery_knobs import with_other_dice
from companion.ui.gallery_portrait import head_of
from companion.ui.gallery_view import Gallery
from companion.ui.gallery_visit import FURTHER_PICTURES, MOST_CHOSEN, PAGE_PICTURES, Filters, Visit, filters
from companion.ui.gallery_words import caption
from companion.ui.memory_words import sentence
from companion.ui.words import counted

PORTRAIT: Path = ("appearance", "picture")
REFERENCES: Path = ("visual", "references")
MOST_REFERENCES = 8
DICE = 2**32
Drawings = Iterator[GalleryDrawing]


class GalleryActions:
    """The actions of the Gallery tab. Safe to use from several threads and browser tabs."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery, self._draw = gallery, Drawer(gallery)
        self._dismissed: tuple[str, ...] = ()  # failures that somebody has read, whichever browser tab it was in

    # --- looking

    def enter(self, visit: Visit, persona_id: str) -> Drawings:
        """Shows the tab for a persona, once there is one; another one than before begins afresh."""
        here = replace(visit if visit.persona_id == persona_id else Visit(persona_id), open=True, dismissed=self._dismissed)
        yield self._draw.whole(here) if persona_id else GalleryDrawing(here)

    def arrive(self, visit: Visit, persona_id: str, picture_id: str) -> Drawings:
        """Comes from the chat to one of her pictures."""
        for drawing in self.enter(visit, persona_id):
            yield drawing
            yield from self.show(drawing.visit or visit, picture_id)

    def turn(self, visit: Visit, persona_id: str) -> Drawings:
        """Turns to another persona, if someone is looking."""
        if visit.open:
            yield from self.enter(visit, persona_id)

    def leave(self, visit: Visit) -> Drawings:
        """Shows another tab: nothing is drawn until one comes back, and what was open is closed."""
        yield GalleryDrawing(replace(visit, open=False, opened="", pair=(), selecting=False), box="", comparing="")

    def glance(self, visit: Visit, persona_id: str) -> Drawings:
        """Looks whether something changed meanwhile; one who looks has entered, whatever was heard of it."""
        if not visit.open or visit.persona_id != persona_id:
            yield from self.enter(visit, persona_id)
        elif persona_id and self._draw.seen(visit) != visit.seen:
            # The lightbox may hold a form or an open record, and is about one picture that does not change by itself.
            yield replace(self._draw.hung(visit), box=None, comparing=None)

    def filter(self, visit: Visit, values: Mapping[str, object]) -> Drawings:
        """Narrows the wall."""
        yield self._draw.hung(replace(visit, filters=filters(dict(values)), shown=PAGE_PICTURES))

    def clear(self, visit: Visit) -> Drawings:
        """Lets go of all filters."""
        yield self._draw.hung(replace(visit, filters=Filters(), shown=PAGE_PICTURES))

    def further(self, visit: Visit) -> Drawings:
        """Shows more."""
        yield self._draw.hung(replace(visit, shown=visit.shown + FURTHER_PICTURES))

    def show(self, visit: Visit, picture_id: str) -> Drawings:
        """Opens a picture."""
        self._gallery.pictures.get(picture_id)
        opened = replace(visit, opened=picture_id, pair=())
        yield replace(self._draw.opened(opened), comparing="" if visit.pair else None)

    def close(self, visit: Visit) -> Drawings:
        """Closes whatever lies over the wall."""
        yield GalleryDrawing(replace(visit, opened="", pair=()), box="", comparing="")

    # --- painting

    def shoot(self, visit: Visit, values: Mapping[str, object]) -> Drawings:
        """Asks for a picture of what was chosen."""
        persona = self._gallery.library.get(visit.persona_id)
        yield from self._asked(visit, shot_of(values, persona.blueprint.visual))

    def repaint(self, visit: Visit, picture_id: str, values: Mapping[str, object]) -> Drawings:
        """Asks for the same shot with one knob changed."""
        picture, persona = self._gallery.pictures.get(picture_id), self._gallery.library.get(visit.persona_id)
        knob = str(values.get("knob") or "")
        if knob not in KNOBS:
            raise InputError("Nothing is chosen that should be different.", hint="Choose what to change, and to what.")
        shot = shot_of({knob: values.get(knob)}, persona.blueprint.visual, complete(picture.shot, persona.blueprint.visual))
        if shot == complete(picture.shot, persona.blueprint.visual):
            raise InputError("It is like that already.", hint="Choose another, or let the dice vary it.")
        yield from self._asked(visit, shot)

    def vary(self, visit: Visit, picture_id: str) -> Drawings:
        """Asks for the same shot with other dice."""
        picture = self._gallery.pictures.get(picture_id)
        self._gallery.showing.ask(
            self._gallery.library.get(visit.persona_id), picture.shot, kind="studio", knobs=with_other_dice(picture, randbelow(DICE))
        )
        yield self._draw.hung(replace(visit, opened=""), note=toast("Another like it is being painted."))

    def stop(self, visit: Visit, job_id: str) -> Drawings:
        """Ends what is being painted."""
        self._gallery.showing.cancel(job_id)
        yield self._draw.hung(visit, note=toast("Stopped."))

    def again(self, visit: Visit, job_id: str) -> Drawings:
        """Asks once more for what failed."""
        job = self._gallery.showing.job(job_id)
        yield from self._asked(self._read(visit, job_id), job.shot)

    def dismiss(self, visit: Visit, job_id: str) -> Drawings:
        """Takes note of a failure."""
        yield self._draw.hung(self._read(visit, job_id))

    def _read(self, visit: Visit, job_id: str) -> Visit:
        self._dismissed = (*self._dismissed, job_id)[-MOST_CHOSEN:]
        return replace(visit, dismissed=self._dismissed)

    def _asked(self, visit: Visit, shot: Shot) -> Drawings:
        persona = self._gallery.library.get(visit.persona_id)
        self._gallery.showing.ask(persona, shot, kind="studio")
        # What is asked for hangs before all others, so nothing may hide where it comes.
        yield self._draw.hung(replace(visit, opened="", pair=(), filters=Filters()))

    # --- one picture

    def favourite(self, visit: Visit, picture_id: str) -> Drawings:
        """Marks a picture as a favourite, or no longer."""
        self._gallery.pictures.favourite(picture_id, not self._gallery.pictures.get(picture_id).favourite)
        yield self._draw.hung(visit)

    def pin(self, visit: Visit, picture_id: str) -> Drawings:
        """Keeps a picture when room is made, or no longer."""
        self._gallery.pictures.pin(picture_id, not self._gallery.pictures.get(picture_id).pinned)
        yield self._draw.hung(visit)

    def portrait(self, visit: Visit, picture_id: str) -> Drawings:
        """Makes a picture her portrait."""
        picture = self._gallery.pictures.get(picture_id)
        head = head_of(self._gallery.showing.file(picture).read_bytes(), picture.record)
        yield from self._told(visit, PORTRAIT, self._gallery.showing.keep_reference(head, "image/png"), "the portrait")

    def reference(self, visit: Visit, picture_id: str) -> Drawings:
        """Adds a picture to those that show who she is."""
        digest = self._kept_reference(picture_id)
        drafted = self._gallery.studio.open(visit.persona_id).blueprint or self._gallery.library.get(visit.persona_id).blueprint
        known = [*drafted.visual.references]
        if digest in known:
            raise InputError("This picture is a reference already.", hint="Choose another one.")
        if len(known) >= MOST_REFERENCES:
            raise InputError(f"There are {MOST_REFERENCES} references already.", hint="Take one away in the studio first.")
        yield from self._told(visit, REFERENCES, [*known, digest], "a reference")

    def _kept_reference(self, picture_id: str) -> str:
        """A copy of a picture that stays when the picture goes."""
        path = self._gallery.showing.file(self._gallery.pictures.get(picture_id))
        return self._gallery.showing.keep_reference(accept(path.read_bytes(), path.name), "image/png")

    def _told(self, visit: Visit, path: Path, value: object, what: str) -> Drawings:
        studio, persona_id = self._gallery.studio, visit.persona_id
        work = studio.open(persona_id)
        studio.set(persona_id, path, value)
        # What else is in a draft is not ours to save, nor do we make a copy of one who comes with Companion.
        if work.drafted or work.persona.shipped:
            yield self._draw.hung(visit, note=toast(f"It is {what} in a draft now. Save that in the studio to keep it."))
            return
        studio.save(persona_id, f"A picture of the gallery as {what}")
        yield self._draw.whole(visit, note=toast(f"It is {what} now."))

    # --- several

    def select(self, visit: Visit, picture_id: str = "") -> Drawings:
        """Lets pictures be chosen."""
        chosen = (picture_id,) if picture_id else ()
        yield self._draw.hung(replace(visit, selecting=True, chosen=chosen, opened="", pair=()))

    def unselect(self, visit: Visit) -> Drawings:
        """Ends that."""
        yield self._draw.hung(_chosen(visit))

    def compare(self, visit: Visit, picture_ids: Sequence[str]) -> Drawings:
        """Lays two pictures over each other."""
        if len(picture_ids) != 2:
            raise InputError("Two pictures can be compared.", hint="Choose two.")
        yield self._draw.hung(replace(_chosen(visit), pair=tuple(picture_ids)))

    def like(self, visit: Visit, picture_ids: Sequence[str]) -> Drawings:
        """Marks all of them as favourites."""
        for picture_id in picture_ids[:MOST_CHOSEN]:
            self._gallery.pictures.favourite(picture_id, True)
        yield self._draw.hung(_chosen(visit), note=toast(f"{sentence(counted(len(picture_ids), 'picture'))} marked as favourites."))

    def delete(self, visit: Visit, picture_ids: Sequence[str]) -> Drawings:
        """Deletes pictures, with a way back."""
        ids = tuple(picture_ids[:MOST_CHOSEN])
        if not ids:
            raise InputError("Nothing is chosen.", hint="Choose pictures first.")
        for picture_id in ids:
            self._gallery.pictures.delete(picture_id)
        left = replace(_chosen(visit), opened="" if visit.opened in ids else visit.opened)
        words = "This picture is" if len(ids) == 1 else f"{sentence(counted(len(ids), 'picture'))} are"
        yield self._draw.hung(left, note=toast(f"{words} deleted.", " ".join(ids)))

    def undo(self, visit: Visit, token: str) -> Drawings:
        """Takes a deletion back."""
        for picture_id in token.split():
            self._gallery.pictures.undo(picture_id)
        yield self._draw.hung(visit, note=toast("Hung up again."))

    # --- templates

    def survey(self, visit: Visit, on: bool) -> Drawings:
        """Opens the sheet of templates, or closes it."""
        yield self._draw.surveyed(replace(visit, surveying=on, cell=""))

    def cell(self, visit: Visit, setting: str, expression: str) -> Drawings:
        """Looks at one cell of it."""
        yield self._draw.surveyed(replace(visit, cell=f"{expression}\t{setting}"))

    def warm(self, visit: Visit, which: str, setting: str) -> Drawings:
        """Has templates painted ahead: the likeliest, those of a place, or all that are missing."""
        persona = self._gallery.library.get(visit.persona_id)
        if which == "likely":
            self._gallery.warming.warm(persona)
        else:
            rows = self._gallery.warming.coverage(persona)
            wanted = rows if which != "setting" else {setting: rows.get(setting, {})}
            cells = [Shot(one, setting=place) for place, row in wanted.items() for one, number in row.items() if not number]
            self._gallery.warming.warm(persona, cells)
        yield self._draw.hung(visit)

    def fill(self, visit: Visit, setting: str, expression: str) -> Drawings:
        """Has one template painted now, also where there is one."""
        persona = self._gallery.library.get(visit.persona_id)
        shot = shot_of({"setting": setting, "expression": expression}, persona.blueprint.visual)
        former = self._template(visit, setting, expression)
        knobs = with_other_dice(former, randbelow(DICE)) if former else None
        self._gallery.showing.ask(persona, former.shot if former else shot, kind="template", knobs=knobs)
        yield self._draw.hung(visit, note=toast(f"{sentence(caption(shot, persona.blueprint.visual))}: being painted."))

    def stop_warming(self, visit: Visit) -> Drawings:
        """Ends painting ahead."""
        self._gallery.warming.cancel(visit.persona_id)
        yield self._draw.hung(visit)

    def _template(self, visit: Visit, setting: str, expression: str) -> Picture | None:
        persona = self._gallery.library.get(visit.persona_id)
        ready = self._gallery.showing.templates(persona)
        return next((one for one in ready if (one.shot.setting, one.shot.expression) == (setting, expression)), None)

    def guarded(self, visit: Visit, do: Callable[[], Drawings]) -> Drawings:
        """Carries out an action; what cannot be done is said, and what was chosen stays."""
        try:
            yield from do()
        except NotFoundError as error:  # it went meanwhile: what is shown of it goes too
            yield GalleryDrawing(replace(visit, opened="", pair=()), box="", comparing="", toast=toast(f"{error.message} {error.hint}"))
        except CompanionError as error:
            yield GalleryDrawing(toast=toast(f"{error.message} {error.hint}"))


def toast(text: str, token: str = "") -> dict[str, Any]:
    """A line that comes and goes, with a way back if a token is given."""
    return {"id": token_hex(4), "text": text, "undo": token}


def _chosen(visit: Visit) -> Visit:
    return replace(visit, selecting=False, chosen=())
