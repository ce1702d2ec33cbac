"""Tiny networks with random weights, in float32, sharp enough to have opinions."""

from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

VOCABULARY = 40


def tiny_llama(*, layers: int = 2, seed: int = 0, **shape: Any) -> LlamaForCausalLM:
    """A Llama of 32 dimensions."""
    torch.manual_seed(seed)
    own = {"vocab_size": VOCABULARY, "hidden_size": 32, "intermediate_size": 48, "num_attention_heads": 4, "num_key_value_heads": 2}
    config = LlamaConfig(num_hidden_layers=layers, max_position_embeddings=2048, initializer_range=0.4, **{**own, **shape})
    return LlamaForCausalLM(config).eval()


def likeness(target: LlamaForCausalLM, noise: float = 0.03) -> LlamaForCausalLM:
    """A draft that agrees with the target now and then: the same weights, shaken."""
    draft = LlamaForCausalLM(target.config).eval()
    draft.load_state_dict(target.state_dict())
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in draft.parameters():
            parameter += noise * parameter.abs().mean() * torch.randn(parameter.shape, generator=generator) * 10
    return draft
