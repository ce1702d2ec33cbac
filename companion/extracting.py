"""Lets a capable model read what the user said, after the rules, while nobody waits for it.

Learning and thinking meet here and nowhere else: `learn/extraction.py` says what is asked and what of an answer holds, the
engine that writes for the persona answers, and the store takes what holds together with the mark that the message was read.
So a message whose reading was interrupted, or failed, or died with the process is still to be read, and none is learnt twice.
"""

import logging
import threading
from collections.abc import Callable

from companion.errors import ModelError
from companion.learn.extraction import Extraction, Unreadable, extraction
from companion.learn.learner import note
from companion.store.memories import Memories, New, Unlearned
from companion.think.protocol import Constraints, Engine, Forgets, GenerationRequest, Prompt, PromptMessage, Written

logger = logging.getLogger(__name__)
BATCH = 20
REPLY_TOKENS = 700
CACHE_KEY = "extraction"  # what is asked begins alike for every message; it is let go of at the end
READY_S, MOST_LOOKS = 0.05, 100  # how long the rules are waited for


class Extracting:
    """Reads the messages with one persona that wait for it, in the caller's thread.

    Args:
        memories: where they wait, and where what is found goes.
        ready: waits so many seconds at most for the rules to have read everything; says whether they have.
        learnt: called when something was found.
    """

    def __init__(
        self, memories: Memories, *, ready: Callable[[float], bool] = lambda timeout_s: True, learnt: Callable[[], None] = lambda: None
    ) -> None:
        self._memories, self._ready, self._learnt = memories, ready, learnt

    def read(self, engine: Engine, persona_id: str, cancel: threading.Event) -> int:
        """Reads until nothing waits, the model fails, or it is cancelled.

        Args:
            engine: the one that writes; one that is not capable is asked nothing.
            cancel: ends it at once; the message it was at waits on.

        Returns:
            How many messages were read.

        Raises:
            StorageError: the database cannot be read or written.
        """
        if cancel.is_set() or not engine.card().capable:
            return 0
        for _ in range(MOST_LOOKS):
            if self._ready(READY_S) or cancel.is_set():
                break
        read, form, sound = 0, extraction(), True
        try:
            while sound and not cancel.is_set() and (waiting := self._memories.unextracted(persona_id, BATCH)):
                for message in waiting:
                    done = self._read(engine, form, message, cancel)
                    read, sound = read + done, sound and done
                    if cancel.is_set():
                        break
        except ModelError as error:  # it is tried again another time
            logger.info("the model read no further for what can be learnt: %s", error)
        finally:
            if isinstance(engine, Forgets):
                engine.forget(CACHE_KEY)
        return read

    def _read(self, engine: Engine, form: Extraction, message: Unlearned, cancel: threading.Event) -> bool:
        """Reads one message; says whether that came to its end."""
        try:
            reply = self._asked(engine, form, message, cancel)
        except ModelError as error:
            if not error.retryable:  # it may be this message: one that is too long, for instance
                self._memories.not_extracted(message.id)
            raise
        if cancel.is_set():
            return False
        try:
            news = _news(form, reply, message)
        except Unreadable as error:
            logger.info("the model's reading of a message was not of the form: %s", error)
            self._memories.not_extracted(message.id)
            return False
        self._memories.extracted(message.id, news, read=message.text)
        if news:
            self._learnt()
        return True

    def _asked(self, engine: Engine, form: Extraction, message: Unlearned, cancel: threading.Event) -> str:
        asked = form.prompt(message.text, message.created_at.astimezone(), message.asked)
        bounds = Constraints(temperature=0, top_p=1, min_p=0, repetition_penalty=1, max_tokens=REPLY_TOKENS)
        prompt = Prompt((PromptMessage("user", asked),))
        parts = engine.write(GenerationRequest(prompt, bounds, CACHE_KEY, cancel=cancel, schema=form.schema))
        return "".join(part.text for part in parts if not isinstance(part, Written))


def _news(form: Extraction, reply: str, message: Unlearned) -> tuple[New, ...]:
    stated = form.statements(reply, message.text, message.created_at.astimezone(), message.asked)
    return tuple(note(one, message, "model") for one in stated)
