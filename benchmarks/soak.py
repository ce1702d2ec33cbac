"""Does a long day wear it out? Memory, the cache's bounds and the first token over a thousand turns of fifty conversations.

    python -m benchmarks.soak [--turns N] [--talks N]

A tiny Llama (4 × 64, random weights, the built-in tokenizer) in Companion's own engine behind its watchdog, as the program runs
it, in bfloat16 where the processor has it. Turns go round fifty conversations in an order drawn by chance; after each one the
engine settles, as it does while a user reads. After eight exchanges a conversation begins again, half of them deleted and
forgotten first, so prompts are as long late as early. `cache_bytes` holds a few conversations, so most of what is read is pushed
out and read again.

The baseline is the same run: resident memory after a fifth of the turns against the end (`memory_growth_mb`), and the median
first token of the first fifth against the last (`late_over_early`). Of these, turns are compared that had at most 64 tokens to read,
because how many conversations must be read again is chance; and each is divided by what the bare network took for 128 tokens at
that moment, because a machine may be busier late than early. `cache_within_bound` is asked after every turn, of the
device where the model computes and of the processor's memory beside it.

Not shown: the store and the page, real weights, months.
"""

import argparse
import gc
import json
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from benchmarks.starter import MOMENT, ROOT, WEIGHTS
from companion.persona.library import Library
from companion.think.layout import Budget, Layout, Now, Turn
from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Written
from companion.think.watchdog import Watchdog

CACHE_BYTES = 12 * 10**6
EXCHANGES = 8
YARDSTICK_TOKENS = 128
FEW_TOKENS = 64
LEAST_TURNS = 100
DELETED = 0.5
BOUNDS = Constraints(max_tokens=12)
WORDS = "morning harbour letter kitchen garden window winter bread music station river sister candle summer lantern story".split()


def make_checkpoint(folder: Path) -> None:
    """Random weights with the built-in model's tokenizer."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(AutoTokenizer.from_pretrained(WEIGHTS)), hidden_size=64, intermediate_size=160, num_hidden_layers=4,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=4096, tie_word_embeddings=True,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(WEIGHTS).save_pretrained(folder)


class Day:
    """Many conversations with one engine."""

    def __init__(self, folder: Path, talks: int) -> None:
        self.local = LocalEngine(folder, device="auto", dtype="auto", cache_bytes=CACHE_BYTES)
        self.engine = Watchdog(self.local, stuck_s=300)
        self.engine.load()
        personas = Library(ROOT / "personas", ROOT / "personas").list()
        self.blueprints = [personas[talk % len(personas)].blueprint for talk in range(talks)]
        self.layout = Layout(self.engine.count_tokens, budget=Budget.of(4096, 320))
        self.rng = random.Random(4)
        self.paths: list[list[Turn]] = [[] for _ in range(talks)]
        for path in self.paths:  # each somewhere in the middle, so that the first turns are like the last
            for _ in range(self.rng.randint(0, EXCHANGES)):
                self.say(path, self.words(12))

    def words(self, count: int) -> str:
        """Something to say."""
        return " ".join(self.rng.choice(WORDS) for _ in range(count)).capitalize() + "."

    def say(self, path: list[Turn], message: str) -> None:
        """One exchange as the transcript has it; random weights write nothing worth keeping."""
        path += [Turn("user", message, MOMENT), Turn("persona", self.words(self.rng.randint(20, 40)), MOMENT)]

    def turn(self) -> Written:
        """One exchange in one of the conversations, and what the worker does after it."""
        talk = self.rng.randrange(len(self.paths))
        path, key = self.paths[talk], str(talk)
        if len(path) >= 2 * EXCHANGES:
            path.clear()
            if self.rng.random() < DELETED:
                self.engine.forget(key)
        message = self.words(self.rng.randint(6, 18))
        prompt = self.layout.build(self.blueprints[talk], path, message, Now(MOMENT))
        *_, account = self.engine.write(GenerationRequest(prompt, BOUNDS, key))
        if not isinstance(account, Written):
            raise RuntimeError("an engine ended without its account")
        self.say(path, message)
        self.engine.settle(GenerationRequest(self.layout.coming(self.blueprints[talk], path, Now(MOMENT)), BOUNDS, key))
        return account


def pass_ms(network: Any) -> float:
    """What the bare network takes for a fixed piece of text just now."""
    ids = torch.arange(YARDSTICK_TOKENS, device=network.device)[None]
    began = time.perf_counter()
    with torch.inference_mode():
        network(ids, use_cache=False, logits_to_keep=1).logits.cpu()
    return (time.perf_counter() - began) * 1000


def resident_mb() -> float:
    """Memory of this process that is in use now, in megabytes."""
    gc.collect()
    return float(psutil.Process().memory_info().rss) / 10**6


def measure(folder: Path, turns: int, talks: int) -> dict[str, float | bool]:
    """Spends the day."""
    day, early = Day(folder, talks), turns // 5
    accounts: list[Written] = []
    network, yardsticks = day.local.load().network, list[float]()
    device_bytes, memory_bytes, resident = 0, 0, 0.0
    for number in range(1, turns + 1):
        accounts.append(day.turn())
        yardsticks.append(pass_ms(network))
        on_device, in_memory = day.local.held()
        device_bytes, memory_bytes = max(device_bytes, on_device), max(memory_bytes, in_memory)
        if number == early:
            resident = resident_mb()
    late_mb = resident_mb()
    taken = list(zip(accounts, yardsticks, strict=True))
    few = [
        [(account.prefill_ms, own) for account, own in some if account.prompt_tokens - account.reused_tokens <= FEW_TOKENS]
        for some in (taken[:early], taken[-early:])
    ]
    (first, yard_first), (last, yard_last) = (tuple(map(statistics.median, zip(*some, strict=True))) for some in few)
    shares = [statistics.median(own_ms / yard_ms for own_ms, yard_ms in some) for some in few]
    lengths = [statistics.median(one.prompt_tokens for one in some) for some in (accounts[:early], accounts[-early:])]
    reused = sum(one.reused_tokens for one in accounts) / sum(one.prompt_tokens for one in accounts)
    print(f"{'turns, conversations':<46}{turns}, {talks}")
    print(f"{'tokens of a prompt, early and late':<46}{lengths[0]:.0f}, {lengths[1]:.0f}")
    print(f"{'of them not read again':<46}{reused:.0%}")
    print(f"{f'resident after {early} and {turns} turns':<46}{resident:.0f} MB, {late_mb:.0f} MB")
    print(f"{'most kept on the device, and its bound':<46}{device_bytes / 10**6:.2f} MB, {CACHE_BYTES / 10**6:.2f} MB")
    print(f"{'most kept in memory beside it, and its bound':<46}{memory_bytes / 10**6:.2f} MB, {2 * CACHE_BYTES / 10**6:.2f} MB")
    print(f"{'turns with few tokens to read, early and late':<46}{len(few[0])}, {len(few[1])}")
    print(f"{'their first token':<46}{first:.1f} ms, {last:.1f} ms")
    print(f"{'bare network, 128 tokens, at the same times':<46}{yard_first:.1f} ms, {yard_last:.1f} ms")
    within = device_bytes <= CACHE_BYTES and memory_bytes <= 2 * CACHE_BYTES
    return {
        "cache_within_bound": within,
        "memory_growth_mb": round(late_mb - resident, 1),
        "late_over_early": round(shares[1] / shares[0], 3),
    }


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Spend a long day.")
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--talks", type=int, default=50)
    arguments = parser.parse_args()
    if arguments.turns < LEAST_TURNS:
        parser.error(f"with fewer than {LEAST_TURNS} turns there is nothing to compare")
    folder = Path(tempfile.mkdtemp())
    try:
        make_checkpoint(folder)
        figures = measure(folder, arguments.turns, arguments.talks)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
