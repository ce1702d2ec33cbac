"""What of a lorebook she is reminded of at a message, in which order, why, and what was kept out.

What is on follows from the conversation's own words (`lore_rules`), read from its first message: an edit or another branch is
another conversation, and nothing of the old one stays behind. `Lore` remembers how far it has read the conversations it met
last, so a turn costs its own messages. `look_up` is the same without a memory.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import get_args

from companion.persona.blueprint import Blueprint
from companion.persona.lore_index import Index, Names
from companion.persona.lore_rules import Reason, Said, Scene, State, Step, Why, step
from companion.persona.lorebook import Entry, Lorebook, Position

__all__ = ["Found", "Lore", "Names", "Off", "On", "Said", "Scene", "Why", "look_up"]

LINE_TOKENS = 3  # what a prompt writes around one line
MOST_CONVERSATIONS = 16
PLACES = {position: place for place, position in enumerate(get_args(Position))}  # the later, the nearer to the newest message


@dataclass(frozen=True, slots=True)
class On:
    """An entry she is reminded of. `number` counts from 0 in the book, `tokens` what it takes of the budget."""

    number: int
    entry: Entry
    text: str
    tokens: int
    why: Why


@dataclass(frozen=True, slots=True)
class Off:
    """An entry that something asked for, and the rule that kept it out; `budget` where it did not fit."""

    number: int
    entry: Entry
    reason: Reason


@dataclass(frozen=True, slots=True)
class Found:
    """What a look into a lorebook found.

    Attributes:
        on: in the order in which she is told.
        off: in the book's order; entries that nothing asked for are in neither.
        tokens: of all that is on.
        broken: keys written as patterns that are none.
        slow: patterns put aside because they take too long.
        unfinished: whether patterns had to be left untried, for time.
    """

    on: tuple[On, ...] = ()
    off: tuple[Off, ...] = ()
    tokens: int = 0
    broken: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
    unfinished: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """What she is told, each text once."""
        return tuple(dict.fromkeys(one.text for one in self.on))


@dataclass(slots=True)
class _Reading:
    """How far a conversation has been read: what was found in each message, and what held after it."""

    index: Index
    scene: Scene
    said: list[Said] = field(default_factory=list)
    found: list[frozenset[int]] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    def read(self, said: Sequence[Said]) -> tuple[Step, bool]:
        """Reads what is new; the last step, and whether patterns were left untried."""
        known = 0
        while known < min(len(self.said), len(said)) and self.said[known] == said[known]:
            known += 1
        del self.said[known:], self.found[known:]
        del self.states[min(known, len(said) - 1) :]
        allowance = self.index.allowance()
        for message in said[known:]:
            self.said.append(message)
            self.found.append(self.index.found(message.text, allowance))
        hers = sum(message.role == "persona" for message in said[: len(self.states)])
        last = Step({}, {}, {})
        for place in range(len(self.states), len(said)):
            before = self.states[-1] if self.states else {}
            hers += said[place].role == "persona"
            if said[place].role == "user" or place == len(said) - 1:
                seed = said[place].id or str(place)
                last = step(self.index, self.found, before, self.scene, allowance, count=place + 1, hers=hers, seed=seed)
            self.states.append(last.state if said[place].role == "user" else before)
        return last, allowance.left_s <= 0


class Lore:
    """Looks things up for conversations, and remembers those it met last. Safe to call from several threads.

    Args:
        most: conversations to remember.
        tick: seconds from any fixed point; it only bounds the time that patterns may take.
    """

    def __init__(self, *, most: int = MOST_CONVERSATIONS, tick: Callable[[], float] = time.perf_counter) -> None:
        self._most = most
        self._tick = tick
        self._lock = threading.Lock()
        self._readings: OrderedDict[str, _Reading] = OrderedDict()

    def look_up(
        self,
        book: Lorebook,
        said: Sequence[Said],
        scene: Scene = Scene(),  # noqa: B008  # frozen
        names: Names = Names(),  # noqa: B008
        *,
        count_tokens: Callable[[str], int],
        budget: int | None = None,
    ) -> Found:
        """What she is reminded of once the last message has arrived.

        Args:
            said: the conversation's own path, oldest first; blank messages do not count.
            count_tokens: tokens of a text, as the model counts them.
            budget: tokens there are; None for no bound. The book's own `token_budget` holds as well.
        """
        spoken = [message for message in said if message.text.strip()]
        if not book.entries or not spoken:
            return Found()
        with self._lock:
            reading = self._reading(book, scene, names)
            last, unfinished = reading.read(spoken)
            search = reading.index.search
            fitting = _fitting(reading.index, last, count_tokens, _least(budget, book.token_budget))
        return Found(*fitting, broken=search.broken, slow=search.slow, unfinished=unfinished)

    def for_persona(
        self,
        blueprint: Blueprint,
        said: Sequence[Said],
        conversation_id: str,
        user: str = "the user",
        *,
        count_tokens: Callable[[str], int],
        budget: int | None = None,
    ) -> Found:
        """The same for a persona in a conversation: her book, the greeting it began with, and both names (`user` as she calls them)."""
        scene = Scene(conversation_id, greeting_of(blueprint, said))
        names = Names(blueprint.identity.called, user)
        return self.look_up(blueprint.lorebook, said, scene, names, count_tokens=count_tokens, budget=budget)

    def _reading(self, book: Lorebook, scene: Scene, names: Names) -> _Reading:
        reading = self._readings.pop(scene.conversation, None)
        if reading is None or reading.scene != scene or reading.index.names != names or not _same(reading.index.book, book):
            shared = (one.index for one in self._readings.values() if one.index.book is book and one.index.names == names)
            reading = _Reading(next(shared, None) or Index(book, names, self._tick), scene)
        self._readings[scene.conversation] = reading
        while len(self._readings) > self._most:
            self._readings.popitem(last=False)
        return reading


def look_up(
    book: Lorebook,
    said: Sequence[Said],
    scene: Scene = Scene(),  # noqa: B008
    names: Names = Names(),  # noqa: B008
    *,
    count_tokens: Callable[[str], int],
    budget: int | None = None,
) -> Found:
    """`Lore.look_up` from the conversation's first message; for a table that shows what a book does."""
    return Lore(most=1).look_up(book, said, scene, names, count_tokens=count_tokens, budget=budget)


def greeting_of(blueprint: Blueprint, said: Sequence[Said]) -> int | None:
    """Which greeting a conversation began with: 0 is `greeting`; None if it began otherwise."""
    if not said or said[0].role != "persona":
        return None
    greetings = (blueprint.greeting, *blueprint.alternate_greetings)
    return greetings.index(said[0].text) if said[0].text in greetings else None


def _fitting(
    index: Index, last: Step, count_tokens: Callable[[str], int], budget: int | None
) -> tuple[tuple[On, ...], tuple[Off, ...], int]:
    """What fits, those of the highest worth first; an entry too large for what is left is passed over, not those after it."""
    off = dict(last.off)
    on: list[On] = []
    tokens = 0

    def worth(number: int) -> tuple[bool, int, int]:
        entry = index.rules[number].entry
        return entry.decorators.ignore_on_max_context, -entry.worth, number

    for number in sorted(last.on, key=worth):
        text = index.told(number)
        if not text:
            off[number] = "empty"
            continue
        cost = count_tokens(text) + LINE_TOKENS
        if budget is not None and tokens + cost > budget:
            off[number] = "budget"
            continue
        tokens += cost
        on.append(On(number, index.rules[number].entry, text, cost, last.on[number]))
    told = tuple(sorted(on, key=_order))
    return told, tuple(Off(number, index.rules[number].entry, off[number]) for number in sorted(off)), tokens


def _order(one: On) -> tuple[int, int, int, int]:
    entry = one.entry
    return PLACES[entry.position], -entry.depth if entry.position == "depth" else 0, entry.insertion_order, one.number


def _least(*bounds: int | None) -> int | None:
    return min((bound for bound in bounds if bound is not None), default=None)


def _same(one: Lorebook, other: Lorebook) -> bool:
    return one is other or one == other
