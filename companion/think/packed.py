"""A pass of a small Llama on a processor, straight through its weights.

In a small network a token costs more on the way through transformers' modules, and in turning matrices into the form that
oneDNN multiplies, than in its products. So a second copy of the matrices is kept in that form, those that read the same
vector as one, and the same steps are taken over the same cache without that way: in bfloat16 to the very bit. In float32
they stay as they are: oneDNN would keep 1.6 MB for every number of tokens that it has met. Where it
cannot be told that the modules would compute just this, they are called: `why_not` says of which networks, and each pass
looks whether anything was put into them since, such as an adapter that is worn.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F
from transformers.activations import SiLUActivation
from transformers.models.llama.modeling_llama import LlamaForCausalLM, LlamaRMSNorm, LlamaRotaryEmbedding

from companion.think.attention import FUSED_TOKENS, NAME, by_groups, hidden

MOST_BYTES = 1 << 29  # of the copy
ROTATIONS = 512  # positions for which they are computed at once
STEADY_ROPE = ("default", "linear", "llama3", "yarn")  # rotations of a position that depend on nothing else


class Layer(NamedTuple):
    """One layer: norms (width), and matrices as `_pack` leaves them."""

    before_attention: torch.Tensor
    query_key_value: torch.Tensor
    attended: torch.Tensor
    before_feeding: torch.Tensor
    gate_up: torch.Tensor
    down: torch.Tensor


def packed_of(network: Any) -> "Packed | None":
    """What takes the passes of a network, if anything may."""
    return None if why_not(network) else Packed(network)


def why_not(network: Any) -> str:
    """Why the passes of this network are left to its modules; empty when they need not be."""
    if type(network) is not LlamaForCausalLM:
        return "it is no Llama"
    if network.device.type != "cpu" or network.dtype not in (torch.bfloat16, torch.float32) or network.training:
        return "it does not write on a processor in bfloat16 or float32"
    config = network.config
    if config._attn_implementation not in ("sdpa", NAME) or config.rope_parameters["rope_type"] not in STEADY_ROPE:
        return "its attention or its positions are computed in another way"
    kinds = [(_bare(module), kind) for module, kind in _kinds(network)]
    linears = [module for module, kind in kinds if kind is nn.Linear]
    if any(type(module) is not kind for module, kind in kinds) or any(linear.bias is not None for linear in linears):
        return "some of its modules are of another kind"
    if sum(linear.weight.nbytes for linear in linears) > MOST_BYTES:
        return "a copy of it would take much memory"
    return "" if _multiplies(network.dtype) else "oneDNN does not multiply for it here"


class Packed:
    """The passes of one network. `why_not` must have found nothing.

    Args:
        network: as it stays; adapters may come and go.
    """

    def __init__(self, network: Any) -> None:
        config, model = network.config, network.model
        self._heads, self._groups = config.num_attention_heads, config.num_key_value_heads
        self._width, self._eps = config.head_dim, config.rms_norm_eps
        self._rotary, self._embedding = model.rotary_emb, _bare(model.embed_tokens).weight
        self._norm, self._head = model.norm.weight, _pack(network.lm_head)
        self._layers = [_layer_of(layer) for layer in model.layers]
        self._watched = list(_places(network))
        self._rotate(ROTATIONS)

    def reads(self) -> bool:
        """Whether it may read now: the network's modules are as they were."""
        for places, name, module, own in self._watched:
            found = places[name]
            if found is not module and not _rests(found, module):
                return False
            if "forward" in own or own["_forward_hooks"] or own["_forward_pre_hooks"]:
                return False
        return True

    def __call__(self, ids: Sequence[int], cache: Sequence[Any], logits: int) -> torch.Tensor:
        """Reads tokens.

        Args:
            ids: at least one.
            cache: the layers' keys and values so far; they are added to.
            logits: for how many of the last tokens to return the scores of what follows.

        Returns:
            The network's dtype (logits, vocabulary).
        """
        tokens, past = len(ids), cache[0].keys.shape[2] if cache[0].is_initialized else 0
        rotation, hiding = self._rotation(past, past + tokens), _hiding(tokens, past, self._embedding.dtype)
        if hiding is not None and not self._fuses(tokens):
            hiding = hidden(hiding, self._heads // self._groups)
        x = F.embedding(torch.tensor(ids), self._embedding)
        for layer, states in zip(self._layers, cache, strict=True):
            read = _product(self._normed(x, layer.before_attention), layer.query_key_value)
            x = x + _product(self._attend(read.view(tokens, -1, self._width), rotation, hiding, states), layer.attended)
            gate, up = _product(self._normed(x, layer.before_feeding), layer.gate_up).chunk(2, -1)
            x = x + _product(F.silu(gate) * up, layer.down)
        return _product(self._normed(x[-logits:], self._norm), self._head)

    def _normed(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return weight * F.rms_norm(x.float(), x.shape[-1:], None, self._eps).to(x.dtype)

    def _attend(self, read: torch.Tensor, rotation: tuple[torch.Tensor, ...], hiding: torch.Tensor | None, states: Any) -> torch.Tensor:
        """Queries, keys and values of some tokens, (tokens, heads + 2 · groups, width) → (tokens, heads · width)"""
        cos, sin = rotation
        turning, half = read[:, : -self._groups], self._width // 2
        turned = turning * cos + torch.cat((turning[..., half:], turning[..., :half]), -1) * sin
        query = turned[:, : self._heads].transpose(0, 1)
        key, value = states.update(turned[None, :, self._heads :].transpose(1, 2), read[None, :, -self._groups :].transpose(1, 2))
        if self._fuses(len(read)):
            out = F.scaled_dot_product_attention(query[None], key, value, attn_mask=hiding)[0]
        else:
            out = by_groups(query * self._width**-0.5, key[0], value[0], hiding)
        return out.transpose(0, 1).reshape(len(read), -1)

    def _fuses(self, tokens: int) -> bool:
        """Whether the modules would give it to the fused kernel as it is."""
        return self._heads == self._groups and (self._embedding.dtype is torch.float32 or tokens in FUSED_TOKENS)

    def _rotation(self, start: int, end: int) -> tuple[torch.Tensor, ...]:
        if end > len(self._cos):
            self._rotate(2 * end)
        return self._cos[start:end], self._sin[start:end]

    def _rotate(self, positions: int) -> None:
        """Cosines and sines (positions, 1, width) as the network computes them; the sines of the first half bear the sign of the turn."""
        cos, sin = self._rotary(self._embedding, torch.arange(positions)[None])
        sign = torch.ones(self._width, dtype=sin.dtype)
        sign[: self._width // 2] = -1
        self._cos, self._sin = cos[0, :, None], (sin[0] * sign)[:, None]


def _layer_of(layer: Any) -> Layer:
    attention, feeding = layer.self_attn, layer.mlp
    return Layer(
        layer.input_layernorm.weight,
        _pack(attention.q_proj, attention.k_proj, attention.v_proj),
        _pack(attention.o_proj),
        layer.post_attention_layernorm.weight,
        _pack(feeding.gate_proj, feeding.up_proj),
        _pack(feeding.down_proj),
    )


def _multiplies(dtype: torch.dtype) -> bool:
    if dtype is torch.float32:
        return True
    operations = torch.ops.mkldnn
    there = torch.backends.mkldnn.is_available() and hasattr(operations, "_linear_pointwise")  # type: ignore[no-untyped-call]
    return bool(there and operations._is_mkldnn_bf16_supported())


def _pack(*linears: Any) -> torch.Tensor:
    """The matrices of some layers as one, in bfloat16 in oneDNN's form."""
    together = torch.cat([_bare(linear).weight.detach() for linear in linears]) if len(linears) > 1 else _bare(linears[0]).weight.detach()
    if together.dtype is torch.float32:
        return together
    packed: torch.Tensor = torch.ops.mkldnn._reorder_linear_weight(together, None)
    return packed


def _product(x: torch.Tensor, packed: torch.Tensor) -> torch.Tensor:
    """(tokens, in) → (tokens, out)"""
    if packed.dtype is torch.float32:
        return F.linear(x, packed)
    out: torch.Tensor = torch.ops.mkldnn._linear_pointwise(x, packed, None, "none", [], "")
    return out


def _hiding(tokens: int, past: int, dtype: torch.dtype) -> torch.Tensor | None:
    """What is added to the scores of keys (tokens, past + tokens), so that no token sees a later one."""
    return torch.full((tokens, past + tokens), float("-inf"), dtype=dtype).triu(past + 1) if tokens > 1 else None


def _kinds(network: Any) -> Iterator[tuple[Any, type]]:
    """Its modules that compute something, and what each is in a Llama."""
    model = network.model
    yield from ((model.embed_tokens, nn.Embedding), (model.rotary_emb, LlamaRotaryEmbedding), (model.norm, LlamaRMSNorm))
    yield network.lm_head, nn.Linear
    for layer in model.layers:
        attention, feeding = layer.self_attn, layer.mlp
        yield from ((norm, LlamaRMSNorm) for norm in (layer.input_layernorm, layer.post_attention_layernorm))
        yield from ((linear, nn.Linear) for linear in (attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj))
        yield from ((linear, nn.Linear) for linear in (feeding.gate_proj, feeding.up_proj, feeding.down_proj))
        yield feeding.act_fn, SiLUActivation


def _bare(module: Any) -> Any:
    """A module without what an adapter put around it."""
    return getattr(module, "base_layer", module)


def _rests(found: Any, module: Any) -> bool:
    """Whether what was found is an adapter around the module that is not worn."""
    return getattr(found, "base_layer", None) is module and found.disable_adapters and not found.merged


def _places(network: Any) -> Iterator[tuple[dict[str, Any], str, Any, dict[str, Any]]]:
    """Each module with where it hangs and what is its own; what adapters add is not looked at."""
    yield {"": network}, "", network, vars(network)
    below = [network]
    while below:
        parent = below.pop()
        for name, child in parent._modules.items():
            bare = _bare(child)
            yield parent._modules, name, bare, vars(bare)
            below.append(bare)
