"""What a model often says, as a drafter's second source (retrieval-based speculation: He et al. 2023, REST).

A phrase book is a file of token ids: texts one after another, each closed by an end token, with `GAP` where a name or
another value stood. Where the last few tokens of a reply stand in it, what most often follows them there is a good guess,
and costs a binary search.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from companion.errors import ModelError

GAP = -1
LONGEST, SHORTEST = 6, 1  # tokens that must match, tried in this order
AHEAD = 4  # continuations that begin with so many equal tokens count as one
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def _hashes(ids: np.ndarray, length: int) -> np.ndarray:
    """A number for each run of `length` tokens, by where it begins: uint64 (len(ids) − length + 1,)."""
    count = len(ids) - length + 1
    hashed = np.zeros(max(0, count), dtype=np.uint64)
    for offset in range(length):
        hashed = hashed * MULTIPLIER + ids[offset : offset + max(0, count)]
    return hashed


class PhraseBook:
    """An index of texts.

    Args:
        ids: the texts' tokens and gaps, each text closed by one of `ends`.
        ends: tokens that close a text.
    """

    def __init__(self, ids: Sequence[int], ends: frozenset[int]) -> None:
        self._ids = np.asarray(ids, dtype=np.int64)
        self._ends = ends
        self._index = {length: self._most_common(length) for length in range(LONGEST, SHORTEST - 1, -1)}

    def _most_common(self, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Hashes of runs, sorted; where the most common continuation of each begins; how many of the run's continuations
        begin with that one's first token, in (0, 1]."""
        ids = self._ids.astype(np.uint64)
        count = max(0, len(ids) - length - AHEAD + 1)
        begins = _hashes(ids, length)[:count]
        _, group, sizes = np.unique(_hashes(ids, length + AHEAD), return_inverse=True, return_counts=True)
        _, nexts, alike = np.unique(_hashes(ids, length + 1)[:count], return_inverse=True, return_counts=True)
        order = np.lexsort((-sizes[group], begins))
        known, first, total = np.unique(begins[order], return_index=True, return_counts=True)
        chosen = order[first]
        return known, chosen + length, alike[nexts[chosen]] / total

    def continuation(self, tokens: Sequence[int], most: int) -> tuple[list[int], float]:
        """Up to `most` tokens that may follow, to the next gap or the end of a text, and how often the first of them does
        where the last tokens stand in the book; none, and 0, when nothing matches."""
        for length, (known, places, shares) in self._index.items():
            if len(tokens) < length or not len(known):
                continue
            last = np.asarray(tokens[-length:], dtype=np.int64)
            row = int(np.searchsorted(known, _hashes(last.astype(np.uint64), length)[0]))
            if row == len(known):
                continue
            begin = int(places[row])
            if (self._ids[begin - length : begin] == last).all():
                found = self._ids[begin : begin + most].tolist()
                stop = next((i + (token != GAP) for i, token in enumerate(found) if token == GAP or token in self._ends), len(found))
                if stop:
                    return found[:stop], float(shares[row])
        return [], 0.0


def open_phrasebook(path: Path, ends: frozenset[int], vocabulary: int) -> PhraseBook:
    """Reads a phrase book.

    Raises:
        ModelError: it is damaged, or of another vocabulary.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        ids = load_file(path)["ids"].astype(np.int64)
    except (OSError, KeyError, SafetensorError) as error:
        raise ModelError(f"The phrase book {path.name} cannot be read.", hint="Install Companion again.") from error
    if ids.ndim != 1 or (len(ids) and not (ids.min() >= GAP and ids.max() < vocabulary)):
        raise ModelError(f"The phrase book {path.name} belongs to another model.", hint="Install Companion again.")
    return PhraseBook(ids.tolist(), ends)
