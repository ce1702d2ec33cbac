"""Who a message is about, from its words: whether somebody tells of themselves, and whether they speak to her.

A few pronouns and phrases of `bond.yaml`, sentence by sentence, and no more than that. It understands no irony, no quotation and
no language but English; "you" in a question or in a figure of speech ("you know") is passed over. What it misses moves nothing.
"""

import re
from collections.abc import Collection, Iterator

from companion.feel.dynamics import dynamics

MOST_CHARS = 20_000  # what comes later in a very long message is not read
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;]*")
_APOSTROPHE = re.compile("['‘’ʼ`´′]")
_WORD = re.compile(r"[a-z]+")


def tells_of_oneself(text: str, feelings: Collection[str]) -> bool:
    """Whether a message speaks of the one who wrote it, with a feeling that is theirs.

    Args:
        feelings: what was read in it, GoEmotions labels.
    """
    known = dynamics()
    return not known.own.isdisjoint(feelings) and any(not known.me.isdisjoint(said.split()) for said, _ in _sentences(text))


def speaks_to_her(text: str) -> bool:
    """Whether some sentence is meant for her: it says "you" and nobody else and asks nothing, or is a thing that one says to a face."""
    return any(_is_to_her(said, asks) for said, asks in _sentences(text))


def _is_to_her(said: str, asks: bool) -> bool:
    known = dynamics()
    if any(f" {phrase} " in said for phrase in known.spoken_to):
        return True
    for figure in known.figures:
        said = said.replace(f" {figure} ", " ")
    words = said.split()
    return not asks and not known.you.isdisjoint(words) and known.others.isdisjoint(words)


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """The words of each sentence, a space between and around them, and whether it is a question."""
    plain = _APOSTROPHE.sub("", text[:MOST_CHARS].casefold())
    return ((f" {' '.join(words)} ", "?" in sentence) for sentence in _SENTENCE.findall(plain) if (words := _WORD.findall(sentence)))
