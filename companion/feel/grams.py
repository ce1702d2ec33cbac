"""The words of a message as numbers: what a sentence's vector blurs ("ugh", "lol", "!!", "not happy"), kept word for word.

Words and pairs of words, three in a row, words behind a denial, beginnings of longer words, punctuation, emoticons and emoji,
and how long and how loud a message is: the usual signs of text classification before neural networks (bags of n-grams, as in
Joulin et al. 2017, "Bag of Tricks for Efficient Text Classification"). Each is a hash of 32 bits, so that no word of the
comments that a reader was trained on has to be kept.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from zlib import crc32

MOST_CHARS = 2_000  # what comes later is not read; the sentence vector ends at 256 tokens too
MOST_WORDS = 256
DENIAL_REACH = 4  # words
STEM_FROM, STEM = 6, 5  # letters
MOST_CAPITALS = 3
LENGTHS = (2, 3, 4, 6, 8, 12, 16, 23, 32)  # words from which a message counts as longer

TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[!?.…]+|[:;=x]-?[)(dpo3/\\|<]+|<3+|[^\w\s]")
STRETCHED = re.compile(r"(.)\1{2,}")
DENIALS = frozenset(
    "not no never nobody nothing none neither nor without hardly barely cannot can't cant don't dont isn't isnt wasn't wasnt won't wont "
    "doesn't doesnt didn't didnt aren't arent weren't ain't couldn't wouldn't shouldn't haven't hasn't".split()
)


def grams(text: str) -> list[int]:
    """The distinct signs of any text, each in [0, 2³²), in rising order; an empty text has those of its length alone."""
    written = TOKEN.findall(STRETCHED.sub(r"\1\1", text[:MOST_CHARS].replace("’", "'")))[:MOST_WORDS]
    return sorted({crc32(sign.encode("utf-8", "replace")) for sign in _signs(written)})


def _signs(written: Sequence[str]) -> Iterator[str]:
    tokens = [token.casefold() for token in written]
    yield from tokens
    yield from (f"{one} {two}" for one, two in pairwise(("^", *tokens, "$")))
    yield from (f"{one} {two} {three}" for one, two, three in zip(tokens, tokens[1:], tokens[2:], strict=False))
    yield from (f"~{token}" for token in _denied(tokens))
    yield from (f"{token[:STEM]}*" for token in tokens if len(token) >= STEM_FROM and token[0].isalpha())
    yield f"\tlength {sum(len(tokens) >= length for length in LENGTHS)}"
    words = [token for token in written if token[0].isalpha()]
    if large := sum(len(word) > 2 and word.isupper() for word in words):
        yield f"\tcapitals {'all' if large == len(words) else min(large, MOST_CAPITALS)}"
    for mark in "?!":
        if any(mark in token for token in tokens):
            yield f"\t{mark}"


def _denied(tokens: Sequence[str]) -> Iterator[str]:
    """Words behind a denial, up to the next punctuation."""
    left = 0
    for token in tokens:
        if token in DENIALS:
            left = DENIAL_REACH
        elif not token[0].isalnum():
            left = 0
        elif left:
            yield token
            left -= 1
