"""The card of one memory as HTML: its words, its time, the messages it comes from, what it replaced, and what one can do with it."""

from datetime import datetime

from companion.store.memory_records import KINDS as ALL_KINDS
from companion.store.memory_records import Memory
from companion.store.records import shorten
from companion.ui.memory_view import Detail, MemoryView, Source
from companion.ui.memory_words import KINDS, condition, date, force, sentence, times
from companion.ui.places import UNTITLED
from companion.ui.prose import attribute, escape
from companion.ui.words import counted

QUOTE_CHARS = 320
CLOSE = '<button type="button" class="icon close" data-act="close" aria-label="Close">×</button>'


def card(view: MemoryView, detail: Detail | None) -> str:
    """What the right column shows."""
    if view.outlook.card == "new":
        return _new(view)
    if detail is None:
        gone = view.outlook.chosen
        words = "This memory is no longer there." if gone else "Choose a memory to see where it comes from."
        return f'<p class="none card-hint">{words}</p>' if view.total else ""
    memory = detail.memory
    told = "".join(_source(source, view) for source in detail.sources)
    if detail.more_sources:
        told += f'<p class="quiet">and {counted(detail.more_sources, "more message")}</p>'
    if not memory.sources:
        told = f'<p class="label">Written by hand on {date(memory.created_at, view.now, long=True)}</p>'
    elif memory.extractor == "model" and told:
        told += '<p class="quiet">Read out of these words by a language model.</p>'
    elif not told:
        told = '<p class="label">The words it came from are no longer there.</p>'
    return (
        f'<article class="card memory" aria-labelledby="memory-title" data-kind="{memory.kind}">{CLOSE}'
        f'<h2 id="memory-title">{escape(sentence(memory.text))}</h2><p class="quiet">{escape(_about(memory, view.now))}</p>'
        f"{told}{_neighbours(detail, view.now)}{_figures(memory, view.now)}{_acts(detail, view.name)}</article>"
    )


def _about(memory: Memory, now: datetime) -> str:
    held = force(memory, now, long=True)
    verb = "in force " if held.startswith("since") else ""
    edited = f"edited {date(memory.edited_at, now)}" if memory.edited_at else ""
    return " · ".join(part for part in (KINDS[memory.kind], verb + held, condition(memory), edited) if part)


def _source(source: Source, view: MemoryView) -> str:
    message = source.message
    who = "you" if message.role == "user" else view.name
    where = f"{date(message.created_at, view.now, long=True)}, in “{shorten(source.title or UNTITLED, 40)}”"
    words = escape(shorten(message.text, QUOTE_CHARS))
    said = f"Said by {escape(who)} on {escape(where)}"
    if not source.stands:
        return f'<p class="label">{said}, and taken back since</p><blockquote class="quote past">“{words}”</blockquote>'
    return (
        f'<p class="label">{said}</p>'
        f'<button type="button" class="quote" data-act="source" data-id="{message.id}" title="Open in chat">“{words}”</button>'
    )


def _neighbours(detail: Detail, now: datetime) -> str:
    parts = []
    if detail.replaces:
        parts.append('<p class="label">Replaces</p>' + "".join(_neighbour(one, now, struck=True) for one in detail.replaces))
    if detail.replaced_by:
        parts.append(f'<p class="label">Replaced by</p>{_neighbour(detail.replaced_by, now, struck=False)}')
    return "".join(parts)


def _neighbour(memory: Memory, now: datetime, *, struck: bool) -> str:
    words = f"{escape(shorten(sentence(memory.text), 120))} <span>({escape(force(memory, now))})</span>"
    words = f"<s>{words}</s>" if struck else words
    return f'<button type="button" class="quote neighbour" data-act="show" data-id="{memory.id}">{words}</button>'


def _figures(memory: Memory, now: datetime) -> str:
    last = f", last {date(memory.recalled_at, now)}" if memory.recalled_at else ""
    days = max(1, round(memory.strength))
    return (
        f'<dl class="figures-of"><div><dt>recalled</dt><dd>{times(memory.recalls)}{last}</dd></div>'
        f"<div><dt>strength</dt><dd>{counted(days, 'day')}</dd></div></dl>"
        '<p class="quiet explains">How long it takes to fade to a third, unless it is told or recalled again.</p>'
    )


def _acts(detail: Detail, name: str) -> str:
    memory = detail.memory
    if memory.forgotten_at:
        again = _button("remember", detail.token, "Remember again", "pill") if detail.token else ""
        return f'<div class="acts-of">{again}</div>'
    source = next((one for one in detail.sources if one.stands), None)
    shown = _button("source", source.message.id, "Open in chat", "pill") if source else ""
    rarer = (
        _button("pin", memory.id, "Unpin" if memory.pinned else "Pin", "plain", f"Kept in mind by {name}, whatever is spoken of")
        + _button("hide", memory.id, "Show again" if memory.hidden else "Hide", "plain", f"Kept here, and from {name}")
        + _button("merge", memory.id, "Merge…", "plain", "Make one of several that say the same")
    )
    return (
        f'{_edit(memory)}<div class="acts-of"><button type="button" class="pill" data-open="edit-{memory.id}">Edit</button>{shown}'
        f'{_button("forget", memory.id, "Forget", "pill danger")}</div><div class="rarer-of">{rarer}</div>'
    )


def _edit(memory: Memory) -> str:
    text = attribute(memory.text)
    return (
        f'<form class="edit-of" id="edit-{memory.id}" data-act="save" data-id="{memory.id}" hidden>'
        f'<label>Words<textarea name="text" rows="3" required maxlength="4000" value="{text}">{escape(memory.text)}</textarea></label>'
        f"{_value(memory)}"
        f'<label>Said on<input type="date" name="day" value="{memory.said_at.astimezone():%Y-%m-%d}" required></label>'
        '<span><button type="button" class="plain" data-cancel>Cancel</button>'
        '<button type="submit" class="pill strong">Save</button></span></form>'
    )


def _value(memory: Memory) -> str:
    if not memory.value:
        return ""
    name = escape(sentence(memory.attribute or "value"))
    return f'<label>{name}<input name="value" value="{attribute(memory.value)}" maxlength="400"></label>'


def _new(view: MemoryView) -> str:
    kinds = "".join(f'<option value="{kind}">{KINDS[kind]}</option>' for kind in ALL_KINDS)
    subjects = "".join(f'<option value="{attribute(one)}"></option>' for one in view.subjects)
    name = escape(view.name)
    return (
        f'<article class="card memory" aria-labelledby="memory-title">{CLOSE}<h2 id="memory-title">Something {name} should know</h2>'
        '<form class="edit-of" data-act="keep"><label>Words'
        '<textarea name="text" rows="3" required maxlength="4000" placeholder="their sister is called Anna"></textarea></label>'
        f'<label>Kind<select name="kind">{kinds}</select></label>'
        f'<label>About<input name="subject" list="known-subjects" value="user" maxlength="80"></label>'
        f'<datalist id="known-subjects">{subjects}</datalist>'
        f'<label>Day<input type="date" name="day" value="{view.now.astimezone():%Y-%m-%d}" required></label>'
        '<label class="check"><input type="checkbox" name="pinned" value="yes"><span>Pin it, so that it always comes to mind</span></label>'
        '<span><button type="button" class="plain" data-act="close">Cancel</button>'
        '<button type="submit" class="pill strong">Add</button></span></form></article>'
    )


def _button(act: str, target: str, label: str, css_class: str, title: str = "") -> str:
    told = f' title="{attribute(title)}"' if title else ""
    return f'<button type="button" class="{css_class}" data-act="{act}" data-id="{attribute(target)}"{told}>{escape(label)}</button>'
