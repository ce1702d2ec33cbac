"""What a reply may name: the words and names in what stands near a question.

A name of several words is one ("Stand by Me"), and so are telling words that follow each other ("roast potatoes"): a small model
that has begun one is to say it to its end.
"""

import re
from collections.abc import Iterator, Sequence

from companion.remember.lexical import stop_words, words_of
from companion.think.nearest import asks

WORD = re.compile(r"[\w'’-]+")
CLAUSE = re.compile(r"[.,;:!?…\"“”()]+")
NAMING = ("called", "name", "named")  # stand before an answer and are none
BETWEEN = 2  # small words inside a name


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
