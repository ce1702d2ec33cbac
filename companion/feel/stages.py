"""The stages of a relationship as a state machine: one step forward or back after a message, or none.

The machine is declared from the blueprint when it is first needed. `grow` takes a stage's whole conditions, and some more shared
days than the stage before it took; `withdraw` takes trust or familiarity that lie clearly below them (hysteresis: Schmitt, "A
Thermionic Trigger", Journal of Scientific Instruments 15, 1938), so that nobody wavers between two.
"""

from collections.abc import Callable
from functools import lru_cache, reduce
from itertools import accumulate, pairwise
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from companion.affect import Reason
from companion.feel.dynamics import dynamics
from companion.persona.relationship import Enter, Stage

if TYPE_CHECKING:
    from statemachine import StateMachine

MOST_LADDERS = 64
DECIMALS = 2  # conditions hold to the hundredth, so that a trust of 1 can be reached


class Here(NamedTuple):
    """Where two people are: trust and familiarity in [0, 1], shared days with today, answered messages."""

    trust: float
    familiarity: float
    days: int
    turns: int

    def meets(self, enter: Enter, days: int) -> bool:
        """Whether a stage's conditions hold, and so many shared days have passed."""
        trust, familiarity = round(self.trust, DECIMALS), round(self.familiarity, DECIMALS)
        return trust >= enter.trust and familiarity >= enter.familiarity and self.turns >= enter.shared_turns and self.days >= days

    def falls_short_of(self, enter: Enter) -> bool:
        """Whether trust or familiarity lie clearly below what a stage took. Days and messages count upward only."""
        slack = dynamics().slack
        return self.trust < enter.trust - slack or self.familiarity < enter.familiarity - slack


def moved(ladder: tuple[Stage, ...], name: str, here: Here) -> tuple[str, tuple[Reason, ...]]:
    """The stage after a message, and why if it is another one.

    Args:
        ladder: the stages that two can be at, in their order; none gives the empty name.
        name: the stage before. Empty begins at the first; one that is not there is placed.
    """
    if not ladder:
        return "", ()
    names = [stage.name for stage in ladder]
    if name and name not in names:
        placed = names[_reached(ladder, here)]
        return placed, (Reason("stage", placed, f"her stages are others now: {placed}"),)
    start = name or names[0]
    end = _step(ladder, start, here)
    if end == start:
        return end, ()
    nearer = names.index(end) > names.index(start)
    return end, (Reason("stage", end, f"{'they have come nearer' if nearer else 'they have drawn apart'}: {end}", 1.0 if nearer else -1.0),)


def _reached(ladder: tuple[Stage, ...], here: Here) -> int:
    """The last of the stages up to which all conditions hold."""
    held = [here.meets(stage.enter, days) for stage, days in zip(ladder, _days(ladder), strict=True)]
    return held[1:].index(False) if False in held[1:] else len(ladder) - 1


def _days(ladder: tuple[Stage, ...]) -> tuple[int, ...]:
    """How many shared days each stage takes: its own, and some more than the one before it, so that nobody rushes."""
    return tuple(
        accumulate((stage.enter.shared_days for stage in ladder[1:]), lambda last, own: max(own, last + dynamics().days_between), initial=1)
    )


def _step(ladder: tuple[Stage, ...], start: str, here: Here) -> str:
    """The stage after one message: one back, one forward, or the same."""
    if len(ladder) == 1:
        return start
    machine = _machine(ladder)(start_value=start)
    for event in ("withdraw", "grow"):
        machine.send(event, here=here)
        if (now := next(iter(machine.configuration_values))) != start:
            return str(now)
    return start


@lru_cache(MOST_LADDERS)
def _machine(ladder: tuple[Stage, ...]) -> "type[StateMachine]":
    """The stages as a state machine: `grow` to the next one, `withdraw` to the one before."""
    from statemachine import State, StateMachine  # brings asyncio along, which a program without a page does not need

    states = [State(stage.name, value=stage.name, initial=stage is ladder[0]) for stage in ladder]
    steps = list(zip(pairwise(states), ladder[1:], _days(ladder)[1:], strict=True))
    grow = [lower.to(upper, cond=_enters(stage.enter, days)) for (lower, upper), stage, days in steps]
    withdraw = [upper.to(lower, cond=_leaves(stage.enter)) for (lower, upper), stage, _ in steps]
    body = {f"stage_{at}": state for at, state in enumerate(states)}
    events = {"grow": reduce(or_, grow), "withdraw": reduce(or_, withdraw), "allow_event_without_transition": True}
    return type("Stages", (StateMachine,), body | events)


def _enters(enter: Enter, days: int) -> Callable[[Here], bool]:
    def enters(here: Here) -> bool:
        return here.meets(enter, days)

    return enters


def _leaves(enter: Enter) -> Callable[[Here], bool]:
    def leaves(here: Here) -> bool:
        return here.falls_short_of(enter)

    return leaves
