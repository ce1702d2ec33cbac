"""How near two people are: stages in their order, and what it takes to get to each."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated

import yaml
from pydantic import AfterValidator, Field

from companion.persona.fields import Color, Name, Part, Passage, Share, distinct, refused


class Enter(Part):
    """What a stage takes, all of it at once; zeros take nothing."""

    trust: Share = Field(default=0.0, description="How much she trusts the user, at least.")
    familiarity: Share = Field(default=0.0, description="How well she knows the user, at least.")
    shared_days: int = Field(default=0, ge=0, le=36_500, description="On how many different days the two have talked, at least.")
    shared_turns: int = Field(default=0, ge=0, le=1_000_000, description="How many messages of the user she has answered, at least.")

    def demands_no_more_than(self, other: "Enter") -> bool:
        """Whether who may enter the other may enter here as well."""
        return all(getattr(self, name) <= getattr(other, name) for name in Enter.model_fields)


class Stage(Part):
    """One stage."""

    name: Name = Field(description="What the stage is called, such as guest or old friend. Rules name it.")
    enter: Enter = Field(default=Enter(), description="What it takes to get here. The first stage takes nothing.")
    greeting: Passage = Field(default="", description="Her first words in a new conversation at this stage; empty keeps her usual ones.")
    address: Name | None = Field(default=None, description="What she calls the user at this stage.")
    openness: Share = Field(default=0.5, description="How much of herself she shows: 0 is guarded, 1 tells almost anything.")
    accent: Color | None = Field(default=None, description="Her colour on the page at this stage; none keeps her usual one.")


def _begins_freely(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    if stages and stages[0].enter != Enter():
        raise refused(((0, "enter"), "must be empty: everybody begins at the first stage", stages[0].enter.model_dump()))
    return stages


class Relationship(Part):
    """How the two get nearer."""

    stages: Annotated[tuple[Stage, ...], Field(max_length=12), AfterValidator(distinct), AfterValidator(_begins_freely)] = Field(
        default=(),
        description="From strangers on, in their order. The two get from one to the next as its conditions hold, a step at a time.",
    )

    def named(self, name: str) -> Stage | None:
        """The stage of this name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def ladder(self) -> tuple[Stage, ...]:
        """The stages that the two can be at, in their order."""
        passed_over = self.passed_over()
        return tuple(stage for stage in self.stages if stage.name not in passed_over)

    def passed_over(self) -> frozenset[str]:
        """The stages where nobody ever is, since a later one takes no more."""
        stages = self.stages
        return frozenset(
            one.name for at, one in enumerate(stages) if any(later.enter.demands_no_more_than(one.enter) for later in stages[at + 1 :])
        )

    def doubts(self) -> tuple[str, ...]:
        """What a creator may not have meant, one sentence each; none of it is an error."""
        return tuple(self._doubts())

    def _doubts(self) -> Iterator[str]:
        passed_over = self.passed_over()
        yield from (f"Nobody stays at “{one.name}”: a later stage takes no more." for one in self.stages if one.name in passed_over)
        for before, after in pairwise(self.ladder()):
            easier = [field.replace("_", " ") for field in Enter.model_fields if getattr(after.enter, field) < getattr(before.enter, field)]
            if easier:
                yield f"“{after.name}” takes less {' and '.join(easier)} than “{before.name}” before it, which counts all the same."
            if after.openness < before.openness:
                yield f"She is less open at “{after.name}” than at “{before.name}” before it."
        for stage in self.stages:
            if reproaches(stage.greeting):
                yield f"The greeting of “{stage.name}” blames the user for having been away."
            if stage.enter.shared_turns and stage.enter.shared_days > stage.enter.shared_turns:
                yield f"“{stage.name}” asks for more days than messages, and a day takes a message."


def reproaches(text: str) -> bool:
    """Whether a text blames somebody for having been away: it holds one of the phrases of `reproaches.yaml`."""
    plain = _plain(text)
    return any(phrase in plain for phrase in _reproaches())


@cache
def _reproaches() -> tuple[str, ...]:
    phrases = yaml.safe_load((files("companion.persona") / "reproaches.yaml").read_text(encoding="utf-8"))
    return tuple(map(_plain, phrases))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("'", "").replace("’", "").split())
