"""Brings her back when she has drifted: measures her last replies on the path, and gives the next one what `correction` says.

While she is held firmly, a reply is looked at before it is shown: one that goes against her blueprint or talks like an assistant is
written once more, with other dice, and the better of the two stands. Otherwise replies stream as they come.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from companion.affect import Felt
from companion.drift.correction import anchors, correction, worth_another
from companion.drift.meter import LOOKED_AT, Drift, Meter
from companion.persona.blueprint import Blueprint
from companion.persona.library import Persona
from companion.steady import Steadied
from companion.store.conversations import Message
from companion.think.protocol import Engine, EngineCard, GenerationRequest, Piece, Written

KEPT = 4096  # replies whose measure is kept
METERS = 32
OTHER_DICE = 1_000_003  # added to a seed for the second try


class Steadying:
    """Measures and corrects. Safe to use from several threads.

    Args:
        others: blueprints against whose manner hers is held.
    """

    def __init__(self, others: Callable[[], Sequence[Blueprint]]) -> None:
        self._others = others
        self._meters: list[tuple[Blueprint, Meter]] = []  # a blueprint holds dictionaries, and so is no key
        self._read: OrderedDict[tuple[Meter, str, str], Drift] = OrderedDict()

    def meter(self, blueprint: Blueprint) -> Meter:
        """The meter of a blueprint, made once."""
        for known, meter in tuple(self._meters):
            if known is blueprint or known == blueprint:
                return meter
        made = Meter(blueprint, self._others())
        self._meters = [(blueprint, made), *self._meters][:METERS]
        return made

    def recent(self, blueprint: Blueprint, path: Sequence[Message]) -> tuple[Drift, ...]:
        """How much each of her last replies on a path was hers, oldest first."""
        answered = [(above.text, one.text) for above, one in pairwise(path) if one.role == "persona" and one.text.strip()]
        if not answered:  # a first reply does not wait for a meter to be made
            return ()
        meter = self.meter(blueprint)
        return tuple(self._measured(meter, asked, reply) for asked, reply in answered[-2 * LOOKED_AT :])

    def steady(self, persona: Persona, history: Sequence[Message], user: Message, felt: Felt) -> Steadied:
        """What the reply to a message gets; see `Steadies`."""
        blueprint = persona.blueprint
        found = correction(self.recent(blueprint, history))
        if found.level == "none":
            return Steadied(felt)
        corrected = any(one.kind == "drift" for one in felt.manner.reasons)  # a reply that is tried again has it already
        manner = felt.manner if corrected else found.over(felt.manner)
        spoken = [message.text for message in history if message.role == "persona"]
        shown = anchors(blueprint, user.text, spoken, found.lines)
        if found.level != "firm":  # whoever is nearly herself is not made to wait
            return Steadied(replace(felt, manner=manner), shown)
        twice = partial(_SecondTry, again=lambda text: self.meter(blueprint).read(text, user.text, manner))
        return Steadied(replace(felt, manner=manner), shown, twice)

    def _measured(self, meter: Meter, asked: str, reply: str) -> Drift:
        key = (meter, asked, reply)
        drift = self._read.get(key) or meter.read(reply, asked)
        self._read[key] = drift
        while len(self._read) > KEPT:
            self._read.popitem(last=False)
        return drift


class _SecondTry:
    """An engine that looks at a reply before it shows it, and writes it once more where that is worth it."""

    def __init__(self, engine: Engine, *, again: Callable[[str], Drift]) -> None:
        self._engine, self._again = engine, again

    def card(self) -> EngineCard:
        """Who writes."""
        return self._engine.card()

    def count_tokens(self, text: str) -> int:
        """Tokens of a plain text."""
        return self._engine.count_tokens(text)

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        """The better of at most two replies, whole.

        Raises:
            ModelError: the model failed.
        """
        first = list(self._engine.write(request))
        drift = self._again(_text(first))
        if request.cancel.is_set() or request.prompt.prefix or not worth_another(drift):
            yield from first
            return
        seed = request.constraints.seed
        other = replace(request, constraints=replace(request.constraints, seed=None if seed is None else seed + OTHER_DICE))
        second = list(self._engine.write(other))
        better = not request.cancel.is_set() and _text(second) and self._again(_text(second)).score > drift.score
        yield from second if better else first


def _text(parts: Sequence[Piece | Written]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Piece))
