"""A lorebook made ready: its keys in one search, and from each key the entries it may trigger."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from companion.persona.lore_keys import Allowance, KeySearch, Sought
from companion.persona.lorebook import Entry, Lorebook

NAMED = re.compile(r"\{\{(char|user)\}\}|<(char|bot|user)>", re.IGNORECASE)
COMMENT = re.compile(r"\{\{(?://|comment:)[^{}]*\}\}", re.IGNORECASE)  # V3, `{{// A}}` and `{{comment: A}}`
HIDDEN = re.compile(r"\{\{hidden_key:[^{}]*\}\}", re.IGNORECASE)  # V3, `{{hidden_key:A}}`: searched, never told


@dataclass(frozen=True, slots=True)
class Names:
    """What `{{char}}` and `{{user}}` stand for, in keys and contents; empty leaves them as they are."""

    char: str = ""
    user: str = ""

    def fill(self, text: str) -> str:
        """The text with the names in it."""
        if "{" not in text and "<" not in text:
            return text
        return NAMED.sub(lambda found: (self.user if "user" in found[0].lower() else self.char) or found[0], text)


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry with the numbers of its keys."""

    entry: Entry
    name: str
    keys: tuple[int, ...]
    secondary: tuple[int, ...]
    additional: tuple[int, ...]
    exclude: tuple[int, ...]
    depth: int


class Index:
    """What looking things up in a book needs.

    Attributes:
        rules: one an entry, in the book's order.
        triggered_by: numbers of entries by the number of a key that may trigger them; `touched_by` for any key of theirs.
        always: numbers of entries that need no key.
        depth: newest messages that any entry looks at.
        text_of: a key by its number, as it is written in the book.
    """

    def __init__(self, book: Lorebook, names: Names, tick: Callable[[], float] = time.perf_counter) -> None:
        self.book = book
        self.names = names
        self.search = KeySearch()
        self.text_of: dict[int, str] = {}
        self._tick = tick
        self._inside: dict[int, frozenset[int]] = {}
        self.rules = tuple(self._rule(number, entry) for number, entry in enumerate(book.entries))
        self.depth = max((rule.depth for rule in self.rules), default=0)
        self.always = tuple(number for number, rule in enumerate(self.rules) if rule.entry.constant or rule.entry.decorators.activate)
        self.triggered_by: dict[int, list[int]] = defaultdict(list)
        self.touched_by: dict[int, list[int]] = defaultdict(list)
        for number, rule in enumerate(self.rules):
            for key in rule.keys:
                self.triggered_by[key].append(number)
            for key in dict.fromkeys((*rule.keys, *rule.secondary, *rule.additional)):
                self.touched_by[key].append(number)

    def allowance(self) -> Allowance:
        """What patterns may take in one look at a conversation."""
        return Allowance(self._tick)

    def found(self, text: str, allowance: Allowance) -> frozenset[int]:
        """Numbers of the keys in a text; comments in it do not count."""
        return self.search.found(COMMENT.sub("", text) if "{{" in text else text, allowance)

    def inside(self, number: int, allowance: Allowance) -> frozenset[int]:
        """Numbers of the keys in an entry's content."""
        if (known := self._inside.get(number)) is None:
            known = self.found(self.names.fill(self.rules[number].entry.content), allowance)
            if allowance.left_s > 0:
                self._inside[number] = known
        return known

    def told(self, number: int) -> str:
        """An entry's content as she is told it."""
        content = self.rules[number].entry.content
        if "{{" in content:
            content = HIDDEN.sub("", COMMENT.sub("", content))
        return self.names.fill(content).strip()

    def _rule(self, number: int, entry: Entry) -> Rule:
        def numbers(keys: tuple[str, ...]) -> tuple[int, ...]:
            return tuple(dict.fromkeys(self._number(self.names.fill(key), entry) for key in keys))

        depth = self.book.scan_depth if entry.scan_depth is None else entry.scan_depth
        secondary = numbers(entry.secondary_keys) if entry.selective else ()
        keys, additional, exclude = numbers(entry.keys), numbers(entry.additional_keys), numbers(entry.exclude_keys)
        return Rule(entry, self.book.name_of(number), keys, secondary, additional, exclude, depth)

    def _number(self, key: str, entry: Entry) -> int:
        number = self.search.number(Sought(key, entry.case_sensitive, entry.whole_words))
        self.text_of.setdefault(number, key)
        return number
