"""Gradio's theme, reduced to what shows before our styles do: our paper, our fonts, nothing fetched."""

import gradio as gr
from gradio.themes.base import Base

from companion.ui.accent import DARK_PAPER, INK_ON_DARK, INK_ON_LIGHT, LIGHT_PAPER


def theme() -> Base:
    """The theme."""
    sans = [gr.themes.Font("Inter"), gr.themes.Font("system-ui"), gr.themes.Font("sans-serif")]
    mono = [gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")]
    return Base(font=sans, font_mono=mono).set(
        body_background_fill=LIGHT_PAPER,
        body_background_fill_dark=DARK_PAPER,
        body_text_color=INK_ON_LIGHT,
        body_text_color_dark=INK_ON_DARK,
    )
