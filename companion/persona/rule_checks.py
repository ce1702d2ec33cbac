"""Rules that clash and rules that can never be followed: each may be well written alone, so they are warnings and no errors.

Rules that hold at once are read together. Where they say different things the higher `priority` is followed, and phrases add
up; what is checked here is where that leaves no answer, or leaves a rule without any effect.

A stage, an hour, a mood and a feeling of hers are one at a time. A message may be about two topics and days apart only count
upward, so these keep no two rules apart. Of two feelings in a message the stronger one's rule comes first, which is an answer.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from companion.persona.blueprint import Blueprint
from companion.persona.phrases import among, everyday
from companion.persona.relationship import Enter, Relationship
from companion.persona.rules import FEELINGS, MOST_EVERYDAY, Rule, Then, disagreements, worded

AT_ONCE = {"feels": 1, "shows": 1, "mood": 1, "stage": 1, "time_of_day": 1, "user_emotion": 2, "topic": 2}  # how many of each there are
APART = ("feels", "shows", "mood", "stage", "time_of_day", "user_emotion")  # two rules that ask for different ones never clash
NARROWING = (*APART, "topic")
MOST_LOOKS = 1000  # situations that are looked into for what is too much together: what takes more is not warned of
Taken = frozenset[str]  # feelings or words that a rule takes away
BEEN_APART = Enter(shared_days=1, shared_turns=1)  # two who were days apart have talked before


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rules to look at again: their names, and why in words that follow them."""

    rules: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        *others, last = (f"“{name}”" for name in self.rules)
        return f"{', '.join(others)} and {last} {self.reason}" if others else f"{last} {self.reason}"


def conflicts(blueprint: Blueprint, topics: Collection[str] | None = None) -> tuple[Conflict, ...]:
    """What there is to warn of, in the order of the rules: those without effect, pairs that clash, and what is too much together.

    Args:
        topics: those that are recognised in a message, where they are known.
    """
    return (*_idle(blueprint, topics), *_clashing(blueprint.rules), *_too_much(blueprint.rules))


# --- rules without effect


def _idle(blueprint: Blueprint, topics: Collection[str] | None) -> Iterator[Conflict]:
    """Rules that are never followed."""
    passed_over, left = blueprint.relationship.passed_over(), _left(blueprint.relationship)
    for at, rule in enumerate(blueprint.rules):
        when = rule.when
        if when.stage in passed_over:
            why = f"nobody stays at “{when.stage}”, because a later stage takes no more to get to"
        elif when.stage in left and when.days_apart is not None:
            why = f"who has been days apart has talked before, and nobody who has stays at “{when.stage}”"
        elif topics is not None and when.topic is not None and when.topic.casefold() not in topics:
            why = f"no message is read as being about “{when.topic}”"
        elif hiding := _hiding(rule, blueprint.rules):
            why = f"she does not show {rule.shows} when it could hold, because of “{hiding}”"
        elif above := _shadows(at, blueprint.rules):
            why = f"when it holds, so does what comes first and leaves nothing of it: {', '.join(f'“{name}”' for name in above)}"
        else:
            continue
        yield Conflict((rule.name,), f"is never followed: {why}")


def _left(relationship: Relationship) -> frozenset[str]:
    """The stages that two have left as soon as they have talked once."""
    stages = relationship.stages
    return frozenset(
        one.name for at, one in enumerate(stages) if any(later.enter.demands_no_more_than(BEEN_APART) for later in stages[at + 1 :])
    )


def _hiding(rule: Rule, rules: Sequence[Rule]) -> str:
    """A rule that hides the feeling which this one asks her to show, whenever all else of it holds; empty if there is none."""
    if rule.shows is None:
        return ""
    return next((one.name for one in rules if rule.shows in one.then.hide and _covers(one, rule)), "")


def _shadows(at: int, rules: Sequence[Rule]) -> tuple[str, ...]:
    """The rules that leave nothing of one: each holds whenever it does, and comes first; empty if something is left.

    One of the same priority that stands before it leaves nothing where it asks for the same.
    """
    rule, settling = rules[at], []
    for before, one in enumerate(rules):
        if one.priority > rule.priority and _covers(one, rule):
            settling.append((one, _settles))
        elif one.priority == rule.priority and before < at and _covers(one, rule):
            settling.append((one, _asks_the_same))
    needed = set()
    for name in Then.model_fields:
        for asked in _asked(rule.then, name):
            by = next((one.name for one, leaves_nothing in settling if leaves_nothing(one.then, name, asked)), None)
            if by is None:
                return ()
            needed.add(by)
    return tuple(one.name for one, _ in settling if one.name in needed)


def _asked(then: Then, name: str) -> tuple[object, ...]:
    """What a rule asks for in one respect: phrase by phrase, or a single value, or nothing."""
    value = getattr(then, name)
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _settles(then: Then, name: str, asked: object) -> bool:
    """Whether a rule that comes first leaves nothing of what is asked."""
    if name == "favour" and among(then.avoid).within(str(asked)):
        return True
    if name == "avoid" and (among(then.favour).around(str(asked)) or among(then.avoid).within(str(asked))):
        return True
    return _asks_the_same(then, name, asked) if name in ("avoid", "favour", "hide") else getattr(then, name) is not None


def _asks_the_same(then: Then, name: str, asked: object) -> bool:
    return worded(asked) in map(worded, _asked(then, name))


def _covers(wide: Rule, narrow: Rule) -> bool:
    """Whether the wide one holds whenever the narrow one does."""
    for name in NARROWING:
        if (asked := _wanted(wide, name)) is not None and asked != _wanted(narrow, name):
            return False
    apart = wide.when.days_apart
    return apart is None or (narrow.when.days_apart is not None and apart <= narrow.when.days_apart)


def _wanted(rule: Rule, name: str) -> Any:
    """What a rule asks for in one respect; None if for nothing."""
    return getattr(rule if name in ("feels", "shows") else rule.when, name)


# --- rules that clash


def _clashing(rules: Sequence[Rule]) -> Iterator[Conflict]:
    """Pairs of which neither comes first, and that cannot both be followed."""
    wanted = [tuple(_wanted(rule, name) for name in APART) for rule in rules]
    for (at, one), (by, other) in combinations(enumerate(rules), 2):
        if one.priority == other.priority and _meet(wanted[at], wanted[by]):
            for clash in _clashes(one.then, other.then):
                yield Conflict((one.name, other.name), f"can hold at once with the same priority and {clash}")


def _meet(one: Sequence[object], other: Sequence[object]) -> bool:
    """Whether two rules can hold at once."""
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in zip(one, other, strict=True))


def _clashes(one: Then, other: Then) -> Iterator[str]:
    """Why two rules cannot both be followed."""
    for name, mine, theirs in disagreements(one, other):
        if name == "avoid":
            yield f"disagree: the first avoids “{mine}” where the second favours “{theirs}”"
        elif name == "favour":
            yield f"disagree: the second avoids “{theirs}” where the first favours “{mine}”"
        else:
            yield f"disagree on {name}: {worded(mine)} and {worded(theirs)}"


# --- rules that are too much together


def _too_much(rules: Sequence[Rule]) -> Iterator[Conflict]:
    """Rules that can hold at once and then leave her nothing to show, or hardly a word to say."""
    if hiding := _together({rule: frozenset(rule.then.hide) for rule in rules}, len(FEELINGS) - 1):
        yield Conflict(_names(hiding), "can hold at once and hide every feeling; what the last of them hides is then shown")
    if forbidding := _together({rule: frozenset(everyday(rule.then.avoid)) for rule in rules}, MOST_EVERYDAY):
        count = len(frozenset().union(*forbidding.values()))
        why = f"forbid {count} of the hundred commonest words, which leaves hardly a sentence"
        yield Conflict(_names(forbidding), f"can hold at once and {why}")


def _together(takes: Mapping[Rule, Taken], most: int) -> Mapping[Rule, Taken]:
    """As few rules as it takes that can hold at once and take more than `most` away; none if there are none."""
    found = _situation({rule: taken for rule, taken in takes.items() if taken}, most, tuple(AT_ONCE), iter(range(MOST_LOOKS)))
    for rule in tuple(found):
        fewer = {one: taken for one, taken in found.items() if one is not rule}
        if _more_than(most, fewer):
            found = fewer
    return found


def _situation(takes: Mapping[Rule, Taken], most: int, respects: Sequence[str], looks: Iterator[int]) -> Mapping[Rule, Taken]:
    """All rules of a situation in which they take too much: each respect is settled in turn, while it still is too much."""
    if next(looks, None) is None or not _more_than(most, takes):
        return {}
    if not respects:
        return takes
    name, *rest = respects
    wanted = {rule: _wanted(rule, name) for rule in takes}
    there = sorted(set(wanted.values()) - {None})
    for at_once in combinations(there, min(AT_ONCE[name], len(there))):
        held = {rule: taken for rule, taken in takes.items() if wanted[rule] in (None, *at_once)}
        if found := _situation(held, most, rest, looks):
            return found
    return {}


def _more_than(most: int, takes: Mapping[Rule, Taken]) -> bool:
    return len(frozenset().union(*takes.values())) > most


def _names(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(rule.name for rule in rules)
