"""The phrase book of the built-in model: what it was taught to say, as tokens, for a drafter to find."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from transformers import PreTrainedTokenizerFast

from companion.starter.recipe.grammar import SLOT, Entry, Grammar
from companion.starter.recipe.rows import said
from companion.starter.recipe.vocabulary import END


def replies(grammar: Grammar) -> Iterator[str]:
    """Every written reply, with its slots open."""

    def spoken(entries: Iterable[Entry]) -> Iterator[str]:
        for entry in entries:
            yield from (text for texts in entry.replies.values() for text in texts)
            yield from spoken(entry.then)

    yield from spoken(grammar.dialogues)
    for side in (grammar.user, grammar.persona):
        yield from (text for fact in side for text in fact.unknown)
        yield from (text for fact in side.attributes for text in fact.answer)


def write_phrases(grammar: Grammar, tokenizer: PreTrainedTokenizerFast, path: Path) -> None:
    """Writes the texts between the slots, each closed by an end token."""
    end, ids = tokenizer.convert_tokens_to_ids(END), list[int]()
    for reply in dict.fromkeys(replies(grammar)):
        parts = SLOT.split(" " + said(reply))[::2]  # what stands between the names of slots
        for part in parts:
            ids += tokenizer.encode(part, add_special_tokens=False)
        ids.append(end)
    save_file({"ids": np.asarray(ids, dtype=np.int16 if len(tokenizer) < 2**15 else np.int32)}, path)
