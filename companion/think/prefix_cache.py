"""What was read for earlier replies, by conversation, so that the next one reads only what is new.

Bounded in bytes: the conversation that was silent longest is forgotten first; on an accelerator its state moves to the
processor's memory before that. A conversation that has nothing of its own begins with a copy of what another one shares
with it, which for one persona is at least her blueprint.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from companion.think.kv_cache import CachedSequence, common_prefix

WORTH_COPYING_TOKENS = 32


@dataclass(slots=True)
class ReadSoFar:
    """One conversation as target and draft have read it."""

    target: CachedSequence
    draft: CachedSequence | None

    @property
    def nbytes(self) -> int:
        """Bytes of both."""
        return self.target.nbytes + (self.draft.nbytes if self.draft else 0)

    def copy(self, tokens: int) -> "ReadSoFar":
        """A twin that has read the first `tokens`."""
        return ReadSoFar(self.target.copy(tokens), self.draft.copy(min(tokens, len(self.draft.ids))) if self.draft else None)

    def truncate(self, tokens: int) -> None:
        """Forgets what comes after the first `tokens`."""
        self.target.truncate(tokens)
        if self.draft:
            self.draft.truncate(tokens)

    def move(self, device: str) -> None:
        """Moves both to a device."""
        self.target.move(device)
        if self.draft:
            self.draft.move(device)


class PrefixCache:
    """States at rest. An engine takes and keeps them while it holds its model; any thread may forget one.

    Args:
        fresh: makes an empty state for a key's overlay.
        device: where the model computes.
        device_bytes: bound of what rests there.
        memory_bytes: bound of what rests in the processor's memory, when that is somewhere else.
    """

    def __init__(self, fresh: Callable[[], ReadSoFar], *, device: str, device_bytes: int, memory_bytes: int = 0) -> None:
        self._fresh = fresh
        self._device = device
        self._device_bytes, self._memory_bytes = device_bytes, memory_bytes if device != "cpu" else 0
        self._changing = threading.Lock()  # guards the two below
        self._near: OrderedDict[tuple[str, str], ReadSoFar] = OrderedDict()
        self._far: OrderedDict[tuple[str, str], ReadSoFar] = OrderedDict()

    def __len__(self) -> int:
        return len(self._near) + len(self._far)

    @property
    def nbytes(self) -> int:
        """Bytes of everything at rest."""
        return sum(self.held)

    @property
    def held(self) -> tuple[int, int]:
        """Bytes that rest where the model computes, and those in the processor's memory when that is somewhere else."""
        with self._changing:
            near, far = (sum(state.nbytes for state in states.values()) for states in (self._near, self._far))
            return near, far

    def take(self, overlay: str, key: str, ids: Sequence[int]) -> ReadSoFar:
        """The state to read `ids` from: it holds a proper prefix of them, perhaps an empty one. It is the caller's until `keep`.

        Args:
            overlay: which weights lie over the model's; states of different ones are never mixed.
        """
        with self._changing:
            own = self._near.pop((overlay, key), None)
            if own is None and (own := self._far.pop((overlay, key), None)):
                own.move(self._device)
            shared = common_prefix(own.target.ids, ids) if own else 0
            other, most = None, 0
            for (over, _), state in self._near.items():
                if over == overlay and (common := common_prefix(state.target.ids, ids)) > most:
                    other, most = state, common
            if other and most >= shared + WORTH_COPYING_TOKENS:
                own, shared = other.copy(min(most, len(ids) - 1)), most
            state = own or self._fresh()
            state.truncate(min(shared, len(ids) - 1))
            return state

    def keep(self, overlay: str, key: str, state: ReadSoFar) -> None:
        """Lays a state to rest, and forgets what has been silent longest when there is too much."""
        if not key or not state.target.ids:
            return
        with self._changing:
            self._near[overlay, key] = state
            while self._near and sum(one.nbytes for one in self._near.values()) > self._device_bytes:
                oldest, silent = self._near.popitem(last=False)
                if self._memory_bytes:
                    silent.move("cpu")
                    self._far[oldest] = silent
            while self._far and sum(one.nbytes for one in self._far.values()) > self._memory_bytes:
                self._far.popitem(last=False)

    def forget(self, key: str) -> None:
        """Forgets a conversation, under every overlay."""
        with self._changing:
            for states in (self._near, self._far):
                for known in [k for k in states if k[1] == key]:
                    del states[known]
