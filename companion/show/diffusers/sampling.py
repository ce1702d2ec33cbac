"""Steps from noise to picture: which sampler takes them, where the noise begins, and who hears of each.

Noise comes from a generator on the processor whatever the device, so that a seed means the same noise everywhere; the picture is the
same to the bit on one machine with the same versions, and alike on others.
"""

import threading
from collections.abc import Callable
from typing import Any

from companion.errors import Cancelled, ModelError
from companion.show.diffusers.presets import Scheduler

Seen = Callable[[int, int, Any], None]
"""Told after each step: steps taken, steps in all, latents as they are."""


class Stopped(Exception):
    """A step heard that the picture is no longer wanted; ends the library's loop."""


def go_on(cancel: threading.Event) -> None:
    """Between pieces of work.

    Raises:
        Cancelled: it is no longer wanted.
    """
    if cancel.is_set():
        raise Cancelled


def sampler(wanted: Scheduler, own: Any) -> Any:
    """A scheduler for the checkpoint whose own is given.

    Args:
        own: the scheduler that the checkpoint came with; noise levels and what the model predicts stay its own.

    Raises:
        ModelError: diffusers has none of that class.
    """
    if not wanted.kind:
        return own
    import diffusers

    kind = getattr(diffusers, wanted.kind, None)
    if kind is None:
        raise ModelError(f"There is no sampler called {wanted.kind}.", hint="Choose another preset.")
    return kind.from_config(own.config, **wanted.options)


def noise(seed: int) -> Any:
    """A generator on the processor."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


class Steps:
    """The callback that a pipeline calls at the end of each step.

    Args:
        total: how many steps there will be.
        cancel: ends the loop at the next step's end.
        seen: hears of each.
    """

    def __init__(self, total: int, cancel: threading.Event, seen: Seen) -> None:
        self._total, self._cancel, self._seen = total, cancel, seen

    def __call__(self, pipe: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """After a step; raises Stopped where the picture is no longer wanted."""
        if self._cancel.is_set():
            raise Stopped
        self._seen(min(step + 1, self._total), self._total, tensors.get("latents"))
        return tensors
