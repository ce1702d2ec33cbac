"""What was read in a message: the feelings a stranger would see in it, and how strongly it is said.

The feelings are the 28 of GoEmotions (Demszky et al. 2020), each with the probability that a reader of the sentence alone would
name it. That is the share of readers who agree, not strength; how strong it is said is a second number, from the feeling's own
strength and from the wording (`wording.py`). Neither knows irony, an earlier message, or who feels it: "my brother is sad" reads
as sadness. They are not for judging anyone's health.

Whoever reads feelings stands behind `ReadsFeelings`: the network that comes with the program (`head.py`), or any classifier
(`classifier.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import numpy as np

from companion.feel.feelings import NEUTRAL, feelings
from companion.feel.wording import Wording

FAINTEST = 0.1  # a feeling below it is seen in most sentences and tells nothing
NEUTRAL_SHARE = 0.2  # a feeling outweighs "neutral" from this share of its probability on


@dataclass(frozen=True)
class Reading:
    """The feelings in one message.

    Attributes:
        emotions: each feeling's probability in [0, 1]; they do not sum to 1, several may be there at once.
        present: the feelings that are decided to be there, "neutral" as one of them; strongest first, often one, sometimes none.
        wording: what the text's wording says of strength.
    """

    emotions: Mapping[str, float]
    present: tuple[str, ...] = ()
    wording: Wording = field(default_factory=Wording)

    def strongest(self, most: int = 1) -> tuple[str, ...]:
        """Up to `most` feelings that stand out, strongest first; empty where a sentence is neutral.

        More generous than `present`, which asks of each feeling what it takes to be right about it as often as not.
        """
        floor = max(FAINTEST, NEUTRAL_SHARE * self.emotions.get(NEUTRAL, 0.0))
        felt = sorted((share, name) for name, share in self.emotions.items() if name != NEUTRAL and share > floor)
        return tuple(name for _, name in reversed(felt))[:most]

    def strength(self, feeling: str) -> float:
        """How strongly one feeling is put, in [0, 1]: how strong it is by its nature, times how much it outweighs "neutral" here,
        moved by the wording. 0 for "neutral" and for what is not read at all."""
        share = self.emotions.get(feeling, 0.0)
        if not share or feeling == NEUTRAL:
            return 0.0
        return self.wording.strengthened(feelings()[feeling].strength * share / (share + self.emotions.get(NEUTRAL, 0.0)))

    @property
    def intensity(self) -> float:
        """How strongly the whole is put, in [0, 1]: the strength of the strongest feeling; 0 where nothing stands out."""
        return max(map(self.strength, self.strongest()), default=0.0)

    @property
    def valence(self) -> float:
        """From -1 (bad) to 1 (good): the feelings' own valences, weighted with their probabilities, "neutral" counting as 0."""
        known = feelings()
        total = sum(self.emotions.values())
        return sum(share * known[name].valence for name, share in self.emotions.items()) / total if total else 0.0


class ReadsFeelings(Protocol):
    """Reads feelings in a text: a message of the user's, or her own reply. Any thread may ask."""

    def fits(self, embedder: str) -> bool:
        """Whether it can read beside this embedder's vectors; one that reads the text alone fits any."""

    def read(self, text: str, vector: np.ndarray) -> Reading:
        """The feelings in any text, an empty one too; of a very long one only the beginning is read.

        Args:
            vector: the text's sentence vector, float32 (dims,), unit length.

        Raises:
            ModelError: it cannot be read with such a vector, or the reader's model cannot be loaded or failed.
        """


def decided(emotions: Mapping[str, float], thresholds: Mapping[str, float], wording: Wording) -> Reading:
    """A reading of probabilities.

    Args:
        emotions: each feeling's probability in [0, 1].
        thresholds: from which probability on a feeling is there.
        wording: what the text's wording says.
    """
    present = sorted((-share, name) for name, share in emotions.items() if share >= thresholds[name])
    return Reading(MappingProxyType(dict(emotions)), tuple(name for _, name in present), wording)
