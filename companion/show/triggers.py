"""Whether a picture of her is called for now: the user asks, they come nearer, a milestone, or the story; never so often that it tires.

Whoever asks is always shown. All else keeps a budget: so many turns between two pictures of a conversation, so many pictures a day.
What the story calls for is found by words, and where an encoder is at hand by meaning too (`meaning.py`). Words, milestones and the
usual budget are data (`triggers.yaml`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from companion.affect import Affect
from companion.show.asking import asking, book
from companion.show.sentences import Line, Sentence, phrases, sentences

Vectors = NDArray[np.float32]
Occasion = Literal["asked", "stage", "milestone", "story"]
SHORTEST_CHARS = 12  # of a line that is read for its meaning


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why a picture is called for.

    Attributes:
        name: which request, stage, milestone or part of the story; never in the user's words.
    """

    occasion: Occasion
    name: str


@dataclass(frozen=True, slots=True)
class Budget:
    """How often she may be seen unasked.

    Attributes:
        turns_apart: of a conversation, from one picture to the next; a picture that was asked for counts as well.
        a_day: pictures of a day that nobody asked for; 0 shows none unasked.
    """

    turns_apart: int = 8
    a_day: int = 4

    def allows(self, before: "Before") -> bool:
        """Whether a picture that nobody asks for may be shown."""
        return before.today < self.a_day and (before.since is None or before.since >= self.turns_apart)


@dataclass(frozen=True, slots=True)
class Before:
    """What came before this turn.

    Attributes:
        since: how many turns ago this conversation had its last picture: 1 if the turn before this one had it; None if it had none.
        today: how many pictures of the user's day nobody asked for, with this persona.
        stage: how near the two were; empty if that is not known.
        stages: the names of the stages, from the first; with them only a nearer stage counts.
        turns: which turn with her this is, over all conversations, from 1; 0 if that is not known.
        days: whole days from the day of the first turn to this one.
        first_today: whether it is the first turn of the day.
    """

    since: int | None = None
    today: int = 0
    stage: str = ""
    stages: tuple[str, ...] = ()
    turns: int = 0
    days: int = 0
    first_today: bool = False


class Means(Protocol):
    """Tells by meaning whether a line asks for her, or calls for a picture."""

    def of(self, text: str, vector: Vectors | None = None) -> Literal["asked", "story"] | None:
        """What a line means; None for neither. Its vector is computed unless it is given.

        Raises:
            ModelError: its encoder failed.
        """


@cache
def usual_budget() -> Budget:
    """The one that comes with the program."""
    return Budget(**book()["budget"])


def wanted(
    lines: Sequence[Line],
    affect: Affect,
    before: Before,
    budget: Budget | None = None,
    *,
    names: Sequence[str] = (),
    meaning: Means | None = None,
    vector: Vectors | None = None,
) -> Trigger | None:
    """Why a picture is called for; None if none is.

    Args:
        lines: who spoke, "user" or "persona", and what, in order; of each the last line is read.
        affect: what she feels after the last message.
        before: what came before this turn.
        budget: how often she may be seen unasked; without one the usual.
        names: of her settings and outfits, which may be asked for by name.
        meaning: reads by meaning what words leave open.
        vector: of the user's last line, by the encoder behind `meaning`, where somebody has it already.

    Raises:
        ModelError: the encoder behind `meaning` failed.
    """
    asked = next((text for role, text in reversed(lines[-2:]) if role == "user"), "")
    if pattern := asking().asked(asked, names):
        return Trigger("asked", pattern)
    meant = meaning.of(asked, vector) if meaning and len(asked) >= SHORTEST_CHARS else None
    if meant == "asked" and not asking().turned(asked):
        return Trigger("asked", "by its meaning")
    if not (budget or usual_budget()).allows(before):
        return None
    return _nearer(affect, before) or _milestone(before) or _story(lines, meant)


def _nearer(affect: Affect, before: Before) -> Trigger | None:
    now, then, stages = affect.bond.stage, before.stage, before.stages
    if not now or not then or now == then:
        return None
    known = now in stages and then in stages
    return None if known and stages.index(now) < stages.index(then) else Trigger("stage", now)


def _milestone(before: Before) -> Trigger | None:
    marks = book()["milestones"]
    if before.turns in marks["turns"]:
        return Trigger("milestone", f"{before.turns} turns")
    return Trigger("milestone", f"{before.days} days") if before.first_today and before.days in marks["days"] else None


def _story(lines: Sequence[Line], meant: str | None) -> Trigger | None:
    spoken = [sentence for line in lines[-2:] for sentence in sentences((line,), 1)]
    for name, told, words in _calls():
        for sentence in spoken:
            sought = words if sentence.role == "user" else told + words
            if (found := sentence.has(sought)) and not _denied(sentence, found):
                return Trigger("story", name)
    return Trigger("story", "by its meaning") if meant == "story" else None


def _denied(sentence: Sentence, found: tuple[str, ...]) -> bool:
    return asking().denied(" ".join(sentence.words[: sentence.at(found)]))


@cache
def _calls() -> tuple[tuple[str, tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]], ...]:
    return tuple((one["name"], phrases(one.get("told", ())), phrases(one.get("words", ()))) for one in book()["story"])
