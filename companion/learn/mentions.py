"""Whom a message has spoken of: the subjects of its clauses, and whom its pronouns and names stand for."""

from dataclasses import dataclass, field

USER = "user"


@dataclass(frozen=True)
class Subject:
    """Someone or something a note can be about.

    Attributes:
        words: what a note calls it: "user", "younger sister", "sister's dog".
        kind: "user", "person", "pet" or "thing".
        pronoun: "he", "she", "it" or "they".
        plural: more than one.
        several: the user may well have more than one of these.
    """

    words: str
    kind: str
    pronoun: str = "they"
    plural: bool = False
    several: bool = False

    @property
    def note(self) -> str:
        """Whom a note says it of: "they" for the user, "their sister" for a sister."""
        return "they" if self.kind == USER else f"their {self.words}"


@dataclass(frozen=True)
class Opening:
    """How a clause begins.

    Attributes:
        subject: whom it is about.
        rest: where the predicate begins, or, after a possessive, the thing possessed.
        owns: what follows belongs to the subject ("my sister's name …", "my name …", "her job …").
        unsure: an 's that may as well stand for "is" or "has".
        named: where the name stands that was said in passing ("my sister Anna lives …").
        many: spoken of by "we" or "our".
        base: whom the name is of, where the subject is one of several ("friend", of "friend Olga").
    """

    subject: Subject
    rest: int
    owns: bool = False
    unsure: bool = False
    named: tuple[int, int] | None = None
    many: bool = False
    base: Subject | None = None


ME = Subject(USER, USER)


@dataclass
class Mentioned:
    """Whom the message has spoken of so far.

    Attributes:
        last: whom each pronoun stands for.
        names: whom each name stands for, in lower case.
        latest: the person, animal or thing that was spoken of last.
        fresh: the one spoken of in the last clause, whom "who" stands for.
        current: the subject of the last clause, which a clause without one goes on with.
    """

    last: dict[str, Subject] = field(default_factory=dict)
    names: dict[str, Subject] = field(default_factory=dict)
    latest: Subject | None = None
    current: Subject | None = None
    fresh: Subject | None = None

    def remember(self, subject: Subject) -> None:
        """Lets later pronouns stand for a subject."""
        if subject.kind == USER:
            return
        self.latest = self.fresh = subject
        for pronoun in {"they": ("he", "she", "they"), "it": ("he", "she", "it")}.get(subject.pronoun, (subject.pronoun,)):
            if not (subject.plural and pronoun != "they"):
                self.last[pronoun] = subject
