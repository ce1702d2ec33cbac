"""What the page reads of her feelings: those kept with messages, for the replies that are drawn and for her portrait."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from companion.affect import Affect, Felt, Mood
from companion.feel.state import resting, waited
from companion.persona.blueprint import Blueprint
from companion.store.records import Message

SHOWN_FOR = timedelta(hours=3)  # what she showed in a reply says nothing of her later on; her mood does


class Feelings(Protocol):
    """Where they are kept (`store/affects.py`)."""

    def latest(self, persona_id: str, before: datetime | None = None) -> Felt | None:
        """The newest that stands; with `before` the newest of an earlier time."""

    def of(self, message_id: str) -> Felt | None:
        """What one message of the user's did."""

    def of_many(self, message_ids: Collection[str]) -> dict[str, Felt]:
        """The same for many, by their ids."""

    def history(self, persona_id: str, since: datetime) -> tuple[Felt, ...]:
        """All that stand since then, oldest first."""


def under(kept: Feelings, messages: Iterable[Message]) -> dict[str, Felt]:
    """What the user's message did that each reply answers, by the reply's id."""
    answered = {one.id: one.parent_id for one in messages if one.role == "persona" and one.parent_id and one.referral is None}
    told = kept.of_many(set(answered.values()))
    return {reply: told[said] for reply, said in answered.items() if said in told}


def mood_before(kept: Feelings, blueprint: Blueprint, persona_id: str, felt: Felt) -> Mood:
    """Her mood just before a message: what was left of it since the message before, or where it rests."""
    earlier = kept.latest(persona_id, before=felt.affect.at)
    return present(blueprint, earlier, felt.affect.at).mood


def present(blueprint: Blueprint, felt: Felt | None, now: datetime) -> Affect:
    """What is left by now of what she felt; at rest where nothing was read yet."""
    traits, goals = blueprint.character.big_five, blueprint.goals
    if felt is None:
        return resting(traits, goals, now)
    left = waited(traits, goals, felt.affect, now)
    return left if now - felt.affect.at < SHOWN_FOR else replace(left, shown="")
