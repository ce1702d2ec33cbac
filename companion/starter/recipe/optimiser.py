"""AdamW on float32 master weights while the network computes in bfloat16.

On a CPU with AVX512-BF16 a bfloat16 matrix product is four times as fast as a float32 one, but bfloat16 weights cannot
hold the small updates of training; the masters can.
"""

import math
from collections.abc import Callable, Iterable

import torch


class MasterAdamW:
    """Copies gradients up to the masters, steps there, and copies the weights down again.

    Args:
        average: makes one long float32 gradient the mean over all training processes, in place.
    """

    def __init__(
        self,
        parameters: Iterable[torch.nn.Parameter],
        *,
        learning_rate: float,
        weight_decay: float = 0.05,
        average: Callable[[torch.Tensor], None] = lambda gradient: None,
    ) -> None:
        self.average = average
        self.parameters = list(parameters)
        self.masters = [torch.nn.Parameter(p.detach().float().clone()) for p in self.parameters]
        matrices = [m for m in self.masters if m.dim() > 1]
        vectors = [m for m in self.masters if m.dim() == 1]
        self.adam = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}],
            lr=learning_rate,
            betas=(0.9, 0.98),
            eps=1e-8,
            fused=True,
        )

    def step(self, learning_rate: float, max_norm: float = 1.0) -> float:
        """One update; returns the gradient norm before clipping."""
        gradient = torch.cat([torch.zeros_like(p).flatten() if p.grad is None else p.grad.flatten() for p in self.parameters]).float()
        self.average(gradient)
        parts = torch.split(gradient, [p.numel() for p in self.parameters])
        for parameter, master, part in zip(self.parameters, self.masters, parts, strict=True):
            master.grad = part.view_as(master)
            parameter.grad = None
        norm = float(torch.nn.utils.clip_grad_norm_(self.masters, max_norm))
        for group in self.adam.param_groups:
            group["lr"] = learning_rate
        self.adam.step()
        with torch.no_grad():
            for parameter, master in zip(self.parameters, self.masters, strict=True):
                parameter.copy_(master)
        return norm

    def state(self) -> dict[str, object]:
        """What a checkpoint needs to resume."""
        return {"masters": [m.detach() for m in self.masters], "adam": self.adam.state_dict()}

    def load(self, state: dict[str, object]) -> None:
        """Restores `state()` and the network's own weights with it."""
        with torch.no_grad():
            for parameter, master, saved in zip(self.parameters, self.masters, state["masters"], strict=True):  # type: ignore[call-overload]
                master.copy_(saved)
                parameter.copy_(saved)
        self.adam.load_state_dict(state["adam"])  # type: ignore[arg-type]


def cosine(done: float, *, peak: float, warmup: float = 0.02, floor: float = 0.05) -> float:
    """Learning rate after the share `done` in [0, 1] of training: linear warm-up, then a cosine to `floor` × peak."""
    if done < warmup:
        return peak * done / warmup
    return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warmup) / (1 - warmup)))))
