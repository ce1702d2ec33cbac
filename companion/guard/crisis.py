"""A small deterministic gate: does this message clearly speak of suicide or self-harm?

It reads one message with patterns (`crisis.yaml`) and no model, so that the same words always get the same answer and
someone can read why. Where words are ambiguous it prefers a card too many to one too few; idioms, denials, stories and
what lies far back are excused. It does not diagnose, does not read between the lines, does not look at earlier
messages, and beyond a few plain sentences it knows English only. The statements follow the first questions of the
Columbia Suicide Severity Rating Scale (Posner et al. 2011): wish to be dead, thoughts, intent, plan, behaviour.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Literal

import yaml

from companion.events import Referral
from companion.guard.help_lines import referrals
from companion.guard.plain import Plainer, squeeze

MOST_CHARS = 100_000  # the longest message the settings allow
MASK = " ~ "  # stands where an excused phrase stood, so that the words around it do not meet
CLAUSE_END = re.compile(r" (?:but|and now|and i|and im|because i|because im) ")
UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")

Speaker = Literal["self", "other"]


class CrisisGate:
    """The gate of `companion.guard.protocol`.

    Args:
        for_self: the card when someone speaks of themselves.
        for_other: the card when someone worries about another person.
    """

    def __init__(self, for_self: Referral, for_other: Referral) -> None:
        self._cards: dict[Speaker, Referral] = {"self": for_self, "other": for_other}
        self._rules = Rules.shipped()

    @classmethod
    def for_country(cls, country: str) -> "CrisisGate":
        """A gate whose cards carry the help lines of a two-letter country; empty: the international ones."""
        return cls(*referrals(country))

    def check(self, text: str) -> Referral | None:
        """The card for whoever is in danger, or None."""
        speaker = self._rules.who(text)
        return self._cards[speaker] if speaker else None


class Rules:
    """The lists of `crisis.yaml`, each compiled into one pattern.

    Raises:
        ValueError: a pattern may read without bound, or names a fragment that is not there.
    """

    def __init__(self, book: Mapping[str, Any]) -> None:
        fragments: dict[str, str] = {}
        for name, source in book["fragments"].items():
            fragments[name] = _expand(source, fragments)

        def any_of(name: str) -> re.Pattern[str]:
            sources: Sequence[str] = book[name]
            return re.compile("(?<![a-z0-9*])(?:" + "|".join(squeeze(_expand(source, fragments)) for source in sources) + ")(?![a-z0-9*])")

        self._plainer = Plainer(book["spellings"], book["fillers"])
        self._always, self._idioms, self._denied = any_of("always"), any_of("idioms"), any_of("denied")
        self._others, self._statements, self._foreign = any_of("others"), any_of("statements"), any_of("other_languages")
        self._past, self._distant, self._again = any_of("past"), any_of("distant"), any_of("again")
        self._fiction = any_of("fiction")

    @classmethod
    def shipped(cls) -> "Rules":
        """The rules that come with the program."""
        return cls(yaml.safe_load((files("companion.guard") / "crisis.yaml").read_text(encoding="utf-8")))

    def who(self, text: str) -> Speaker | None:
        """Who is in danger according to a message; None when nobody clearly is. Reads the first `MOST_CHARS` characters."""
        sentences = self._plainer.sentences(text[:MOST_CHARS])
        other = remembered = False
        for sentence in sentences:
            if self._always.search(sentence) or self._foreign.search(sentence):
                return "self"
            distant = self._distant.search(sentence) is not None
            excused = self._denied.sub(MASK, self._idioms.sub(MASK, sentence))
            for clause in self._told(excused):
                own = self._others.sub(MASK, clause)
                other = other or own != clause
                if distant:
                    recent = self._past.sub(MASK, own)
                    remembered, own = remembered or recent != own, recent
                if self._statements.search(own) or self._past.search(own):
                    return "self"
        if remembered and any(self._again.search(sentence) for sentence in sentences):
            return "self"
        return "other" if other else None

    def _told(self, sentence: str) -> Iterator[str]:
        """The parts of a sentence that are no story: all of it when it tells none."""
        if not self._fiction.search(sentence):
            yield sentence
            return
        for clause in CLAUSE_END.sub(lambda found: f"\n{found[0].split()[-1]} ", sentence).splitlines():
            if not self._fiction.search(clause):
                yield clause.strip()


def _expand(source: str, fragments: Mapping[str, str]) -> str:
    if UNBOUNDED.search(source):
        raise ValueError(f"a crisis pattern must be bounded: {source!r}")
    source = re.sub("<([a-z_]+)>", lambda found: f"(?:{fragments[found[1]]})", source)
    source = re.sub(r"_(\d) ?", lambda found: f"(?:[a-z0-9]{{1,40}} ){{0,{found[1]}}}", source)
    return re.sub(r"(?<!\?)\((?!\?)", "(?:", source)
