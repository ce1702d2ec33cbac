"""Facts and events in what a user says, found without a model: the same words always give the same notes.

`extract` reads one message, with the persona's words before it, so that a bare answer or a correction is understood.
It learns what the user says of themselves, of their people and animals and of what is theirs. It learns nothing from
questions, conditions and wishes, quoted words, what others claim, stories and jokes, and nothing of strangers. It is
written to miss rather than to invent. Other languages than English are not understood.
"""

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from companion.learn.answers import Answers
from companion.learn.mentions import Mentioned
from companion.learn.notes import Notes, Statement
from companion.learn.phrasing import normalised
from companion.learn.reading import NAMED, Finding, Reader
from companion.learn.rules import BOOKS, compile_rules, read_book
from companion.learn.subjects import Subjects
from companion.learn.values import Values
from companion.learn.wording import Clause, Wording, lowered

__all__ = ["Statement", "extract"]

MOST_STATEMENTS = 40  # of one message


def extract(text: str, said_at: datetime, *, asked: str = "") -> tuple[Statement, ...]:
    """The facts and events in a message, in the order they were said.

    Args:
        text: the message; its first 4,000 characters are read.
        said_at: when it was said, aware, in the user's time zone: "tomorrow" counts from here.
        asked: what the persona said right before.

    Returns:
        At most `MOST_STATEMENTS` statements; none for most messages.

    Raises:
        ValueError: said_at has no time zone.
    """
    if said_at.tzinfo is None:
        raise ValueError("said_at needs a time zone")
    return machine().extract(text, said_at, asked)


@lru_cache(maxsize=1)
def machine() -> "Machine":
    """The rules; the first call loads them."""
    return Machine()


class Machine:
    """The rules, loaded and compiled.

    Attributes:
        wording, values, subjects, notes: what clauses are taken apart, checked and worded with.
        rules: in the order in which they are tried.
    """

    def __init__(self) -> None:
        words = read_book("words")
        self.wording = Wording(words)
        self.values = Values(read_book("kinds"), words, read_book("names"))
        self.subjects = Subjects(read_book("relations"), self.values.first_names, self.values.no_names)
        relation, adjectives = self.subjects.relation, self.subjects.adjectives
        self.rules = rules = tuple(rule for name in BOOKS for rule in compile_rules(read_book(name), relation, adjectives))
        self._reader = Reader(rules, self.subjects, self.values)
        self._answers = Answers(read_book("asked"), relation, adjectives)
        self.notes = Notes({rule.attribute: rule for rule in rules if not rule.fixed}, self.subjects)

    def extract(self, text: str, said_at: datetime, asked: str) -> tuple[Statement, ...]:
        """See the function of that name."""
        plain = self.wording.plain(text)
        if not plain.clauses:
            return ()
        asked = self.wording.spelled(asked[-600:].replace("\u2019", "'"))
        mentioned = Mentioned()
        if asked and (subject := self.subjects.relation_in(lowered(asked))):
            mentioned.remember(subject)
        findings: list[Finding] = []
        corrected: set[int] = set()
        for clause in plain.clauses:
            found = self._reader.read(clause, said_at, mentioned, lower=plain.lower)
            if not found or all(one.rule is NAMED for one in found):
                answered = self._answered(clause, asked, findings, said_at, mentioned, plain.lower)
                if answered:
                    corrected.update(
                        range(len(findings), len(findings) + len(answered))
                        if clause.correction or " not " in f" {clause.low} " or clause.low.startswith("i mean")
                        else ()
                    )
                    found = answered
            findings += found
        statements: dict[tuple[str, str, bool], Statement] = {}
        for n, finding in enumerate(findings):
            for statement in self.notes.of(finding, said_at):
                marked = replace(statement, correction=finding.clause.correction or n in corrected)
                key = (marked.slot, marked.value, marked.denies)
                statements.setdefault(key, marked)
        return tuple(statements.values())[:MOST_STATEMENTS]

    def _answered(
        self, clause: Clause, asked: str, before: list[Finding], said_at: datetime, mentioned: Mentioned, lower: bool
    ) -> list[Finding]:
        """A clause that answers or corrects, read as the sentence it completes."""
        stem = self._answers.asked_for(asked) if asked and clause.first else ""
        if stem and (answer := self._answers.answer(clause.text)):
            return self._completed(stem, answer, clause, said_at, mentioned, lower)
        if not (clause.correction or clause.low.startswith(("i mean", "not ")) or ", not " in clause.low):
            return []
        new, old = self._answers.corrected(clause.text)
        if not new:
            return []
        for finding in reversed(before):
            if not old or normalised(old) in {normalised(finding.value), normalised(finding.when.words if finding.when else "")}:
                begins, ends = finding.span
                return self._completed(
                    finding.clause.text[:begins] + "{answer}" + finding.clause.text[ends:],
                    new,
                    clause,
                    said_at,
                    Mentioned(dict(mentioned.last), {}, mentioned.latest),
                    lower,
                )
        stem = self._answers.stated(asked) if asked else ""
        return self._completed(stem, new, clause, said_at, mentioned, lower) if stem else []

    def _completed(self, stem: str, answer: str, clause: Clause, said_at: datetime, mentioned: Mentioned, lower: bool) -> list[Finding]:
        forms = (answer, f"on {answer}", f"in {answer}") if stem.endswith(" is {answer}") else (answer,)
        for form in forms:
            text = self.wording.spelled(stem.replace("{answer}", form))
            whole = Clause(text, lowered(text), correction=clause.correction)
            found = self._reader.read(whole, said_at, mentioned, lower=lower)
            if found:
                return found
        return []
