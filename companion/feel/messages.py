"""Reads the user's messages as they are embedded: feelings from the vector that the index gets anyway, topics from the words.

Where the reader of feelings cannot read beside the embedder, nothing is read.
"""

import logging
from collections.abc import Callable, Sequence

import numpy as np

from companion.errors import ModelError
from companion.feel.head import EmotionReader
from companion.feel.reading import ReadsFeelings
from companion.feel.topics import Topics
from companion.store.backlog import MESSAGE
from companion.store.memory_records import Unembedded
from companion.store.readings import Read, Readings

logger = logging.getLogger(__name__)
STRONGEST = 3


class MessageReader:
    """Reads messages and keeps what it reads.

    Args:
        embedder: the name of the embedder whose vectors it is handed.
        readings: where it is kept.
        feelings: who reads feelings; left out, the network that comes with the program.
        danger: whether a text speaks of danger: then it is not for reading feelings in.
        done: called when something new was kept.

    Raises:
        ModelError: the weights of the reader of feelings are missing or broken.
    """

    def __init__(
        self,
        embedder: str,
        topics: Topics,
        readings: Readings,
        *,
        feelings: ReadsFeelings | None = None,
        danger: Callable[[str], bool] = lambda text: False,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        self._emotions, self._topics, self._readings = feelings or EmotionReader.open(), topics, readings
        self._danger, self._done = danger, done
        self._fits = self._emotions.fits(embedder)

    def read(self, texts: Sequence[Unembedded], vectors: np.ndarray) -> None:
        """Reads those of some texts that the user said.

        Args:
            vectors: of the texts, in their order: float32 (texts, dims), unit length.

        Raises:
            StorageError: nothing can be written.
        """
        if not self._fits:
            return
        own = [(text, vector) for text, vector in zip(texts, vectors, strict=True) if text.speaker == "user"]
        try:
            kept = [self._of(text, vector) for text, vector in own if not self._danger(text.text)]
        except ModelError as error:  # the index goes on without
            logger.warning("no feelings were read: %s", error)
            return
        if kept:
            self._readings.keep(kept)
            self._done()

    def _of(self, text: Unembedded, vector: np.ndarray) -> Read:
        reading = self._emotions.read(text.text, vector)
        feelings = {name: round(reading.emotions[name], 3) for name in reading.strongest(STRONGEST)}
        return Read(text.item_id.removeprefix(MESSAGE), text.text, self._topics.of(text.text), feelings, round(reading.valence, 3))
