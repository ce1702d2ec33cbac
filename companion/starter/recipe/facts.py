"""What can be known of somebody: attributes worded one by one, and families worded for many subjects at once.

An attribute ("dog_name") has its own wordings. A family is one set of wordings for many subjects ("my {subject} is called
{value}" for a sister, a dentist, a coach …): its members differ in the subject alone, so that telling them apart must be
learnt from the words and cannot be learnt by heart.
"""

import random
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FAMILY_SHARE = 0.55  # of the facts drawn while there are families
NEAR_SHARE = 0.6
TELLING = 12  # a word in the questions of at most so many families says what a question is about
TRIES = 20
SAME_THING = (  # kinds whose values answer the same question
    {"place", "city", "country", "spot", "street", "room"},
    {"food", "dish", "drink", "flavour"},
    {"day", "month", "hour", "season", "time_of_day"},
    {"thing", "clothes", "collectible", "project"},
    {"person", "pet", "nickname"},
    {"job", "company"},
    {"hobby", "sport", "game", "habit"},
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to know, in many wordings.

    Attributes:
        attribute: unique on its side.
        family: what it shares its wordings with; its own attribute where it has none.
        kind: which list its values come from.
    """

    attribute: str
    family: str
    kind: str
    told: tuple[str, ...]
    memory: tuple[str, ...]
    ask: tuple[str, ...]
    answer: tuple[str, ...]
    unknown: tuple[str, ...]
    mention: tuple[tuple[str, str], ...] = ()
    correct: tuple[tuple[str, str], ...] = ()


def attribute_fact(raw: Mapping[str, Any]) -> Fact:
    """An attribute as its file words it."""
    return Fact(
        attribute=raw["attribute"],
        family=raw["attribute"],
        kind=raw["kind"],
        told=tuple(raw.get("told") or raw.get("background") or ()),
        memory=tuple(raw.get("memory") or raw.get("third") or ()),
        ask=tuple(raw["ask"]),
        answer=tuple(raw["answer"]),
        unknown=tuple(raw["unknown"]),
        mention=tuple((a, b) for a, b in raw.get("mention") or ()),
        correct=tuple((a, b) for a, b in raw.get("correct") or ()),
    )


def family_facts(raw: Mapping[str, Any], name: str) -> tuple[Fact, ...]:
    """A fact for every subject of a family, or the one fact of a family without subjects."""

    def about(subject: str, key: str) -> tuple[str, ...]:
        return tuple(text.replace("{subject}", subject) for text in raw.get(key) or ())

    return tuple(
        Fact(
            attribute=f"{name}: {subject}",
            family=name,
            kind=raw["kind"],
            told=about(subject, "told") or about(subject, "background"),
            memory=about(subject, "memory") or about(subject, "third"),
            ask=about(subject, "ask"),
            answer=about(subject, "answer"),
            unknown=about(subject, "unknown"),
        )
        for subject in raw.get("subject") or ("",)
    )


def content_words(texts: Iterable[str]) -> frozenset[str]:
    """The words of three letters or more."""
    return frozenset(word for text in texts for word in re.findall(r"[a-z]{3,}", text.lower()))


class Facts:
    """All facts of one side, the user's or the persona's.

    Attributes:
        attributes: the facts worded one by one; the probes ask about these.
        families: each the members of one family.
    """

    def __init__(self, attributes: Iterable[Fact], families: Iterable[tuple[Fact, ...]] = ()) -> None:
        self.attributes = tuple(attributes)
        self.families = tuple(families)
        self._members = {members[0].family: members for members in self.families}
        everything = [*((fact,) for fact in self.attributes), *self.families]
        used = Counter(word for members in everything for word in content_words(q for f in members for q in f.ask))
        self._words = {f.attribute: content_words(f.ask) for members in everything for f in members}
        self._telling = {attribute: {w for w in words if used[w] <= TELLING} for attribute, words in self._words.items()}
        for members in self.families:  # a subject tells, however many families have it
            shared = frozenset.intersection(*(self._words[f.attribute] for f in members))
            for fact in members if len(members) > 1 else ():
                self._telling[fact.attribute] |= self._words[fact.attribute] - shared

    def __iter__(self) -> Iterator[Fact]:
        yield from self.attributes
        for members in self.families:
            yield from members

    def alike(self, one: Fact, other: Fact) -> bool:
        """Whether a question about one could be taken for a question about the other."""
        if one.attribute == other.attribute:
            return True
        if one.family == other.family or not (self._members.keys() & {one.family, other.family}):
            return False
        if one.kind != other.kind and not any({one.kind, other.kind} <= kinds for kinds in SAME_THING):
            return False
        a, b = one.attribute, other.attribute
        return bool(self._telling[a] & self._words[b] or self._telling[b] & self._words[a])

    def draw(self, rng: random.Random, *, besides: Collection[Fact] = (), near: Fact | None = None) -> Fact | None:
        """Any fact that cannot be taken for one of `besides`; mostly one close to `near`, where that is given.

        Returns:
            None when no such fact turned up in `TRIES` draws.
        """
        for _ in range(TRIES):
            if near and rng.random() < NEAR_SHARE:
                members = self._members.get(near.family, ())
                pool = members if len(members) > 1 else [f for f in self.attributes if f.kind == near.kind] or self.attributes
            elif self.families and rng.random() < FAMILY_SHARE:
                pool = rng.choice(self.families)
            else:
                pool = self.attributes
            fact = rng.choice(pool)
            if not any(self.alike(fact, other) for other in besides):
                return fact
        return None
