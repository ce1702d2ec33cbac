"""The middle of the Memory tab as HTML: the field one asks with, the filters, and the rows with their reasons.

What people and models wrote is escaped here. A button carries `data-act` and `data-id`; `script/actions.js` reports them.
"""

from datetime import datetime

from companion.remember.protocol import Factors, Recollection
from companion.store.memory_records import Memory
from companion.store.records import shorten
from companion.ui.memory_view import Listing, MemoryView
from companion.ui.memory_words import FACTORS, KINDS, MANY, STATES, condition, date, force, origin, sentence, shares
from companion.ui.outlook import Filters
from companion.ui.places import UNTITLED
from companion.ui.prose import attribute, escape
from companion.ui.words import counted

ROW_CHARS = 160
LEGEND = f'<p class="legend" aria-hidden="true">{"".join(f"<span class={name!r}>{name}</span>" for name in FACTORS)}</p>'.replace("'", '"')


def field(view: MemoryView) -> str:
    """The field that finds, or tells what she would recall; its words live in the browser."""
    if not view.total and not view.pending:
        return ""
    said = view.outlook.asking == "said"
    return (
        '<form class="ask" data-act="ask" role="search"><fieldset class="modes"><legend class="sr-only">What to do with the words</legend>'
        f'<label><input type="radio" name="asking" value="find"{"" if said else " checked"}><span>Find</span></label>'
        f'<label><input type="radio" name="asking" value="said"{" checked" if said else ""}><span>If I said</span></label></fieldset>'
        f'<label class="ask-words"><span class="ask-said">What would {escape(view.name)} recall if I said</span>'
        '<input type="search" name="words" autocomplete="off" aria-label="Words" placeholder="words, or what they mean"></label></form>'
        f"{_filters(view)}"
    )


def rows(view: MemoryView, listing: Listing, merging: Memory | None = None) -> str:
    """The table.

    Args:
        merging: the memory that others are chosen to be made one with.
    """
    if listing.recalled is not None:
        return _recollections(view, listing.recalled)
    if not listing.memories and not listing.near:
        return _nothing(view)
    drawn = "".join(_row(one, view, listing, merging) for one in listing.memories)
    if listing.near:
        drawn += '<tr class="divide"><th colspan="4" scope="colgroup">Close in meaning</th></tr>'
        drawn += "".join(_row(one, view, listing, merging) for one in listing.near)
    more = '<p class="more-rows"><button type="button" class="pill" data-act="further">Show more</button></p>' if listing.more else ""
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("kind", "memory", "in force", "from"))
    bar = _merge_bar(merging) if merging else ""
    return f'{bar}<div class="card rows"><table><thead><tr>{heads}</tr></thead><tbody>{drawn}</tbody></table>{more}</div>'


def _row(memory: Memory, view: MemoryView, listing: Listing, merging: Memory | None) -> str:
    past = "" if memory.in_force or memory.hidden else ' class="past"'
    chosen = memory.id == view.outlook.chosen
    words = shorten(sentence(memory.text), ROW_CHARS)
    replaced = listing.replaces.get(memory.id)
    came = f"ended “{shorten(replaced, 48)}”" if replaced else origin(memory)
    if merging and memory.id != merging.id:
        head = f'<label class="row-choice"><input type="checkbox" value="{memory.id}"><span>{escape(words)}</span></label>'
    else:
        current = ' aria-current="true"' if chosen else ""
        head = f'<button type="button" class="row-open" data-act="show" data-id="{memory.id}"{current}>{escape(words)}</button>'
    said = condition(memory)
    note = f'<small class="condition">{escape(said)}</small>' if said and said != "no longer in force" else ""
    return (
        f'<tr{past} data-kind="{memory.kind}"><td>{KINDS[memory.kind]}</td><td>{head}{note}</td>'
        f"<td>{escape(force(memory, view.now))}</td><td>{escape(came)}</td></tr>"
    )


def bar(factors: Factors) -> str:
    """Why something was recalled: a part for each factor."""
    shown = [(name, value) for name in FACTORS if (value := getattr(factors, name))]
    parts = "".join(f'<span class="{name}" style="width:{100 * value:.1f}%"></span>' for name, value in shown)
    words = attribute(shares(factors))
    return f'<div class="why" role="img" aria-label="{words}" title="{words}">{parts}</div>'


def _recollections(view: MemoryView, recalled: tuple[Recollection, ...]) -> str:
    name = escape(view.name)
    if not view.outlook.words.strip():
        return f'<p class="none">Write what you might say to {name}, and see what would come back to her, and why.</p>'
    if not recalled:
        return (
            f'<div class="card nothing"><p><strong>{name} would recall nothing.</strong></p>'
            "<p>Nothing she knows or heard is close enough to these words.</p></div>"
        )
    drawn = "".join(_recollection(one, view.now, view) for one in recalled)
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("kind", "memory", "from", "why"))
    summary = f"{counted(len(recalled), 'thing').capitalize()} would come back to {name}."
    return (
        f'<p class="quiet found">{summary}</p><div class="card rows recalled-rows"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{drawn}</tbody></table></div>{LEGEND}"
    )


def _recollection(one: Recollection, now: datetime, view: MemoryView) -> str:
    if one.kind == "turn":
        words, act = f"“{shorten(one.text, ROW_CHARS)}”", "source"
        came = f"{'you' if one.speaker == 'user' else view.name}, {date(one.at, now)}"
    else:
        words, act, came = shorten(sentence(one.text), ROW_CHARS), "show", date(one.at, now)
    past = "" if one.in_force else ' class="past"'
    current = ' aria-current="true"' if one.id == view.outlook.chosen else ""
    return (
        f'<tr{past} data-kind="{one.kind}"><td>{KINDS[one.kind]}</td>'
        f'<td><button type="button" class="row-open" data-act="{act}" data-id="{one.id}"{current}>{escape(words)}</button></td>'
        f"<td>{escape(came)}</td><td>{bar(one.factors)}</td></tr>"
    )


def _filters(view: MemoryView) -> str:
    chosen = view.outlook.filters
    conversations = {one.id: shorten(one.title or UNTITLED, 40) for one in view.conversations}
    about = {one: sentence("you" if one == "user" else view.name if one == "persona" else one) for one in view.subjects}
    days = "".join(
        f'<label>{label}<input type="date" name="{name}" value="{attribute(value)}"></label>'
        for name, label, value in (("since", "From", chosen.since), ("until", "To", chosen.until))
    )
    active = " active" if chosen.since or chosen.until else ""
    when = f'<details class="when-said"><summary class="choice{active}">{escape(_period(chosen))}</summary><div>{days}</div></details>'
    pinned = f'<label class="choice"><input type="checkbox" name="pinned" value="yes"{" checked" if chosen.pinned else ""}>Pinned</label>'
    clear = '<button type="button" class="clear" data-act="clear">Clear</button>' if chosen != Filters() else ""
    return (
        '<form class="filters" data-act="filter" aria-label="Filters">'
        f"{_select('kind', 'Every kind', MANY, chosen.kind, 'Kind')}"
        f"{_select('subject', 'About anyone', about, chosen.subject, 'About')}"
        f"{_select('state', '', STATES, chosen.state, 'State')}"
        f"{_select('conversation_id', 'Anywhere', conversations, chosen.conversation_id, 'Conversation')}"
        f"{when}{pinned}{clear}</form>"
    )


def _period(chosen: Filters) -> str:
    first, last = chosen.since, chosen.until
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"since {first}" if first else f"until {last}" if last else "Any time"


def _select(name: str, nothing: str, options: dict[str, str], chosen: str, label: str) -> str:
    known = ({"": nothing} if nothing else {}) | options
    drawn = "".join(
        f'<option value="{attribute(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in known.items()
    )
    default = "" if nothing else next(iter(options))
    css_class = "choice" if chosen == default else "choice active"
    # The page's redrawing minds the attribute `value` of a select, as if there were one.
    return f'<select name="{name}" class="{css_class}" aria-label="{label}" value="{attribute(chosen)}">{drawn}</select>'


def _merge_bar(memory: Memory) -> str:
    return (
        f'<div class="merge-bar" role="note"><p>Choose what says the same as “{escape(shorten(sentence(memory.text), 80))}”. '
        "It keeps its words, and gets their messages.</p>"
        f'<span><button type="button" class="plain" data-act="show" data-id="{memory.id}">Cancel</button>'
        f'<button type="button" class="pill strong" data-merge data-id="{memory.id}" disabled>Merge</button></span></div>'
    )


def _nothing(view: MemoryView) -> str:
    outlook, name = view.outlook, escape(view.name)
    if outlook.words.strip() or outlook.filters != Filters():
        words = f" with “{escape(shorten(outlook.words, 60))}”" if outlook.words.strip() else ""
        hint = "<p>Try other words or fewer filters.</p>"
        return f'<div class="card nothing"><p><strong>Nothing{words} is among these memories.</strong></p>{hint}</div>'
    if view.total:
        return ""
    return (
        f'<div class="invitation"><h3>{name} knows nothing about you yet</h3>'
        f"<p>As you talk, {name} keeps what matters: facts that hold until you say otherwise, events with their days, what comes back "
        "again and again, and a chronicle of it all. Each stands here with the words it comes from, to be corrected, hidden or "
        "forgotten by you.</p><p>It stays on this machine.</p>"
        f'<p class="invitation-acts"><button type="button" class="pill strong" data-tab="chat">Tell {name} something</button>'
        '<button type="button" class="pill" data-act="begin">Write a memory by hand</button></p></div>'
    )
