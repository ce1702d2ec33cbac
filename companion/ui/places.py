"""The left column as HTML: the wordmark, the personas, and the conversations with the one who is chosen."""

from companion.persona.library import Persona
from companion.store.conversations import ConversationSummary
from companion.ui import mood, why
from companion.ui.mood_words import brief
from companion.ui.portrait import avatar
from companion.ui.prose import attribute, escape
from companion.ui.view import View

# Two who keep each other company: one filled, one open.
MARK = (
    '<svg class="mark" viewBox="0 0 24 18" width="24" height="18" aria-hidden="true"><circle cx="9" cy="9" r="8" fill="currentColor"/>'
    '<circle cx="15.5" cy="9" r="7.25" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
)
WORDMARK = f'<p class="wordmark">{MARK}<span>Companion</span></p>'
UNTITLED = "New conversation"


def places(view: View) -> str:
    """The whole column."""
    name = view.persona.blueprint.identity.called
    return (
        '<nav class="places-nav" aria-label="Personas and conversations">'
        f'<h2 class="heading" id="personas-heading">Personas</h2><ul class="personas" aria-labelledby="personas-heading">'
        f"{''.join(_persona(one, view) for one in view.personas)}</ul>{_problems(view)}"
        '<section class="with-her" aria-labelledby="talks-heading"><div class="heading-row">'
        f'<h2 class="heading" id="talks-heading">With {escape(name)}</h2>'
        f'<button type="button" class="icon" data-act="new" aria-label="New conversation with {attribute(name)}" title="New conversation">'
        f"{_PLUS}</button></div>{_search(view)}"
        f'<ul class="talks" aria-labelledby="talks-heading">{_conversations(view)}</ul></section></nav>'
    )


def header(view: View) -> str:
    """The bar over the talk where the columns beside it do not fit."""
    return (
        '<header class="bar-top"><button type="button" class="icon" data-act="drawer" aria-expanded="false" '
        f'aria-label="Personas and conversations">{_MENU}</button>{_who(view)}<button type="button" class="icon" data-act="new" '
        f'aria-label="New conversation">{_PLUS}</button></header>'
    )


def _who(view: View) -> str:
    """Her portrait in the ring of her mood, her name, and what she feels, which opens into why."""
    identity, felt, affect = view.persona.blueprint.identity, view.felt, view.affect
    line = identity.tagline if felt is None or affect is None else " · ".join(filter(None, (brief(affect), affect.bond.stage)))
    return (
        f'{mood.ring(affect, avatar(view.persona), "small")}<button type="button" class="who" {why.OPENS} '
        f'data-id="{attribute(felt.message_id) if felt else ""}"><span class="who-name">{escape(identity.called)}</span>'
        f'<span class="quiet">{escape(line)}</span></button>'
    )


_ICON = '<svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-linecap="round" aria-hidden="true">'
_PLUS = _ICON + '<path d="M10 4v12M4 10h12" stroke-width="1.6"/></svg>'
_MENU = _ICON + '<path d="M3 6h14M3 10h14M3 14h9" stroke-width="1.6"/></svg>'
_MORE = _ICON + '<path d="M4.5 10h0M10 10h0M15.5 10h0" stroke-width="2.8"/></svg>'


def _persona(persona: Persona, view: View) -> str:
    identity = persona.blueprint.identity
    current = ' aria-current="true"' if persona.id == view.persona.id else ""
    return (
        f'<li><button type="button" class="persona" data-act="choose" data-id="{attribute(persona.id)}"{current}>{avatar(persona)}'
        f"<span><strong>{escape(identity.called)}</strong><small>{escape(identity.tagline)}</small></span></button></li>"
    )


def _problems(view: View) -> str:
    return "".join(f'<p class="note" role="note">{escape(problem)}</p>' for problem in view.problems)


def _search(view: View) -> str:
    # Shown while there is enough to search, or something is being searched for.
    if len(view.conversations) < 5 and not view.search:
        return ""
    return (
        '<label class="search"><span class="sr-only">Search these conversations</span>'
        '<input type="search" data-search placeholder="Search" autocomplete="off"></label>'
    )


def _conversations(view: View) -> str:
    if not view.conversations and view.search:
        return f'<li class="none">Nothing found for “{escape(view.search)}”.</li>'
    return "".join(_conversation(one, view) for one in view.conversations)


def _conversation(one: ConversationSummary, view: View) -> str:
    title = one.title or UNTITLED
    current = ' aria-current="page"' if one.id == view.conversation.id else ""
    return (
        f'<li class="talk-row"><button type="button" class="talk-open" data-act="open" data-id="{one.id}"{current} '
        f'title="{attribute(one.preview)}">{escape(title)}</button><details class="menu"><summary class="icon" '
        f'aria-label="More for {attribute(title)}">{_MORE}</summary><div class="menu-body">'
        f'<form data-act="rename" data-id="{one.id}"><label>Title<input name="title" value="{attribute(one.title)}" maxlength="200" '
        f'placeholder="{UNTITLED}"></label><button type="submit" class="pill">Rename</button></form>'
        f'<button type="button" data-act="export" data-id="{one.id}" data-form="markdown">Export to read (Markdown)</button>'
        f'<button type="button" data-act="export" data-id="{one.id}" data-form="json">Export everything (JSON)</button>'
        f'<button type="button" class="danger" data-act="remove" data-id="{one.id}">Delete</button></div></details></li>'
    )
