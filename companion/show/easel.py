"""What a picture is made with, and how far pictures go: handed to whoever shows them, which knows no painter by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from companion.affect import Mood
from companion.persona.library import Persona
from companion.persona.visual import Visual
from companion.shot import Knobs, Shot
from companion.show.attempts import Stronger
from companion.show.protocol import LONG_SIDE_PX, Painter, Scores


@runtime_checkable
class Versioned(Protocol):
    """A painter whose pictures change with its version."""

    @property
    def version(self) -> str:
        """Another one makes another look: what was painted before is no longer taken for hers."""
        ...


@dataclass(frozen=True, slots=True)
class Easel:
    """What a picture is made with.

    Attributes:
        painter: who paints a persona; may raise ModelError or NotFoundError.
        knobs: what an image model is set to for a shot, from the blueprint and her mood.
        stronger: from the first knobs those for another try, after so many.
        scorer: who tells whether a picture is of a persona; None takes every one for her.
        others: everyone else, for comparison.
    """

    painter: Callable[[Persona], Painter]
    knobs: Callable[[Visual, Shot, Mood | None], Knobs]
    stronger: Stronger
    scorer: Callable[[Persona], Scores | None] = lambda persona: None
    others: Callable[[str], Sequence[Persona]] = lambda persona_id: ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far pictures go.

    Attributes:
        distance: from what was asked for to a ready picture that is shown instead, in [0, 1].
        tries: how many pictures are painted until one is her.
        long_side_px: of a picture.
    """

    distance: float = 0.11
    tries: int = 3
    long_side_px: int = LONG_SIDE_PX


def called(painter: Painter) -> str:
    """A painter's name, and the version of its pictures if it has one."""
    return f"{painter.name} {painter.version}" if isinstance(painter, Versioned) else painter.name
