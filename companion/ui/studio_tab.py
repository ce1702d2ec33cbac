"""The Persona studio: a blueprint edited by eye, its versions, cards in and out. Drawn first, wired second.

What an action means is in `studio_actions.py`; here it is tied to the page. `moved_to` is a persona that the whole page turns to;
`chat_tab.py` listens to it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from companion.compose import Companion
from companion.ui.assets import markup, reporting, script
from companion.ui.chat_tab import ChatTab
from companion.ui.frame import Frame
from companion.ui.studio_actions import Drawings, StudioActions, path_of
from companion.ui.studio_bench import Bench
from companion.ui.studio_drawing import StudioDrawing
from companion.ui.studio_new import new_panel
from companion.ui.studio_sheets import import_panel

MOOD_ACTS = ("say", "example", "begins", "unsay", "begin_again")
HEAD_ACTS = ("undo", "redo", "everyone", "duplicate", "discard", "delete", "work", "find", "section")
FORM_ACTS = ("edit", "append", "begin", "remove", "move", "cause", "sort", "entry", "test", "section", *MOOD_ACTS)


@dataclass(frozen=True, slots=True)
class StudioTab:
    """The components: those of a `StudioDrawing`, by name, and the walk."""

    bench: gr.State
    head: gr.HTML
    form: gr.HTML
    side: gr.HTML
    easel: gr.HTML
    strip: gr.HTML
    preview: gr.HTML
    drift: gr.HTML
    marks: gr.HTML
    saving: gr.HTML
    history: gr.HTML
    exporting: gr.HTML
    importing: gr.HTML
    toast: gr.HTML
    parcel: gr.HTML
    moved_to: gr.State
    walk: gr.HTML

    @property
    def drawn(self) -> list[Any]:
        """The components that a drawing changes."""
        return [getattr(self, name) for name in StudioDrawing.__slots__]

    def changes(self, drawings: Iterable[StudioDrawing]) -> Iterator[Any]:
        """Drawings as Gradio takes them: only what changes."""
        nothing = True
        for drawing in drawings:
            nothing = False
            values = ((getattr(self, name), getattr(drawing, name)) for name in StudioDrawing.__slots__)
            yield {component: value for component, value in values if value is not None}
        if nothing:  # Gradio would empty every component of a generator that gives nothing
            yield gr.skip()


def build() -> StudioTab:
    """Draws the tab."""
    bench, moved_to = gr.State(Bench()), gr.State("")
    with gr.Column(elem_id="studio"):
        head = _part("studio-top", reporting(*HEAD_ACTS, then="studio_head"))
        with gr.Row(elem_id="studio-columns"):
            with gr.Column(elem_id="studio-main"):
                drift = _part("studio-drift", reporting("battery", "stop_battery"))
                form = _part("studio-form", reporting(*FORM_ACTS, then=("studio", "studio_mood", "files", "studio_look")))
                strip = _part("studio-strip", reporting("stop_strip", "close_strip", then="studio_look_strip"))
            with gr.Column(elem_id="studio-aside"):
                easel = _part("studio-easel", script("studio_look_easel"))
                preview = _part("studio-preview", script("studio_preview"))
                side = _part("studio-side")
        marks = _part("studio-marks", script("studio_marks"), "<span></span>")
        saving = _panel("save", "Save", reporting("save", then="close_on_submit"))
        history = _panel("history", "History", reporting("differ", "restore"))
        exporting = _panel("export", "Export", reporting("write"))
        importing = _panel("import", "Bring in", reporting("work", then=("files", "studio_import")), import_panel(()))
        walk = _panel("new", "A new persona", script("studio_new"), new_panel())
        toast = _part("studio-toast", script("toast"), markup("toast"))
        parcel = _part("studio-parcel", script("parcel"), "<span></span>")
    parts = (head, form, side, easel, strip, preview, drift, marks, saving, history, exporting, importing, toast, parcel)
    return StudioTab(bench, *parts, moved_to, walk)


def wire(tab: StudioTab, companion: Companion, talk: ChatTab, frame: Frame) -> None:
    """Connects what the user does to what happens."""
    actions = StudioActions(companion)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    # One after the other, so that what was typed is there when a button is pressed; the chat does not wait for it.
    in_turn: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "studio in turn"}

    def on(listener: Any, do: Callable[[Bench, gr.EventData], Drawings], **more: Any) -> Any:
        """Ties an action to an event that carries data."""

        def handler(bench: Bench, event: gr.EventData) -> Iterator[Any]:
            yield from tab.changes(actions.guarded(bench, lambda: do(bench, event)))

        return listener(handler, [tab.bench], tab.drawn, **quiet, **(in_turn | more))

    def enter(bench: Bench, persona_id: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(bench, lambda: actions.enter(bench, persona_id)))

    def turn(bench: Bench, persona_id: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(bench, lambda: actions.turn(bench, persona_id)))

    def leave(bench: Bench) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(bench, lambda: actions.leave(bench)))

    for entering in (frame.studio.select, frame.brand.enter_studio):
        entering(enter, [tab.bench, talk.persona], tab.drawn, **quiet, **in_turn)
    for left in (frame.chat, frame.memory, frame.gallery):
        left.select(leave, [tab.bench], tab.drawn, **quiet, **in_turn)
    talk.persona.change(turn, [tab.bench, talk.persona], tab.drawn, **quiet, **in_turn)

    head, form = tab.head, tab.form
    on(head.undo, lambda bench, event: actions.undo(bench))
    on(head.redo, lambda bench, event: actions.redo(bench))
    on(head.everyone, lambda bench, event: actions.everyone(bench))
    on(head.find, lambda bench, event: actions.everyone(bench, event.words))
    on(head.duplicate, lambda bench, event: actions.duplicate(bench))
    on(head.discard, lambda bench, event: actions.discard(bench))
    on(head.delete, lambda bench, event: actions.delete(bench))
    for part in (head, tab.importing):
        on(part.work, lambda bench, event: actions.work(bench, event.id))
    for part in (head, form):
        on(part.section, lambda bench, event: actions.section(bench, event.id))
    on(form.edit, lambda bench, event: actions.edit(bench, path_of(event.field), getattr(event, "value", None), drop=bool(event.drop)))
    on(form.append, lambda bench, event: actions.append(bench, path_of(event.field)))
    on(form.begin, lambda bench, event: actions.look.begin(bench, path_of(event.field)))
    on(form.put, lambda bench, event: actions.look.put(bench, path_of(event.field), event.value))
    on(form.refer, lambda bench, event: actions.look.refer(bench, event.files))
    on(form.remove, lambda bench, event: actions.remove(bench, path_of(event.field)))
    on(form.move, lambda bench, event: actions.move(bench, path_of(event.field), event.by))
    on(form.cause, lambda bench, event: actions.cause(bench, path_of(event.of), event.id))
    on(form.sort, lambda bench, event: actions.sort(bench, event.id))
    on(form.entry, lambda bench, event: actions.entry(bench, event.id))
    on(form.test, lambda bench, event: actions.test(bench, getattr(event, "words", "")))
    on(form.say, lambda bench, event: actions.say(bench, getattr(event, "words", ""), getattr(event, "pause", "now")))
    on(form.example, lambda bench, event: actions.example(bench, event.id))
    on(form.begins, lambda bench, event: actions.begins(bench, event.id))
    on(form.unsay, lambda bench, event: actions.unsay(bench))
    on(form.begin_again, lambda bench, event: actions.begin_again(bench))
    # The model may be busy: nothing else waits for an answer.
    on(tab.preview.ask, lambda bench, event: actions.ask(bench, event.probes), concurrency_id="studio asking")
    on(tab.drift.battery, lambda bench, event: actions.battery(bench), concurrency_id="studio battery", concurrency_limit=4)
    on(tab.drift.stop_battery, lambda bench, event: actions.stop_battery(bench), concurrency_id="studio stopping")

    def follow(bench: Bench) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(bench, lambda: actions.look.follow(bench)))

    # It is asked for in turn, with all that was typed before; following it holds nothing up.
    strip = on(form.strip, lambda bench, event: actions.look.strip(bench, event.at, event.view))
    strip.then(
        follow, [tab.bench], tab.drawn, show_progress="hidden", api_visibility="private", concurrency_id="studio strip", concurrency_limit=4
    )
    on(tab.strip.stop_strip, lambda bench, event: actions.look.stop_strip(bench), concurrency_id="studio stopping")
    on(tab.strip.close_strip, lambda bench, event: actions.look.close_strip(bench), concurrency_id="studio stopping")
    on(tab.saving.save, lambda bench, event: actions.save(bench, getattr(event, "note", "")))
    on(tab.history.differ, lambda bench, event: actions.differ(bench, event.id))
    on(tab.history.restore, lambda bench, event: actions.restore(bench, event.id))
    on(tab.exporting.write, lambda bench, event: actions.write(bench, event.form, event.spec))
    on(tab.importing.bring, lambda bench, event: actions.bring(bench, event.files), concurrency_id="studio bringing in")
    on(tab.walk.create, lambda bench, event: actions.create(bench, told(event)))
    on(tab.toast.undo, lambda bench, event: actions.take_back(bench, event.conversation))


def told(event: gr.EventData) -> dict[str, Any]:
    """What the walk's form held."""
    names = ("name", "age", "pronouns", "tagline", "background", "values", "manner", "lines", "greeting", "accent")
    traits = ("openness", "conscientiousness", "extraversion", "agreeableness", "emotional_stability")
    return {name: getattr(event, name) for name in (*names, *traits) if hasattr(event, name)}


def _panel(name: str, label: str, js: str, value: str = "") -> gr.HTML:
    template = f'<div id="{name}-panel" class="sheet" popover role="dialog" aria-label="{label}">${{value}}</div>'
    return _part(f"studio-{name}", js, template, value)


def _part(elem_id: str, js: str | None = None, template: str = "${value}", value: str = "") -> gr.HTML:
    return gr.HTML(value, elem_id=elem_id, html_template=template, js_on_load=js, apply_default_css=False)
