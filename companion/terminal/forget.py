"""`companion memory forget`: looked at first, done when confirmed, taken back until it is final."""

from typing import TYPE_CHECKING, Annotated

import typer

from companion.errors import InputError, NotFoundError
from companion.forgetting import Scope
from companion.store.memories import Memories, Memory
from companion.store.memory_records import Forgotten
from companion.terminal.memory import ALL, SHOWN_CHARS, Since, Until, Whose, beginning, catch_up, say, table_of, whose
from companion.terminal.setting import Terminal, terminal_of

if TYPE_CHECKING:
    from companion.compose import Companion

PREVIEWED = 8
COMMAND = "python -m companion memory forget"


def forget(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(help="Memories, by the ids that `memory list` shows.")] = None,
    topic: Annotated[str, typer.Option(help="All that holds these words.")] = "",
    about: Annotated[str, typer.Option(help="A person or a thing, as `memory list --about` takes it.")] = "",
    since: Since = None,
    until: Until = None,
    conversation: Annotated[str, typer.Option(help="A conversation by its id, as `conversation list` shows it.")] = "",
    everything: Annotated[bool, typer.Option("--everything", help="All there is between you and her.")] = False,
    persona: Whose = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    undo: Annotated[str, typer.Option(help="Take a forgetting back by its id; `last` is the newest.")] = "",
    finish: Annotated[str, typer.Option(help="Make a forgetting final by its id; `last` is the newest.")] = "",
) -> None:
    """Forget memories and the words they were learnt from. Alone, it lists what can still be taken back."""
    terminal = terminal_of(context)
    with terminal.companion(warm=False) as companion:
        persona_id = whose(terminal, companion.memories, companion.conversations, persona)
        scope = Scope(
            memory_ids=tuple(memory_named(companion.memories, persona_id, each) for each in ids or ()),
            words=topic,
            subject=_subject(companion.memories, persona_id, about),
            since=beginning(since),
            until=beginning(until, days=1),
            conversation_id=companion.conversations.get(conversation).id if conversation else "",
            everything=everything,
        )
        if undo:
            companion.forgetting.undo(_pending(companion, persona_id, undo).token)
            terminal.console.print("It is remembered again.")
        elif finish:
            _finish(terminal, companion, _pending(companion, persona_id, finish))
        elif scope.empty:
            _list_pending(terminal, companion, persona_id)
        else:
            _forget(terminal, companion, persona_id, scope, sure=yes)


def memory_named(memories: Memories, persona_id: str, beginning_of_id: str) -> str:
    """The id of the memory whose id begins like this.

    Raises:
        InputError: several do.
        NotFoundError: none does.
    """
    known = [one.id for one in memories.list(persona_id, state="all", limit=ALL) if one.id.startswith(beginning_of_id.casefold())]
    if not known:
        raise NotFoundError(f"There is no memory {beginning_of_id}.", hint="`python -m companion memory list` shows their ids.")
    if len(known) > 1:
        raise InputError(f"{len(known)} memories have an id that begins with {beginning_of_id}.", hint="Write more of it.")
    return known[0]


def _forget(terminal: Terminal, companion: "Companion", persona_id: str, scope: Scope, *, sure: bool) -> None:
    touched = companion.forgetting.preview(persona_id, scope)
    if touched.memories or touched.messages:
        say(terminal.console, f"This touches {_amount(touched.memories, touched.messages)}.")
        if known := _examples(companion.memories, persona_id, scope):
            terminal.console.print(table_of(known))
        if not sure:
            typer.confirm("Forget it?", abort=True)
    done = companion.forgetting.forget(persona_id, scope)
    say(terminal.console, "Forgotten. For a day it can be taken back; at the first start after that it is gone for good.")
    say(terminal.console, f"  {COMMAND} --undo {done.token[:SHOWN_CHARS]}      takes it back", style="dim")
    say(terminal.console, f"  {COMMAND} --finish {done.token[:SHOWN_CHARS]}    makes it final now", style="dim")


def _finish(terminal: Terminal, companion: "Companion", forgotten: Forgotten) -> None:
    companion.forgetting.finish(forgotten.token)
    if catch_up(terminal, companion, "Removing it from the index"):
        terminal.console.print("It is gone for good, from every file.")


def _list_pending(terminal: Terminal, companion: "Companion", persona_id: str) -> None:
    pending = companion.forgetting.pending(persona_id)
    if not pending:
        terminal.console.print("Say what is to be forgotten; --help shows how. There is nothing that could be taken back.")
    for one in pending:
        what = _amount(len(one.memories), len(one.messages))
        say(terminal.console, f"{one.token[:SHOWN_CHARS]}  {one.at.astimezone():%Y-%m-%d %H:%M}  {what}")


def _pending(companion: "Companion", persona_id: str, beginning_of_id: str) -> Forgotten:
    pending = companion.forgetting.pending(persona_id)
    found = pending[:1] if beginning_of_id == "last" else [one for one in pending if one.token.startswith(beginning_of_id.casefold())]
    if len(found) != 1:
        hint = f"`{COMMAND}` lists what can still be taken back."
        raise NotFoundError("There is no such forgetting that is not final yet.", hint=hint)
    return found[0]


def _subject(memories: Memories, persona_id: str, about: str) -> str:
    """A subject as it is kept, whatever the case it is asked for in."""
    return next((one for one in memories.subjects(persona_id) if one.casefold() == about.casefold()), about) if about else ""


def _examples(memories: Memories, persona_id: str, scope: Scope) -> tuple[Memory, ...]:
    """A few of the memories that it names themselves; more may go with their messages."""
    if scope.memory_ids:
        return memories.of(scope.memory_ids[:PREVIEWED])
    by = Scope() if scope.everything else scope
    return memories.list(
        persona_id,
        state="all",
        subject=by.subject,
        conversation_id=by.conversation_id,
        words=by.words,
        since=by.since,
        until=by.until,
        limit=PREVIEWED,
    )


def _amount(memories: int, messages: int) -> str:
    """ "1 memory and 2 messages"."""
    return f"{memories:,} {'memory' if memories == 1 else 'memories'} and {messages:,} {'message' if messages == 1 else 'messages'}"
