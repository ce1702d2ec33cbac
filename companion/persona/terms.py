"""The words that goals, rules and the reading of feelings share.

Emotions are the 28 labels of GoEmotions (Demszky et al. 2020). Octants are Mehrabian's names for the eight corners of
pleasure, arousal and dominance ("Pleasure-arousal-dominance: A General Framework", Current Psychology 14, 1996).
"""

from typing import Literal

Emotion = Literal[
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
]
Octant = Literal["exuberant", "dependent", "relaxed", "docile", "bored", "disdainful", "anxious", "hostile"]
TimeOfDay = Literal["morning", "afternoon", "evening", "night"]
Questions = Literal["allowed", "none", "one"]
Pace = Literal["slow", "even", "quick"]
