"""What a blueprint says of her, as attributes and values, and what in a reply goes against it.

Her background is read by the same deterministic rules that read a user's messages (`learn.statements`), for which she is the
speaker; so are her replies, with the question before them, so that a bare "Pipo." is understood. A claim goes against the blueprint
when it fills a slot that the blueprint fills otherwise, or denies what the blueprint says. What the rules do not understand, and
what the blueprint leaves open, is never held against her: this finds contradictions, it does not prove agreement.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from companion.drift.voice import voice
from companion.learn.phrasing import normalised
from companion.learn.statements import extract
from companion.persona.blueprint import Blueprint

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  # no claim of who she is hangs on the day
CALLED = re.compile(r"\b[Mm]y ((?:[a-z][\w-]* ){0,2}?[a-z][\w-]*)(?: is|'s) (?:called|named) ([A-Z][\w'-]*(?: [A-Z][\w'-]*)*)")
WORD = re.compile(r"[^\W_]+")
MACHINE = frozenset(("ai", "language", "model", "program", "programme", "machine", "assistant", "bot", "chatbot"))
SMALL = frozenset("a an the to of on in at for my one and or with some by".split())


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is so, or is said to be.

    Attributes:
        slot: what competes: "user|home", "parrot|name"; she is "user".
        value: in the words of the sentence.
        denied: it is said not to be so.
    """

    slot: str
    value: str
    denied: bool = False

    @property
    def about(self) -> str:
        """Whom or what: "user" for herself, else "parrot", "best friend"."""
        return self.slot.split("|")[0]

    @property
    def attribute(self) -> str:
        """What of it: "home", "name", "favourite food"."""
        return self.slot.split("|")[1]

    @property
    def single(self) -> bool:
        """Whether a slot has room for one value only."""
        return self.slot.count("|") == 1


def facts_in(text: str, asked: str = "") -> tuple[Fact, ...]:
    """What a text says of its speaker.

    Args:
        asked: what was said to the speaker right before.
    """
    told = [Fact(one.slot, one.value, one.denies) for one in extract(text, ALWAYS, asked=asked) if one.slot.count("|")]
    known = {one.about for one in told if one.attribute == "name"}
    named = [Fact(f"{thing}|name", name) for thing, name in CALLED.findall(text.replace("’", "'"))]
    return tuple(dict.fromkeys((*told, *(one for one in named if one.about not in known))))


class Facts:
    """What a blueprint says of her.

    Attributes:
        known: its facts, in the order of her background; her name and age first.
    """

    def __init__(self, blueprint: Blueprint) -> None:
        own = blueprint.identity
        sentences = re.split(r"(?<=[.!?])\s+|\n+", own.background)
        read = (fact for sentence in sentences for fact in facts_in(sentence) if not fact.denied and fact.value)
        self.known: tuple[Fact, ...] = (Fact("user|name", own.called), Fact("user|age", str(own.age)), *read)
        self._values: dict[str, list[frozenset[str]]] = {}
        for fact in self.known:
            self._values.setdefault(fact.slot, []).append(words(fact.value))
        self._values["user|name"].append(words(own.name))
        character = blueprint.character
        self._told = words(" ".join((own.background, own.tagline, own.name, own.nickname, *character.quirks, *character.speech.lines)))

    def against(self, reply: str, asked: str = "") -> tuple[str, ...]:
        """What in a reply goes against her blueprint, in plain words; empty when nothing does.

        Args:
            asked: the message it answers.
        """
        found = tuple(dict.fromkeys(self._told_wrong(facts_in(reply, asked))))
        return (*found, "claims to be human") if voice().claims_human(reply) else found

    def mentions(self, value: str) -> bool:
        """Whether a value's words all stand somewhere in what her blueprint says of her."""
        return words(value) <= self._told

    def _told_wrong(self, claims: Sequence[Fact]) -> Iterator[str]:
        for claim in claims:
            said = words(claim.value)
            if claim.denied:
                if self._denies(claim, said):
                    yield f"denies her {_plain(claim)}"
            elif claim.single and claim.slot in self._values and not (said & MACHINE or said <= self._told or self._agrees(claim, said)):
                yield f"gives her {_plain(claim)} as {claim.value}"

    def _agrees(self, claim: Fact, said: frozenset[str]) -> bool:
        return any(said <= value or value <= said for value in self._values[claim.slot])

    def _denies(self, claim: Fact, said: frozenset[str]) -> bool:
        if claim.attribute in ("pet", "family"):  # "I have no cat" denies the cat that has a name
            return any(fact.about in {claim.value.casefold(), claim.slot.rpartition("|")[2]} for fact in self.known)
        return any(said <= value for value in self._values.get(claim.slot, ()))


def words(text: str) -> frozenset[str]:
    """The words of a value that tell something."""
    return frozenset(word for word in WORD.findall(normalised(text).casefold().replace("'", "")) if word not in SMALL)


def says(reply: str, value: str) -> bool:
    """Whether a reply names a value: six in ten of its words that tell something, endings aside ("sing" for "singer")."""
    wanted, there = words(value), words(reply)
    hit = sum(any(_akin(one, other) for other in there) for one in wanted)
    return bool(wanted) and hit >= 0.6 * len(wanted)


def _akin(one: str, other: str) -> bool:
    """Whether two words are forms of one: "swimming" and "swimmers"."""
    shared = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one == other or shared >= max(4, max(len(one), len(other)) - 4)


def _plain(fact: Fact) -> str:
    return fact.attribute if fact.about == "user" else f"{fact.about}'s {fact.attribute}"
