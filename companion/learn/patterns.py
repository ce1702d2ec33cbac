"""What topics go with what feelings: from what was read in each message to sentences such as "talking about work has often been
heavy for them lately: 6 of 9 times since March".

A topic t and a tone (hard or good to feel) make a pattern when messages about t have the tone credibly more often than the
person's other messages do. With a message's weight w halving every `HALF_LIFE_DAYS`, n the weighted number of messages about t
and s of those that have the tone, and u the person's usual share elsewhere, smoothed like any share,

    u = (s' + K g) / (n' + K)        over the messages that are not about t, g being what is usual for people
    the share for t  ~  Beta(M u + s, M (1 − u) + n − s)

the posterior of a binomial share whose prior expects the usual and weighs M messages (empirical Bayes: Casella, An introduction
to empirical Bayes data analysis, 1985). It is a pattern when the posterior's `DOUBT` quantile lies above u, and by how much is its
strength. Two remarks make none: at least `LEAST_FELT` messages on `LEAST_DAYS` days have to have the tone, and a third of those about t.

A pattern says what was heard in words, never what someone has or is. It reads no message itself and knows no embedder.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from math import fsum

from companion.learn.rules import read_book
from companion.store.memory_records import New, slot_of
from companion.store.readings import Felt, Readings

logger = logging.getLogger(__name__)
WINDOW = timedelta(days=180)  # what was said before is no part of "lately"
HALF_LIFE_DAYS = 60.0
USUAL_WEIGHS = 10.0  # K, in messages
PRIOR_WEIGHS = 4.0  # M, in messages
DOUBT = 0.01
LEAST_FELT = 4
LEAST_DAYS = 3
LEAST_SHARE = 1 / 3
MOSTLY = 0.75
FITS_MOST = 0.6  # of what was felt, for a word that says more
LATELY = timedelta(days=28)
IMPORTANCE, IMPORTANCE_PER_STRENGTH = 0.4, 0.4


@dataclass(frozen=True, slots=True)
class Tone:
    """One direction that a feeling can have; see `rules/patterns.yaml`."""

    name: str
    at_least: float
    usual: float
    word: str
    rather: Mapping[str, Sequence[str]]

    def in_(self, one: Felt) -> bool:
        """Whether a message has it."""
        return one.valence <= self.at_least if self.at_least < 0 else one.valence >= self.at_least


@dataclass(frozen=True, slots=True)
class Pattern:
    """A topic that has had a tone more often than is usual for someone.

    Attributes:
        felt: messages about the topic that had the tone, of `spoken` messages about it.
        first, last: when the first of those was said, and the last that had the tone; aware.
        usual: the share of the person's other messages that have the tone, in [0, 1].
        strength: how far the share for the topic credibly lies above that, in (0, 1].
        word: what it is for them.
        sources: ids of all messages about the topic, oldest first.
    """

    topic: str
    tone: str
    felt: int
    spoken: int
    first: datetime
    last: datetime
    usual: float
    strength: float
    word: str
    sources: tuple[str, ...]


@cache
def tones() -> tuple[Tone, ...]:
    """The tones that are looked for."""
    return tuple(Tone(name, **row) for name, row in read_book("patterns").items())


def patterns(felt: Sequence[Felt], now: datetime) -> tuple[Pattern, ...]:
    """The patterns in what was felt, the strongest first. The order of the messages does not matter.

    Args:
        now: aware; how much a message weighs depends on how long ago it was said.
    """
    recent = sorted((one for one in felt if now - one.at <= WINDOW), key=lambda one: (one.at, one.message_id))
    about: dict[str, list[Felt]] = defaultdict(list)
    for one in recent:
        for topic in dict.fromkeys(one.topics):
            about[topic].append(one)
    found = []
    for tone in tones():
        everything = weighed(recent, tone, now)
        found += [one for topic, spoken in about.items() for one in _pattern(topic, tone, spoken, everything, now)]
    return tuple(sorted(found, key=lambda one: (-one.strength, one.topic, one.tone)))


def weighed(said: Sequence[Felt], tone: Tone, now: datetime) -> tuple[float, float]:
    """The weights of the messages that have a tone, and of all; the same in any order (`fsum`)."""
    weights = [(tone.in_(one), 0.5 ** (max((now - one.at) / timedelta(days=1), 0.0) / HALF_LIFE_DAYS)) for one in said]
    return fsum(weight for has, weight in weights if has), fsum(weight for _, weight in weights)


def strength(about: tuple[float, float], others: tuple[float, float], tone: Tone) -> tuple[float, float]:
    """How far the share of a tone among messages about a topic credibly lies above the usual one, and that one.

    Args:
        about: the weights of the messages about the topic that have the tone, and of all of them.
        others: the same of the messages about anything else.

    Returns:
        Strength, at most 0 where nothing speaks for a pattern, and the usual share in (0, 1).
    """
    from scipy.special import betaincinv

    felt, spoken = about
    usual = (others[0] + USUAL_WEIGHS * tone.usual) / (others[1] + USUAL_WEIGHS)
    lowest = float(betaincinv(PRIOR_WEIGHS * usual + felt, PRIOR_WEIGHS * (1 - usual) + spoken - felt, DOUBT))
    return lowest - usual, usual


def note_of(pattern: Pattern, now: datetime) -> New:
    """A pattern as it is remembered."""
    return New(
        "pattern",
        sentence(pattern, now),
        said_at=pattern.last,
        subject=pattern.topic,
        attribute="feels",
        slot=slot_of(pattern.topic, "feels", pattern.tone),
        holds_from=pattern.first,
        importance=IMPORTANCE + IMPORTANCE_PER_STRENGTH * round(pattern.strength, 2),
        sources=pattern.sources,
    )


def sentence(pattern: Pattern, now: datetime) -> str:
    """A pattern in words, with its counts behind a colon."""
    often = "mostly" if pattern.felt / pattern.spoken >= MOSTLY else "often"
    lately = " lately" if now - pattern.last <= LATELY else ""
    count = f"{pattern.felt} of {pattern.spoken} times since {_since(pattern.first.astimezone(), now.astimezone())}"
    return f"talking about {pattern.topic} has {often} been {pattern.word} for them{lately}: {count}"


class PatternKeeper:
    """Keeps the remembered patterns those that follow from what stands.

    Args:
        readings: what was felt, and where patterns are kept; its clock says what is recent.
        learns: whether a persona, by her id, keeps what is said; the patterns of one who does not stay as they are.
    """

    def __init__(self, readings: Readings, learns: Callable[[str], bool] = lambda persona_id: True) -> None:
        self._readings, self._learns = readings, learns
        self._seen: dict[str, tuple[tuple[int, ...], date]] = {}

    def renew(self) -> bool:
        """Brings the patterns up to date, where there is reason to; says whether one has changed.

        Raises:
            StorageError: the database cannot be read or written.
        """
        now, changed = self._readings.clock(), False
        for persona_id, state in self._readings.states().items():
            if self._seen.get(persona_id) != (state, now.date()) and self._learns(persona_id):
                felt = self._readings.felt(persona_id, now - WINDOW)
                changed |= self._readings.renew(persona_id, [note_of(one, now) for one in patterns(felt, now)])
                self._seen[persona_id] = (state, now.date())
        return changed


def _pattern(topic: str, tone: Tone, spoken: Sequence[Felt], everything: tuple[float, float], now: datetime) -> Iterator[Pattern]:
    felt = [one for one in spoken if tone.in_(one)]
    days = {one.at.astimezone().date() for one in felt}
    if len(felt) < LEAST_FELT or len(days) < LEAST_DAYS or len(felt) / len(spoken) < LEAST_SHARE:
        return
    about = weighed(spoken, tone, now)
    others = max(everything[0] - about[0], 0.0), max(everything[1] - about[1], 0.0)
    above, usual = strength(about, others, tone)
    if above > 0:
        sources = tuple(one.message_id for one in spoken)
        first, last = spoken[0].at, felt[-1].at
        yield Pattern(topic, tone.name, len(felt), len(spoken), first, last, usual, above, _word(tone, felt), sources)


def _word(tone: Tone, felt: Sequence[Felt]) -> str:
    """The word that says most of what was felt."""
    named = {feeling: word for word, feelings in tone.rather.items() for feeling in feelings}
    shares: dict[str, float] = defaultdict(float)
    for one in felt:
        for feeling, share in sorted(one.feelings.items()):
            if feeling in named:
                shares[named[feeling]] += share
    best = max(shares, key=lambda word: (shares[word], word), default="")
    return best if best and shares[best] >= FITS_MOST * fsum(shares.values()) else tone.word


def _since(first: datetime, now: datetime) -> str:
    """ "March", "March 2025", or "3 March" where that is not long ago."""
    if now - first <= LATELY:
        return f"{first.day} {first:%B}"
    return f"{first:%B}" + ("" if first.year == now.year else f" {first.year}")
