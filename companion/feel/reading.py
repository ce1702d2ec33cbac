"""Reads the feelings in a message from its sentence vector: one hidden layer over a frozen embedding, in numpy.

What it reads is what a stranger would see in the sentence alone, as a probability for each of the 28 feelings of GoEmotions
(Demszky et al. 2020). It knows no earlier message, no irony and no mixed feeling well, and never who feels it: "my sister is
furious" reads as anger. It is not for judging anyone's health. How well it reads: `companion/feel/README.md`.

It belongs to one embedder. With any other there is no reading (`EmotionReader.fits`): whoever composes the program then
leaves the reader out, and moods follow topics and appraisal alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from companion.errors import ModelError
from companion.feel.feelings import NEUTRAL, feelings

WEIGHTS = Path(__file__).parent / "weights" / "emotions.safetensors"
FAINTEST = 0.1  # a feeling below it is seen in most sentences and tells nothing
NEUTRAL_SHARE = 0.2  # a feeling outweighs "neutral" from this share of its probability on


@dataclass(frozen=True)
class Reading:
    """The feelings in one message.

    Attributes:
        emotions: each feeling's probability in [0, 1]; they do not sum to 1, several may be there at once.
    """

    emotions: Mapping[str, float]

    def strongest(self, most: int = 1) -> tuple[str, ...]:
        """Up to `most` feelings that stand out, strongest first; empty where a sentence is neutral."""
        floor = max(FAINTEST, NEUTRAL_SHARE * self.emotions.get(NEUTRAL, 0.0))
        felt = sorted((share, name) for name, share in self.emotions.items() if name != NEUTRAL and share > floor)
        return tuple(name for _, name in reversed(felt))[:most]

    @property
    def valence(self) -> float:
        """From -1 (bad) to 1 (good): the feelings' own valences, weighted with their probabilities, "neutral" counting as 0."""
        known = feelings()
        total = sum(self.emotions.values())
        return sum(share * known[name].valence for name, share in self.emotions.items()) / total if total else 0.0


class EmotionReader:
    """Turns sentence vectors into readings.

    Args:
        embedder: the name of the embedder whose vectors it was trained on.
        labels: the feelings, in the order of the output.
        weights: "hidden" (h, dims), "hidden_bias" (h,), "output" (labels, h), "output_bias" (labels,).
    """

    def __init__(self, embedder: str, labels: Sequence[str], weights: Mapping[str, np.ndarray]) -> None:
        self.embedder = embedder
        self._labels = tuple(labels)
        self._hidden, self._hidden_bias, self._output, self._output_bias = (
            weights[name].astype(np.float32) for name in ("hidden", "hidden_bias", "output", "output_bias")
        )

    @classmethod
    def open(cls, path: Path = WEIGHTS) -> "EmotionReader":
        """The reader that comes with the program, or one that the recipe trained.

        Raises:
            ModelError: the file is missing or is no such reader.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as file:
                about = file.metadata()
                weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118, it is no mapping
            labels = json.loads(about["labels"])
            reader = cls(about["embedder"], labels, weights)
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise ModelError(
                f"The reading of feelings cannot be loaded from {path.name}.",
                hint="Install Companion again, or train it anew with its recipe.",
            ) from error
        if len(labels) != len(reader._output_bias) or not set(labels) <= set(feelings()):
            raise ModelError(
                f"{path.name} reads feelings that are not listed.", hint="Train it with the labels of companion/feel/emotions.yaml."
            )
        return reader

    @property
    def dims(self) -> int:
        """How many numbers a vector has."""
        return int(self._hidden.shape[1])

    def fits(self, embedder_name: str) -> bool:
        """Whether vectors of this embedder can be read. A folder or an owner before the name is passed over."""
        return _bare(embedder_name) == _bare(self.embedder)

    def read(self, vector: np.ndarray) -> Reading:
        """The feelings in the message that `vector` stands for: float32 (dims,), unit length.

        Raises:
            ModelError: the vector has another shape, or numbers that are none.
        """
        if vector.shape != (self.dims,) or not np.isfinite(vector).all():
            raise ModelError(
                f"The reading of feelings takes a vector of {self.dims} numbers; it got one of shape {vector.shape}.",
                hint=f"Read feelings only from vectors of {self.embedder}, or train a reader for the other embedder.",
            )
        active = np.maximum(self._hidden @ vector + self._hidden_bias, 0.0)
        logits = self._output @ active + self._output_bias
        shares = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
        return Reading(MappingProxyType(dict(zip(self._labels, shares.tolist(), strict=True))))


def _bare(name: str) -> str:
    return name.rstrip("/").rsplit("/", 1)[-1].casefold()
