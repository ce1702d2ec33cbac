"""What does the symbolic layer change? The same messages to the same persona, with it and without it, side by side.

    python -m benchmarks.layer [--personas mara ines juno theo] [--quiet]

Three moods of a user, sad, joyful and angry, three messages each (`layer.yaml`), answered by the built-in model with the same dice, the
same lookups and the same conversation so far, once with what she feels and what her rules ask for, and once with neither. Printed are both
replies, and what the layer asked for: the feeling she shows, pace, tone and expression.

JSON, for each mood and side: `words` a reply, `words_a_sentence`, `questions` a reply, `pace` (−1 slow, 0 even, 1 quick, mean),
`own_words`, the share of the words of this mood's replies that are in no reply of the other two moods; `expressions`, how many
different ones were asked for; and `changed`, the share of replies that the layer made others.

Not shown: whether one side is better; larger models, which are also told how she carries herself in words.
"""

import argparse
import json
import re
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from companion.affect import Felt, Manner
from companion.compose import Companion, compose
from companion.feel.bearing import mood_line
from companion.persona.blueprint import Blueprint, ModelChoice
from companion.prompting import constraints_of
from companion.settings import Settings
from companion.think.layout import Now, Turn
from companion.think.protocol import GenerationRequest, Piece

BEGUN = datetime(2026, 3, 2, 15, tzinfo=UTC)  # a Monday afternoon, when no rule of the hour holds
BETWEEN = timedelta(minutes=2)
SEED = 11
PACES = {"slow": -1, "even": 0, "quick": 1}
SENTENCE = re.compile(r"[^.!?…]+[.!?…]*")
WORD = re.compile(r"[\w'’]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, and how she was to give it."""

    mood: str
    asked: str
    text: str
    manner: Manner
    shown: str


def answers(companion: Companion, blueprint: Blueprint, mood: str, messages: Sequence[str], *, layer: bool) -> Iterator[Reply]:
    """What she answers, message by message."""
    writer = companion.writers.writer(ModelChoice())
    path = [Turn("persona", blueprint.greeting, BEGUN)]
    felt = companion.feeling.try_out(blueprint, [(text, BEGUN + BETWEEN * at) for at, text in enumerate(messages, 1)])
    for at, (message, one) in enumerate(zip(messages, felt, strict=True), 1):
        moment = BEGUN + BETWEEN * at
        spoken = [turn.text for turn in path if turn.role == "persona"]
        suggests = writer.suggests
        manner = one.manner if layer else Manner()
        idea = suggests.idea(blueprint, message, spoken, str(SEED), manner) if suggests else ""
        near = suggests.near(blueprint, message, (), ()) if suggests else ()
        now = Now(moment, mood=mood_line(one.affect) if layer else "", near=near, idea=idea)
        prompt = writer.layout.build(blueprint, path, message, now)
        bounds = replace(constraints_of(blueprint, companion.settings, message, now, manner), seed=SEED)
        text = "".join(part.text for part in writer.engine.write(GenerationRequest(prompt, bounds)) if isinstance(part, Piece)).strip()
        yield Reply(mood, message, text, manner, shown(one) if layer else "")
        path += [Turn("user", message, moment), Turn("persona", text, moment)]


def shown(felt: Felt) -> str:
    """The feeling she shows."""
    return felt.affect.shown or "her mood"


def figures(replies: Sequence[Reply], mood: str) -> dict[str, float]:
    """What the replies to one mood are like, against those to the others."""
    own = [one for one in replies if one.mood == mood]
    words = [WORD.findall(one.text.casefold()) for one in own]
    elsewhere = {word for one in replies if one.mood != mood for word in WORD.findall(one.text.casefold())}
    lengths = [len(WORD.findall(part)) for one in own for part in SENTENCE.findall(one.text) if WORD.search(part)]
    said = [word for each in words for word in each]
    return {
        "words": round(statistics.mean(map(len, words)), 1),
        "words_a_sentence": round(statistics.mean(lengths or [0]), 1),
        "questions": round(statistics.mean(one.text.count("?") for one in own), 2),
        "pace": round(statistics.mean(PACES[one.manner.pace] for one in own), 2),
        "own_words": round(sum(word not in elsewhere for word in said) / max(1, len(said)), 2),
        "expressions": len({one.manner.expression or one.shown for one in own}),
    }


def measure(companion: Companion, personas: Sequence[str], *, quiet: bool) -> dict[str, object]:
    """Asks everybody everything, twice."""
    moods: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    sides: dict[str, list[Reply]] = {"with": [], "without": []}
    for persona in personas:
        blueprint = companion.library.get(persona).blueprint
        for mood, messages in moods.items():
            for side, replies in sides.items():
                replies += answers(companion, blueprint, mood, messages, layer=side == "with")
            for own, bare in [] if quiet else zip(sides["with"][-len(messages) :], sides["without"][-len(messages) :], strict=True):
                asked = ", ".join(part for part in (own.shown, own.manner.pace, own.manner.tone, own.manner.expression) if part)
                print(f"{persona}, {mood}: {own.asked}\n    with      {own.text}\n              ({asked})\n    without   {bare.text}")
    changed = [own.text != bare.text for own, bare in zip(sides["with"], sides["without"], strict=True)]
    table = {side: {mood: figures(replies, mood) for mood in moods} for side, replies in sides.items()}
    names = ("words", "words_a_sentence", "questions", "pace", "own_words", "expressions")
    print(f"{'':<20}{''.join(f'{name:>18}' for name in names)}")
    for side, by_mood in table.items():
        for mood, values in by_mood.items():
            print(f"{side + ', ' + mood:<20}{''.join(f'{values[name]:>18}' for name in names)}")
    return {**table, "changed": round(statistics.mean(changed), 2)}


def main() -> None:
    """Prints both sides, the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Show what the symbolic layer changes.")
    parser.add_argument("--personas", nargs="+", default=["mara", "ines", "juno", "theo"])
    parser.add_argument("--quiet", action="store_true", help="print the table alone")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    companion = compose(Settings(home=folder, model="starter", drift_turns=0), warm=False)
    try:
        print(json.dumps(measure(companion, arguments.personas, quiet=arguments.quiet)))
    finally:
        companion.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
