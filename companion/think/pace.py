"""How guessing has gone so far, and so who is asked for the next guesses and how many of them pay.

A guess costs twice: the drafter's own time (nothing for one that only searches text), and the time by which checking it
makes the target's pass longer. With acceptance rate α, k guesses and a guess that costs c of a pass, a pass yields
(1 − α^(k+1)) / (1 − α) tokens in the time of 1 + k·c passes (Leviathan et al. 2023). So one more guess pays while the
chance that it and all before it stand exceeds c times the tokens that a pass yields anyway. Chances and costs are measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from companion.think.drafters import DrafterName, Guess

RETRY_PASSES = 32  # a drafter that does not pay rests, and is tried again after so many passes
FAIR_TRIES = 24  # times the draft model is asked before what it gained says anything
MOST_BEHIND = 64  # tokens, which take the draft model about as long as one of the target's passes
MEMORY = 0.9  # weight of the past in running means
LONG_MEMORY = 0.98  # the same for what one pass says little about
BINS = 10
DRAFTERS: tuple[DrafterName, ...] = ("phrases", "lookup", "model")


def _mean(past: float, new: float, memory: float = MEMORY) -> float:
    return memory * past + (1 - memory) * new


def _tenth(confidence: float) -> int:
    return min(BINS - 1, int(confidence * BINS)) if confidence >= 0 else 0  # a draft's overflow is not a number


def _hopeful() -> dict[DrafterName, list[float]]:
    return {name: [(i + 0.5) / BINS for i in range(BINS)] for name in DRAFTERS}


@dataclass(slots=True)
class Slope:
    """How much longer a pass takes for each token in it: the slope of a line through what was measured, by running means.

    Attributes:
        seconds: of a pass, whatever its length; 0 before the first.
    """

    seconds: float = 0.0
    _tokens: float = 0.0
    _squares: float = 0.0
    _products: float = 0.0

    def saw(self, tokens: int, seconds: float) -> None:
        """A pass over `tokens` took `seconds`."""
        memory = LONG_MEMORY if self.seconds else 0.0
        self.seconds = _mean(self.seconds, seconds, memory)
        self._tokens = _mean(self._tokens, tokens, memory)
        self._squares = _mean(self._squares, tokens * tokens, memory)
        self._products = _mean(self._products, tokens * seconds, memory)

    @property
    def share(self) -> float:
        """What one more token costs, as a share of a pass; 0 as long as that cannot be told."""
        spread = self._squares - self._tokens**2
        if not self.seconds or spread < 1:
            return 0.0
        return max(0.0, (self._products - self._tokens * self.seconds) / spread / self.seconds)


@dataclass(slots=True)
class Pace:
    """What a pair of models has shown so far; it outlives the reply.

    Attributes:
        stands: by drafter, how often its guesses stood, by its confidence in tenths: running means.
        share: how often the draft model's next guess stood.
        gain: tokens that asking the draft model has gained, its own time taken off.
        asked: how often it was asked, up to `FAIR_TRIES`.
        rested: how often a drafter whose guesses do not pay at present was passed over.
        slope: how long passes take.
        step_s: seconds of a token guessed by the draft model; 0 before the first.
        produced: tokens a pass yields.
    """

    stands: dict[DrafterName, list[float]] = field(default_factory=_hopeful)
    share: float = 0.5
    gain: float = 0.5
    asked: int = 0
    rested: dict[DrafterName, int] = field(default_factory=dict)
    slope: Slope = field(default_factory=Slope)
    step_s: float = 0.0
    produced: float = 2.0

    def cost(self, name: DrafterName) -> float:
        """What one more guess costs, as a share of a pass."""
        own = self.step_s / self.slope.seconds if name == "model" and self.slope.seconds else 0.0
        return own + self.slope.share

    def chance(self, name: DrafterName, confidence: float) -> float:
        """How likely a guess of such confidence stands, if those before it do."""
        return self.stands[name][_tenth(confidence)]

    def enough(self, confidence: Sequence[float]) -> bool:
        """Whether one more guess of the draft model would cost more than it is expected to save."""
        hope = self.share
        for one in confidence:
            hope *= self.chance("model", one)
        return hope < self.cost("model") * self.produced

    def worth(self, name: DrafterName, guess: Guess) -> tuple[float, Guess]:
        """Tokens that a guess which is already there is expected to gain, and as much of it as pays."""
        hope, gain, least = 1.0, 0.0, self.cost(name) * self.produced
        for index, confidence in enumerate(guess.confidence):
            hope *= self.chance(name, confidence)
            if hope < least and not (index == 0 and self._tried_again(name)):
                return gain, Guess(guess.ids[:index], guess.confidence[:index])
            gain += max(0.0, hope - least)
        return gain, guess

    def draft_pays(self, otherwise: float, behind: int = 0) -> bool:
        """Whether to ask the draft model where other guesses promise a gain of `otherwise` tokens.

        It is asked some times whatever they promise: two first guesses that failed would else silence it for good.

        Args:
            behind: tokens it would have to read first. One that does not pay is tried again the more seldom, the more that are.
        """
        pays = self.asked < FAIR_TRIES or self.gain > otherwise or self._tried_again("model", 1 + behind // MOST_BEHIND)
        if pays:
            self.rested["model"] = 0
            self.asked = min(self.asked + 1, FAIR_TRIES)
        return pays

    def _tried_again(self, name: DrafterName, price: int = 1) -> bool:
        """Whether a drafter that does not pay at present has rested long enough."""
        rested, enough = self.rested.get(name, 0), price * RETRY_PASSES
        self.rested[name] = 0 if rested >= enough else rested + 1
        return rested >= enough

    def saw(self, name: DrafterName, guess: Guess, stood: int) -> None:
        """A guess was checked; tokens after the first wrong one were never judged."""
        for index, confidence in enumerate(guess.confidence[: stood + 1]):
            right = float(index < stood)
            tenth = _tenth(confidence)
            self.stands[name][tenth] = _mean(self.stands[name][tenth], right)
            if name == "model":
                self.share = _mean(self.share, right)
        if name == "model":
            self.gain = _mean(self.gain, stood - len(guess.ids) * self.cost("model") * self.produced)

    def passed(self, seconds: float, tokens: int, produced: int) -> None:
        """A pass of the target over `tokens` took `seconds` and yielded `produced` tokens."""
        self.slope.saw(tokens, seconds)
        self.produced = _mean(self.produced, produced)
