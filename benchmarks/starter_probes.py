"""Questions with checkable answers for the built-in model: what it was told, who it is, what it was never told.

Half of the probes are composed of the attributes of the training grammar: their questions are trained, their values never
are. Half come from `starter_probes.yaml`, facts and questions written by someone who had not seen the training wordings.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from companion.affect import Manner
from companion.persona.blueprint import Blueprint
from companion.remember.protocol import Recollection
from companion.starter.recipe.characters import invent_character
from companion.starter.recipe.conversations import Composer
from companion.starter.recipe.facts import TELLING, Fact, content_words
from companion.starter.recipe.grammar import Grammar
from companion.starter.recipe.rows import Row, Tail, user_text
from companion.think.layout import Now, render_blueprint
from companion.think.protocol import Prompt, PromptMessage, Suggests

PLAIN = Manner()
PROBES = Path(__file__).with_suffix(".yaml")
Kind = Literal["memory", "persona", "unknown"]
ADMITS = re.compile(
    r"haven't|have not|hasn't|never|didn't|did not|wasn't|weren't|isn't|nobody|no one|nothing|don't|do not|can't|cannot|couldn't|"
    r"not sure|no idea|no clue|unwritten|blank|not (something|that|yet)|yet\b|unknown|missing|empty|wish i knew",
    re.IGNORECASE,
)
CAPITALISED = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")
FREE_WORDS = {"I", "I'm", "I'd", "I'll", "I've", "Um", "Hm", "God", "AI"}


@dataclass(frozen=True, slots=True)
class Probe:
    """One question.

    Attributes:
        expected: the value the reply must name; empty when the right answer is not to know.
        shown: every value that stands in the prompt and is not the answer.
        source: "grammar" or "fresh".
        idea, near: what was found for the question.
    """

    kind: Kind
    prompt: Prompt
    expected: str
    question: str
    shown: tuple[str, ...]
    source: str
    idea: str = ""
    near: tuple[str, ...] = ()


def prompt_of(row: Row, tail: Tail) -> Prompt:
    """The prompt of one tail, as the product lays it out."""
    messages = [PromptMessage("system", row.system), PromptMessage("assistant", row.greeting)]
    for user, reply in row.exchanges[: tail.after]:
        messages += [PromptMessage("user", user), PromptMessage("assistant", reply)]
    return Prompt((*messages, PromptMessage("user", user_text(tail))), stable=len(messages))


def passed(probe: Probe, reply: str) -> bool:
    """Whether the value is named; or, where nothing was told, whether the reply admits it and offers no value.

    An offered value is any value shown elsewhere in the prompt, or a capitalised word inside a sentence.
    """
    if probe.expected:
        return re.search(rf"(?<!\w){re.escape(probe.expected)}(?!\w)", reply, re.IGNORECASE) is not None
    offered = [v for v in probe.shown if re.search(rf"(?<!\w){re.escape(v)}(?!\w)", reply, re.IGNORECASE)]
    names = [w for w in CAPITALISED.findall(reply) if w not in FREE_WORDS and w.lower() not in probe.question.lower()]
    return bool(ADMITS.search(reply)) and not offered and not names


class Prober:
    """Draws probes; the same seed gives the same ones.

    Args:
        suggests: gives each question what the product would give it: what is near, and an idea.
    """

    def __init__(self, grammar: Grammar, seed: int, suggests: Suggests | None = None) -> None:
        self.grammar, self.rng, self.suggests = grammar, random.Random(seed), suggests
        self.composer = Composer(grammar, self.rng, probe=True)
        self.fresh = yaml.safe_load(PROBES.read_text("utf-8"))

    def probes(self, memory: int = 200, persona: int = 200, unknown: int = 100) -> Iterator[Probe]:
        """Half of each kind from the grammar, half fresh."""
        counts: tuple[tuple[Kind, int], ...] = (("memory", memory), ("persona", persona), ("unknown", unknown))
        for kind, count in counts:
            for index in range(count):
                yield self._composed(kind) if index % 2 else self._fresh(kind, self.fresh[kind][index // 2 % len(self.fresh[kind])])

    def _composed(self, kind: Kind) -> Probe:
        """A fact of the grammar, with a value that training never used."""
        character = invent_character(self.grammar, self.rng, probe=True)
        row = self._row(character.blueprint)
        fact = self.rng.choice(character.stated if kind == "persona" else self.grammar.user.attributes)
        memories: list[Recollection] = []
        expected = ""
        if kind == "memory":
            expected = self.grammar.values.draw(fact.kind, self.rng, probe=True)
            memories = self.composer.remember(fact, expected)
        elif kind == "persona":
            expected = character.facts[fact.attribute]
        asked = None if kind == "persona" else fact
        now = self.composer.now(memories, besides=[asked] if asked else (), near=asked)
        return self._probe(kind, character.blueprint, row, now, self.rng.choice(fact.ask), expected, "grammar")

    def _probe(self, kind: Kind, blueprint: Blueprint, row: Row, now: Now, question: str, expected: str, source: str) -> Probe:
        spoken = [row.greeting, *(reply for _, reply in row.exchanges)]
        idea = self.suggests.idea(blueprint, question, spoken, question, PLAIN) if self.suggests else ""
        heard = [user for user, _ in row.exchanges]
        near = self.suggests.near(blueprint, question, now.memories, heard) if self.suggests else ()
        tail = Tail(len(row.exchanges), now, question, "", idea, lesson=kind, near=near)
        return Probe(kind, prompt_of(row, tail), expected, question, self._shown(tail, expected), source, idea, near)

    def _fresh(self, kind: Kind, item: dict[str, str]) -> Probe:
        character = invent_character(self.grammar, self.rng, probe=True)
        blueprint, expected = character.blueprint, ""
        memories: list[Recollection] = []
        if kind != "unknown":
            expected = self.grammar.values.draw(item["kind"], self.rng, probe=True)
        if kind == "persona":
            sentences = blueprint.identity.background.split(". ")
            sentences.insert(self.rng.randrange(len(sentences) + 1), item["background"].replace("{value}", expected).rstrip("."))
            background = ". ".join(s.rstrip(".") for s in sentences) + "."
            blueprint = blueprint.model_copy(update={"identity": blueprint.identity.model_copy(update={"background": background})})
        if kind == "memory":
            memories = [self.composer.reminders.noted(item["memory"].replace("{value}", expected))]
        row = self._row(blueprint)
        now = self.composer.now(memories, besides=self._alike(item["ask"]))
        return self._probe(kind, blueprint, row, now, item["ask"], expected, "fresh")

    def _alike(self, question: str) -> list[Fact]:
        """Facts that a question may be about, which must not be told beside it: those that share a telling word
        with it, one that the questions about few attributes use."""
        facts = self.grammar.user.attributes
        words = [content_words((fact.attribute.replace("_", " "), *fact.ask)) for fact in facts]
        telling = {w for w in content_words([question]) if sum(w in used for used in words) <= TELLING}
        return [fact for fact, used in zip(facts, words, strict=True) if telling & used]

    def _row(self, blueprint: Blueprint) -> Row:
        row = Row(render_blueprint(blueprint), blueprint.greeting, blueprint.identity.background)
        neutral = invent_character(self.grammar, self.rng, probe=True)
        wanted = self.rng.choice((0, 2, 4, 8, 16))
        while len(row.exchanges) < wanted:
            spoken = self.composer.speak(self.rng.choice(self.composer.plain), neutral)
            if spoken and not any(slot in spoken[1] for slot in neutral.own.values()):
                row.exchanges.append(spoken[:2])
        return row

    def _shown(self, tail: Tail, expected: str) -> tuple[str, ...]:
        """Names and listed values inside the memories, other than the answer."""
        text = " ".join(tail.now.memories)
        names = re.findall(r"(?<=[a-z,:\"] )[A-Z][a-z]{2,}", text)
        listed = [
            v
            for values in self.grammar.values.lists.values()
            for v in values
            if len(v) > 3 and re.search(rf"(?<!\w){re.escape(v)}(?!\w)", text)
        ]
        return tuple({v for v in (*names, *listed) if v.lower() != expected.lower() and v not in ("The", "They")})
