"""The transcript as HTML: pure functions from messages to markup.

What people and models wrote goes through `prose`, which escapes it. A button carries `data-act` (the event to send) and
`data-id` (the message); `script/actions.js` reports them.
"""

import re
from datetime import timedelta

from companion.events import HelpLine, Referral, TurnFailed
from companion.guard.disclosure import opening_line
from companion.store.conversations import Message
from companion.ui import latency, why
from companion.ui.pictured import pictured
from companion.ui.portrait import avatar
from companion.ui.prose import attribute, escape, paragraphs
from companion.ui.recalled import chips
from companion.ui.view import Line, View
from companion.ui.words import day, gap

PAUSE = timedelta(hours=3)
LONG_PAUSE = timedelta(days=1)
_NOTES = {
    "stopped": "You stopped this reply here.",
    "interrupted": "This reply was cut off when the program ended.",
}
_FORGOTTEN = '<p class="forgotten">These words were forgotten.</p>'
_MORE = '<button type="button" class="more" data-act="more" aria-expanded="false" aria-label="More actions">…</button>'
_WEB_ADDRESS = re.compile(r"^[\w-]+(\.[\w-]+)+(/\S*)?$")
_NUMBER = re.compile(r"[+*]?\d[\d\s-]*\d|\d+")


def transcript(view: View, failure: TurnFailed | None = None) -> str:
    """All that has been said, without the reply that is being written.

    Args:
        failure: how the last turn failed, if it just did.
    """
    name = view.persona.blueprint.identity.called
    parts = [f'<p class="disclosure">{escape(opening_line(name))}</p>'] if not view.earlier else [_earlier(view)]
    before: Message | None = None
    for line in view.lines:
        parts.append(_separator(line.message, before, view))
        parts.append(_message(line, view, failure))
        before = line.message
    parts.append(_invitation(view))
    busy = " data-busy" if view.writing else ""
    return (
        f'<section class="log" role="log" aria-live="polite"{busy} data-conversation="{view.conversation.id}" '
        f'aria-label="Conversation with {attribute(name)}">{"".join(parts)}</section>'
    )


def live(view: View, text: str, *, ahead: int | None = None, pace: str = "even", picture: str = "") -> str:
    """The reply that is being written. Only this is redrawn while it grows.

    Args:
        text: what has arrived.
        ahead: how many turns go first, while it waits.
        pace: how she types: "slow", "even" or "quick".
        picture: one that goes with it, drawn.
    """
    name = escape(view.persona.blueprint.identity.called)
    if text:
        words = paragraphs(text)
    elif ahead:
        others = "another reply" if ahead == 1 else f"{ahead} other replies"
        words = f'<p class="waiting">{name} is busy with {others}. Yours comes next.</p>'
    else:
        words = f'<p class="waiting"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>{name} is writing…</p>'
    return (
        f'<article class="turn hers writing" data-conversation="{view.conversation.id}" data-pace="{pace}" aria-busy="true" '
        'aria-live="off">'
        f'{avatar(view.persona)}<div class="said"><div class="words">{words}</div>{picture}</div></article>'
    )


def referral_card(referral: Referral) -> str:
    """The card of help lines. It speaks for the program, not for her."""
    lines = "".join(
        f"<li><span>{escape(line.name)}</span>{_contact(line)}{f'<small>{escape(line.hours)}</small>' if line.hours else ''}</li>"
        for line in referral.lines
    )
    return (
        f'<aside class="card referral" role="note" aria-label="{attribute(referral.title)}"><h3>{escape(referral.title)}</h3>'
        f"{paragraphs(referral.body)}<ul>{lines}</ul>"
        f'<p class="quiet">Numbers as of {escape(referral.as_of)}.</p></aside>'
    )


def _message(line: Line, view: View, failure: TurnFailed | None) -> str:
    message = line.message
    name = view.persona.blueprint.identity.called if message.role == "persona" else "You"
    label = f'aria-label="{attribute(name)}, {message.created_at.astimezone():%H:%M}"'
    frame = f'data-id="{message.id}" tabindex="-1" {label}'
    if message.role == "user":
        return (
            f'<article class="turn yours" {frame}><div class="said"><div class="words">{paragraphs(message.text) or _FORGOTTEN}</div>'
            f"{_under(line)}</div></article>"
        )
    if message.referral is not None:
        return f'<article class="turn notice" {frame}><div class="said">{referral_card(message.referral)}{_under(line)}</div></article>'
    words = f'<div class="words">{paragraphs(message.text)}</div>' if message.text.strip() else ""
    if not words and message.status == "complete":
        words = f'<div class="words">{_FORGOTTEN}</div>'
    return (
        f'<article class="turn hers" {frame}>{avatar(view.persona)}<div class="said">{words}{_note(message, name, failure)}'
        f"{pictured(line, view.persona)}{chips(line.reminders)}{why.chip(line.felt)}"
        f"{_under(line)}</div></article>"
    )


def _note(message: Message, name: str, failure: TurnFailed | None) -> str:
    if message.status == "failed":
        told, hint = f"{name} could not finish this reply.", "What was written so far is kept." if message.text.strip() else ""
        if failure is not None and failure.reply_id == message.id:
            told, hint = failure.message, failure.hint
        return (
            f'<div class="card failed" role="note"><p><strong>{escape(told)}</strong> {escape(hint)}</p>'
            f"{_button('again', message.id, 'Try again', css_class='pill')}</div>"
        )
    note = _NOTES.get(message.status, "")
    if message.reason == "length":
        note = "This reply reached its length."
    return f'<p class="note">{note}</p>' if note else ""


def _under(line: Line) -> str:
    """The quiet row: the chip with the latency, swipe, and actions; on a phone all but the first hide behind "…"."""
    message = line.message
    hers, answers, own_words = message.role == "persona", message.parent_id is not None, message.referral is None
    chip = latency.chip(message.trace) if hers else ""
    acts = []
    if hers and answers and own_words:
        acts.append(_button("again", message.id, "try again"))
        if line.last and message.text.strip():
            acts.append(_button("grow", message.id, "continue"))
    if own_words:
        acts.append(_button("edit", message.id, "edit"))
    if not line.last:
        acts.append(_button("branch", message.id, "branch", title="Show the conversation up to here and take it another way"))
    acts.append(_button("copy", message.id, "copy"))
    if answers:
        acts.append(_button("delete", message.id, "delete", title="Delete this message and all that follows it"))
    first, *others = acts
    row = _swipe(line) + first + (f'{_MORE}<span class="rarer">{"".join(others)}</span>' if others else "")
    return f'<div class="under">{chip}<div class="acts" role="group" aria-label="Actions on this message">{row}</div></div>'


def _swipe(line: Line) -> str:
    count = len(line.siblings)
    if count < 2:
        return ""
    place = line.place
    what = "reply" if line.message.role == "persona" else "version"

    def arrow(to: int, sign: str, label: str) -> str:
        target = f'data-to="{line.siblings[to - 1]}"' if 1 <= to <= count else "disabled"
        return f'<button type="button" data-act="swipe" data-id="{line.message.id}" {target} aria-label="{label}">{sign}</button>'

    return (
        f'<span class="swipe">{arrow(place - 1, "‹", f"The {what} before")}'
        f'<span aria-label="{what} {place} of {count}">{place} / {count}</span>{arrow(place + 1, "›", f"The next {what}")}</span>'
    )


def _invitation(view: View) -> str:
    """What the end of the transcript offers: openers under a greeting, or an answer to a message that has none."""
    if view.writing is not None:
        return ""
    blueprint = view.persona.blueprint
    if view.earlier + len(view.lines) <= 1:
        openers = "".join(
            f'<button type="button" class="opener" data-act="opener" data-text="{attribute(line)}">{escape(line)}</button>'
            for line in blueprint.openers[:3]
        )
        return f'<div class="openers" role="group" aria-label="Ways to begin">{openers}</div>' if openers else ""
    last = view.lines[-1].message
    if last.role != "user":
        return ""
    return f'<div class="openers">{_button("answer", last.id, f"Let {blueprint.identity.called} answer", css_class="opener")}</div>'


def _separator(message: Message, before: Message | None, view: View) -> str:
    moment, now = message.created_at.astimezone(), view.now.astimezone()
    if before is None:
        return f'<p class="when">{day(moment, now)}</p>'
    pause = message.created_at - before.created_at
    if pause < PAUSE:
        return ""
    since = f" · {gap(pause)} since you last talked" if pause >= LONG_PAUSE else ""
    return f'<p class="when">{day(moment, now)}{since}</p>'


def _earlier(view: View) -> str:
    return f'<p class="when"><button type="button" class="pill" data-act="earlier">Show earlier messages ({view.earlier})</button></p>'


def _button(act: str, message_id: str, label: str, *, title: str = "", css_class: str = "") -> str:
    extra = (f' class="{css_class}"' if css_class else "") + (f' title="{attribute(title)}"' if title else "")
    return f'<button type="button" data-act="{act}" data-id="{message_id}"{extra}>{escape(label)}</button>'


def _contact(line: HelpLine) -> str:
    contact = line.contact.strip()
    if _WEB_ADDRESS.match(contact):
        return f'<a href="https://{attribute(contact)}" target="_blank" rel="noopener noreferrer">{escape(contact)}</a>'
    scheme = "sms" if contact.lower().startswith("text") else "tel"
    parts, end = [], 0
    for number in _NUMBER.finditer(contact):
        digits = re.sub(r"[\s-]", "", number.group())
        parts += [escape(contact[end : number.start()]), f'<a href="{scheme}:{attribute(digits)}">{escape(number.group())}</a>']
        end = number.end()
    return f"<strong>{''.join(parts)}{escape(contact[end:])}</strong>"
