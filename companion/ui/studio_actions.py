"""What each action in the Persona studio means, as drawings of it: no Gradio here, so that it can be tested as it is.

The form is drawn again only when its shape changes; what is typed is kept as a draft and answered with marks beside the fields.
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from secrets import token_hex
from typing import Any

from companion.compose import Companion
from companion.errors import CompanionError, InputError
from companion.persona.blueprint import Blueprint
from companion.persona.cards.limits import MOST_BYTES
from companion.persona.editing import Path, value_at
from companion.studio import Brought
from companion.ui.studio_asking import Asking, Column
from companion.ui.studio_bench import Bench
from companion.ui.studio_drawing import StudioDrawer, StudioDrawing, portrait
from companion.ui.studio_drift import battery
from companion.ui.studio_form import sections
from companion.ui.studio_look_actions import LookActions
from companion.ui.studio_lore import COLUMNS
from companion.ui.studio_new import data_from
from companion.ui.studio_preview import Answered, preview
from companion.ui.studio_rules import CAUSES, FIRST_EFFECT, caused
from companion.ui.studio_sheets import FORMATS, suffix_of
from companion.ui.studio_trying import BEGINS, Talk, TriesOut, examples

ANSWER_S = 180.0  # a first answer waits for the weights, and for replies that others wait for
MOST_PROBE_CHARS = 400
MOST_FILES = 20
ENTRIES = ("lorebook", "entries")
Drawings = Iterator[StudioDrawing]


class StudioActions:
    """The actions of the studio. Safe to use from several threads and browser tabs.

    Attributes:
        look: those of the section "Look".
    """

    def __init__(self, companion: Companion, try_out: TriesOut | None = None) -> None:
        self._companion, self._studio = companion, companion.studio
        self._asking = Asking(companion.trial.ask, self._others, companion.drift_checks)
        self._draw = StudioDrawer(companion, try_out or companion.feeling.try_out, self._asking.history)
        self.look = LookActions(companion, self._draw)

    # --- looking

    def enter(self, bench: Bench, persona_id: str) -> Drawings:
        """Shows the tab for a persona; another one than before begins afresh."""
        if not persona_id:
            return
        here = bench if bench.persona_id == persona_id else Bench(persona_id, section=bench.section)
        if here is not bench:
            self._asking.stop(bench.persona_id)
        yield self._draw.whole(replace(here, open=True), fresh=not bench.open or here is not bench)

    def turn(self, bench: Bench, persona_id: str) -> Drawings:
        """Turns to another persona, if someone is looking."""
        if bench.open:
            yield from self.enter(replace(bench, view="one"), persona_id)

    def leave(self, bench: Bench) -> Drawings:
        """Shows another tab: nothing is drawn until one comes back."""
        yield StudioDrawing(replace(bench, open=False))

    def section(self, bench: Bench, name: str) -> Drawings:
        """Shows another section of the form."""
        if name in sections():
            yield self._draw.whole(replace(bench, section=name, entry=-1))

    def everyone(self, bench: Bench, words: str = "") -> Drawings:
        """Shows all personas, or those that match."""
        yield self._draw.whole(replace(bench, view="all", words=words))

    def work(self, bench: Bench, persona_id: str) -> Drawings:
        """Turns the whole page to a persona."""
        here = Bench(persona_id, open=True, section=bench.section)
        yield self._draw.whole(here, moved_to=persona_id, fresh=True)

    def sort(self, bench: Bench, name: str) -> Drawings:
        """Sorts the lorebook's table."""
        if name in COLUMNS:
            yield self._draw.whole(replace(bench, sorted_by=name))

    def entry(self, bench: Bench, number: str) -> Drawings:
        """Opens a lorebook entry, or closes it."""
        yield self._draw.whole(replace(bench, entry=int(number)))

    def test(self, bench: Bench, words: str) -> Drawings:
        """Tries the lorebook with a message."""
        yield self._draw.whole(replace(bench, tested=words[:MOST_PROBE_CHARS].strip()))

    # --- her mood, tried

    def say(self, bench: Bench, words: str, pause: str = "now") -> Drawings:
        """One more line of the talk that her mood is tried with."""
        yield from self._tried(bench, bench.tried.said(words, pause), bench.tried)

    def example(self, bench: Bench, name: str) -> Drawings:
        """A talk that is ready."""
        if name in examples():
            yield from self._tried(bench, examples()[name][1], Talk())

    def begins(self, bench: Bench, name: str) -> Drawings:
        """The time of day that the talk begins at."""
        if name in BEGINS:
            yield self._draw.whole(replace(bench, tried=replace(bench.tried, begins=name)))

    def unsay(self, bench: Bench) -> Drawings:
        """The last line is taken back."""
        yield self._draw.whole(replace(bench, tried=replace(bench.tried, lines=bench.tried.lines[:-1])))

    def begin_again(self, bench: Bench) -> Drawings:
        """The talk is empty again."""
        yield self._draw.whole(replace(bench, tried=Talk(begins=bench.tried.begins)))

    def _tried(self, bench: Bench, talk: Talk, known: Talk) -> Drawings:
        here = replace(bench, tried=talk)
        yield self._draw.trying(here, known)
        yield self._draw.whole(here)

    # --- the draft

    def edit(self, bench: Bench, path: Path, value: Any, *, drop: bool = False) -> Drawings:
        """Something was typed."""
        if drop and value == "":
            here = value_at(self._studio.open(bench.persona_id).data, path[:-1])
            work = self._studio.remove(bench.persona_id, path) if path[-1] in here else self._studio.open(bench.persona_id)
        else:
            work = self._studio.set(bench.persona_id, path, value)
        yield self._draw.beside(bench, work)

    def append(self, bench: Bench, path: Path) -> Drawings:
        """An item is added."""
        item = caused({"effect": FIRST_EFFECT}, "emotion") if path[-1] == "moved_by" else None
        work = self._studio.add(bench.persona_id, path, item)
        entry = len(work.data["lorebook"]["entries"]) - 1 if path == ENTRIES else bench.entry
        yield self._draw.whole(replace(bench, entry=entry))

    def cause(self, bench: Bench, path: Path, name: str) -> Drawings:
        """A goal is moved by something else."""
        if name in CAUSES:
            influence = value_at(self._studio.open(bench.persona_id).data, path)
            self._studio.set(bench.persona_id, path, caused(influence, name))
            yield self._draw.whole(bench)

    def remove(self, bench: Bench, path: Path) -> Drawings:
        """An item is removed."""
        self._studio.remove(bench.persona_id, path)
        entry = -1 if path[:-1] == ENTRIES else bench.entry
        yield self._draw.whole(replace(bench, entry=entry), note=toast("Removed.", "step"))

    def move(self, bench: Bench, path: Path, by: str) -> Drawings:
        """An item is moved."""
        self._studio.move(bench.persona_id, path, 1 if by == "1" else -1)
        yield self._draw.whole(bench)

    def undo(self, bench: Bench) -> Drawings:
        """The last step is taken back."""
        self._studio.undo(bench.persona_id)
        yield self._draw.whole(replace(bench, entry=-1))

    def redo(self, bench: Bench) -> Drawings:
        """And done again."""
        self._studio.redo(bench.persona_id)
        yield self._draw.whole(replace(bench, entry=-1))

    def discard(self, bench: Bench) -> Drawings:
        """The draft is dropped, with a way back."""
        self._studio.discard(bench.persona_id)
        yield self._draw.whole(replace(bench, entry=-1), note=toast("Back to the saved version.", "step"))

    # --- versions

    def save(self, bench: Bench, note: str) -> Drawings:
        """The draft becomes a version."""
        persona, version = self._studio.save(bench.persona_id, note)
        here = replace(bench, persona_id=persona.id, shown=0)
        yield self._draw.whole(here, note=toast(f"Version {version.number} is saved."), moved_to=persona.id, fresh=True)

    def differ(self, bench: Bench, number: str) -> Drawings:
        """Shows what a version changed, or hides it."""
        here = replace(bench, shown=int(number))
        yield StudioDrawing(here, history=self._draw.history(here, self._studio.open(here.persona_id)))

    def restore(self, bench: Bench, number: str) -> Drawings:
        """Brings a version back."""
        version = self._studio.restore(bench.persona_id, int(number))
        said = toast(f"Version {number} is back, as version {version.number}.")
        yield self._draw.whole(replace(bench, shown=0), note=said, moved_to=bench.persona_id, fresh=True)

    # --- personas

    def create(self, bench: Bench, values: Mapping[str, Any]) -> Drawings:
        """The guided walk's end."""
        try:
            persona = self._studio.create(data_from(values))
        except CompanionError as error:
            yield StudioDrawing(marks={"walk": f"{error.message} {error.hint}"})
            return
        called = persona.blueprint.identity.called
        yield StudioDrawing(marks={"walk": "", "made": persona.id})
        yield self._draw.whole(Bench(persona.id, open=True), note=toast(f"{called} is here."), moved_to=persona.id, fresh=True)

    def duplicate(self, bench: Bench) -> Drawings:
        """A copy of the saved version."""
        copy = self._studio.duplicate(bench.persona_id)
        yield self._draw.whole(Bench(copy.id, open=True), note=toast("Copied. This one is yours to change."), moved_to=copy.id, fresh=True)

    def delete(self, bench: Bench) -> Drawings:
        """Puts a persona away, with a way back."""
        gone = self._studio.delete(bench.persona_id)
        left = self._companion.first_persona()
        note = toast(f"{gone.blueprint.identity.called} is deleted. Talks with her are kept.", f"persona {gone.id}")
        yield self._draw.whole(Bench(left.id, open=True, view="all"), note=note, moved_to=left.id)

    def take_back(self, bench: Bench, token: str) -> Drawings:
        """The way back that a line offered: a step of the draft, or a deleted persona."""
        if token == "step":
            yield from self.undo(bench)
            return
        persona = self._studio.undelete(token.removeprefix("persona "))
        yield self._draw.whole(Bench(persona.id, open=True), moved_to=persona.id, fresh=True)

    # --- files

    def bring(self, bench: Bench, files: Sequence[Mapping[str, str]]) -> Drawings:
        """Files become personas, each by itself; what is wrong with one keeps no other back."""
        brought: list[Brought] = []
        for file in files[:MOST_FILES]:
            brought.append(self._brought(str(file.get("name") or "a file")[:200], str(file.get("content") or "")))
            yield self._draw.bringing(brought)
        if len(files) > MOST_FILES:
            yield StudioDrawing(toast=toast(f"{MOST_FILES} files are taken at once; drop the others again."))
        here = [one.persona for one in brought if one.persona]
        if here:  # the column of personas shows them
            yield StudioDrawing(moved_to=self._draw.moved(bench.persona_id))

    def _brought(self, name: str, encoded: str) -> Brought:
        if len(encoded) > MOST_BYTES * 4 // 3 + 4:
            hint = "A card is a picture and a few pages of text."
            return Brought(name, problem=InputError(f"It is larger than {MOST_BYTES // 10**6} MB.", hint=hint))
        try:
            return self._studio.bring_in(name, b64decode(encoded, validate=True))
        except binascii.Error:
            return Brought(name, problem=InputError("The file did not arrive whole.", hint="Drop it again."))

    def write(self, bench: Bench, kind: str, spec: str) -> Drawings:
        """Hands a card out as a file."""
        form = next((one for one in FORMATS if (one[0] or "", one[1] or "") == (kind, spec)), None)
        if form is None:
            raise InputError("That format is not known.", hint="Choose one from the list.")
        picture = portrait(self._companion, self._studio.open(bench.persona_id))
        exported = self._studio.export(bench.persona_id, form[0], form[1], picture)
        name = f"{bench.persona_id}.{kind or suffix_of(exported.data)}"
        parcel = {"id": token_hex(4), "name": name, "type": "application/octet-stream", "base64": b64encode(exported.data).decode()}
        yield StudioDrawing(parcel=parcel)

    # --- the preview

    def ask(self, bench: Bench, probes: Sequence[str]) -> Drawings:
        """Asks the saved version and the draft the same."""
        work = self._studio.open(bench.persona_id)
        asked = [probe.strip()[:MOST_PROBE_CHARS] for probe in probes if probe.strip()]
        if not asked:
            raise InputError("There is no question.", hint="Write one, then ask.")
        two = bool(work.changes) and work.blueprint is not None
        answers = [Answered(probe, None, None if two else "") for probe in asked]
        number = work.version.number
        yield StudioDrawing(preview=preview(answers, number))
        for at, probe in enumerate(asked):
            for who, blueprint in (("saved", work.version.blueprint), ("draft", work.blueprint)):
                if getattr(answers[at], who) is None and blueprint is not None:
                    text = _waited(self._companion.trial.ask(blueprint, probe))
                    answers[at] = replace(answers[at], **{who: text or "…"})
                    yield StudioDrawing(preview=preview(answers, number))

    # --- the battery

    def battery(self, bench: Bench) -> Drawings:
        """Asks the saved version and the draft whether they stay themselves."""
        work = self._studio.open(bench.persona_id)
        asked: tuple[Column, ...] = ()
        try:
            for asked in self._asking.run(work):
                yield StudioDrawing(drift=battery(asked, running=True))
        except Exception:  # whatever it is, the page is not left waiting
            yield StudioDrawing(drift=battery(asked))
            raise
        whole = all(one.done for one in asked)
        yield StudioDrawing(drift=battery(asked, stopped=not whole))
        if whole and bench.section == "drift":
            yield StudioDrawing(side=self._draw.side(bench, work))

    def stop_battery(self, bench: Bench) -> Drawings:
        """No more questions."""
        self._asking.stop(bench.persona_id)
        yield from ()

    def _others(self, persona_id: str) -> tuple[Blueprint, ...]:
        """What she is not: everyone else, as they are now."""
        return tuple(one.blueprint for one in self._companion.library.list() if one.id != persona_id)

    def guarded(self, bench: Bench, do: Callable[[], Drawings]) -> Drawings:
        """Carries out an action; what cannot be done is said, and what was typed stays."""
        try:
            yield from do()
        except CompanionError as error:
            yield StudioDrawing(toast=toast(f"{error.message} {error.hint}"))


def toast(text: str, token: str = "") -> dict[str, Any]:
    """A line that comes and goes, with a way back if a token is given."""
    return {"id": token_hex(4), "text": text, "undo": token}


def path_of(told: Any) -> Path:
    """A path as a field tells it.

    Raises:
        InputError: it is none.
    """
    try:
        path = json.loads(told) if isinstance(told, str) else told
    except ValueError:
        path = None
    if not isinstance(path, list) or not path or not all(isinstance(step, str | int) for step in path):
        raise InputError("That field is not known.", hint="Load the page again.")
    return tuple(path)


def _waited(answer: "Future[Any]") -> str:
    try:
        return str(answer.result(ANSWER_S))
    except TimeoutError as error:
        answer.cancel()
        raise InputError("The model is busy.", hint="Ask again when nobody is being answered.") from error
