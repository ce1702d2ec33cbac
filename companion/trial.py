"""Asking her something on the side: what she answers, with nothing kept or remembered.

`ask` asks a blueprint: no conversation has begun, and there is no memory to be reminded of. `ask_within` asks on a side branch of a
conversation: what a turn there would be given, but the message is in no store, nobody learns from it, and what the model had read of
the conversation stays as it was. No gate reads the message, because nothing is said to anybody who is there. The model's own thread
does both when nobody waits for a reply.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Any

from companion.persona.blueprint import Blueprint, ModelChoice
from companion.persona.lore import Lore, Said, Scene, look_up
from companion.persona.lore_index import Names
from companion.prompting import PLAIN, build_prompt, constraints_of, entries, last_talked, recall, reminded
from companion.settings import Settings
from companion.store.conversations import Message
from companion.think.layout import Now, Turn
from companion.think.protocol import Engine, GenerationRequest, Piece
from companion.turn import Desk, Writer
from companion.worker import Worker

SEED = 7  # the same dice for every version, so that what differs is theirs


class Trial:
    """Asks blueprints and conversations. Safe to use from several threads.

    Args:
        writer: who writes for a choice of model, as a turn asks for it.
        desk: what a turn is given; without it only blueprints can be asked.
    """

    def __init__(
        self,
        worker: Worker,
        writer: Callable[[ModelChoice], Writer],
        settings: Settings,
        clock: Callable[[], datetime],
        desk: Desk | None = None,
    ) -> None:
        self._worker, self._writer, self._settings, self._clock, self._desk = worker, writer, settings, clock, desk
        self._lore = Lore(most=1)  # its own, so that what a conversation's lorebook has come to is not gone back on

    def ask(self, blueprint: Blueprint, message: str) -> "Future[Any]":
        """What she would answer first thing after her greeting: a str, later.

        Raises:
            ConflictError: Companion is closing.
        """
        return self._worker.errand(lambda interrupt: self._answer(blueprint, message, interrupt))

    def ask_within(self, conversation_id: str, message: str) -> "Future[Any]":
        """What she would answer next in a conversation: a str, later. The future raises NotFoundError when the conversation is gone.

        Raises:
            ConflictError: Companion is closing.
        """
        return self._worker.errand(lambda interrupt: self._answer_within(conversation_id, message, interrupt))

    def _answer(self, blueprint: Blueprint, message: str, interrupt: threading.Event) -> str:
        writer = self._writer(blueprint.model)
        layout, suggests = writer.layout, writer.suggests
        moment = self._clock().astimezone()
        said = (Said("persona", blueprint.greeting), Said("user", message))
        lore = look_up(
            blueprint.lorebook,
            said,
            Scene(greeting=0),
            Names(blueprint.identity.called),
            count_tokens=layout.count_tokens,
            budget=layout.lore_tokens,
        )
        near = suggests.near(blueprint, message, (), ()) if suggests else ()
        idea = suggests.idea(blueprint, message, [blueprint.greeting], str(SEED), PLAIN) if suggests else ""
        now = Now(moment, lore=lore.lines, near=near, idea=idea)
        prompt = layout.build(blueprint, [Turn("persona", blueprint.greeting, moment)], message, now)
        constraints = replace(constraints_of(blueprint, self._settings, message, now), seed=SEED)
        return _written(writer.engine, GenerationRequest(prompt, constraints, adapter=blueprint.model.adapter or "", cancel=interrupt))

    def _answer_within(self, conversation_id: str, message: str, interrupt: threading.Event) -> str:
        if (desk := self._desk) is None:
            raise RuntimeError("a trial without a desk has no conversations")
        persona = desk.cast.persona_for(desk.conversations.get(conversation_id))
        history = desk.conversations.spoken(conversation_id)
        parent = history[-1].id if history else None
        user = Message("", conversation_id, parent, "user", message, "complete", self._clock())
        before = last_talked(desk.conversations, persona.id, history, user)
        recalled = recall(desk.remembers, persona, user, before)
        writer, blueprint = self._writer(persona.blueprint.model), persona.blueprint
        steadied = desk.steadies.steady(persona, history, user, desk.feels.feel(persona, user, before))  # and not kept
        _, now = reminded(writer.layout, writer.suggests, self._lore, blueprint, history, user, before, recalled, str(SEED), steadied)
        chronicle = entries(desk.chronicle.of(conversation_id))
        prompt = build_prompt(writer.layout, blueprint, history, user, now, chronicle=chronicle, prefix="")
        constraints = replace(constraints_of(blueprint, self._settings, message, now, steadied.felt.manner), seed=SEED)
        # Without a key of its own the answer begins with a copy of what was read of the conversation, and is not kept.
        request = GenerationRequest(prompt, constraints, adapter=blueprint.model.adapter or "", cancel=interrupt)
        return _written(steadied.engine(writer.engine), request)


def _written(engine: Engine, request: GenerationRequest) -> str:
    return "".join(piece.text for piece in engine.write(request) if isinstance(piece, Piece)).strip()
