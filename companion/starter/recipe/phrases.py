"""The phrase book of the built-in model: what it was taught to say, as tokens, for a drafter to find."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from transformers import PreTrainedTokenizerFast

from companion.starter.recipe.grammar import SLOT, Entry, Grammar
from companion.starter.recipe.rows import said
from companion.starter.recipe.vocabulary import ASSISTANT, END
from companion.think.phrasebook import GAP


def replies(grammar: Grammar) -> Iterator[str]:
    """Every written reply, with its slots open."""

    def spoken(entries: Iterable[Entry]) -> Iterator[str]:
        for entry in entries:
            yield from (text for texts in entry.replies.values() for text in texts)
            yield from spoken(entry.then)

    yield from spoken(grammar.dialogues)
    for side in grammar.small["not_known"].values():
        yield from side
    for side in (grammar.user, grammar.persona):
        yield from (text for fact in side for text in fact.unknown)
        yield from (text for fact in side.attributes for text in fact.answer)


def write_phrases(grammar: Grammar, tokenizer: PreTrainedTokenizerFast, path: Path) -> None:
    """Writes the texts as replies stand in a prompt, from their role token to their end token, with gaps for the slots."""
    role, end = (tokenizer.convert_tokens_to_ids(token) for token in (ASSISTANT, END))
    ids: list[int] = []
    for reply in dict.fromkeys(replies(grammar)):
        first, *rest = SLOT.split(" " + said(reply))[::2]  # what stands between the names of slots
        ids += [role, *tokenizer.encode(first, add_special_tokens=False)]
        for part in rest:
            ids += [GAP, *tokenizer.encode(part, add_special_tokens=False)]
        ids.append(end)
    save_file({"ids": np.asarray(ids, dtype=np.int16 if len(tokenizer) < 2**15 else np.int32)}, path)
