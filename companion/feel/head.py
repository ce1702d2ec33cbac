"""The reader of feelings that comes with the program: a hidden layer over a message's sentence vector and its words, in numpy.

The vector is the one that recall computes anyway, and tells what is meant; the words (`grams.py`), each with a small vector of its
own as in fastText (Joulin et al. 2017), tell how it is put. A few such networks, trained apart, read together. Thresholds are
fitted on the training comments (Lipton et al. 2014, "Optimal Thresholding of Classifiers to Maximize F1"). How it was trained and
how well it reads: `companion/feel/README.md`.

It belongs to one embedder. With any other there is no reading (`EmotionReader.fits`): whoever composes the program then takes
another reader or leaves it out, and moods follow topics and appraisal alone.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from companion.errors import ModelError
from companion.feel.feelings import feelings
from companion.feel.grams import grams
from companion.feel.reading import Reading, decided
from companion.feel.wording import Wordings

WEIGHTS = Path(__file__).parent / "weights" / "emotions.safetensors"


class EmotionReader:
    """Turns sentence vectors and words into readings.

    Args:
        embedder: the name of the embedder whose vectors it was trained on.
        labels: the feelings, in the order of the output.
        weights: "grams" uint32 (n,), rising: the signs it knows; "gram_vectors" int8 (n, k · w) times "gram_scale"
            (k · w,), for k networks; "hidden" (k, h, dims + w), "hidden_bias" (k, h), "output" (labels, k · h), "output_bias" (labels,),
            "thresholds" (labels,).
        wordings: what strengthens, weakens or denies.
    """

    def __init__(self, embedder: str, labels: Sequence[str], weights: Mapping[str, np.ndarray], wordings: Wordings | None = None) -> None:
        self.embedder = embedder
        self._labels, self._wordings = tuple(labels), wordings or Wordings.open()
        self._grams, self._gram_vectors = weights["grams"], weights["gram_vectors"]
        self._gram_scale, self._hidden, self._hidden_bias, self._output, self._output_bias = (
            weights[name].astype(np.float32) for name in ("gram_scale", "hidden", "hidden_bias", "output", "output_bias")
        )
        self._thresholds = dict(zip(self._labels, weights["thresholds"].tolist(), strict=True))

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
        networks, _, inputs = self._hidden.shape
        return int(inputs - self._gram_vectors.shape[1] // networks)

    @property
    def thresholds(self) -> Mapping[str, float]:
        """From which probability on each feeling counts as there."""
        return self._thresholds

    def fits(self, embedder: str) -> bool:
        """Whether vectors of this embedder can be read. A folder or an owner before the name is passed over."""
        return _bare(embedder) == _bare(self.embedder)

    def read(self, text: str, vector: np.ndarray) -> Reading:
        """The feelings in any text: of a message, with the speaker before it in `vector` or without.

        Args:
            vector: float32 (dims,), unit length.

        Raises:
            ModelError: the vector has another shape, or numbers that are none.
        """
        if vector.shape != (self.dims,) or not np.isfinite(vector).all():
            raise ModelError(
                f"The reading of feelings takes a vector of {self.dims} numbers; it got one of shape {vector.shape}.",
                hint=f"Read feelings only from vectors of {self.embedder}, or train a reader for the other embedder.",
            )
        networks = len(self._hidden)
        inputs = np.concatenate([np.broadcast_to(vector, (networks, self.dims)), self._words(text).reshape(networks, -1)], axis=1)
        active = np.maximum((self._hidden @ inputs[:, :, None])[:, :, 0] + self._hidden_bias, 0.0)
        logits = self._output @ active.ravel() + self._output_bias
        shares = 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))
        wording = self._wordings.of(text)
        emotions = dict(zip(self._labels, shares.tolist(), strict=True))
        for name in wording.denied & emotions.keys():
            emotions[name] *= self._wordings.denied_share
        return decided(emotions, self._thresholds, wording)

    def _words(self, text: str) -> np.ndarray:
        """The sum of the known signs' vectors, float32 (k · w,), over the root of their number, so that long messages are not louder."""
        signs = np.array(grams(text), dtype=np.uint32)
        places = np.searchsorted(self._grams, signs)
        inside = places < len(self._grams)
        places = places[inside][self._grams[places[inside]] == signs[inside]]
        total = self._gram_vectors[places].sum(axis=0, dtype=np.float32) * self._gram_scale
        words: np.ndarray = total / max(len(places), 1) ** 0.5
        return words


def _bare(name: str) -> str:
    return name.rstrip("/").rsplit("/", 1)[-1].casefold()
