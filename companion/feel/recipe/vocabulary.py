"""Which words of the comments the network knows, and a text's words as places among them."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from companion.feel.grams import grams

FEWEST = 12  # comments that a word or a phrase stands in
MOST = 192  # of one comment; no comment of GoEmotions has more


def vocabulary(texts: Iterable[str]) -> list[int]:
    """The signs that stand in `FEWEST` texts, rising."""
    counts = Counter(gram for text in texts for gram in grams(text))
    return sorted(gram for gram, count in counts.items() if count >= FEWEST)


def places(texts: Sequence[str], known: Sequence[int]) -> np.ndarray:
    """Each text's signs as places in `known` from 1 on, int64 (n, MOST); 0 where there is none."""
    place = {gram: number for number, gram in enumerate(known, start=1)}
    rows = np.zeros((len(texts), MOST), dtype=np.int64)
    for row, text in zip(rows, texts, strict=True):
        found = [place[gram] for gram in grams(text) if gram in place][:MOST]
        row[: len(found)] = found
    most = max(1, int((rows > 0).sum(axis=1).max(initial=0)))
    narrow: np.ndarray = rows[:, :most]
    return narrow
