"""Ideas for a small model: among replies written by hand, one that would fit what was just said.

Retrieve and refine (Weston, Dinan and Miller 2018): a reply found by the meaning of the message is shown to the model, which
takes it up, fills its gaps from what was said, or goes its own way when the prompt knows better. A network of ten million
parameters speaks its words well and chooses them badly; what fits a message is therefore looked up. Nothing is found where
nothing is near enough, except that a plain remark can always be listened to.

A file of sayings is `sayings.json` (entries, their wordings, the manners of speaking) beside `sayings.safetensors`:
`wordings`, int8 (wordings, dims), unit vectors times 127; `manners`, float16 (manners, dims), unit length.
"""

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from companion.affect import Manner
from companion.errors import ModelError
from companion.persona.blueprint import Blueprint
from companion.think.fitting import bounded, fits, says_any
from companion.think.nearest import Encode, Vector, asks, nearest
from companion.think.protocol import GAP

SLOT = re.compile(r"\{(\w+)\}")
HOURS = re.compile(r"\b(morning|afternoon|evening|night|tonight)\b", re.IGNORECASE)
NEAREST = 48  # wordings looked at
FLOOR = 0.56  # cosine from which a wording says about the same
ASKED_FLOOR = 0.66  # the same for a question, which an unfitting reply would miss more plainly
OTHER_MOOD = 0.12  # against a wording that asks where the message tells, or the other way round
SAME = 0.74  # cosine from which the words of its gaps are there as well
FOLLOWS = 0.2  # for what follows what was said before
ASTRAY = (1.0, 0.08)  # against what follows something else: a short message says nothing without that, a long one does
MUCH = 5  # words
SUITS = 0.2  # for the manner that suits her best
TONED = 0.12  # for the one that suits the tone of this reply best
BESIDE = 0.1  # of a cosine: so much less to the point, a reply is no better for keeping to her manner
FAVOURED = 0.1  # for a reply with a phrase that comes to her more easily now
CHOICE = 0.07  # replies that near to the best are as good
GAPPED = 0.08  # against a reply with a gap: the network may fill it with something else
ALIKE = 0.7  # share of words from which two texts are the same saying


@dataclass(frozen=True, slots=True)
class Saying:
    """One written exchange.

    Attributes:
        replies: by manner of speaking; slots in braces.
        parent: index of the exchange it follows, −1 for one that can begin.
    """

    replies: Mapping[str, tuple[str, ...]]
    parent: int


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to put an exchange's message: the exchange's index, its slots, and whether it asks for something."""

    entry: int
    slots: frozenset[str]
    asks: bool


class Sayings:
    """Written exchanges, found by meaning.

    Args:
        encode: the embedder that the file's vectors come from.
        entries: the exchanges; `listening` what can be said to any plain remark, by manner.
        wordings: in the order of `vectors`.
        vectors: float32 (wordings, dims), unit length.
        manners: names, in the order of `voices`: float32 (manners, dims), unit length.
    """

    def __init__(
        self,
        encode: Encode,
        entries: Sequence[Saying],
        listening: Mapping[str, Sequence[str]],
        wordings: Sequence["Wording"],
        vectors: Vector,
        manners: Sequence[str],
        voices: Vector,
    ) -> None:
        self._encode, self._entries, self._listening = encode, entries, listening
        self._wordings, self._vectors = wordings, vectors
        self._manners, self._voices = manners, voices
        self._suiting = lru_cache(maxsize=64)(self._suits)
        self._common = voices.mean(0)

    def idea(self, blueprint: Blueprint, message: str, spoken: Sequence[str], seed: str, manner: Manner) -> str:
        """A reply that would fit; `GAP` stands where a word of the message belongs. Empty where none does; see `Suggests`.

        Raises:
            ModelError: the embedder failed.
        """
        suits = self._suited(blueprint, manner)
        heard = [_words(text) for text in spoken[-12:]]
        own = {"me": blueprint.identity.called, "my_age": str(blueprint.identity.age)}
        scores = self._vectors @ self._encode([message])[0]
        found: dict[str, float] = {}
        about: dict[str, float] = {}
        asked = asks(message)
        for at in np.argsort(-scores)[:NEAREST]:
            wording = self._wordings[at]
            entry = self._entries[wording.entry]
            cosine = float(scores[at]) + self._place(entry.parent, message, heard) - OTHER_MOOD * (wording.asks != asked)
            if cosine < (ASKED_FLOOR if asked else FLOOR):
                continue
            usable = wording.slots | own.keys() if scores[at] >= SAME else own.keys()
            for voice, replies in entry.replies.items():
                for reply in replies:
                    if usable >= set(SLOT.findall(reply)) and _hours(reply) <= _hours(message):
                        text = SLOT.sub(lambda slot: own.get(slot[1], GAP), reply)
                        worth = cosine + suits[voice] - (GAPPED if GAP in text else 0.0) + FAVOURED * says_any(text, manner.favour)
                        found[text] = max(found.get(text, 0.0), worth)
                        about[text] = max(about.get(text, 0.0), cosine)
        # What keeps to her manner and says little to the point is worse than to listen.
        least = max(about.values(), default=0.0) - BESIDE
        found = {text: worth for text, worth in found.items() if fits(text, manner) and (not bounded(manner) or about[text] >= least)}
        if not found and not asked:
            found = {text: suits[voice] for voice, texts in self._listening.items() for text in texts if fits(text, manner)}
        fresh = {text: score for text, score in found.items() if not any(_alike(_words(text), said) for said in heard)}
        if not fresh:
            return ""
        best = max(fresh.values())
        return random.Random(seed).choice([text for text, score in fresh.items() if score >= best - CHOICE])

    def near(self, blueprint: Blueprint, message: str, memories: Sequence[str], heard: Sequence[str]) -> tuple[str, ...]:
        """The sentences about her, of `memories` and of what was `heard` that a message may be about, the nearest last.

        Raises:
            ModelError: the embedder failed.
        """
        return nearest(self._encode, message, blueprint.identity.background, memories, heard)

    def _place(self, parent: int, message: str, heard: Sequence[frozenset[str]]) -> float:
        """What an exchange gains or loses by what it follows."""
        if parent < 0:
            return 0.0
        before = heard[-1] if heard else frozenset()
        if any(_alike(_words(text), before) for text in _texts(self._entries[parent])):
            return FOLLOWS
        return -ASTRAY[len(message.split()) >= MUCH]

    def _suited(self, blueprint: Blueprint, manner: Manner) -> Mapping[str, float]:
        """What each manner of speaking is worth: how well it suits her, and the tone of this reply."""
        hers = self._suiting(self._described(blueprint))
        if not manner.tone:
            return {name: SUITS * share for name, share in hers.items()}
        toned = self._suiting((manner.tone,))
        return {name: SUITS * share + TONED * toned[name] for name, share in hers.items()}

    def _described(self, blueprint: Blueprint) -> tuple[str, ...]:
        speech = blueprint.character.speech
        return (speech.manner, *speech.lines)

    def _suits(self, described: tuple[str, ...]) -> Mapping[str, float]:
        """How well each manner suits a description, the best 1 and the worst 0."""
        near = (self._voices - self._common) @ self._encode(described).mean(0)
        low, high = float(near.min()), float(near.max())
        return {name: (float(one) - low) / ((high - low) or 1.0) for name, one in zip(self._manners, near, strict=True)}


def open_sayings(folder: Path, encode: Encode) -> Sayings:
    """Reads a file of sayings.

    Raises:
        ModelError: the files are missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        written: dict[str, Any] = json.loads((folder / "sayings.json").read_text("utf-8"))
        tensors = load_file(folder / "sayings.safetensors")
        vectors = tensors["wordings"].astype(np.float32)
        return Sayings(
            encode,
            [Saying({m: tuple(texts) for m, texts in one["replies"].items()}, one["parent"]) for one in written["entries"]],
            written["listening"],
            [Wording(entry, frozenset(slots), asks) for entry, slots, asks in written["wordings"]],
            vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6),
            written["manners"],
            tensors["manners"].astype(np.float32),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError("The built-in model's sayings cannot be read.", hint="Install Companion again.") from error


def _hours(text: str) -> set[str]:
    return {hour.lower().replace("tonight", "night") for hour in HOURS.findall(text)}


def _texts(entry: Saying) -> list[str]:
    return [text for texts in entry.replies.values() for text in texts]


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z']+", SLOT.sub("", text).lower()))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether most of a saying's words stand in what was said."""
    return bool(one) and len(one & other) >= (ALIKE * len(one) if len(one) >= MUCH else len(one))
