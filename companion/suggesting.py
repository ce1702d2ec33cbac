"""Lets a capable model suggest what a picture shows, while nobody waits for a reply.

Showing and thinking meet here and nowhere else: `show/suggestion.py` says what is asked and what of an answer holds, the engine that
writes for the persona answers. Where it is not capable, fails, or says nothing that can be used, the director's shot stands.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from companion.affect import Affect
from companion.errors import ModelError
from companion.persona.blueprint import ModelChoice
from companion.persona.library import Persona
from companion.shot import Shot
from companion.show.director import Directed
from companion.show.sentences import Line
from companion.show.suggestion import Suggestion
from companion.think.protocol import Constraints, Engine, Forgets, GenerationRequest, Prompt, PromptMessage, Written

logger = logging.getLogger(__name__)
REPLY_TOKENS = 240
CACHE_KEY = "suggestion"
Do = Callable[[threading.Event], object]


class Suggesting:
    """Asks the model that writes for a persona.

    Args:
        engine: which that is, for a choice of model; it may raise ModelError.
        errand: has the model's thread do something as soon as nobody waits for a reply.
    """

    def __init__(self, engine: Callable[[ModelChoice], Engine], errand: Callable[[Do], Future[object]]) -> None:
        self._engine, self._errand = engine, errand

    def suggest(self, persona: Persona, directed: Directed, affect: Affect, lines: Sequence[Line], then: Callable[[Shot], None]) -> None:
        """Hands on what the picture shows, at once or when the model has answered.

        Args:
            then: raises nothing: it may be called in the model's thread.

        Raises:
            ConflictError: the program is closing.
        """
        try:
            engine = self._engine(persona.blueprint.model)
        except ModelError as error:
            logger.info("no model could be asked what a picture shows: %s", error)
            then(directed.shot)
            return
        if not engine.card().capable:
            then(directed.shot)
            return

        def answered(asked: Future[object]) -> None:
            failed = asked.cancelled() or asked.exception() is not None
            shot = directed.shot if failed else asked.result()
            then(shot if isinstance(shot, Shot) else directed.shot)

        self._errand(lambda cancel: _asked(engine, persona, directed, affect, lines, cancel)).add_done_callback(answered)


def _asked(engine: Engine, persona: Persona, directed: Directed, affect: Affect, lines: Sequence[Line], cancel: threading.Event) -> Shot:
    form = Suggestion(persona.blueprint.visual, persona.blueprint.identity.called)
    bounds = Constraints(temperature=0, top_p=1, min_p=0, repetition_penalty=1, max_tokens=REPLY_TOKENS)
    prompt = Prompt((PromptMessage("user", form.prompt(directed, affect, lines)),))
    try:
        parts = engine.write(GenerationRequest(prompt, bounds, CACHE_KEY, cancel=cancel, schema=form.schema))
        return form.over(directed, "".join(part.text for part in parts if not isinstance(part, Written))).shot
    finally:
        if isinstance(engine, Forgets):
            engine.forget(CACHE_KEY)
