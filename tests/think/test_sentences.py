import random

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from companion.think.prose import Progress, progress_of
from companion.think.sentences import Questions, Sentences, Shapes, Something
from companion.think.vocabulary import Vocabulary

SAID = (
    *(" I", " am", " well", " so", "Well", " And", " 3", "5", " Dr", "don", "'t", "s", "ab", " walk", "ing"),
    *(".", ",", "!", "?", "...", " ", "\n", ". And", '."', "？", "é", " 🙂", "?!", " e", "g"),
)
PIECES = [b"", *(text.encode() for text in SAID), b"\xef", b"\xbc", b"\x9f", b"\xc3", b"\xa9"]
SHAPES = Shapes(Vocabulary(PIECES, [0]))
ONE = {text: at for at, text in enumerate(["", *SAID])}


def ids(*texts: str) -> list[int]:
    return [ONE[text] for text in texts]


def allowed(bound: Sentences | Questions | Something, reply: list[int]) -> set[int]:
    scores: torch.Tensor = bound(torch.tensor([reply], dtype=torch.long), torch.zeros(1, len(PIECES)))
    return set(scores[0].isfinite().nonzero().flatten().tolist())


def bound(words: int = 0, sentences: int = 0) -> Sentences:
    return Sentences(SHAPES.reading(), SHAPES, words=words, sentences=sentences)


@pytest.mark.parametrize(
    ("text", "sentences", "over", "words"),
    [
        ("", 0, 0, 0),
        ("Hello there. How are you?", 2, 2, 3),
        ("I saw Dr. Smith at 3.5 p.m. today.", 1, 1, 8),
        ("Well... I think so", 2, 1, 3),
        ("well... maybe so", 1, 0, 3),
        ("So am I. Yes", 2, 1, 1),
        ("one\ntwo\n", 2, 2, 0),
        ("Hi! 🙂", 1, 1, 1),
        ("It’s well-known, etc., and so on", 1, 0, 6),
        ('"Yes." she said', 2, 1, 2),
        ("...", 0, 0, 0),
    ],
)
def test_words_and_sentences_are_counted(text: str, sentences: int, over: int, words: int) -> None:
    progress = progress_of(text)
    assert (progress.sentences, progress.over, progress.words) == (sentences, over, words)


def test_no_word_begins_beyond_the_longest_sentence_and_none_is_cut() -> None:
    four = ids("Well", " I", " am", " walk")
    after = allowed(bound(words=4), four)
    assert after.issuperset([0, *ids("ing", "s", ".", "!", "...", ". And", "'t")])
    assert after.isdisjoint(ids(" so", " And", ",", " ", " 3"))
    assert allowed(bound(words=4), [*four, *ids("ing")]).isdisjoint(ids(" so"))
    assert allowed(bound(words=4), [*four, *ids(".")]).issuperset(ids(" so", " And"))
    assert ONE[" so"] in allowed(bound(words=4), four[:3])


def test_a_word_that_is_whole_gets_no_more_letters_for_the_bounds_sake() -> None:
    four, scores = ids("Well", " I", " am", " walk"), torch.zeros(1, len(PIECES))
    scores[0, ONE[" so"]], scores[0, ONE["ing"]] = 3.0, 2.0
    whole = bound(words=4)(torch.tensor([four]), scores)[0]
    assert whole.isfinite().nonzero().flatten().tolist() and not whole[[ONE["ing"], ONE["s"]]].isfinite().any()
    assert whole[[0, ONE["."]]].isfinite().all()
    scores[0, ONE["ing"]] = 4.0
    assert bound(words=4)(torch.tensor([four]), scores)[0, ONE["ing"]] == 4.0


def test_a_sentence_near_its_bound_ends_likelier() -> None:
    def gain(reply: list[int]) -> float:
        scores = bound(words=4)(torch.tensor([reply]), torch.zeros(1, len(PIECES)))[0]
        return float(scores[ONE["."]] - scores[ONE["ing"]])

    gains = [gain(ids("Well", " I", " am", " walk")[:size]) for size in range(1, 5)]
    assert gains[:2] == [0, 0] and 0 < gains[2] < gains[3] <= 3


def test_a_reply_ends_with_its_last_sentence() -> None:
    said = ids("Well", ".", " And", " so", ".")
    assert allowed(bound(sentences=2), said) == {0, *ids(".", "!", "?", "...", "？", "?!", '."')}
    assert ONE[" And"] in allowed(bound(sentences=2), said[:4])
    assert ONE[". And"] not in allowed(bound(sentences=2), said[:4])
    assert allowed(bound(sentences=3), said) >= set(ids(" And", " I", " ", "\n"))
    assert allowed(bound(sentences=1), ids("Well", "\n")) == allowed(bound(sentences=1), ids("Well", "!"))


def test_what_only_looks_like_an_end_is_none() -> None:
    assert ONE["5"] in allowed(bound(sentences=1), ids(" 3", "."))
    assert ONE[" so"] in allowed(bound(sentences=1), ids(" Dr", "."))
    after = allowed(bound(sentences=1), ids("Well", "..."))
    assert ONE[" so"] in after and ONE[" And"] not in after


def test_a_character_in_parts_may_be_any_letter() -> None:
    first = PIECES.index(b"\xc3")
    assert first not in allowed(bound(words=1), ids("g", "..."))
    assert first not in allowed(bound(sentences=1), ids("Well", "."))
    assert first in allowed(bound(words=2, sentences=2), ids("g", "..."))


@given(st.integers(0, 5), st.integers(0, 3), st.integers(0, 10**6))
@example(1, 0, 7473)
def test_whatever_is_written_keeps_to_the_bounds(words: int, sentences: int, seed: int) -> None:
    rng, kept, reply = random.Random(seed), bound(words, sentences), list[int]()
    for _ in range(20):
        possible = allowed(kept, reply)
        assert not reply or 0 in possible, "the end of a reply is never barred"
        assert possible == allowed(bound(words, sentences), reply), "a function of the tokens alone"
        if (token := rng.choice(sorted(possible))) == 0:
            break
        reply.append(token)
        text = b"".join(PIECES[i] for i in reply).decode(errors="ignore")
        so_far = [progress_of(text[:size]) for size in range(len(text) + 1)]
        assert not words or max(one.words for one in so_far) <= words, text
        assert not sentences or so_far[-1].sentences <= sentences, text


def test_a_sentence_that_is_too_long_already_is_ended() -> None:
    after = allowed(bound(words=2), ids("Well", " I", " am", " walk"))
    assert after.issuperset(ids("ing", ".", ". And")) and after.isdisjoint(ids(" so"))


@given(st.sampled_from([0, 1]), st.integers(0, 10**6))
def test_no_more_question_marks_than_the_most_in_any_spelling(most: int, seed: int) -> None:
    rng, reply, kept = random.Random(seed), list[int](), Questions(SHAPES.reading(), SHAPES, most)
    for _ in range(25):
        reply.append(rng.choice(sorted(allowed(kept, reply) - {0})))
        assert 0 in allowed(kept, reply)
    text = b"".join(PIECES[i] for i in reply).decode(errors="ignore")
    assert sum(text.count(mark) for mark in "?？") <= most


def test_a_question_is_opened_less_likely_where_none_may_be_asked() -> None:
    shapes = Shapes(Vocabulary([b"", b" How", b" Now", b"."], [0]))
    scores = [
        Questions(shapes.reading(), shapes, most)(torch.tensor([reply], dtype=torch.long), torch.zeros(1, 4))[0]
        for most, reply in ((0, [2, 3]), (0, [2]), (1, [2, 3]))
    ]
    assert scores[0][1] < scores[0][2] and scores[1][1] == scores[1][2] and scores[2][1] == scores[2][2]


def test_a_reply_says_something_first() -> None:
    kept = Something(SHAPES.reading(), SHAPES)
    assert allowed(kept, []).isdisjoint({0, *ids(" ", "\n")})
    assert allowed(kept, [PIECES.index(b"\xc3")]) == set(range(1, len(PIECES)))
    assert allowed(kept, ids("!")) == set(range(len(PIECES)))


def test_nothing_that_was_not_said_is_counted() -> None:
    assert progress_of("*_\u200b") == Progress()
