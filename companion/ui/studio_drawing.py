"""Drawings of the Persona studio: which of its parts change, and how they look now. Everything drawn is read anew."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from companion.affect import Felt
from companion.compose import Companion
from companion.errors import CompanionError
from companion.persona.blueprint import Blueprint, Instructions
from companion.persona.rule_checks import conflicts
from companion.store.drift_checks import DriftCheck
from companion.studio import Brought, Work
from companion.think.layout import Layout, render_blueprint
from companion.ui import studio_drift, studio_form, studio_head, studio_look_easel, studio_lore, studio_mood, studio_sheets, studio_side
from companion.ui.studio_bench import Bench
from companion.ui.studio_look_draft import seen
from companion.ui.studio_look_form import look
from companion.ui.studio_preview import preview
from companion.ui.studio_rules import goal_words, rule_words, topics
from companion.ui.studio_trying import Talk, TriesOut

PORTRAIT_PX = 768
PLAIN_CHARS = 4  # of a token, as long as no model is there to count them


@dataclass(frozen=True, slots=True)
class StudioDrawing:
    """What changes on the tab; None stays as it is.

    Attributes:
        marks: what is wrong, by the field's path as JSON; it changes nothing that is being typed in.
        moved_to: the persona that the whole page is to turn to, and a token that makes it new.
    """

    bench: Bench | None = None
    head: str | None = None
    form: str | None = None
    side: str | None = None
    easel: str | None = None
    strip: str | None = None
    preview: str | None = None
    drift: str | None = None
    marks: dict[str, Any] | None = None
    saving: str | None = None
    history: str | None = None
    exporting: str | None = None
    importing: str | None = None
    toast: dict[str, Any] | None = None
    parcel: dict[str, Any] | None = None
    moved_to: str | None = None


class StudioDrawer:
    """Draws the parts of the tab."""

    def __init__(self, companion: Companion, try_out: TriesOut, past: Callable[[str], Sequence[DriftCheck]]) -> None:
        self._companion, self._try_out, self._past = companion, try_out, past

    def moved(self, persona_id: str) -> str:
        """Lets the whole page turn to a persona, even to the one it shows."""
        return f"{persona_id} {token_hex(4)}"

    def whole(self, bench: Bench, *, note: dict[str, Any] | None = None, moved_to: str | None = None, fresh: bool = False) -> StudioDrawing:
        """All of it but the panels for bringing in and for a new persona, which keep what is in them; `fresh` draws what follows from
        the saved version alone as well."""
        moved_to = self.moved(moved_to) if moved_to else None
        if bench.view == "all":
            people = studio_head.everyone(self._companion.library.list(), bench.words)
            none: dict[str, Any] = dict.fromkeys(("form", "side", "easel", "strip", "preview", "drift"), "")
            return StudioDrawing(bench, head=people, toast=note, moved_to=moved_to, **none)
        work = self._companion.studio.open(bench.persona_id)
        form, side = self._mood(bench, work) if bench.section == "mood" else (self._form(bench, work), self.side(bench, work))
        return StudioDrawing(
            bench,
            head=self.head(bench, work),
            form=form,
            side=side,
            easel=self.easel(bench, work),
            strip="" if fresh else None,
            preview=preview() if fresh else None,
            drift=studio_drift.battery() if fresh else None,
            marks=marks(work),
            saving=studio_sheets.save_panel(work),
            history=self.history(bench, work) if fresh else None,
            exporting=studio_sheets.export_panel(work, self._losses(work)) if fresh else None,
            toast=note,
            moved_to=moved_to,
        )

    def beside(self, bench: Bench, work: Work) -> StudioDrawing:
        """What follows from something typed: all but the form that it is typed in."""
        side = self._mood(bench, work)[1] if bench.section == "mood" else self.side(bench, work)
        saving = studio_sheets.save_panel(work)
        return StudioDrawing(bench, head=self.head(bench, work), side=side, easel=self.easel(bench, work), marks=marks(work), saving=saving)

    def head(self, bench: Bench, work: Work) -> str:
        """The heading."""
        pinned = self._companion.versions.in_use(work.persona.id)
        counts = {"lorebook": len(work.data["lorebook"]["entries"]), "examples": len(work.data.get("examples") or ())}
        return studio_head.head(work, self._companion.clock(), pinned, studio_form.tabs(bench.section, counts))

    def side(self, bench: Bench, work: Work) -> str:
        """The right column."""
        if bench.section == "drift":
            return studio_drift.history(self._past(work.persona.id), self._companion.clock())
        layout = self._companion.writers.layout()
        blueprint = work.blueprint or work.version.blueprint
        budget = spent(blueprint, layout) if layout else {}
        room = layout.blueprint_tokens if layout else 0
        return studio_side.side(work, bench, budget, room, [str(one) for one in conflicts(blueprint, topics())])

    def easel(self, bench: Bench, work: Work) -> str:
        """The live sketch beside the look's form."""
        return studio_look_easel.easel(work, seen(work)) if bench.section == "look" else ""

    def history(self, bench: Bench, work: Work) -> str:
        """The panel of versions."""
        studio, number = self._companion.studio, bench.shown
        changes = studio.differences(work.persona.id, number) if number else ()
        return studio_sheets.history_panel(work, studio.history(work.persona.id), self._companion.clock(), number, changes)

    def bringing(self, brought: Sequence[Brought]) -> StudioDrawing:
        """What came of files, in their panel."""
        return StudioDrawing(importing=studio_sheets.import_panel(brought))

    def trying(self, bench: Bench, known: Talk) -> StudioDrawing:
        """Lines that are being read, before it is known what they do.

        Args:
            known: as much of the talk as was read before.
        """
        work = self._companion.studio.open(bench.persona_id)
        blueprint = work.blueprint or work.version.blueprint
        felt, _ = self._felt(known, blueprint)
        return StudioDrawing(form=studio_mood.simulator(bench.tried, felt, blueprint))

    def _mood(self, bench: Bench, work: Work) -> tuple[str, str]:
        """The mood simulator, and what is beside it."""
        blueprint = work.blueprint or work.version.blueprint
        felt, problem = self._felt(bench.tried, blueprint)
        page = studio_mood.simulator(bench.tried, felt, blueprint, problem or _unfinished(work))
        return page, studio_mood.beside(felt, blueprint)

    def _felt(self, talk: Talk, blueprint: Blueprint) -> tuple[Sequence[Felt], str]:
        """What a tried talk does to her, and why that cannot be told, if it cannot."""
        if not talk.lines:
            return (), ""
        try:
            return self._try_out(blueprint, talk.steps(self._companion.clock().astimezone())), ""
        except CompanionError as error:
            return (), f"{error.message} {error.hint}"

    def _form(self, bench: Bench, work: Work) -> str:
        if bench.section == "drift":
            return '<div data-section="drift"></div>'  # the battery stands beside it, so that it can go on while one looks elsewhere
        if bench.section == "look":
            return look(work.data, work.persona.id, self._companion.settings.painter)
        if bench.section != "lorebook":
            return studio_form.form(work.data, bench.section)
        layout = self._companion.writers.layout()
        count = layout.count_tokens if layout else lambda text: -(-len(text) // PLAIN_CHARS)
        return studio_lore.lorebook(work.data, bench, work.blueprint, count, layout.lore_tokens if layout else None)

    def _losses(self, work: Work) -> dict[str, Sequence[str]]:
        """What each format cannot hold, by its label."""
        picture = portrait(self._companion, work)
        losses = self._companion.studio.losses
        came = self._companion.library.card(work.persona.id) is not None
        forms = [one for one in studio_sheets.FORMATS if came or one != studio_sheets.AS_IT_CAME]
        return {label: losses(work.persona.id, kind, spec, picture) for kind, spec, label, _ in forms}


def portrait(companion: Companion, work: Work) -> bytes | None:
    """Her portrait as a PNG; None where a part of it is none."""
    try:
        looks = work.version.blueprint.appearance
        return companion.portraits.path(work.persona.id, looks, size_px=PORTRAIT_PX, shape="square").read_bytes()
    except (CompanionError, OSError):
        return None


def _unfinished(work: Work) -> str:
    """Why the saved version is tried and not the draft."""
    number = work.version.number
    return "" if work.blueprint else f"Something in the draft is to be put right first, so this is version {number} as it was saved."


def marks(work: Work) -> dict[str, Any]:
    """What is wrong, for the fields it is wrong in; rules to look at again; and each goal and rule in a line."""
    return {
        "persona": work.persona.id,
        "troubles": [{"path": list(one.path), "text": one.text} for one in work.troubles],
        "warned": [{"path": ["rules", at], "text": text} for at, text in _warned(work)],
        "said": [
            {"path": [key, at], "title": str(one.get("name") or ""), "text": words(one)}
            for key, words in (("goals", goal_words), ("rules", rule_words))
            for at, one in enumerate(work.data.get(key) or ())
        ],
    }


def _warned(work: Work) -> Iterator[tuple[int, str]]:
    """Rules that clash or are never followed, by their place, once the draft is whole."""
    if work.blueprint is None:
        return
    places = {rule.name: at for at, rule in enumerate(work.blueprint.rules)}
    for one in conflicts(work.blueprint, topics()):
        for name in one.rules:
            others = [f"“{other}”" for other in one.rules if other != name]
            yield places[name], f"With {' and '.join(others)}: {one.reason}." if others else f"This rule {one.reason}."


def spent(blueprint: Blueprint, layout: Layout) -> Mapping[str, int]:
    """Tokens of each part of what a model reads of her."""
    speech = blueprint.character.speech
    examples = [exchange for talk in blueprint.examples for exchange in talk]

    def tokens(one: Blueprint, with_examples: bool = False) -> int:
        return layout.count_tokens(render_blueprint(one, examples=examples if with_examples else ()))

    identity = blueprint.identity.model_copy(update={"background": "."})
    bare = blueprint.model_copy(update={"identity": identity})
    quiet = bare.model_copy(update={"character": bare.character.model_copy(update={"speech": speech.model_copy(update={"lines": ()})})})
    untold = quiet.model_copy(update={"instructions": Instructions()})
    unbound = untold.model_copy(update={"boundaries": ()})
    all_of_it, without_examples = tokens(blueprint, True), tokens(blueprint)
    parts = {
        "story": without_examples - tokens(bare),
        "character": tokens(unbound),
        "lines": tokens(bare) - tokens(quiet),
        "instructions": tokens(quiet) - tokens(untold),
        "boundaries": tokens(untold) - tokens(unbound),
        "examples": all_of_it - without_examples,
    }
    return {name: max(0, count) for name, count in parts.items() if count > 0}
