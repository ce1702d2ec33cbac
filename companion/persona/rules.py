"""Rules: when something holds, how she then talks. What is written here is data; `rule_checks` says which rules clash.

A rule that cannot be followed by itself is refused, and so are two of which neither comes first: they hold at the same times, with
the same priority, and say different things.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Annotated, Any, Self, get_args

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from companion.persona.fields import Name, Part, distinct, refused
from companion.persona.phrases import among, everyday, sentence_lengths
from companion.persona.terms import Emotion, Octant, Pace, Questions, TimeOfDay

MOST_RULES = 200
FEWEST_SIGNS = 2  # letters or digits of a phrase to avoid: less stands in almost every sentence
MOST_EVERYDAY = 10  # of the hundred commonest words, at once: without more of them hardly a sentence can be said
FEELINGS: tuple[str, ...] = get_args(Emotion)
SINGLE = ("questions", "pace", "tone", "expression", "temperature")  # of these a reply can have one

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
PhraseList = Annotated[tuple[Phrase, ...], Field(max_length=40)]
Place = tuple[str | int, ...]
Refusal = tuple[Place, str, Any]


class When(Part):
    """What must hold, all of it at once; what is left out always holds."""

    emotion: Emotion | None = Field(
        default=None, description="The feeling she shows; in a rule that hides feelings, the one that is strongest in her."
    )
    mood: Octant | None = Field(default=None, description="Where her mood lies, by Mehrabian's eight names.")
    user_emotion: Emotion | None = Field(
        default=None, description="A feeling that stands out in the user's message; of two, the stronger one's rule comes first."
    )
    stage: Name | None = Field(default=None, description="How near the two are: the name of a stage of the relationship.")
    time_of_day: TimeOfDay | None = Field(default=None, description="The part of the day, where the user is.")
    days_apart: int | None = Field(default=None, ge=1, le=3650, description="At least so many days since the two talked last.")
    topic: Name | None = Field(default=None, description="What the user's message is about, such as work or sleep.")


class Then(Part):
    """How she talks while the rule holds; at least one of these."""

    avoid: PhraseList = Field(default=(), description="Words and phrases that she does not say.")
    favour: PhraseList = Field(default=(), description="Words and phrases that come to her more easily.")
    sentence_words: int | None = Field(default=None, ge=3, le=60, description="The most words in a sentence of hers.")
    reply_sentences: int | None = Field(default=None, ge=1, le=20, description="The most sentences in a reply of hers.")
    questions: Questions | None = Field(default=None, description="Whether she asks: as she likes, not at all, or one question at most.")
    pace: Pace | None = Field(default=None, description="How quickly she speaks and writes.")
    tone: Name | None = Field(default=None, description="How she sounds, in a word or two, such as gentle or matter-of-fact.")
    expression: Name | None = Field(default=None, description="What her face shows, in a word or two, such as a small smile.")
    hide: Annotated[tuple[Emotion, ...], Field(max_length=len(FEELINGS))] = Field(
        default=(), description="Feelings that she has but does not show; she shows the one that is next."
    )
    temperature: float | None = Field(
        default=None, ge=0.5, le=1.5, description="Her model's temperature times this: below 1 she is steadier, above 1 more surprising."
    )

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        if self == Then.model_construct():
            raise refused(((), "says nothing; add what she does then, such as a pace or phrases to avoid", {}))
        if problems := [*self._avoids_too_much(), *self._leaves_no_room(), *self._hides_all()]:
            raise refused(*problems)
        return self

    def _avoids_too_much(self) -> Iterator[Refusal]:
        favoured = among(self.favour)
        for at, phrase in enumerate(self.avoid):
            if sum(map(str.isalnum, phrase)) < FEWEST_SIGNS:
                yield ("avoid", at), "would forbid almost everything; a phrase needs two letters or more", phrase
            elif within := favoured.around(phrase):
                held = "is favoured by" if within.casefold() == phrase.casefold() else f"stands in “{within}”, which is favoured by"
                yield ("avoid", at), f"{held} the same rule; keep it in one of the two", phrase
        if len(common := everyday(self.avoid)) > MOST_EVERYDAY:
            yield ("avoid",), _speechless(common), self.avoid

    def _leaves_no_room(self) -> Iterator[Refusal]:
        for at, phrase in enumerate(self.favour):
            lengths, place = sentence_lengths(phrase), ("favour", at)
            if self.sentence_words is not None and max(lengths, default=0) > self.sentence_words:
                yield place, f"has a sentence of {max(lengths)} words, and the same rule allows {self.sentence_words}", phrase
            elif self.reply_sentences is not None and len(lengths) > self.reply_sentences:
                yield place, f"has {len(lengths)} sentences, and the same rule allows {self.reply_sentences}", phrase
            elif self.questions == "none" and "?" in phrase:
                yield place, "is a question, and the same rule allows none", phrase

    def _hides_all(self) -> Iterator[Refusal]:
        if len(set(self.hide)) == len(FEELINGS):
            yield ("hide",), "leaves her nothing to show; take out one feeling or more, such as neutral", self.hide


class Rule(Part):
    """While `when` holds, she talks as `then` says."""

    name: Name = Field(description="What the rule is called, for you and for the reasons that are shown with a reply.")
    priority: int = Field(default=0, ge=-100, le=100, description="Where rules say different things, the higher number is followed.")
    when: When = Field(default=When(), description="What must hold, all of it at once. Without any of it the rule always holds.")
    then: Then = Field(description="How she talks while it holds.")

    @property
    def feels(self) -> Emotion | None:
        """The feeling that must be strongest in her, shown or not: only a rule that hides some asks for that."""
        return self.when.emotion if self.then.hide else None

    @property
    def shows(self) -> Emotion | None:
        """The feeling that she must show."""
        return None if self.then.hide else self.when.emotion


def disagreements(one: Then, other: Then) -> Iterator[tuple[str, Any, Any]]:
    """What two rules ask for that one reply cannot have both of: the field, what the one asks for, and what the other does.

    Of phrases the field is `avoid`, if the one avoids what stands in a phrase that the other favours, or `favour`, if it is the
    other way round.
    """
    if one.avoid and other.favour:
        avoided = among(one.avoid)
        yield from (("avoid", barred, phrase) for phrase in other.favour if (barred := avoided.within(phrase)))
    if one.favour and other.avoid:
        avoided = among(other.avoid)
        yield from (("favour", phrase, barred) for phrase in one.favour if (barred := avoided.within(phrase)))
    for name in SINGLE:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine is not None and theirs is not None and worded(mine) != worded(theirs):
            yield name, mine, theirs


def worded(value: object) -> str:
    """A value as a person reads it; capitals make no difference."""
    return value.casefold() if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)


def _decided(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules, if of any two that always hold together and say different things one comes first."""
    alike: dict[tuple[int, When, Emotion | None], list[int]] = {}
    for at, rule in enumerate(rules):
        alike.setdefault((rule.priority, rule.when, rule.feels), []).append(at)
    problems = [
        (
            (at, "then", name),
            f"clashes with number {before + 1}, “{rules[before].name}”: {_told(name, theirs, mine)}. Both hold at the same times with the "
            "same priority; give one of them a higher priority, or take one out",
            mine,
        )
        for group in alike.values()
        for before, at in combinations(group, 2)
        for name, mine, theirs in disagreements(rules[at].then, rules[before].then)
    ]
    if problems:
        raise refused(*problems)
    return rules


def _told(name: str, first: Any, second: Any) -> str:
    if name in ("avoid", "favour"):
        verbs = ("favours", "avoids") if name == "avoid" else ("avoids", "favours")
        return f"that one {verbs[0]} “{first}”, this one {verbs[1]} “{second}”"
    return f"“{worded(first)}” there, “{worded(second)}” here"


def _leave_words(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules, if those that always hold leave her enough words."""
    phrases: tuple[str, ...] = ()
    for at, rule in enumerate(rules):
        if rule.when == When() and rule.then.avoid:
            phrases += rule.then.avoid
            if len(common := everyday(phrases)) > MOST_EVERYDAY:
                raise refused(((at, "then", "avoid"), f"with the rules before it that always hold {_speechless(common)}", rule.then.avoid))
    return rules


def _speechless(common: Sequence[str]) -> str:
    few = ", ".join(f"“{word}”" for word in common[:3])
    return f"forbids {len(common)} of the hundred commonest words ({few} …) and leaves hardly a sentence; {MOST_EVERYDAY} at most"


Rules = Annotated[
    tuple[Rule, ...], Field(max_length=MOST_RULES), AfterValidator(distinct), AfterValidator(_decided), AfterValidator(_leave_words)
]
