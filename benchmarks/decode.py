"""How much faster does guessing ahead write, and is it the same?

    python -m benchmarks.decode [--weights FOLDER] [--prompts N] [--talks N]

On the built-in pair, after the prompt has been read: seconds a token of Companion's engine against transformers' plain
`generate` and its assisted generation with the same draft, in paired runs on the same prompts, medians of the ratios.
`limit` is (1 − α^(k+1)) / (1 − α) / (1 + k·c) at its best k, from the acceptance rate α and the cost c of a guess that were
measured in the same run. `identical`: in float32, whether multi-turn conversations with edits, branches, swipes, stops and
restarts come out as plain `generate` without any cache writes them, greedy.

Not shown: larger models, other machines, graphics cards; reading the prompt (see `first_token`).
"""

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, LogitsProcessorList, SuppressTokensLogitsProcessor

from benchmarks.starter import MOMENT, ROOT
from companion.persona.library import Library
from companion.think.layout import Budget, Layout, Now, Turn
from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, Written

WEIGHTS = ROOT / "companion" / "starter" / "weights"
GREEDY = Constraints(temperature=0, repetition_penalty=1.0, max_tokens=64)
SAMPLED = Constraints(temperature=0.8, top_p=1.0, min_p=0.0, repetition_penalty=1.0, max_tokens=64)
SAID = (
    "hi, how was your day?", "I had a long day at work and my head hurts.", "what do you like to do in the evening?",
    "my sister is coming to visit on Friday", "do you remember what I told you about her?", "tell me something nice",
    "I can't sleep", "what are you reading?", "I think I will cook something warm tonight", "good night then",
)  # fmt: skip


@dataclass
class Stamps:
    """transformers' streamer: when tokens came."""

    at: list[tuple[float, int]] = field(default_factory=list)

    def put(self, value: Any) -> None:
        """Notes them."""
        self.at.append((time.perf_counter(), value.numel()))

    def end(self) -> None:
        """Nothing to close."""

    def seconds_a_token(self) -> float | None:
        """From the first token to the last; the first put is the prompt."""
        told = self.at[1:]
        count = sum(tokens for _, tokens in told[1:])
        return (told[-1][0] - told[0][0]) / count if count >= 8 else None


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


def plainly(engine: LocalEngine, prompt: Prompt, constraints: Constraints, assistant: Any = None) -> tuple[float | None, str]:
    """transformers' own `generate` on the same weights: seconds a token, and the text."""
    model = engine.load()
    ids, _ = model.template.encode(prompt)
    never = sorted(model.template.integrity.tokens.keys() - model.end_ids)
    stamps, tokens = Stamps(), torch.tensor([ids])
    sampling = {"do_sample": True, "temperature": constraints.temperature, "top_k": 0} if constraints.temperature else {"do_sample": False}
    with torch.inference_mode():
        out = model.network.generate(
            tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=constraints.max_tokens, eos_token_id=sorted(model.end_ids),
            pad_token_id=0, logits_processor=LogitsProcessorList([SuppressTokensLogitsProcessor(never)]), streamer=stamps,
            **({"assistant_model": assistant} if assistant is not None else {}), **sampling,
        )  # fmt: skip
    return stamps.seconds_a_token(), model.template.decode(out[0, len(ids) :].tolist()).strip()


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


def guess_cost(engine: LocalEngine, draft: Any, prompt: Prompt) -> float:
    """What one token of the draft costs, as a share of one of the target, both bare and after the same prompt."""
    ids = torch.tensor([engine.load().template.encode(prompt)[0]])
    costs = []
    for network in (draft, engine.load().network):
        with torch.inference_mode():
            past = network(ids, use_cache=True).past_key_values

            def step(network: Any = network, past: Any = past) -> None:
                network(ids[:, -1:], past_key_values=past, use_cache=True)
                past.crop(-1)

            costs.append(median_s(step))
    return costs[0] / costs[1]


def limit_of(acceptance: float, cost: float) -> float:
    """The best that any fixed number of guesses could do."""
    return max(sum(acceptance**i for i in range(k + 1)) / (1 + k * cost) for k in range(17))


def identical(weights: Path, talks: int) -> tuple[bool, int]:
    """Whether conversations come out as without cache and guesses, in float32; and how many replies were compared."""
    rng, compared = random.Random(9), 0
    with tempfile.TemporaryDirectory() as folder:

        def engine() -> LocalEngine:
            return LocalEngine(
                weights / "target", draft=weights / "draft", phrases=weights / "phrases.safetensors", device="cpu", dtype="float32",
                states=Path(folder),
            )  # fmt: skip

        quick, bare = engine(), LocalEngine(weights / "target", device="cpu", dtype="float32")
        library = Library(ROOT / "personas", ROOT / "personas")
        layout = Layout(bare.count_tokens, budget=Budget.of(4096, 320))
        for talk in range(talks):
            blueprint = rng.choice(library.list()).blueprint
            path = [Turn("persona", blueprint.greeting, MOMENT)]
            for _ in range(rng.randint(2, 5)):
                if len(path) > 2 and rng.random() < 0.4:  # an edit, a branch, a swipe: an earlier beginning
                    path = path[: 1 + 2 * rng.randrange(len(path) // 2)]
                if rng.random() < 0.1:  # a restart
                    quick.unload()
                    quick = engine()
                message = rng.choice(SAID)
                prompt = layout.build(blueprint, path, message, Now(MOMENT))
                asked = GenerationRequest(prompt, replace(GREEDY, max_tokens=40), cache_key=str(talk), cancel=threading.Event())
                wanted = plainly(bare, prompt, asked.constraints)[1]
                said, stop = "", rng.random() < 0.2
                for part in quick.write(asked):
                    said += part.text if isinstance(part, Piece) else ""
                    if stop and said:
                        asked.cancel.set()
                compared += 1
                if not (wanted.startswith(said) if stop else said == wanted):
                    print(f"  differs: {said!r}\n  wanted:  {wanted!r}")
                    return False, compared
                path += [Turn("user", message, MOMENT), Turn("persona", said or "Hm.", MOMENT)]
                if rng.random() < 0.5:
                    known = layout.build(blueprint, path, "", Now(MOMENT))
                    quick.settle(replace(asked, prompt=replace(known, messages=known.messages[:-1]), cancel=threading.Event()))
    return True, compared


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure decoding.")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder with target/ and draft/")
    parser.add_argument("--prompts", type=int, default=24)
    parser.add_argument("--talks", type=int, default=50)
    arguments = parser.parse_args()
    engine = LocalEngine(arguments.weights / "target", draft=arguments.weights / "draft", phrases=arguments.weights / "phrases.safetensors")
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
    drafted, accepted = (sum(sum(getattr(account, name).values()) for account in accounts) for name in ("drafted", "accepted"))
    passes = sum(account.passes for account in accounts)
    # Guesses after a wrong one were never judged: each pass judges those that stood and at most one that fell.
    fell = sum(min(a.passes, sum(a.drafted.values()) - sum(a.accepted.values())) for a in accounts)
    acceptance = accepted / max(1, accepted + fell)
    cost = guess_cost(engine, draft, asked[0])
    same, compared = identical(arguments.weights, arguments.talks)
    figures = {
        "greedy_vs_generate": round(ratio(pairs["greedy"]), 2),
        "sample_vs_generate": round(ratio(pairs["sample"]), 2),
        "greedy_vs_assisted": round(ratio(pairs["assisted"]), 2),
        "acceptance": round(acceptance, 3),
        "tokens_per_pass": round(sum(a.reply_tokens for a in accounts) / max(1, passes), 2),
        "limit": round(limit_of(acceptance, cost), 2),
        "identical": same,
    }
    print(f"{'a guess costs, of a pass':<32}{cost:.3f}")
    print(f"{'guessed, stood':<32}{drafted}, {accepted}")
    print(f"{'share of the limit':<32}{figures['greedy_vs_generate'] / figures['limit']:.2f}")
    print(f"{'replies compared in float32':<32}{compared}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
