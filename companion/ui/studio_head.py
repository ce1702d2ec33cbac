"""The studio's heading as HTML, and its page of all personas."""

from collections.abc import Sequence
from datetime import datetime

from companion.persona.library import Persona
from companion.studio import Work
from companion.ui.portrait import avatar
from companion.ui.prose import attribute, escape
from companion.ui.words import counted, gap


def head(work: Work, now: datetime, pinned: Sequence[int], tabs: str) -> str:
    """Who is worked on, how it stands, and what can be done.

    Args:
        pinned: the versions that her conversations are on.
        tabs: the names of the form's sections.
    """
    name = escape(work.persona.blueprint.identity.called)
    number = work.version.number
    save = "Save as your own" if work.persona.shipped else f"Save as version {number + 1}"
    able = "" if work.savable else " disabled"
    undo, redo = ("" if one else " disabled" for one in (work.undoable, work.redoable))
    return (
        f'<header class="studio-head"><div class="studio-name"><h1>{name}</h1>'
        f'<p class="quiet" role="status">{escape(_standing(work, now, pinned))}</p></div><div class="studio-acts">'
        f'<button type="button" class="icon" data-act="undo" aria-label="Undo" title="Undo (Ctrl+Z outside a field)"{undo}>↶</button>'
        f'<button type="button" class="icon" data-act="redo" aria-label="Redo" title="Redo"{redo}>↷</button>'
        '<button type="button" class="pill" popovertarget="history-panel">History</button>'
        '<button type="button" class="pill" popovertarget="export-panel">Export card</button>'
        f'<button type="button" class="pill strong" popovertarget="save-panel"{able}>{save}</button>'
        f"{_more(work)}</div></header>{tabs}"
    )


def _standing(work: Work, now: datetime, pinned: Sequence[int]) -> str:
    version = work.version
    ago = now - version.saved_at
    saved = "saved just now" if ago.total_seconds() < 90 else f"saved {_ago(ago.total_seconds())} ago"
    parts = ["comes with Companion" if work.persona.shipped else f"version {version.number}, {saved}"]
    behind = sorted({number for number in pinned if number < version.number})
    if behind:
        parts.append(f"conversations on {', '.join(f'v{number}' for number in behind)}")
    if work.troubles:
        parts.append(f"{counted(len(work.troubles), 'field')} to put right, kept as a draft")
    elif work.changes:
        parts.append(f"{counted(len(work.changes), 'change')} kept as a draft")
    return " · ".join(parts)


def _ago(seconds: float) -> str:
    from datetime import timedelta

    return counted(round(seconds / 60), "minute") if seconds < 3600 else gap(timedelta(seconds=seconds))


def _more(work: Work) -> str:
    own = "" if work.persona.shipped else '<button type="button" class="danger" data-act="delete">Delete</button>'
    drop = '<button type="button" data-act="discard">Drop the draft</button>' if work.changes or work.troubles else ""
    return (
        '<details class="menu studio-more"><summary class="icon" aria-label="More" title="More">⋯</summary><div class="menu-body">'
        '<button type="button" popovertarget="new-panel">New persona…</button>'
        '<button type="button" popovertarget="import-panel">Bring in cards…</button>'
        '<button type="button" data-act="everyone">All personas</button>'
        f'<button type="button" data-act="duplicate">Duplicate</button>{drop}{own}</div></details>'
    )


def everyone(personas: Sequence[Persona], words: str) -> str:
    """All personas, with a search over who they are."""
    found = [one for one in personas if _matches(one, words)]
    cards = "".join(_card(one) for one in found) or f'<p class="none">Nobody matches “{escape(words)}”.</p>'
    return (
        '<header class="studio-head"><div class="studio-name"><h1>Personas</h1>'
        f'<p class="quiet" role="status">{counted(len(found), "persona")}</p></div><div class="studio-acts">'
        f'<label class="search"><span class="sr-only">Search personas</span><input type="search" data-find value="{attribute(words)}" '
        'placeholder="Search" autocomplete="off"></label>'
        '<button type="button" class="pill" popovertarget="import-panel">Bring in cards</button>'
        '<button type="button" class="pill strong" popovertarget="new-panel">New persona</button></div></header>'
        f'<div class="everyone">{cards}</div>'
    )


def _matches(persona: Persona, words: str) -> bool:
    identity, character = persona.blueprint.identity, persona.blueprint.character
    told = (identity.name, identity.nickname, identity.tagline, identity.background, *character.values, *character.quirks)
    return all(word in " ".join(told).casefold() for word in words.casefold().split())


def _card(persona: Persona) -> str:
    identity = persona.blueprint.identity
    tags = "".join(f"<span>{escape(one)}</span>" for one in persona.blueprint.character.values[:3])
    return (
        f'<button type="button" class="card persona-card" data-act="work" data-id="{attribute(persona.id)}">{avatar(persona)}'
        f'<strong>{escape(identity.called)}</strong><small>{escape(identity.tagline)}</small><span class="tags">{tags}</span>'
        f"{'<em>comes with Companion</em>' if persona.shipped else ''}</button>"
    )
