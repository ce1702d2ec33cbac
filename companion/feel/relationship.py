"""How near the two get: trust and familiarity, message by message, and the stages that they open.

Directions are the literature's, sizes our own (`bond.yaml`). Nearness grows with what one tells of oneself, and ever more slowly
(social penetration: Altman and Taylor, "Social Penetration", 1973); plain contact brings some of it (mere exposure: Zajonc,
Journal of Personality and Social Psychology 9, 1968), shared gladness more (capitalisation: Gable et al., the same journal 87,
2004). Trust falls faster than it grows (Slovic, "Perceived Risk, Trust, and Democracy", Risk Analysis 13, 1993), yet by so little
at once that no single message costs a stage.

Time alone moves nothing here, neither up nor down: whoever stays away finds things as they were. Nothing is moved by payment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from companion.affect import Bond, Reason
from companion.feel.cues import speaks_to_her, tells_of_oneself
from companion.feel.dynamics import dynamics
from companion.feel.stages import Here, moved
from companion.persona.relationship import Relationship
from companion.store.shared import Shared


@dataclass(frozen=True, slots=True)
class Lived:
    """What a message of the user's brought.

    Attributes:
        text: the words; only who is meant is read in them.
        heard: the feelings in it, GoEmotions label → probability or strength in [0, 1], only those that stand out.
        valence: from −1 (bad to feel) to 1 (good to feel).
        topics: what it is about.
        shared: what the two shared before it.
        days_apart: days since the two talked last. It moves nothing; a reason says so.
    """

    text: str = ""
    heard: Mapping[str, float] = field(default_factory=dict)
    valence: float = 0.0
    topics: tuple[str, ...] = ()
    shared: Shared = field(default_factory=Shared)
    days_apart: float = 0.0

    @property
    def disclosure(self) -> bool:
        """Whether it tells something of the user, with a feeling that is theirs."""
        return tells_of_oneself(self.text, self.heard)

    @property
    def warmth(self) -> float:
        """How warm it is, in [0, 1]."""
        return _strongest(self.heard, dynamics().warm) if self.valence > 0 else 0.0

    @property
    def hostility(self) -> float:
        """How hostile to her, in [0, 1]: anger at others is none."""
        return _strongest(self.heard, dynamics().hostile) if self.valence < 0 and speaks_to_her(self.text) else 0.0


def beginning(relationship: Relationship) -> Bond:
    """The bond of two who have never talked: at the first stage, if there are any."""
    return Bond(next((stage.name for stage in relationship.ladder()), ""))


def advance(relationship: Relationship, before: Bond, brought: Lived) -> tuple[Bond, tuple[Reason, ...]]:
    """The bond after a message, and why: the same for the same arguments, whenever it is asked.

    Trust and familiarity move by a small step, the stage by one at most.

    Args:
        before: the bond before it; one without a stage begins at the first, and one whose stage is none of these any more is
            placed at the last one up to which all conditions hold.
    """
    trust, familiarity = _trust(before.trust, brought), _familiarity(before.familiarity, brought)
    days = brought.shared.days + (brought.shared.today == 0)  # with today
    here = Here(trust, familiarity, days, brought.shared.turns)
    stage, step = moved(relationship.ladder(), before.stage, here)
    return Bond(stage, trust, familiarity), (*_apart(stage, brought), *_why(stage, trust - before.trust, brought), *step)


def _trust(trust: float, brought: Lived) -> float:
    step = dynamics().trust
    if hostility := brought.hostility:
        return max(0.0, trust - step.hostility * hostility * _weight(brought))
    gain = step.contact * max(0.0, step.contact_most - trust)
    gain += (step.warmth * brought.warmth + step.disclosure * brought.disclosure) * (1.0 - trust)
    return min(1.0, trust + gain * _weight(brought))


def _familiarity(familiarity: float, brought: Lived) -> float:
    step = dynamics().familiarity
    share = step.contact + step.topic * bool(brought.topics) + step.disclosure * brought.disclosure
    return min(1.0, familiarity + share * (1.0 - familiarity) * _weight(brought))


def _weight(brought: Lived) -> float:
    """How much the message counts among those of its day, in (0, 1]."""
    return float(0.5 ** (brought.shared.today / dynamics().half_after))


def _strongest(heard: Mapping[str, float], weights: Mapping[str, float]) -> float:
    strongest = max((weights.get(name, 0.0) * share for name, share in heard.items()), default=0.0)
    return min(1.0, max(0.0, strongest))


def _apart(stage: str, brought: Lived) -> tuple[Reason, ...]:
    days = int(brought.days_apart)
    why = f"{days} days without a word took nothing away"
    return (Reason("stage", stage or "trust", why),) if days >= dynamics().apart_days else ()


def _why(stage: str, change: float, brought: Lived) -> tuple[Reason, ...]:
    if brought.hostility:
        why = "harsh words to her: she trusts them a little less"
    elif brought.warmth:
        why = "warm words: she trusts them a little more"
    elif brought.disclosure:
        why = "they told something of themselves: she trusts them a little more"
    else:
        return ()
    return (Reason("stage", stage or "trust", why, change),)
