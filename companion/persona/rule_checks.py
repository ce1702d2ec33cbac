"""Rules that clash and rules that can never be followed: each may be well written alone, so they are warnings and no errors.

Rules that hold at once are read together. Where they say different things the higher `priority` is followed, and phrases add
up; what is checked here is where that leaves no answer, or leaves a rule without any effect.

A stage, an hour, a mood and a strongest feeling are one at a time. A message may be about two topics, and days apart only count
upward, so these keep no two rules apart.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from companion.persona.blueprint import Blueprint
from companion.persona.rules import MOST_RULES, Rule, Then, When

ONE_AT_A_TIME = ("emotion", "mood", "user_emotion", "stage", "time_of_day")
SINGLE = ("questions", "pace", "tone", "expression", "temperature")  # of these a reply can have one


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules to look at again: their names, and why in words that follow them."""

    rules: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        return f"{' and '.join(f'“{name}”' for name in self.rules)} {self.reason}"


def conflicts(blueprint: Blueprint, topics: Collection[str] | None = None) -> tuple[Conflict, ...]:
    """What there is to warn of, in the order of the rules: first those without effect, then pairs that clash.

    Args:
        topics: those that are recognised in a message, where they are known.
    """
    rules = blueprint.rules
    clashing = (
        Conflict((one.name, other.name), reason)
        for one, other in combinations(rules, 2)
        if one.priority == other.priority and _meet(one.when, other.when)
        for reason in _clashes(one.then, other.then)
    )
    return (*_idle(blueprint, topics), *clashing)


def _idle(blueprint: Blueprint, topics: Collection[str] | None) -> Iterator[Conflict]:
    """Rules that are never followed."""
    passed_over = blueprint.relationship.passed_over()
    for rule in blueprint.rules:
        if rule.when.stage in passed_over:
            why = f"is never followed: nobody stays at “{rule.when.stage}”, because a later stage takes no more to get to"
            yield Conflict((rule.name,), why)
        elif topics is not None and rule.when.topic is not None and rule.when.topic not in topics:
            yield Conflict((rule.name,), f"is never followed: no message is read as being about “{rule.when.topic}”")
        elif above := _shadows(rule, blueprint.rules):
            names = ", ".join(f"“{name}”" for name in above)
            yield Conflict((rule.name,), f"is never followed: when it holds, so does what comes first and leaves nothing of it: {names}")


def _shadows(rule: Rule, rules: Sequence[Rule]) -> tuple[str, ...]:
    """The rules that leave nothing of this one: each holds whenever it does, and comes first; empty if something is left."""
    above = [one for one in rules if one.priority > rule.priority and _covers(one.when, rule.when)]
    needed = set()
    for name in Then.model_fields:
        for asked in _asked(rule.then, name):
            by = next((one.name for one in above if _settles(one.then, name, asked)), None)
            if by is None:
                return ()
            needed.add(by)
    return tuple(one.name for one in above if one.name in needed)


def _asked(then: Then, name: str) -> tuple[object, ...]:
    """What a rule asks for in one respect: phrase by phrase, or a single value, or nothing."""
    value = getattr(then, name)
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _settles(then: Then, name: str, asked: object) -> bool:
    """Whether a rule that comes first leaves nothing of what is asked."""
    if name in ("avoid", "favour"):
        return str(asked).casefold() in {phrase.casefold() for phrase in (*then.avoid, *then.favour)}
    return getattr(then, name) is not None


def _meet(one: When, other: When) -> bool:
    """Whether both can hold at once."""
    pairs = ((getattr(one, name), getattr(other, name)) for name in ONE_AT_A_TIME)
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


def _covers(wide: When, narrow: When) -> bool:
    """Whether the wide one holds whenever the narrow one does."""
    same = all(getattr(wide, name) in (None, getattr(narrow, name)) for name in (*ONE_AT_A_TIME, "topic"))
    return same and (wide.days_apart is None or (narrow.days_apart is not None and wide.days_apart <= narrow.days_apart))


def _clashes(one: Then, other: Then) -> Iterator[str]:
    """Why two rules cannot both be followed."""
    for avoiding, favouring, first, second in ((one, other, "first", "second"), (other, one, "second", "first")):
        for favoured in favouring.favour if avoiding.avoid else ():
            if barred := _any_of(avoiding.avoid).search(favoured):
                clash = f"the {first} avoids “{barred[0]}” where the {second} favours “{favoured}”"
                yield f"can hold at once with the same priority, and {clash}"
    for name in SINGLE:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and _worded(mine) != _worded(theirs):
            yield f"can hold at once with the same priority and disagree on {name.replace('_', ' ')}: {_worded(mine)} and {_worded(theirs)}"


@lru_cache(maxsize=MOST_RULES)
def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of some phrases, as whole words."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)", re.IGNORECASE)


def _worded(value: object) -> str:
    return value.casefold() if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
