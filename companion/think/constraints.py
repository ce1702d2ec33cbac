"""Bounds on a reply as logits processors: pure functions of the tokens so far, so that a draft model can share them.

Temperature, nucleus (Holtzman et al. 2020) and min-p (Nguyen et al. 2024) are transformers' own. The repetition penalty
(CTRL, Keskar et al. 2019), the n-gram rule and the avoided phrases look at the reply alone: a persona may repeat what
the user said. A phrase is avoided in the ways a tokenizer usually writes it; one spelt out letter by letter can pass.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from companion.think.favour import Favours
from companion.think.likelier import Likelier
from companion.think.protocol import Constraints

if TYPE_CHECKING:
    import torch
    from transformers import LogitsProcessorList


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


def phrase_variants(phrases: Collection[str]) -> tuple[str, ...]:
    """Each phrase as written, in lower case, capitalised and in capitals; with and without a space before it."""
    words = [phrase.strip() for phrase in phrases if phrase.strip()]
    cased = [variant for word in words for variant in (word, word.lower(), word[0].upper() + word[1:], word.upper())]
    return tuple(dict.fromkeys(variant for word in cased for variant in (word, " " + word)))


def logits_processors(
    constraints: Constraints,
    *,
    start: int,
    encode: Callable[[str], list[int]],
    never: Collection[int] = (),
    structure: Callable[..., Any] | None = None,
    ends: Collection[int] = (),
) -> "LogitsProcessorList":
    """The processors for one reply, in the order they apply.

    Args:
        start: index of the reply's first token.
        encode: text → token ids, without special tokens.
        never: ids that may not be written at all.
        structure: what holds the reply to a form, a processor over its tokens alone.
        ends: ids that end a reply.
    """
    from transformers import (
        LogitsProcessorList,
        MinPLogitsWarper,
        NoBadWordsLogitsProcessor,
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
    if constraints.favour:
        chain.append(ReplyOnly(Favours(constraints.favour, encode, ends, firmly=constraints.firmly), start))
    if constraints.no_repeat_ngram > 0:
        chain.append(ReplyOnly(NoRepeatNGramLogitsProcessor(constraints.no_repeat_ngram), start))
    avoided = {tuple(encode(variant)) for variant in phrase_variants(constraints.avoid)} - {()}
    if avoided:
        chain.append(ReplyOnly(NoBadWordsLogitsProcessor([list(ids) for ids in sorted(avoided)]), start))
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
