"""The Gallery tab: pictures of her on a wall, one of them large, two compared, new ones asked for, templates. Drawn first, wired second.

What an action means is in `gallery_actions.py`; here it is tied to the page. Jumps to the message that a picture was shown with are
wired by `chat_tab.py`, which they lead to.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from companion.ui.assets import markup, reporting, script
from companion.ui.chat_tab import ChatTab
from companion.ui.frame import Frame
from companion.ui.gallery_actions import Drawings, GalleryActions
from companion.ui.gallery_drawing import GalleryDrawing
from companion.ui.gallery_fields import KNOBS
from companion.ui.gallery_view import Gallery
from companion.ui.gallery_visit import Visit

WALL_ACTS = ("show", "further", "shoot", "stop", "again", "dismiss", "unselect", "clear")
MANY_ACTS = ("compare", "like", "delete")
BOX_ACTS = ("show", "close", "favourite", "pin", "vary", "repaint", "portrait", "reference", "compare_with", "delete", "source")
TEMPLATE_ACTS = ("warm", "fill", "cell", "stop_warming", "show")
OVER = ("gallery_whole", "gallery_over")  # what lies over the wall
NEW_PANEL = '<div id="picture-panel" class="sheet" popover role="dialog" aria-label="New picture">${value}</div>'
TEMPLATES_PANEL = '<div id="templates-panel" class="sheet" popover role="dialog" aria-label="Templates">${value}</div>'


@dataclass(frozen=True, slots=True)
class GalleryTab:
    """The components: those of a `GalleryDrawing`, by name."""

    visit: gr.State
    head: gr.HTML
    narrowing: gr.HTML
    wall: gr.HTML
    box: gr.HTML
    comparing: gr.HTML
    new: gr.HTML
    templates: gr.HTML
    toast: gr.HTML

    @property
    def drawn(self) -> list[Any]:
        """The components that a drawing changes."""
        return [getattr(self, name) for name in GalleryDrawing.__slots__]

    def changes(self, drawings: Iterable[GalleryDrawing]) -> Iterator[Any]:
        """Drawings as Gradio takes them: only what changes."""
        nothing = True
        for drawing in drawings:
            nothing = False
            values = ((getattr(self, name), getattr(drawing, name)) for name in GalleryDrawing.__slots__)
            yield {component: value for component, value in values if value is not None}
        if nothing:  # Gradio would empty every component of a generator that gives nothing
            yield gr.skip()


def build() -> GalleryTab:
    """Draws the tab."""
    visit = gr.State(Visit())
    with gr.Column(elem_id="gallery"):
        head = _part("gallery-head", reporting("select", then="gallery_clock"))
        narrowing = _part("gallery-filters", reporting("filter", "clear", "select", then="gallery_filters"))
        wall = _part("gallery-wall", reporting(*WALL_ACTS, *MANY_ACTS, then="gallery"))
        box = _part("gallery-box", reporting(*BOX_ACTS, then=(*OVER, "gallery_box")))
        comparing = _part("gallery-compare", reporting("close", then=(*OVER, "gallery_compare")))
        new = _part("gallery-new", reporting("shoot", then="gallery_new"), NEW_PANEL)
        templates = _part("gallery-templates", reporting(*TEMPLATE_ACTS, then="gallery_templates"), TEMPLATES_PANEL)
        toast = _part("gallery-toast", script("toast"), markup("toast"))
    return GalleryTab(visit, head, narrowing, wall, box, comparing, new, templates, toast)


def wire(tab: GalleryTab, gallery: Gallery, talk: ChatTab, frame: Frame) -> None:
    """Connects what the user does to what happens."""
    actions = GalleryActions(gallery)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    # One after the other, so that of two quick clicks the second has the last word; painting does not hold them up.
    in_turn: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "gallery in turn"}

    def on(listener: Any, do: Callable[[Visit, gr.EventData], Drawings]) -> None:
        """Ties an action to an event that carries data."""

        def handler(visit: Visit, event: gr.EventData) -> Iterator[Any]:
            yield from tab.changes(actions.guarded(visit, lambda: do(visit, event)))

        listener(handler, [tab.visit], tab.drawn, **quiet, **in_turn)

    def enter(visit: Visit, persona_id: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(visit, lambda: actions.enter(visit, persona_id)))

    def turn(visit: Visit, persona_id: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(visit, lambda: actions.turn(visit, persona_id)))

    def leave(visit: Visit) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(visit, lambda: actions.leave(visit)))

    def from_chat(visit: Visit, persona_id: str, event: gr.EventData) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(visit, lambda: actions.arrive(visit, persona_id, event.id)))

    def glance(visit: Visit, persona_id: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(visit, lambda: actions.glance(visit, persona_id)))

    frame.gallery.select(enter, [tab.visit, talk.persona], tab.drawn, **quiet, **in_turn)
    for left in (frame.chat, frame.studio, frame.memory):
        left.select(leave, [tab.visit], tab.drawn, **quiet, **in_turn)
    talk.persona.change(turn, [tab.visit, talk.persona], tab.drawn, **quiet, **in_turn)
    talk.transcript.picture(from_chat, [tab.visit, talk.persona], tab.drawn, **quiet, **in_turn)
    # The page itself tells that the tab is looked at: of a tab that is chosen while the page is put together nothing else may be heard.
    tab.head.look(glance, [tab.visit, talk.persona], tab.drawn, **quiet, **in_turn)

    for part in (tab.head, tab.narrowing):
        on(part.select, lambda visit, event: actions.select(visit))
    on(tab.narrowing.filter, lambda visit, event: actions.filter(visit, fields(event)))
    for part in (tab.narrowing, tab.wall):
        on(part.clear, lambda visit, event: actions.clear(visit))
    for part in (tab.wall, tab.box, tab.templates):
        on(part.show, lambda visit, event: actions.show(visit, event.id))
    for part in (tab.wall, tab.new):
        on(part.shoot, lambda visit, event: actions.shoot(visit, fields(event)))
    for part in (tab.box, tab.comparing):
        on(part.close, lambda visit, event: actions.close(visit))
    on(tab.wall.further, lambda visit, event: actions.further(visit))
    on(tab.wall.stop, lambda visit, event: actions.stop(visit, event.id))
    on(tab.wall.again, lambda visit, event: actions.again(visit, event.id))
    on(tab.wall.dismiss, lambda visit, event: actions.dismiss(visit, event.id))
    on(tab.wall.unselect, lambda visit, event: actions.unselect(visit))
    on(tab.wall.compare, lambda visit, event: actions.compare(visit, event.ids))
    on(tab.wall.like, lambda visit, event: actions.like(visit, event.ids))
    on(tab.wall.delete, lambda visit, event: actions.delete(visit, event.ids))
    on(tab.box.favourite, lambda visit, event: actions.favourite(visit, event.id))
    on(tab.box.pin, lambda visit, event: actions.pin(visit, event.id))
    on(tab.box.vary, lambda visit, event: actions.vary(visit, event.id))
    on(tab.box.repaint, lambda visit, event: actions.repaint(visit, event.id, fields(event)))
    on(tab.box.portrait, lambda visit, event: actions.portrait(visit, event.id))
    on(tab.box.reference, lambda visit, event: actions.reference(visit, event.id))
    on(tab.box.compare_with, lambda visit, event: actions.select(visit, event.id))
    on(tab.box.delete, lambda visit, event: actions.delete(visit, (event.id,)))
    on(tab.templates.survey, lambda visit, event: actions.survey(visit, event.on))
    on(tab.templates.cell, lambda visit, event: actions.cell(visit, event.setting, event.expression))
    on(tab.templates.warm, lambda visit, event: actions.warm(visit, getattr(event, "which", ""), getattr(event, "setting", "")))
    on(tab.templates.fill, lambda visit, event: actions.fill(visit, event.setting, event.expression))
    on(tab.templates.stop_warming, lambda visit, event: actions.stop_warming(visit))
    on(tab.toast.undo, lambda visit, event: actions.undo(visit, event.conversation))


def fields(event: gr.EventData) -> dict[str, object]:
    """What a form held: an event carries its fields, and those that were left empty may be missing."""
    names = ("sort", "since", "until", "score", "knob", *KNOBS)
    return {name: getattr(event, name) for name in names if hasattr(event, name)}


def _part(elem_id: str, js: str | None = None, template: str = "${value}") -> gr.HTML:
    return gr.HTML(elem_id=elem_id, html_template=template, js_on_load=js, apply_default_css=False)
