"""The right column as HTML: her portrait, who she is, and how fast she last answered. Her colours come with it."""

import re

from companion.ui import accent, latency
from companion.ui.portrait import ahead, large
from companion.ui.prose import escape
from companion.ui.view import View

SENTENCES = 3


def presence(view: View) -> str:
    """The whole column."""
    blueprint = view.persona.blueprint
    last = next((line.message for line in reversed(view.lines) if line.message.trace is not None), None)
    others = "".join(ahead(one) for one in view.personas if one.id != view.persona.id)
    return (
        f"<style>{accent.stylesheet(blueprint.appearance)}</style>"
        f'<aside class="presence-card" aria-label="{escape(blueprint.identity.called)}">{large(view.persona)}'
        f'<div class="presence-name"><h1>{escape(blueprint.identity.called)}</h1>'
        f'<span class="quiet">{escape(blueprint.identity.pronouns)}</span></div>'
        f'<p class="presence-tagline">{escape(blueprint.identity.tagline)}</p>'
        f'<p class="presence-words">{escape(beginning(blueprint.identity.background))}</p>'
        f"{latency.card(last.trace if last else None)}</aside>{others}"
    )


def beginning(background: str) -> str:
    """The first sentences of a background, in her own words."""
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(background.split()))
    return " ".join(sentences[:SENTENCES])
