"""The sayings of the built-in model: the written exchanges as a file that `companion.think.sayings` finds replies in.

    python -m companion.starter.recipe.sayings

writes it anew after exchanges were added; the weights need not change.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from companion.remember.embedder import SentenceEmbedder
from companion.starter.recipe.grammar import SLOT, Entry, Grammar, load_grammar, slots
from companion.think.nearest import Encode, asks


def exchanges(entries: Iterable[Entry], parent: int = -1, known: list[tuple[Entry, int]] | None = None) -> list[tuple[Entry, int]]:
    """Every exchange that presumes no memory, mood, hour or absence, and the index here of the one it follows, or −1."""
    found = [] if known is None else known
    for entry in entries:
        if not (entry.now or entry.gap or entry.time or entry.mood):
            found.append((entry, parent))
            exchanges(entry.then, len(found) - 1, found)
    return found


def wording(text: str) -> str:
    """A wording as it is embedded: a slot is the word for what stands in it."""
    return SLOT.sub(lambda slot: slot[1].replace("_", " "), text)


def write_sayings(grammar: Grammar, encode: Encode, folder: Path) -> None:
    """Writes `sayings.json` and `sayings.safetensors` into a folder."""
    told = exchanges(grammar.dialogues)
    said = [(at, text) for at, (entry, _) in enumerate(told) for text in entry.users if not any(s.startswith("my_") for s in slots(text))]
    vectors = encode([wording(text) for _, text in said])
    manners = sorted(grammar.manners)
    voices = np.stack([encode([*grammar.manners[name].speech, *grammar.manners[name].says]).mean(0) for name in manners])
    written = {
        "manners": manners,
        "listening": grammar.small["listening"],
        "entries": [{"replies": entry.replies, "parent": parent} for entry, parent in told],
        "wordings": [[at, sorted(slots(text)), asks(text)] for at, text in said],
    }
    (folder / "sayings.json").write_text(json.dumps(written, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    tensors = {
        "wordings": np.rint(vectors * 127).astype(np.int8),
        "manners": (voices / np.linalg.norm(voices, axis=1, keepdims=True)).astype(np.float16),
    }
    save_file(tensors, folder / "sayings.safetensors")


if __name__ == "__main__":
    write_sayings(load_grammar(families=False), SentenceEmbedder().encode, Path(__file__).parents[1] / "weights")
