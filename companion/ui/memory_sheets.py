"""The head of the Memory tab and its two panels as HTML: forgetting, and bringing in."""

from datetime import datetime

from companion.forgetting import Scope, Touched
from companion.store.memory_records import Forgotten, Imported, Memory
from companion.store.records import shorten
from companion.ui.memory_view import MemoryView
from companion.ui.memory_words import date, sentence
from companion.ui.outlook import beginning_of, end_of
from companion.ui.prose import attribute, escape
from companion.ui.words import counted, size

MOST_PROBLEMS = 50


def head(view: MemoryView, first: datetime | None) -> str:
    """The heading, what there is, and what can be done with all of it.

    Args:
        first: when the first of it was said; None while there is nothing.
    """
    facts = [counted_plainly(view.total, "memory", "memories")] if view.total else []
    if view.total and first:
        days = max(0, (view.now.astimezone().date() - first.astimezone().date()).days) + 1
        facts += [counted_plainly(days, "day", "days"), f"{size(view.bytes_used)} on this machine"]
    acts = '<button type="button" class="pill" data-act="begin">Add</button>'
    acts += '<button type="button" class="pill" popovertarget="bring-panel">Bring in…</button>'
    if view.total:
        acts += '<button type="button" class="pill" data-act="export">Export</button>'
    if view.total or view.pending:
        acts += '<button type="button" class="pill" popovertarget="forget-panel">Forget…</button>'
    return (
        f'<header class="memory-head"><div><h1>What {escape(view.name)} knows</h1><p class="quiet">{" · ".join(facts)}</p></div>'
        f'<div class="memory-acts">{acts}</div></header>{_index(view)}'
    )


def counted_plainly(number: int, noun: str, nouns: str) -> str:
    """A figure with its noun: "214 memories"."""
    return f"{number:,} {noun if number == 1 else nouns}"


def forget_panel(view: MemoryView, chosen: Memory | None, scope: Scope | None, touched: Touched | None) -> str:
    """The panel that forgets.

    Args:
        scope: what is being thought of; None while nothing is.
        touched: how much that is.
    """
    one = (
        _what("memory", f"The memory “{shorten(sentence(chosen.text), 60)}”", f'<input type="hidden" name="id" value="{chosen.id}">')
        if chosen and not chosen.forgotten_at
        else ""
    )
    people = "".join(f'<option value="{attribute(each)}">{escape(_whom(each, view.name))}</option>' for each in view.subjects)
    whom = _what("person", "A person or a thing", f'<select name="subject" aria-label="About">{people}</select>') if people else ""
    able = "" if touched and (touched.memories or touched.messages) else " disabled"
    name = escape(view.name)
    return (
        '<div class="panel-head"><h2>Forget</h2><button type="button" class="pill" popovertarget="forget-panel" '
        'popovertargetaction="hide">Done</button></div>'
        f'<p class="quiet">{name} loses it at once, with the words it was learnt from. Until it is final you can take it back.</p>'
        f'<form class="scopes" data-act="forget_all">{one}'
        f"{_what('topic', 'A topic', _TOPIC)}"
        f"{whom}"
        f"{_what('period', 'A period', _PERIOD)}{_what('everything', f'Everything between you and {view.name}', '')}"
        f'<p class="touched" role="status">{_touched(scope, touched)}</p>'
        f'<button type="submit" class="pill danger"{able}>Forget</button>'
        f"</form>{_pending(view)}"
    )


def bring_panel(view: MemoryView, imported: Imported | None, problem: str = "") -> str:
    """The panel that takes a file in, and what came of it."""
    name = escape(view.name)
    return (
        '<div class="panel-head"><h2>Bring in</h2><button type="button" class="pill" popovertarget="bring-panel" '
        'popovertargetaction="hide">Done</button></div>'
        '<p class="quiet">Memories exported here (JSON Lines), a chat of SillyTavern (JSONL), or a plain transcript with a name and '
        f"a colon before what each one said. {name} reads it on this machine.</p>"
        '<label class="file"><input type="file" accept=".jsonl,.json,.txt,.md,application/jsonl,text/plain" aria-label="A file">'
        '<span class="pill">Choose a file</span><span class="file-name quiet"></span></label>'
        f'<div class="brought" role="status">{_brought(imported)}{_wrong(problem)}</div>'
    )


def scope_of(values: dict[str, object]) -> Scope | None:
    """What the fields of the form name; None while they name nothing."""
    text = {name: str(values.get(name) or "").strip() for name in ("what", "id", "words", "subject", "since", "until")}
    match text["what"]:
        case "memory" if text["id"]:
            return Scope(memory_ids=(text["id"],))
        case "topic" if text["words"]:
            return Scope(words=text["words"])
        case "person" if text["subject"]:
            return Scope(subject=text["subject"])
        case "period" if text["since"] or text["until"]:
            since, until = beginning_of(text["since"]), end_of(text["until"])
            return Scope(since=since, until=until) if since or until else None
        case "everything":
            return Scope(everything=True)
        case _:
            return None


def amount(memories: int, messages: int) -> str:
    """ "Two memories and three messages"."""
    parts = [counted(memories, "memory", "memories")] if memories else []
    parts += [counted(messages, "message")] if messages else []
    return sentence(" and ".join(parts)) or "Nothing"


_TOPIC = '<input name="words" placeholder="words" aria-label="Words" autocomplete="off">'
_PERIOD = (
    '<span class="between"><label>from <input type="date" name="since"></label><label>to <input type="date" name="until"></label></span>'
)


def _what(value: str, label: str, more: str) -> str:
    inner = f'<span class="scope-more">{more}</span>' if more else ""
    return f'<div class="scope"><label><input type="radio" name="what" value="{value}"><span>{escape(label)}</span></label>{inner}</div>'


def _whom(subject: str, name: str) -> str:
    return "You" if subject == "user" else name if subject == "persona" else sentence(subject)


def _touched(scope: Scope | None, touched: Touched | None) -> str:
    if scope is None or touched is None:
        return "Choose what to forget, and see first how much it is."
    if not touched.memories and not touched.messages:
        return "Nothing of that is known or was said."
    return f"This is {amount(touched.memories, touched.messages).lower()}."


def _pending(view: MemoryView) -> str:
    if not view.pending:
        return ""
    return (
        '<section class="tier"><h3 class="heading">Can still be taken back</h3>'
        f"<ul>{''.join(_pending_row(one, view) for one in view.pending)}</ul></section>"
    )


def _pending_row(one: Forgotten, view: MemoryView) -> str:
    token = attribute(one.token)
    return (
        f'<li class="model"><div><strong>{amount(len(one.memories), len(one.messages))}</strong>'
        f'<p class="quiet">forgotten {date(one.at, view.now)} at {one.at.astimezone():%H:%M}</p></div>'
        f'<div class="model-acts"><button type="button" class="pill" data-act="remember" data-id="{token}">Take back</button></div>'
        f'<details class="for-good"><summary>Forget for good now</summary><p>Then nobody can bring it back, and its bytes are '
        f'overwritten. <button type="button" class="danger" data-act="finish" data-id="{token}">Forget for good</button></p></details></li>'
    )


def _index(view: MemoryView) -> str:
    if view.indexing is None:
        return ""
    done, total = view.indexing
    share = 100 * done / total if total else 0
    return (
        f'<div class="indexing" role="status"><div class="bar" aria-hidden="true"><span style="width:{share:.1f}%"></span></div>'
        f'<p class="quiet">{escape(view.name)} is going through what she knows: {done:,} of {total:,}. Until then, recall of the rest '
        "goes by words alone.</p></div>"
    )


def _brought(imported: Imported | None) -> str:
    if imported is None:
        return ""
    parts = [f"{sentence(counted(imported.added, 'entry', 'entries'))} brought in"]
    if imported.skipped:
        parts.append(f"{counted(imported.skipped, 'was', 'were')} there already")
    lines = "".join(f"<li><span>line {number:,}</span>{escape(words)}</li>" for number, words in imported.problems[:MOST_PROBLEMS])
    unread = len(imported.problems) + imported.unnamed
    more = unread - MOST_PROBLEMS
    rest = f'<p class="quiet">and {counted(more, "more line")}</p>' if more > 0 else ""
    wrong = ""
    if imported.problems:
        wrong = f'<p>{sentence(counted(unread, "line"))} could not be read:</p><ul class="problems">{lines}</ul>{rest}'
    return f"<p><strong>{', '.join(parts)}.</strong></p>{wrong}"


def _wrong(problem: str) -> str:
    return f'<p class="danger" role="alert">{escape(problem)}</p>' if problem else ""
