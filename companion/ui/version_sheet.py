"""When a persona was changed after a conversation began: the line that says so, and the sheet that shows what moving on changes.

Moving on is one click, here or there, and can be undone like anything that is done in a conversation.
"""

from companion.compose import Companion
from companion.persona.diff import differences
from companion.persona.library import Persona
from companion.store.conversations import Conversation
from companion.ui.changes import listed
from companion.ui.prose import escape
from companion.ui.words import day

SHEET = '<div id="version-panel" class="sheet" popover role="dialog" aria-label="What changes">${value}</div>'


def line(persona: Persona, conversation: Conversation, outdated: tuple[int, int] | None) -> str:
    """A line of the banner; empty for a conversation that keeps to the newest version.

    Args:
        outdated: the version it keeps to, and the newest.
    """
    if outdated is None:
        return ""
    name, (number, newest) = escape(persona.blueprint.identity.called), outdated
    return (
        f'<div class="banner" role="note" data-conversation="{conversation.id}">'
        f"<span>{name} has changed since this talk began: version {number}, now {newest}.</span>"
        '<span class="banner-acts"><button type="button" data-act="differ" popovertarget="version-panel">See what changes</button>'
        f'<button type="button" data-act="move">Move to version {newest}</button></span></div>'
    )


def panel(companion: Companion, conversation: Conversation) -> str:
    """What the sheet shows: long to compare, and so drawn only when somebody wants to see it."""
    name = escape(companion.cast.persona_for(conversation).blueprint.identity.called)
    head = (
        f'<div class="panel-head"><h2>What changes in {name}</h2>'
        '<button type="button" class="pill" popovertarget="version-panel" popovertargetaction="hide">Done</button></div>'
    )
    outdated = companion.cast.outdated(conversation)
    if outdated is None:
        return f'{head}<p class="none">This conversation keeps to the newest version of {name}.</p>'
    old, new = (companion.cast.version(conversation.persona_id, number) for number in outdated)
    saved = escape(day(new.saved_at.astimezone(), companion.clock().astimezone()))
    note = f" · {escape(new.note)}" if new.note else ""
    return (
        f'{head}<div data-conversation="{conversation.id}"><p class="quiet">Version {old.number} speaks here. '
        f"Version {new.number}: {saved}{note}.</p>{listed(differences(old.blueprint, new.blueprint))}"
        '<p class="move-on"><span class="quiet">What was said stays as it is.</span><button type="button" class="pill strong" '
        f'data-act="move" popovertarget="version-panel" popovertargetaction="hide">Move to version {new.number}</button></p></div>'
    )
