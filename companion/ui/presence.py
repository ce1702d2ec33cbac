"""The right column as HTML: her portrait, who she is, and how fast she last answered. Her colours come with it."""

import re

from companion.store.records import shorten
from companion.ui import accent, latency
from companion.ui.portrait import ahead, large
from companion.ui.prose import attribute, escape
from companion.ui.view import View

WORDS_CHARS = 110


def presence(view: View) -> str:
    """The whole column."""
    blueprint = view.persona.blueprint
    last = next((line.message for line in reversed(view.lines) if line.message.trace is not None), None)
    others = "".join(ahead(one) for one in view.personas if one.id != view.persona.id)
    return (
        f"<style>{accent.stylesheet(blueprint.appearance)}</style>"
        f'<aside class="presence-card" aria-label="{attribute(blueprint.identity.called)}">{large(view.persona)}'
        f'<div class="presence-name"><h1>{escape(blueprint.identity.called)}</h1>'
        f'<span class="quiet">{escape(blueprint.identity.pronouns)}</span></div>'
        f'<p class="presence-tagline">{escape(blueprint.identity.tagline)}</p>'
        f'<p class="presence-words">{escape(beginning(blueprint.identity.background))}</p>'
        f"{latency.card(last.trace if last else None)}</aside>{others}"
    )


def beginning(background: str) -> str:
    """The first sentences of a background, in her own words: as many as fit into 110 characters, at least part of one."""
    first, *others = re.split(r"(?<=[.!?])\s+", " ".join(background.split()))
    words = shorten(first, WORDS_CHARS)
    for sentence in others:
        if len(words) + 1 + len(sentence) > WORDS_CHARS:
            break
        words += f" {sentence}"
    return words
