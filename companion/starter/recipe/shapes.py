"""The two networks of the built-in model and the attention they are trained with.

A training row is a *trunk* (blueprint and conversation, as the product's prompt lays them out) and several *tails*,
each the `now` block, message and reply of one turn, branching off the trunk where that turn stands. A tail sees the
trunk up to its branch point and itself, never another tail, so one pass over the trunk teaches many replies and each is
conditioned on exactly the prompt that the product builds. `branched_attention` computes that without the dense
(trunk + tails)² mask.
"""

from dataclasses import dataclass

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface, LlamaConfig, LlamaForCausalLM

VOCABULARY = 4096
CONTEXT_TOKENS = 4096
HIDDEN = -1e4  # added to the score of a key that a query may not see
CAUSAL_BLOCKS = 3


def _shape(*, layers: int, hidden: int, feed_forward: int, heads: int) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=hidden,
        intermediate_size=feed_forward,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=CONTEXT_TOKENS,
        tie_word_embeddings=True,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
        attn_implementation="branched",
    )


def target_config() -> LlamaConfig:
    """Deep and narrow: depth is what a draft model saves, so a drafted token is worth ten layers."""
    return _shape(layers=10, hidden=256, feed_forward=768, heads=4)


def draft_config() -> LlamaConfig:
    """One layer of the same width: about a tenth of the target's time a token."""
    return _shape(layers=1, hidden=256, feed_forward=768, heads=4)


@dataclass(frozen=True, slots=True)
class TailGroup:
    """A run of consecutive tails that are attended to in one call.

    Attributes:
        start, end: the group's slice of the row, in tokens.
        trunk_tokens: how much of the trunk any tail of the group may see (the deepest branch point).
        mask: bfloat16 (end − start, trunk_tokens + end − start), 0 where a query may look and `HIDDEN` elsewhere.
    """

    start: int
    end: int
    trunk_tokens: int
    mask: torch.Tensor


@dataclass(frozen=True, slots=True)
class Branches:
    """How one row is laid out: `trunk_tokens` of causal trunk, then the tail groups."""

    trunk_tokens: int
    groups: tuple[TailGroup, ...]


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Masked attention by plain products, (heads, tokens, width): here 1.5 × as fast as the fused kernel, which in
    bfloat16 on a CPU works in float32 and cannot use the processor's bfloat16 products."""
    scores = torch.baddbmm(mask.expand(query.shape[0], -1, -1), query, key.transpose(1, 2), alpha=query.shape[-1] ** -0.5)
    return torch.softmax(scores, -1) @ value


def _causal(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> list[torch.Tensor]:
    """Causal attention in blocks of queries, so that a third of the hidden half is never computed."""
    tokens = query.shape[1]
    block = -(-tokens // CAUSAL_BLOCKS)
    parts = []
    for start in range(0, tokens, block):
        end = min(tokens, start + block)
        mask = query.new_zeros(end - start, end)
        mask[:, start:] = query.new_full((end - start, end - start), HIDDEN).triu(1)
        parts.append(_attend(query[:, start:end], key[:, :end], value[:, :end], mask))
    return parts


def branched_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    branches: Branches | None = None,
    **_: object,
) -> tuple[torch.Tensor, None]:
    """Attention over a trunk with tails; plain causal attention when `branches` is None.

    Args:
        query, key, value: (batch, heads, tokens, head width); with branches the batch is 1.

    Returns:
        (batch, tokens, heads, head width), and no weights.
    """
    if branches is None:
        out = scaled_dot_product_attention(query, key, value, is_causal=True)
        return out.transpose(1, 2), None
    (query,), (key,), (value,) = query, key, value
    trunk = slice(0, branches.trunk_tokens)
    parts = _causal(query[:, trunk], key[:, trunk], value[:, trunk])
    for group in branches.groups:
        own, seen = slice(group.start, group.end), slice(0, group.trunk_tokens)
        keys = torch.cat([key[:, seen], key[:, own]], dim=1)
        values = torch.cat([value[:, seen], value[:, own]], dim=1)
        parts.append(_attend(query[:, own], keys, values, group.mask))
    return torch.cat(parts, dim=1).transpose(0, 1)[None], None


def new_model(config: LlamaConfig) -> LlamaForCausalLM:
    """A fresh network with the branched attention registered."""
    AttentionInterface.register("branched", branched_attention)
    model: LlamaForCausalLM = LlamaForCausalLM(config)
    return model
