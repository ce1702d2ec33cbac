"""The layers of BERT (Devlin et al. 2019) in few calls, for a CPU that computes in bfloat16.

For the dozen tokens of a question, what transformers does between the products takes as long as they do, and each product
begins by bringing its weights into the order that the processor wants. Here they are kept in that order, by the operators that
`torch.compile` writes for a CPU, and queries, keys and values are one product. What comes out is the same.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, layer_norm, scaled_dot_product_attention
from transformers import BertModel
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions

Step = Callable[[Tensor], Tensor]


def quicken(model: nn.Module) -> None:
    """Gives every BERT in a model these layers; one that is not on a CPU or not in bfloat16 stays as it is."""
    berts: list[Any] = [part for part in model.modules() if type(part) is BertModel]
    for bert in berts:
        encodes = bert.config.hidden_act == "gelu" and not bert.config.is_decoder and bert.config._attn_implementation == "sdpa"
        if encodes and bert.device.type == "cpu" and bert.dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported():
            bert.encoder = Layers(bert.encoder.layer, bert.config.num_attention_heads)


class Layer(NamedTuple):
    """What one layer does, step by step."""

    asks: Step  # queries, keys and values
    hears: Step
    settles: Step
    widens: Step
    narrows: Step
    ends: Step


class Layers(nn.Module):
    """All layers of a model, for inference.

    Args:
        layers: those of transformers, whose weights are taken.
        heads: of attention.
    """

    def __init__(self, layers: nn.ModuleList, heads: int) -> None:
        super().__init__()
        self._heads, self._layers = heads, [_layer(one) for one in layers]

    def forward(self, hidden: Tensor, attention_mask: Tensor | None = None, **others: Any) -> BaseModelOutputWithPastAndCrossAttentions:
        """What the last layer makes of embeddings, bfloat16 (texts, tokens, dims). The others concern a decoder, which this is not."""
        texts, tokens, dims = hidden.shape
        for layer in self._layers:
            query, key, value = layer.asks(hidden).view(texts, tokens, 3, self._heads, dims // self._heads).permute(2, 0, 3, 1, 4)
            heard = scaled_dot_product_attention(query, key, value, attn_mask=attention_mask).transpose(1, 2).flatten(2)
            settled = layer.settles(layer.hears(heard) + hidden)
            hidden = layer.ends(layer.narrows(gelu(layer.widens(settled))) + settled)
        return BaseModelOutputWithPastAndCrossAttentions(last_hidden_state=hidden)


def _layer(layer: Any) -> Layer:
    attention = layer.attention
    return Layer(
        _product(attention.self.query, attention.self.key, attention.self.value),
        _product(attention.output.dense),
        _norm(attention.output.LayerNorm),
        _product(layer.intermediate.dense),
        _product(layer.output.dense),
        _norm(layer.output.LayerNorm),
    )


def _product(*parts: nn.Linear) -> Step:
    """These layers side by side."""
    weight = torch.ops.mkldnn._reorder_linear_weight(torch.cat([one.weight for one in parts]).detach(), None)
    bias = torch.cat([one.bias for one in parts]).detach()
    return lambda x: torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")


def _norm(part: nn.LayerNorm) -> Step:
    return lambda x: layer_norm(x, part.normalized_shape, part.weight, part.bias, part.eps)
