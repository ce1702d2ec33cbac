"""States of blueprints on disk, so that the first turn after a restart does not read them again.

A file holds the token ids and the keys and values of one prefix (safetensors). Its name is a digest of the weights that
read it and of the ids: other weights, another tokenizer or another version of the persona make another name. Anything
that does not fit is deleted and read anew. Bounded in bytes; the one not used for longest goes first.
"""

import hashlib
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from companion.think.kv_cache import CachedSequence

logger = logging.getLogger(__name__)
LEAST_TOKENS = 64  # shorter prefixes are read faster than they are found


class KeptStates:
    """A folder of states.

    Args:
        folder: made when the first state is kept.
        weights: what tells these weights from others; see `weights_digest`.
        most_bytes: bound of the folder.
    """

    def __init__(self, folder: Path, weights: str, most_bytes: int) -> None:
        self._folder, self._weights, self._most_bytes = folder, weights, most_bytes

    def restore(self, overlay: str, ids: Sequence[int], sequence: CachedSequence) -> int:
        """Fills an empty sequence with the state of exactly these ids; returns how many tokens it holds then."""
        path = self._path(overlay, ids)
        if len(ids) < LEAST_TOKENS or not path.exists():
            return 0
        try:
            states = load_file(path)
            if states.pop("ids").tolist() != list(ids):
                raise ValueError("it holds other tokens")
            sequence.restore(ids, states)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            logger.warning("a kept state did not fit and is read anew: %s", error)
            with suppress(OSError):
                path.unlink()
            return 0
        with suppress(OSError):  # a folder that may only be read is no reason to fail
            os.utime(path)
        return len(ids)

    def keep(self, overlay: str, ids: Sequence[int], sequence: CachedSequence) -> None:
        """Writes the state of `ids`, which the sequence begins with; a full disk is no error."""
        path = self._path(overlay, ids)
        if len(ids) < LEAST_TOKENS or path.exists():
            return
        states = {name: state.cpu() for name, state in sequence.copy(len(ids)).states().items()}
        fresh = path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save_file({**states, "ids": torch.tensor(list(ids))}, fresh)
            fresh.replace(path)
            self._bound()
        except (OSError, SafetensorError) as error:
            logger.warning("a state could not be kept: %s", error)
            with suppress(OSError):
                fresh.unlink()

    def _path(self, overlay: str, ids: Sequence[int]) -> Path:
        digest = hashlib.sha256(f"{self._weights} {overlay} {list(ids)}".encode())
        return self._folder / f"{digest.hexdigest()[:32]}.safetensors"

    def _bound(self) -> None:
        files = sorted(self._folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime, reverse=True)
        total = 0
        for path in files:
            total += path.stat().st_size
            if total > self._most_bytes:
                path.unlink(missing_ok=True)


def weights_digest(folder: Path | None, dtype: str) -> str:
    """Tells weights apart by their files' names, sizes and times, without reading them."""
    files = sorted(folder.glob("*")) if folder else []
    seen = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files if path.is_file()]
    return hashlib.sha256("\n".join([str(folder), dtype, *seen]).encode()).hexdigest()
