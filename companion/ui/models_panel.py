"""Which model speaks: the banner that says so, and the panel where another is chosen, added or fetched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr

from companion.compose import Companion
from companion.errors import CompanionError
from companion.persona.blueprint import ModelChoice
from companion.settings import Settings
from companion.think.models import STARTER, ModelEntry
from companion.think.remote import public_address
from companion.ui import version_sheet
from companion.ui.assets import reporting
from companion.ui.download import Download, Progress
from companion.ui.place import Place
from companion.ui.prose import attribute, escape
from companion.ui.words import size

WEIGHTS = {"none": "", "int8": "in 8 bits", "int4": "in 4 bits, with bitsandbytes"}
ACTS = ("use", "fetch", "stop", "bring", "remove", "open")


@dataclass(frozen=True, slots=True)
class ModelsPanel:
    """The banner, the panel that opens over the page, and the clock that moves a progress bar."""

    banner: gr.HTML
    panel: gr.HTML
    clock: gr.Timer


def build(banner: gr.HTML) -> ModelsPanel:
    """Draws the panel; it belongs at the end of the page."""
    panel = gr.HTML(
        elem_id="models",
        apply_default_css=False,
        html_template='<div id="models-panel" class="sheet" popover role="dialog" aria-label="Models">${value}</div>',
        js_on_load=reporting(*ACTS) + "\nelement.querySelector('#models-panel').addEventListener('toggle', () => trigger('open'));",
    )
    return ModelsPanel(banner, panel, gr.Timer(1.0, active=False))


def wire(tab: ModelsPanel, companion: Companion, place: gr.State) -> None:
    """Connects the panel's buttons."""
    download = Download(companion.models)
    outputs = [tab.banner, tab.panel, tab.clock]

    def drawn(place: Place, problem: CompanionError | None = None) -> tuple[str, str, Any]:
        progress = download.progress()
        conversation = companion.conversations.get(place.conversation_id)
        persona = companion.cast.persona_for(conversation)
        line = banner(companion, persona.blueprint.model)
        line += version_sheet.line(persona, conversation, companion.cast.outdated(conversation))
        return line, panel(companion, progress, problem), gr.Timer(active=progress.running)

    def on(listener: Any, act: Callable[[gr.EventData], object]) -> None:
        def handler(place: Place, event: gr.EventData) -> tuple[str, str, Any]:
            try:
                act(event)
            except CompanionError as error:
                return drawn(place, error)
            return drawn(place)

        listener(handler, [place], **quiet)

    quiet: dict[str, Any] = {"outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}
    on(tab.panel.use, lambda event: companion.use_model(event.id))
    on(tab.panel.remove, lambda event: companion.models.remove(event.id))
    on(tab.panel.fetch, lambda event: download.start(event.id))
    on(tab.panel.bring, lambda event: download.start(str(event.source).strip()))
    on(tab.panel.stop, lambda event: download.stop())
    tab.panel.open(drawn, [place], **quiet)
    tab.clock.tick(drawn, [place], **quiet)


def banner(companion: Companion, choice: ModelChoice) -> str:
    """The line that says who writes.

    Args:
        choice: what the persona's blueprint says.
    """
    speaking, server = companion.writers.name(choice), public_address(companion.settings.remote_url)
    if server:
        words, button = f"You are talking to {escape(speaking)} on {escape(server)}. What you write goes there.", "See the others"
    elif speaking == STARTER:
        words, button = "You are talking to the built-in model. It is small, and runs entirely on this machine.", "Choose a larger one"
    else:
        known = {entry.id: entry.label for entry in companion.models.list()}
        name = known.get(speaking, speaking.rstrip("/").rsplit("/", 1)[-1])
        words, button = f"You are talking to {escape(name)}. It runs entirely on this machine.", "Choose another"
    return f'<div class="banner" role="note"><span>{words}</span><button type="button" popovertarget="models-panel">{button}</button></div>'


def panel(companion: Companion, progress: Progress, problem: CompanionError | None = None) -> str:
    """What the panel shows."""
    held = _held(companion.settings)
    parts = list(_tiers(companion.models.list(), companion.models.chosen(), "Chosen" if held else "Speaking", progress))
    return (
        '<div class="panel-head"><h2>Models</h2><button type="button" class="pill" popovertarget="models-panel" '
        'popovertargetaction="hide">Done</button></div>'
        '<p class="quiet">These models run on this machine. A larger one writes better and needs more memory; '
        "only fetching it uses the network.</p>"
        f"{held}{_problem(problem or progress.problem)}{''.join(parts)}{_another(progress)}"
    )


def _held(settings: Settings) -> str:
    """Says which setting decides who writes; empty when none does."""
    server = public_address(settings.remote_url)
    name, value = ("COMPANION_REMOTE_URL", server) if server else ("COMPANION_MODEL", settings.model)
    return f'<p class="note">{name} is set to “{escape(value)}” and goes before what is chosen here.</p>' if value else ""


def _tiers(entries: tuple[ModelEntry, ...], chosen: str, said: str, progress: Progress) -> Iterator[str]:
    tiers: dict[str, list[ModelEntry]] = {}
    for entry in entries:
        tiers.setdefault(entry.tier or "Added by you", []).append(entry)
    for tier, members in tiers.items():
        rows = "".join(_entry(entry, said if entry.id == chosen else "", progress) for entry in members)
        own = " · recommended for this machine" if members[0].recommended else ""
        yield f'<section class="tier"><h3 class="heading">{escape(tier)}{own}</h3><ul>{rows}</ul></section>'


def _entry(entry: ModelEntry, chosen: str, progress: Progress) -> str:
    facts = [size(entry.size_gb * 1e9), f"{size(entry.memory_gb * 1e9)} of memory"] if entry.size_gb else []
    facts += [WEIGHTS[entry.quantise], escape(entry.licence)]
    if entry.gated:
        facts.append("its owner asks for consent first")
    if not entry.tried:
        facts.append("not tried by us yet")
    fetching = progress.running and progress.model_id == entry.id
    resumable = progress.problem is not None and progress.model_id == entry.id
    if chosen:
        action = f'<span class="chosen">{chosen}</span>'
    elif entry.installed:
        forget = "" if entry.id == STARTER else _button("remove", entry.id, "Remove", entry.label, css_class="plain")
        action = forget + _button("use", entry.id, "Use", entry.label)
    elif fetching:
        action = _button("stop", entry.id, "Stop", entry.label)
    else:
        action = _button("fetch", entry.id, "Go on" if resumable else "Download", entry.label, disabled=progress.running)
    bar = _bar(progress) if fetching else ""
    return (
        f'<li class="model"><div><strong>{escape(entry.label)}</strong>'
        f'<p class="quiet">{" · ".join(fact for fact in facts if fact)}</p></div>'
        f'<div class="model-acts">{action}</div>{bar}</li>'
    )


def _bar(progress: Progress) -> str:
    total = progress.total_bytes
    share = 100 * progress.arrived_bytes / total if total else 0
    words = f"{size(progress.arrived_bytes)} of {size(total)}" if total else "Asking the hub…"
    return (
        f'<div class="fetching"><div class="bar" role="progressbar" aria-label="Download" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{share:.0f}"><span style="width:{share:.1f}%"></span></div><p class="quiet">{words}</p></div>'
    )


def _another(progress: Progress) -> str:
    disabled = " disabled" if progress.running else ""
    return (
        '<section class="tier"><h3 class="heading">Another model</h3><form class="another" data-act="bring">'
        '<label class="sr-only" for="model-source">A name on the Hugging Face hub, or a folder on this machine</label>'
        '<input id="model-source" name="source" required placeholder="owner/name on the hub, or a folder" autocomplete="off">'
        f'<button type="submit" class="pill"{disabled}>Add</button></form></section>'
    )


def _problem(problem: CompanionError | None) -> str:
    if problem is None:
        return ""
    return f'<div class="card problem" role="alert"><p><strong>{escape(problem.message)}</strong></p><p>{escape(problem.hint)}</p></div>'


def _button(act: str, model_id: str, label: str, name: str, *, css_class: str = "pill", disabled: bool = False) -> str:
    off = " disabled" if disabled else ""
    return (
        f'<button type="button" class="{css_class}" data-act="{act}" data-id="{attribute(model_id)}" '
        f'aria-label="{label} {attribute(name)}"{off}>{label}</button>'
    )
