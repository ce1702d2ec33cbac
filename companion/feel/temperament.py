"""Where her mood rests: what the Big Five imply for pleasure, arousal and dominance.

Mehrabian, "Analysis of the Big-Five Personality Factors in Terms of the PAD Temperament Model" (Current Psychology 15, 1996),
the regression equations of its abstract. They are stated for emotional stability; a port that takes neuroticism turns two signs round.
The octants' names are his ("Pleasure-arousal-dominance", 1996).
"""

from typing import NamedTuple

from companion.persona.blueprint import BigFive

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


def resting_mood(traits: BigFive) -> Mood:
    """The mood that she returns to when nothing moves her."""
    stability = traits.emotional_stability
    pleasure = 0.21 * traits.extraversion + 0.59 * traits.agreeableness + 0.19 * stability
    arousal = 0.15 * traits.openness + 0.30 * traits.agreeableness - 0.57 * stability
    dominance = 0.25 * traits.openness + 0.17 * traits.conscientiousness + 0.60 * traits.extraversion - 0.32 * traits.agreeableness
    return Mood(*(max(-1.0, min(1.0, value)) for value in (pleasure, arousal, dominance)))
