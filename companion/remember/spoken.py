"""Which messages are recalled for a question, and in which order.

By turns the one that fits best with all that surrounds it and the one that answers best by itself: the first finds an answer within
a talk about the matter, the second a remark made in passing. What took the place of a remark comes before it.
"""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from companion.remember import fusion, lexical
from companion.remember.pool import Said
from companion.remember.protocol import Recollection, Vector

ALONE_FLOOR = -3.0  # of how much likelier a message answers by itself than nothing does, a logarithm
LEADING = 4  # messages whose later changes are looked for


@dataclass(frozen=True, slots=True)
class Turns:
    """Messages by their worth for a question, best first.

    Attributes:
        signs: float32 (messages, signs), in the same order.
        worth: how well each fits in itself, in [0, 1].
        alone, near: how much likelier each answers as a remark made in passing than nothing does, and how near to the question it is;
            see `remarks`.
    """

    said: tuple[Said, ...]
    scores: Vector
    signs: Vector
    worth: Vector
    alone: Vector
    near: Vector

    def by_itself(self, whose: str) -> list[int]:
        """Positions, those that answer best by themselves first; words of the other speaker come last where `whose` says so."""
        of_the_other = np.array([bool(whose) and one.role != whose for one in self.said], dtype=np.bool_)
        return [int(i) for i in np.lexsort((-self.alone, of_the_other))]

    def odds(self) -> dict[str, float]:
        """How much likelier each message answers by itself than nothing does, by id."""
        return {one.id: float(value) for one, value in zip(self.said, self.alone, strict=True)}

    def nearness(self) -> dict[str, float]:
        """How near each message is to the question, by id."""
        return {one.id: float(value) for one, value in zip(self.said, self.near, strict=True)}


def leading(turns: Turns, whose: str, sources: Collection[str]) -> list[Said]:
    """The messages that answer best by themselves, and the sources of what was learnt."""
    best = [turns.said[i] for i in turns.by_itself(whose)[:LEADING]]
    return [*best, *(one for one in turns.said if one.id in sources and one not in best)]


def spoken(
    turns: Turns, weights: Vector, floor: float, later: Mapping[str, Sequence[Said]], *, whose: str, leave_out: Collection[str]
) -> Iterator[Recollection]:
    """Messages worth recalling, the same words once.

    Args:
        floor: of a message's worth.
        later: by id, what took a message's place; told even where the message itself is left out.
    """
    replaced = [i for i, one in enumerate(turns.said) if one.id in leave_out and later.get(one.id)]
    by_turns = itertools.chain.from_iterable(zip(range(len(turns.said)), turns.by_itself(whose), strict=True))
    heard: set[str] = set()
    for i in itertools.chain(replaced, by_turns):
        if i not in replaced and turns.worth[i] < floor and turns.alone[i] < ALONE_FLOOR:
            continue
        for one in (*later.get(turns.said[i].id, ()), turns.said[i]):
            words = " ".join(lexical.words_of(one.text))
            if one.id not in leave_out and words not in heard:
                heard.add(words)
                speaker: Literal["user", "persona"] = "user" if one.role == "user" else "persona"
                why = fusion.factors(turns.signs[i], weights)
                yield Recollection(one.id, "turn", one.text, one.at, speaker, float(turns.scores[i]), why, (one.id,))


def with_answers(said: Sequence[Said], ids: Collection[str]) -> set[str]:
    """Messages, and what was said right after each."""
    after = {(one.conversation_id, one.place + 1) for one in said if one.id in ids}
    return {*ids, *(one.id for one in said if (one.conversation_id, one.place) in after)}


def is_over(note: Recollection, later: Mapping[str, Sequence[Said]]) -> bool:
    """Whether what a fact was learnt from has been put into the past by words that name it."""
    named = set(lexical.telling_words(note.text))
    return any(named & set(lexical.words_of(one.text)) for source in note.sources for one in later.get(source, ()))
