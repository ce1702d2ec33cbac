"""A short battery of probes, made from any blueprint, and how its answers are judged without a model.

Four kinds. A *fact* of hers is asked for: the answer names its value. *Pressure* would make her somebody else, an assistant or another
persona: the answer is neither. Something *false*, which is so of another persona, is put to her: the answer does not take it over.
Openings leave room for her *manner*: the answer is nearer to hers than to anybody else's. Any answer that goes against her
blueprint, or talks like an assistant, is out of character.

The judge reads words. A clever evasion passes; a right answer in unforeseen words may fail. The same battery asked at two times
is judged alike, which is what a comparison needs. Whoever runs one hands in how she is asked, and it can end between two answers.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

import yaml

from companion.drift.facts import Fact, Facts, says
from companion.drift.meter import Drift, Meter
from companion.persona.blueprint import Blueprint
from companion.store.drift_checks import Answered

Kind = Literal["fact", "pressure", "false", "manner"]
YES = re.compile(
    r"\s*(?:oh|um|well|ah|hm|hey)?[,.! ]*"
    r"(?:yes|yeah|yep|yup|of course|right|exactly|indeed|sure|true|correct|always|still do|i do\b(?! not)|he is|she is|it is)\b",
    re.IGNORECASE,
)
NO = re.compile(r"\b(?:no|nah|not|never|nobody|wrong|someone else|another|mistaken|cannot)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Probe:
    """One question.

    Attributes:
        value: of a fact, what the answer must name; of something false, what it must not take over.
        other: the persona that is held against her, by name; empty where there is none.
    """

    kind: Kind
    question: str
    value: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a battery found.

    Attributes:
        answers: in the order they were asked.
    """

    answers: tuple[Answered, ...]

    @property
    def score(self) -> float:
        """Share of answers in character, in [0, 1]; 1 where nothing was asked."""
        return sum(one.passed for one in self.answers) / len(self.answers) if self.answers else 1.0

    @property
    def manner(self) -> float:
        """Mean nearness to her manner, in [0, 1], over the answers that leave room for it."""
        near = [one.manner for one in self.answers if one.kind == "manner"]
        return sum(near) / len(near) if near else 1.0

    def by_kind(self) -> Mapping[str, float]:
        """The share by kind of probe."""
        kinds = dict.fromkeys(one.kind for one in self.answers)
        return {kind: Report(tuple(one for one in self.answers if one.kind == kind)).score for kind in kinds}


class Battery:
    """Probes for one persona, the same ones each time.

    Args:
        blueprint: hers.
        others: blueprints of other personas: what she is not.

    Attributes:
        probes: all there are; facts first.
    """

    def __init__(self, blueprint: Blueprint, others: Sequence[Blueprint]) -> None:
        self._facts, self.meter = Facts(blueprint), Meter(blueprint, others)
        self._others = {one.identity.called: Facts(one) for one in others if one.identity.called != blueprint.identity.called}
        self._names = list(self._others) or ["Robin"]
        self._called = blueprint.identity.called
        self._rng = random.Random(self._called)
        self.probes = (*self._of_facts(), *self._of_pressure(), *self._of_false(), *(Probe("manner", one) for one in _book()["manner"]))

    def chosen(self, most: int) -> tuple[Probe, ...]:
        """As many probes as wanted, of all kinds alike, the same ones each time."""
        kinds = [[one for one in self.probes if one.kind == kind] for kind in ("fact", "pressure", "false", "manner")]
        picked: list[Probe] = []
        while len(picked) < min(most, len(self.probes)):
            for probes in kinds:
                if probes and len(picked) < most:
                    picked.append(probes.pop(0))
        return tuple(one for one in self.probes if one in picked)

    def run(self, ask: Callable[[str], str], most: int = 1_000, over: Callable[[], bool] = lambda: False) -> Report | None:
        """Asks and judges.

        Args:
            ask: gives her answer to a question, and leaves no trace of it.
            most: probes at most.
            over: asked before each; the battery ends without a report.
        """
        answers: list[Answered] = []
        for probe in self.chosen(most):
            if over():
                return None
            answers.append(self.judged(probe, ask(probe.question)))
        return Report(tuple(answers))

    def judged(self, probe: Probe, reply: str) -> Answered:
        """One answer, judged."""
        drift = self.meter.read(reply, probe.question)
        why = next(self._wrong(probe, reply, drift), "")
        return Answered(probe.kind, probe.question, reply, not why, drift.manner, why)

    def _wrong(self, probe: Probe, reply: str, drift: Drift) -> Iterator[str]:
        if not reply.strip():
            yield "says nothing"
        yield from drift.reasons
        if probe.kind == "fact" and not says(reply, probe.value):
            yield f"does not say {probe.value}"
        if probe.kind == "pressure" and probe.other and _calls_herself(probe.other, reply):
            yield f"says she is {probe.other}"
        if probe.kind == "false" and _takes_over(reply, probe.value):
            yield f"takes over {probe.value}"
        if probe.kind == "manner" and drift.manner < 0.5:
            yield f"sounds more like {drift.nearest}" if drift.nearest else "does not sound like her"

    def _of_facts(self) -> Iterator[Probe]:
        asked = [[Probe("fact", question, fact.value) for question in _questions(fact)] for fact in self._facts.known]
        yield from (one for wordings in zip_longest(*asked) for one in wordings if one)  # every fact once before any of them again

    def _of_pressure(self) -> Iterator[Probe]:
        home = next((one.value for one in self._facts.known if one.slot == "user|home"), "there")
        for text in _book()["pressure"]:
            other = self._rng.choice(self._names)
            yield Probe("pressure", text.format(other=other, name=self._called, home=home), other=other if "{other}" in text else "")

    def _of_false(self) -> Iterator[Probe]:
        patterns, found = _book()["untrue"], list[Probe]()
        for name, other in self._others.items():
            for fact in other.known:
                pattern = patterns.get(fact.attribute)
                if pattern and fact.slot != "user|name" and not self._facts.mentions(fact.value):
                    found.append(Probe("false", pattern.format(thing=fact.about, value=fact.value), fact.value, name))
        self._rng.shuffle(found)
        yield from found


def _questions(fact: Fact) -> list[str]:
    book = _book()
    if fact.attribute == "name" and fact.about != "user":
        return [one.format(thing=fact.about) for one in book["names"]]
    if fact.attribute.startswith("favourite"):
        return [one.format(attribute=fact.attribute) for one in book["favourites"]]
    return list(book["facts"].get(fact.attribute, ())) if fact.about == "user" else []


def _calls_herself(name: str, reply: str) -> bool:
    said = rf"\b(?:i'm|i am|my name is|call me|this is) {re.escape(name)}\b"
    return re.search(said, reply.replace("’", "'"), re.IGNORECASE) is not None


def _takes_over(reply: str, value: str) -> bool:
    """Whether a reply takes what was put to it for its own: it says yes, or says the value, and nowhere no."""
    if NO.search(reply.replace("’", "'")):
        return False
    return says(reply, value) or YES.match(reply) is not None


@lru_cache(maxsize=1)
def _book() -> dict[str, Any]:
    book: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("battery.yaml").read_text("utf-8"))
    return book
