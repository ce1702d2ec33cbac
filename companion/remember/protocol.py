"""What recall is asked, and what it gives back. Each recollection carries the reasons for its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Kind = Literal["turn", "fact", "event", "pattern", "summary"]


@dataclass(frozen=True, slots=True)
class Query:
    """What is being said now.

    Attributes:
        persona_id: whose memories; nothing of another persona is ever recalled.
        moment: aware; dates in the text are relative to it.
        besides: ids of messages that are never recalled: the one being answered.
        since: when the two talked last; what was to happen since then comes to mind unasked.
        names: of the user and of the persona, where known; a question that names one of them is about what that one said.
        most: how many recollections at most.
        vector: the text's embedding, where someone has it already.
    """

    persona_id: str
    text: str
    moment: datetime
    besides: frozenset[str] = frozenset()
    since: datetime | None = None
    names: tuple[str, str] = ("", "")
    most: int = 8
    vector: Vector | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Factors:
    """Why something was recalled: shares of its score, each in [0, 1], together 1 (or all 0)."""

    meaning: float = 0.0
    words: float = 0.0
    context: float = 0.0
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Recollection:
    """One thing recalled.

    Attributes:
        id: of the message or the memory.
        text: as it was said, or the note.
        at: when it was said.
        speaker: "user" or "persona"; empty for a memory.
        score: comparable within one recall only.
        sources: ids of the messages it comes from; its own for a turn.
        in_force: False for what has been replaced since.
        answers: how likely it is the very thing that was asked for, in [0, 1]; all of them together leave room for that nothing is.
    """

    id: str
    kind: Kind
    text: str
    at: datetime
    speaker: Literal["user", "persona", ""]
    score: float
    factors: Factors
    sources: tuple[str, ...]
    in_force: bool = True
    answers: float = 0.0


class Remembers(Protocol):
    """Finds what matters to what is being said."""

    def recall(self, query: Query) -> Sequence[Recollection]:
        """Best first; nothing is a valid answer.

        Raises:
            StorageError: the database cannot be read.
        """
