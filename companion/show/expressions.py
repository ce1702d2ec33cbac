"""The looks that can be on her face: where each lies in pleasure, arousal and dominance, which feelings lead to it, its words.

The table is data (`expressions.yaml`), and says where its numbers come from. Free words, such as a rule's "soft smile", are looked
up by whole words and short phrases: the longest one counts, of equally long ones the first, and one that is denied ("not smiling")
does not count. English only; what is meant by a look that has no such word is not seen.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, get_args

import yaml

from companion.affect import Mood
from companion.persona.phrases import words_of
from companion.shot import Expression

MOST_CHARS = 400  # of free words: the rest is not read
LONGEST = 5  # words of a phrase
CLAUSE = re.compile(r"[.,;:!?\n]+")
DENIALS = frozenset({"no", "not", "never", "without", "isn", "doesn", "don", "hardly", "t"})
REACH = 2  # words after a denial that it still denies


@dataclass(frozen=True, slots=True)
class Look:
    """One look on a face.

    Attributes:
        mood: pleasure, arousal and dominance of one who looks so, each in [−1, 1].
        feelings: the GoEmotions labels that lead to it; none where only words do.
        prompt: what an image model is told.
        word: what the page calls it.
        called: other words and phrases for it.
        like: the term of Russell and Mehrabian's table that the mood was taken from; empty for a judgement.
    """

    expression: Expression
    mood: Mood
    feelings: tuple[str, ...]
    prompt: str
    word: str
    called: tuple[str, ...]
    like: str = ""


@dataclass(frozen=True, slots=True)
class Expressions:
    """All looks.

    Attributes:
        looks: by expression, in the order of `companion.shot.Expression`.
        feelings: the GoEmotions labels → the expression that shows it.
        phrases: words → the expression that they name.
    """

    looks: Mapping[Expression, Look]
    feelings: Mapping[str, Expression]
    phrases: Mapping[tuple[str, ...], Expression]

    @classmethod
    def of(cls, book: Mapping[str, Mapping[str, Any]]) -> "Expressions":
        """Those of a table as `expressions.yaml` has it.

        Raises:
            ValueError: an expression is missing or not known, or a feeling or a phrase stands in two rows.
        """
        if set(book) != set(get_args(Expression)):
            raise ValueError(f"each expression has one row: {', '.join(sorted(set(book) ^ set(get_args(Expression))))}")
        looks: dict[Expression, Look] = {}
        feelings: dict[str, Expression] = {}
        phrases: dict[tuple[str, ...], Expression] = {}
        for name in get_args(Expression):
            row = book[name]
            looks[name] = Look(
                name,
                Mood(row["pleasure"], row["arousal"], row["dominance"]),
                tuple(row["feelings"]),
                row["prompt"],
                row["word"],
                tuple(row["called"]),
                row.get("like", ""),
            )
            for feeling in row["feelings"]:
                if feelings.setdefault(feeling, name) != name:
                    raise ValueError(f"{feeling!r} leads to two expressions")
            for phrase in (name, *row["called"]):
                if phrases.setdefault(words_of(phrase), name) != name:
                    raise ValueError(f"{phrase!r} names two expressions")
        return cls(MappingProxyType(looks), MappingProxyType(feelings), MappingProxyType(phrases))

    def named(self, words: str) -> Expression | None:
        """The expression that free words name; None if they name none."""
        best: tuple[int, Expression] | None = None
        for clause in CLAUSE.split(words[:MOST_CHARS]):
            spelt = words_of(clause)
            for at in range(len(spelt)):
                if DENIALS.intersection(spelt[max(0, at - REACH) : at]):
                    continue
                for length in range(min(LONGEST, len(spelt) - at), 0, -1):
                    found = self.phrases.get(spelt[at : at + length])
                    if found and (best is None or length > best[0]):
                        best = (length, found)
        return best[1] if best else None


@cache
def expressions() -> Expressions:
    """Those that come with the program."""
    return Expressions.of(yaml.safe_load((files("companion.show") / "expressions.yaml").read_text(encoding="utf-8")))


def expression_of(label: str) -> Expression | None:
    """The expression of a label.

    Args:
        label: the name of an expression, a GoEmotions label, or free words such as "a soft smile".

    Returns:
        None where nothing is named.
    """
    known = expressions()
    key = label.strip().casefold()
    for name in known.looks:
        if name == key:
            return name
    return known.feelings.get(key) or known.named(label)
