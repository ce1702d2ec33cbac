"""Which pictures are ready, in memory: finding one takes a look at some hundred shots and asks no disk but whether the file is there.

What is known follows the store: another process does not write here (the home folder has one holder), and every change of a
template through the same `Pictures` is seen at the next look.
"""

import threading
from collections.abc import Callable, Iterable, Iterator

from companion.persona.visual import Visual
from companion.shot import Picture, Shot
from companion.show.templates import Near, nearest, scenery
from companion.store.pictures import Pictures

SCENERY = "scenery"  # in a template's record: how place and outfit were described when it was painted


class Ready:
    """The templates of all personas. Any thread may call any method, which raise StorageError when the disk refuses.

    Args:
        there: whether the file of a picture is there.
    """

    def __init__(self, pictures: Pictures, there: Callable[[Picture], bool]) -> None:
        self._pictures, self._there = pictures, there
        self._lock = threading.Lock()  # guards everything below
        self._revision = -1
        self._known: dict[tuple[str, str], tuple[Picture, ...]] = {}
        self._fitting: dict[tuple[str, str], tuple[Visual, tuple[Picture, ...]]] = {}  # and for which blueprint they fit

    def of(self, persona_id: str, look: str, visual: Visual) -> tuple[Picture, ...]:
        """Those of a look whose place and outfit are still described as they were, the newest first.

        The first call for a look reads them out of the database, and so does the first after a change.
        """
        whose = (persona_id, look)
        with self._lock:
            if self._revision != (now := self._pictures.revision):
                self._revision, self._known, self._fitting = now, {}, {}
            if whose not in self._known:
                self._known[whose] = self._pictures.templates(*whose)
            seen, fitting = self._fitting.get(whose, (None, ()))
            if seen is not visual:
                fitting = tuple(_fitting(self._known[whose], visual))
                self._fitting[whose] = (visual, fitting)
            return fitting

    def nearest(self, persona_id: str, look: str, visual: Visual, shot: Shot, most: float = 1.0) -> Near | None:
        """The nearest whose file is there.

        Args:
            most: how far it may be, in [0, 1].
        """
        ready = self.of(persona_id, look, visual)
        while (found := nearest(shot, ready)) is not None and found.distance <= most:
            if self._there(found.picture):
                return found
            ready = tuple(one for one in ready if one is not found.picture)
        return None


def _fitting(ready: Iterable[Picture], visual: Visual) -> Iterator[Picture]:
    described: dict[tuple[str, str], str] = {}
    for picture in ready:
        names = (picture.shot.setting, picture.shot.outfit)
        if names not in described:
            described[names] = scenery(visual, picture.shot)
        if picture.record.get(SCENERY) == described[names]:
            yield picture
