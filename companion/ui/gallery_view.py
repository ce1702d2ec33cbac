"""What the Gallery tab shows, read in one go, and what it asks of Companion for that. Drawing it is left to others; reading changes
nothing."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from companion.errors import NotFoundError
from companion.persona.library import Library, Persona
from companion.persona.visual import Visual
from companion.shot import Expression, Likeness, Picture
from companion.show.protocol import Previews
from companion.showing import Job, Showing
from companion.store.conversations import Conversations
from companion.store.pictures import Narrowed, Pictures
from companion.studio import Studio
from companion.ui.gallery_visit import Filters, Visit
from companion.ui.outlook import beginning_of, end_of
from companion.warming import Progress, Warming

WAITED_FOR = ("waiting", "painting")


class Gallery(Protocol):
    """Companion, as the Gallery tab sees it: so a test can hand in less."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Aware now."""

    @property
    def library(self) -> Library:
        """Who there is."""

    @property
    def conversations(self) -> Conversations:
        """What was said."""

    @property
    def studio(self) -> Studio:
        """Where a blueprint is changed."""

    @property
    def pictures(self) -> Pictures:
        """What is kept."""

    @property
    def showing(self) -> Showing:
        """Who paints, and where the files are."""

    @property
    def warming(self) -> Warming:
        """Who makes templates ahead of time."""

    @property
    def sketches(self) -> Previews:
        """Who draws a shot at once, to choose by."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The message that a picture was shown with."""

    message_id: str
    title: str
    words: str
    hers: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which looks on her face are ready in which place.

    Attributes:
        counts: setting → expression → how many templates, in the order of the page.
        newest: one of each cell that is covered, by setting and expression.
        size_bytes: of all templates that fit her look.
    """

    counts: Mapping[str, Mapping[Expression, int]]
    newest: Mapping[tuple[str, str], Picture]
    size_bytes: int

    @property
    def total(self) -> int:
        """How many cells there are."""
        return sum(len(row) for row in self.counts.values())

    @property
    def covered(self) -> int:
        """How many of them have a template."""
        return sum(number > 0 for row in self.counts.values() for number in row.values())


@dataclass(frozen=True, slots=True)
class GalleryView:
    """What all parts of the tab are drawn from.

    Attributes:
        pictures: those on the wall, the newest first.
        more: whether there are more of them.
        total: how many there are of her, whatever the filters say.
        jobs: what is asked for and not done, the oldest first.
        settings: that occur on her pictures.
        coverage: her templates by expression and setting.
        warming: how far painting ahead is; None if nothing was asked for.
        likeness: that of her newest picture that has one.
        bytes_used: of her pictures on disk.
    """

    visit: Visit
    now: datetime
    persona: Persona
    pictures: tuple[Picture, ...]
    more: bool
    total: int
    jobs: tuple[Job, ...]
    expressions: tuple[str, ...]
    settings: tuple[str, ...]
    coverage: Coverage
    warming: Progress | None
    likeness: Likeness | None
    bytes_used: int
    look: str

    @property
    def name(self) -> str:
        """What the persona is called."""
        return self.persona.blueprint.identity.called

    @property
    def visual(self) -> Visual:
        """How she looks on pictures."""
        return self.persona.blueprint.visual


def look(gallery: Gallery, visit: Visit) -> GalleryView:
    """Reads what the tab shows.

    Raises:
        NotFoundError: the persona is not there.
    """
    persona = gallery.library.get(visit.persona_id)
    kept, digest = gallery.pictures, gallery.showing.look_digest(persona)
    found = kept.list(persona.id, limit=visit.shown + 1, **narrowed(visit.filters))
    newest = kept.list(persona.id, limit=1, least_score=-1.0)
    return GalleryView(
        visit=visit,
        now=gallery.clock(),
        persona=persona,
        pictures=found[: visit.shown],
        more=len(found) > visit.shown,
        total=kept.count(persona.id),
        jobs=tuple(one for one in gallery.showing.jobs() if one.persona_id == persona.id and waited_for(one, visit)),
        expressions=kept.named("expression", persona.id),
        settings=tuple(filter(None, kept.named("setting", persona.id))),
        coverage=_coverage(gallery, persona),
        warming=gallery.warming.progress(persona.id),
        likeness=newest[0].likeness if newest else None,
        bytes_used=kept.size(persona.id),
        look=digest,
    )


def narrowed(filters: Filters) -> Narrowed:
    """The filters as the store takes them."""
    chosen: Narrowed = {"since": beginning_of(filters.since), "until": end_of(filters.until)}
    if filters.sort == "favourites":
        chosen["favourites"] = True
    elif filters.sort != "all":
        chosen["kind"] = filters.sort
    if filters.expression:
        chosen["expression"] = filters.expression
    if filters.setting:
        chosen["setting"] = filters.setting
    if filters.score:
        chosen["least_score"] = float(filters.score)
    return chosen


def waited_for(job: Job, visit: Visit) -> bool:
    """Whether a job is still told of: while it goes on, and after it failed until that was read."""
    return job.state in WAITED_FOR or (job.state == "failed" and job.id not in visit.dismissed)


def turn_of(gallery: Gallery, picture: Picture) -> Turn | None:
    """The message that a picture was shown with; None for those that were not, and where it is gone."""
    if picture.message_id is None:
        return None
    try:
        message = gallery.conversations.message(picture.message_id)
        title = gallery.conversations.get(message.conversation_id).title
    except NotFoundError:
        return None
    return Turn(message.id, title, message.text, message.role != "user")


def here(gallery: Gallery, picture_ids: tuple[str, ...]) -> tuple[Picture, ...]:
    """Those of these pictures that are still there, in that order."""
    found = []
    for picture_id in picture_ids:
        with suppress(NotFoundError):
            found.append(gallery.pictures.get(picture_id))
    return tuple(found)


def _coverage(gallery: Gallery, persona: Persona) -> Coverage:
    ready = gallery.showing.templates(persona)
    newest: dict[tuple[str, str], Picture] = {}
    for picture in ready:
        newest.setdefault((picture.shot.setting, picture.shot.expression), picture)
    files = {picture.digest: picture.size_bytes for picture in ready}
    return Coverage(gallery.warming.coverage(persona), newest, sum(files.values()))
