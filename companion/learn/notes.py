"""Makes notes of findings: a statement with its words in the third person, its slot and the time it holds for.

One finding can settle more than one thing: a job that is lost ends an employer, an engagement is also how things stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from companion.learn.mentions import ME, Subject
from companion.learn.phrasing import normalised, with_article
from companion.learn.reading import NAMED, Finding
from companion.learn.rules import Rule
from companion.learn.stretches import When
from companion.learn.subjects import Subjects


@dataclass(frozen=True)
class Statement:
    """A fact or an event a user has told.

    Attributes:
        kind: a fact holds until another one takes its slot; an event has a time.
        text: the note, in the third person: "their dog is called Rex".
        subject: whom it is about: "user", "sister", "dog", "interview".
        attribute: what about them: "name", "home", "date".
        value: "Rex"; of a fact that is denied, what is denied; may be empty then.
        slot: what competes: "sister|name", or with the value for what may stand side by side: "user|allergy|nuts".
        denies: it says that the slot's value does not hold, or no longer.
        holds_from, holds_until: the time it speaks of, aware; None where none is said.
        importance: from 0 to 1.
        correction: it was said to put something right.
    """

    kind: Literal["fact", "event"]
    text: str
    subject: str
    attribute: str
    value: str
    slot: str
    denies: bool
    holds_from: datetime | None
    holds_until: datetime | None
    importance: float
    correction: bool


class Notes:
    """Writes the statements of findings.

    Args:
        rules: by attribute, for what a happening ends.
        subjects: for what kind of thing the user has.
    """

    def __init__(self, rules: Mapping[str, Rule], subjects: Subjects) -> None:
        self._rules, self._subjects = rules, subjects

    def of(self, finding: Finding, said_at: datetime) -> list[Statement]:
        """The statements of a finding, the finding itself first."""
        rule, subject = finding.rule, finding.subject
        if subject.several and finding.rule is NAMED:
            return [
                self._made(
                    finding,
                    said_at,
                    subject=ME,
                    attribute=subject.words,
                    many=True,
                    text=f"they have {with_article(subject.words)} called {finding.value}",
                )
            ]
        if rule.has:
            return self._having(finding, said_at)
        if rule.counts:
            return [
                self._made(
                    finding, said_at, attribute=finding.words["relation"], text=f"they have {finding.value} {finding.words['relation']}"
                )
            ]
        made = [self._made(finding, said_at)]
        for attribute in rule.ends:
            rest = self._rules[attribute]
            slot = f"{subject.words}|{rest.slot or attribute}"
            made.append(
                replace(
                    made[0],
                    kind="fact",
                    text=f"{subject.note} no longer {'work' if subject.kind == 'user' else 'works'} there",
                    attribute=attribute,
                    value="",
                    slot=slot,
                    denies=True,
                )
            )
        if rule.ends_has and subject.kind == "pet":
            made.append(
                replace(
                    made[0],
                    kind="fact",
                    text=f"they no longer have {with_article(subject.words)}",
                    subject="user",
                    attribute="pet",
                    value=subject.words,
                    slot=f"user|pet|{subject.words}",
                    denies=True,
                )
            )
        for attribute, value in rule.states.items():
            made.append(
                replace(
                    made[0],
                    kind="fact",
                    text=f"{subject.note} {'are' if subject.kind == 'user' or subject.plural else 'is'} {value}",
                    attribute=attribute,
                    value=value,
                    slot=f"{subject.words}|{attribute}",
                )
            )
        return made

    def _having(self, finding: Finding, said_at: datetime) -> list[Statement]:
        """That the user has a dog, or a sister; and when the dog is gone, its name no longer belongs to one of theirs."""
        words = finding.words["relation"]
        known = self._subjects.of("", words)
        kind = known.kind if known else "person"
        attribute = "pet" if kind == "pet" else "family"
        no = "no longer have" if finding.ended else "do not have"
        text = f"they {no if finding.denies else 'have'} {with_article(words)}"
        made = [self._made(finding, said_at, attribute=attribute, value=words, many=True, text=text)]
        if finding.denies and kind == "pet":
            made.append(
                replace(made[0], text=f"the {words} they had is gone", subject=words, attribute="name", value="", slot=f"{words}|name")
            )
        return made

    def _made(
        self,
        finding: Finding,
        said_at: datetime,
        *,
        subject: Subject | None = None,
        attribute: str = "",
        value: str = "",
        many: bool = False,
        text: str = "",
    ) -> Statement:
        rule, when = finding.rule, finding.when
        subject = subject or finding.subject
        words, attribute, value = subject.words, attribute or rule.attribute, value or finding.value
        if rule.named:
            attribute = f"favourite {finding.words['named']}"
        if rule.date == "value" and when:
            value = _yearly(when) if rule.yearly else when.words
        if rule.plan:
            occasion = rule.occasion or finding.words.get("occasion", "").replace(" 's", "'s")
            words = occasion if subject.kind == "user" else f"{words}'s {occasion}"
        text = text or self._note(finding, subject, value, said_at)
        competing = rule.slot or attribute
        slot = f"{words}|{competing}|{normalised(value)}" if many or rule.many else f"{words}|{competing}"
        if rule.stance:
            value = f"{rule.stance} {value}"
        once = rule.yearly or rule.attribute == "birth"
        starts, ends = (None, None) if once else stretch_of(when, said_at, until_over=rule.date == "value" or rule.ahead)
        kind: Literal["fact", "event"] = "event" if rule.kind == "event" else "fact"
        return Statement(
            kind, text, words, attribute, value, slot, finding.denies, starts, ends, rule.importance, finding.clause.correction
        )

    @staticmethod
    def _note(finding: Finding, subject: Subject, value: str, said_at: datetime) -> str:
        rule, when = finding.rule, finding.when
        of_user = subject.kind == "user"
        if finding.denies and not rule.denied:
            template = rule.user_not if of_user else rule.other_not
        else:
            template = rule.user if of_user else rule.other
        template = template or rule.other
        phrase = ""
        if when:
            phrase = when.phrase
            if rule.yearly:
                phrase = f"on {value}" if value[:1].isdigit() else f"in {value}"
        text = template.format(
            who=subject.note,
            subject=subject.words,
            value=value,
            a_value=with_article(value) if value else "",
            when=phrase,
            **_shown(finding),
        )
        if finding.denies and finding.ended and "no longer" not in text and "stopped" not in text:
            text += " any more"
        if when and rule.date == "value" and not rule.yearly and when.end <= said_at:
            text = text.replace(" is ", " was ", 1)
        elif when and rule.date != "value" and (rule.kind == "event" or when.preposition in {"since", "until"}):
            text = f"{text} {phrase}"
        return _plural(text, subject) if subject.plural else text


def _yearly(when: When) -> str:
    """A birthday as a note writes it: "12 March", or "May" when only the month was said."""
    return f"{when.start.day} {when.start:%B}" if when.end - when.start <= timedelta(days=1) else f"{when.start:%B}"


def _shown(finding: Finding) -> dict[str, str]:
    shown = {name: words.replace(" 's", "'s") for name, words in finding.words.items() if name in {"named", "occasion", "verb"}}
    return {"occasion": finding.rule.occasion, **shown}


def _plural(text: str, subject: Subject) -> str:
    """ "their parents lives" as it should be."""
    head, rest = text[: len(subject.note)], text[len(subject.note) :].split(" ")
    changes = {"is": "are", "has": "have", "was": "were", "does": "do", "studies": "study", "goes": "go"}
    if len(rest) > 1 and not rest[0]:
        verb = rest[1]
        rest[1] = changes.get(verb, verb.removesuffix("s") if verb.endswith("s") and not verb.endswith("ss") else verb)
    return head + " ".join(rest)


def stretch_of(when: When | None, said_at: datetime, *, until_over: bool) -> tuple[datetime | None, datetime | None]:
    """From when until when a statement holds: from the day it names, and where `until_over` says so, as a plan does, until that day
    is over."""
    if not when:
        return None, None
    if when.preposition == "until":
        return None, when.end
    return when.start, when.end if until_over and when.end > said_at else None
