"""What the actions of the studio's look mean, as drawings of it: no Gradio here, so that it can be tested as it is."""

import binascii
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from companion.compose import Companion
from companion.errors import CompanionError, InputError, NotFoundError
from companion.persona.editing import Path, value_at
from companion.persona.library import Persona
from companion.shot import Picture, Shot
from companion.show.uploads import MOST_BYTES, accept
from companion.showing import Job
from companion.ui.studio_bench import Bench
from companion.ui.studio_drawing import StudioDrawer, StudioDrawing
from companion.ui.studio_look_draft import view_of
from companion.ui.studio_look_painter import SKETCH, painter_of
from companion.ui.studio_look_pictures import MOST, PATH
from companion.ui.studio_look_strip import Strip, knobs_at, strengths, strip, unpainted
from companion.ui.studio_look_words import beginning

LOOK_S = 0.4  # between two looks at what is being painted
PALETTE: Path = ("visual", "palette")
Drawings = Iterator[StudioDrawing]


class LookActions:
    """The actions. Safe to use from several threads and browser tabs.

    Args:
        pause: waits while pictures are painted, so many seconds for a job at most.
    """

    def __init__(self, companion: Companion, draw: StudioDrawer, pause: Callable[[str, float], Job] | None = None) -> None:
        self._companion, self._studio, self._draw = companion, companion.studio, draw
        self._wait = pause or companion.showing.wait
        self._lock = threading.Lock()  # guards the next one
        self._strips: dict[str, Strip] = {}  # by persona, as they were asked for

    def put(self, bench: Bench, path: Path, value: Any) -> Drawings:
        """Something takes the place of what was there, and the form has another shape for it."""
        self._studio.set(bench.persona_id, path, value)
        yield self._draw.whole(bench)

    def begin(self, bench: Bench, path: Path) -> Drawings:
        """One more outfit, place or colour, as such a thing begins."""
        data = self._studio.open(bench.persona_id).data
        there = value_at(data, path)
        item: Any = value_at(data, ("appearance", "accent")) if path == PALETTE else beginning(str(path[-1]), there)
        self._studio.add(bench.persona_id, path, item)
        yield self._draw.whole(bench)

    # --- reference pictures

    def refer(self, bench: Bench, files: Sequence[Mapping[str, str]]) -> Drawings:
        """Pictures that show who she is come in, each by itself; what is wrong with one keeps no other back."""
        refused: list[dict[str, str]] = []
        added: list[str] = []
        before = self._named(bench)
        for file in files:
            name = str(file.get("name") or "a picture")[:200]
            try:
                digest = self._kept(name, str(file.get("content") or ""), [*before, *added])
            except CompanionError as error:
                told = f"{error.message} {error.hint}"
                refused.append({"name": name, "text": told if name[:60] in told else f'"{name[:60]}": {told}'})
            else:
                added.append(digest)
        if added:  # one step, however many came
            self._studio.set(bench.persona_id, PATH, [*before, *added])
        drawn = self._draw.whole(bench)
        yield replace(drawn, marks={**(drawn.marks or {}), "refused": refused})

    def _kept(self, name: str, encoded: str, there: Sequence[str]) -> str:
        if len(there) >= MOST:
            raise InputError(f'"{name[:60]}" has no room: there are {MOST} reference pictures.', hint="Remove one first.")
        if len(encoded) > MOST_BYTES * 4 // 3 + 4:
            raise InputError(f'"{name[:60]}" is larger than {MOST_BYTES // 2**20} MB.', hint="Save it smaller and choose that file.")
        try:
            content = b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise InputError(f'"{name[:60]}" did not arrive whole.', hint="Choose it again.") from error
        digest = self._companion.showing.keep_reference(accept(content, name), "image/png")
        if digest in there:
            raise InputError(f'"{name[:60]}" is among them already.', hint="Choose another picture of her.")
        return digest

    def _named(self, bench: Bench) -> list[str]:
        visual = self._studio.open(bench.persona_id).data.get("visual")
        named = visual.get("references") if isinstance(visual, Mapping) else None
        return [str(one) for one in named or ()]

    # --- one shot at five strengths

    def strip(self, bench: Bench, at: int, view: Mapping[str, object]) -> Drawings:
        """Asks for one shot at five strengths of a LoRA; `follow` tells what comes of it."""
        work = self._studio.open(bench.persona_id)
        if painter_of(work.data.get("visual") or {}, self._companion.settings.painter) == SKETCH:
            raise InputError("A sketch wears no LoRA.", hint="Choose an image model under Painter.")
        if work.blueprint is None:
            raise InputError("Something in the draft is wrong.", hint="Put what is marked right, then try again.")
        visual = work.blueprint.visual
        if not 0 <= at < len(visual.loras):
            raise InputError("That LoRA is gone.", hint="Look at the list again.")
        self._cancel(bench.persona_id)
        try:
            asked = self._asked(replace(work.persona, blueprint=work.blueprint), at, view_of(view, visual))
        except CompanionError as error:
            yield StudioDrawing(strip=unpainted(visual.loras[at], f"{error.message} {error.hint}"))
            return
        with self._lock:
            self._strips[bench.persona_id] = asked
        yield StudioDrawing(strip=strip(asked))

    def follow(self, bench: Bench) -> Drawings:
        """Tells how far the strip is until all of it is done or ended."""
        with self._lock:
            now = self._strips.get(bench.persona_id)
        while now is not None and now.going_on:
            with suppress(NotFoundError):  # it ended so long ago that nobody remembers
                self._wait(next(job.id for job in now.jobs if not job.ended), LOOK_S)
            jobs = tuple(job if job.ended else self._job(job) for job in now.jobs)
            if any(job.state == "failed" for job in jobs):  # what failed for one fails for all
                self._cancel(bench.persona_id)
            now = replace(now, jobs=jobs, pictures=tuple(self._picture(job) for job in jobs))
            yield StudioDrawing(strip=strip(now))

    def stop_strip(self, bench: Bench) -> Drawings:
        """No more of them is painted; what is done stays."""
        self._cancel(bench.persona_id)
        yield from ()

    def close_strip(self, bench: Bench) -> Drawings:
        """The strip is put away; its pictures are in the gallery."""
        self._cancel(bench.persona_id)
        yield StudioDrawing(strip="")

    def _asked(self, persona: Persona, at: int, shot: Shot) -> Strip:
        showing, visual = self._companion.showing, persona.blueprint.visual
        showing.look_digest(persona)  # says at once if nobody may paint her
        lora, weights, jobs = visual.loras[at], strengths(visual.loras[at].weight), list[Job]()
        try:
            for one in weights:
                jobs.append(showing.ask(persona, shot, kind="studio", knobs=knobs_at(visual, at, one, shot)))
        except CompanionError:  # there is no room for all of them
            for job in jobs:
                showing.cancel(job.id)
            raise
        painter = painter_of({"painter": visual.painter}, self._companion.settings.painter)
        return Strip(lora, shot, visual, painter, weights, tuple(jobs), (None,) * len(jobs))

    def _cancel(self, persona_id: str) -> None:
        with self._lock:
            former = self._strips.pop(persona_id, None)
        for job in former.jobs if former else ():
            self._companion.showing.cancel(job.id)

    def _job(self, job: Job) -> Job:
        try:
            return self._companion.showing.job(job.id)
        except NotFoundError:
            return replace(job, state="stopped")

    def _picture(self, job: Job) -> Picture | None:
        if not job.picture_id:
            return None
        try:
            return self._companion.pictures.get(job.picture_id)
        except NotFoundError:  # deleted in the gallery meanwhile
            return None
