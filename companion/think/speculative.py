"""Speculative decoding: a drafter guesses several tokens, one pass of the target checks them all.

The target chooses its token at every position from its own scores (`sampling.py`); a guess stands where it is that very
token, and the first that is not is replaced by it. So the output is what the target alone would have written, greedy or
sampled (Leviathan et al. 2023; the coupling is Daliri et al. 2024). Who guesses, and how many tokens: `pace.py`.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from companion.think.drafters import NOTHING, Drafter, DrafterName, Guess, ModelDrafter
from companion.think.kv_cache import CachedSequence
from companion.think.pace import Pace
from companion.think.sampling import Sampler

MOST_GUESSES = 10
FREE_GUESSES = 12  # of a drafter that only searches


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
        free: drafters that only search, and so cost nothing to ask.

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
        free: Sequence[Drafter] = (),
    ) -> None:
        self._target, self._sampler, self._pace = target, sampler, pace
        self._draft, self._free = draft, free
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
            decided = _until(chosen[: stood + 1], ends)[: most - tally.tokens]
            self._judge(name, guess, min(stood, len(decided)), began, len(decided))
            text += decided
            tally.tokens += len(decided)
            target.truncate(len(text) - 1)
            yield decided
            if decided[-1] in ends or tally.tokens >= most or over():
                return
            name, guess = self._guess(text, most - tally.tokens - 1)
            began = time.perf_counter()
            scores = target.append([text[-1], *guess.ids], logits=1 + len(guess.ids))

    def _judge(self, name: DrafterName | None, guess: Guess, stood: int, began: float, decided: int) -> None:
        if not began:
            return
        self._pace.passed(time.perf_counter() - began, 1 + len(guess.ids), decided)
        self.tally.passes += 1
        if name:
            self._pace.saw(name, guess, stood)
            self.tally.drafted[name] = self.tally.drafted.get(name, 0) + len(guess.ids)
            self.tally.accepted[name] = self.tally.accepted.get(name, 0) + stood

    def _guess(self, text: Sequence[int], room: int) -> tuple[DrafterName | None, Guess]:
        """Of the free guesses the one that promises most; the draft model's instead, where that has gained more."""
        pace, promised = self._pace, 0.0
        best: tuple[DrafterName | None, Guess] = (None, NOTHING)
        for drafter in self._free:
            gain, guess = pace.worth(drafter.name, drafter.guess(text, min(room, FREE_GUESSES)))
            if guess.ids and gain >= promised:
                promised, best = gain, (drafter.name, guess)
        if self._draft and room and pace.draft_pays(promised, self._draft.behind(text)):
            guess = self._draft.guess(text, min(room, MOST_GUESSES))
            pace.step_s = self._draft.step_s
            best = self._draft.name, guess
        return best


def _until(tokens: list[int], ends: Collection[int]) -> list[int]:
    end = next((i for i, token in enumerate(tokens) if token in ends), None)
    return tokens if end is None else tokens[: end + 1]
