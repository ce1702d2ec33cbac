"""The contract between a turn and what brings her back to herself when her replies have drifted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from companion.affect import Felt
from companion.persona.library import Persona
from companion.store.conversations import Message
from companion.think.protocol import Engine


def as_it_is(engine: Engine) -> Engine:
    """The engine itself."""
    return engine


@dataclass(frozen=True, slots=True)
class Steadied:
    """What one reply gets.

    Attributes:
        felt: what the message did to her, with any correction laid over her manner.
        anchors: lines of hers that the model is shown again.
        engine: what to let write in the place of an engine: itself, or one that looks at its reply before it shows it.
    """

    felt: Felt
    anchors: tuple[str, ...] = ()
    engine: Callable[[Engine], Engine] = as_it_is


class Steadies(Protocol):
    """Measures how much her last replies were hers, and says what the next one gets."""

    def steady(self, persona: Persona, history: Sequence[Message], user: Message, felt: Felt) -> Steadied:
        """What the reply to a message gets; the same for the same path, so that undoing a turn undoes its correction."""


class Unsteadied:
    """Lets everything be: for a desk without a meter."""

    def steady(self, persona: Persona, history: Sequence[Message], user: Message, felt: Felt) -> Steadied:
        """What was felt, and no more."""
        return Steadied(felt)
