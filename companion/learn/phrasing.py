"""How a note says what the user said: in the third person, with its articles; and how a slot holds a value."""

import re
import unicodedata

_PERSON = (
    (re.compile(r"\bmy\b|\bour\b", re.I), "their"),
    (re.compile(r"\bmine\b|\bours\b", re.I), "theirs"),
    (re.compile(r"\b(?:myself|ourselves)\b", re.I), "themselves"),
    (re.compile(r"\b(?:me|us)\b", re.I), "them"),
    (re.compile(r"\b(?:i|we) am\b|\b(?:i|we) (?:are|was|were)\b", re.I), "they were"),
    (re.compile(r"\b(?:i|we)\b", re.I), "they"),
)


def in_third_person(words: str) -> str:
    """The user's own words as a note about them says it: "my keys" becomes "their keys"."""
    for pattern, other in _PERSON:
        words = pattern.sub(other, words)
    return words.replace(" 's", "'s")


def with_article(words: str) -> str:
    """Words with "a" or "an" before them, unless they have a determiner."""
    if re.match(r"(?:an?|the|their|his|her|some) ", words, re.I):
        return words
    return ("an " if words[:1].lower() in "aeio" else "a ") + words


def normalised(words: str) -> str:
    """A value as a slot holds it: casefolded, without punctuation and articles."""
    plain = "".join(letter if letter.isalnum() else " " for letter in unicodedata.normalize("NFC", words).casefold())
    return " ".join(word for word in plain.split() if word not in {"a", "an", "the"})
