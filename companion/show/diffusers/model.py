"""An image model in memory: placed, set and ready, and what is known of it for a picture's record."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from companion.errors import ModelError
from companion.show.diffusers.checkpoint import Checkpoint
from companion.show.diffusers.fitting import Device, Fit, Need, best_device, both, fit, free_mb, need_of, parts_mb, place
from companion.show.diffusers.loading import find, load, opening
from companion.show.diffusers.presets import Extra, Preset, Presets, Scheduler
from companion.show.diffusers.preview import LatentColors, latent_colors
from companion.show.diffusers.sampling import go_on, sampler
from companion.show.diffusers.weights import Shelf


@dataclass(slots=True)
class ImageModel:
    """A model that can paint now.

    Attributes:
        pipe: the library's pipeline from words to picture.
        own_scheduler: the one the checkpoint came with, never run.
        colors: shows latents as they are; None where they cannot be shown.
        digests: SHA-256 of every file of weights, the LoRA for speed among them.
        guided: whether it compares with a negative prompt.
    """

    preset: Preset
    checkpoint: Checkpoint
    pipe: Any
    own_scheduler: Any
    scheduler: Scheduler
    device: Device
    dtype: str
    need: Need
    fitted: Fit
    colors: LatentColors | None
    digests: Mapping[str, str]
    guided: bool
    _faced: bool = False
    _sliced: bool = False

    def fresh_scheduler(self) -> Any:
        """A sampler that has kept nothing of pictures before."""
        own = type(self.own_scheduler).from_config(self.own_scheduler.config)
        return sampler(self.scheduler, own)

    def preview(self, latents: Any) -> bytes | None:
        """A small picture of latents, if they can be shown."""
        if self.colors is None or latents is None:
            return None
        return self.colors.picture(latents, self.preset.width_px, self.preset.height_px)

    def place(self, pipe: Any) -> None:
        """Puts a pipeline onto the device: this one, or one over the same parts with others beside them, such as ControlNets.

        Raises:
            ModelError: with these it does not fit in any way.
        """
        if self.device == "cuda":
            held_mb = self.need.weights_mb if self.fitted.placement == "whole" else 0.0  # it is placed anew, so that is free too
            need = replace(self.need, weights_mb=sum(parts_mb(pipe).values()), largest_mb=max(parts_mb(pipe).values()))
            self.fitted = both(self.fitted, fit(need, free_mb(self.device) + held_mb, self.device))
        with opening(self.checkpoint.source):
            place(pipe, self.fitted, self.device)

    def slice_attention(self, *, faced: bool) -> None:
        """Computes attention in slices where memory is tight, unless it wears an IP-Adapter or ever did: that has an attention of its own,
        which slicing would replace.

        Args:
            faced: the picture at hand asks for one.
        """
        self._faced = self._faced or faced
        wanted = self.fitted.attention_slicing and not self._faced
        if wanted and not self._sliced:
            self.pipe.enable_attention_slicing()
        elif self._sliced and not wanted:
            self.pipe.disable_attention_slicing()
        self._sliced = wanted

    def settle(self) -> None:
        """Back to how it was before a picture, however that ended."""
        import torch

        self.pipe.scheduler = self.own_scheduler
        own = getattr(torch, self.dtype)
        if self.pipe.vae.dtype != own:  # SDXL's is widened for decoding, and stays so when that is ended early
            torch.nn.Module.to(self.pipe.vae, own)

    def record(self) -> dict[str, Any]:
        """What a picture's record says of it. Plain JSON."""
        from importlib.metadata import version

        return {
            "model": self.preset.model,
            "revision": self.checkpoint.revision,
            "weights_sha256": dict(self.digests),
            "family": self.checkpoint.family.name,
            "preset": self.preset.name,
            "scheduler": type(self.fresh_scheduler()).__name__,
            "scheduler_options": dict(self.scheduler.options),
            "steps": self.preset.steps,
            "guidance": self.preset.guidance,
            "dtype": self.dtype,
            "device": self.device,
            "placement": self.fitted.placement,
            "vae_tiling": self.fitted.vae_tiling,
            "attention_slicing": self._sliced,
            "versions": {name: version(name) for name in ("diffusers", "torch", "transformers")},
        }


def open_model(asked: str | Preset, presets: Presets, *, shelf: Shelf, device: str, dtype: str, cancel: threading.Event) -> ImageModel:
    """Brings a model into memory; fetches it first if it is not on this machine.

    Args:
        asked: a preset or its name, a hub id, or a folder.
        shelf: finds a LoRA for speed.
        device, dtype: "auto" or a torch name.

    Raises:
        DownloadError: it could not be fetched.
        ModelError: it is not there, damaged, of no family that can paint, or does not fit into memory.
        Cancelled: it is no longer wanted.
    """
    named = asked if isinstance(asked, Preset) else presets.get(asked)
    if named:
        checkpoint = find(named.model, revision=named.revision, variant=named.variant)
        if checkpoint.family.name != named.family:
            raise ModelError(f"{named.model} is no {named.family} model.", hint="Choose a preset of its own family.")
        preset = named
    else:
        checkpoint = find(str(asked))
        like = presets.of_family(checkpoint.family.name)
        unknown = {
            "label": "",
            "speed": None,
            "revision": "",
            "variant": "",
            "licence": "",
            "source": "",
            "size_gb": 0.0,
            "largest_gb": 0.0,
        }
        preset = like.model_copy(update={**unknown, "name": str(asked), "model": str(asked)})
    go_on(cancel)
    return _brought(preset, presets, checkpoint, shelf, best_device(device), dtype, cancel)


def _brought(
    preset: Preset, presets: Presets, checkpoint: Checkpoint, shelf: Shelf, device: Device, dtype: str, cancel: threading.Event
) -> ImageModel:
    import torch

    if dtype == "auto":
        dtype = "float32" if device == "cpu" else checkpoint.family.gpu_dtype
    numbers = getattr(torch, dtype, None)
    if not isinstance(numbers, torch.dtype) or not numbers.is_floating_point:
        raise ModelError(f"There are no numbers called {dtype}.", hint="Choose float32, bfloat16 or float16, or auto.")
    sizes_mb = checkpoint.parts_mb(numbers.itemsize)
    need = need_of(checkpoint.family, sizes_mb, preset.width_px, preset.height_px, bytes_a_number=numbers.itemsize)
    fitted = fit(need, free_mb(device), device)
    if device == "cuda" and need.weights_mb > (there := free_mb("cpu")):  # weights pass through the computer's memory, and may wait there
        gb = need.weights_mb / 1000
        raise ModelError(
            f"This image model needs {gb:.1f} GB of memory to load, and {there / 1000:.1f} GB are free.", hint="Close other programs."
        )
    pipe = load(checkpoint, numbers)
    go_on(cancel)
    digests = checkpoint.digests()
    if preset.speed:
        digests |= _melt(pipe, preset.speed, shelf)
        go_on(cancel)
    colors = latent_colors(pipe)
    with opening(checkpoint.source):
        place(pipe, fitted, device)
    distilled = bool(pipe.config.get("is_distilled"))
    return ImageModel(
        preset=preset,
        checkpoint=checkpoint,
        pipe=pipe,
        own_scheduler=pipe.scheduler,
        scheduler=presets.schedulers[preset.scheduler],
        device=device,
        dtype=dtype,
        need=need,
        fitted=fitted,
        colors=colors,
        digests=digests,
        guided=preset.guided and not distilled,
    )


def _melt(pipe: Any, speed: Extra, shelf: Shelf) -> dict[str, str]:
    """Adds the LoRA for speed to the weights, for good: no other LoRA can push it out, and it costs nothing while painting."""
    found = shelf.file(speed.name)
    with opening(speed.name):
        pipe.load_lora_weights(str(found.path.parent), weight_name=found.path.name, adapter_name="speed")
        pipe.fuse_lora(adapter_names=["speed"])
        pipe.unload_lora_weights()
    return {speed.name: found.sha256}
