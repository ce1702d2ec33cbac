"""Rules: when something holds, how she then talks. What is written here is data; `rule_checks` says which rules clash."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from companion.persona.fields import Name, Part, distinct, refused
from companion.persona.terms import Emotion, Octant, Pace, Questions, TimeOfDay

MOST_RULES = 64
FEWEST_SIGNS = 2  # letters or digits of a phrase to avoid: less stands in almost every sentence

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Phrases = Annotated[tuple[Phrase, ...], Field(max_length=40)]


class When(Part):
    """What must hold, all of it at once; what is left out always holds."""

    emotion: Emotion | None = Field(default=None, description="The feeling that is strongest in her.")
    mood: Octant | None = Field(default=None, description="Where her mood lies, by Mehrabian's eight names.")
    user_emotion: Emotion | None = Field(default=None, description="The feeling that is strongest in the user's message.")
    stage: Name | None = Field(default=None, description="How near the two are: the name of a stage of the relationship.")
    time_of_day: TimeOfDay | None = Field(default=None, description="The part of the day, where the user is.")
    days_apart: int | None = Field(default=None, ge=1, le=3650, description="At least so many days since the two talked last.")
    topic: Name | None = Field(default=None, description="What the user's message is about, such as work or sleep.")


class Then(Part):
    """How she talks while the rule holds; at least one of these."""

    avoid: Phrases = Field(default=(), description="Words and phrases that she does not say.")
    favour: Phrases = Field(default=(), description="Words and phrases that come to her more easily.")
    sentence_words: int | None = Field(default=None, ge=3, le=60, description="The most words in a sentence of hers.")
    reply_sentences: int | None = Field(default=None, ge=1, le=20, description="The most sentences in a reply of hers.")
    questions: Questions | None = Field(default=None, description="Whether she asks: as she likes, not at all, or one question at most.")
    pace: Pace | None = Field(default=None, description="How quickly she speaks and writes.")
    tone: Name | None = Field(default=None, description="How she sounds, in a word or two, such as gentle or matter-of-fact.")
    expression: Name | None = Field(default=None, description="What her face shows, in a word or two, such as a small smile.")
    temperature: float | None = Field(
        default=None, ge=0.5, le=1.5, description="Her model's temperature times this: below 1 she is steadier, above 1 more surprising."
    )

    @model_validator(mode="after")
    def _can_be_followed(self) -> Self:
        if self == Then.model_construct():
            raise refused(((), "says nothing; add what she does then, such as a pace or phrases to avoid", {}))
        favoured = {phrase.casefold() for phrase in self.favour}
        problems = []
        for at, phrase in enumerate(self.avoid):
            if sum(map(str.isalnum, phrase)) < FEWEST_SIGNS:
                problems.append((("avoid", at), "would forbid almost everything; a phrase needs two letters or more", phrase))
            elif phrase.casefold() in favoured:
                problems.append((("avoid", at), "is favoured by the same rule; keep it in one of the two", phrase))
        if problems:
            raise refused(*problems)
        return self


class Rule(Part):
    """While `when` holds, she talks as `then` says."""

    name: Name = Field(description="What the rule is called, for you and for the reasons that are shown with a reply.")
    priority: int = Field(default=0, ge=-100, le=100, description="Where rules say different things, the higher number is followed.")
    when: When = Field(default=When(), description="What must hold, all of it at once. Without any of it the rule always holds.")
    then: Then = Field(description="How she talks while it holds.")


Rules = Annotated[tuple[Rule, ...], Field(max_length=MOST_RULES), AfterValidator(distinct)]
