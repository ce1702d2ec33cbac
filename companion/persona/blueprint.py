"""Who she is: everything static about a persona, validated and immutable.

Files are YAML (`companion.persona.files` reads them). The Big Five follow Goldberg's markers on [−1, 1], with emotional
stability instead of neuroticism: published formulas take one or the other, and the sign is where ports go wrong.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from companion.persona.lorebook import Lorebook

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=6000)]
Trait = Annotated[float, Field(ge=-1, le=1)]
Color = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(_Part):
    """Who she is. `background` is written in her own words, one fact a sentence: "My cat is called Pilot."."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    nickname: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    age: int = Field(ge=18, le=999, description="personas are adults")
    pronouns: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+/[A-Za-z]+(/[A-Za-z]+)?$")] = "she/her"
    tagline: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    background: Text

    @property
    def called(self) -> str:
        """The name she goes by."""
        return self.nickname or self.name


class BigFive(_Part):
    """Traits in [−1, 1]."""

    openness: Trait = 0.0
    conscientiousness: Trait = 0.0
    extraversion: Trait = 0.0
    agreeableness: Trait = 0.0
    emotional_stability: Trait = 0.0


class Speech(_Part):
    """How she talks: a short description, and lines she might say."""

    manner: Line
    lines: tuple[Line, ...] = Field(default=(), max_length=12)


class Character(_Part):
    """What moves her and how it sounds."""

    big_five: BigFive = BigFive()
    values: tuple[Line, ...] = Field(default=(), max_length=12)
    quirks: tuple[Line, ...] = Field(default=(), max_length=12)
    speech: Speech


class Exchange(_Part):
    """One example: what a user says and what she answers."""

    user: Text
    reply: Text


class Sampling(_Part):
    """How freely the model chooses; the meanings are those of `companion.think.protocol.Constraints`."""

    temperature: float = Field(default=0.5, ge=0, le=2)
    top_p: float = Field(default=0.95, gt=0, le=1)
    min_p: float = Field(default=0.05, ge=0, lt=1)
    repetition_penalty: float = Field(default=1.1, ge=1, le=2)
    max_tokens: int = Field(default=200, ge=8, le=4096, description="tokens")


class ModelChoice(_Part):
    """Which model speaks for her: `default` follows the app's choice; else a name, hub id or folder."""

    base: Line = "default"
    adapter: Line | None = None
    sampling: Sampling = Sampling()


class Appearance(_Part):
    """Her portrait (part names of python-avatars) and her colours."""

    portrait: dict[str, str] = Field(default_factory=dict)
    accent: Color = "#2F6E73"
    backdrop: Color = "#DCE9E8"


class Blueprint(_Part):
    """One persona. Unknown keys are refused."""

    format: Literal["companion-blueprint-1"] = "companion-blueprint-1"
    identity: Identity
    character: Character
    greeting: Text
    alternate_greetings: tuple[Text, ...] = Field(default=(), max_length=8)
    openers: tuple[Line, ...] = Field(default=(), max_length=6, description="first lines offered to the user")
    examples: tuple[tuple[Exchange, ...], ...] = Field(default=(), max_length=8)
    boundaries: tuple[Line, ...] = Field(default=(), max_length=12)
    lorebook: Lorebook = Lorebook()
    model: ModelChoice = ModelChoice()
    appearance: Appearance = Appearance()
