"""How soon does the first word come, late in a conversation as early, and after a restart?

    python -m benchmarks.first_token [--turns N] [--hidden N] [--lore N]

A Llama of 134 M parameters (30 × 576, vocabulary 49,152, random weights) in a conversation of about 2,000 tokens (the median
over a rollover; the table says from where to where it goes), laid out and decoded by Companion's own engine. Between turns
the engine settles, as it does while a user reads and types. Baseline, in the same run and on the same prompts: transformers'
`generate`, which reads the whole prompt each time.

`ratio_to_replay`: median of ours over the baseline. `turn200_over_turn5`: median over the turns that follow the last one, across
rollovers of the buffer, each against the fifth turn of another conversation with the same message, timed right after it, since
a machine's speed drifts, and both right after their settling. Both have a history from before their first turn, half a buffer
brought along, so that what is compared is age and not length. `turn200_over_fresh_turn5` is the same against the fifth turn of
two who have just met: it has a third of the past to attend to, and attending is work that grows with the past whatever was kept.
`restart_ratio`: a new engine on the same home, the conversation opened and settled, then a message; `restart_at_once_ratio` is
the same with no time to settle: what lies on disk is loaded.

Not shown: graphics cards, larger models, many users.
"""

import argparse
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from benchmarks.decode_plain import stock_attention
from benchmarks.starter import MOMENT, ROOT, WEIGHTS
from companion.persona.library import Library
from companion.think.layout import Budget, Layout, Now, Turn
from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Prompt, Written

BOUNDS = Constraints(temperature=0, repetition_penalty=1.0, max_tokens=4)
WORDS = "morning harbour letter kitchen garden window winter bread music station river sister candle summer lantern story".split()
LORE_ON = 0.3  # share of the entries that a turn has on
COMPARED_TURNS = 21  # two rollovers
BROUGHT = 10  # exchanges that a conversation brings along


def make_checkpoint(folder: Path, hidden: int) -> None:
    """Random weights of the benchmark's shape, with the built-in model's tokenizer, whose ids are a part of the vocabulary."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49_152, hidden_size=hidden, intermediate_size=hidden * 8 // 3, num_hidden_layers=30, num_attention_heads=hidden // 64,
        num_key_value_heads=max(1, hidden // 192), max_position_embeddings=8192, tie_word_embeddings=True, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    AutoTokenizer.from_pretrained(WEIGHTS).save_pretrained(folder)


def first_token_s(engine: LocalEngine, prompt: Prompt, key: str) -> float:
    """Seconds to the first decided token; random weights often decide on tokens without text."""
    *_, account = engine.write(GenerationRequest(prompt, BOUNDS, cache_key=key))
    if not isinstance(account, Written):
        raise RuntimeError("an engine ended without its account")
    return account.prefill_ms / 1000


def replay_s(engine: LocalEngine, prompt: Prompt) -> float:
    """Seconds to the first token when the whole prompt is read."""
    model = engine.load()
    with torch.inference_mode(), stock_attention(model.network):
        began = time.perf_counter()
        ids = torch.tensor([model.template.encode(prompt)[0]])
        model.network.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=1, do_sample=False, pad_token_id=0)
        return time.perf_counter() - began


class Talk:
    """A conversation of about 2,000 tokens, with one engine after another."""

    def __init__(
        self, folder: Path, key: str = "talk", engine: LocalEngine | None = None, *, lore: int = 0, brought: int = BROUGHT
    ) -> None:
        self.folder, self.key = folder, key
        self.blueprint = Library(ROOT / "personas", ROOT / "personas").list()[0].blueprint
        self.path = [Turn("persona", self.blueprint.greeting, MOMENT)]
        self.rng = random.Random(4)
        self.lore = [self.words(12) for _ in range(lore)]
        self.engine = engine or self.open()
        self.layout = Layout(self.engine.count_tokens, budget=Budget.of(4096, 320))
        for _ in range(brought):
            self.exchange(self.words(self.rng.randint(6, 18)))

    def open(self) -> LocalEngine:
        """A fresh engine over the same checkpoint and the same states on disk."""
        engine = LocalEngine(self.folder / "model", device="cpu", dtype="bfloat16", states=self.folder / "states")
        engine.load()
        return engine

    def words(self, count: int) -> str:
        """Something to say."""
        return " ".join(self.rng.choice(WORDS) for _ in range(count)).capitalize() + "."

    def prompt(self, message: str) -> Prompt:
        """What the model reads next."""
        on = tuple(entry for entry in self.lore if self.rng.random() < LORE_ON)
        return self.layout.build(self.blueprint, self.path, message, Now(MOMENT, lore=on, memories=(self.words(6), self.words(6))))

    def settle(self) -> None:
        """What the worker does between turns."""
        known = self.layout.coming(self.blueprint, self.path, Now(MOMENT))
        self.engine.settle(GenerationRequest(known, BOUNDS, cache_key=self.key))

    def turn(self) -> tuple[float, Prompt]:
        """One exchange: seconds to its first token, and its prompt."""
        message = self.words(self.rng.randint(6, 18))
        prompt = self.prompt(message)
        seconds = first_token_s(self.engine, prompt, self.key)
        self.exchange(message)
        self.settle()
        return seconds, prompt

    def exchange(self, message: str) -> None:
        """What was said, and an answer."""
        self.path += [Turn("user", message, MOMENT), Turn("persona", self.words(self.rng.randint(36, 58)), MOMENT)]


def turn_after(talk: Talk, path: Sequence[Turn], seed: int) -> tuple[float, Prompt]:
    """One exchange that follows a path and its settling, so that every conversation is timed in the same state of the machine.

    Args:
        seed: of what is said in it and what she is reminded of.
    """
    talk.path = list(path)
    talk.settle()
    talk.rng.seed(seed)
    return talk.turn()


def measure(folder: Path, turns: int, lore: int = 0) -> dict[str, float]:
    """Holds the conversation."""
    talk = Talk(folder, lore=lore)
    for _ in range(turns):
        talk.turn()
    others = [Talk(folder, key, talk.engine, lore=lore, brought=brought) for key, brought in (("young", BROUGHT), ("fresh", 0))]
    for other in others:
        for _ in range(4):
            other.turn()
    began, replays, compared, lengths = [list(other.path) for other in others], [], [], []
    for seed in range(COMPARED_TURNS):
        taken, prompt = turn_after(talk, talk.path, seed)
        compared.append((taken, *(turn_after(other, path, seed)[0] for other, path in zip(others, began, strict=True))))
        replays.append((taken, replay_s(talk.engine, prompt)))
        lengths.append(len(talk.engine.load().template.encode(prompt)[0]))
    replayed = statistics.median(replay for _, replay in replays)

    message = talk.prompt("Good morning, it is me again.")
    talk.engine.unload()
    talk.engine = talk.open()
    at_once = first_token_s(talk.engine, message, "talk")
    talk.engine.unload()
    talk.engine = talk.open()
    talk.settle()
    settled = first_token_s(talk.engine, message, "talk")
    print(f"{'tokens of a prompt':<36}{round(statistics.median(lengths))} ({min(lengths)} to {max(lengths)})")
    print(f"{'first token, replayed':<36}{replayed:.3f} s")
    print(f"{'first token, ours':<36}{statistics.median(own for own, _ in replays):.3f} s")
    late, early, fresh = (statistics.median(times[i] for times in compared) for i in range(3))
    print(f"{'in turn 5, in turn ' + str(turns):<36}{early:.3f} s, {late:.3f} s; of two who have just met {fresh:.3f} s")
    print(f"{'after a restart: at once, settled':<36}{at_once:.3f} s, {settled:.3f} s")
    return {
        "ratio_to_replay": round(statistics.median(own / replay for own, replay in replays), 3),
        "turn200_over_turn5": round(statistics.median(old / young for old, young, _ in compared), 3),
        "turn200_over_fresh_turn5": round(statistics.median(old / fresh for old, _, fresh in compared), 3),
        "restart_ratio": round(settled / replayed, 3),
        "restart_at_once_ratio": round(at_once / replayed, 3),
    }


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure the first token.")
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--lore", type=int, default=0, help="entries of a lorebook, of which each turn has others on")
    parser.add_argument("--hidden", type=int, default=576, help="width of the network")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        make_checkpoint(folder / "model", arguments.hidden)
        figures = measure(folder, arguments.turns, arguments.lore)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
