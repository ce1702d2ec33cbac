"""What has been said so often that its vector is in the index already, and again would do harm.

A graph of near neighbours (HNSW) links each vector to a few dozen others. Where more than that are one and the same, they link to each
other alone: a search that gets there by its way does not get out, and finds nothing else. "Tell me more, if you like", said 37 times
among 1,100 messages, hid all the rest from some questions. So the index takes the same vector a few times, and those that said
it first stand for whoever says it again.
"""

from collections.abc import Callable, Sequence

from companion.remember.protocol import Vector
from companion.store.backlog import MESSAGE
from companion.store.memory_records import Unembedded

MOST_ALIKE = 4
SAME = 0.99999  # a cosine; the same text in another batch differs in its last bits

Nearest = Callable[[Vector, int], tuple[Sequence[str], Vector]]


def repeats(items: Sequence[Unembedded], vectors: Vector, nearest: Nearest) -> dict[str, str]:
    """For each message that needs no vector of its own, the one whose vector stands for it, by their ids in the index. A memory
    always has its own.

    Args:
        vectors: of the items, in their order: float32 (items, dims), unit length.
        nearest: the ids in the index that are nearest to a vector, and their cosines.

    Raises:
        IndexLost, StorageError: as `nearest` does.
    """
    being_written = {item.item_id for item in items}
    fresh: list[int] = []
    found: dict[str, str] = {}
    for i, (item, vector) in enumerate(zip(items, vectors, strict=True)):
        if not item.speaker:
            continue
        there, cosines = nearest(vector, MOST_ALIKE)
        said = [one for one, cosine in zip(there, cosines, strict=True) if cosine > SAME and one.startswith(MESSAGE)]
        alike = [one for one in said if one not in being_written]
        alike += [items[j].item_id for j in fresh if float(vectors[j] @ vector) > SAME]
        if len(alike) < MOST_ALIKE:
            fresh.append(i)
        else:
            found[item.item_id] = alike[0]
    return found
