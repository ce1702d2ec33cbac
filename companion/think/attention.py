"""Attention over groups of queries as they are, for bfloat16 on a processor.

transformers has the keys and values of grouped queries copied once for each query head. Here the queries of a group stand as so many
tokens more over the same keys. Where a processor multiplies tiles (AMX), PyTorch's fused kernel takes them like that. Elsewhere that
kernel converts bfloat16 to float32 and cannot use the processor's own bfloat16 products; plain products can, 2.5 to 10 times as fast
on two cores with AVX512-BF16. Their scores are rounded to bfloat16 before the softmax, as in transformers' own `eager` attention;
the softmax itself runs in float32. They stand in room that is kept: given back and asked for again at every layer, its pages cost as
much as the products. And they are of few lengths: oneDNN writes a kernel of its own for each, which takes a millisecond and half a
megabyte, and a conversation is a token longer at every pass.
"""

import math
import threading
from typing import Any

import torch
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import eager_mask

NAME = "grouped"
TILES = bool(torch.cpu.get_capabilities().get("amx_bf16"))
AT_ONCE = 1 << 21  # scores; more do not stay in the processor's cache, and go group by group
KEPT_BYTES = 1 << 24  # of room for scores, and as much for keys and values
LENGTHS = 64  # products are over multiples of so many keys
FUSED_TOKENS = range(2, 24)  # with a key head for each query head the fused kernel is the faster one for so many tokens


def use_grouped_attention(network: Any) -> bool:
    """Switches a network over that computes in bfloat16 on a processor and would use the fused kernel; says whether it did."""
    config = network.config
    fits = config.get_text_config() is config and config._attn_implementation == "sdpa"
    if not fits or network.dtype is not torch.bfloat16 or network.device.type != "cpu":
        return False
    AttentionInterface.register(NAME, grouped_attention)
    AttentionMaskInterface.register(NAME, eager_mask)
    network.set_attn_implementation(NAME)
    return True


def grouped_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **rest: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of (1, heads, tokens, width) over keys and values (1, key heads, length, width); anything unusual goes to the fused kernel.

    Args:
        attention_mask: to be added to the scores, (1, 1, tokens, length).

    Returns:
        (1, tokens, heads, width), and no weights.
    """
    batch, heads, tokens, width = query.shape
    groups = key.shape[1]
    alone = heads == groups and tokens in FUSED_TOKENS
    if alone or query.requires_grad or batch != 1 or attention_mask is None or dropout or rest.get("position_bias") is not None:
        out: torch.Tensor = sdpa_attention_forward(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **rest)[0]
        return out, None
    scaled = query[0] * (width**-0.5 if scaling is None else scaling)
    return by_groups(scaled, key[0], value[0], hidden(attention_mask[0, 0], heads // groups)).transpose(0, 1)[None], None


def hidden(mask: torch.Tensor, heads: int) -> torch.Tensor:
    """What `by_groups` asks for.

    Args:
        mask: to be added to the scores, (tokens, length).
        heads: of queries in a group.
    """
    if TILES:
        return mask.repeat(heads, 1)
    tokens = len(mask)
    return mask if mask[:, :-tokens].any() else mask[:, -tokens:]  # mostly the past is open to all


def by_groups(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, hiding: torch.Tensor | None) -> torch.Tensor:
    """Attention of (heads, tokens, width), scaled, over keys and values (key heads, length, width).

    Args:
        hiding: of `hidden`; None hides nothing.

    Returns:
        (heads, tokens, width)
    """
    (heads, tokens, width), (groups, length) = query.shape, key.shape[:2]
    together = query.reshape(groups, heads // groups * tokens, width)
    if TILES:
        out = F.scaled_dot_product_attention(together[None], key[None], value[None], attn_mask=hiding, scale=1.0)
        return out.reshape(heads, tokens, value.shape[-1])
    step = groups if heads * tokens * length <= AT_ONCE else 1
    parts = [_attend(together[i : i + step], key[i : i + step], value[i : i + step], hiding) for i in range(0, groups, step)]
    return (parts[0] if step == groups else torch.cat(parts)).view(heads, tokens, value.shape[-1])


def _attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, hiding: torch.Tensor | None) -> torch.Tensor:
    rows, length = query.shape[1], key.shape[1]
    whole = -(-length // LENGTHS) * LENGTHS
    # Keys with room between the heads are copied by the product in any case, and much slower once they are turned.
    keys, values = _longer("keys", key, whole), _longer("values", value, whole)
    scores = _room("scores", query.dtype, len(query), rows, whole)
    torch.bmm(query, keys.transpose(1, 2), out=scores)
    scores[..., length:] = float("-inf")
    if hiding is not None:
        by_head = scores.view(len(query), -1, hiding.shape[0], whole)
        by_head[..., length - hiding.shape[1] : length].add_(hiding)
    torch.softmax(scores, -1, out=scores)
    return torch.bmm(scores, values)


def _longer(name: str, states: torch.Tensor, whole: int) -> torch.Tensor:
    """Keys or values with zeros behind them."""
    longer = _room(name, states.dtype, len(states), whole, states.shape[-1])
    longer[:, : states.shape[1]] = states
    longer[:, states.shape[1] :] = 0
    return longer


class _Kept(threading.local):
    """Memory of one thread, for what is written before it is read."""

    def __init__(self) -> None:
        self.rooms: dict[str, torch.Tensor] = {}


_kept = _Kept()


def _room(name: str, dtype: torch.dtype, *shape: int) -> torch.Tensor:
    """A contiguous tensor of any contents; the next call with the name takes the same memory."""
    needed = math.prod(shape) * dtype.itemsize
    if needed > KEPT_BYTES:
        return torch.empty(shape, dtype=dtype)
    if name not in _kept.rooms or _kept.rooms[name].nbytes < needed:
        with torch.inference_mode(False):
            _kept.rooms[name] = torch.empty(min(KEPT_BYTES, needed * 5 // 4), dtype=torch.uint8)
    return _kept.rooms[name][:needed].view(dtype).view(shape)
