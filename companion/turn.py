"""One message's whole journey: arrive → guard → feel → show → remember → suggest → prompt → think → finish.

A turn is a generator of the events in `events.py`. It knows the steps' contracts and the store; not which model writes,
not who watches. What arrives wrong is raised before anything is kept; after `TurnStarted` nothing is raised any more, and
every end, a bug included, is an event.
"""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from companion.answering import said_back
from companion.casting import Cast
from companion.chronicling import Chronicler
from companion.ending import Draft, account, broken, kept
from companion.errors import CompanionError, ConflictError, InputError, MessageError, ModelError, NotFoundError, StorageError
from companion.events import (
    Event,
    FinishReason,
    Moved,
    Queued,
    Referral,
    Referred,
    Shown,
    TextDelta,
    TurnFailed,
    TurnFinished,
    TurnStarted,
)
from companion.feel.protocol import Feels
from companion.glimpse import Shows, Unshown
from companion.guard.protocol import Gate
from companion.persona.blueprint import ModelChoice
from companion.persona.library import Persona
from companion.persona.lore import Lore
from companion.prompting import build_prompt, constraints_of, entries, expected, last_talked, recall, reminded, turns
from companion.remember.protocol import Recollection, Remembers
from companion.settings import Settings
from companion.spans import report
from companion.steady import Steadies, Unsteadied
from companion.stopwatch import Stopwatch
from companion.store.chronicle import Chronicle
from companion.store.conversations import Conversations, FinalStatus, Message
from companion.think.layout import Layout
from companion.think.protocol import Constraints, Engine, GenerationRequest, Settles, Suggests, Written

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Writer:
    """A model that is ready to write, the layout that counts in its tokens, and what it is given ideas by, where it needs some."""

    engine: Engine
    layout: Layout
    suggests: Suggests | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What a turn needs.

    Attributes:
        cast: who speaks in a conversation.
        writer: who writes for a persona's choice of model. It is asked when the model's turn has come, and may take as
            long as loading one does; raises ModelError.
        feels: works out what a message does to her.
        remembers: finds what matters to a message.
        chronicle: what was summed up of conversations.
        afterwards: told at the end of each turn its conversation and what was recalled for it (ids of memories), when nobody waits
            any more.
        studies: lets the model that writes read what was said with a persona (her id) for what can be learnt, until it is cancelled.
        tick: seconds from any fixed point, for durations.
        lore: finds what the persona's lorebook says to a conversation.
        steadies: brings her back to herself.
        shows: decides when she is seen.
        unwritten: replies whose end could not be saved (id → text), because the disk was full. They are saved before
            the next turn begins.
    """

    conversations: Conversations
    cast: Cast
    gate: Gate
    writer: Callable[[ModelChoice], Writer]
    settings: Settings
    feels: Feels
    remembers: Remembers
    chronicle: Chronicle
    afterwards: Callable[[str, Sequence[str]], None] = lambda conversation_id, recalled: None
    studies: Callable[[Engine, str, threading.Event], object] = lambda engine, persona_id, cancel: None
    tick: Callable[[], float] = time.perf_counter
    unwritten: dict[str, str] = field(default_factory=dict)
    lore: Lore = field(default_factory=Lore)
    steadies: Steadies = field(default_factory=Unsteadied)
    shows: Shows = field(default_factory=Unshown)


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asks for.

    Attributes:
        text: of a `send` or an `edit`.
        message_id: the reply to `regenerate` or `continue`, or the user's message to `edit`.
    """

    conversation_id: str
    kind: Literal["send", "regenerate", "continue", "edit"]
    text: str = ""
    message_id: str = ""


def take_turn(desk: Desk, order: Order, cancel: threading.Event) -> Iterator[Event]:
    """Carries out one order.

    `Queued(0)` marks the point from which the model is needed: whoever drives the generator may let it rest there.

    Args:
        cancel: ends the reply within one decoding step; what was written is kept.

    Raises:
        CompanionError: before the first event only: the order cannot be carried out.
    """
    watch = Stopwatch(desk.tick)
    with watch.stage("arrive"):
        reply = arrive(desk, order)
    draft = Draft(reply.id, reply.text)
    yield TurnStarted(uuid4().hex, order.conversation_id, reply.parent_id, reply.id, reply.text)
    referral: Referral | None = None
    ending: Event
    try:
        with watch.stage("guard"):
            *history, user = path_to(desk.conversations, reply)
            referral = desk.gate.check(user.text)
        if referral is None:
            with watch.stage("feel"):
                persona = persona_of(desk, order)
                before = last_talked(desk.conversations, persona.id, history, user)
                steadied = desk.steadies.steady(persona, history, user, desk.feels.feel(persona, user, before))
                draft.felt = steadied.felt
            yield Moved(draft.felt)
            with watch.stage("show"):
                draft.glimpse = desk.shows.glance(persona, draft.felt, history, user)
            if draft.glimpse.picture:
                yield Shown(draft.glimpse.picture)
            with watch.stage("remember"):
                recalled = recall(desk.remembers, persona, user, before)
            with watch.stage("wait"):
                yield Queued(0)
            if not cancel.is_set():
                with watch.stage("model"):
                    writer = desk.writer(persona.blueprint.model)
                with watch.stage("suggest"):
                    draft.recalled, now = reminded(
                        writer.layout, writer.suggests, desk.lore, persona.blueprint, history, user, before, recalled, reply.id,
                        steadied, draft.glimpse, from_memory(desk, recalled, user, reply.id),
                    )  # fmt: skip
                with watch.stage("prompt"):
                    summed = entries(desk.chronicle.of(order.conversation_id))
                    prompt = build_prompt(writer.layout, persona.blueprint, history, user, now, chronicle=summed, prefix=reply.text)
                    constraints = constraints_of(persona.blueprint, desk.settings, user.text, now, draft.felt.manner)
                adapter = persona.blueprint.model.adapter or ""
                request = GenerationRequest(prompt, constraints, order.conversation_id, adapter, cancel)
                yield from think(desk, steadied.engine(writer.engine), request, draft, watch)
        ending = finish(desk, draft, watch, referral)
    except CompanionError as error:
        ending = fail(desk, draft, watch, error)
    except GeneratorExit:
        close(desk, draft, watch, "interrupted")
        raise
    except Exception as error:
        logger.exception("a turn ended in a bug")
        draft.failure = type(error).__name__
        close(desk, draft, watch, "failed")
        ending = broken(draft.reply_id)
    finally:
        if referral is None:  # that someone may be in danger is told to nobody else
            reason = draft.written.reason if draft.written else None
            report(account(draft, watch), conversation_id=order.conversation_id, reason=reason, failure=draft.failure)
    if draft.felt is not None:
        with suppress(StorageError):  # a mood that is lost is no reason to lose a reply
            desk.feels.keep(draft.felt)
    if draft.glimpse is not None and isinstance(ending, TurnFinished):
        desk.shows.show(draft.glimpse, reply, draft.text)
    if referral is not None:  # shown even when it could not be saved
        yield Referred(referral)
    yield ending
    desk.afterwards(order.conversation_id, [one.id for one in draft.recalled if one.kind != "turn"])


# --- arrive


def arrive(desk: Desk, order: Order) -> Message:
    """Checks an order and commits it.

    Returns:
        The reply that stands open; its parent is the user's message.

    Raises:
        CompanionError: it cannot be carried out.
    """
    store = desk.conversations
    for reply_id, text in tuple(desk.unwritten.items()):
        with suppress(ConflictError, NotFoundError):  # closed or gone by now, and so no longer in the way
            store.finish_reply(reply_id, text, "failed")
        desk.unwritten.pop(reply_id, None)
    desk.cast.pin(order.conversation_id)
    match order.kind:
        case "send":
            return store.begin_turn(order.conversation_id, readable(order.text, desk.settings.message_chars))[1]
        case "edit":
            text = readable(order.text, desk.settings.message_chars)
            if named(store, order).role != "user":
                raise InputError("Only a message of yours can be sent again.", hint="Choose one of your own messages.")
            return store.begin_reply(store.edit(order.message_id, text).id)
        case "regenerate":
            return store.begin_reply(answered(named(store, order)))
        case "continue":
            answered(named(store, order))
            return store.continue_reply(order.message_id)


def persona_of(desk: Desk, order: Order) -> Persona:
    """Who is talked to, as at the version that the conversation keeps to.

    Raises:
        NotFoundError: the conversation or the persona is not there.
    """
    return desk.cast.persona_for(desk.conversations.get(order.conversation_id))


def readable(text: str, most_chars: int) -> str:
    """The text as it is.

    Raises:
        MessageError: it is empty or too long.
    """
    if not text.strip():
        raise MessageError("There is nothing in this message yet.", hint="Write a few words and send it again.")
    if len(text) > most_chars:
        raise MessageError(f"This message has {len(text):,} characters; {most_chars:,} fit.", hint="Shorten it, or send it in parts.")
    return text


def named(store: Conversations, order: Order) -> Message:
    """The message an order is about.

    Raises:
        NotFoundError: it is not in this conversation.
    """
    message = store.message(order.message_id)
    if message.conversation_id != order.conversation_id:
        raise NotFoundError("This message is in another conversation.", hint="Open that conversation and try again.")
    return message


def answered(message: Message) -> str:
    """Id of the user's message that a reply answers; a user's message answers itself.

    Raises:
        InputError: it answers none.
    """
    if message.role == "user":
        return message.id
    if message.parent_id is None:
        raise InputError("A greeting answers nobody yet.", hint="Write something first, or choose another greeting.")
    return message.parent_id


# --- guard


def path_to(store: Conversations, reply: Message) -> tuple[Message, ...]:
    """The messages above a reply, oldest first; the last is the user's message that it answers."""
    return store.spoken(reply.conversation_id, reply.id)[:-1]


# --- suggest


def from_memory(desk: Desk, recalled: Sequence[Recollection], user: Message, reply_id: str) -> str:
    """What a question can be answered with as they said it; nothing that the gate would stop at is said back to them."""
    said = said_back(recalled, user.text, reply_id)
    return "" if said and desk.gate.check(said) else said


# --- think


def think(desk: Desk, engine: Engine, request: GenerationRequest, draft: Draft, watch: Stopwatch) -> Generator[Event, None, None]:
    """Lets the model write: shows each piece, and saves the draft every `save_ms`.

    Raises:
        ModelError: the model failed, or wrote nothing.
        StorageError: the draft cannot be saved.
    """
    draft.engine = engine.card().name
    draft.asked_ms = saved_ms = watch.elapsed_ms()
    for part in engine.write(request):
        if isinstance(part, Written):
            draft.written = part
            continue
        watch.saw_text()
        draft.text += part.text
        yield TextDelta(part.text)
        if watch.elapsed_ms() - saved_ms >= desk.settings.save_ms:
            desk.conversations.save_reply(draft.reply_id, draft.text)
            saved_ms = watch.elapsed_ms()
    if draft.written is None:
        raise RuntimeError("an engine ended without its account")
    if not draft.text.strip() and draft.written.reason != "stopped":
        raise ModelError("The model had nothing to say.", hint="Try again, or say it in other words.")


# --- finish


def finish(desk: Desk, draft: Draft, watch: Stopwatch, referral: Referral | None) -> TurnFinished:
    """Commits the reply, then says so.

    Raises:
        StorageError: it cannot be saved.
    """
    trace = account(draft, watch)
    # A turn that never asked the model was stopped while it waited.
    reason: FinishReason = "referred" if referral else draft.written.reason if draft.written else "stopped"
    status: FinalStatus = "stopped" if reason == "stopped" else "complete"
    desk.conversations.finish_reply(draft.reply_id, draft.text, status, reason, trace, referral, recalled=kept(draft.recalled))
    return TurnFinished(draft.reply_id, draft.text, reason, trace)


def fail(desk: Desk, draft: Draft, watch: Stopwatch, error: CompanionError) -> TurnFailed:
    """Keeps what was written, if that is possible, and says what happened."""
    draft.failure = type(error).__name__
    close(desk, draft, watch, "failed")
    return TurnFailed(error.message, error.hint, error.retryable, draft.reply_id)


def close(desk: Desk, draft: Draft, watch: Stopwatch, status: FinalStatus) -> None:
    """Ends a reply that did not come to its own end. When even that cannot be saved, it waits in `desk.unwritten`."""
    try:
        desk.conversations.finish_reply(draft.reply_id, draft.text, status, trace=account(draft, watch))
    except StorageError:
        logger.warning("a reply could not be saved; it is tried again before the next turn", exc_info=True)
        desk.unwritten[draft.reply_id] = draft.text
    except Exception:
        logger.exception("a reply could not be closed")


# --- afterwards


def settle(desk: Desk, conversation_id: str, cancel: threading.Event) -> None:
    """Uses idle time: what has left the buffer goes into the chronicle, then the engine reads what the conversation's next prompt
    will begin with, then a capable one sums up what will leave next and reads what was said for what can be learnt.

    Args:
        cancel: ends it at once.

    Raises:
        CompanionError: it could not; nothing is lost.
    """
    persona = desk.cast.persona_for(desk.conversations.get(conversation_id))
    writer = desk.writer(persona.blueprint.model)
    path = desk.conversations.spoken(conversation_id)
    chronicler = Chronicler(desk.chronicle, writer.layout, persona, conversation_id, path)
    chronicler.keep_up(cancel)
    if isinstance(writer.engine, Settles) and not cancel.is_set():
        heard = next((message for message in reversed(path) if message.role == "user"), None)
        felt = desk.feels.feel(persona, heard, None) if heard else None
        now = expected(writer.suggests, persona.blueprint, felt, desk.chronicle.clock().astimezone())
        known = writer.layout.coming(persona.blueprint, turns(path), now, chronicle=entries(desk.chronicle.of(conversation_id)))
        adapter = persona.blueprint.model.adapter or ""
        writer.engine.settle(GenerationRequest(known, Constraints(), conversation_id, adapter, cancel))
    chronicler.look_ahead(writer.engine, cancel)
    desk.studies(writer.engine, persona.id, cancel)
