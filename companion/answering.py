"""What answers a question about the user: what was recalled, said back; and the words and names in what stands near it.

A small model that was given the right line still garbles it. So what was most likely asked for is worded here, as they said it or as
it was noted, and she says that: for certain, with a doubt, as what comes nearest, or not at all, by how likely it is. In doubt she
names two, as people do: the right one is the second nearly as often as the first is wrong. Of what only comes nearest she names three.

A name of several words is one ("Stand by Me"), and so are telling words that follow each other ("roast potatoes"): a small model
that has begun one is to say it to its end.
"""

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256

from companion.remember.asking import REMINDING
from companion.remember.lexical import stop_words, words_of
from companion.remember.lines import passage
from companion.remember.protocol import Recollection
from companion.remember.remarks import OF_THE_SPEAKER
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
QUESTION = re.compile(r"[^.!?…]+\?+|[^.!?…]+$")  # what ends in a question mark, else the last sentence
TOLD = re.compile(r"\b(?:remember|recall|remind|did i|have i|i told|i(?:'ve| have)? mentioned)\b", re.IGNORECASE)
YOURS = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
PLAIN = re.compile(
    r"\W*(?:and |so |but |hey )?(?:who|whom|whose|what|when|where|which|how (?:old|many|much|long|far))\b[^.!?]*\?*\W*", re.IGNORECASE
)
THEIRS = re.compile(  # asks for something of the one who asks that only they can have told
    r"\W*(?:(?:and|so|but|hey|then),? )?(?:(?:do|can|could|would) you (?:still )?(?:remember|know|recall|tell me|remind me),? )?"
    r"(?:who|what|where|when|which|how (?:old|many|much|often|long))(?:(?:'s| is| are| was| were)? my\b"
    r"|(?: \w+){0,2} (?:do|did|was) i (?:(?:usually|always|mostly|normally) )?"
    r"(?:live|work|drink|eat|like|love|hate|prefer|study|drive|play|own|collect|come from|grow up|born|raised)\b)[^.!?]*(?:\?\W*)?",
    re.IGNORECASE,
)
SURE, PERHAPS = 0.6, 0.2  # how likely a recollection answers from which she says it, and from which she says it with a doubt
NEAREST = 0.07  # the same for what comes nearest
NEVER = 2.0
BESIDE = 0.25  # of the likeliest: what is as likely as that is named beside it, unless she is sure
MOST_DOUBTFUL, MOST_NEAREST = 2, 3  # named together
SURELY = ("You told me: {}", "You said: {}", "I remember what you said: {}")
DOUBTFULLY = ("I am not sure. Was it this? {}", "Perhaps you mean this: {}", "It may be this: {}")
FAINTLY = ("I do not know that for certain. The nearest you told me: {}", "I am not sure you ever told me. This comes nearest: {}")
UNTOLD = ("I do not think you have told me that yet.", "You have not told me that, I think.", "I do not know that. You never told me.")
OR, AND = " Or this: ", " And this: "
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

    Asked for what only they can know ("what is my sister called?"), she says that she was not told: a small model would make one up.

    Args:
        seed: chooses among ways to say it.
    """
    if not asks(message) or ADVICE.search(message):
        return ""
    ranked, needed = sorted(recalled, key=lambda one: -one.answers), least(message)
    if not ranked or ranked[0].answers < needed:
        return _one_of(UNTOLD, seed) if THEIRS.fullmatch(message.replace("’", "'")) else ""
    best, *others = ranked
    aside = needed == NEAREST and best.kind == "turn" and not OF_THE_SPEAKER.search(best.text)  # perhaps about the world
    if best.answers >= SURE and not aside:
        return _told(best, message) if best.kind != "turn" else _one_of(SURELY, seed).format(_told(best, message))
    ways, between, most = (DOUBTFULLY, OR, MOST_DOUBTFUL) if best.answers >= PERHAPS else (FAINTLY, AND, MOST_NEAREST)
    named = [best, *(one for one in others[: most - 1] if one.answers >= BESIDE * best.answers)]
    return _one_of(ways, seed).format(between.join(_told(one, message) for one in named))


def least(message: str) -> float:
    """How likely the answer to a question must be to be said back.

    A little, where it is about the one who asks or for what they told; more, where it is one plain sentence ("when is the baby
    due?"); no answer is likely enough where it is about her, or about the world amid other talk.
    """
    straight = message.replace("’", "'")
    *_, asked = "", *(found.group() for found in QUESTION.finditer(straight))
    rest = REMINDING.sub(" ", asked)
    if YOURS.search(rest):
        return NEVER
    if OF_THE_SPEAKER.search(rest) or TOLD.search(straight):
        return NEAREST
    return PERHAPS if PLAIN.fullmatch(straight) else NEVER


def _told(one: Recollection, message: str) -> str:
    """A message in quotation marks; a note turned to them, as a sentence."""
    if one.kind == "turn":
        return f'"{passage(one.text, message)}"'
    note = one.text
    for theirs, yours in TO_THEM:
        note = re.sub(rf"\b{theirs}\b", yours, note)
    return f"{note[:1].upper()}{note[1:]}".rstrip(".") + "."


def _one_of(ways: Sequence[str], seed: str) -> str:
    return ways[int(sha256(seed.encode()).hexdigest(), 16) % len(ways)]


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
