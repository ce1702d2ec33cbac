"""How much one reply is hers: facts, manner, rules and voice, from its words alone, in a few milliseconds.

    score = facts · rules · voice · (½ + ½ · manner, at most ½)

A reply that is wrong in one way is not made right by the others, so the parts multiply; manner alone, which is the least sure of them,
takes no more than half. A single reply is a small sample. `smoothed` therefore takes exponentially weighted means over the last ones
(Roberts 1959), in which a reply counts half as much as the one `HALF_LIFE` after it, and holds only their mean manner against her.
No model is asked and no sentence is embedded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from companion.affect import Manner
from companion.drift.facts import Facts
from companion.drift.kept import broken
from companion.drift.manner import Likeness, lines_of
from companion.drift.voice import voice
from companion.persona.blueprint import Blueprint

HALF_LIFE = 3.0  # replies
LOOKED_AT = 12  # replies; older ones weigh under a twelfth
EVEN = 0.5  # manner that says as much for her as against her
HERS, STEEP = 0.45, 2.5  # mean manner that is still hers, and what each hundredth below it takes, in hundredths of the score
EACH_WRONG = 0.5  # of the part that one thing found wrong leaves


@dataclass(frozen=True, slots=True)
class Drift:
    """How much a reply is hers, each in [0, 1]: 1 is wholly herself.

    Attributes:
        score: all of it.
        facts: 1 where nothing goes against her blueprint; halved by each thing that does.
        manner: how near it is to her manner; 0.5 is anybody's.
        rules: the share of what was asked of her manner of talking that was kept.
        voice: 1 where nothing sounds like an assistant; halved by each phrase that does.
        reasons: what was wrong, in plain words.
        nearest: whose manner it is in most, by name; empty when it is hers.
    """

    score: float
    facts: float = 1.0
    manner: float = 1.0
    rules: float = 1.0
    voice: float = 1.0
    reasons: tuple[str, ...] = ()
    nearest: str = ""


class Meter:
    """Measures replies of one persona. Safe to use from several threads.

    Args:
        blueprint: hers.
        others: blueprints of other personas, against whose manner hers is held.
    """

    def __init__(self, blueprint: Blueprint, others: Sequence[Blueprint]) -> None:
        self._facts = Facts(blueprint)
        apart = {one.identity.called: lines_of(one) for one in others if one.identity.called != blueprint.identity.called}
        self._likeness = Likeness(lines_of(blueprint), {name: lines for name, lines in apart.items() if lines})

    def read(self, reply: str, asked: str = "", manner: Manner | None = None) -> Drift:
        """How much a reply is hers.

        Args:
            asked: the message it answers, by which a bare "Pipo." is understood.
            manner: how she was to talk in it.
        """
        wrong = self._facts.against(reply, asked)
        heard = voice().heard(reply)
        missed, share = broken(reply, manner or Manner())
        near, nearest = self._likeness.nearest(reply)
        facts, spoken = EACH_WRONG ** len(wrong), EACH_WRONG ** len(heard)
        score = facts * spoken * share * (0.5 + min(near, EVEN))
        reasons = (*wrong, *(f"says “{one}”" for one in heard), *missed)
        return Drift(score, facts, near, share, spoken, reasons, nearest)


def smoothed(recent: Sequence[Drift]) -> float:
    """The score over the last replies, in [0, 1], the newest weighing most; 1 where there is none.

    Args:
        recent: oldest first.
    """
    last = recent[-LOOKED_AT:][::-1]
    right, manner = _mean([one.facts * one.rules * one.voice for one in last]), _mean([one.manner for one in last])
    return right * max(0.0, 1.0 - STEEP * max(0.0, HERS - manner))


def _mean(newest_first: Sequence[float]) -> float:
    weights = [0.5 ** (age / HALF_LIFE) for age in range(len(newest_first))]
    return sum(weight * one for weight, one in zip(weights, newest_first, strict=True)) / sum(weights) if weights else 1.0
