"""What differs between two versions of a persona, field by field, as HTML."""

from collections.abc import Sequence

from companion.persona.diff import Change, words
from companion.ui.prose import escape
from companion.ui.words import counted

MOST_CHANGES = 60
MOST_COMPARED = 1500  # characters: comparing longer texts word by word takes too long
_MARKS = {"kept": "{}", "removed": "<del>{}</del>", "added": "<ins>{}</ins>"}


def listed(changes: Sequence[Change]) -> str:
    """The changes as a list, at most 60 of them."""
    if not changes:
        return '<p class="none">Nothing is different.</p>'
    rows = "".join(f"<div><dt>{escape(one.label)}</dt><dd>{_told(one)}</dd></div>" for one in changes[:MOST_CHANGES])
    more = len(changes) - MOST_CHANGES
    return f'<dl class="changes">{rows}</dl>' + (f'<p class="quiet">and {counted(more, "more change")}</p>' if more > 0 else "")


def _told(one: Change) -> str:
    if one.kind == "added":
        return _MARKS["added"].format(escape(one.after))
    if one.kind == "removed":
        return _MARKS["removed"].format(escape(one.before))
    if len(one.before) + len(one.after) > 2 * MOST_COMPARED:
        return f"{_MARKS['removed'].format(escape(one.before))} {_MARKS['added'].format(escape(one.after))}"
    return "".join(_MARKS[kind].format(escape(text)) for kind, text in words(one.before, one.after))
