"""What is done when she drifts: her own lines are put before the model again, and its bounds are drawn tighter.

The mechanism, in full. While the smoothed score of her last replies (`meter.smoothed`) is under `FALLS` she is *held*; once it is over
`RISES` she is let go. Two thresholds, so that it does not flicker. Held, the next prompt has in its `now` block two of her example lines,
the nearest in topic to the message and the longest unheard, since examples steer a model more than descriptions (few-shot conditioning,
Brown et al. 2020); the temperature is lowered, because an unlikely word is the likeliest to be out of character; and an assistant's
phrases cannot be written. Under `FAR` it is three lines and a lower temperature yet, and a reply that goes against her blueprint, or
talks like an assistant, is worth writing once more.

Everything is a function of the replies as they stand on the path: undoing a turn undoes its correction.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from companion.affect import Manner, Reason
from companion.drift.manner import lines_of
from companion.drift.meter import LOOKED_AT, Drift, smoothed
from companion.drift.voice import voice
from companion.persona.blueprint import Blueprint

FALLS, RISES, FAR = 0.8, 0.9, 0.6
STEADY = {"none": 1.0, "held": 0.85, "firm": 0.7}  # of the temperature
LINES = {"none": 0, "held": 2, "firm": 3}
AGAIN = 0.5  # of facts and voice together, from which on downwards a reply is worth another
WORD = re.compile(r"[a-z]{4,}")

Near = Callable[[str, Sequence[str]], Sequence[float]]  # a message and lines → how near each is to it


@dataclass(frozen=True, slots=True)
class Correction:
    """What the next prompt gets.

    Attributes:
        level: "none", "held" or "firm".
        score: the smoothed score that it follows from.
        lines: how many anchors the `now` block gets.
        temperature: hers, times this.
        avoid: phrases that cannot be written.
        reasons: what was wrong in the last replies and what is done about it, for the trace; none at level "none".
    """

    level: Literal["none", "held", "firm"] = "none"
    score: float = 1.0
    lines: int = 0
    temperature: float = 1.0
    avoid: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def over(self, manner: Manner) -> Manner:
        """A manner with the correction laid over it."""
        if self.level == "none":
            return manner
        avoid = tuple(dict.fromkeys((*manner.avoid, *self.avoid)))
        return replace(manner, avoid=avoid, temperature=manner.temperature * self.temperature, reasons=(*manner.reasons, *self.reasons))


def correction(recent: Sequence[Drift]) -> Correction:
    """What the next prompt gets.

    Args:
        recent: the last replies on the path, oldest first; twice `LOOKED_AT` are enough.
    """
    held, score = False, 1.0
    for end in range(1, len(recent) + 1):
        score = smoothed(recent[:end])
        held = score < RISES if held else score < FALLS
    if not held:
        return Correction(score=score)
    level: Literal["held", "firm"] = "firm" if score < FAR else "held"
    wrong = dict.fromkeys(reason for one in reversed(recent[-LOOKED_AT:]) for reason in one.reasons)
    reasons = (
        Reason("drift", "she drifted", "; ".join([*wrong][:3]) or "her replies left her manner", round(score - 1.0, 3)),
        Reason("drift", "brought back", f"{LINES[level]} lines of hers shown again, a temperature of {STEADY[level]:g} of hers"),
    )
    return Correction(level, score, LINES[level], STEADY[level], voice().avoid, reasons)


def worth_another(drift: Drift) -> bool:
    """Whether a reply is so far from her that it is to be written once more."""
    return drift.facts * drift.voice <= AGAIN


def anchors(blueprint: Blueprint, message: str, spoken: Sequence[str], count: int, near: Near | None = None) -> tuple[str, ...]:
    """The lines of hers that the model is shown again: the nearest to the message in topic, then those longest unheard.

    Args:
        spoken: what she said in the conversation, oldest first.
        count: how many.
        near: compares by meaning; words in common do without it.
    """
    lines = tuple(dict.fromkeys(lines_of(blueprint)))
    if count < 1 or not lines:
        return ()
    nearness = near(message, lines) if near else [_shared(message, line) for line in lines]
    ago = [next((ago for ago, text in enumerate(reversed(spoken), 1) if line in text), len(spoken) + 1) for line in lines]
    first = max(range(len(lines)), key=lambda at: (nearness[at], ago[at], -at))
    others = sorted((at for at in range(len(lines)) if at != first), key=lambda at: (-ago[at], -nearness[at], at))
    return tuple(lines[at] for at in (first, *others)[:count])


def _shared(one: str, other: str) -> float:
    """The share of words of four letters and more that two texts have in common, by their beginnings."""
    first, second = ({word[:5] for word in WORD.findall(text.lower())} for text in (one, other))
    return len(first & second) / (len(first | second) or 1)
