"""Pictures of her as the rest of the program asks for them: a ready one at once, another painted behind the conversation.

On the way to a reply only `at_hand` may be called: it looks into memory and whether one file is there. Everything else paints,
compares, marks and writes, in the thread that calls it, or after `ask` in one thread behind all conversations.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict, Unpack

from companion.affect import Mood
from companion.errors import CompanionError, InputError, ModelError
from companion.persona.blueprint import Blueprint
from companion.persona.library import Persona
from companion.shot import Kind, Knobs, Likeness, Picture, Shot
from companion.show.again import Again, Repaints, difference
from companion.show.album import DRAWN, Album, Caption
from companion.show.attempts import Attempt, paint_until_her
from companion.show.easel import Easel, Limits, called
from companion.show.jobs import Job, Jobs
from companion.show.protocol import Commission, Painted, Previews, Progress, Sitter, Told
from companion.show.ready import SCENERY, Ready
from companion.show.templates import Near, complete, look_digest, scenery
from companion.store.media import Media
from companion.store.pictures import Pictures

PREPARED_PX = 256
REFERENCES = "references"  # in a picture's record: the digests of those its painter was handed
__all__ = ["Again", "Easel", "Job", "Limits", "Showing"]


class Wish(TypedDict, total=False):
    """What a picture may be asked for with.

    Attributes:
        mood: hers; without one the shot's own expression decides what follows from it.
        knobs: instead of those that follow from the shot and the mood; no ready picture is taken then.
        conversation_id, message_id: where it is shown.
    """

    mood: Mood | None
    knobs: Knobs | None
    conversation_id: str | None
    message_id: str | None


def nothing(progress: Progress) -> None:
    """Hears of progress and does nothing."""


class Showing:
    """The pictures of one home. Every method may be called from any thread.

    Args:
        references: the files of the pictures that show who she is, which blueprints name by their digests.
    """

    def __init__(self, pictures: Pictures, album: Album, references: Media, easel: Easel, limits: Limits | None = None) -> None:
        self._pictures, self._album, self._references = pictures, album, references
        self._easel, self._limits = easel, limits or Limits()
        self._ready = Ready(pictures, album.there)
        self._jobs = Jobs()
        self._lock = threading.Lock()  # guards everything below
        self._looks: dict[str, tuple[Blueprint, str, str]] = {}  # by persona: as she was last seen, who painted her, and the digest
        self._prepared_looks: set[str] = set()
        self._used: set[str] = set()  # ready pictures that were handed out since the last note of it

    def at_hand(self, persona: Persona, shot: Shot) -> Picture | None:
        """The nearest ready picture that is near enough, and whose file is there; None if there is none. It takes milliseconds.

        It raises nothing: where she cannot be painted, `shoot` says why.
        """
        try:
            found = self._nearest(persona, shot, self._limits.distance)
        except CompanionError:
            return None
        if found is None:
            return None
        with self._lock:
            self._used.add(found.picture.id)
        return found.picture

    def templates(self, persona: Persona) -> tuple[Picture, ...]:
        """Her ready pictures, as she looks now, the newest first."""
        return self._ready.of(persona.id, self.look_digest(persona), persona.blueprint.visual)

    def shoot(
        self,
        persona: Persona,
        shot: Shot,
        *,
        kind: Kind,
        told: Told = nothing,
        cancel: threading.Event | None = None,
        **wish: Unpack[Wish],
    ) -> Picture:
        """A picture that is kept: for a chat a ready one, if one is near enough; else one that is painted now.

        One that is painted is compared with her references and painted again, more strongly held, until it is her. If none is,
        a chat gets the nearest ready picture instead; the studio gets the best, whose likeness says that it does not hold. A drawing
        is her by construction: it is compared, and kept whatever comes of that.

        Raises:
            Cancelled: it was.
            ModelError: it cannot be painted, or none of the pictures is her and there is none to show instead.
            NotFoundError: its conversation was deleted meanwhile.
            StorageError: it cannot be kept.
        """
        shot, knobs = complete(shot, persona.blueprint.visual), wish.get("knobs")
        place = (wish.get("conversation_id"), wish.get("message_id"))
        if kind == "chat" and knobs is None and (found := self._nearest(persona, shot, self._limits.distance)):
            return self._shown_again(found, shot, *place)
        attempt = self._painted(persona, shot, knobs or self._easel.knobs(persona.blueprint.visual, shot, wish.get("mood")), told, cancel)
        if not attempt.holds and kind != "studio" and not self._drawn(persona):
            found = self._nearest(persona, shot, 1.0) if kind == "chat" else None
            if found is None:
                message = f"None of {attempt.painted} pictures came out as {persona.blueprint.identity.called}."
                raise ModelError(message, hint="Try again, or hold her more strongly: by references, adapter scale or LoRA weight.")
            return self._shown_again(found, shot, *place, tried=attempt)
        return self._keep(persona, shot, attempt, kind, *place)

    def again(self, persona: Persona, picture: Picture, *, told: Told = nothing, cancel: threading.Event | None = None) -> Again:
        """Makes a kept picture once more, and compares the two; it is not kept a second time.

        Args:
            persona: whose picture it is.

        Raises:
            Cancelled: it was.
            InputError: its painter makes no picture twice, or is not the one who paints her now.
            ModelError: it cannot be painted, or a file that it was made with was changed; the message names it.
            NotFoundError: its file is gone, or what it takes to make it again.
        """
        painter, cancel = self._easel.painter(persona), cancel or threading.Event()
        if painter.name != picture.painter:
            message = f"This picture was made by {picture.painter}; who paints her now is {painter.name}."
            raise InputError(message, hint=f"Let her be painted by {picture.painter} and try again.")
        kept = self.file(picture).read_bytes()
        sitter = self._sitter(persona, picture.record.get(REFERENCES, persona.blueprint.visual.references))
        commission = Commission(sitter, picture.shot, long_side_px=max(picture.width_px, picture.height_px))
        drawn = self._drawn(persona)
        if drawn:
            painted, otherwise = painter.paint(commission, told, cancel), tuple(self._changed(persona, picture))
        elif isinstance(painter, Repaints):
            painted = painter.repaint(self._album.pack(picture), commission, told, cancel)
            otherwise = tuple(painted.record.get("otherwise", ()))
        else:
            raise InputError(f"What {painter.name} painted cannot be made again.", hint="Have a picture of the same shot painted.")
        record = {**picture.record, **painted.record, "again": picture.digest}
        image = self._album.marked(painted, picture.painter, record)
        return Again(image, painted.media_type, difference(painted.image, kept), otherwise, pack=not drawn)

    def can_again(self, picture: Picture) -> bool:
        """Whether there is what it takes to make a picture again: a drawing needs nothing."""
        return picture.painter.startswith(DRAWN) or self._album.has_pack(picture)

    def ask(self, persona: Persona, shot: Shot, *, kind: Kind, **wish: Unpack[Wish]) -> Job:
        """Asks for a picture and returns at once: one that is ready is done by then, any other waits for the thread that paints.

        Raises:
            ConflictError: too many are waiting.
            NotFoundError: a ready one cannot be shown, because its conversation was deleted meanwhile.
        """
        shot = complete(shot, persona.blueprint.visual)
        place = (wish.get("conversation_id"), wish.get("message_id"))
        job = Job("", persona.id, shot, kind, conversation_id=place[0], message_id=place[1])
        if kind == "chat" and wish.get("knobs") is None and (found := self._nearest(persona, shot, self._limits.distance)):
            return self._jobs.ready(job, self._shown_again(found, shot, *place))
        return self._jobs.ask(job, lambda told, cancel: self.shoot(persona, shot, kind=kind, told=told, cancel=cancel, **wish))

    def refuse(self, persona: Persona, shot: Shot, error: CompanionError, conversation_id: str, message_id: str) -> Job:
        """Notes that a picture which a message calls for cannot be asked for, so that whoever looks at the talk is told why."""
        return self._jobs.refused(Job("", persona.id, shot, "chat", conversation_id=conversation_id, message_id=message_id), error)

    def job(self, job_id: str) -> Job:
        """A job as it stands.

        Raises:
            NotFoundError: it ended long ago, or never was.
        """
        return self._jobs.job(job_id)

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, the oldest first; of those that ended, the last few."""
        return self._jobs.jobs()

    def cancel(self, job_id: str) -> None:
        """Ends a job: one that waits at once, one that is painted within one step. Harmless when it has ended."""
        self._jobs.cancel(job_id)

    def wait(self, job_id: str, timeout_s: float) -> Job:
        """Waits until a job has ended, or the time is over; the job as it stands then."""
        return self._jobs.wait(job_id, timeout_s)

    def paint_ahead(self, ahead: Callable[[threading.Event], bool]) -> None:
        """Says what is painted when nobody waits for a picture; see `Jobs.paint_ahead`."""
        self._jobs.paint_ahead(ahead)

    def prepare(self, persona: Persona) -> None:
        """Has made ready, when nobody waits, what a first picture of hers would otherwise be late for. It is done once for a look."""
        look = self.look_digest(persona)
        with self._lock:
            if look in self._prepared_looks:
                return
            self._prepared_looks.add(look)

        def prepared(break_off: threading.Event) -> bool:
            self._prepared(persona)
            return False

        self._jobs.paint_ahead(prepared)

    def break_off(self) -> None:
        """Ends the picture that is being painted ahead, if one is, within one step."""
        self._jobs.break_off()

    def file(self, picture: Picture, *, preview: bool = False) -> Path:
        """The file of a picture, or of the small one of it.

        Raises:
            NotFoundError: it is gone.
        """
        return self._album.file(picture, preview=preview)

    def stripped(self, picture: Picture) -> bytes:
        """The picture without its record, to be given away; the mark that no camera took it stays.

        Raises:
            NotFoundError: its file is gone.
        """
        return self._album.stripped(picture)

    def look_digest(self, persona: Persona) -> str:
        """Digest of all that decides who is on her pictures: another look makes another.

        Raises:
            ModelError, NotFoundError: there is nobody to paint her.
        """
        blueprint, painter = persona.blueprint, called(self._easel.painter(persona))
        with self._lock:
            seen = self._looks.get(persona.id)
            if seen is not None and seen[0] is blueprint and seen[1] == painter:
                return seen[2]
            look = look_digest(persona.id, blueprint.appearance, blueprint.visual, painter)
            self._looks[persona.id] = (blueprint, painter, look)
        return look

    def sitter(self, persona: Persona) -> Sitter:
        """Her as a painter is told of her. References whose files are gone are left out."""
        return self._sitter(persona, persona.blueprint.visual.references)

    def score(self, persona: Persona, painted: Painted) -> Likeness | None:
        """How much the one on any picture is her; None where there is nothing to compare with.

        Raises:
            InputError: the picture cannot be read.
            ModelError: the encoder cannot be loaded.
        """
        scorer = self._easel.scorer(persona)
        return scorer.score(painted, self.sitter(persona), self._others(persona)) if scorer else None

    def keep_reference(self, image: bytes, media_type: str) -> str:
        """Keeps a picture that shows who she is; the digest under which her blueprint may name it.

        Raises:
            StorageError: it cannot be written, or is no PNG, WebP or JPEG.
        """
        return self._references.keep(image, media_type)

    def size(self) -> int:
        """Bytes that all pictures take on disk."""
        return self._album.size()

    def has_room(self) -> bool:
        """Whether another ready picture fits without one that is worn now going for it."""
        return self._album.has_room(self._worn())

    def tidy(self) -> int:
        """Removes files that no picture has any more, and notes which ready ones were shown; bytes that came free.

        Raises:
            StorageError: the database cannot be read or written.
        """
        self._note_used()
        return self._album.tidy()

    def close(self) -> None:
        """Ends what is being painted, and frees what the thread that paints holds."""
        self._jobs.close()
        with suppress(CompanionError):  # how lately a picture was shown is not worth an error
            self._note_used()

    def _sitter(self, persona: Persona, references: Sequence[str]) -> Sitter:
        found = (self._references.find(digest) for digest in references)
        shown = tuple(path.read_bytes() for path in found if path)
        return Sitter(persona.id, persona.blueprint.appearance, persona.blueprint.visual, shown)

    def _nearest(self, persona: Persona, shot: Shot, most: float) -> Near | None:
        visual = persona.blueprint.visual
        return self._ready.nearest(persona.id, self.look_digest(persona), visual, complete(shot, visual), most)

    def _painted(self, persona: Persona, shot: Shot, knobs: Knobs, told: Told, cancel: threading.Event | None) -> Attempt:
        easel, scorer = self._easel, self._easel.scorer(persona)
        commission = Commission(self.sitter(persona), shot, knobs, self._limits.long_side_px)
        others, cancel = self._others(persona) if scorer else [], cancel or threading.Event()
        return paint_until_her(easel.painter(persona), commission, scorer, others, easel.stronger, self._limits.tries, told, cancel)

    def _others(self, persona: Persona) -> list[Sitter]:
        """Everyone else, without those who look the same: a copy of hers says nothing of what strangers are like."""
        return [self.sitter(one) for one in self._easel.others(persona.id) if _looks(one) != _looks(persona)]

    def _drawn(self, persona: Persona) -> bool:
        return self._easel.painter(persona).name.startswith(DRAWN)

    def _changed(self, persona: Persona, picture: Picture) -> Iterator[str]:
        """Of what decides a drawing, what is not as it was."""
        if self.look_digest(persona) != picture.look:
            yield "her look is another one"
        if scenery(persona.blueprint.visual, picture.shot) != picture.record.get(SCENERY):
            yield "the place or the outfit is described otherwise"

    def _prepared(self, persona: Persona) -> None:
        with suppress(CompanionError):  # whoever asks for a picture is told
            self.templates(persona)
            painter = self._easel.painter(persona)
            if isinstance(painter, Previews):
                self.score(persona, painter.sketch(self.sitter(persona), Shot(), PREPARED_PX))

    def _keep(
        self, persona: Persona, shot: Shot, attempt: Attempt, kind: Kind, conversation_id: str | None, message_id: str | None
    ) -> Picture:
        look, painter = self.look_digest(persona), self._easel.painter(persona).name
        record = {
            **attempt.picture.record,
            "painter": painter,
            "look_digest": look,
            "shot": asdict(shot),
            "knobs": asdict(attempt.knobs),
            "subject": attempt.picture.subject,
            "likeness": attempt.likeness and asdict(attempt.likeness),
            "painted": attempt.painted,
            SCENERY: scenery(persona.blueprint.visual, shot),
            REFERENCES: [digest for digest in persona.blueprint.visual.references if self._references.find(digest)],
        }
        self._note_used()
        caption = Caption(persona.id, kind, shot, look, painter, attempt.likeness, conversation_id, message_id)
        kept = self._album.keep(attempt.picture, caption, record, self._worn())
        if kind == "template":
            self.templates(persona)  # known anew here, so that nobody waits for it on the way to a reply
        return kept

    def _shown_again(
        self, near: Near, asked: Shot, conversation_id: str | None, message_id: str | None, *, tried: Attempt | None = None
    ) -> Picture:
        """A ready picture, shown in a chat: another row that points to its files."""
        found = near.picture
        record = {**found.record, "template": found.id, "asked": asdict(asked), "distance": round(near.distance, 4)}
        if tried is not None:
            record["tried"] = {"painted": tried.painted, "likeness": tried.likeness and asdict(tried.likeness)}
        with self._lock:
            self._used.add(found.id)
        caption = Caption(found.persona_id, "chat", found.shot, found.look, found.painter, found.likeness, conversation_id, message_id)
        return self._album.again(found, caption, record)

    def _worn(self) -> set[str]:
        with self._lock:
            return {digest for _, _, digest in self._looks.values()}

    def _note_used(self) -> None:
        with self._lock:
            used, self._used = self._used, set()
        if used:
            self._pictures.used(used)


def _looks(persona: Persona) -> tuple[object, ...]:
    visual = persona.blueprint.visual
    return persona.blueprint.appearance, visual.look, visual.references
