"""Asking her something on the side: what a blueprint answers, with no conversation begun and nothing kept or remembered.

It goes the way of a turn from the lorebook to the model; there is no memory to be reminded of, and no gate, because nothing is
said to anybody who is there. The model's own thread does it when nobody waits for a reply.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Any

from companion.persona.blueprint import Blueprint, ModelChoice
from companion.persona.lore import Said, Scene, look_up
from companion.persona.lore_index import Names
from companion.prompting import constraints_of
from companion.settings import Settings
from companion.think.layout import Now, Turn
from companion.think.protocol import GenerationRequest, Piece
from companion.turn import Writer
from companion.worker import Worker

SEED = 7  # the same dice for every version, so that what differs is theirs


class Trial:
    """Asks blueprints. Safe to use from several threads.

    Args:
        writer: who writes for a choice of model, as a turn asks for it.
    """

    def __init__(self, worker: Worker, writer: Callable[[ModelChoice], Writer], settings: Settings, clock: Callable[[], datetime]) -> None:
        self._worker, self._writer, self._settings, self._clock = worker, writer, settings, clock

    def ask(self, blueprint: Blueprint, message: str) -> "Future[Any]":
        """What she would answer first thing after her greeting: a str, later.

        Raises:
            ConflictError: Companion is closing.
        """
        return self._worker.errand(lambda interrupt: self._answer(blueprint, message, interrupt))

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
        idea = suggests.idea(blueprint, message, [blueprint.greeting], str(SEED)) if suggests else ""
        now = Now(moment, lore=lore.lines, near=near, idea=idea)
        prompt = layout.build(blueprint, [Turn("persona", blueprint.greeting, moment)], message, now)
        constraints = replace(constraints_of(blueprint, self._settings, message, now), seed=SEED)
        request = GenerationRequest(prompt, constraints, adapter=blueprint.model.adapter or "", cancel=interrupt)
        return "".join(piece.text for piece in writer.engine.write(request) if isinstance(piece, Piece)).strip()
