"""From a trained network to the file that ships: honest probabilities, thresholds, small numbers.

Probabilities are calibrated with a slope and a shift for each feeling (Platt 1999, "Probabilistic Outputs for Support Vector
Machines"), which become part of the output's weights. All that is fitted here is fitted on comments of the training part that
the network in question had not seen.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from companion.feel.recipe.training import Network

FOLDS = 5
SLOPE_PULL = 20.0  # comments' worth of doubt that holds a slope near 1, so that the rarest feelings keep theirs
MOST_INT8 = 127


def folds(rows: int, seed: int) -> np.ndarray:
    """A fold in [0, FOLDS) for each row, all of one size."""
    places: np.ndarray = np.random.default_rng(seed).permutation(rows) % FOLDS
    return places


def calibration(logits: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and shift for each label, that make its logits tell how often it is seen: float32 (labels,) each."""
    z, wanted = torch.from_numpy(logits).double(), torch.from_numpy(seen).double()
    slope = torch.ones(z.shape[1], dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(z.shape[1], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([slope, shift], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        total = torch.nn.functional.binary_cross_entropy_with_logits(z * slope + shift, wanted, reduction="sum")
        total = (total + SLOPE_PULL * (slope - 1).square().sum()) / len(z)
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    return slope.detach().float().numpy(), shift.detach().float().numpy()


def shipped(
    networks: Sequence[Network], grams: Sequence[int], slope: np.ndarray, shift: np.ndarray, thresholds: np.ndarray
) -> dict[str, Tensor]:
    """The weights that a unit vector and the words are read with, as `EmotionReader` takes them; the networks' logits are averaged.

    Args:
        grams: the vocabulary, rising: the first is place 1 of the networks'.
        slope, shift: of the averaged logits, (labels,).
        thresholds: of the probabilities after that, (labels,).
    """
    words = torch.cat([network.gram_vectors.weight.detach()[1:] for network in networks], dim=1)
    scale = words.abs().amax(dim=0).clamp(min=1e-6) / MOST_INT8
    hidden = torch.stack([network.hidden.weight.detach() for network in networks])
    scales = torch.ones(hidden.shape[2])
    scales[: -words.shape[1] // len(networks)] = networks[0].scale
    slopes = torch.from_numpy(slope)
    output = torch.cat([network.output.weight.detach() for network in networks], dim=1) / len(networks)
    output_bias = torch.stack([network.output.bias.detach() for network in networks]).mean(dim=0)
    halves = {
        "hidden": hidden * scales,
        "hidden_bias": torch.stack([network.hidden.bias.detach() for network in networks]),
        "output": output * slopes[:, None],
        "output_bias": output_bias * slopes + torch.from_numpy(shift),
    }
    return {
        "grams": torch.from_numpy(np.array(grams, dtype=np.uint32)),
        "gram_vectors": (words / scale).round().to(torch.int8).contiguous(),
        "gram_scale": scale.contiguous(),
        "thresholds": torch.from_numpy(thresholds.astype(np.float32)),
        **{name: tensor.to(torch.float16).contiguous() for name, tensor in halves.items()},
    }
