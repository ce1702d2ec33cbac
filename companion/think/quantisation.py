"""Weights in fewer bits: which formats there are, and how transformers is asked for them.

`int8` is our own (`int8.py`) and needs nothing more. `int4` is the 4-bit NormalFloat of QLoRA (Dettmers et al. 2023), by
bitsandbytes, which is installed by those who want it. The checkpoint stays as it is: it is rounded each time it is loaded.
"""

import importlib.util
import logging
import sys
from typing import Any, Literal

from companion.errors import ModelError

Quantise = Literal["none", "int8", "int4"]
BITSANDBYTES = "bitsandbytes==0.50.2"
INT4_BLOCK = 64  # weights that share a scale
INT4_ROWS = 32  # that are packed together for a processor


def loading_options(quantise: Quantise, name: str, device: str, dtype: str) -> dict[str, Any]:
    """What `from_pretrained` is told besides the dtype.

    Args:
        name: of the model, for errors.
        dtype: of what stays whole and of what is computed.

    Raises:
        ModelError: what the format needs is not installed.
    """
    _keep_bitsandbytes_quiet()
    if quantise == "none":
        return {}
    if quantise == "int8":
        from companion.think.int8 import Int8Config

        return {"quantization_config": Int8Config(), "device_map": {"": device}}
    if importlib.util.find_spec("bitsandbytes") is None:
        hint = f'Run: pip install "{BITSANDBYTES}", or set COMPANION_QUANTISE to int8 or none.'
        raise ModelError(f"{name} in 4 bits needs bitsandbytes, which is not installed.", hint=hint)
    import torch
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=getattr(torch, dtype))
    return {"quantization_config": config, "device_map": {"": device}}


def check_layers(network: Any, quantise: Quantise, name: str) -> None:
    """Sees that what was loaded can be computed with.

    Raises:
        ModelError: 4 bits were asked for on a processor, and a layer does not divide into blocks.
    """
    if quantise != "int4" or network.device.type != "cpu":
        return
    found = (layer for layer in network.modules() if type(layer).__name__ == "Linear4bit")
    if any(layer.in_features % INT4_BLOCK or layer.out_features % INT4_ROWS for layer in found):
        raise ModelError(
            f"The layers of {name} do not divide into blocks of 4-bit weights.", hint="Set COMPANION_QUANTISE to int8 or none."
        )


def _keep_bitsandbytes_quiet() -> None:
    # peft imports it wherever it is installed. Beside a package `kernels` it would then fetch programs from a hub by itself, and
    # without that package it complains in the log.
    sys.modules.setdefault("kernels", None)  # type: ignore[arg-type]
    logging.getLogger("bitsandbytes.backends.cpu.ops").setLevel(logging.ERROR)
