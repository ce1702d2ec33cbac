"""Who she is: everything static about a persona, validated and immutable.

Files are YAML (`companion.persona.files` reads them). The Big Five follow Goldberg's markers on [−1, 1], with emotional
stability instead of neuroticism: published formulas take one or the other, and the sign is where ports go wrong. What has a
module of its own: `goals`, `rules`, `relationship`, `lorebook`, `visual`, `voice`.
"""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from companion.persona.fields import Color, Line, Name, Part, Passage, Signed, Text, refused
from companion.persona.goals import Goal, Goals, Influence
from companion.persona.lorebook import Lorebook
from companion.persona.relationship import Enter, Relationship, Stage
from companion.persona.rules import Rule, Rules, Then, When
from companion.persona.visual import BlockScale, Digest, IPAdapter, Look, Lora, Outfit, Setting, Visual
from companion.persona.voice import Voice

__all__ = [
    "FORMAT",
    "Appearance",
    "BigFive",
    "BlockScale",
    "Blueprint",
    "Character",
    "Color",
    "Enter",
    "Exchange",
    "Goal",
    "IPAdapter",
    "Identity",
    "Influence",
    "Instructions",
    "Line",
    "Look",
    "Lora",
    "Lorebook",
    "Memory",
    "ModelChoice",
    "Outfit",
    "Relationship",
    "Rule",
    "Sampling",
    "Setting",
    "Speech",
    "Stage",
    "Text",
    "Then",
    "Visual",
    "Voice",
    "When",
]

FORMAT: Final = "companion-blueprint-2"
MOST_RECOLLECTIONS = 8


class Identity(Part):
    """Who she is. `background` is written in her own words, one fact a sentence: "My cat is called Pilot."."""

    name: Name = Field(description="Her full name.")
    nickname: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = Field(
        default="", description="What she is called; empty takes her name."
    )
    age: int = Field(ge=18, le=999, description="Her age in years; personas are adults.")
    pronouns: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+/[A-Za-z]+(/[A-Za-z]+)?$")] = Field(
        default="she/her", description="How to speak of her, such as she/her or they/them/their."
    )
    tagline: Name = Field(description="The line under her name: what she does, in a few words.")
    background: Text = Field(description="Her life in her own words, one fact a sentence: My cat is called Pilot. She knows it all.")

    @property
    def called(self) -> str:
        """The name she goes by."""
        return self.nickname or self.name


class BigFive(Part):
    """Traits in [−1, 1]."""

    openness: Signed = Field(default=0.0, description="Curious at 1, conventional at -1.")
    conscientiousness: Signed = Field(default=0.0, description="Orderly at 1, spontaneous at -1.")
    extraversion: Signed = Field(default=0.0, description="Outgoing at 1, reserved at -1.")
    agreeableness: Signed = Field(default=0.0, description="Gentle at 1, contrary at -1.")
    emotional_stability: Signed = Field(default=0.0, description="Even at 1, easily moved at -1.")


class Speech(Part):
    """How she talks: a short description, and lines she might say."""

    manner: Line = Field(description="How she talks, in a few words: calm and steady; few and even words.")
    lines: tuple[Line, ...] = Field(default=(), max_length=12, description="Lines she might say. They teach more than descriptions.")


class Character(Part):
    """What moves her and how it sounds."""

    big_five: BigFive = Field(default=BigFive(), description="Her traits, from which her mood at rest follows.")
    values: tuple[Line, ...] = Field(default=(), max_length=12, description="What matters to her, each in a word or two.")
    quirks: tuple[Line, ...] = Field(default=(), max_length=12, description="Small habits that make her herself.")
    speech: Speech = Field(description="How she talks.")


class Exchange(Part):
    """One example: what a user says and what she answers."""

    user: Text = Field(description="What somebody says to her.")
    reply: Text = Field(description="What she answers, just as she would.")


class Memory(Part):
    """What she keeps and how much of it comes to her mind."""

    learns: bool = Field(default=True, description="Whether she remembers what is said. Off, she keeps nothing new.")
    recollections: int = Field(
        default=MOST_RECOLLECTIONS,
        ge=0,
        le=MOST_RECOLLECTIONS,
        description="How many memories come to her mind at a question, at most; at a remark half as many.",
    )


class Sampling(Part):
    """How freely the model chooses; the meanings are those of `companion.think.protocol.Constraints`."""

    temperature: float = Field(default=0.5, ge=0, le=2, description="How freely words are chosen; 0 always takes the likeliest.")
    top_p: float = Field(default=0.95, gt=0, le=1, description="The share of likely words that is considered.")
    min_p: float = Field(default=0.05, ge=0, lt=1, description="Words less likely than this share of the likeliest are left out.")
    repetition_penalty: float = Field(default=1.1, ge=1, le=2, description="How much repeating herself is discouraged; 1 is not at all.")
    max_tokens: int = Field(default=200, ge=8, le=4096, description="Her longest reply, in tokens of about three quarters of a word.")


class ModelChoice(Part):
    """Which model speaks for her: `default` follows the app's choice; else a name, hub id or folder."""

    base: Line = Field(
        default="default", description="The model that writes for her: default is your choice; else a name, hub id or folder."
    )
    adapter: Line | None = Field(default=None, description="A LoRA adapter her model wears while she speaks: a folder's name in adapters.")
    sampling: Sampling = Field(default=Sampling(), description="How freely the model chooses its words.")


class Instructions(Part):
    """What her model is told of how to play her, beside who she is; `{{original}}` stands for what Companion itself says there.

    Character Card V2, `system_prompt` and `post_history_instructions`.
    """

    system: Passage = Field(
        default="", description="Told at the beginning, in place of what Companion says there; {{original}} stands for that."
    )
    after_history: Passage = Field(
        default="", description="Told right before every message; {{original}} stands for what Companion says there, which is nothing."
    )


class Appearance(Part):
    """Her portrait (part names of python-avatars) and her colours."""

    portrait: dict[str, str] = Field(default_factory=dict, description="Parts of the drawing by name; the others are chosen from her id.")
    accent: Color = Field(default="#2F6E73", description="Her colour on the page; white text must be readable on it.")
    backdrop: Color = Field(default="#DCE9E8", description="The colour behind her portrait.")
    picture: Digest | None = Field(
        default=None, description="A picture that stands for her portrait, by the SHA-256 of its file; without one it is drawn."
    )


class Blueprint(Part):
    """One persona. Unknown keys are refused."""

    format: Literal["companion-blueprint-2"] = Field(default=FORMAT, description="Which kind of file this is.")
    identity: Identity = Field(description="Who she is.")
    character: Character = Field(description="What moves her and how it sounds.")
    greeting: Text = Field(description="Her first words. Only what her background says should stand here.")
    alternate_greetings: tuple[Text, ...] = Field(default=(), max_length=8, description="Other first words, to swipe through.")
    openers: tuple[Line, ...] = Field(default=(), max_length=6, description="First lines offered to the user, to begin with a click.")
    examples: tuple[tuple[Exchange, ...], ...] = Field(default=(), max_length=8, description="Short conversations that show how she talks.")
    boundaries: tuple[Line, ...] = Field(default=(), max_length=12, description="What she does not do, each beginning with a verb.")
    goals: Goals = Field(default=(), description="What she wants, and what brings it nearer or farther.")
    rules: Rules = Field(default=(), description="How she talks when something holds: a mood, an hour, a topic.")
    relationship: Relationship = Field(default=Relationship(), description="How the two get nearer, stage by stage.")
    memory: Memory = Field(default=Memory(), description="What she keeps and how much of it comes to her mind.")
    lorebook: Lorebook = Field(default=Lorebook(), description="What she is reminded of when it comes up.")
    model: ModelChoice = Field(default=ModelChoice(), description="Who writes for her.")
    appearance: Appearance = Field(default=Appearance(), description="Her portrait and her colours on the page.")
    visual: Visual = Field(default=Visual(), description="How she looks on pictures.")
    voice: Voice = Field(default=Voice(), description="What she sounds like.")
    instructions: Instructions = Field(default=Instructions(), description="How her model is told to play her.")

    @model_validator(mode="after")
    def _stages_are_there(self) -> Self:
        known = [stage.name for stage in self.relationship.stages]
        there = f"; there are {', '.join(known)}" if known else "; there are none"
        unknown = [
            (("rules", at, "when", "stage"), f"is no stage of the relationship{there}", rule.when.stage)
            for at, rule in enumerate(self.rules)
            if rule.when.stage is not None and rule.when.stage not in known
        ]
        if unknown:
            raise refused(*unknown)
        return self
