"""The right column as HTML: her portrait in the ring of her mood, who she is, what she feels, and how fast she last answered. Her colours
come with it."""

import re

from companion.affect import Mood
from companion.persona.blueprint import Blueprint
from companion.store.records import shorten
from companion.ui import accent, latency, mood, why
from companion.ui.mood_words import face, feeling, talks
from companion.ui.portrait import ahead, large
from companion.ui.prose import attribute, escape
from companion.ui.view import View

WORDS_CHARS = 110


def presence(view: View) -> str:
    """The whole column."""
    blueprint = view.persona.blueprint
    last = next((line.message for line in reversed(view.lines) if line.message.trace is not None), None)
    others = "".join(ahead(one) for one in view.personas if one.id != view.persona.id)
    affect = view.affect
    name, shown = blueprint.identity.called, face(affect.shown) if affect else "neutral"
    stage = affect.bond.stage if affect else ""
    return (
        f"<style>{accent.stylesheet(blueprint.appearance, stage_accent(blueprint, stage))}</style>"
        f'<aside class="presence-card" aria-label="{attribute(name)}">{mood.ring(affect, large(view.persona, shown), "large", name)}'
        f'<div class="presence-name"><h1>{escape(name)}</h1>'
        f'<span class="quiet">{escape(stage or blueprint.identity.pronouns)}</span></div>'
        f'<p class="presence-tagline">{escape(blueprint.identity.tagline)}</p>{_felt(view)}'
        f"{latency.card(last.trace if last else None)}</aside>{others}"
    )


def stage_accent(blueprint: Blueprint, stage: str) -> str | None:
    """The colour of a stage of the relationship; None where it keeps her usual one."""
    return next((one.accent for one in blueprint.relationship.stages if one.name == stage), None)


def _felt(view: View) -> str:
    """What she feels, and what that changes; it opens into why. Before anything was read, a few of her own words."""
    if view.felt is None or view.affect is None:
        identity = view.persona.blueprint.identity
        words, rest = escape(beginning(identity.background)), why.nothing_yet(identity.called)
        return f'<p class="presence-words">{words}</p><p class="presence-words at-rest">{rest}</p>'
    affect = view.affect
    so = talks(view.felt.manner)
    levels = "".join(mood.level(one, value) for one, value in zip(Mood._fields, affect.mood, strict=True))
    return (
        f'<button type="button" class="feeling" {why.OPENS} data-id="{attribute(view.felt.message_id)}">'
        f"<span>{escape(feeling(affect))}.{f' {escape(so)}.' if so else ''}</span><em>why</em></button>"
        f'<dl class="levels presence-levels">{levels}</dl>'
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
