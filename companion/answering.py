"""What answers a question about the user: what was recalled, said back; and the words and names in what stands near it.

A small model that was given the right line still garbles it. So what was most likely asked for is worded here, as they said it or as
it was noted, and she says that: for certain, with a doubt, or not at all, by how likely it is.

A name of several words is one ("Stand by Me"), and so are telling words that follow each other ("roast potatoes"): a small model
that has begun one is to say it to its end.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256

from companion.remember.lexical import stop_words, words_of
from companion.remember.lines import passage
from companion.remember.protocol import Recollection
from companion.think.nearest import asks

WORD = re.compile(r"[\w'’-]+")
CLAUSE = re.compile(r"[.,;:!?…\"“”()]+")
NAMING = ("called", "name", "named")  # stand before an answer and are none
BETWEEN = 2  # small words inside a name
ADVICE = re.compile(  # asks for something else than what was told
    r"\b(?:should|shall|could we|would you|do you (?:think|feel|like|love|want|miss))\b|^\W*(?:(?:can|may|will|could) (?:we|i|you)\b"
    r"(?!.*\b(?:tell|remember|remind|recall|name|say)\b)|tell me (?:a|some|something)\b|how (?:was|is|are)\b|why\b)",
    re.IGNORECASE,
)
SURE, PERHAPS = 0.4, 0.2  # how likely a recollection answers from which she says it, and from which she says it with a doubt
SURELY = ('You told me: "{}"', 'You said: "{}"', 'I remember what you said: "{}"')
DOUBTFULLY = ('I am not sure. Was it this? "{}"', 'Perhaps you mean this: "{}"', 'It may be this: "{}"')
TO_THEM = (("themselves", "yourself"), ("theirs", "yours"), ("their", "your"), ("them", "you"), ("they", "you"))  # a note speaks of them


def likely(near: Sequence[str], message: str) -> tuple[str, ...]:
    """The telling words of what is near a question that it has not itself, each with what follows it in the same name.

    Args:
        near: lines with their source in front, as `think.nearest` gives them.
    """
    if not asks(message):
        return ()
    asked = {*words_of(message), *NAMING}
    clauses = (WORD.findall(clause) for line in near for clause in CLAUSE.split(line.partition(": ")[2]))
    return tuple(dict.fromkeys(phrase for words in clauses for phrase in _phrases(words, asked)))


def said_back(recalled: Sequence[Recollection], message: str, seed: str) -> str:
    """What she may answer a question with; empty where nothing recalled is likely enough to be what was asked for.

    Args:
        seed: chooses among ways to say it.
    """
    if not recalled or not asks(message) or ADVICE.search(message):
        return ""
    best = max(recalled, key=lambda one: one.answers)
    if best.answers < PERHAPS:
        return ""
    sure = best.answers >= SURE
    if best.kind != "turn":
        note = best.text
        for theirs, yours in TO_THEM:
            note = re.sub(rf"\b{theirs}\b", yours, note)
        note = f"{note[:1].upper()}{note[1:]}".rstrip(".") + "."
        return note if sure else f"I am not sure, but I think this is it: {note}"
    ways = SURELY if sure else DOUBTFULLY
    return ways[int(sha256(seed.encode()).hexdigest(), 16) % len(ways)].format(passage(best.text, message))


def _phrases(words: Sequence[str], asked: set[str]) -> Iterator[str]:
    small = stop_words()
    names = [at > 0 and word[:1].isupper() and word not in ("I", "I'm", "I'd", "I've", "I'll") for at, word in enumerate(words)]
    telling = [word.casefold() not in asked and (named or word.casefold() not in small) for word, named in zip(words, names, strict=True)]
    for at, tells in enumerate(telling):
        if tells:
            yield " ".join(words[at : _end(at, telling, names) + 1])


def _end(at: int, telling: Sequence[bool], names: Sequence[bool]) -> int:
    """The last word of what begins at a word: telling words go on, and a name does so over a few small ones."""
    while True:
        if at + 1 < len(telling) and telling[at + 1]:
            at += 1
            continue
        beyond = (place for place in range(at + 2, min(at + 2 + BETWEEN, len(names))) if names[at] and names[place])
        if (over := next(beyond, None)) is None:
            return at
        at = over
