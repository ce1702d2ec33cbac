"""What would it give to write replies of several conversations in one batch?

    python -m benchmarks.batching [--steps N] [--past N] [--rounds N] [--crowded]

A Llama of 134 M parameters (30 × 576, vocabulary 49,152, random weights, in the number format that Companion
chooses here) decodes one token a step for 1, 2, 4 and 8 conversations of the same length at once, greedily, over keys and values
that were computed before. Tokens a second, of all of them and of each; the baseline is the batch of one in the same run.
`gain`: all of them, against one. `slower`: what each one waits, against having the model to itself.
`--crowded` counts the seconds of one processor thread instead of the wall's, for a machine that is busy with other things.

Not shown: pasts of different lengths, which need padding or paged attention; guessing ahead, which widens a pass in the same
way and competes for the same gain; reading prompts; graphics cards, unless one is there.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM

from companion.think.loading import best_device, best_dtype

SIZES = (1, 2, 4, 8)
WARM_UP_STEPS = 3


def make_network(hidden: int) -> tuple[LlamaForCausalLM, str]:
    """Random weights of the benchmark's shape, and where they are."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49_152, hidden_size=hidden, intermediate_size=hidden * 8 // 3, num_hidden_layers=30, num_attention_heads=hidden // 64,
        num_key_value_heads=max(1, hidden // 192), max_position_embeddings=8192, tie_word_embeddings=True,
    )  # fmt: skip
    device = best_device()
    return LlamaForCausalLM(config).to(device, getattr(torch, best_dtype(device))).eval(), device


def past_of(network: LlamaForCausalLM, conversations: int, tokens: int) -> DynamicCache:
    """Keys and values as if `tokens` had been read in each conversation; what they are makes no difference to the time."""
    config, reference = network.config, next(network.parameters())
    shape = (conversations, config.num_key_value_heads, tokens, config.hidden_size // config.num_attention_heads)
    past = DynamicCache(config=config)
    for layer in range(config.num_hidden_layers):
        keys, values = (torch.randn(shape, dtype=reference.dtype, device=reference.device) for _ in range(2))
        past.update(keys, values, layer)
    return past


def seconds_a_step(
    network: LlamaForCausalLM, device: str, conversations: int, past_tokens: int, steps: int, tick: Callable[[], float]
) -> float:
    """Median seconds in which every conversation of the batch gets one token."""
    past = past_of(network, conversations, past_tokens)
    tokens: Any = torch.randint(0, network.config.vocab_size, (conversations, 1), device=device)
    taken = []
    with torch.inference_mode():
        for _ in range(WARM_UP_STEPS + steps):
            began = tick()
            tokens = network(tokens, past_key_values=past, use_cache=True).logits[:, -1:].argmax(-1)
            tokens.cpu()  # a graphics card has only then come to its end
            taken.append(tick() - began)
    return statistics.median(taken[WARM_UP_STEPS:])


def main() -> None:
    """Prints the table and the line of JSON."""
    parser = argparse.ArgumentParser(description="Measure batches.")
    parser.add_argument("--steps", type=int, default=32, help="tokens of each conversation")
    parser.add_argument("--past", type=int, default=1000, help="tokens that each conversation has read")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=576, help="width of the network")
    parser.add_argument("--crowded", action="store_true", help="count one processor thread's own seconds")
    arguments = parser.parse_args()
    tick = time.thread_time if arguments.crowded else time.perf_counter
    if arguments.crowded:
        torch.set_num_threads(1)
    network, device = make_network(arguments.hidden)
    rounds = [
        {size: seconds_a_step(network, device, size, arguments.past, arguments.steps, tick) for size in SIZES}
        for _ in range(arguments.rounds)
    ]
    print(f"{device}, {network.dtype}, {arguments.past} tokens of past, {arguments.rounds} rounds: tokens a second, median")
    print(f"{'conversations':<16}{'in all':>10}{'each':>10}{'gain':>10}{'slower':>10}")
    figures: dict[str, float] = {}
    for size in SIZES:
        step_s = statistics.median(one[size] for one in rounds)
        slower = statistics.median(one[size] / one[1] for one in rounds)
        print(f"{size:<16}{size / step_s:>10.1f}{1 / step_s:>10.1f}{size / slower:>10.2f}{slower:>10.2f}")
        figures |= {f"gain_{size}": round(size / slower, 2), f"slower_{size}": round(slower, 2)}
    print(f"gains by round: {', '.join(' '.join(f'{size * one[1] / one[size]:.2f}' for size in SIZES[1:]) for one in rounds)}")
    print(json.dumps({name: figure for name, figure in figures.items() if not name.endswith("_1")}))


if __name__ == "__main__":
    main()
