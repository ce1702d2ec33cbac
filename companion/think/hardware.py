"""What this machine can hold a model in."""

from dataclasses import dataclass
from typing import Literal

Device = Literal["cpu", "cuda", "mps"]


@dataclass(frozen=True, slots=True)
class Hardware:
    """Where a model would run, and the memory there is for it in GB (10⁹ bytes); an Apple GPU shares the computer's."""

    device: Device
    memory_gb: float


def this_machine(device: str = "auto") -> Hardware:
    """The graphics card if there is one, else the processor.

    Args:
        device: what COMPANION_DEVICE says; what it names counts, if it is there.
    """
    import psutil
    import torch

    if device in ("auto", "cuda") and torch.cuda.is_available():
        return Hardware("cuda", torch.cuda.get_device_properties(0).total_memory / 1e9)
    shared_gb = psutil.virtual_memory().total / 1e9
    if device in ("auto", "mps") and torch.backends.mps.is_available():
        return Hardware("mps", shared_gb)
    return Hardware("cpu", shared_gb)
