"""The contract between a turn and who shows her: whether a picture is called for at a message, and what of it is ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from companion.affect import Felt
from companion.persona.library import Persona
from companion.shot import Picture
from companion.show.director import Directed
from companion.store.conversations import Message


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Whether she shows herself with a reply.

    Attributes:
        occasion: why a picture is called for; empty where none is.
        directed: what it shows, and why; None where none is called for.
        replies: ids of her last replies, the newest first.
        picture: one that is ready, and whose file is there.
        told: how it stands with the picture, as her model is told; empty where there is nothing to say.
        answers: replies to somebody who asked for it, for a model that needs an idea.
    """

    persona: Persona
    felt: Felt
    lines: tuple[tuple[Literal["user", "persona"], str], ...] = ()
    occasion: str = ""
    directed: Directed | None = None
    picture: Picture | None = None
    told: str = ""
    answers: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()


class Shows(Protocol):
    """Decides when she is seen, and has her painted."""

    def prepare(self) -> None:
        """Reads ahead what the first message would otherwise wait for.

        Raises:
            ModelError: an encoder failed.
        """

    def glance(self, persona: Persona, felt: Felt, history: Sequence[Message], user: Message) -> Glimpse:
        """What there is to see at a message, in milliseconds: nothing is painted and no model is asked."""

    def show(self, glimpse: Glimpse, reply: Message, text: str) -> None:
        """Once she has answered: keeps the picture with her reply, or has one painted behind the conversation.

        Args:
            text: of the reply; what she tells in it may call for a picture as well.
        """


class Unshown:
    """Shows nothing: for a desk without pictures."""

    def prepare(self) -> None:
        """Nothing to read."""

    def glance(self, persona: Persona, felt: Felt, history: Sequence[Message], user: Message) -> Glimpse:
        """Nothing to see."""
        return Glimpse(persona, felt)

    def show(self, glimpse: Glimpse, reply: Message, text: str) -> None:
        """Keeps nothing."""
