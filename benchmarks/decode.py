"""How much faster does guessing ahead write, and is it the same?

    python -m benchmarks.decode [--weights FOLDER] [--prompts N] [--talks N] [--constrained]

On the built-in pair, after the prompt has been read: seconds a token of Companion's engine against transformers' plain
`generate` and its assisted generation with the same draft, both with the attention transformers chooses, in paired runs on
the same prompts, medians of the ratios. `limit` is (1 − α^(k+1)) / (1 − α) / (1 + k·c) at its best k, from the acceptance
rate α and the mean cost c of the guesses made, both measured in the same run: the draft model's own time, and the time by
which one token more makes a pass longer. `identical`: in float32, whether multi-turn conversations with edits, branches,
swipes, stops, adapters and restarts come out as plain `generate` without any cache writes them, greedy. In bfloat16, where
the shape of a product changes its rounding, the same conversations may part: `parted` counts the replies that do, and
`near_ties` says whether each parted where the two tokens' scores differ by no more than rounding does.

With `--constrained` only what bounds on the words cost is measured (`decode_constrained.py`): `constrained_over_free` is tokens a
second under them over those without.

Not shown: larger models, other machines, graphics cards; reading the prompt (see `first_token`).
"""

import argparse
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from benchmarks.decode_constrained import constrained
from benchmarks.decode_identity import SAID, identical
from benchmarks.decode_plain import plainly
from benchmarks.starter import MOMENT, ROOT
from companion.persona.library import Library
from companion.think.kv_cache import CachedSequence
from companion.think.layout import Budget, Layout, Now, Turn
from companion.think.local import LocalEngine
from companion.think.packed import packed_of
from companion.think.protocol import Constraints, GenerationRequest, Prompt, Written

WEIGHTS = ROOT / "companion" / "starter" / "weights"
GREEDY = Constraints(temperature=0, repetition_penalty=1.0, max_tokens=64)
SAMPLED = Constraints(temperature=0.8, top_p=1.0, min_p=0.0, repetition_penalty=1.0, max_tokens=64)


def prompts(engine: LocalEngine, count: int) -> Iterator[Prompt]:
    """Prompts of the shipped personas, some exchanges long."""
    library, rng = Library(ROOT / "personas", ROOT / "personas"), random.Random(3)
    layout = Layout(engine.count_tokens, budget=Budget.of(4096, 320))
    personas = library.list()
    for number in range(count):
        blueprint = personas[number % len(personas)].blueprint
        path = [Turn("persona", blueprint.greeting, MOMENT)]
        for _ in range(rng.randint(0, 8)):
            path += [
                Turn("user", rng.choice(SAID), MOMENT),
                Turn("persona", rng.choice(blueprint.character.speech.lines or ("Hm.",)), MOMENT),
            ]
        yield layout.build(blueprint, path, rng.choice(SAID), Now(MOMENT, memories=("their sister is called Anna",)))


def ours(engine: LocalEngine, prompt: Prompt, constraints: Constraints) -> tuple[float | None, Written]:
    """Companion's engine: seconds a token after the first, and the account."""
    *_, account = engine.write(GenerationRequest(prompt, constraints))
    assert isinstance(account, Written)
    return (account.decode_ms / 1000 / (account.reply_tokens - 1) if account.reply_tokens > 8 else None), account


def ratio(pairs: list[tuple[float | None, float | None]]) -> float:
    """Median of baseline over ours, where both wrote enough to be timed."""
    return statistics.median(base / own for base, own in pairs if base and own)


def median_s(call: Callable[[], object], times: int = 40) -> float:
    """Median seconds of a call."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def guess_costs(engine: LocalEngine, draft: Any, prompt: Prompt) -> dict[str, float]:
    """What one guess costs, as a share of a pass, by drafter: the draft's own token, and the longer pass that checks it."""
    ids = engine.load().template.encode(prompt)[0]
    guessing, checking = (CachedSequence(network, packed_of(network)) for network in (draft, engine.load().network))
    guessing.append(ids)
    checking.append(ids)

    def seconds(sequence: CachedSequence, tokens: int) -> float:
        def step() -> None:
            sequence.append(ids[:tokens], logits=tokens)
            sequence.truncate(len(ids))

        return median_s(step)

    one, nine, own = seconds(checking, 1), seconds(checking, 9), seconds(guessing, 1)
    longer = max(0.0, (nine / one - 1) / 8)
    return {"lookup": longer, "phrases": longer, "model": longer + own / one}


def limit_of(acceptance: float, cost: float) -> float:
    """The best that any fixed number of guesses could do."""
    return max(sum(acceptance**i for i in range(k + 1)) / (1 + k * cost) for k in range(17))


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure decoding.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder with target/ and draft/")
    parser.add_argument("--prompts", type=int, default=24)
    parser.add_argument("--talks", type=int, default=50)
    parser.add_argument("--constrained", action="store_true", help="measure what bounds on the words cost, and nothing else")
    arguments = parser.parse_args()
    engine = LocalEngine(arguments.weights / "target", draft=arguments.weights / "draft", phrases=arguments.weights / "phrases.safetensors")
    if arguments.constrained:
        figures = constrained(engine, list(prompts(engine, arguments.prompts + 2)), (GREEDY, SAMPLED))
        for name, figure in figures.items():
            print(f"{name:<32}{figure}")
        print(json.dumps(figures))
        return
    draft = AutoModelForCausalLM.from_pretrained(arguments.weights / "draft", dtype=engine.load().network.dtype).eval()
    pairs: dict[str, list[tuple[float | None, float | None]]] = {"greedy": [], "sample": [], "assisted": []}
    accounts: list[Written] = []
    asked = list(prompts(engine, arguments.prompts + 2))
    for number, prompt in enumerate(asked):
        quick, account = ours(engine, prompt, GREEDY)
        plain, _ = plainly(engine, prompt, GREEDY)
        assisted, _ = plainly(engine, prompt, GREEDY, draft)
        seeded = replace(SAMPLED, seed=number)
        torch.manual_seed(number)
        sampled = (plainly(engine, prompt, seeded)[0], ours(engine, prompt, seeded)[0])
        if number >= 2:  # the first ones warm up
            pairs["greedy"].append((plain, quick))
            pairs["assisted"].append((assisted, quick))
            pairs["sample"].append(sampled)
            accounts.append(account)
    drafted, accepted = (sum((Counter(getattr(a, name)) for a in accounts), Counter()) for name in ("drafted", "accepted"))
    passes, stood = sum(a.passes for a in accounts), accepted.total()
    # Guesses after a wrong one were never judged: each pass judges those that stood and at most one that fell.
    fell = sum(min(a.passes, sum(a.drafted.values()) - sum(a.accepted.values())) for a in accounts)
    acceptance = stood / max(1, stood + fell)
    costs = guess_costs(engine, draft, asked[0])
    cost = sum(costs[name] * count for name, count in drafted.items()) / max(1, drafted.total())
    counts = identical(arguments.weights, arguments.talks)
    figures = {
        "greedy_vs_generate": round(ratio(pairs["greedy"]), 2),
        "sample_vs_generate": round(ratio(pairs["sample"]), 2),
        "greedy_vs_assisted": round(ratio(pairs["assisted"]), 2),
        "acceptance": round(acceptance, 3),
        "tokens_per_pass": round(sum(a.reply_tokens for a in accounts) / max(1, passes), 2),
        "limit": round(limit_of(acceptance, cost), 2),
        "identical": counts["different"] == 0,
        "parted": counts["parted"],
        "near_ties": counts["near_ties"] == counts["parted"],
    }
    for name in drafted:
        print(f"{name:<32}{accepted[name]} of {drafted[name]} guesses stood; one costs {costs[name]:.3f} of a pass")
    print(f"{'share of the limit':<32}{figures['greedy_vs_generate'] / figures['limit']:.2f}")
    print(f"{'replies compared':<32}{counts['compared']} in float32; in bfloat16 {counts['parted']} parted")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
