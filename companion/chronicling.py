"""Keeps the chronicle up: whatever has left a conversation's buffer is summed up once, in idle time.

What is still to be summed up is read off the path and the entries there are, so a process that dies half-way takes it up
again. A capable model writes an entry while its rounds are still in the buffer, so that it is there when they leave; whatever
left without one is summed up from the user's own words at once, before anything is read ahead.
"""

import logging
import threading
from collections.abc import Iterator, Sequence

from companion.errors import ModelError
from companion.learn.chronicle import summed_up
from companion.persona.library import Persona
from companion.prompting import turns
from companion.store.chronicle import Chronicle
from companion.store.conversations import Message
from companion.think.buffer import SHED_TURNS, Round
from companion.think.chronicle import entry_of
from companion.think.layout import Layout, render_chronicle
from companion.think.protocol import Constraints, Engine, GenerationRequest, Written

logger = logging.getLogger(__name__)
READY_ROUNDS = SHED_TURNS + 2  # from so many in the buffer on, the oldest ten are sure to leave together
ENTRY_TOKENS = 160
TEMPERATURE = 0.3


class Chronicler:
    """Sums up one conversation as it stands.

    Args:
        store: where entries are kept.
        layout: says what has left the buffer.
        path: the active path, oldest first.
    """

    def __init__(self, store: Chronicle, layout: Layout, persona: Persona, conversation_id: str, path: Sequence[Message]) -> None:
        self._store, self._persona, self._path = store, persona, path
        self._conversation_id = conversation_id
        self._messages = {message.id: message for message in path}
        self._rounds, self._left = layout.gone(persona.blueprint, turns(path))

    def keep_up(self, cancel: threading.Event) -> int:
        """Sums up what has left the buffer without an entry, without a model.

        Args:
            cancel: ends it after the entry it is at.

        Returns:
            How many entries were written.

        Raises:
            StorageError: the database cannot be read or written.
        """
        written = 0
        for part in self._without_entry(self._rounds[: self._left]):
            if cancel.is_set():
                break
            written += self._store.write(self._persona.id, self._in_their_words(part), self._said(part))
        return written

    def look_ahead(self, engine: Engine, cancel: threading.Event) -> bool:
        """Lets a capable model sum up what will leave the buffer next.

        Args:
            cancel: ends it at once, with nothing written.

        Returns:
            Whether an entry was written.

        Raises:
            StorageError: the database cannot be read or written.
        """
        kept = self._rounds[self._left :]
        if not engine.card().capable or len(kept) < READY_ROUNDS or cancel.is_set():
            return False
        part = next(self._without_entry(kept[:SHED_TURNS]), ())
        if len(part) < SHED_TURNS:
            return False
        text = self._asked(engine, part, cancel)
        return not cancel.is_set() and bool(text) and self._store.write(self._persona.id, text, self._said(part))

    def _without_entry(self, rounds: Sequence[Round]) -> Iterator[tuple[Round, ...]]:
        """Stretches of rounds that no entry covers, ten at most in each. Without a word of the user there is nothing to sum up."""
        covered = {message_id for entry in self._store.of(self._conversation_id) for message_id in entry.covers}
        stretch: list[Round] = []
        for round_ in rounds:
            known = any(turn.id in covered for turn in round_.messages)
            if stretch and (known or len(stretch) == SHED_TURNS):
                yield tuple(stretch)
                stretch = []
            if not known and round_.asked:
                stretch.append(round_)
        if stretch:
            yield tuple(stretch)

    def _said(self, part: Sequence[Round]) -> tuple[Message, ...]:
        return tuple(self._messages[turn.id] for round_ in part for turn in round_.messages)

    def _in_their_words(self, part: Sequence[Round]) -> str:
        said = self._said(part)
        return summed_up(said, self._path, self._store.noted([message.id for message in said]), len(part))

    def _asked(self, engine: Engine, part: Sequence[Round], cancel: threading.Event) -> str:
        prompt = render_chronicle(part, self._persona.blueprint.identity.called)
        request = GenerationRequest(prompt, Constraints(temperature=TEMPERATURE, max_tokens=ENTRY_TOKENS), cancel=cancel)
        text, complete = "", False
        try:
            for piece in engine.write(request):
                if isinstance(piece, Written):
                    complete = piece.reason == "end"
                else:
                    text += piece.text
        except ModelError as error:  # its rounds are summed up without it when they leave
            logger.info("the chronicle was not written by the model: %s", error)
            return ""
        return entry_of(text, complete=complete)
