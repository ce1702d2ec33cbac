"""Token ids that a network has read, and the keys and values it computed for them.

The ids are the truth about what is cached: what a later prompt shares with them is kept, the rest is cut off and read
anew. Only full-attention layers can be cut at any token; `why_not` says which networks must do without. Keys and values
grow inside a buffer with room to spare, since growing by concatenation copies the whole past at every token.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from inspect import signature
from typing import Any

import torch
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from companion.think.packed import Packed

PREFILL_CHUNK_TOKENS = 512  # between two of these a prefill can be interrupted
ROOM_TOKENS = 256
LENGTH_BOUND_ROPE = ("dynamic", "longrope")  # rotations that change when a sequence passes a length, for all of it


class RoomyLayer(DynamicLayer):  # type: ignore[misc]
    """A full-attention layer whose keys and values are views of a larger buffer: appending writes, cutting narrows."""

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Prepares an empty buffer like the given states, (batch, heads, tokens, width)."""
        super().lazy_initialization(key_states, value_states)
        self._hold(key_states[:, :, :0], value_states[:, :, :0])

    def _hold(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        self._key_room, self._value_room = keys, values
        self.keys, self.values = keys, values

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Appends states and returns all of them."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.keys.shape[-2]
        end = start + key_states.shape[-2]
        if end > self._key_room.shape[-2]:
            room = max(end + ROOM_TOKENS, self._key_room.shape[-2] * 3 // 2)
            self._key_room, self._value_room = (_larger(states, room) for states in (self.keys, self.values))
        self._key_room[:, :, start:end] = key_states
        self._value_room[:, :, start:end] = value_states
        self.keys, self.values = self._key_room[:, :, :end], self._value_room[:, :, :end]
        return self.keys, self.values

    def fill(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Takes over states that were computed before."""
        super().lazy_initialization(keys, values)
        self._hold(keys, values)

    def move(self, device: str | torch.device) -> None:
        """Copies the states to a device, without the spare room."""
        self.device = torch.device(device)
        self._hold(self.keys.to(device, copy=True), self.values.to(device, copy=True))

    @property
    def nbytes(self) -> int:
        """Bytes held, spare room included."""
        return self._key_room.nbytes + self._value_room.nbytes if self.is_initialized else 0


def _larger(states: torch.Tensor, room: int) -> torch.Tensor:
    larger = states.new_empty(*states.shape[:2], room, states.shape[-1])
    larger[:, :, : states.shape[-2]] = states
    return larger


def _state_shape(config: Any) -> tuple[int, int, int]:
    """(batch, heads, width) of a layer's keys and values; latent attention, whose are of two widths, has none that fits."""
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    return 1, heads, getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def why_not(network: Any) -> str:
    """Why this network's state cannot be cut at any token; empty when it can."""
    if "past_key_values" not in signature(network.forward).parameters:
        return "it keeps its past in a form of its own"
    config = network.config.get_text_config(decoder=True)
    kinds = {type(layer).__name__ for layer in DynamicCache(config=network.config).layers} - {"DynamicLayer"}
    if kinds:
        return f"its layers cannot be cut ({', '.join(sorted(kinds))})"
    if config is not network.config:
        return "it reads more than text"
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") in LENGTH_BOUND_ROPE:
        return f"its positions change with the length ({rope['rope_type']})"
    return ""


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many leading tokens two sequences share."""
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    return next(i for i in range(most) if one[i] != other[i])


class CachedSequence:
    """One sequence as one network has read it.

    Args:
        network: a causal language model of full-attention layers, in evaluation mode.
        packed: what takes its passes where it may; see `packed.py`.

    Attributes:
        ids: the tokens whose keys and values are held.
    """

    def __init__(self, network: Any, packed: Packed | None = None) -> None:
        self.network, self._packed = network, packed
        self.ids: list[int] = []
        self._cache = self._empty()

    def _empty(self) -> DynamicCache:
        cache = DynamicCache(config=self.network.config)
        cache.layers = [RoomyLayer() for _ in cache.layers]
        return cache

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values."""
        return sum(layer.nbytes for layer in self._layers())

    def truncate(self, tokens: int) -> None:
        """Keeps the first `tokens` and forgets the rest."""
        if tokens < len(self.ids):
            self._cache.crop(tokens - len(self.ids))
            del self.ids[tokens:]

    def append(self, ids: Sequence[int], *, logits: int = 1, over: Callable[[], bool] = lambda: False) -> torch.Tensor | None:
        """Reads more tokens.

        Args:
            ids: at least one.
            logits: for how many of the last tokens to return the scores of what follows; at most a chunk's.
            over: asked between chunks.

        Returns:
            float32 (logits, vocabulary), or None when it was over before the last chunk; what was read stays.
        """
        scores: torch.Tensor | None = None
        for start in range(0, len(ids), PREFILL_CHUNK_TOKENS):
            if start and over():
                return None
            chunk = list(ids[start : start + PREFILL_CHUNK_TOKENS])
            last = start + PREFILL_CHUNK_TOKENS >= len(ids)
            with self._whole():
                scores = self._pass(chunk, min(logits, len(chunk)) if last else 1).float()
            self.ids += chunk
        return scores

    def _pass(self, ids: list[int], logits: int) -> torch.Tensor:
        if self._packed and self._packed.reads():
            return self._packed(ids, self._layers(), logits)
        tokens = torch.tensor([ids], device=self.network.device)
        out: torch.Tensor = self.network(tokens, past_key_values=self._cache, use_cache=True, logits_to_keep=logits).logits
        return out[0]

    def copy(self, tokens: int) -> "CachedSequence":
        """A sequence of its own that begins with the first `tokens` of this one."""
        twin = CachedSequence(self.network, self._packed)
        twin.ids = self.ids[:tokens]
        for layer, own in zip(twin._layers(), self._layers(), strict=True):
            if own.is_initialized:
                layer.fill(own.keys[:, :, :tokens].clone(), own.values[:, :, :tokens].clone())
        return twin

    def states(self) -> dict[str, torch.Tensor]:
        """Keys and values by layer, (1, heads, tokens, width), contiguous."""
        named: dict[str, torch.Tensor] = {}
        for index, layer in enumerate(self._layers()):
            named |= {f"{index}.keys": layer.keys.contiguous(), f"{index}.values": layer.values.contiguous()}
        return named

    def restore(self, ids: Sequence[int], states: dict[str, torch.Tensor]) -> None:
        """Takes over what `states` gave.

        Raises:
            ValueError: they are not of this network, or not of these tokens.
        """
        reference, shape = next(self.network.parameters()), _state_shape(self.network.config)
        fitting: list[tuple[torch.Tensor, torch.Tensor]] = []
        for index, _ in enumerate(self._layers()):
            for name in ("keys", "values"):
                state = states.get(f"{index}.{name}")
                if state is None or state.dim() != 4 or state.shape[2] != len(ids):
                    raise ValueError(f"layer {index} does not hold the {name} of {len(ids)} tokens")
                if (state.shape[0], state.shape[1], state.shape[3]) != shape:
                    raise ValueError(f"the {name} of layer {index} have another shape")
                if state.dtype != reference.dtype:
                    raise ValueError(f"the {name} of layer {index} are {state.dtype}, not {reference.dtype}")
            fitting.append((states[f"{index}.keys"], states[f"{index}.values"]))
        for layer, (keys, values) in zip(self._layers(), fitting, strict=True):
            layer.fill(keys.to(reference.device), values.to(reference.device))
        self.ids = list(ids)

    def move(self, device: str | torch.device) -> None:
        """Moves keys and values; they must be back on the network's device before more is read."""
        for layer in self._layers():
            if layer.is_initialized:
                layer.move(device)

    def _layers(self) -> list[RoomyLayer]:
        return list(self._cache.layers)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        # A pass that fails half-way leaves some layers longer than others.
        try:
            with torch.inference_mode():
                yield
        except BaseException:
            self._cache, self.ids = self._empty(), []
            raise
