"""What a language model reads out of a message, held against the message: the second extractor, beside the rules.

The model is asked for a form (`rules/extraction.yaml`, `prompts/extraction.j2`): whom a statement is about, what it says, in
which words, and when. It points; it does not write: the value and the date are taken from the message's own words, dates are
resolved by `moments.py`, and the note is worded by the rule for that attribute, so that what both read is the same memory.
Only what is `other` is worded by the model, in words that the message has.

What does not hold is dropped: words that do not stand in the message, or only in what nothing may be learnt from (questions,
wishes, quotations: `wording.py`); somebody whom nobody spoke of; a denial that the message does not have, and the other way
round. Other languages than English hold where no word has to be understood for that. No model is asked here: `extracting.py`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, StrictUndefined

from companion.learn.mentions import ME, Subject
from companion.learn.moments import find
from companion.learn.notes import Statement, stretch_of
from companion.learn.phrasing import in_third_person, normalised
from companion.learn.reading import NAMED, Finding, suits
from companion.learn.rules import Rule, read_book
from companion.learn.statements import Machine, machine
from companion.learn.stretches import When
from companion.learn.wording import MASK, MOST_CHARS, Clause, lowered

ASKED_CHARS = 600
OTHER, HAVING = "other", ("pet", "family")
IMPORTANCE = 0.4  # of what no rule knows the worth of
_WORD = re.compile(r"[^\W_]+")
_SELF = {"user", "the user", "writer", "the writer", "they", "me", "i", "we"}


class Unreadable(ValueError):
    """A reply that is not of the form that was asked for."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a statement is held against.

    Attributes:
        clauses: of the message, those that may be learnt from.
        people: whom the message and what it answers speak of, as notes call them.
        lower: the writer does without capitals.
    """

    clauses: tuple[Clause, ...]
    people: frozenset[str]
    said_at: datetime
    lower: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Words that stand in a clause, as they are written there."""

    clause: Clause
    words: str


@lru_cache(maxsize=1)
def extraction() -> "Extraction":
    """The form and its rules, loaded once."""
    return Extraction(machine())


class Extraction:
    """Asks for statements and keeps those that hold.

    Args:
        rules: as the deterministic extractor has them.

    Attributes:
        schema: the JSON schema of a reply.
    """

    def __init__(self, rules: Machine) -> None:
        book = read_book("extraction")
        self._rules = rules
        self._attributes: dict[str, str] = book["attributes"]
        self._free, self._negations = frozenset(book["free"].split()), frozenset(book["negations"].split())
        self.schema: dict[str, Any] = book["schema"]
        self.schema["properties"]["statements"]["items"]["properties"]["what"]["enum"] = list(self._attributes)
        source = (Path(__file__).parent / "prompts" / "extraction.j2").read_text("utf-8")
        self._prompt = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False).from_string(source)

    def prompt(self, text: str, said_at: datetime, asked: str = "") -> str:
        """What the model reads.

        Args:
            text: the message.
            said_at: when it was said, in the user's time zone.
            asked: what the persona said right before.
        """
        day = f"{said_at:%A} {said_at.day} {said_at:%B} {said_at.year}"
        told = {"message": text[:MOST_CHARS], "asked": " ".join(asked.split())[-ASKED_CHARS:], "day": day}
        return self._prompt.render(attributes=self._attributes.items(), **told)

    def statements(self, reply: str, text: str, said_at: datetime, asked: str = "") -> tuple[Statement, ...]:
        """What of a reply holds, in its order.

        Raises:
            Unreadable: the reply is not of the form.
        """
        plain = self._rules.wording.plain(text)
        people = self._rules.subjects.named_in(lowered(f"{asked[-ASKED_CHARS:]} {text[:MOST_CHARS]}"))
        heard = Heard(plain.clauses, people, said_at, plain.lower)
        found: dict[tuple[str, str, str, bool], Statement] = {}
        for item in self._items(reply):
            for statement in self._holding(item, heard):
                key = (statement.slot, statement.slot or statement.text, normalised(statement.value), statement.denies)
                found.setdefault(key, statement)
        return tuple(found.values())

    def _items(self, reply: str) -> list[dict[str, Any]]:
        """The statements of a reply; a server that takes no schema may put words or a fence around them."""
        from jsonschema import ValidationError, validate

        try:
            told = json.loads(reply[reply.find("{") : reply.rfind("}") + 1])
            validate(told, self.schema)
        except (ValueError, RecursionError, ValidationError) as error:
            raise Unreadable(str(error).splitlines()[0]) from error
        items: list[dict[str, Any]] = told["statements"]
        return items

    def _holding(self, item: Mapping[str, Any], heard: Heard) -> Iterator[Statement]:
        subject = self._subject(item["about"], heard)
        place = _found(item["value"], heard.clauses) or _found(item["when"], heard.clauses)
        if subject is None or place is None or MASK in place.words or self._turned(item, place.clause):
            return
        when = self._when(item["when"], place, heard)
        if item["what"] == OTHER:
            yield from self._worded(item, subject, place, when, heard)
            return
        for finding in self._findings(item, subject, place, when, heard):
            yield self._rules.notes.of(finding, heard.said_at)[0]

    def _findings(self, item: Mapping[str, Any], subject: Subject, place: Place, when: When | None, heard: Heard) -> Iterator[Finding]:
        """What the rules would have found, had they understood the clause."""
        what, clause, denied = item["what"], place.clause, item["denied"]
        value, words = place.words, dict[str, str]()
        values: tuple[str, ...] = ("",)
        if what in HAVING:
            owned = self._rules.subjects.parsed(lowered(value))
            if subject is not ME or owned is None or owned.words not in heard.people or (owned.kind == "pet") != (what == "pet"):
                return
            rule, words = next(one for one in self._rules.rules if one.has), {"relation": owned.words}
        else:
            chosen = self._rule(what, subject, value)
            if chosen is None or (chosen.date in {"value", "needed"} and not when):
                return
            rule = chosen
            if rule.yearly and when and not when.month and not when.day:
                return
            if rule.plan:
                words = {"occasion": lowered(value)}
            values = self._values(rule, value, heard)
            no = rule.user_not if subject is ME else rule.other_not
            if denied and not no:  # a denial of this says nothing
                return
        for each in values:
            yield Finding(rule, subject, each, denied, denied and clause.ended, when, words, clause, (0, len(clause.text)))

    def _values(self, rule: Rule, words: str, heard: Heard) -> tuple[str, ...]:
        """Words as the rule writes them; those that its lists do not know are kept, save names, which must be names."""
        if rule.fixed or rule.date == "value":
            return (rule.fixed,)
        checked = self._rules.values.check(rule.value, words, lower=heard.lower) if rule.value else ()
        return checked or (() if rule.value in {"name", "sure_name"} else (in_note(words),))

    def _rule(self, what: str, subject: Subject, value: str) -> Rule | None:
        if what == "name" and subject.several:
            return NAMED
        for rule in self._rules.rules:
            named = what == (rule.stance or rule.attribute) and not (rule.denied or rule.only_denied or rule.renames or rule.occasion)
            if named and suits(rule, subject) and (not rule.fixed or normalised(rule.fixed) == normalised(value)):
                return rule
        return None

    def _subject(self, about: str, heard: Heard) -> Subject | None:
        """Whom a statement is about, if somebody spoke of them."""
        low = lowered(" ".join(about.split()))
        if low in _SELF:
            return ME
        subject = self._rules.subjects.parsed(low)
        return subject if subject and subject.words in heard.people else None

    def _when(self, words: str, place: Place, heard: Heard) -> When | None:
        """The time the words name, or else the clause of the value; resolved from the message."""
        named = _found(words, heard.clauses)
        for clause in (named.clause, place.clause) if named else (place.clause,):
            if dated := find(clause.low, heard.said_at):
                return dated.when
        return None

    def _turned(self, item: Mapping[str, Any], clause: Clause) -> bool:
        """Whether a statement says yes where its clause says no, or the other way round."""
        says_no = bool(self._negations & set(_words(clause.low)))
        if item["what"] == OTHER:
            return says_no != bool(self._negations & set(_words(item["note"])))
        return not (says_no or clause.ended) if item["denied"] else says_no

    def _worded(self, item: Mapping[str, Any], subject: Subject, place: Place, when: When | None, heard: Heard) -> Iterator[Statement]:
        """A note of the model's own, if it has no word that the message does not have."""
        note = " ".join(item["note"].split()).rstrip(".")
        if item["when"]:
            note = " ".join(re.sub(re.escape(item["when"]), "", note, flags=re.IGNORECASE).split())
        if not note.isprintable() or not note.casefold().startswith(("they ", "their ")) or find(lowered(note), heard.said_at):
            return
        said = {word for clause in heard.clauses for word in _words(clause.low)}
        own = [word for word in _words(note) if word not in self._free]
        if len(own) < 2 or not all(any(_alike(word, other) for other in said) for word in own):
            return
        starts, ends = stretch_of(when, heard.said_at, until_over=True)
        text = f"{note[0].lower()}{note[1:]} {when.phrase}" if when else f"{note[0].lower()}{note[1:]}"
        kind: Literal["event", "fact"] = "event" if when else "fact"
        value = in_note(place.words)
        yield Statement(kind, text, subject.words, "", value, "", False, starts, ends, IMPORTANCE, place.clause.correction)


def in_note(words: str) -> str:
    """Words of the user's as a note has them."""
    return in_third_person(words).strip(" ,")


def _words(text: str) -> list[str]:
    return [match[0].casefold() for match in _WORD.finditer(text)]


def _found(words: str, clauses: Sequence[Clause]) -> Place | None:
    """Where words stand in a message, one after another, whatever their case, punctuation and articles."""
    wanted = normalised(words).split()
    if not wanted:
        return None
    for clause in clauses:
        there = [(match[0].casefold(), match.span()) for match in _WORD.finditer(clause.text) if normalised(match[0])]
        for at in range(len(there) - len(wanted) + 1):
            if [word for word, _ in there[at : at + len(wanted)]] == wanted:
                return Place(clause, clause.text[there[at][1][0] : there[at + len(wanted) - 1][1][1]])
    return None


def _alike(one: str, other: str) -> bool:
    """Whether two words are forms of one: "paints" and "painting"."""
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one == other or (shared >= 4 and shared >= max(len(one), len(other)) - 3)
