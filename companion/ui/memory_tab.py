"""The Memory tab: what she knows, what she would recall and why, and how it is corrected or forgotten. Drawn first, wired second.

What an action means is in `memory_actions.py`; here it is tied to the page. Jumps to the words that a memory comes from are
wired by `chat_tab.py`, which they lead to.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from companion.forgetting import Scope
from companion.ui.assets import markup, reporting, script
from companion.ui.chat_tab import ChatTab
from companion.ui.frame import Frame
from companion.ui.knowing import Knowledge
from companion.ui.memory_actions import Drawings, MemoryActions
from companion.ui.memory_drawing import MemoryDrawing
from companion.ui.memory_sheets import scope_of
from companion.ui.outlook import Outlook

LOOK_EVERY_S = 2.0
CARD_ACTS = ("show", "source", "save", "keep", "pin", "hide", "merge", "forget", "remember", "close")
FORGET_PANEL = '<div id="forget-panel" class="sheet" popover role="dialog" aria-label="Forget">${value}</div>'
BRING_PANEL = '<div id="bring-panel" class="sheet" popover role="dialog" aria-label="Bring in">${value}</div>'


@dataclass(frozen=True, slots=True)
class MemoryTab:
    """The components: those of a `MemoryDrawing`, by name, and the clock."""

    outlook: gr.State
    head: gr.HTML
    ask: gr.HTML
    rows: gr.HTML
    pictures: gr.HTML
    mood: gr.HTML
    chronicle: gr.HTML
    card: gr.HTML
    plane: gr.HTML
    plotted: gr.State
    forget: gr.HTML
    bring: gr.HTML
    toast: gr.HTML
    parcel: gr.HTML
    clock: gr.Timer

    @property
    def drawn(self) -> list[Any]:
        """The components that a drawing changes."""
        return [getattr(self, name) for name in MemoryDrawing.__slots__]

    def changes(self, drawings: Iterable[MemoryDrawing]) -> Iterator[Any]:
        """Drawings as Gradio takes them: only what changes."""
        nothing = True
        for drawing in drawings:
            nothing = False
            values = ((getattr(self, name), getattr(drawing, name)) for name in MemoryDrawing.__slots__)
            yield {component: value for component, value in values if value is not None}
        if nothing:  # Gradio would empty every component of a generator that gives nothing
            yield gr.skip()


def build() -> MemoryTab:
    """Draws the tab."""
    outlook, plotted = gr.State(Outlook()), gr.State("")
    with gr.Column(elem_id="memory"):
        head = _part("memory-head", reporting("begin", "export"))
        with gr.Row(elem_id="memory-columns"):
            with gr.Column(elem_id="memory-list"):
                ask = _part("memory-ask", reporting("ask", "filter", "clear", then="memory_ask"))
                rows = _part("memory-rows", reporting("show", "source", "further", "begin", "merge", then="memory_rows"))
                pictures = _part("memory-pictures", reporting("show", "period", then="memory"))
                mood = _part("memory-mood", reporting("show", "source", "span", "day", then="memory"))
                chronicle = _part("memory-chronicle", reporting("show", "save", then="memory"))
            with gr.Column(elem_id="memory-side"):
                card = _part("memory-card", reporting(*CARD_ACTS, then="memory"))
                plane = _part("memory-map", reporting("show", then="memory"))
        forget = _part("forget", reporting("forget_all", "remember", "finish", then="memory_forget"), FORGET_PANEL)
        bring = _part("bring", script("memory_bring"), BRING_PANEL)
        toast = _part("memory-toast", script("toast"), markup("toast"))
        parcel = _part("memory-parcel", script("parcel"), "<span></span>")
    return MemoryTab(
        outlook,
        head,
        ask,
        rows,
        pictures,
        mood,
        chronicle,
        card,
        plane,
        plotted,
        forget,
        bring,
        toast,
        parcel,
        gr.Timer(LOOK_EVERY_S, active=False),
    )


def wire(tab: MemoryTab, known: Knowledge, talk: ChatTab, frame: Frame) -> None:
    """Connects what the user does to what happens."""
    actions = MemoryActions(known)
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    # One after the other, so that of two quick clicks the second has the last word; the chat does not wait for it.
    in_turn: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "memory in turn"}

    def on(listener: Any, do: Callable[[Outlook, gr.EventData], Drawings], **more: Any) -> None:
        """Ties an action to an event that carries data."""

        def handler(outlook: Outlook, event: gr.EventData) -> Iterator[Any]:
            yield from tab.changes(actions.guarded(outlook, lambda: do(outlook, event)))

        listener(handler, [tab.outlook], tab.drawn, **quiet, **(in_turn | more))

    def enter(outlook: Outlook, persona_id: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(outlook, lambda: actions.enter(outlook, persona_id)))

    def from_chat(outlook: Outlook, persona_id: str, event: gr.EventData) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(outlook, lambda: actions.arrive(outlook, persona_id, event.id)))

    def glance(outlook: Outlook) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(outlook, lambda: actions.glance(outlook)))

    def turn(outlook: Outlook, persona_id: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(outlook, lambda: actions.turn(outlook, persona_id)))

    def leave(outlook: Outlook) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(outlook, lambda: actions.leave(outlook)))

    def plot(outlook: Outlook) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(outlook, lambda: actions.plot(outlook)))

    for entering in (frame.memory.select, frame.brand.enter):
        entering(enter, [tab.outlook, talk.persona], tab.drawn, **quiet, **in_turn)
    frame.memory.select(lambda: gr.Timer(active=True), None, tab.clock, **quiet)
    frame.chat.select(leave, [tab.outlook], tab.drawn, **quiet, **in_turn)
    frame.chat.select(lambda: gr.Timer(active=False), None, tab.clock, **quiet)
    talk.persona.change(turn, [tab.outlook, talk.persona], tab.drawn, **quiet, **in_turn)
    talk.transcript.memory(from_chat, [tab.outlook, talk.persona], tab.drawn, **quiet, **in_turn)
    # Meaning may have to be loaded first: the rest of the tab does not wait for it.
    tab.plotted.change(plot, [tab.outlook], tab.drawn, **quiet, concurrency_limit=1, concurrency_id="memory map")
    tab.clock.tick(glance, [tab.outlook], tab.drawn, **quiet, **in_turn)

    on(tab.head.begin, lambda outlook, event: actions.begin(outlook))
    on(tab.head.export, lambda outlook, event: actions.export(outlook))
    on(tab.ask.ask, lambda outlook, event: actions.ask(outlook, event.asking, event.words), concurrency_id="memory asking")
    on(tab.ask.filter, lambda outlook, event: actions.filter(outlook, fields(event)))
    on(tab.ask.clear, lambda outlook, event: actions.clear(outlook))
    on(tab.rows.further, lambda outlook, event: actions.further(outlook))
    on(tab.rows.begin, lambda outlook, event: actions.begin(outlook))
    on(tab.rows.merge, lambda outlook, event: actions.merge(outlook, event.id, event.others))
    on(tab.mood.span, lambda outlook, event: actions.span(outlook, event.id))
    on(tab.mood.day, lambda outlook, event: actions.day(outlook, event.id))
    on(tab.pictures.period, lambda outlook, event: actions.period(outlook, event.since, event.until))
    for part in (tab.rows, tab.pictures, tab.mood, tab.chronicle, tab.card, tab.plane):
        on(part.show, lambda outlook, event: actions.show(outlook, event.id))
    for part in (tab.chronicle, tab.card):
        on(part.save, lambda outlook, event: actions.save(outlook, event.id, fields(event)))
    on(tab.card.keep, lambda outlook, event: actions.add(outlook, fields(event)))
    on(tab.card.pin, lambda outlook, event: actions.pin(outlook, event.id))
    on(tab.card.hide, lambda outlook, event: actions.hide(outlook, event.id))
    on(tab.card.merge, lambda outlook, event: actions.choose_others(outlook, event.id))
    on(tab.card.close, lambda outlook, event: actions.close(outlook))
    on(tab.card.forget, lambda outlook, event: actions.forget(outlook, Scope(memory_ids=(event.id,))))
    on(tab.forget.weigh, lambda outlook, event: actions.weigh(outlook, scope_of(fields(event))))
    on(tab.forget.forget_all, lambda outlook, event: actions.forget(outlook, scope_of(fields(event))))
    for part in (tab.card, tab.forget):
        on(part.remember, lambda outlook, event: actions.remember(outlook, event.id))
    on(tab.forget.finish, lambda outlook, event: actions.finish(outlook, event.id))
    on(tab.toast.undo, lambda outlook, event: actions.remember(outlook, event.conversation))
    on(tab.bring.bring, lambda outlook, event: actions.bring(outlook, event.name, event.content), concurrency_id="bringing in")


def fields(event: gr.EventData) -> dict[str, object]:
    """What a form held: an event carries its fields, and those that were left empty may be missing."""
    names = ("kind", "subject", "state", "conversation_id", "since", "until", "pinned", "text", "value", "day", "what", "id", "words")
    return {name: getattr(event, name) for name in names if hasattr(event, name)}


def _part(elem_id: str, js: str | None = None, template: str = "${value}") -> gr.HTML:
    return gr.HTML(elem_id=elem_id, html_template=template, js_on_load=js, apply_default_css=False)
