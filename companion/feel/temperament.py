"""Where her mood rests: what the Big Five imply for pleasure, arousal and dominance.

Mehrabian, "Analysis of the Big-Five Personality Factors in Terms of the PAD Temperament Model" (Current Psychology 15, 1996),
the regression equations of its abstract. They are stated for emotional stability; a port that takes neuroticism turns two signs round.
"""

from companion.affect import Mood
from companion.persona.blueprint import BigFive


def resting_mood(traits: BigFive) -> Mood:
    """The mood that she returns to when nothing moves her."""
    stability = traits.emotional_stability
    pleasure = 0.21 * traits.extraversion + 0.59 * traits.agreeableness + 0.19 * stability
    arousal = 0.15 * traits.openness + 0.30 * traits.agreeableness - 0.57 * stability
    dominance = 0.25 * traits.openness + 0.17 * traits.conscientiousness + 0.60 * traits.extraversion - 0.32 * traits.agreeableness
    return Mood(*(max(-1.0, min(1.0, value)) for value in (pleasure, arousal, dominance)))
