"""Which sentences of a prompt a message is about, for a model that has trouble finding them.

A network of ten million parameters reads a sentence well and searches twenty of them badly; searching by meaning is what
the embedder is good at. What is nearest to the message, of what she is, of what is remembered and of what the user said a
while ago, is said once more right before it. It is never anything that the prompt does not say already, and whether it
answers the message is the model's to see.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vector]  # texts → float32 (n, dims), unit length

SENTENCE = re.compile(r"(?<!\bMr\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\bMrs\.)(?<!\bProf\.)(?<=[.!?…])\s+|\n+")
QUOTE = re.compile(r'(?:on [^:"]{1,40} )?(they|you) said: "(.*)"')
OUTDATED = re.compile(r"\((?:no longer so|that has changed since)\)\s*$")
ASKS = re.compile(
    r"\s*(?:and |so |but |hey |ok |please )*"
    r"(?:tell me|remind me|name|say|who|what|when|where|which|why|how|do|does|did|can|could|will|would|is|are|was)\b",
    re.IGNORECASE,
)
OF_HER = re.compile(r"\b(?:you|your|yours|yourself|u|ur|ya)\b", re.IGNORECASE)
FLOOR = 0.22  # cosine from which a sentence may be what is asked for; one right sentence in twenty lies below
UNASKED_FLOOR = 0.45  # of a sentence about her, where the message does not speak to her
BEHIND = 0.1  # a second sentence is said too when it is so near to the first
MOST = 2  # of her, and as many of what is remembered
LONGEST = 200  # characters; a longer sentence is not one
FEWEST = 3  # words of something said; less ("Hi there!") says nothing that could be asked for


class Sentence(NamedTuple):
    """A sentence of a prompt, who speaks or of whom it is ("About you", "They said" …), and whether it is about her."""

    source: str
    text: str
    hers: bool


def nearest(encode: Encode, message: str, about_her: str, memories: Sequence[str], heard: Sequence[str] = ()) -> tuple[str, ...]:
    """What the message may be about, the nearest last: 'They said: My dog is called Bruno.'

    Args:
        about_her: her background, in whole sentences.
        memories: lines of the `now` block.
        heard: what the user said before in the part of the conversation that the prompt has word for word.

    Raises:
        CompanionError: the embedder failed.
    """
    known = sentences(about_her, tuple(memories), tuple(heard))
    if not known:
        return ()
    vectors = encode([message, *(one.text for one in known)])
    scores = vectors[1:] @ vectors[0]
    speaks_to_her = OF_HER.search(message) is not None
    found: list[tuple[float, Sentence]] = []
    for hers in (True, False):
        side = sorted(((float(s), one) for s, one in zip(scores, known, strict=True) if one.hers == hers), key=lambda p: -p[0])
        floor = UNASKED_FLOOR if hers and not speaks_to_her else FLOOR
        found += [(score, one) for score, one in side[:MOST] if score >= max(floor, side[0][0] - BEHIND)]
    return tuple(f"{one.source}: {one.text}" for _, one in sorted(found, key=lambda pair: pair[0]))


def asks(message: str) -> bool:
    """Whether a message asks for something, with or without a question mark."""
    return "?" in message or ASKS.match(message) is not None


@lru_cache(maxsize=256)
def sentences(about_her: str, memories: tuple[str, ...], heard: tuple[str, ...] = ()) -> tuple[Sentence, ...]:
    """The sentences that can be what a message is about, each once; what is no longer so is none of them."""
    found = [Sentence("About you", text, hers=True) for text in _split(about_her)]
    for line in memories:
        if OUTDATED.search(line):
            continue
        quote = QUOTE.fullmatch(line)
        source = "You remember" if not quote else "They said" if quote[1] == "they" else "You said"
        found += [Sentence(source, text, hers=False) for text in (_told(quote[2]) if quote else _split(line))]
    found += [Sentence("They said", text, hers=False) for one in heard if not asks(one) for text in _told(one)]
    return tuple(dict.fromkeys(found))


def _split(text: str) -> Iterable[str]:
    return (part.strip() for part in SENTENCE.split(text) if any(c.isalpha() for c in part) and len(part) <= LONGEST)


def _told(text: str) -> Iterable[str]:
    return (part for part in _split(text) if len(part.split()) >= FEWEST)
