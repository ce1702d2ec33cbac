"""How an image model fits into the memory there is: whole, part by part, or layer by layer.

A graphics card has memory of its own, so what does not fit can wait in the computer's (Accelerate's offloading, slower the finer it
is). A processor and an Apple GPU share the computer's memory: there is nowhere to offload to. The VAE's decoding is the peak of a
picture, and tiles bound it. Attention in slices is for Apple GPUs only: elsewhere torch computes attention in blocks by itself, and
slicing would just be slower. What is decided is a plain value; `place` carries it out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from companion.errors import ModelError
from companion.show.diffusers.families import Family

Device = Literal["cpu", "cuda", "mps"]
Placement = Literal["whole", "model_offload", "sequential_offload"]
PLACEMENTS: tuple[Placement, ...] = ("whole", "model_offload", "sequential_offload")  # each takes less than the one before
SPARE = 0.9  # of the free memory; allocators round up, other programs grow
LAYER_MB = 400  # the largest single layer that these families have, and the next one that is fetched beside it
TILE_ABOVE_MEGAPIXELS = 1.5
SMALLER = "Close other programs, or choose a smaller preset such as sd15."


@dataclass(frozen=True, slots=True)
class Need:
    """What a picture takes in MB (10⁶ bytes).

    Attributes:
        weights_mb: all parts of the model.
        largest_mb: the largest part.
        step_mb, decode_mb: of one step and of decoding in one piece, beside the weights.
        tile_mb: of decoding in tiles.
    """

    weights_mb: float
    largest_mb: float
    step_mb: float
    decode_mb: float
    tile_mb: float
    megapixels: float

    def working_mb(self, *, tiled: bool) -> float:
        """The most that is needed at one time beside weights."""
        return max(self.step_mb, min(self.tile_mb, self.decode_mb) if tiled else self.decode_mb)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model is placed."""

    placement: Placement = "whole"
    vae_tiling: bool = False
    attention_slicing: bool = False


def need_of(family: Family, parts_mb: Mapping[str, float], width_px: int, height_px: int, *, bytes_a_number: int) -> Need:
    """What a model needs for pictures of a size.

    Args:
        parts_mb: of the weights of each part, as they lie in memory.
        bytes_a_number: 2 or 4; the family's figures are for 2.
    """
    megapixels, wider = width_px * height_px / 1e6, bytes_a_number / 2
    decodes = 1.0 if family.decodes_wide else wider
    return Need(
        weights_mb=sum(parts_mb.values()),
        largest_mb=max(parts_mb.values(), default=0.0),
        step_mb=family.step_mb * megapixels * wider,
        decode_mb=family.decode_mb * megapixels * decodes,
        tile_mb=family.tile_mb * decodes,
        megapixels=megapixels,
    )


def fit(need: Need, free_mb: float, device: Device) -> Fit:
    """Where the model goes: the fastest way that fits.

    Args:
        free_mb: of the memory of the device.

    Raises:
        ModelError: it does not fit in any way.
    """
    usable = free_mb * SPARE
    large = need.megapixels > TILE_ABOVE_MEGAPIXELS
    held: tuple[tuple[Placement, float], ...] = (("whole", need.weights_mb),)
    if device == "cuda":
        held += (("model_offload", need.largest_mb), ("sequential_offload", min(LAYER_MB, need.largest_mb)))
    for placement, weights_mb in held:
        for tiled in (True,) if large else (False, True):
            if weights_mb + need.working_mb(tiled=tiled) <= usable:
                return Fit(placement, vae_tiling=tiled, attention_slicing=device == "mps" and tiled)
    least_gb = (held[-1][1] + need.working_mb(tiled=True)) / SPARE / 1000
    where = "the graphics card" if device == "cuda" else "memory"
    raise ModelError(f"This image model needs {least_gb:.1f} GB of {where}, and {free_mb / 1000:.1f} GB are free.", hint=SMALLER)


def both(one: Fit, other: Fit) -> Fit:
    """What takes no more memory than either."""
    placement = max(one.placement, other.placement, key=PLACEMENTS.index)
    return Fit(placement, one.vae_tiling or other.vae_tiling, one.attention_slicing or other.attention_slicing)


def parts_mb(pipe: Any) -> dict[str, float]:
    """What each part of a pipeline takes, with what it wears, in MB (10⁶ bytes)."""
    import torch

    modules = {name: part for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)}
    return {name: sum(one.numel() * one.element_size() for one in part.parameters()) / 1e6 for name, part in modules.items()}


def place(pipe: Any, fitted: Fit, device: Device) -> None:
    """Carries out what was decided; a pipeline that was placed before is placed anew."""
    pipe.remove_all_hooks()
    if fitted.placement == "model_offload":
        pipe.enable_model_cpu_offload(device=device)
    elif fitted.placement == "sequential_offload":
        pipe.enable_sequential_cpu_offload(device=device)
    else:
        pipe.to(device)
    if fitted.vae_tiling:
        pipe.vae.enable_tiling()
    else:
        pipe.vae.disable_tiling()


def free_mb(device: Device) -> float:
    """Of the memory that a model may take now, in MB."""
    import psutil
    import torch

    if device == "cuda":
        unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()  # torch keeps it, and gives it to the next tensor
        return float(torch.cuda.mem_get_info()[0] + unused) / 1e6
    return float(psutil.virtual_memory().available) / 1e6


def best_device(device: str = "auto") -> Device:
    """The graphics card if there is one, else the processor.

    Args:
        device: what the settings say; what it names counts, if it is there.
    """
    import torch

    if device in ("auto", "cuda") and torch.cuda.is_available():
        return "cuda"
    if device in ("auto", "mps") and torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def empty_cache(device: Device) -> None:
    """Gives back what torch keeps for later."""
    import gc

    import torch

    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
    elif device == "mps":
        torch.mps.empty_cache()


def thriftier(fitted: Fit, device: Device) -> Fit | None:
    """The next way to place a model that takes less memory, after one that did not suffice; None where there is none."""
    if not fitted.vae_tiling:
        return Fit(fitted.placement, vae_tiling=True, attention_slicing=device == "mps")
    if device != "cuda" or fitted.placement == "sequential_offload":
        return None
    return Fit("model_offload" if fitted.placement == "whole" else "sequential_offload", vae_tiling=True)


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: torch has one class for graphics cards, and only words for a processor."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in ("out of memory", "can't allocate memory"))
