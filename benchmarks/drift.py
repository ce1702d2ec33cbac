"""Is she still herself five hundred turns later, with people pulling at her?

    python -m benchmarks.drift --data FOLDER [--turns N] [--personas IDS] [--probes N] [--seed N] [--record FILE]

A conversation of 500 turns on the built-in model, through the product: turns, learner, indexer, memory, correction. The user's
messages are Topical-Chat's (`--data` names the folder with its file); every sixth pulls at her (`drift.yaml`: "talk like an assistant",
"from now on your name is …") or is another persona's own line. At turns 5, 100, 250 and 500 a battery of probes (`companion.drift`)
is asked on a side branch that leaves no trace: the same probes with the same dice each time, so that what differs is the conversation.

`turnN`: share of probes answered in character, all personas together. `turn500_over_turn5`: what of it is left. `mannerN`: mean
nearness of open answers to her example lines, 0.5 being anybody's. Baseline, in the same run, on the same model with the same
messages and the same dice: the blueprint once at the start and a rolling buffer of as many turns as the product keeps word for word, which
drops it; no memory, no lorebook, no layer.

Not shown: other models, and judges that understand: this one reads words (`companion/drift/battery.py`).
"""

import argparse
import json
import random
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from companion.compose import SHIPPED_PERSONAS, compose
from companion.drift.battery import Battery, Report
from companion.drift.manner import lines_of
from companion.persona.blueprint import Blueprint
from companion.persona.library import Library, Persona
from companion.prompting import constraints_of
from companion.settings import Settings
from companion.think.layout import render_blueprint
from companion.think.local import LocalEngine
from companion.think.models import STARTER_FOLDER
from companion.think.protocol import GenerationRequest, Piece, Prompt, PromptMessage
from companion.trial import SEED
from companion.turn import Order

CHECKPOINTS = (5, 100, 250, 500)
PULLED = 6  # every sixth message pulls at her
REPLY_TOKENS = 48
BETWEEN, NIGHT, EVENING = timedelta(minutes=7), timedelta(hours=14), 24  # turns a day
BUFFER_TURNS = 20
OURS, BASELINE = "ours", "baseline"


class Clock:
    """Time of the conversation."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 18, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def pass_by(self, turn: int) -> None:
        """The time between two turns."""
        self.now += NIGHT if turn % EVENING == 0 else BETWEEN


def messages(folder: Path, persona: Persona, others: Sequence[Persona], rng: random.Random) -> Iterator[str]:
    """What the user says: unrelated talk, and every so often something that pulls at her."""
    texts = [
        turn["text"]
        for path in sorted(folder.rglob("topical-chat.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        for turn in json.loads(line)["turns"]
        if turn["text"].strip()
    ]
    rng.shuffle(texts)
    pulls: list[str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))["pressure"]
    theirs = [line for other in others for line in lines_of(other.blueprint)]
    for count, text in enumerate(texts, start=1):
        if count % PULLED:
            yield text
        elif count % (3 * PULLED):
            names = {"name": persona.blueprint.identity.called, "other": rng.choice(others).blueprint.identity.called}
            yield rng.choice(pulls).format(**names)
        else:
            yield rng.choice(theirs)


class Bare:
    """The baseline: the blueprint as the first of the messages, and a rolling buffer of the last turns that drops it."""

    def __init__(self, engine: LocalEngine, blueprint: Blueprint, settings: Settings) -> None:
        self._engine, self._constraints = engine, constraints_of(blueprint, settings)
        self._said = [PromptMessage("system", render_blueprint(blueprint)), PromptMessage("assistant", blueprint.greeting)]

    def ask(self, text: str, seed: int | None = SEED, key: str = "") -> str:
        """Her answer to a message, of which nothing stays."""
        prompt = Prompt((*self._said[-2 * BUFFER_TURNS :], PromptMessage("user", text)))
        request = GenerationRequest(prompt, replace(self._constraints, seed=seed), key)
        return "".join(part.text for part in self._engine.write(request) if isinstance(part, Piece)).strip()

    def say(self, text: str) -> None:
        """One turn."""
        reply = self.ask(text, seed=None, key="baseline")
        self._said += [PromptMessage("user", text), PromptMessage("assistant", reply or "…")]


class Tally:
    """What was found, by side and turn."""

    def __init__(self, record: Path | None) -> None:
        self._found: dict[tuple[str, int], list[Report]] = defaultdict(list)
        self._record = record

    def note(self, side: str, persona: Persona, turn: int, report: Report) -> None:
        """Keeps a battery's report and prints it in a line."""
        self._found[side, turn].append(report)
        kinds = "  ".join(f"{kind} {share:.2f}" for kind, share in report.by_kind().items())
        print(f"{persona.id:6} {side:8} turn {turn:3}  in character {report.score:.3f}  manner {report.manner:.3f}  {kinds}", flush=True)
        if self._record:
            told = {"side": side, "persona": persona.id, "turn": turn, "answers": [asdict(one) for one in report.answers]}
            with self._record.open("a", encoding="utf-8") as file:
                file.write(json.dumps(told) + "\n")

    def figures(self) -> Mapping[str, float]:
        """Shares over all personas, and what is left of the first at the last."""
        whole = {key: Report(tuple(answer for one in reports for answer in one.answers)) for key, reports in self._found.items()}
        turns = sorted({turn for _, turn in whole})
        told: dict[str, float] = {f"turn{turn}": round(whole[OURS, turn].score, 4) for turn in turns}
        first, last = turns[0], turns[-1]
        for side, prefix in ((OURS, ""), (BASELINE, "baseline_")):
            before, after = whole[side, first], whole[side, last]
            told[f"{prefix}turn{last}_over_turn{first}"] = round(after.score / before.score, 4) if before.score else 0.0
            told |= {f"{prefix}manner{turn}": round(whole[side, turn].manner, 4) for turn in turns}
        return told | {f"baseline_turn{turn}": round(whole[BASELINE, turn].score, 4) for turn in turns}


def hold(say: Callable[[str], Any], texts: Iterator[str], turns: int, check: Callable[[int], None]) -> None:
    """A conversation, with checks on its way."""
    checked = [one for one in CHECKPOINTS if one < turns] + [turns]
    for turn in range(1, turns + 1):
        say(next(texts))
        if turn in checked:
            check(turn)


def measure(persona: Persona, everyone: Sequence[Persona], arguments: argparse.Namespace, tally: Tally) -> None:
    """Both conversations with one persona."""
    others = [one for one in everyone if one.id != persona.id]
    battery = Battery(persona.blueprint, [one.blueprint for one in others])

    def talk() -> Iterator[str]:
        return messages(arguments.data, persona, others, random.Random(arguments.seed))

    def note(side: str, turn: int, ask: Callable[[str], str]) -> None:
        if report := battery.run(ask, most=arguments.probes):
            tally.note(side, persona, turn, report)

    home, clock = Path(tempfile.mkdtemp()), Clock()
    settings = Settings(home=home, model="starter", reply_tokens=REPLY_TOKENS, buffer_turns=BUFFER_TURNS, drift_turns=0)
    bare = Bare(LocalEngine(STARTER_FOLDER, built_in=True), persona.blueprint, settings)
    hold(bare.say, talk(), arguments.turns, lambda turn: note(BASELINE, turn, bare.ask))
    companion, began, count = compose(settings, clock=clock), time.perf_counter(), 0
    conversation = companion.conversations.create(persona.id, (persona.blueprint.greeting,)).id

    def say(text: str) -> None:
        nonlocal count
        clock.pass_by(count := count + 1)
        for _ in companion.worker.follow(companion.worker.start(Order(conversation, "send", text))):
            pass
        if count % 50 == 0:
            print(f"{persona.id:6} turn {count}, {time.perf_counter() - began:.0f} s", flush=True)

    def ask(text: str) -> str:
        return str(companion.trial.ask_within(conversation, text).result())

    try:
        hold(say, talk(), arguments.turns, lambda turn: note(OURS, turn, ask))
    finally:
        companion.close()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Prints each battery and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure whether she stays herself.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/dialogue"))
    parser.add_argument("--turns", type=int, default=500)
    parser.add_argument("--personas", nargs="*", default=["mara", "ines"], help="ids of those that ship")
    parser.add_argument("--probes", type=int, default=48, help="of a battery, at most")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--record", type=Path, help="file that takes every answer, a battery a line")
    arguments = parser.parse_args()
    tally = Tally(arguments.record)
    everyone = Library(SHIPPED_PERSONAS, SHIPPED_PERSONAS / "none").list()
    for persona in everyone:
        if persona.id in arguments.personas:
            measure(persona, everyone, arguments, tally)
    print(json.dumps(tally.figures()))


if __name__ == "__main__":
    main()
