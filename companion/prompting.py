"""What goes into a prompt: what comes to her mind, what the model has not read yet, and how long it has been."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from companion.affect import Felt, Manner
from companion.answering import likely
from companion.errors import CompanionError
from companion.feel.bearing import bearing, mood_line
from companion.glimpse import Glimpse
from companion.persona.blueprint import Blueprint
from companion.persona.library import Persona
from companion.persona.lore import Lore, Said
from companion.remember.lines import line
from companion.remember.protocol import Query, Recollection, Remembers
from companion.settings import Settings
from companion.steady import Steadied
from companion.store.chronicle import Summed
from companion.store.conversations import Conversations, Message
from companion.think.layout import Entry, Layout, Now, Turn, standing_for
from companion.think.nearest import asks
from companion.think.protocol import GAP, Constraints, Lean, Prompt, Suggests

logger = logging.getLogger(__name__)
PLAIN = Manner()
HOTTEST = 2.0  # temperature
SPARE = 40  # recalled beyond what a model is reminded of at once, since what the model still reads word for word is left out


def recall(remembers: Remembers, persona: Persona, user: Message, before: datetime | None) -> tuple[Recollection, ...]:
    """What comes to her mind at a message; a memory that cannot be searched is no reason not to answer."""
    query = Query(
        persona.id,
        user.text,
        user.created_at.astimezone(),
        besides=frozenset((user.id,)),
        since=before,
        names=("", persona.blueprint.identity.called),
        most=persona.blueprint.memory.recollections + SPARE,
    )
    try:
        return tuple(remembers.recall(query))
    except CompanionError as error:
        logger.warning("nothing could be recalled: %s", error)
        return ()


def word_for_word(layout: Layout, blueprint: Blueprint, history: Sequence[Message], user: Message) -> Sequence[Message]:
    """The messages that the model reads as they are."""
    spoken = [message for message in history if message.text.strip()]
    return spoken[len(spoken) - layout.kept(blueprint, turns(history), user.text) :]


def unread(read: Sequence[Message], user: Message, recalled: Sequence[Recollection], most: int) -> tuple[Recollection, ...]:
    """What was recalled, `most` at most, without what the model has `read` word for word anyway."""
    known = {message.id for message in read} | {user.id}
    fresh = [one for one in recalled if not one.sources or not known.issuperset(one.sources)]
    return tuple(fresh[:most])


def told(recalled: Sequence[Recollection], user: Message) -> tuple[str, ...]:
    """Recollections in words, each once."""
    now = user.created_at.astimezone()
    return tuple(dict.fromkeys(line(one, user.text, now) for one in recalled))


def lore_of(lore: Lore, layout: Layout, blueprint: Blueprint, history: Sequence[Message], user: Message) -> tuple[str, ...]:
    """What of her lorebook the conversation calls up."""
    said = [Said(one.role, one.text, one.id) for one in (*history, user)]
    found = lore.for_persona(blueprint, said, user.conversation_id, count_tokens=layout.count_tokens, budget=layout.lore_tokens)
    return found.lines


def turns(history: Sequence[Message]) -> list[Turn]:
    """Messages as the layout reads them."""
    return [Turn(message.role, message.text, message.created_at.astimezone(), message.id) for message in history]


def entries(summed: Sequence[Summed]) -> list[Entry]:
    """The chronicle as the layout reads it: an entry put aside says nothing."""
    return [Entry("" if one.hidden else one.text, one.covers, one.written_at.astimezone()) for one in summed]


def idea(
    suggests: Suggests | None, blueprint: Blueprint, history: Sequence[Message], user: Message, reply_id: str, manner: Manner = PLAIN
) -> str:
    """A reply that would fit, for a model that needs one; the same for the same reply, and another when it is tried again."""
    spoken = [message.text for message in history if message.role == "persona" and message.text.strip()]
    try:
        return suggests.idea(blueprint, user.text, spoken, reply_id, manner) if suggests else ""
    except CompanionError as error:
        logger.warning("nothing could be suggested: %s", error)
        return ""


def near(
    suggests: Suggests | None, blueprint: Blueprint, read: Sequence[Message], user: Message, memories: Sequence[str]
) -> tuple[str, ...]:
    """What of her and of what was just said the message may be about, for a model that has trouble finding it; of a question also
    what of `memories`, which takes longest to look through."""
    heard = [message.text for message in read if message.role == "user"]
    try:
        return suggests.near(blueprint, user.text, memories if asks(user.text) else (), heard) if suggests else ()
    except CompanionError as error:
        logger.warning("nothing near could be looked for: %s", error)
        return ()


def constraints_of(
    blueprint: Blueprint, settings: Settings, message: str = "", now: Now | None = None, manner: Manner = PLAIN
) -> Constraints:
    """How she writes: as her rules ask for now, within the settings' bounds, and with an idea if one was found: its gaps are never said.

    A question may be answered by what the prompt says, unless the idea is known to fit; to a remark it is the best there is.
    """
    own = blueprint.model.sampling
    bounds = Constraints(
        temperature=min(HOTTEST, own.temperature * manner.temperature),
        top_p=own.top_p,
        min_p=own.min_p,
        repetition_penalty=own.repetition_penalty,
        max_tokens=min(own.max_tokens, settings.reply_tokens),
        avoid=manner.avoid,
        leanings=manner.favour,
        sentence_words=manner.sentence_words or 0,
        reply_sentences=manner.reply_sentences or 0,
        questions=manner.questions,
    )
    if now is None:
        return bounds
    bounds = replace(bounds, likely=likely(now.near, message))
    if not now.idea:
        return bounds
    if now.known:  # said word for word, so its sentences stay as they are
        bounds = replace(bounds, sentence_words=0, reply_sentences=0, questions="allowed")
    return replace(bounds, avoid=(*bounds.avoid, GAP), favour=now.idea, lean="surely" if now.known else lean_of(message))


def lean_of(message: str) -> Lean:
    """How much a reply leans on an idea that was found for a message: what is asked may be answered by the prompt."""
    return "lightly" if asks(message) else "firmly"


def now_of(user: Message, before: datetime | None) -> Now:
    """The moment is the message's own, however late it is answered."""
    return Now(user.created_at.astimezone(), gap=user.created_at - before if before else None)


def expected(suggests: Suggests | None, blueprint: Blueprint, felt: Felt | None, moment: datetime) -> Now:
    """The `now` block of the next message as far as it can be told before it is there.

    Args:
        felt: what the last message did to her; None where there was none.
    """
    if felt is None:
        return Now(moment)
    return Now(moment, mood=mood_line(felt.affect), bearing=bearing(felt, blueprint.relationship) if suggests is None else ())


def reminded(
    layout: Layout,
    suggests: Suggests | None,
    lore: Lore,
    blueprint: Blueprint,
    history: Sequence[Message],
    user: Message,
    before: datetime | None,
    recalled: Sequence[Recollection],
    reply_id: str,
    steadied: Steadied | None = None,
    glimpse: Glimpse | None = None,
    said: str = "",
) -> tuple[tuple[Recollection, ...], Now]:
    """What is recalled beyond what the model reads anyway, and the `now` block with it and with all that was looked up besides.

    A model that needs suggestions is told her mood in words that it knows; any other also how she carries herself, and how it stands
    with a picture of her.

    Args:
        said: what a model that needs ideas answers from memory (`answering.said_back`).
    """
    read = word_for_word(layout, blueprint, history, user)
    most = blueprint.memory.recollections
    fresh = unread(read, user, recalled, most if asks(user.text) else (most + 1) // 2)  # a remark asks for nothing
    memories = told(fresh, user)
    apart = user.created_at - before if before else None
    answer = answer_to_look(suggests, glimpse, reply_id)  # then there is nothing to look up
    known = answer or (said if suggests else "")
    now = replace(
        now_of(user, before),
        mood=mood_line(steadied.felt.affect) if steadied else "",
        bearing=carriage(steadied, glimpse, blueprint, apart.days if apart else 0) if suggests is None else (),
        anchors=steadied.anchors if steadied else (),
        lore=lore_of(lore, layout, blueprint, history, user),
        memories=memories,
        near=() if answer else near(suggests, blueprint, read, user, memories),
        idea=known or idea(suggests, blueprint, history, user, reply_id, steadied.felt.manner if steadied else PLAIN),
        known=bool(known),
        instructions=standing_for(blueprint.instructions.after_history, ""),
    )
    return fresh, now


def carriage(steadied: Steadied | None, glimpse: Glimpse | None, blueprint: Blueprint, days_apart: int) -> tuple[str, ...]:
    """How she carries herself, and what is to be seen of her."""
    carried = bearing(steadied.felt, blueprint.relationship, days_apart) if steadied else ()
    return (*carried, glimpse.told) if glimpse and glimpse.told else tuple(carried)


def answer_to_look(suggests: Suggests | None, glimpse: Glimpse | None, reply_id: str) -> str:
    """What a model that needs ideas may say to somebody who asked to see her; the same for the same reply."""
    if suggests is None or glimpse is None or not glimpse.answers:
        return ""
    return glimpse.answers[int(sha256(reply_id.encode()).hexdigest(), 16) % len(glimpse.answers)]


def build_prompt(
    layout: Layout,
    blueprint: Blueprint,
    history: Sequence[Message],
    user: Message,
    now: Now,
    *,
    chronicle: Collection[Entry] = (),
    prefix: str,
) -> Prompt:
    """What the model reads.

    Raises:
        CompanionError: the persona or the message does not fit.
    """
    return layout.build(blueprint, turns(history), user.text, now, chronicle=chronicle, prefix=prefix)


def last_talked(store: Conversations, persona_id: str, history: Sequence[Message], user: Message) -> datetime | None:
    """When the two talked last before this message: in this conversation or, when it has just begun, in another one."""
    if any(message.role == "user" for message in history):
        return history[-1].finished_at or history[-1].created_at
    others = (one for one in store.list(persona_id) if one.id != user.conversation_id and one.title)
    return max((one.updated_at for one in others if one.updated_at < user.created_at), default=None)
