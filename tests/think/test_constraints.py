import pytest
import torch

from companion.think.constraints import Wording, logits_processors
from companion.think.protocol import Constraints
from companion.think.vocabulary import Vocabulary

FREE = {"temperature": 0.0, "repetition_penalty": 1.0}
PROMPT = [3, 4, 3, 4]


WORDS = Vocabulary([b"", b"Oh", b" very", b" good", b"?", b"Bad", b" bad", b"."], ends=[0])


def scores_after(
    reply: list[int], constraints: Constraints, *, never: tuple[int, ...] = (), logits: list[float] | None = None
) -> torch.Tensor:
    chain = logits_processors(constraints, start=len(PROMPT), encode=lambda text: [], never=never, wording=Wording(lambda: WORDS))
    ids = torch.tensor([PROMPT + reply])
    out: torch.Tensor = chain(ids, torch.tensor([logits or [1.0] * 8]))
    again: torch.Tensor = chain(ids, torch.tensor([logits or [1.0] * 8]))
    assert torch.equal(out, again)
    return out[0]


def allowed(reply: list[int], never: tuple[int, ...] = (), **asked: object) -> list[int]:
    return scores_after(reply, Constraints(**FREE, **asked), never=never).isfinite().nonzero().flatten().tolist()  # type: ignore[arg-type]


def test_the_penalty_sees_the_reply_alone() -> None:
    out = scores_after([1], Constraints(temperature=0.0, repetition_penalty=2.0))
    assert out[1] == 0.5 and out[3] == 1.0
    assert torch.equal(scores_after([], Constraints(temperature=0.0, repetition_penalty=2.0)), torch.ones(8))


def test_ngrams_of_the_prompt_may_come_again() -> None:
    rule = Constraints(**FREE, no_repeat_ngram=2)  # type: ignore[arg-type]
    assert scores_after([3], rule)[4] == 1.0
    assert scores_after([3, 4, 3], rule)[4] == -float("inf")
    assert scores_after([], rule).isfinite().all()


def test_an_avoided_phrase_cannot_be_completed() -> None:
    assert allowed([1, 2], avoid=("very bad",)) == [0, 1, 2, 3, 4, 5, 7]
    assert allowed([1], avoid=("very bad",)) == list(range(8))
    assert allowed([1], avoid=("bad",)) == [0, 1, 2, 3, 4, 5, 7]
    assert allowed([4], avoid=("BAD",)) == [0, 1, 2, 3, 4, 7]


def test_phrases_of_the_prompt_are_not_hers() -> None:
    assert PROMPT[-1] == 4 and allowed([], questions="one") == list(range(1, 8))
    assert 4 not in allowed([1, 4], questions="one") and 4 not in allowed([1], questions="none")


def test_a_reply_says_something_before_it_ends() -> None:
    assert 0 not in allowed([], avoid=("bad",)) and 0 in allowed([1], avoid=("bad",))
    assert 0 in allowed([]), "where nothing is asked of the words a model may end as it likes"


def test_what_would_leave_nothing_to_say_gives_way() -> None:
    everything = ("oh", "very", "good", "bad", "?", ".")
    assert allowed([], avoid=everything) == [0]
    assert allowed([1, 7], avoid=("bad",), reply_sentences=1) == [0, 4, 7]
    assert 0 not in allowed([], never=(4, 7), avoid=("oh", "very", "good"), reply_sentences=1), "what is never written does not count"


def test_bounds_on_words_need_a_vocabulary() -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        logits_processors(Constraints(avoid=("bad",)), start=0, encode=lambda text: [])


def test_control_tokens_are_never_written() -> None:
    assert scores_after([], Constraints(**FREE), never=(0, 2))[[0, 2]].tolist() == [-float("inf")] * 2  # type: ignore[arg-type]


def test_unlikely_tokens_are_cut() -> None:
    logits = [5.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    nucleus = Constraints(temperature=1, top_p=0.7, min_p=0, repetition_penalty=1)
    least = Constraints(temperature=1, top_p=1, min_p=0.1, repetition_penalty=1)
    cool = Constraints(temperature=0.5, top_p=1, min_p=0, repetition_penalty=1)
    assert scores_after([], nucleus, logits=logits).isfinite().tolist()[:3] == [True, False, False]
    assert scores_after([], least, logits=logits).isfinite().tolist()[:3] == [True, True, False]
    assert scores_after([], cool, logits=logits)[0] == 10.0
