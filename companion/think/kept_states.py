"""What was read, on disk, so that the first turn after a restart does not read it again: each blueprint, and each conversation.

A file holds the token ids and the keys and values of one sequence (safetensors). A blueprint's is named by a digest of the weights
that read it and of its ids: other weights, another tokenizer or another version of the persona make another name. A conversation's is
named by digests of its key and of the weights, is written over as the talk goes on, and is deleted with it: what it holds says what was
said. Anything that does not fit is deleted and read anew. Bounded in bytes; the one not used for longest goes first.
"""

import hashlib
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file

from companion.think.kept_talks import digest, file_name, forget_talk
from companion.think.kv_cache import CachedSequence, common_prefix

logger = logging.getLogger(__name__)
LEAST_TOKENS = 64  # fewer are read faster than they are found
REWRITTEN_TOKENS = 128  # so many more are worth writing a conversation's file anew: a turn or two
MOST_SHARE = 0.5  # of the folder's bound, for one conversation


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
        return len(ids) if self._load(path, ids, sequence) else 0

    def keep(self, overlay: str, ids: Sequence[int], sequence: CachedSequence) -> None:
        """Writes the state of `ids`, which the sequence begins with; a full disk is no error."""
        path = self._path(overlay, ids)
        if len(ids) >= LEAST_TOKENS and not path.exists():
            self._write(path, sequence.copy(len(ids)))

    def restore_talk(self, overlay: str, key: str, ids: Sequence[int], sequence: CachedSequence) -> int:
        """Gives a sequence what a conversation's state shares with `ids`, but for the last of them, where that is worth more than what it
        holds; returns how many tokens it holds then."""
        path = self._talk(overlay, key)
        known = self._ids_of(path)
        shared = min(common_prefix(known, ids), len(ids) - 1)
        if shared >= len(sequence.ids) + LEAST_TOKENS and self._load(path, known, sequence):
            sequence.truncate(shared)
        return len(sequence.ids)

    def keep_talk(self, overlay: str, key: str, sequence: CachedSequence) -> None:
        """Writes what was read of a conversation over what was written before, unless that lacks only a little of its end; a full disk is
        no error."""
        path = self._talk(overlay, key)
        known = self._ids_of(path)
        lacks_little = sequence.ids[: len(known)] == known and len(sequence.ids) - len(known) < REWRITTEN_TOKENS
        if not key or len(sequence.ids) < LEAST_TOKENS or (known and lacks_little):
            return
        if sequence.nbytes > MOST_SHARE * self._most_bytes:
            path.unlink(missing_ok=True)
        else:
            self._write(path, sequence)

    def forget(self, key: str) -> None:
        """See `forget_talk`."""
        forget_talk(self._folder, key)

    def _load(self, path: Path, ids: Sequence[int], sequence: CachedSequence) -> bool:
        try:
            states = load_file(path)
            if states.pop("ids").tolist() != list(ids):
                raise ValueError("it holds other tokens")
            sequence.restore(ids, states)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            _drop(path, error)
            return False
        with suppress(OSError):  # a folder that may only be read is no reason to fail
            os.utime(path)
        return True

    def _ids_of(self, path: Path) -> list[int]:
        if not path.exists():
            return []
        try:
            with safe_open(path, "pt") as states:
                ids: list[int] = states.get_tensor("ids").tolist()
        except (OSError, SafetensorError) as error:
            _drop(path, error)
            return []
        return ids

    def _write(self, path: Path, sequence: CachedSequence) -> None:
        fresh = path.with_suffix(".new")
        states = {name: state.cpu() for name, state in sequence.states().items()}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            save_file({**states, "ids": torch.tensor(sequence.ids)}, fresh)
            fresh.replace(path)
            self._bound()
        except (OSError, SafetensorError) as error:
            logger.warning("a state could not be kept: %s", error)
            with suppress(OSError):
                fresh.unlink()

    def _talk(self, overlay: str, key: str) -> Path:
        return self._folder / file_name(key, f"{self._weights} {overlay}")

    def _path(self, overlay: str, ids: Sequence[int]) -> Path:
        return self._folder / f"{digest(f'{self._weights} {overlay} {list(ids)}')}.safetensors"

    def _bound(self) -> None:
        files = sorted(self._folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime, reverse=True)
        total = 0
        for path in files:
            total += path.stat().st_size
            if total > self._most_bytes:
                path.unlink(missing_ok=True)


def _drop(path: Path, error: Exception) -> None:
    logger.warning("a kept state did not fit and is read anew: %s", error)
    with suppress(OSError):
        path.unlink()


def weights_digest(folder: Path | None, dtype: str) -> str:
    """Tells weights apart by their files' names, sizes and times, without reading them."""
    files = sorted(folder.glob("*")) if folder else []
    seen = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files if path.is_file()]
    return hashlib.sha256("\n".join([str(folder), dtype, *seen]).encode()).hexdigest()
