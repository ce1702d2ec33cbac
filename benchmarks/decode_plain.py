"""The baseline of decoding: transformers' own `generate`, with the attention it chooses by itself."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import LogitsProcessorList, SuppressTokensLogitsProcessor

from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, Prompt


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


@contextmanager
def stock_attention(network: Any) -> Iterator[None]:
    """The attention that transformers chooses by itself."""
    own = network.config._attn_implementation
    network.set_attn_implementation("sdpa")
    try:
        yield
    finally:
        network.set_attn_implementation(own)


def plainly(
    engine: LocalEngine, prompt: Prompt, constraints: Constraints, assistant: Any = None, network: Any = None
) -> tuple[float | None, list[int]]:
    """transformers' own `generate` on the same weights, or on `network`: seconds a token, and the tokens."""
    model = engine.load()
    network = model.network if network is None else network
    ids, _ = model.template.encode(prompt)
    never = sorted(model.template.integrity.tokens.keys() - model.end_ids)
    stamps, tokens = Stamps(), torch.tensor([ids])
    sampling = {"do_sample": True, "temperature": constraints.temperature, "top_k": 0} if constraints.temperature else {"do_sample": False}
    with torch.inference_mode(), stock_attention(network):
        out = network.generate(
            tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=constraints.max_tokens, eos_token_id=sorted(model.end_ids),
            pad_token_id=0, logits_processor=LogitsProcessorList([SuppressTokensLogitsProcessor(never)]), streamer=stamps,
            **({"assistant_model": assistant} if assistant is not None else {}), **sampling,
        )  # fmt: skip
    return stamps.seconds_a_token(), out[0, len(ids) :].tolist()
