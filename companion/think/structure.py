"""Holds what a model writes to a JSON schema, token by token.

Method: llguidance (Microsoft, MIT) parses the schema together with the tokenizer's vocabulary and says which tokens may come
next; all others are given no chance. It needs no table over the whole vocabulary beforehand, so a schema costs milliseconds.

To the rest of decoding the bound is a pure function of the reply's tokens, like every other one: it can be asked for any
history, in any order. So drafters guess under it, and their guesses are checked under it, as without it. A history that the
schema does not allow is left unbounded: only a guess that is about to be rejected can follow one.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch

from companion.errors import ModelError
from companion.think.kv_cache import common_prefix

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer


class Structures:
    """What one model's vocabulary can be held to.

    Args:
        tokenizer: a fast transformers tokenizer.
        vocabulary: how many scores the model gives.
        end_ids: tokens that end a reply.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, end_ids: Collection[int]) -> None:
        self._tokenizer, self._vocabulary, self._end_ids = tokenizer, vocabulary, sorted(end_ids)

    def bound(self, schema: Mapping[str, Any]) -> "Structure":
        """The bound for one reply.

        Raises:
            ModelError: this model's tokenizer cannot be held to a schema.
            ValueError: the schema is none, or asks for what cannot be held to.
        """
        from llguidance import LLMatcher

        # Without blanks: a small model would go on with them.
        grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema), overrides={"whitespace_flexible": False})
        if failed := LLMatcher.validate_grammar(grammar, self._vocabulary_tree):
            raise ValueError(f"the schema cannot be held to: {failed}")
        return Structure(self._vocabulary_tree, grammar)

    @cached_property
    def _vocabulary_tree(self) -> "LLTokenizer":
        from llguidance import LLTokenizer

        try:
            told = self._tokenizer.backend_tokenizer.to_str()
            return LLTokenizer(told, n_vocab=self._vocabulary, eos_token=self._end_ids)
        except (AttributeError, ValueError) as error:  # a tokenizer without the fast kind's parts, or of a kind it does not know
            hint = "Choose another model, or set COMPANION_EXTRACTOR=rules."
            raise ModelError(f"This model's replies cannot be held to a form: {error}", hint=hint) from error


class Structure:
    """A logits processor over one reply. It remembers how far it has read, and goes back where it must."""

    def __init__(self, vocabulary_tree: "LLTokenizer", grammar: str) -> None:
        self._tree, self._grammar = vocabulary_tree, grammar
        self._read: list[int] = []
        self._matcher = self._fresh()

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """input_ids: int64 (batch, tokens) of the reply; scores: float32 (batch, vocabulary), −∞ where the schema does not go on."""
        return torch.stack([self._row(ids, row) for ids, row in zip(input_ids.tolist(), scores, strict=True)])

    def _row(self, ids: Sequence[int], scores: torch.Tensor) -> torch.Tensor:
        if not self._go_to(ids):
            return scores
        allowed = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8)[: len(scores)] > 0
        return scores.masked_fill(~allowed.to(scores.device), float("-inf"))

    def _go_to(self, ids: Sequence[int]) -> bool:
        """Reads up to a history; says whether the schema allows it."""
        back = len(self._read) - common_prefix(self._read, ids)
        if back and not self._matcher.rollback(back):
            self._matcher, self._read = self._fresh(), []
        else:
            del self._read[len(self._read) - back :]
        rest = list(ids[len(self._read) :])
        taken = self._matcher.try_consume_tokens(rest) if rest else 0
        self._read += rest[:taken]
        return taken == len(rest)

    def _fresh(self) -> "LLMatcher":
        from llguidance import LLMatcher

        return LLMatcher(self._tree, self._grammar, log_level=0)
