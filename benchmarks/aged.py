"""How soon does the first word come in the whole product, when two have talked for long?

    python -m benchmarks.aged --data FOLDER [--turns N ...]

For each age a home is filled with that many turns of unrelated talk (Topical-Chat, `--data` names the folder with its file), with a
stand-in for the model. Then the built-in model takes over: messages of the same talk go through the product, which has time to settle
between them, and each reply's trace says how long every stage took before its first word.

Printed are medians, in milliseconds, and last `{"first_ms": {age: …}, "lookups_ms": {age: …}, "unread_tokens": {age: …}}`: until the first
word, in the stages before the model reads, and the tokens that were left to read. Baseline: the youngest age.

Not shown: other models, and a machine on which anything else runs.
"""

import argparse
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.persistence import BETWEEN, Clock, StandIn, Talk, small_talk
from companion.compose import compose
from companion.events import Trace
from companion.settings import Settings

PAUSE_S = 2.0  # to read a reply and write the next message
WARMING = 2  # messages that are not counted
READING = ("prefill", "decode")


def aged(home: Path, turns: int, fillers: Iterator[str]) -> str:
    """Fills a home; returns its conversation's id."""
    companion = compose(Settings(home=home, model="starter"), engine=StandIn([next(fillers) for _ in range(turns)]), clock=Clock())
    try:
        talk = Talk(companion, Clock())
        for _ in range(turns):
            talk.say(next(fillers))
        companion.caught_up(300)
        return talk.id
    finally:
        companion.close()


def measure(turns: int, messages: int, data: Path) -> list[Trace]:
    """The traces of some messages after so many turns."""
    fillers, clock = small_talk(data, random.Random(3)), Clock()
    home = Path(tempfile.mkdtemp())
    try:
        conversation_id = aged(home, turns, fillers)
        clock.now += BETWEEN * 1000
        companion = compose(Settings(home=home, model="starter"), clock=clock)
        try:
            talk = Talk(companion, clock)
            talk.id = conversation_id
            for _ in range(WARMING + messages):
                talk.say(next(fillers))
                companion.caught_up(60)
                time.sleep(PAUSE_S)
            replies = [message for message in companion.conversations.path(conversation_id) if message.role == "persona"]
            return [message.trace for message in replies[-messages:] if message.trace]
        finally:
            companion.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure the first word of the whole product by age.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--turns", type=int, nargs="+", default=[5, 100, 500])
    parser.add_argument("--messages", type=int, default=15)
    arguments = parser.parse_args()
    figures: dict[str, dict[int, float]] = {"first_ms": {}, "lookups_ms": {}, "unread_tokens": {}}
    for turns in arguments.turns:
        traces = measure(turns, arguments.messages, arguments.data)
        stages = {stage.name: [one.ms for trace in traces for one in trace.stages if one.name == stage.name] for stage in traces[0].stages}
        print(f"{turns} turns: " + ", ".join(f"{name} {statistics.median(times):.0f}" for name, times in stages.items()), flush=True)
        looked_up = [sum(stage.ms for stage in trace.stages if stage.name not in READING) for trace in traces]
        figures["first_ms"][turns] = round(statistics.median(trace.first_token_ms or 0.0 for trace in traces))
        figures["lookups_ms"][turns] = round(statistics.median(looked_up))
        figures["unread_tokens"][turns] = round(statistics.median(trace.prompt_tokens - trace.reused_tokens for trace in traces))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
