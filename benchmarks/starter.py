"""Does the built-in model use what it is told, admit what it was not, and talk sense?

    python -m benchmarks.starter [--transcripts] [--probes N]

Four figures: `memory_probes` (200 values that stand only in the `now` block), `persona_probes` (200 facts of personas it
has never met), `unknown_probes` (100 questions about something never said), all greedy and through the product's own
engine, with the ideas that the product gives it; and `repeat_4gram`, the share of four-word runs in her replies that she
has already said in the same conversation, over 30 scripted six-turn conversations sampled with the shipped defaults.
Baseline in the same run: a model that always answers with one of the values in its prompt.

Not shown: whether the replies are good company. Read the transcripts for that.
"""

import argparse
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import yaml

from benchmarks.starter_probes import Probe, Prober, passed
from companion.affect import Manner
from companion.answering import likely
from companion.persona.library import Library
from companion.prompting import lean_of
from companion.remember.embedder import SentenceEmbedder
from companion.starter.recipe.grammar import load_grammar
from companion.starter.recipe.rows import parse_gap
from companion.think.layout import Budget, Layout, Now, Turn
from companion.think.local import LocalEngine
from companion.think.protocol import GAP, Constraints, GenerationRequest, Piece, Prompt, Suggests
from companion.think.sayings import open_sayings

PLAIN = Manner()
ROOT = Path(__file__).parent.parent
WEIGHTS = ROOT / "companion" / "starter" / "weights" / "target"
SCRIPTS = Path(__file__).with_name("starter_scripts.yaml")
MOMENT = datetime(2026, 11, 20, 19, 0)
GREEDY = Constraints(temperature=0, repetition_penalty=1.0, avoid=(GAP,), max_tokens=60)


def reply(engine: LocalEngine, prompt: Prompt, constraints: Constraints) -> str:
    """One whole reply."""
    return "".join(part.text for part in engine.write(GenerationRequest(prompt, constraints)) if isinstance(part, Piece))


def guess(probe: Probe, rng: random.Random) -> str:
    """The baseline: a value of the prompt, any of them."""
    return rng.choice([*probe.shown, probe.expected] if probe.expected else probe.shown or ("Bruno",))


def probe_all(
    engine: LocalEngine, prober: Prober, counts: dict[str, int], *, verbose: bool
) -> dict[tuple[str, str], list[tuple[bool, bool]]]:
    """(passed, baseline passed) of each probe, by kind and source."""
    results: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    rng = random.Random(1)
    for probe in prober.probes(**counts):
        answer = reply(
            engine,
            probe.prompt,
            replace(GREEDY, favour=probe.idea, lean=lean_of(probe.question), likely=likely(probe.near, probe.question)),
        )
        right = passed(probe, answer)
        if verbose and not right:
            print(f"  missed [{probe.kind}, {probe.source}] {probe.question!r} wanted {probe.expected!r}, said {answer!r}")
        results.setdefault((probe.kind, probe.source), []).append((right, passed(probe, guess(probe, rng))))
    return results


def repeated_4grams(replies: Sequence[str]) -> tuple[int, int]:
    """How many four-word runs had been said before in these replies, and how many there are."""
    seen: set[tuple[str, ...]] = set()
    repeated = total = 0
    for text in replies:
        words = re.findall(r"[a-z']+", text.lower())
        for run in zip(words, words[1:], words[2:], words[3:], strict=False):
            repeated += run in seen
            total += 1
            seen.add(run)
    return repeated, total


def transcripts(engine: LocalEngine, suggests: Suggests) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """(persona, title, exchanges) of each script, laid out and sampled as the product does."""
    library = Library(ROOT / "personas", ROOT / "personas")
    layout = Layout(engine.count_tokens, budget=Budget.of(4096, 320))
    for number, script in enumerate(yaml.safe_load(SCRIPTS.read_text("utf-8"))):
        blueprint = library.get(script["persona"]).blueprint
        sampling = blueprint.model.sampling
        path = [Turn("persona", blueprint.greeting, MOMENT)]
        exchanges = []
        for turn_number, message in enumerate(script["user"]):
            gap = parse_gap(str(script.get("gap") or "")) if turn_number == 0 else None
            spoken = [turn.text for turn in path if turn.role == "persona"]
            idea = suggests.idea(blueprint, message, spoken, f"{number} {turn_number}", PLAIN)
            memories = tuple(script.get("memories") or ())
            heard = [turn.text for turn in path if turn.role == "user"]
            now = Now(MOMENT, gap, memories=memories, near=suggests.near(blueprint, message, memories, heard), idea=idea)
            bounds = Constraints(
                **sampling.model_dump(), avoid=(GAP,), favour=idea, lean=lean_of(message), likely=likely(now.near, message)
            )
            constraints = replace(bounds, seed=1000 * number + turn_number)
            said = reply(engine, layout.build(blueprint, path, message, now), constraints)
            path += [Turn("user", message, MOMENT), Turn("persona", said, MOMENT)]
            exchanges.append((message, said))
        yield blueprint.identity.called, script["title"], exchanges


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Probe the built-in model.")
    parser.add_argument("--transcripts", action="store_true", help="print the 30 conversations")
    parser.add_argument("--missed", action="store_true", help="print the probes that failed")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--share", type=float, default=1.0, help="share of the probes to ask, in (0, 1]")
    arguments = parser.parse_args()
    engine = LocalEngine(arguments.weights)
    sayings = open_sayings(WEIGHTS.parent, SentenceEmbedder().encode)
    counts = {kind: round(count * arguments.share) for kind, count in (("memory", 200), ("persona", 200), ("unknown", 100))}
    results = probe_all(engine, Prober(load_grammar(families=False), seed=2026, suggests=sayings), counts, verbose=arguments.missed)
    print(f"{'probes':<10}{'source':<10}{'asked':>6}{'right':>8}{'guessing':>10}")
    for (kind, source), outcomes in sorted(results.items()):
        right, baseline = (sum(o[i] for o in outcomes) / len(outcomes) for i in (0, 1))
        print(f"{kind:<10}{source:<10}{len(outcomes):>6}{right:>8.3f}{baseline:>10.3f}")
    repeated = total = 0
    for persona, title, exchanges in transcripts(engine, sayings):
        again, count = repeated_4grams([said for _, said in exchanges])
        repeated, total = repeated + again, total + count
        if arguments.transcripts:
            print(f"\n## {title} ({persona})\n")
            for message, said in exchanges:
                print(f"    you  {message}\n    {persona.lower():<4} {said}\n")
    figures = {
        f"{kind}_probes": [o[0] for (k, _), outcomes in results.items() if k == kind for o in outcomes]
        for kind in ("memory", "persona", "unknown")
    }
    line = {name: round(sum(outcomes) / len(outcomes), 3) for name, outcomes in figures.items()}
    print(json.dumps(line | {"repeat_4gram": round(repeated / max(1, total), 4)}))


if __name__ == "__main__":
    main()
