"""Low-rank adapters (LoRA, Hu et al. 2021) over one base model: loaded once, put on and taken off from turn to turn.

An adapter is a folder with `adapter_config.json` and `adapter_model.safetensors`, as peft saves it. Only LoRA and only
safetensors are opened, and only adapters that leave the base as it is: one that brings biases, whole layers or another
starting point would stay on for everyone. Bounded in bytes: the one not worn for longest goes first.
"""

import hashlib
import re
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from companion.errors import ModelError

MOST_ADAPTERS = 256
FILES = ("adapter_config.json", "adapter_model.safetensors")
HARMLESS_STARTS = (True, False, "gaussian", "eva", "orthogonal")  # of `init_lora_weights`; others rewrite the base
PREFIX = "base_model.model."  # what peft writes before the base's own names
ALONE = "Save it with low-rank matrices alone: no biases, no whole layers, no changed start."
HINT = "Put a LoRA adapter that was trained on this very model into the folder adapters of your home folder."


class Overlays:
    """The adapters of one network. Not thread-safe: an engine uses it while it holds its model.

    Args:
        network: the base.
        name: how errors call it.
        folder: where adapters lie, one folder each.
        most_bytes: bound of what is loaded.
    """

    def __init__(self, network: Any, name: str, folder: Path | None, most_bytes: int) -> None:
        self._network, self._name, self._folder, self._most_bytes = network, name, folder, most_bytes
        self._loaded: OrderedDict[str, int] = OrderedDict()

    @property
    def nbytes(self) -> int:
        """Bytes of all loaded adapters."""
        return sum(self._loaded.values())

    def wear(self, adapter: str) -> str:
        """Puts one adapter on, and takes the others off; an empty name bares the base.

        Returns:
            What tells this overlay from others, a changed file of the same name included.

        Raises:
            ModelError: there is no such adapter, or it does not fit this model.
        """
        if not adapter:
            self._enable(False)
            return ""
        folder = self._find(adapter)
        weights = folder / FILES[1]
        seen = [(folder / name).stat() for name in FILES]
        overlay = "lora_" + hashlib.sha256(f"{folder} {[(s.st_size, s.st_mtime_ns) for s in seen]}".encode()).hexdigest()[:16]
        if overlay not in self._loaded:
            self._make_room(seen[1].st_size)
            self._load(overlay, folder, weights, adapter)
            self._loaded[overlay] = seen[1].st_size
        self._loaded.move_to_end(overlay)
        self._enable(True)
        with _quiet():
            from peft.functional import set_adapter

            set_adapter(self._network, overlay, inference_mode=True)
        return overlay

    def _find(self, adapter: str) -> Path:
        if self._folder is None or Path(adapter).name != adapter or adapter.startswith("."):
            raise ModelError(f"The adapter {adapter} is not in the folder adapters.", hint=HINT)
        folder = self._folder / adapter
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(f"The adapter {adapter} has no {missing[0]}.", hint=HINT)
        if (folder / FILES[1]).stat().st_size > self._most_bytes:
            raise ModelError(f"The adapter {adapter} is larger than what is set aside for adapters.", hint="Raise COMPANION_ADAPTERS_MB.")
        return folder

    def _make_room(self, size: int) -> None:
        while self._loaded and (self.nbytes + size > self._most_bytes or len(self._loaded) >= MOST_ADAPTERS):
            oldest, _ = self._loaded.popitem(last=False)
            self._delete(oldest)

    def _load(self, overlay: str, folder: Path, weights: Path, adapter: str) -> None:
        from peft import LoraConfig, PeftConfig
        from peft.functional import inject_adapter_in_model, set_peft_model_state_dict
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        if getattr(self._network, "is_loaded_in_4bit", False) and self._network.device.type == "cpu":
            # bitsandbytes 0.50.2 mixes up the scales of weights packed for a processor when their state is asked for, as peft does.
            hint = "Set COMPANION_QUANTISE to int8 or none."
            raise ModelError(f"{self._name} cannot wear an adapter over 4-bit weights on a processor.", hint=hint)
        try:
            config = PeftConfig.from_pretrained(str(folder))
            if not isinstance(config, LoraConfig):
                raise ModelError(f"The adapter {adapter} is not a LoRA adapter.", hint=HINT)
            config.base_model_name_or_path, config.inference_mode = None, True
            states = {name.removeprefix(PREFIX): state for name, state in load_file(weights).items()}
            if _changes_the_base(config) or any(".lora_" not in name for name in states):
                raise ModelError(f"The adapter {adapter} changes more of the model than a LoRA adapter may.", hint=ALONE)
            with _quiet():
                inject_adapter_in_model(config, self._network, overlay)
                report: Any = set_peft_model_state_dict(self._network, states, overlay)
            wanted = sum(f".{overlay}" in name for name, _ in self._network.named_parameters())
            if report.unexpected_keys or wanted != len(states):
                raise ValueError("other layers")
            self._network.eval()
        except (ValueError, TypeError, KeyError, AttributeError, RuntimeError, ImportError, OSError, re.error, SafetensorError) as error:
            self._delete(overlay)
            self._enable(False)
            raise ModelError(f"The adapter {adapter} does not fit {self._name}.", hint=HINT) from error

    def _enable(self, enabled: bool) -> None:
        if not hasattr(self._network, "peft_config"):
            return
        from peft.tuners.tuners_utils import BaseTunerLayer

        for module in self._network.modules():
            if isinstance(module, BaseTunerLayer):
                module.enable_adapters(enabled)

    def _delete(self, overlay: str) -> None:
        if overlay not in getattr(self._network, "peft_config", {}):
            return
        from peft.functional import delete_adapter

        with _quiet():
            delete_adapter(self._network, overlay, prefix="lora_")
        self._network.peft_config.pop(overlay)


def _changes_the_base(config: Any) -> bool:
    more = config.modules_to_save or config.bias != "none" or config.layer_replication or config.trainable_token_indices
    return bool(more or config.megatron_config) or config.init_lora_weights not in HARMLESS_STARTS


@contextmanager
def _quiet() -> Iterator[None]:
    # That there are several adapters, and that another one becomes active, is on purpose here.
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        yield
