"""The panels of the studio as HTML: saving with a note, the history with its differences, cards out, cards in."""

from collections.abc import Sequence
from datetime import datetime

from companion.persona.cards.export import Format
from companion.persona.cards.writing import Spec
from companion.persona.diff import Change
from companion.store.versions import Version
from companion.studio import Brought, Work
from companion.ui.changes import listed
from companion.ui.prose import attribute, escape
from companion.ui.words import day

AS_IT_CAME = (None, None, "As it came", "the card she came from, in its own format and version, with what you changed")
FORMATS: tuple[tuple[Format | None, Spec | None, str, str], ...] = (
    AS_IT_CAME,  # format, specification, label, what it is good for
    ("png", "v3", "PNG, V3", "a picture with the card inside; most programs read it"),
    ("png", "v2", "PNG, V2", "for programs that know V2 alone"),
    ("json", "v3", "JSON, V3", "text, without a picture"),
    ("json", "v2", "JSON, V2", "text, for programs that know V2 alone"),
    ("charx", "v3", "CHARX, V3", "a zip with every file that came along"),
    ("companion", None, "Companion bundle", "everything of hers, for another Companion; no memories"),
)


def _head(title: str, panel: str) -> str:
    done = f'<button type="button" class="pill" popovertarget="{panel}" popovertargetaction="hide">Done</button>'
    return f'<div class="panel-head"><h2>{escape(title)}</h2>{done}</div>'


def save_panel(work: Work) -> str:
    """What is saved, and a note for later."""
    name = work.persona.blueprint.identity.called
    title = f"Save {name} as your own" if work.persona.shipped else f"Save version {work.version.number + 1}"
    why = f'<p class="quiet">{escape(name)} comes with Companion and stays as she is.</p>' if work.persona.shipped else ""
    return (
        f"{_head(title, 'save-panel')}{why}{listed(work.changes)}"
        '<form class="edit-of" data-act="save"><label>Note<input name="note" maxlength="200" autocomplete="off" '
        'placeholder="what is different, in a few words"></label>'
        '<span><button type="submit" class="pill strong">Save</button></span></form>'
    )


def history_panel(work: Work, versions: Sequence[Version], now: datetime, shown: int, changes: Sequence[Change]) -> str:
    """Every version, newest first."""
    rows = "".join(_version(one, work, now, shown, changes) for one in versions)
    return (
        f'{_head("History", "history-panel")}<p class="quiet">No version is ever changed; bringing one back adds a new one.</p>'
        f'<ol class="versions">{rows}</ol>'
    )


def _version(one: Version, work: Work, now: datetime, shown: int, changes: Sequence[Change]) -> str:
    when = day(one.saved_at.astimezone(), now.astimezone())
    newest = one.number == work.version.number
    back = "" if newest or work.persona.shipped else _button("restore", one.number, "Bring back", "pill")
    opened = one.number == shown
    look = _button("differ", 0 if opened else one.number, "Hide" if opened else "See what changed", "plain")
    told = f'<div class="differences">{listed(changes)}</div>' if opened else ""
    state = '<span class="chosen">now</span>' if newest else ""
    return (
        f'<li class="model"><div><strong>Version {one.number}</strong> {state}<p class="quiet">{escape(when)}'
        f'{f" · {escape(one.note)}" if one.note else ""}</p></div><div class="model-acts">{look}{back}</div>{told}</li>'
    )


def _button(act: str, number: int, label: str, css_class: str) -> str:
    return f'<button type="button" class="{css_class}" data-act="{act}" data-id="{number}">{escape(label)}</button>'


def export_panel(work: Work, losses: dict[str, Sequence[str]]) -> str:
    """The formats that she can be written in, and what each of them cannot hold."""
    cards = [set(told) for kind, _, label, _ in FORMATS if kind not in (None, "companion") and (told := losses.get(label)) is not None]
    common = set.intersection(*cards) if cards else set()
    rows = "".join(_format(*one, [told for told in losses[one[2]] if told not in common]) for one in FORMATS if one[2] in losses)
    of_all = "".join(f'<p class="quiet">{escape(told)}</p>' for told in sorted(common))
    draft = '<p class="quiet">The saved version is written; the draft stays here.</p>' if work.changes else ""
    return f'{_head("Export", "export-panel")}{draft}{of_all}<ul class="versions">{rows}</ul>'


def _format(kind: str | None, spec: str | None, label: str, use: str, losses: Sequence[str]) -> str:
    told = "".join(f'<p class="quiet lost">{escape(one)}</p>' for one in losses)
    return (
        f'<li class="model"><div><strong>{escape(label)}</strong><p class="quiet">{escape(use)}</p>{told}</div><div class="model-acts">'
        f'<button type="button" class="pill" data-act="write" data-form="{kind or ""}" data-spec="{spec or ""}" '
        f'aria-label="Download as {attribute(label)}">Download</button></div></li>'
    )


def import_panel(brought: Sequence[Brought]) -> str:
    """Where files are dropped, and what came of each."""
    rows = "".join(_brought(one) for one in brought)
    report = f'<ul class="versions" role="status">{rows}</ul>' if rows else '<div role="status"></div>'
    return (
        f"{_head('Bring in', 'import-panel')}"
        '<p class="quiet">Character cards of any program (PNG, JSON, CHARX), Companion bundles and persona files. Each becomes a new '
        "persona; nobody is replaced.</p>"
        '<label class="drop"><input type="file" multiple accept=".png,.apng,.json,.charx,.jpg,.jpeg,.webp,.companion,.yaml,.yml" '
        'aria-label="Files"><span><strong>Drop files here</strong> or choose them</span>'
        '<span class="file-name quiet" role="status"></span></label>'
        f"{report}"
    )


def _brought(one: Brought) -> str:
    name = escape(one.name)
    if one.persona is None:
        why = f"{one.problem.message} {one.problem.hint}" if one.problem else "It could not be read."
        return f'<li class="model"><div><strong>{name}</strong><p class="danger">{escape(why)}</p></div></li>'
    warned = "".join(f'<p class="quiet lost">{escape(words)}</p>' for words in one.warnings)
    work = f'<button type="button" class="pill" data-act="work" data-id="{attribute(one.persona.id)}">Open</button>'
    return (
        f'<li class="model"><div><strong>{escape(one.persona.blueprint.identity.called)}</strong>'
        f'<p class="quiet">from {name}</p>{warned}</div>'
        f'<div class="model-acts">{work}</div></li>'
    )


def suffix_of(card: bytes) -> str:
    """The ending that a card's file should have, by how it begins."""
    known = ((b"\x89PNG", "png"), (b"PK", "charx"), (b"\xff\xd8", "jpg"), (b"RIFF", "webp"))
    return next((suffix for begins, suffix in known if card.startswith(begins)), "json")
