"""What all tabs share: the wordmark, the names of the tabs, the column of places, and the bar that stands for it on a phone.

The tabs are Gradio's; `style/room.css` puts their names into the left column, `script/tabs.js` keeps the chosen one in the
address and lets arrow keys go from name to name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gradio as gr

from companion.ui.assets import reporting, script
from companion.ui.places import WORDMARK

PLACES_ACTS = ("choose", "open", "new", "rename", "remove", "export", "search")


@dataclass(frozen=True, slots=True)
class Frame:
    """The components that belong to no tab, and the tabs themselves."""

    brand: gr.HTML
    places: gr.HTML
    header: gr.HTML
    tabs: gr.Tabs
    chat: gr.Tab
    studio: gr.Tab
    memory: gr.Tab
    gallery: gr.Tab


@contextmanager
def build() -> Iterator[Frame]:
    """Draws the frame; each tab is filled inside it, with `with frame.chat:`."""
    with gr.Row(elem_id="room"):
        brand = gr.HTML(WORDMARK, elem_id="brand", js_on_load=script("tabs"), apply_default_css=False)
        with gr.Column(elem_id="places"):
            places = _part("places-list", reporting(*PLACES_ACTS, then="places"))
        header = _part("top", reporting("new", "why"))
        with gr.Tabs(elem_id="tabs", selected="chat", overflow_behavior="wrap") as tabs:
            chat = gr.Tab("Chat", id="chat", elem_id="chat-panel")
            studio = gr.Tab("Persona studio", id="studio", elem_id="studio-panel", render_children=True)
            memory = gr.Tab("Memory", id="memory", elem_id="memory-panel", render_children=True)
            gallery = gr.Tab("Gallery", id="gallery", elem_id="gallery-panel", render_children=True)
            yield Frame(brand, places, header, tabs, chat, studio, memory, gallery)


def _part(elem_id: str, js: str) -> gr.HTML:
    return gr.HTML(elem_id=elem_id, html_template="${value}", js_on_load=js, apply_default_css=False)
