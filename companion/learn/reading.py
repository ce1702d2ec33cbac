"""Reads one clause by the rules: who, what about them, and since or until when.

A finding keeps the clause and the place of its value, so that a correction ("sorry, I meant Clara") can be read as the
same clause with another value. Nothing here looks beyond one clause; `statements.py` goes through the message.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from companion.learn.mentions import ME, Mentioned, Opening, Subject
from companion.learn.moments import find
from companion.learn.rules import Rule
from companion.learn.stretches import When
from companion.learn.subjects import Subjects
from companion.learn.values import Values
from companion.learn.wording import Clause, lowered

_NOT = re.compile(
    r"(?:(?:do|does|did) not (?:really |actually |even )?(?:have to )?|(?P<be>(?:am|is|are|was|were|'s|have got"
    r"|has got) )(?:not|no longer) (?:really |actually |yet )?|no longer |(?P<no>have|has) no )"
)


@dataclass(frozen=True)
class Finding:
    """What a rule has found in a clause.

    Attributes:
        rule: the rule.
        subject: whom it is about.
        value: as a note writes it; empty where the date is the value or a denial has none.
        denies: it says that this does not hold (any more).
        ended: it did hold once.
        when: the time the clause names.
        words: further groups of the pattern: named, occasion, verb, relation.
        clause, span: where the value or the date stands, for corrections.
    """

    rule: Rule
    subject: Subject
    value: str
    denies: bool
    ended: bool
    when: When | None
    words: dict[str, str]
    clause: Clause
    span: tuple[int, int]


class Reader:
    """Holds clauses against the rules."""

    def __init__(self, rules: Sequence[Rule], subjects: Subjects, values: Values) -> None:
        self._subjects, self._values = subjects, values
        self._does = tuple((pattern, rule) for rule in rules for pattern in rule.does)
        self._own = tuple((pattern, rule) for rule in rules for pattern in rule.own)
        self._whole = tuple((pattern, rule) for rule in rules for pattern in rule.whole)

    def read(self, clause: Clause, said_at: datetime, mentioned: Mentioned, *, lower: bool) -> list[Finding]:
        """What a clause says; at most a handful of findings, usually none or one."""
        trimmed = self._values.trimmed(clause.text)
        clause = replace(clause, text=trimmed, low=lowered(trimmed))
        opening = self._subjects.open(clause.text, clause.low, mentioned, continues=clause.continues, lower=lower)
        mentioned.fresh = None
        if opening:
            mentioned.remember(opening.subject)
        mentioned.current = opening.subject if opening and not (opening.owns and opening.subject is ME) else None
        findings = self._named(clause, opening, lower) if opening and opening.named else []
        dated = find(clause.low, said_at)
        if dated:
            found = self._with_when(clause, dated.when, (dated.begins, dated.ends), said_at, mentioned, opening, lower)
            if found:
                return findings + found
        return findings + list(self._match(clause, None, opening, mentioned, lower))[:6]

    def _with_when(
        self,
        clause: Clause,
        when: When,
        gap: tuple[int, int],
        said_at: datetime,
        mentioned: Mentioned,
        opening: Opening | None,
        lower: bool,
    ) -> list[Finding]:
        """Reads the clause without the words of its date, which may stand first, last or in the middle."""
        text = f"{clause.text[: gap[0]].rstrip(' ,')} {clause.text[gap[1] :].lstrip(' ,')}"
        begins = len(text) - len(text.lstrip())
        text = self._values.trimmed(text[begins:])
        shorter = replace(clause, text=text, low=lowered(text))
        if begins or not opening:
            opening = self._subjects.open(shorter.text, shorter.low, mentioned, continues=clause.continues, lower=lower)
            if opening:
                mentioned.remember(opening.subject)
                mentioned.current = None if opening.owns and opening.subject is ME else opening.subject
        elif opening.rest > gap[0]:
            return []
        found = list(self._match(shorter, when, opening, mentioned, lower))
        return [replace(one, clause=clause, span=gap) if one.rule.date == "value" else one for one in found][:6]

    def _match(self, clause: Clause, when: When | None, opening: Opening | None, mentioned: Mentioned, lower: bool) -> Iterator[Finding]:
        found = False
        for pattern, rule in self._whole:
            match = pattern.match(clause.low)
            if match and (got := list(self._found(rule, match, clause, 0, None, False, when, mentioned, lower))):
                yield from got
                return
        if not opening:
            return
        rest = clause.low[opening.rest :]
        if opening.owns:
            for pattern, rule in self._own:
                match = pattern.match(rest)
                if match and (got := list(self._found(rule, match, clause, opening.rest, opening.subject, False, when, mentioned, lower))):
                    yield from got
                    return
            for negative in (" is not ", " are not ", " was not "):
                if negative in rest:
                    yield from self._denied(self._own, rest.replace(negative, negative[:-4], 1), 4, clause, opening, when, mentioned, lower)
                    return
            if not opening.unsure:
                return
            rest = "is " + rest  # "my sister's a nurse"
            for pattern, rule in self._does:
                match = pattern.match(rest)
                if match and (
                    got := list(self._found(rule, match, clause, opening.rest - 3, opening.subject, False, when, mentioned, lower))
                ):
                    yield from got
                    return
            return
        for pattern, rule in self._does:
            match = pattern.match(rest)
            if (
                match
                and not rule.only_denied
                and (got := list(self._found(rule, match, clause, opening.rest, opening.subject, False, when, mentioned, lower)))
            ):
                yield from got
                found = True
                break
        negation = None if found else _NOT.match(rest)
        if negation:
            positive = (negation["be"] or (negation["no"] + " " if negation["no"] else "")) + rest[negation.end() :]
            shift = len(rest) - len(positive)
            done = list(self._denied(self._does, positive, shift, clause, opening, when, mentioned, lower))
            if not done and negation["no"]:
                positive = f"{negation['no']} a {rest[negation.end() :]}"
                done = list(self._denied(self._does, positive, len(rest) - len(positive), clause, opening, when, mentioned, lower))
            yield from done

    def _denied(
        self,
        forms: Sequence[tuple[re.Pattern[str], Rule]],
        low: str,
        shift: int,
        clause: Clause,
        opening: Opening,
        when: When | None,
        mentioned: Mentioned,
        lower: bool,
    ) -> Iterator[Finding]:
        low = re.sub(r" anymore$", "", low)
        for pattern, rule in forms:
            match = pattern.match(low)
            if match and (rule.user_not if opening.subject.kind == "user" else rule.other_not):
                got = list(self._found(rule, match, clause, opening.rest + shift, opening.subject, True, when, mentioned, lower))
                if got:
                    yield from got
                    return

    def _found(
        self,
        rule: Rule,
        match: re.Match[str],
        clause: Clause,
        offset: int,
        subject: Subject | None,
        denies: bool,
        when: When | None,
        mentioned: Mentioned,
        lower: bool,
    ) -> Iterator[Finding]:
        """The findings of a match that passes the rule's checks: whose it is, its date, its value."""
        groups = {name: words for name, words in match.groupdict().items() if words is not None}
        related = self._subjects.of(groups.get("adjectives", ""), groups["relation"]) if "relation" in groups else None
        if "relation" in groups and not related:
            return
        if rule.renames:
            subject = mentioned.latest
        elif rule.counts or rule.has:
            subject = ME
        elif subject is None:
            subject = related or ME
        if subject is None or not suits(rule, subject):
            return
        if rule.date in {"value", "needed"} and not when:
            return
        if rule.yearly and when and not (when.month or when.end - when.start <= timedelta(days=1)):
            return
        slot = next((name for name in ("value", "any_value", "denied") if name in groups), "")
        values: tuple[str, ...] = (rule.fixed,)
        span = (0, len(clause.text))
        if slot and not rule.fixed:
            begins, ends = match.span(slot)
            span = (max(0, begins + offset), ends + offset)
            kind = "any" if slot == "any_value" else rule.value
            values = self._values.check(kind, clause.text[span[0] : span[1]], lower=lower) if kind else (groups[slot],)
        if related:
            mentioned.remember(related)
            groups["relation"] = related.words
            if rule.counts and (not related.plural or related.words in {"parents", "grandparents", "in-laws", "neighbours"}):
                return
            if rule.has and (related.kind == "thing" or related.plural):
                return
        ended = clause.ended and (denies or slot == "denied")
        for value in values:
            found = Finding(rule, subject, value, denies or rule.denied or slot == "denied", ended, when, groups, clause, span)
            if rule.attribute == "name" and value and not found.denies:
                mentioned.names[lowered(value).split()[0]] = subject
                mentioned.remember(subject)
            yield found

    def _named(self, clause: Clause, opening: Opening, lower: bool) -> list[Finding]:
        """A name said in passing: "my sister Anna lives in Porto"."""
        begins, ends = opening.named or (0, 0)
        names = self._values.check("name", clause.text[begins:ends], lower=lower)
        return [Finding(NAMED, opening.base or opening.subject, names[0], False, False, None, {}, clause, (begins, ends))] if names else []


def suits(rule: Rule, subject: Subject) -> bool:
    """Whether a rule speaks of subjects of this kind."""
    if subject.plural:
        return "plural" in rule.of or (
            "person" in rule.of and subject.kind == "person" and rule.attribute not in {"name", "age", "birthday"}
        )
    return subject.kind in rule.of


NAMED = Rule(
    attribute="name",
    of=frozenset({"person", "pet", "thing"}),
    does=(),
    own=(),
    whole=(),
    value="name",
    importance=0.9,
    other="{who} is called {value}",
    other_not="{who} is not called {value}",
)
