"""How well a memory lasts: Ebbinghaus's forgetting curve, and what a repetition does to it.

Retention after t days is exp(−t / strength) (Ebbinghaus, Über das Gedächtnis, 1885, in the exponential form of Woźniak and
others, Two components of long-term memory, 1995): a stronger memory fades more slowly. Each repetition strengthens, and the
more so the more had faded since the last one: the spacing effect (Cepeda and others, Distributed practice in verbal recall
tasks, 2006). The two constants are choices, not fits.
"""

from math import exp

FIRST_STRENGTH_DAYS = 30.0
GREATEST_STRENGTH_DAYS = 36500.0
LEAST_GROWTH = 0.05
SPACED_GROWTH = 1.0


def retention(idle_days: float, strength_days: float) -> float:
    """The share that is left, from 1 down to 0, some days after the last repetition."""
    return exp(-max(idle_days, 0.0) / strength_days)


def repeated(strength_days: float, idle_days: float) -> float:
    """The strength after a repetition, in days: never less than before."""
    growth = 1 + LEAST_GROWTH + SPACED_GROWTH * (1 - retention(idle_days, strength_days))
    return max(strength_days, min(strength_days * growth, GREATEST_STRENGTH_DAYS))
