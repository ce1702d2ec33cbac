"""What one page shows, read from the store and the worker in one go. Drawing it is left to others.

Reading is all that happens here, but that a persona's file which changed is kept as a version; a page that is redrawn changes
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from companion.affect import Affect, Felt
from companion.compose import Companion
from companion.events import Trace
from companion.persona.library import Persona
from companion.shot import Picture
from companion.showing import Job
from companion.store.conversations import Conversation, ConversationSummary, Message
from companion.ui.felt import present, under
from companion.ui.recalled import Reminder, reminders

PAGE_MESSAGES = 60


@dataclass(frozen=True, slots=True)
class Line:
    """One message, its alternatives (ids, oldest first, itself included), whether it ends the path, what was recalled for it, what the
    message that it answers did to her, the pictures that go with it, and the last one that could not be painted for it."""

    message: Message
    siblings: tuple[str, ...] = ()
    last: bool = False
    reminders: tuple[Reminder, ...] = ()
    felt: Felt | None = None
    pictures: tuple[Picture, ...] = ()
    unpainted: Job | None = None

    @property
    def place(self) -> int:
        """Its place among its alternatives, from 1."""
        return self.siblings.index(self.message.id) + 1 if self.message.id in self.siblings else 1


@dataclass(frozen=True, slots=True)
class View:
    """Everything a page draws.

    Attributes:
        lines: the newest messages of the active path, without a reply that is being written.
        earlier: how many messages come before them.
        writing: the reply that is being written, as far as it is kept.
        turn_id: the turn that writes it, if this process does.
        traces: of every reply on the path whose first word was timed, oldest first.
        outdated: the version of the persona that speaks here and the newest, where they differ.
        felt: what the newest message to her did, in whichever conversation; None while nothing was read.
        affect: what is left of that by now.
        jobs: the pictures that were asked for in this conversation, as they stand, the oldest first; of those that ended, the last few.
    """

    now: datetime
    personas: tuple[Persona, ...]
    persona: Persona
    conversation: Conversation
    conversations: tuple[ConversationSummary, ...]
    search: str = ""
    lines: tuple[Line, ...] = ()
    earlier: int = 0
    writing: Message | None = None
    turn_id: str | None = None
    traces: tuple[Trace, ...] = ()
    problems: tuple[str, ...] = ()
    outdated: tuple[int, int] | None = None
    felt: Felt | None = None
    affect: Affect | None = None
    jobs: tuple[Job, ...] = ()

    @property
    def painting(self) -> Job | None:
        """The first picture that is not done yet."""
        return next((job for job in self.jobs if not job.ended), None)


def look(companion: Companion, conversation_id: str, *, search: str = "", depth: int = PAGE_MESSAGES) -> View:
    """Reads what a page shows.

    Args:
        search: words that narrow the list of conversations.
        depth: how many messages to draw at most.

    Raises:
        NotFoundError: the conversation or its persona is not there.
    """
    store = companion.conversations
    conversation = store.get(conversation_id)
    path = store.path(conversation_id)
    writing = path[-1] if path and path[-1].status == "streaming" else None
    said = path[:-1] if writing else path
    shown = said[-depth:]
    siblings = store.siblings_of([message.id for message in shown])
    recalled = reminders(companion, shown)
    felt, newest = under(companion.affects, shown), companion.affects.latest(conversation.persona_id)
    seen, jobs = companion.pictures.of_messages([one.id for one in shown]), jobs_of(companion, conversation_id)
    unpainted = {job.message_id: job for job in jobs if job.state == "failed" and job.message_id not in seen}
    persona, now = companion.cast.persona_for(conversation), companion.clock()
    lines = tuple(
        Line(
            one,
            siblings[one.id],
            writing is None and one is said[-1],
            recalled.get(one.id, ()),
            felt.get(one.id),
            seen.get(one.id, ()),
            unpainted.get(one.id),
        )
        for one in shown
    )
    return View(
        now=now,
        personas=companion.library.list(),
        persona=persona,
        conversation=conversation,
        conversations=store.list(conversation.persona_id, search),
        search=search,
        lines=lines,
        earlier=len(said) - len(shown),
        writing=writing,
        turn_id=companion.worker.running(conversation_id),
        traces=tuple(one.trace for one in said if one.trace and one.trace.first_token_ms is not None),
        problems=tuple(f"{file.path.name}: {file.message} {file.hint}" for file in companion.library.problems()),
        outdated=companion.cast.outdated(conversation),
        felt=newest,
        affect=present(persona.blueprint, newest, now),
        jobs=jobs,
    )


def jobs_of(companion: Companion, conversation_id: str) -> tuple[Job, ...]:
    """The pictures that were asked for in a conversation, as they stand."""
    return tuple(job for job in companion.showing.jobs() if job.conversation_id == conversation_id)


def standing(jobs: Sequence[Job]) -> tuple[str, ...]:
    """How pictures stand, in small: another value is something else to be drawn."""
    return tuple(f"{job.id} {job.state}" for job in jobs)


def find_conversation(companion: Companion, asked: str = "") -> str:
    """The conversation a page opens with: the one asked for, else the one last spoken in, else a new one."""
    known = {persona.id for persona in companion.library.list()}
    here = [one.id for one in companion.conversations.list() if one.persona_id in known]
    if asked in here:
        return asked
    return here[0] if here else new_conversation(companion, companion.first_persona().id)


def conversation_with(companion: Companion, persona_id: str) -> str:
    """The conversation last spoken in with a persona, or a new one."""
    mine = companion.conversations.list(persona_id)
    return mine[0].id if mine else new_conversation(companion, persona_id)


def new_conversation(companion: Companion, persona_id: str) -> str:
    """A conversation with nothing but the greeting she has now: one that was left so, or a new one."""
    store, cast = companion.conversations, companion.cast
    for summary in store.list(persona_id):
        if summary.title == "" and len(store.path(summary.id)) <= 1 and cast.outdated(store.get(summary.id)) is None:
            return summary.id
    return cast.begin(persona_id).id
