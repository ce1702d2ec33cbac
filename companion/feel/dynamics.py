"""What moves a bond, and how much: `bond.yaml`, read once and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import yaml


@dataclass(frozen=True, slots=True)
class Trust:
    """Steps of trust; what each means stands in `bond.yaml`, each in [0, 1]."""

    contact: float
    contact_most: float
    warmth: float
    disclosure: float
    hostility: float


@dataclass(frozen=True, slots=True)
class Familiarity:
    """Steps of familiarity, each in [0, 1]."""

    contact: float
    topic: float
    disclosure: float


@dataclass(frozen=True, slots=True)
class Dynamics:
    """All of it.

    Attributes:
        half_after: messages of one day.
        slack: in [0, 1], on the scale of trust and of familiarity.
        days_between: shared days.
        warm, hostile: GoEmotions label → weight in (0, 1].
        own: GoEmotions labels.
        me, you, others: words, lower case, without apostrophes.
        spoken_to, figures: phrases, the same.
        lines: sentences for the model: "stage" with a {name}, "address" with an {address}, "apart".
        apart_days: days from which on "apart" is said.
        openness: upper end of each band and the sentence for it, in their order; the last ends at 1.
    """

    trust: Trust
    familiarity: Familiarity
    half_after: float
    slack: float
    days_between: int
    warm: Mapping[str, float]
    hostile: Mapping[str, float]
    own: frozenset[str]
    me: frozenset[str]
    you: frozenset[str]
    others: frozenset[str]
    spoken_to: tuple[str, ...]
    figures: tuple[str, ...]
    lines: Mapping[str, str]
    apart_days: int
    openness: tuple[tuple[float, str], ...]


@cache
def dynamics() -> Dynamics:
    """As they come with the program."""
    book = yaml.safe_load((files("companion.feel") / "bond.yaml").read_text(encoding="utf-8"))
    return Dynamics(
        trust=Trust(**book["trust"]),
        familiarity=Familiarity(**book["familiarity"]),
        half_after=book["half_after"],
        slack=book["slack"],
        days_between=book["days_between"],
        warm=MappingProxyType(book["warm"]),
        hostile=MappingProxyType(book["hostile"]),
        own=frozenset(book["own"]),
        me=frozenset(book["words"]["me"]),
        you=frozenset(book["words"]["you"]),
        others=frozenset(book["words"]["others"]),
        spoken_to=tuple(book["spoken_to"]),
        figures=tuple(sorted(book["figures"], key=len, reverse=True)),
        lines=MappingProxyType(book["lines"]),
        apart_days=book["apart_days"],
        openness=tuple((band["to"], band["words"]) for band in book["openness"]),
    )
