"""What she feels, why, and how she then talks: plain frozen values that every room can pass on.

Pleasure, arousal and dominance, and the names of their octants, are Mehrabian's ("Pleasure-arousal-dominance: A General Framework
for Describing and Measuring Individual Differences in Temperament", Current Psychology 14, 1996). Her emotions carry the labels of
the OCC model (Ortony, Clore and Collins, "The Cognitive Structure of Emotions", 1988), the user's those of GoEmotions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

SLIGHT = 0.25  # of a scale that ends at 1: less is hardly felt
OCTANTS = {
    (True, True, True): "exuberant",
    (True, True, False): "dependent",
    (True, False, True): "relaxed",
    (True, False, False): "docile",
    (False, True, True): "hostile",
    (False, True, False): "anxious",
    (False, False, True): "disdainful",
    (False, False, False): "bored",
}
WORDS = {  # where pleasure is the stronger of the two, and where arousal is
    (True, True): ("bright", "lively"),
    (True, False): ("content", "calm"),
    (False, True): ("tense", "restless"),
    (False, False): ("wistful", "quiet"),
}


class Mood(NamedTuple):
    """Pleasure, arousal and dominance, each in [−1, 1]."""

    pleasure: float
    arousal: float
    dominance: float

    @property
    def octant(self) -> str:
        """Mehrabian's name for where it lies."""
        return OCTANTS[self.pleasure >= 0, self.arousal >= 0, self.dominance >= 0]

    @property
    def words(self) -> str:
        """It in a few words: "calm", "a little tense, rather led than leading"."""
        felt = WORDS[self.pleasure >= 0, self.arousal >= 0][abs(self.pleasure) < abs(self.arousal)]
        strength = max(abs(self.pleasure), abs(self.arousal))
        first = "even" if strength < SLIGHT / 2 else f"a little {felt}" if strength < SLIGHT else felt
        if abs(self.dominance) < SLIGHT / 2:
            return first
        return f"{first}, {'at ease to lead' if self.dominance > 0 else 'rather led than leading'}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is as it is, never in the user's words.

    Attributes:
        kind: "read" (a feeling or a topic in the message), "time" (what faded since the last one), "goal" (one that was moved),
            "shown" (which feeling she shows, and why that one), "rule" (one that holds), "stage" (how near the two are), "drift" (what
            brings her back to herself).
        name: which feeling, topic, goal, rule or stage.
        effect: what it did, in plain words: "made her hopeful", "slow, low and tender".
        amount: how much, signed, on the scale of what it changed; 0 where that says nothing.
    """

    kind: Literal["read", "time", "goal", "shown", "rule", "stage", "drift"]
    name: str
    effect: str = ""
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Bond:
    """How near the two are.

    Attributes:
        stage: the name of a stage of the blueprint; empty where it has none.
        trust, familiarity: in [0, 1].
    """

    stage: str = ""
    trust: float = 0.0
    familiarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Affect:
    """What she feels after a message of the user's.

    Attributes:
        at: when that is: an aware time.
        mood: where her mood lies.
        emotions: what she feels, OCC label → intensity in (0, 1], strongest first.
        likelihoods: her goals, by name → how likely each seems to her now, in [0, 1].
        shown: which feeling she shows, a GoEmotions label; empty where none stands out.
        heard: what was read in the message, GoEmotions label → probability, only what stands out, strongest first.
        topics: what the message is about.
        bond: how near the two are.
        reasons: how it came to this, in the order of the calculation.
    """

    at: datetime
    mood: Mood
    emotions: Mapping[str, float] = field(default_factory=dict)
    likelihoods: Mapping[str, float] = field(default_factory=dict)
    shown: str = ""
    heard: Mapping[str, float] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    bond: Bond = Bond()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How she talks in one reply: what the rules that hold ask for, in the terms of `persona.rules.Then`.

    Attributes:
        avoid, favour: words and phrases.
        sentence_words, reply_sentences: the most of each; None leaves it open.
        questions: "allowed", "none" or "one" at most.
        pace: of typing and of speech: "slow", "even" or "quick".
        tone, expression: in a word or two; empty where nothing asks for one.
        temperature: her model's, times this.
        reasons: one for every rule that changed something.
    """

    avoid: tuple[str, ...] = ()
    favour: tuple[str, ...] = ()
    sentence_words: int | None = None
    reply_sentences: int | None = None
    questions: Literal["allowed", "none", "one"] = "allowed"
    pace: Literal["slow", "even", "quick"] = "even"
    tone: str = ""
    expression: str = ""
    temperature: float = 1.0
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Felt:
    """What one message did: kept with it, and counts while it stands.

    Attributes:
        message_id: the user's message.
    """

    message_id: str
    affect: Affect
    manner: Manner = field(default_factory=Manner)
