"""An avoided phrase cannot be said: whatever the tokens, whatever the casing, and without a way into a dead end."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from companion.think.avoid import Avoids, Bars
from companion.think.vocabulary import Vocabulary

END = 256


def letters(*words: str) -> Vocabulary:
    """Every byte, an end, and some words."""
    return Vocabulary([*(bytes([i]) for i in range(256)), b"", *(word.encode() for word in words)], [END])


def spelt(vocabulary: Vocabulary, text: str, seed: int = 0) -> list[int]:
    """A text in tokens, cut up by chance."""
    rng, left, ids = random.Random(seed), text.encode(), list[int]()
    while left:
        fitting = [i for i, piece in enumerate(vocabulary.pieces) if piece and left.startswith(piece)]
        ids.append(rng.choice(fitting))
        left = left[len(vocabulary.pieces[ids[-1]]) :]
    return ids


def sayable(phrases: tuple[str, ...], text: str, vocabulary: Vocabulary, seed: int = 0) -> bool:
    """Whether a text can be written, token by token."""
    avoids, ids = Avoids(phrases, Bars(vocabulary)), spelt(vocabulary, text, seed)
    return all(ids[at] not in avoids.barred(ids[:at]) for at in range(len(ids)))


WORDS = letters(*" cheer|Cheer| up|che|er|r up| cheer up.| party|start| art|ist| artist|’| \n|é|caf".split("|"))


@pytest.mark.parametrize(
    "said",
    [
        "cheer up", "Cheer up, love", "CHEER UP", "so cheer up.", "do cheer  up", "cheer\n\nup", "cheer \t up now", "ｃｈｅｅｒ　ｕｐ",
        "chee\u200br up", "che\u00ader up", "cheer\u00a0up", "**cheer** up", "*cheer up*", "ch*ee*r up", "_cheer_ _up_",
        "well-cheer up-now", "cheer up\u200bx", "x\u200bcheer up",
    ],
)  # fmt: skip
def test_a_phrase_is_barred_in_any_casing_spacing_and_width(said: str) -> None:
    for seed in range(20):
        assert not sayable(("cheer up",), said, WORDS, seed)


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("don't", "I don’t know"), ("don’t", "I DON'T"), ("café", "the cafe\u0301 there"), ("cafe\u0301", "Café"), ("straße", "STRASSE 5"),
        ("ệ x", "e\u0323\u0302 x"), ("ệ x", "e\u0302\u0323 x"), ("you.", "thank you."), ("?", "what？"), ("?", "what؟"), ("😀", "oh 😀"),
        ("as an AI", "well, As an\nai, no"), ("well-known", "well‑known"), ("_", "snake_case"), ("a b", "a\u2003b"),
    ],
)  # fmt: skip
def test_equal_spellings_are_one(phrase: str, said: str) -> None:
    for seed in range(10):
        assert not sayable((phrase,), said, WORDS, seed)


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("art", "start"), ("art", "a party"), ("art", " party "), ("cheer up", "cheerup"), ("cheer up", "cheer, up"),
        ("cheer up", "cheer u"), ("cheer up", "cheer down up"), ("cafe", "café"), ("café", "cafe x"), ("?", "what."),
        ("you.", "thank you!"),
    ],
)  # fmt: skip
def test_other_words_stay_possible(phrase: str, said: str) -> None:
    assert all(sayable((phrase,), said, WORDS, seed) for seed in range(10))


def test_a_longer_word_is_possible_where_one_token_goes_on() -> None:
    whole, halves = letters(" artist"), letters(" art", "ist")
    assert sayable(("art",), "an artist", Vocabulary([*whole.pieces[:1], b"an", b" artist"], [0]))
    assert not sayable(("art",), "an artist", Vocabulary([*halves.pieces[:1], b"an", b" art", b"ist"], [0]))


def test_what_was_begun_before_counts() -> None:
    avoids = Avoids(("cheer up",), Bars(WORDS))
    begun = spelt(WORDS, "oh chee")
    assert avoids.barred(begun).issuperset({WORDS.pieces.index(b"r up")})
    assert avoids.barred([*begun, END]) == avoids.barred(begun), "what writes nothing parts nothing"


def test_a_phrase_that_stands_already_bars_nothing() -> None:
    avoids = Avoids(("cheer up",), Bars(WORDS))
    assert avoids.barred(spelt(WORDS, "cheer up")) == avoids.barred(spelt(WORDS, "x y"))


def test_bytes_that_make_no_character_are_barred_and_a_begun_character_can_be_finished() -> None:
    avoids = Avoids(("é!",), Bars(WORDS))
    first, second = "é".encode()
    assert second in avoids.barred([]) and first not in avoids.barred([])
    allowed = set(range(len(WORDS.pieces))) - avoids.barred([first])
    assert allowed == {*range(0x80, 0xC0), END}
    assert ord("!") in avoids.barred([first, second])
    assert ord("?") not in avoids.barred([first, second])


@given(st.lists(st.integers(0, len(WORDS.pieces) - 1), max_size=12), st.sampled_from([("cheer up", "art"), ("é", "?"), ("a", "b", "c d")]))
def test_the_end_is_never_barred(reply: list[int], phrases: tuple[str, ...]) -> None:
    assert END not in Avoids(phrases, Bars(WORDS)).barred(reply)


@given(st.lists(st.lists(st.integers(0, len(WORDS.pieces) - 1), max_size=8), min_size=2, max_size=8))
def test_the_bound_is_a_function_of_the_tokens_alone(replies: list[list[int]]) -> None:
    bars = Bars(WORDS)
    kept = Avoids(("cheer up", "art", "é"), bars)
    for reply in replies:
        for at in range(len(reply), -1, -1):
            assert kept.barred(reply[:at]) == Avoids(("cheer up", "art", "é"), bars).barred(reply[:at])


def test_scores_of_what_is_allowed_are_left_alone() -> None:
    avoids, scores = Avoids(("cheer up",), Bars(WORDS)), torch.randn(2, len(WORDS.pieces))
    ids = torch.tensor([spelt(WORDS, "cheer")[:1] * 3, [ord("x")] * 3])
    out = avoids(ids, scores)
    for row in range(2):
        barred = sorted(avoids.barred(ids[row].tolist()))
        assert (out[row, barred] == -float("inf")).all()
        kept = [i for i in range(scores.shape[1]) if i not in barred]
        assert torch.equal(out[row, kept], scores[row, kept])
