"""Speculative decoding: a drafter guesses several tokens, one pass of the target checks them all.

The target chooses its token at every position from its own scores (`sampling.py`); a guess stands where it is that very
token, and the first that is not is replaced by it. So the output is what the target alone would have written, greedy or
sampled (Leviathan et al. 2023; the coupling is Daliri et al. 2024). With acceptance rate α, k guesses and a guess that
costs c of a pass, a pass yields (1 − α^(k+1)) / (1 − α) tokens in the time of 1 + k·c passes. One more guess pays while
the chance that it and all before it stand exceeds c times the tokens a pass yields. The chance is measured: how often
guesses of a given confidence stood.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from companion.think.drafters import Drafter, DrafterName, Guess, LookupDrafter, ModelDrafter
from companion.think.kv_cache import CachedSequence
from companion.think.sampling import Sampler

MOST_GUESSES = 10
LOOKUP_GUESSES = 5
GIVEN_UP = 0.1  # a lookup costs little more than checking it; one whose guesses stand more rarely than this rests
RETRY_PASSES = 32  # and is tried again after so many passes
MEMORY = 0.9  # weight of the past in running means
BINS = 10
NOTHING = Guess([], [])


def _mean(past: float, new: float) -> float:
    return MEMORY * past + (1 - MEMORY) * new


def _tenth(confidence: float) -> int:
    return min(BINS - 1, int(confidence * BINS))


@dataclass(slots=True)
class Pace:
    """What a pair of models has shown so far; it outlives the reply.

    Attributes:
        stands: how often a guess of the draft model stood, by its confidence in tenths: running means.
        share: the same of every guess, by drafter.
        rested: passes since a drafter was asked that does not pay at present.
        pass_s, step_s: seconds of a target pass and of a guessed token; 0 before the first.
        produced: tokens a pass yields.
    """

    stands: list[float] = field(default_factory=lambda: [(i + 0.5) / BINS for i in range(BINS)])
    share: dict[DrafterName, float] = field(default_factory=lambda: {"model": 0.3, "lookup": 0.6})
    rested: dict[DrafterName, int] = field(default_factory=dict)
    pass_s: float = 0.0
    step_s: float = 0.0
    produced: float = 2.0

    def chance(self, confidence: float) -> float:
        """How likely a guess of such confidence stands."""
        return self.stands[_tenth(confidence)]

    def enough(self, confidence: list[float]) -> bool:
        """Whether one more guess would cost more than it is expected to save: it helps if all before it stand, and it too."""
        hope = self.share["model"]
        for one in confidence:
            hope *= self.chance(one)
        return hope < self.cost * self.produced

    @property
    def cost(self) -> float:
        """What a guess costs, as a share of a pass; 0 before both were measured."""
        return self.step_s / self.pass_s if self.pass_s else 0.0

    def saw(self, name: DrafterName, guess: Guess, stood: int) -> None:
        """A guess was checked; tokens after the first wrong one were never judged."""
        for index, confidence in enumerate(guess.confidence[: stood + 1]):
            right = float(index < stood)
            self.share[name] = _mean(self.share[name], right)
            if name == "model":
                tenth = _tenth(confidence)
                self.stands[tenth] = _mean(self.stands[tenth], right)

    def passed(self, seconds: float, produced: int) -> None:
        """A pass of the target took `seconds` and yielded `produced` tokens."""
        self.pass_s = _mean(self.pass_s, seconds) if self.pass_s else seconds
        self.produced = _mean(self.produced, produced)

    def worth_asking(self, name: DrafterName) -> bool:
        """Whether a drafter's guesses pay; one whose do not is asked again after a while."""
        pays = self.share[name] >= (GIVEN_UP if name == "lookup" else self.cost * self.produced)
        rested = self.rested.get(name, 0)
        self.rested[name] = 0 if pays or rested >= RETRY_PASSES else rested + 1
        return pays or rested >= RETRY_PASSES


@dataclass(slots=True)
class Tally:
    """What decoding one reply took: passes of the target after its prefill, tokens decided, guessed and accepted."""

    passes: int = 0
    tokens: int = 0
    drafted: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)


class Speculation:
    """Decodes one reply.

    Args:
        target: holds a proper prefix of the prompt's tokens.
        sampler: bounds and choice, shared with the draft.
        pace: what the pair has shown; it learns on.
        draft: the draft model, if there is one.
        lookup: finds repetitions, if that is wanted.

    Attributes:
        tally: what it took so far.
    """

    def __init__(
        self,
        target: CachedSequence,
        sampler: Sampler,
        pace: Pace,
        *,
        draft: ModelDrafter | None = None,
        lookup: LookupDrafter | None = None,
    ) -> None:
        self._target, self._sampler, self._pace = target, sampler, pace
        self._draft, self._lookup = draft, lookup
        self.tally = Tally()

    def tokens(self, prompt: Sequence[int], *, most: int, ends: Collection[int], over: Callable[[], bool]) -> Iterator[list[int]]:
        """Tokens as they are decided, after the prompt was read.

        Args:
            prompt: all tokens the reply follows.
            most: tokens of the reply at most, ≥ 1.
            ends: tokens that end it; the one that did is the last.
            over: asked after every pass, and between parts of a long prompt: whether to stop.
        """
        text, target, tally = list(prompt), self._target, self.tally
        scores = target.append(text[len(target.ids) :], over=over)
        name: DrafterName | None = None
        guess, began = NOTHING, 0.0
        while scores is not None:
            chosen = self._sampler.choose(len(text), self._sampler.bound([*text, *guess.ids], scores))
            stood = next((i for i, token in enumerate(guess.ids) if token != chosen[i]), len(guess.ids))
            self._judge(name, guess, stood, began)
            decided = _until(chosen[: stood + 1], ends)[: most - tally.tokens]
            text += decided
            tally.tokens += len(decided)
            target.truncate(len(text) - 1)
            yield decided
            if decided[-1] in ends or tally.tokens >= most or over():
                return
            name, guess = self._guess(text, most - tally.tokens - 1)
            began = time.perf_counter()
            scores = target.append([text[-1], *guess.ids], logits=1 + len(guess.ids))

    def _judge(self, name: DrafterName | None, guess: Guess, stood: int, began: float) -> None:
        if not began:
            return
        self._pace.passed(time.perf_counter() - began, stood + 1)
        self.tally.passes += 1
        if name:
            self._pace.saw(name, guess, stood)
            self.tally.drafted[name] = self.tally.drafted.get(name, 0) + len(guess.ids)
            self.tally.accepted[name] = self.tally.accepted.get(name, 0) + stood

    def _guess(self, text: Sequence[int], room: int) -> tuple[DrafterName | None, Guess]:
        drafters: list[tuple[Drafter, int]] = []
        if self._lookup:
            drafters.append((self._lookup, LOOKUP_GUESSES))
        if self._draft:
            drafters.append((self._draft, MOST_GUESSES))
        for drafter, most in drafters:
            if not self._pace.worth_asking(drafter.name):
                continue
            guess = drafter.guess(text, min(room, most), lambda sure: bool(sure) and self._pace.enough(sure))
            if self._draft:
                self._pace.step_s = self._draft.step_s
            if guess.ids:
                return drafter.name, guess
        return None, NOTHING


def _until(tokens: list[int], ends: Collection[int]) -> list[int]:
    end = next((i for i, token in enumerate(tokens) if token in ends), None)
    return tokens if end is None else tokens[: end + 1]
