"""The talk: who is here, what was said, what is being written, and where one writes. Drawn first, wired second.

What an action means is in `actions.py`; here it is tied to the buttons. Handlers only read and wait: the model has its
own thread in the worker, so they may run side by side.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from companion.compose import Companion
from companion.ui.actions import Actions, Drawing, Drawings
from companion.ui.assets import markup, reporting, script
from companion.ui.frame import Frame
from companion.ui.place import Place
from companion.ui.version_sheet import SHEET
from companion.ui.why import SHEET as WHY_SHEET

LOOK_EVERY_S = 1.5
READERS = 32
SPEED_PANEL = '<div id="speed-panel" class="sheet" popover role="dialog" aria-labelledby="speed-heading">${value}</div>'
MESSAGE_ACTS = ("again", "grow", "answer", "edit", "swipe", "branch", "delete", "opener", "earlier", "memory", "source", "why", "picture")


@dataclass(frozen=True, slots=True)
class ChatTab:
    """The components of the talk: those of a `Drawing`, by name, and the clock."""

    place: gr.State
    persona: gr.State
    following: gr.State
    elsewhere: gr.State
    places: gr.HTML
    header: gr.HTML
    banner: gr.HTML
    transcript: gr.HTML
    live: gr.HTML
    composer: gr.HTML
    presence: gr.HTML
    speed: gr.HTML
    versions: gr.HTML
    why: gr.HTML
    toast: gr.HTML
    parcel: gr.HTML
    spot: gr.HTML
    clock: gr.Timer

    @property
    def drawn(self) -> list[Any]:
        """The components that a drawing changes."""
        return [getattr(self, name) for name in Drawing.__slots__]

    def changes(self, drawings: Iterable[Drawing]) -> Iterator[Any]:
        """Drawings as Gradio takes them: only what changes."""
        nothing = True
        for drawing in drawings:
            nothing = False
            values = ((getattr(self, name), getattr(drawing, name)) for name in Drawing.__slots__)
            yield {component: value for component, value in values if value is not None}
        if nothing:  # Gradio would empty every component of a generator that gives nothing
            yield gr.skip()


def build(frame: Frame) -> ChatTab:
    """Draws the talk and the presence; the column of places belongs to all tabs."""
    place, persona, following, elsewhere = gr.State(Place()), gr.State(""), gr.State(""), gr.State("")
    with gr.Row(elem_id="chat"):
        with gr.Column(elem_id="talk"):
            banner = _part("banner", reporting("differ", "move"))
            with gr.Column(elem_id="scroll"):
                transcript = _part("transcript", reporting(*MESSAGE_ACTS, then="talk"))
                live = _part("live", script("pace"))
            toast = _part("toast", script("toast"), markup("toast"))
            composer = _part("composer", script("composer"), markup("composer"))
        with gr.Column(elem_id="presence"):
            presence = _part("presence-card", reporting("why"))
    speed = _part("speed", template=SPEED_PANEL)
    versions = _part("version-sheet", reporting("move"), SHEET)
    why = _part("why", reporting("source", then="why"), WHY_SHEET)
    parcel = _part("parcel", script("parcel"), "<span></span>")
    spot = _part("spot", script("spot"), "<span></span>")
    clock = gr.Timer(LOOK_EVERY_S)
    ids, beside = (place, persona, following, elsewhere), (frame.places, frame.header)
    return ChatTab(*ids, *beside, banner, transcript, live, composer, presence, speed, versions, why, toast, parcel, spot, clock)


def wire(tab: ChatTab, companion: Companion, page: gr.Blocks, sources: Iterable[gr.HTML] = (), moved_to: Iterable[gr.State] = ()) -> None:
    """Connects what the user does to what happens.

    Args:
        sources: parts of other tabs whose `source` leads to a message.
        moved_to: what other tabs turn the page to, a persona's id and a token that makes it new, with a space between them.
    """
    actions = Actions(companion)
    quiet: dict[str, Any] = {"outputs": tab.drawn, "show_progress": "hidden", "api_visibility": "private"}
    quiet["trigger_mode"] = "multiple"
    following: dict[str, Any] = {"concurrency_limit": READERS, "concurrency_id": "following"}
    # One after the other, so that of two quick clicks the second has the last word.
    in_turn: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "in turn"}

    def on(listener: Any, do: Callable[[Place, gr.EventData], Drawings], **more: Any) -> Any:
        """Ties an action to an event that carries data."""

        def handler(place: Place, event: gr.EventData) -> Iterator[Any]:
            # What was pressed belongs to the conversation it was drawn for, wherever the tab has gone meanwhile.
            here = replace(place, conversation_id=getattr(event, "conversation", "") or place.conversation_id)
            yield from tab.changes(actions.guarded(here, lambda: do(here, event)))

        return listener(handler, [tab.place], **quiet, **(in_turn | more))

    def join(turn_id: str, place: Place) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(place, lambda: actions.follow(place, turn_id)))

    def glance(place: Place, following: str) -> Iterator[Any]:
        yield from tab.changes(actions.guarded(place, lambda: actions.glance(place, following)))

    def move(place: Place, moved: str) -> Iterator[Any]:
        drawings = actions.guarded(place, lambda: actions.choose(place, moved.split()[0])) if moved else ()
        yield from tab.changes(drawings)

    def arrive(request: gr.Request) -> Iterator[Any]:
        talk = request.query_params.get("talk", "")
        yield from tab.changes(actions.guarded(Place(), lambda: actions.arrive(talk)))

    said, talk, list_ = tab.composer, tab.transcript, tab.places
    # These follow a reply to its end, so leaving the conversation lets go of them; the reply itself is written on.
    talking = [
        on(said.send, lambda place, event: actions.send(place, event.text), **following),
        on(said.rewrite, lambda place, event: actions.rewrite(place, event.id, event.text), **following),
        on(talk.opener, lambda place, event: actions.send(place, event.text), **following),
        on(talk.again, lambda place, event: actions.again(place, event.id), **following),
        on(talk.answer, lambda place, event: actions.again(place, event.id), **following),
        on(talk.grow, lambda place, event: actions.grow(place, event.id), **following),
        tab.elsewhere.change(join, [tab.elsewhere, tab.place], **quiet, **following),
    ]
    on(said.stop, lambda place, event: actions.stop(place))
    on(said.undo, lambda place, event: actions.undo(place))
    on(tab.toast.undo, lambda place, event: actions.undo(place), cancels=talking)
    on(talk.edit, lambda place, event: actions.edit(place, event.id))
    on(talk.swipe, lambda place, event: actions.swipe(place, event.to))
    on(talk.branch, lambda place, event: actions.branch(place, event.id))
    on(talk.delete, lambda place, event: actions.delete(place, event.id))
    on(talk.earlier, lambda place, event: actions.earlier(place))
    on(list_.choose, lambda place, event: actions.choose(place, event.id), cancels=talking)
    on(list_.open, lambda place, event: actions.open(place, event.id), cancels=talking)
    for part in (talk, tab.presence, tab.header):
        on(part.why, lambda place, event: actions.why(place, getattr(event, "id", "")))
    for part in (talk, tab.why, *sources):
        on(part.source, lambda place, event: actions.show(place, event.id), cancels=talking)
    on(list_.new, lambda place, event: actions.new(place), cancels=talking)
    on(tab.header.new, lambda place, event: actions.new(place), cancels=talking)
    on(list_.remove, lambda place, event: actions.remove(place, event.id), cancels=talking)
    on(list_.rename, lambda place, event: actions.rename(place, event.id, event.title))
    on(list_.search, lambda place, event: actions.search(place, event.words))
    on(list_.export, lambda place, event: actions.export(event.id, event.form))
    on(tab.banner.differ, lambda place, event: actions.differ(place))
    for part in (tab.banner, tab.versions):
        on(part.move, lambda place, event: actions.move(place))
    for moved in moved_to:
        moved.change(move, [tab.place, moved], **quiet, **in_turn, cancels=talking)
    tab.clock.tick(glance, [tab.place, tab.following], **quiet, **in_turn)
    page.load(arrive, None, **quiet, **in_turn)


def _part(elem_id: str, js: str | None = None, template: str = "${value}") -> gr.HTML:
    return gr.HTML(elem_id=elem_id, html_template=template, js_on_load=js, apply_default_css=False)
