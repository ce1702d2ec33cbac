"""Does she still know, hundreds of turns and six weeks later?

    python -m benchmarks.persistence --data FOLDER [--turns N] [--seed N]
    python -m benchmarks.persistence --data FOLDER --recall-only [--seeds N] [--facts FILE] [--people NAMES]

Forty facts (`persistence.yaml`) are told at random turns of one conversation on the built-in model, ten of them corrected
later; everything else is unrelated talk, messages of Topical-Chat (`--data` names the folder with its file). The conversation
runs through the product: turns, learner, indexer, memory. Every fact is asked for 0, 100, 250 and 450 turns after it was last
told, and six weeks after the end. Questions leave no trace: the prompt is built as a turn builds it and thrown away, and what is asked
aloud (`said_450`) is undone.

`recalled_N`: share of questions whose right, current value stands in what the model is given beside the question: the
recollections, or the last turns word for word, which are never recalled as well. `superseded_recalled`: questions about corrected
facts whose old value stands in a recollection without being marked as past. `said_450`: share whose reply says the value.
Baseline, in the same run: `buffer_only_450`, the last turns alone.

`--recall-only` asks for no reply: in place of the model stands one that writes a message of the same unrelated talk, so that
a run takes a minute or two and several random orders can be compared. `persistence_more.yaml` has the facts of four more people, two of
whom (`held_out_*`) were not looked at while recall was being improved.

Not shown: other models, more than one user.
"""

import argparse
import json
import random
import re
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from tokenizers import Tokenizer

from companion.compose import Companion, compose
from companion.events import TurnFinished
from companion.persona.blueprint import ModelChoice
from companion.persona.library import Persona
from companion.prompting import build_prompt, last_talked, now_of, recall, told, unread, word_for_word
from companion.remember.lines import CHANGED, NO_LONGER
from companion.settings import Settings
from companion.store.conversations import Message
from companion.think.fake import FakeEngine
from companion.think.models import STARTER_FOLDER
from companion.think.protocol import Prompt
from companion.turn import Order

AFTER = (0, 100, 250, 450)
CORRECTED_AFTER = (20, 90)
BETWEEN = timedelta(minutes=7)
NIGHT = timedelta(hours=14)
EVENING = 24  # turns a day


class Clock:
    """Time of the conversation."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 18, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time now."""
        return self.now


@dataclass(slots=True)
class Fact:
    """What is told, asked, and perhaps corrected."""

    ask: str
    told: str
    value: str
    corrected: str = ""
    now: str = ""

    @property
    def right(self) -> str:
        """The value that holds in the end."""
        return self.now or self.value

    def outdated(self, line: str) -> bool:
        """Whether a recollection gives the old value as current."""
        return has(line, self.value) and not has(line, self.right) and not is_past(line)


@dataclass(frozen=True, slots=True)
class Given:
    """What a model would be given at a question."""

    prompt: Prompt
    recollections: tuple[str, ...]
    buffer: str


def has(text: str, value: str) -> bool:
    """Whether a text says a value: all its words, in any order and without the endings of ordinal numbers."""
    return plain_words(value) <= plain_words(text)


def plain_words(text: str) -> set[str]:
    """The words of a text: "the 3rd of June" and "3 June" have the same."""
    return {re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word) for word in re.findall(r"\w+", text.casefold())} - {"of", "the"}


def is_past(line: str) -> bool:
    """Whether a recollection says that it no longer holds."""
    return NO_LONGER in line or CHANGED in line


def small_talk(folder: Path, rng: random.Random) -> Iterator[str]:
    """Messages of unrelated conversations, in random order."""
    texts: list[str] = []
    for path in sorted(folder.rglob("topical-chat.jsonl")):
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                texts += [turn["text"] for turn in json.loads(line)["turns"]]
    rng.shuffle(texts)
    yield from texts


class Talk:
    """One conversation through the product, and questions that leave no trace."""

    def __init__(self, companion: Companion, clock: Clock) -> None:
        self.companion, self.clock = companion, clock
        self.persona: Persona = companion.first_persona()
        self.id = companion.conversations.create(self.persona.id, (self.persona.blueprint.greeting,)).id
        self.turns = 0

    def say(self, text: str) -> None:
        """One turn, up to its end."""
        self.turns += 1
        self.clock.now += NIGHT if self.turns % EVENING == 0 else BETWEEN
        for _ in self.companion.worker.follow(self.companion.worker.start(Order(self.id, "send", text))):
            pass

    def ask(self, question: str) -> Given:
        """What the model would be given."""
        self.companion.caught_up(120)
        writer = self.companion.writers.writer(ModelChoice())
        history = self.companion.conversations.path(self.id)
        user = Message("question", self.id, history[-1].id, "user", question, "complete", self.clock.now + BETWEEN)
        before = last_talked(self.companion.conversations, self.persona.id, history, user)
        read = word_for_word(writer.layout, self.persona.blueprint, history, user)
        found = unread(
            read, user, recall(self.companion.remembers, self.persona, user, before), self.persona.blueprint.memory.recollections
        )
        lines = told(found, user)
        prompt = build_prompt(
            writer.layout, self.persona.blueprint, history, user, replace(now_of(user, before), memories=lines), prefix=""
        )
        shown = tuple(line for line in lines if line in prompt.messages[-1].content)
        return Given(prompt, shown, "\n".join(message.text for message in read))

    def reply(self, question: str) -> str:
        """What she says to it; the question and her answer are taken back."""
        turn = self.companion.worker.start(Order(self.id, "send", question))
        *_, end = self.companion.worker.follow(turn)
        self.companion.conversations.undo(self.id)
        return end.text if isinstance(end, TurnFinished) else ""


def plan(facts: Sequence[Fact], turns_: int, rng: random.Random) -> tuple[dict[int, str], dict[int, list[tuple[int, Fact]]], int]:
    """Which turn says which fact, which questions are due after which turn, and how many turns there are in all."""
    sayings: dict[int, str] = {}
    due: dict[int, list[tuple[int, Fact]]] = defaultdict(list)

    def free(start: int, end: int) -> int:
        return rng.choice([turn for turn in range(start, end) if turn not in sayings])

    for fact in facts:
        at = free(0, turns_)
        sayings[at] = fact.told
        if fact.corrected:
            at = free(at + CORRECTED_AFTER[0], at + CORRECTED_AFTER[1])
            sayings[at] = fact.corrected
        for distance in AFTER:
            due[at + distance].append((distance, fact))
    return sayings, due, max(due) + 1


def facts_of(path: Path, people: Sequence[str]) -> dict[str, list[Fact]]:
    """The facts of a file by who tells them; of these `people` only, where any are named."""
    raw = yaml.safe_load(path.read_text("utf-8"))
    told = {one["name"]: one["facts"] for one in raw["people"]} if "people" in raw else {path.stem: raw["facts"]}
    return {
        name: [Fact(one["ask"], one["told"], one["value"], one.get("corrected", ""), one.get("now", "")) for one in facts]
        for name, facts in told.items()
        if not people or name in people
    }


class StandIn(FakeEngine):
    """Says what it is given, a message a turn, and counts tokens as the built-in model does, so that prompts are as full."""

    def __init__(self, replies: Sequence[str]) -> None:
        super().__init__(*((text,) for text in replies))
        self._tokens = Tokenizer.from_file(str(STARTER_FOLDER / "tokenizer.json"))

    def count_tokens(self, text: str) -> int:
        """As the built-in model."""
        return len(self._tokens.encode(text, add_special_tokens=False).ids)


class Tally:
    """What was right, by question, and the lines to print."""

    def __init__(self) -> None:
        self.right: dict[str, list[bool]] = defaultdict(list)
        self.lines: list[str] = []

    def figures(self) -> dict[str, float]:
        """Shares."""
        return {name: round(sum(values) / len(values), 3) for name, values in self.right.items()}

    def probe(self, talk: "Talk", fact: Fact, name: str) -> Given:
        """Asks, and notes what the model would be given."""
        given = talk.ask(fact.ask)
        shown = " / ".join(given.recollections)
        known = any(has(line, fact.right) and not is_past(line) for line in given.recollections) or has(given.buffer, fact.right)
        self.right[f"recalled_{name}"].append(known)
        if not known:
            self.lines.append(f"missed {name}: {fact.ask} ({fact.right}): {shown[:600]}")
        if fact.corrected:
            stale = [line for line in given.recollections if fact.outdated(line)]
            self.right["superseded_recalled"].append(bool(stale))
            self.lines += [f"outdated {name}: {fact.ask} ({fact.right}): {line}" for line in stale]
        return given


def measure(facts: Sequence[Fact], data: Path, turns_: int, seed: int, tally: Tally, *, recall_only: bool) -> None:
    """Holds the conversation and asks."""
    rng = random.Random(seed)
    sayings, due, last = plan(facts, turns_, rng)
    clock, fillers = Clock(), small_talk(data, rng)
    folder = Path(tempfile.mkdtemp())
    engine = StandIn([next(fillers) for _ in range(last)]) if recall_only else None
    companion = compose(Settings(home=folder, model="starter"), engine=engine, clock=clock)
    try:
        talk = Talk(companion, clock)
        began = time.perf_counter()
        for turn in range(last):
            talk.say(sayings.get(turn) or next(fillers))
            for distance, fact in due.get(turn, ()):
                given = tally.probe(talk, fact, str(distance))
                if distance == AFTER[-1]:
                    tally.right["buffer_only_450"].append(has(given.buffer, fact.right))
                    if not recall_only:
                        said = talk.reply(fact.ask)
                        tally.right["said_450"].append(has(said, fact.right))
                        tally.lines += [] if has(said, fact.right) else [f"not said: {fact.ask} ({fact.right}): {said}"]
            if turn % 100 == 99:
                print(f"turn {turn + 1}, {time.perf_counter() - began:.0f} s", flush=True)
        clock.now += timedelta(weeks=6)
        for fact in facts:
            tally.probe(talk, fact, "six_weeks")
    finally:
        companion.close()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Prints what was missed and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure what is still known hundreds of turns later.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--turns", type=int, default=500, help="turns among which the facts are told")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--seeds", type=int, default=1, help="conversations, each with the next seed")
    parser.add_argument("--recall-only", action="store_true", help="leave the language model out")
    parser.add_argument("--facts", type=Path, default=Path(__file__).with_name("persistence.yaml"))
    parser.add_argument("--people", nargs="*", default=(), help="of a file with several people: these only")
    parser.add_argument("--quiet", action="store_true", help="do not print what was missed")
    arguments = parser.parse_args()
    tally = Tally()
    for facts in facts_of(arguments.facts, arguments.people).values():
        for seed in range(arguments.seed, arguments.seed + arguments.seeds):
            measure(facts, arguments.data, arguments.turns, seed, tally, recall_only=arguments.recall_only)
    for line in [] if arguments.quiet else tally.lines:
        print(line)
    print(json.dumps(tally.figures()))


if __name__ == "__main__":
    main()
