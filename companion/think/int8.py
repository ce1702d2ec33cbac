"""Linear layers whose weights are 8-bit integers, and how transformers loads a checkpoint into them.

Each row of a weight is divided by its largest magnitude over 127 and rounded; products are scaled back afterwards (the
weight-only half of vector-wise quantisation, Dettmers et al. 2022). Activations stay as they are, so that a token's scores do
not depend on what is read beside it: cached prefixes and checked guesses give what plain decoding gives. Embeddings and the
output layer stay whole. On a processor with bfloat16 a few tokens at a time go through torch's own kernel, which reads half
the bytes; everything else widens one layer at a time.
"""

from typing import Any

import torch
from torch import nn
from transformers.core_model_loading import ConversionOps
from transformers.quantizers import HfQuantizer, register_quantization_config, register_quantizer
from transformers.quantizers.quantizers_utils import should_convert_module
from transformers.utils.quantization_config import QuantizationConfigMixin

METHOD = "companion_int8"
KERNEL_TOKENS = 16  # with more at once, widening the layer costs less than torch's kernel does
KERNEL_WIDTH = 64  # torch 2.13 reads beyond the end of rows that are no multiple of 16, and does not say so
MOST = 127


class Int8Linear(nn.Linear):
    """A linear layer without gradients: weight int8 (out, in), scale of the layer's own dtype (out)."""

    def __init__(self, like: nn.Linear) -> None:
        super().__init__(like.in_features, like.out_features, like.bias is not None, device="meta", dtype=like.weight.dtype)
        self.requires_grad_(False)
        self.scale = nn.Parameter(torch.empty(like.out_features, device="meta", dtype=like.weight.dtype), requires_grad=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(…, in) → (…, out)"""
        tokens = input.reshape(-1, self.in_features)
        small = tokens.device.type == "cpu" and tokens.dtype == torch.bfloat16 and len(tokens) <= KERNEL_TOKENS
        if small and self.in_features % KERNEL_WIDTH == 0:
            product = torch._weight_int8pack_mm(tokens.contiguous(), self.weight, self.scale)
        else:
            product = (tokens @ self.weight.to(tokens.dtype).T) * self.scale
        product = product if self.bias is None else product + self.bias
        return product.reshape(*input.shape[:-1], self.out_features)


def rounded(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A weight (out, in) as int8 of the same shape and a scale of its dtype (out); a row of zeros stays one."""
    scale = (weight.float().abs().amax(1) / MOST).to(weight.dtype)
    steps = torch.where(scale == 0, 1, scale).float()[:, None]
    return (weight.float() / steps).round().clamp(-MOST, MOST).to(torch.int8), scale


@register_quantization_config(METHOD)
class Int8Config(QuantizationConfigMixin):  # type: ignore[misc]
    """Asks transformers for int8 linear layers."""

    def __init__(self, **_: Any) -> None:
        self.quant_method = METHOD


@register_quantizer(METHOD)
class Int8Quantizer(HfQuantizer):  # type: ignore[misc]
    """Puts the layers in place before the weights come, and rounds each weight as it arrives: the whole is never in memory."""

    requires_calibration = False

    def _process_model_before_weight_loading(self, model: Any, **_: Any) -> None:
        whole = self.get_modules_to_not_convert(model, None, model._keep_in_fp32_modules)
        for name, module in list(model.named_modules()):
            if type(module) is nn.Linear and should_convert_module(name, whole):
                model.set_submodule(name, Int8Linear(module))

    def param_needs_quantization(self, model: Any, param_name: str, **options: Any) -> bool:
        """Whether transformers is to hand this weight to `Round`."""
        layer, _, last = param_name.rpartition(".")
        return last == "weight" and isinstance(model.get_submodule(layer), Int8Linear)

    def get_quantize_ops(self) -> "Round":
        """What rounds."""
        return Round()

    def is_serializable(self) -> bool:
        """It is not saved: the checkpoint stays as it was."""
        return False

    @property
    def is_trainable(self) -> bool:
        """It only writes."""
        return False


class Round(ConversionOps):  # type: ignore[misc]
    """One weight of a checkpoint → the two parameters of its layer."""

    def convert(self, input_dict: dict[str, Any], **_: Any) -> dict[str, torch.Tensor]:
        """See `ConversionOps.convert`; names are the network's own."""
        ((name, found),) = input_dict.items()
        weight, scale = rounded(found[0] if isinstance(found, list) else found)
        return {name: weight, f"{name.removesuffix('weight')}scale": scale}
