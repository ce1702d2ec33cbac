"""Sums up some rounds of a conversation in the user's own words: the few sentences that tell most.

Extractive, with no language model. A sentence is worth what its words are: how many messages of these rounds have them,
against how many of the whole conversation (the centroid of Radev et al. 2004, "Centroid-based summarization of multiple
documents"). Once a sentence is taken, its words are worth little (the update of SumBasic, Nenkova and Vanderwende 2005), so
that the next one speaks of something else. What a fact or an event was learnt from counts for more; questions, sayings and
words addressed to the persona for less; greetings and fillers for nothing. The lists are `rules/chronicle.yaml`.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from companion.store.chronicle import Noted
from companion.store.records import Message, shorten

LINES_PER_ROUND = 0.3
QUOTE_CHARS = 80
LEARNT = 1.5  # what something was learnt from, against a sentence of average words
QUESTION, ADDRESSED, IMPERSONAL = 0.4, 0.6, 0.5
AGAIN = 0.15  # of its worth a word keeps when it has been told
FEWEST_WORDS, FEWEST_SIGNS = 3, 6  # of a sentence; signs where words are not written apart
SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
WORD = re.compile(r"[^\W_][\w'’-]*")


@dataclass(frozen=True, slots=True)
class Lists:
    """Words that tell nothing, and patterns: of sentences that tell nothing, that are meant for the persona, that tell of oneself."""

    empty: frozenset[str]
    filler: re.Pattern[str]
    addressed: re.Pattern[str]
    own: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the user's, with its telling words and what is added or taken because of what it is."""

    message: Message
    text: str
    words: frozenset[str]
    factor: float
    learnt: float


@cache
def lists() -> Lists:
    """The lists that ship."""
    raw = YAML(typ="safe").load(Path(__file__).parent / "rules" / "chronicle.yaml")

    def pattern(name: str) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{line})" for line in raw[name].splitlines()), re.IGNORECASE)

    return Lists(frozenset(raw["empty"].split()), pattern("filler"), pattern("addressed"), pattern("own"))


def summed_up(said: Sequence[Message], path: Sequence[Message], noted: Collection[Noted], rounds: int) -> str:
    """A line for each sentence worth keeping, in the order they were said; empty when the user said nothing.

    Args:
        said: the messages to sum up, oldest first.
        path: the conversation they stand in, which says what is common in it.
        noted: what was learnt from them.
        rounds: how many rounds they are, which says how many lines.
    """
    common = Counter(word for message in path for word in telling(message.text))
    here = Counter(word for message in said for word in telling(message.text))
    worth = {word: math.sqrt(count) * math.log(1 + len(path) / common[word]) for word, count in here.items()}
    sentences = [one for message in said if message.role == "user" for one in _sentences(message, noted)]
    taken: list[Sentence] = []
    while sentences and len(taken) < max(1, round(LINES_PER_ROUND * rounds)):
        best = max(sentences, key=lambda one: _worth(one, worth))
        if taken and _worth(best, worth) <= 0:
            break
        taken.append(best)
        worth |= {word: worth[word] * AGAIN for word in best.words if word in worth}
        sentences = [one for one in sentences if one.message.id != best.message.id]
    order = {message.id: place for place, message in enumerate(said)}
    taken.sort(key=lambda one: order[one.message.id])
    return "\n".join(_line(one, said[0]) for one in taken)


def telling(text: str) -> frozenset[str]:
    """The words of a text that may tell something, in lower case."""
    return frozenset(word for word in WORD.findall(text.lower().replace("’", "'")) if word not in lists().empty)


def _sentences(message: Message, noted: Collection[Noted]) -> list[Sentence]:
    known = [one for one in noted if one.message_id == message.id]
    found = []
    for text in SENTENCE_END.split(message.text):
        text = " ".join(text.split())
        if not text:
            continue
        words = telling(text)
        about = [one.importance for one in known if words & telling(f"{one.text} {one.value}")]
        found.append(Sentence(message, text, words, _factor(text, words), max(about, default=0.0)))
    return found


def _factor(text: str, words: Collection[str]) -> float:
    known = lists()
    few = len(WORD.findall(text)) < FEWEST_WORDS and (text.isascii() or len(text) < FEWEST_SIGNS)
    if few or not words or known.filler.fullmatch(text.rstrip(" .!?…")):
        return 0.0
    asked = QUESTION if text.endswith("?") else 1.0
    addressed = ADDRESSED if known.addressed.search(text) else 1.0
    return asked * addressed * (1.0 if known.own.search(text) else IMPERSONAL)


def _worth(one: Sentence, worth: Mapping[str, float]) -> float:
    """Its words' worth, each further one a little less, so that long sentences do not win by length alone."""
    values = sorted((worth.get(word, 0.0) for word in one.words), reverse=True)
    told = sum(value / (1 + place) for place, value in enumerate(values))
    return one.factor * told * (1 + LEARNT * one.learnt)


def _line(one: Sentence, first: Message) -> str:
    words = shorten(one.text.replace('"', "'"), QUOTE_CHARS)
    at, began = one.message.created_at.astimezone(), first.created_at.astimezone()
    day = "" if at.date() == began.date() else f"{at.day} {at:%B}: "
    return f'{day}they said "{words}"'
