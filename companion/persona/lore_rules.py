"""Which entries are on after a message, and why: one step along a conversation.

The rules are V3's ("`entries` Fields", "Decorators") and, for what V3 leaves open, SillyTavern's World Info. They ask for
words and counts of messages alone, so that a conversation read again gives the same answer: what did not fit into a prompt
counts as triggered all the same, and chance is drawn from ids. In the order in which they are asked:

    enabled, content, is_greeting, is_user_icon     must hold in any case
    dont_activate, dont_activate_after_match        off in any case
    activate, keep_activate_after_match             on in any case
    delay, activate_only_after, activate_only_every, cooldown
    sticky                                          on without being asked again
    exclude_keys, additional_keys, keys or constant, secondary_keys
    probability
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

from companion.persona.lore_index import Index, Rule
from companion.persona.lore_keys import Allowance, is_pattern

How = Literal["key", "constant", "sticky", "decorator"]
Reason = Literal[
    "off", "empty", "greeting", "user_icon", "dont_activate", "once", "delay", "activate_only_after", "activate_only_every",
    "cooldown", "exclude_keys", "additional_keys", "secondary_keys", "probability", "budget",
]  # fmt: skip
State = Mapping[int, int]  # entry → messages there were when it last came on, for entries whose past matters


@dataclass(frozen=True, slots=True)
class Said:
    """One message; without an id, its place in the conversation stands for it."""

    role: Literal["user", "persona"]
    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What rules ask for besides words.

    Attributes:
        conversation: its id; chance is drawn from it.
        greeting: which greeting it began with: 0 is `greeting`, 1 the first alternate; None asks no entry for one.
        user_icon: the name of the user's picture; None asks no entry for one.
    """

    conversation: str = ""
    greeting: int | None = None
    user_icon: str | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """Why an entry is on.

    Attributes:
        how: a key was found, it is a constant, it still sticks, or a decorator says so.
        key: the key that was found.
        message: where, as a number from 0 in the conversation.
        entry: or in which entry's content, as a number from 0 in the book.
    """

    how: How
    key: str = ""
    message: int | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What holds after a message: why each entry is on, why some are not though a key was found, and what is to be remembered."""

    on: Mapping[int, Why]
    off: Mapping[int, Reason]
    state: State


def draw(*of: str) -> float:
    """A number in [0, 100) that is the same for the same words."""
    return int.from_bytes(blake2b("\0".join(of).encode("utf-8", "surrogatepass"), digest_size=6).digest()) / 2**48 * 100


def step(
    index: Index, found: Sequence[frozenset[int]], before: State, scene: Scene, allowance: Allowance, *, count: int, hers: int, seed: str
) -> Step:
    """One step: a message has arrived.

    Args:
        found: numbers of the keys in each message, oldest first.
        before: what the step before it left.
        count: messages there are, with the new one; `hers` of them the persona's.
        seed: what chance is drawn from, beside the conversation and the entry: the new message's id.
    """
    newest: dict[int, int] = {}  # key → the newest message that it is in
    for place in range(count - 1, max(-1, count - 1 - index.depth), -1):
        for key in found[place]:
            newest.setdefault(key, place)
    asking = _Asking(index, count, hers, seed, newest, before, scene)
    starts = {entry for key in newest for entry in index.triggered_by.get(key, ())}
    asking.ask({*starts, *index.always, *before}, recursing=False)
    if index.book.recursive:
        fresh = list(asking.on)
        while fresh:
            touched: set[int] = set()
            for number in fresh:
                if not index.rules[number].entry.prevent_recursion:
                    for key in index.inside(number, allowance):
                        asking.recursed.setdefault(key, number)
                        touched.update(index.touched_by.get(key, ()))
            known = len(asking.on)
            asking.ask(touched - asking.on.keys(), recursing=True)
            fresh = list(asking.on)[known:]
    for number in asking.on:
        asking.off.pop(number, None)
    return Step(asking.on, asking.off, asking.remembered())


class _Asking:
    """One step's questions: `on` and `off` grow as entries are asked."""

    def __init__(self, index: Index, count: int, hers: int, seed: str, newest: Mapping[int, int], before: State, scene: Scene) -> None:
        self._index, self._count, self._hers, self._seed = index, count, hers, seed
        self._newest, self._before, self._scene = newest, before, scene
        self._broken = index.search.broken_numbers
        self.on: dict[int, Why] = {}
        self.off: dict[int, Reason] = {}
        self.recursed: dict[int, int] = {}  # key → the entry whose content it is in

    def ask(self, numbers: Iterable[int], *, recursing: bool) -> None:
        for number in sorted(numbers):
            answer = self._answer(number, self._index.rules[number], recursing)
            if isinstance(answer, Why):
                self.on[number] = answer
            elif answer:
                self.off[number] = answer

    def remembered(self) -> State:
        """The state after this step; the same object where nothing changed."""
        news = {
            number: self._count
            for number in self.on
            if _has_past(self._index.rules[number]) and not self._sticks(number, self._index.rules[number])
        }
        return {**self._before, **news} if news else self._before

    def _sticks(self, number: int, rule: Rule) -> bool:
        start = self._before.get(number)
        return start is not None and self._count < start + rule.entry.sticky

    def _answer(self, number: int, rule: Rule, recursing: bool) -> Why | Reason | None:
        """Why it is on, why it is not, or nothing where nothing asks for it."""
        entry, own, start = rule.entry, rule.entry.decorators, self._before.get(number)
        trigger = self._trigger(rule, recursing)
        if trigger is None and not own.activate and start is None:
            return None
        for holds, reason in self._musts(rule, matched=start is not None):
            if not holds:
                return reason if trigger or own.activate else None
        if own.activate or (own.keep_activate_after_match and start is not None):
            return Why("decorator")
        if (waits := self._waits(rule, start)) is not None:
            return waits if trigger else None
        if self._sticks(number, rule):
            return Why("sticky")
        if trigger is None:
            return None
        if any(self._place(key, rule) is not None for key in rule.exclude):
            return "exclude_keys"
        if rule.additional and (self._spoiled(rule, rule.additional) or not any(self._has(key, rule) for key in rule.additional)):
            return "additional_keys"
        if trigger.how == "key" and not self._secondary(rule):
            return "secondary_keys"
        if entry.probability < 100 and draw(self._scene.conversation, rule.name, self._seed) >= entry.probability:
            return "probability"
        return trigger

    def _musts(self, rule: Rule, *, matched: bool) -> Iterable[tuple[bool, Reason]]:
        entry, own, scene = rule.entry, rule.entry.decorators, self._scene
        yield entry.enabled, "off"
        yield entry.content != "", "empty"
        yield own.is_greeting is None or scene.greeting in (None, own.is_greeting), "greeting"
        yield not own.is_user_icon or scene.user_icon in (None, own.is_user_icon), "user_icon"
        yield not own.dont_activate or own.activate, "dont_activate"
        yield not (own.dont_activate_after_match and matched), "once"

    def _waits(self, rule: Rule, start: int | None) -> Reason | None:
        entry, own = rule.entry, rule.entry.decorators
        if self._count < entry.delay:
            return "delay"
        if self._hers < own.activate_only_after:
            return "activate_only_after"
        if own.activate_only_every and self._hers % own.activate_only_every:
            return "activate_only_every"
        if start is not None and start + entry.sticky <= self._count < start + entry.sticky + entry.cooldown:
            return "cooldown"
        return None

    def _trigger(self, rule: Rule, recursing: bool) -> Why | None:
        if rule.entry.constant:
            return Why("constant")
        if self._spoiled(rule, rule.keys):
            return None
        for key in rule.keys:
            place = None if rule.entry.delay_until_recursion else self._place(key, rule)
            if place is not None:
                return Why("key", self._index.text_of[key], message=place)
        if recursing and not rule.entry.exclude_recursion:
            for key in rule.keys:
                if key in self.recursed:
                    return Why("key", self._index.text_of[key], entry=self.recursed[key])
        return None

    def _spoiled(self, rule: Rule, keys: Iterable[int]) -> bool:
        """Whether one of the keys is a broken pattern where all are patterns: then none of them counts (V3, `use_regex`)."""
        return not self._broken.isdisjoint(keys) and all(map(is_pattern, rule.entry.keys))

    def _place(self, key: int, rule: Rule) -> int | None:
        """The newest message with a key, within the entry's depth."""
        place = self._newest.get(key)
        return place if place is not None and place >= self._count - rule.depth else None

    def _has(self, key: int, rule: Rule) -> bool:
        return self._place(key, rule) is not None or (key in self.recursed and not rule.entry.exclude_recursion)

    def _secondary(self, rule: Rule) -> bool:
        if not rule.secondary:
            return True
        return _LOGICS[rule.entry.logic](self._has(key, rule) for key in rule.secondary)


def _has_past(rule: Rule) -> bool:
    entry, own = rule.entry, rule.entry.decorators
    return bool(entry.sticky or entry.cooldown or own.keep_activate_after_match or own.dont_activate_after_match)


_LOGICS: dict[str, Callable[[Iterable[bool]], bool]] = {
    "and_any": any,
    "and_all": all,
    "not_any": lambda found: not any(found),
    "not_all": lambda found: not all(found),
}
