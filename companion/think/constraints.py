"""Bounds on a reply as logits processors: pure functions of the tokens so far, so that a draft model can share them.

Temperature, nucleus (Holtzman et al. 2020) and min-p (Nguyen et al. 2024) are transformers' own. The repetition penalty
(CTRL, Keskar et al. 2019), the n-gram rule and all that is said of words look at the reply alone: a persona may repeat what
the user said. What is favoured comes first, then what may not be said (`avoid.py`, `sentences.py`). Where two bounds together would
leave nothing to say, the later one gives way; avoided phrases come first, and the end of a reply is never one.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from companion.think.avoid import Avoids, Bars
from companion.think.bound import Bound
from companion.think.favour import Favours, Recites
from companion.think.leaning import Leaning
from companion.think.likelier import Likelier
from companion.think.protocol import Constraints
from companion.think.sentences import Questions, Sentences, Shapes, Something
from companion.think.vocabulary import Vocabulary

if TYPE_CHECKING:
    import torch
    from transformers import LogitsProcessorList


class Wording:
    """What bounds on words have to know of a model's vocabulary, worked out when it is first asked for. One for each model.

    Args:
        spell: makes the vocabulary.
    """

    def __init__(self, spell: Callable[[], Vocabulary]) -> None:
        self._spell = spell

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Its tokens as text."""
        return self._spell()

    @cached_property
    def bars(self) -> Bars:
        """Which of them complete a phrase."""
        return Bars(self.vocabulary)

    @cached_property
    def shapes(self) -> Shapes:
        """What each of them is to a sentence."""
        return Shapes(self.vocabulary)


class ReplyOnly:
    """Applies a processor to the reply's tokens, as if there were no prompt.

    Args:
        processor: a transformers logits processor.
        start: index of the reply's first token.
    """

    def __init__(self, processor: Callable[..., Any], start: int) -> None:
        self._processor = processor
        self._start = start

    def __call__(self, input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """input_ids: int64 (batch, tokens); scores: float32 (batch, vocabulary), returned with the bound applied."""
        bounded: torch.Tensor = self._processor(input_ids[:, self._start :], scores)
        return bounded


class InOrder:
    """Applies bounds one after another; one that would leave nothing to say is passed over.

    Args:
        bounds: the most important first.
        never: ids that may not be written at all.
    """

    def __init__(self, bounds: Sequence[Bound], never: Collection[int] = ()) -> None:
        self._bounds, self._never = bounds, sorted(never)
        self._unwritten: torch.Tensor | None = None  # float32 (vocabulary,): −∞ for what is never written, else 0

    def __call__(self, input_ids: "torch.Tensor", scores: "torch.Tensor") -> "torch.Tensor":
        """input_ids: int64 (batch, tokens of the reply); scores: float32 (batch, vocabulary), returned with the bounds applied."""
        import torch

        if self._unwritten is None:
            self._unwritten = scores.new_zeros(scores.shape[-1])
            self._unwritten[self._never] = float("-inf")
        return torch.stack([self._row(reply, row) for reply, row in zip(input_ids.tolist(), scores + self._unwritten, strict=True)])

    def _row(self, reply: list[int], scores: "torch.Tensor") -> "torch.Tensor":
        bounded = scores
        for bound in self._bounds:
            bounded = bound.applied(reply, bounded)
        if _possible(bounded):
            return bounded
        for bound in self._bounds:
            bounded = bound.applied(reply, scores)
            scores = bounded if _possible(bounded) else scores
        return scores


def _possible(scores: "torch.Tensor") -> bool:
    """Whether a token is left."""
    return bool(scores.max() > float("-inf"))


def words_bound(constraints: Constraints, wording: Wording | None, never: Collection[int] = ()) -> InOrder | None:
    """What holds a reply to the words it may have; None where nothing is asked of them.

    Raises:
        ValueError: something is, and nothing is known of the vocabulary.
    """
    limited = constraints.sentence_words > 0 or constraints.reply_sentences > 0
    if not (limited or constraints.avoid or constraints.questions != "allowed"):
        return None
    if wording is None:
        raise ValueError("bounds on words need a vocabulary")
    reading, shapes = wording.shapes.reading(), wording.shapes
    bounds: list[Bound] = [Something(reading, shapes)]
    if constraints.avoid:
        bounds.insert(0, Avoids(constraints.avoid, wording.bars))
    if constraints.questions != "allowed":
        bounds.append(Questions(reading, shapes, most=int(constraints.questions == "one")))
    if limited:
        bounds.append(Sentences(reading, shapes, words=constraints.sentence_words, sentences=constraints.reply_sentences))
    return InOrder(bounds, never)


def logits_processors(
    constraints: Constraints,
    *,
    start: int,
    encode: Callable[[str], list[int]],
    never: Collection[int] = (),
    structure: Callable[..., Any] | None = None,
    ends: Collection[int] = (),
    wording: Wording | None = None,
) -> "LogitsProcessorList":
    """The processors for one reply, in the order they apply.

    Args:
        start: index of the reply's first token.
        encode: text → token ids, without special tokens.
        never: ids that may not be written at all.
        structure: what holds the reply to a form, a processor over its tokens alone.
        ends: ids that end a reply.
        wording: of the model's vocabulary; bounds on words need it.

    Raises:
        ValueError: they do, and it is not there.
    """
    from transformers import (
        LogitsProcessorList,
        MinPLogitsWarper,
        NoRepeatNGramLogitsProcessor,
        RepetitionPenaltyLogitsProcessor,
        SuppressTokensLogitsProcessor,
        TemperatureLogitsWarper,
        TopPLogitsWarper,
    )

    chain = LogitsProcessorList()
    if constraints.repetition_penalty > 1:
        chain.append(ReplyOnly(RepetitionPenaltyLogitsProcessor(constraints.repetition_penalty), start))
    if constraints.likely:
        chain.append(ReplyOnly(Likelier(constraints.likely, encode), start))
    if constraints.leanings:
        chain.append(ReplyOnly(Leaning(constraints.leanings, encode), start))
    if constraints.favour and constraints.lean == "surely":
        chain.append(ReplyOnly(Recites(constraints.favour, encode, ends), start))
    elif constraints.favour:
        chain.append(ReplyOnly(Favours(constraints.favour, encode, ends, lean=constraints.lean), start))
    if constraints.no_repeat_ngram > 0:
        chain.append(ReplyOnly(NoRepeatNGramLogitsProcessor(constraints.no_repeat_ngram), start))
    if bound := words_bound(constraints, wording, never):
        chain.append(ReplyOnly(bound, start))
    if structure:
        chain.append(ReplyOnly(structure, start))
    if never:
        chain.append(SuppressTokensLogitsProcessor(sorted(never)))
    if constraints.temperature > 0:
        if constraints.temperature != 1:
            chain.append(TemperatureLogitsWarper(constraints.temperature))
        if constraints.top_p < 1:
            chain.append(TopPLogitsWarper(constraints.top_p))
        if constraints.min_p > 0:
            chain.append(MinPLogitsWarper(constraints.min_p))
    return chain
