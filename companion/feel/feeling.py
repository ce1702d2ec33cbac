"""What a message does to her, from its words to her manner: read, appraised against her goals, ruled.

    words → what the user feels, what it is about → how near the two are → emotions, mood, what she shows → rules → manner

The state before a message is the newest one that stands, so the same events give the same state, and editing takes it back.
Nothing here asks a language model. What cannot be read (another embedder, a model that fails) is left out, and she goes by the rest.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from companion.affect import Affect, Felt, Reason
from companion.errors import CompanionError
from companion.feel.appraisal import News
from companion.feel.reading import Reading, ReadsFeelings
from companion.feel.relationship import Lived, advance, beginning
from companion.feel.ruling import Situation, hidden, rule
from companion.feel.state import resting, step, waited
from companion.feel.topics import Topics
from companion.persona.blueprint import Blueprint
from companion.persona.library import Persona
from companion.persona.relationship import Stage
from companion.store.affects import Affects
from companion.store.conversations import Message
from companion.store.shared import Shared, SharedHistory

logger = logging.getLogger(__name__)
DAY = timedelta(days=1)
RETURN_DAYS = 7  # an absence of so many days makes coming back an event, which goals may name "return"
NEARER, FARTHER, RETURN = "nearer", "farther", "return"  # events that goals may name

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


class Feeling:
    """Works out what messages do to her.

    Args:
        affects, shared: what was felt and shared before.
        reader: reads feelings; None reads none.
        encode: the vectors that it reads from.
    """

    def __init__(self, affects: Affects, shared: SharedHistory, reader: ReadsFeelings | None, topics: Topics, encode: Encode) -> None:
        self._affects, self._shared, self._reader, self._topics, self._encode = affects, shared, reader, topics, encode

    def feel(self, persona: Persona, user: Message, before: datetime | None) -> Felt:
        """What she feels after a message; see `Feels`."""
        if kept := self._affects.of(user.id):
            return kept
        known = self._affects.latest(persona.id, user.created_at)
        shared = self._shared.of(persona.id, user.created_at)
        apart = user.created_at - before if before else None
        felt = self._felt(persona.blueprint, known.affect if known else None, user.text, user.created_at, apart, shared)
        return replace(felt, message_id=user.id)

    def keep(self, felt: Felt) -> None:
        """Keeps it; see `Feels`."""
        self._affects.keep(felt)

    def stage(self, persona_id: str, blueprint: Blueprint) -> Stage | None:
        """Where the two are now; None where she has no stages."""
        stages = blueprint.relationship.stages
        known = self._affects.latest(persona_id)
        return next((one for one in stages if known and one.name == known.affect.bond.stage), stages[0] if stages else None)

    def try_out(self, blueprint: Blueprint, steps: Sequence[tuple[str, datetime]]) -> tuple[Felt, ...]:
        """What messages would do to somebody, one after the other, from the first meeting on; nothing is kept.

        Args:
            steps: messages and when they come, aware, oldest first.
        """
        felt: list[Felt] = []
        days: set[object] = set()
        for turn, (text, at) in enumerate(steps):
            last = steps[turn - 1][1] if turn else None
            today = sum(moment.astimezone().date() == at.astimezone().date() for _, moment in steps[:turn])
            shared = Shared(turn, len(days), today, last)
            felt.append(self._felt(blueprint, felt[-1].affect if felt else None, text, at, at - last if last else None, shared))
            days.add(at.astimezone().date())
        return tuple(felt)

    def _felt(self, blueprint: Blueprint, before: Affect | None, text: str, at: datetime, apart: timedelta | None, shared: Shared) -> Felt:
        traits, goals, moment = blueprint.character.big_five, blueprint.goals, at.astimezone()
        reading, topics = self._read(text), self._topics.of(text)
        heard = {name: reading.emotions[name] for name in reading.present} if reading else {}
        strengths = {name: reading.strength(name) for name in heard} if reading else {}
        start = waited(traits, goals, before, at) if before else resting(traits, goals, at)
        days_apart = max(0.0, apart / DAY) if apart else 0.0
        brought = Lived(text, strengths, reading.valence if reading else 0.0, topics, shared, days_apart)
        bond, grown = advance(blueprint.relationship, before.bond if before else beginning(blueprint.relationship), brought)
        news = News(strengths, dict.fromkeys(topics, 1.0), _events(start.bond.stage, bond.stage, grown, days_apart), days_apart)
        known = replace(start, heard=heard, topics=topics, bond=bond)
        unshown = hidden(blueprint.rules, Situation.of(known, moment, apart))
        after = step(traits, goals, before, news, at, unshown)
        told = {one.name for one in after.reasons if one.kind == "read"}  # with what they woke in her
        read = [Reason("read", name, amount=share) for name, share in heard.items() if name not in told]
        read += [Reason("read", topic) for topic in topics]
        affect = replace(after, heard=heard, topics=topics, bond=bond, reasons=(*read, *grown, *after.reasons))
        return Felt("", affect, rule(blueprint.rules, Situation.of(affect, moment, apart)))

    def _read(self, text: str) -> Reading | None:
        if self._reader is None:
            return None
        try:
            return self._reader.read(text, self._encode([text])[0])
        except CompanionError as error:
            logger.warning("no feelings could be read: %s", error)
            return None


def _events(before: str, stage: str, grown: Sequence[Reason], days_apart: float) -> frozenset[str]:
    """What happened between the two since the last message; the stages are those before it and after."""
    moved = {NEARER if any(one.amount > 0 for one in grown) else FARTHER} if before and before != stage else set()
    return frozenset(moved | ({RETURN} if days_apart >= RETURN_DAYS else set()))
