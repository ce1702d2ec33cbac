"""One background thread that brings the vector index up to what the database says, and never gets in a reply's way.

A text is embedded, its vector taken in, then marked: whatever ends the program in between, the text is embedded again, and the
same id takes the same place. Vectors whose text is gone are removed after that, so that one that was deleted meanwhile goes too.
At the start each relationship's index is compared with the marks: one that is damaged or of another embedder is thrown away and
filled anew, one that merely differs is put right. Nothing that happens here is raised, and no text gets into the log.
"""

import logging
import threading
import traceback
from collections.abc import Callable, Sequence

import numpy as np

from companion.errors import CompanionError, StorageError
from companion.remember.embedder import Embeds
from companion.remember.marks import Marks
from companion.remember.protocol import Vector
from companion.remember.repeats import repeats
from companion.remember.vectors import IndexLost, VectorIndex
from companion.store.memories import Memories, Stale, Unembedded

logger = logging.getLogger(__name__)

TAKEN_AT_ONCE = 64
EMBEDDED_AT_ONCE = 8  # before each of these it is seen whether a reply has begun
LOOK_S = 0.05  # how often it is seen whether a reply has ended
RETRY_S = 60.0


class _Stopped(Exception):
    """The thread is to end."""


class Indexer:
    """Embeds what has no vector yet, as long as no reply is under way. Every method may be called from any thread.

    Args:
        memories: hands out what is to be embedded and removed.
        marks: what ought to be in the index.
        vectors: the index; nobody else changes it.
        busy: whether a reply is under way; asked often.
        embedded: handed texts with their vectors before they are marked: whatever ends the program in between, again.
        retry_s: how long to wait after something went wrong.
    """

    def __init__(
        self,
        memories: Memories,
        marks: Marks,
        embedder: Embeds,
        vectors: VectorIndex,
        *,
        busy: Callable[[], bool] = lambda: False,
        embedded: Callable[[Sequence[Unembedded], Vector], None] = lambda items, vectors: None,
        retry_s: float = RETRY_S,
    ) -> None:
        self._memories, self._marks, self._embedder, self._vectors = memories, marks, embedder, vectors
        self._busy, self._embedded, self._retry_s = busy, embedded, retry_s
        self._stopping = threading.Event()
        self._made_anew: set[str] = set()  # relationships whose index was thrown away since the last pass that went well
        self._changed = threading.Condition()  # guards what is below
        self._woken, self._settled = True, False
        self._unsure = True  # the indexes have to be compared with the marks
        self._anew = False  # all vectors are to be thrown away first
        self._trouble: CompanionError | None = None  # why the last pass did not come to its end
        self._progress: tuple[int, int] | None = None
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)

    def start(self) -> None:
        """Begins; once."""
        self._thread.start()

    def wake(self, *, unsure: bool = False) -> None:
        """Says that there may be something to do.

        Args:
            unsure: the index may have been damaged or changed from outside; it is compared with the marks again.
        """
        with self._changed:
            self._woken, self._settled, self._trouble = True, False, None
            self._unsure = self._unsure or unsure
            self._changed.notify_all()

    def rebuild(self) -> None:
        """Throws every vector away and makes them all again, in the background."""
        with self._changed:
            self._anew = True
            self.wake()

    def progress(self) -> tuple[int, int] | None:
        """How many texts of how many are embedded; None while none has to be."""
        with self._changed:
            return self._progress

    def settled(self, timeout_s: float) -> bool:
        """Waits until there is nothing left to do; says whether that has come."""
        with self._changed:
            return self._changed.wait_for(lambda: self._settled, timeout_s)

    def follow(self, told: Callable[[int, int], None]) -> None:
        """Waits until there is nothing left to do.

        Args:
            told: how many texts of how many are embedded, now and then.

        Raises:
            ModelError: the embedder cannot be loaded.
            StorageError: the index or the database cannot be written. It is tried again in the background.
        """
        while not self.settled(4 * LOOK_S):
            with self._changed:
                trouble, progress = self._trouble, self._progress
            if trouble is not None:
                raise trouble
            if progress is not None:
                told(*progress)

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ends the thread between two parts of its work; what is not done is done at the next start."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        went_well = True
        while not self._stopping.is_set():
            with self._changed:
                self._settled = went_well and not self._woken
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._woken or self._stopping.is_set(), None if went_well else self._retry_s)
                self._woken = False
            went_well = self._pass()

    def _pass(self) -> bool:
        """Does what there is to do; says whether it went well."""
        try:
            self._stand_back()
            if self._anew:
                self._throw_all_away()
            if self._unsure:
                self._compare()
            self._embed_all()
            while self._remove_all():
                self._embed_all()  # what they stood for
        except _Stopped:
            return False
        except CompanionError as error:
            logger.warning("nothing more is embedded for now: %s", error)
            self._fail(error)
        except Exception as error:
            # Without its message, which could quote a text.
            logger.error("embedding broke: %s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
            self._fail(StorageError("The search by meaning could not be prepared.", hint="The program's log says why; words are searched."))
        else:
            self._made_anew.clear()
            return True
        finally:
            self._tell(None)
        return False

    def _throw_all_away(self) -> None:
        for persona_id in self._marks.counts():
            self._stand_back()
            self._vectors.drop(persona_id)
            self._marks.clear(persona_id)
        with self._changed:
            self._anew = False

    def _fail(self, error: CompanionError) -> None:
        with self._changed:
            self._trouble = error

    def _compare(self) -> None:
        for persona_id, marked in self._marks.counts().items():
            self._stand_back()
            try:
                self._put_right(persona_id, marked)
            except IndexLost as error:
                self._throw_away(persona_id, error)
        with self._changed:
            self._unsure = False

    def _put_right(self, persona_id: str, marked: int) -> None:
        if self._vectors.count(persona_id) == marked:
            return
        there, meant = self._vectors.ids(persona_id), self._marks.of(persona_id)
        logger.info("the vector index lacks %d vectors and has %d too many", len(meant - there), len(there - meant))
        self._marks.clear(persona_id, meant - there)
        if there - meant:
            self._vectors.remove(persona_id, sorted(there - meant), pause=self._stand_back)

    def _embed_all(self) -> None:
        done, total = 0, self._marks.waiting()
        before: tuple[Unembedded, ...] = ()
        while items := self._memories.unembedded(TAKEN_AT_ONCE):
            if items == before:
                raise RuntimeError("marks do not stay")
            before = items
            for persona_id in dict.fromkeys(item.persona_id for item in items):
                total = max(total, done + len(items))
                self._tell((done, total))
                mine = [item for item in items if item.persona_id == persona_id]
                vectors = self._encode([_as_embedded(item) for item in mine])
                try:
                    same = self._take_in(persona_id, mine, vectors)
                except IndexLost as error:
                    self._throw_away(persona_id, error)
                    total, before = done + self._marks.waiting(), ()
                else:
                    self._embedded(mine, vectors)
                    self._memories.embedded(mine, same)
                    done += len(mine)

    def _take_in(self, persona_id: str, items: Sequence[Unembedded], vectors: Vector) -> dict[str, str]:
        """Puts vectors into the index, and says which others stand for those that it has often enough."""
        same = repeats(items, vectors, lambda vector, k: self._vectors.nearest(persona_id, vector, k))
        own = [i for i, item in enumerate(items) if item.item_id not in same]
        if own:
            self._vectors.upsert(persona_id, [items[i].item_id for i in own], vectors[own])
        return same

    def _encode(self, texts: Sequence[str]) -> Vector:
        found = []
        for start in range(0, len(texts), EMBEDDED_AT_ONCE):
            self._stand_back()
            found.append(self._embedder.encode(texts[start : start + EMBEDDED_AT_ONCE]))
        self._stand_back()
        return np.concatenate(found)

    def _remove_all(self) -> bool:
        """Lets go of what is outdated; says whether anything was."""
        before: tuple[Stale, ...] = ()
        while items := self._memories.stale():
            if items == before:
                raise RuntimeError("what was removed stays on the list")
            before = items
            for persona_id in dict.fromkeys(item.persona_id for item in items):
                ids = [item.item_id for item in items if item.persona_id == persona_id]
                self._stand_back()
                try:
                    self._vectors.remove(persona_id, ids, pause=self._stand_back)
                except IndexLost as error:  # with all of it, these go as well
                    self._throw_away(persona_id, error)
                self._memories.removed(ids)
        return before != ()

    def _throw_away(self, persona_id: str, error: IndexLost) -> None:
        if persona_id in self._made_anew:
            raise error
        logger.warning("the vector index is made anew: %s", error.__cause__ or error)
        self._made_anew.add(persona_id)
        self._vectors.drop(persona_id)
        self._marks.clear(persona_id)
        self.wake()

    def _stand_back(self) -> None:
        """Returns as soon as no reply is under way."""
        while not self._stopping.is_set():
            if not self._busy():
                return
            self._stopping.wait(LOOK_S)
        raise _Stopped

    def _tell(self, progress: tuple[int, int] | None) -> None:
        with self._changed:
            self._progress = progress


def _as_embedded(item: Unembedded) -> str:
    """Who speaks belongs to the meaning: on LoCoMo it is worth ten points of recall."""
    return f"{item.speaker}: {item.text}" if item.speaker else item.text
