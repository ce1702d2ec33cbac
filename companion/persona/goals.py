"""What she wants, and what brings it nearer or farther: the ground on which events are appraised.

The model is GAMYGDALA's (Popescu, Broekens and van Someren, "GAMYGDALA: An Emotion Engine for Games", IEEE Transactions on
Affective Computing 5, 2014): a goal has a utility and a likelihood, and what happens moves the likelihood.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from companion.persona.fields import Line, Name, Part, Share, Signed, distinct, refused
from companion.persona.terms import Emotion

CAUSES = ("emotion", "topic", "event", "silence_days")


class Influence(Part):
    """One thing that moves a goal; exactly one cause is named."""

    emotion: Emotion | None = Field(default=None, description="A feeling in the user's message that moves the goal.")
    topic: Name | None = Field(default=None, description="What the user talks about that moves the goal, such as work or sleep.")
    event: Name | None = Field(
        default=None, description="What happens between the two and moves the goal: return (after a week), nearer or farther (by a stage)."
    )
    silence_days: int | None = Field(default=None, ge=1, le=3650, description="Days without a word from the user, from which on it moves.")
    effect: Signed = Field(description="How far: 1 makes the goal certain, -1 makes it hopeless.")

    @model_validator(mode="after")
    def _one_cause(self) -> Self:
        named = [name for name in CAUSES if getattr(self, name) is not None]
        if len(named) != 1:
            why = f"names {' and '.join(named)}; name one of them, and add another influence for the other" if named else _NONE
            raise refused(((), why, named))
        return self


_NONE = "says nothing of what moves the goal; name an emotion, a topic, an event or silence_days"


class Goal(Part):
    """Something she wants, or wants to be spared; what matters nothing is no goal."""

    name: Line = Field(description="What she wants, in a few words. Her feelings are explained with it.")
    utility: Signed = Field(description="How much it matters: 1 she longs for it, -1 she dreads it.")
    likelihood: Share = Field(default=0.5, description="How likely it seems at the beginning. News feels stronger where it was unlikely.")
    moved_by: Annotated[tuple[Influence, ...], Field(max_length=16)] = Field(
        default=(), description="What brings it nearer or farther, and so makes her glad, hopeful, worried or sad."
    )

    @model_validator(mode="after")
    def _matters(self) -> Self:
        if self.utility == 0:
            why = "is 0: what matters nothing moves nothing in her; above 0 she longs for it, below 0 she dreads it"
            raise refused((("utility",), why, self.utility))
        return self


Goals = Annotated[tuple[Goal, ...], Field(max_length=16), AfterValidator(distinct)]
