"""What goes on behind the conversation: learning from what was said, and indexing it. Both in threads of their own."""

from collections.abc import Callable

from companion.learn.learner import Learner
from companion.remember.indexer import Indexer

LOOK_S = 0.2


class Background:
    """The learner and the indexer as one. Every method may be called from any thread."""

    def __init__(self, learner: Learner, indexer: Indexer) -> None:
        self._learner, self._indexer = learner, indexer

    def start(self) -> None:
        """Begins, with what was left over from before."""
        self._learner.start()
        self._indexer.start()

    def wake(self) -> None:
        """Something was said, or brought in."""
        self._learner.wake()
        self._indexer.wake()

    def progress(self) -> tuple[int, int] | None:
        """How many texts of how many are indexed; None while none has to be."""
        return self._indexer.progress()

    def caught_up(self, timeout_s: float) -> bool:
        """Waits until everything said has been learnt from and indexed; says whether that has come."""
        self.wake()  # a turn tells of its end before it wakes anybody
        # Twice: what was indexed gives patterns, which are indexed in their turn.
        return all(done(timeout_s) for done in (self._learner.caught_up, self._indexer.settled) * 2)

    def catch_up(self, told: Callable[[int, int], None] = lambda done, total: None) -> None:
        """Waits until everything said has been learnt from and indexed, and what was forgotten for good has left the index.

        Args:
            told: how many texts of how many are indexed, now and then.

        Raises:
            ModelError: the embedder cannot be loaded.
            StorageError: it cannot be written.
        """
        for _ in range(2):  # as above
            while not self._learner.caught_up(LOOK_S):
                pass
            self._indexer.follow(told)

    def reindex(self) -> None:
        """Throws every vector away and makes them all again; until then words alone decide."""
        self._indexer.rebuild()

    def stop(self) -> None:
        """Ends both between two parts of their work; the rest is done at the next start."""
        self._learner.stop()
        self._indexer.stop()
