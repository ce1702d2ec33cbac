"""The chronicle as HTML: what the talks too long ago to be read word for word came to, the newest first.

Each entry is read and corrected where it stands; `script/memory.js` opens its form.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from companion.store.memory_records import Memory
from companion.ui.memory_view import MemoryView
from companion.ui.memory_words import date, sentence
from companion.ui.prose import attribute, escape
from companion.ui.words import counted

MOST_SHOWN = 8  # the rest opens at a press
OWN_DAY = re.compile(r"(\d{1,2} [^\W\d]{3,12}(?: \d{4})?): ")


def chronicle(view: MemoryView, memories: Sequence[Memory]) -> str:
    """The entries.

    Args:
        memories: of all kinds, oldest first.
    """
    entries = [_entry(one, view.now) for one in reversed(memories) if one.kind == "summary"]
    if not entries:
        return ""
    shown, older = "".join(entries[:MOST_SHOWN]), entries[MOST_SHOWN:]
    rest = (
        f"<details><summary>{counted(len(older), 'older entry', 'older entries').capitalize()}</summary><ol>{''.join(older)}</ol></details>"
    )
    return (
        f'<section class="chronicle" aria-labelledby="chronicle-title"><h3 id="chronicle-title">The chronicle</h3>'
        f'<p class="quiet">What {escape(view.name)} keeps of the talks that are too long ago to be read word for word.</p>'
        f"<ol>{shown}</ol>{rest if older else ''}</section>"
    )


def _entry(memory: Memory, now: datetime) -> str:
    begins, ends = (date(each, now, long=True) for each in (memory.holds_from or memory.said_at, memory.said_at))
    day = begins if begins == ends else f"{begins} to {ends}"
    edited = '<span class="quiet">in your words</span>' if memory.edited_at or memory.by_hand else ""
    lines = "".join(_line(line) for line in memory.text.splitlines() if line.strip())
    text = attribute(memory.text)
    return (
        f'<li><p class="entry-day">{day}{edited}</p><div>{lines}'
        f'<p class="entry-acts"><button type="button" class="plain" data-open="entry-{memory.id}">Edit</button>'
        f'<button type="button" class="plain" data-act="show" data-id="{memory.id}">Details</button></p>'
        f'<form class="edit-of" id="entry-{memory.id}" data-act="save" data-id="{memory.id}" hidden><label>Words'
        f'<textarea name="text" rows="4" required maxlength="4000" value="{text}">{escape(memory.text)}</textarea></label>'
        '<span><button type="button" class="plain" data-cancel>Cancel</button>'
        '<button type="submit" class="pill strong">Save</button></span></form></div></li>'
    )


def _line(line: str) -> str:
    own = OWN_DAY.match(line)
    day, words = (f"<small>{escape(own[1])}</small> ", line[own.end() :]) if own else ("", line)
    return f'<p class="entry-words">{day}{escape(sentence(words))}</p>'
