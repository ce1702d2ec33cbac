"""Words and phrases that cannot appear in a reply, as a logits processor: a pure function of the reply's tokens.

An automaton reads the reply sign by sign (`phrases.py`); a token that would complete a phrase is given no chance, whatever other
tokens it could be spelt by. Which tokens do, from which place in a phrase, depends on the vocabulary alone and is worked out once.

Since a reply may end at any token (its budget, Stop), a
token after which the text ends with a phrase is barred too. So no end of a reply is ever barred and there is no way into a dead
end; the price is that a longer word is lost where a vocabulary can only spell it as the phrase and some more: "art" + "ist".
Bytes that make no character are barred as well, since a decoder drops them and
what stands around them would meet.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from companion.think.bound import Bound, Kept
from companion.think.phrases import Place, Said, completed, heard
from companion.think.spelling import all_spellings, in_word
from companion.think.vocabulary import Trail, Vocabulary, core_of

if TYPE_CHECKING:
    import torch

KEPT = 4096  # places in phrases whose tokens are kept


def _completes(said: Said, text: str, phrases: Sequence[str]) -> bool:
    for char in text:
        said = heard(said, char, phrases)
    return completed(said) >= 0


class Bars:
    """Which tokens of a vocabulary complete a phrase, by how much of it has been said. One for each model; it remembers.

    Args:
        vocabulary: its tokens.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.within = lru_cache(maxsize=KEPT)(self._within)
        self.onward = lru_cache(maxsize=KEPT)(self._onward)
        self.kept = Kept()

    def _within(self, phrase: str, word: bool) -> tuple[int, ...]:
        """Ids of tokens that say a whole phrase, after the end of a word or not."""
        said = Said({}, word)
        return tuple(i for i in self.vocabulary.with_core(core_of(phrase)) if self._says(i, said, phrase))

    def _onward(self, phrase: str, done: int) -> tuple[int, ...]:
        """Ids of tokens that complete a phrase of which some signs have been said."""
        said = Said({(phrase, done): 0}, in_word(phrase[done - 1]))
        found = self.vocabulary.with_core(core_of(phrase[done:]), begins=True)
        return tuple(i for i in found if self._says(i, said, phrase))

    def _says(self, token: int, said: Said, phrase: str) -> bool:
        return _completes(said, self.vocabulary.alone[token].text, (phrase,))


class Reached(NamedTuple):
    """How far a reply has come: the places in phrases, whether it ends with a word, and the bytes of an unfinished character."""

    places: frozenset[Place] = frozenset()
    word: bool = False
    pending: bytes = b""


class Avoids(Bound):
    """Bars what would complete a phrase.

    Args:
        phrases: as people write them.
        bars: of the model's vocabulary.
    """

    def __init__(self, phrases: Sequence[str], bars: Bars) -> None:
        self._bars, self._vocabulary = bars, bars.vocabulary
        self._phrases = all_spellings(phrases)
        self._trail = Trail(Reached(), self._step)

    def added(self, reply: list[int], device: "torch.device") -> "torch.Tensor":
        """See `Bound`."""
        return self._mask(self._trail.after(reply), device)

    def barred(self, reply: Sequence[int]) -> frozenset[int]:
        """Ids that may not follow a reply."""
        return frozenset(self._barred(self._trail.after(list(reply))))

    def _step(self, reached: Reached, token: int) -> Reached:
        if token >= len(self._vocabulary.pieces) or token in self._vocabulary.silent:
            return reached
        told = self._vocabulary.told(reached.pending, token)
        said = Said(dict.fromkeys(reached.places, 0), reached.word)
        for char in told.text if told.sound else f"\x00{told.text}":
            said = heard(said, char, self._phrases)
        under_way = frozenset((phrase, done) for phrase, done in said.places if done < len(phrase))
        return Reached(under_way, said.word, told.pending)

    def _mask(self, reached: Reached, device: "torch.device") -> "torch.Tensor":
        return self._bars.kept.get((self._phrases, reached, device), lambda: self._made(reached, device))

    def _made(self, reached: Reached, device: "torch.device") -> "torch.Tensor":
        import torch

        if reached.places and not reached.pending:  # what is barred anyhow, and what would go on
            mask, barred = self._mask(Reached(word=reached.word), device).clone(), self._barred_onward(reached)
        else:
            mask, barred = torch.zeros(len(self._vocabulary.pieces), device=device), self._barred(reached)
        if barred:
            mask[sorted(barred)] = float("-inf")
        return mask

    def _barred(self, reached: Reached) -> set[int]:
        if reached.pending:
            return self._barred_inside(reached)
        barred = set(self._vocabulary.unsound)
        for phrase in self._phrases:
            barred.update(self._bars.within(phrase, reached.word))
        return barred | self._barred_onward(reached)

    def _barred_onward(self, reached: Reached) -> set[int]:
        return {i for place in reached.places for i in self._bars.onward(*place)}

    def _barred_inside(self, reached: Reached) -> set[int]:
        """What is barred inside a character: all but its other bytes, and of those what would complete a phrase."""
        said = Said(dict.fromkeys(reached.places, 0), reached.word)

        def fits(token: int) -> bool:
            told = self._vocabulary.told(reached.pending, token)
            return told.sound and not _completes(said, told.text, self._phrases)

        allowed = {i for i in self._vocabulary.continuing if fits(i)} | self._vocabulary.silent
        return set(range(len(self._vocabulary.pieces))) - allowed
