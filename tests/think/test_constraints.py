import torch

from companion.think.constraints import logits_processors, phrase_variants
from companion.think.protocol import Constraints

FREE = {"temperature": 0.0, "repetition_penalty": 1.0}
PROMPT = [3, 4, 3, 4]


def scores_after(
    reply: list[int], constraints: Constraints, *, never: tuple[int, ...] = (), logits: list[float] | None = None
) -> torch.Tensor:
    words = {"bad": [5], " bad": [6], "Bad": [], "very bad": [2, 6], " very bad": [7, 6]}
    chain = logits_processors(constraints, start=len(PROMPT), encode=lambda text: words.get(text, []), never=never)
    ids = torch.tensor([PROMPT + reply])
    out: torch.Tensor = chain(ids, torch.tensor([logits or [1.0] * 8]))
    again: torch.Tensor = chain(ids, torch.tensor([logits or [1.0] * 8]))
    assert torch.equal(out, again)
    return out[0]


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
    rule = Constraints(**FREE, avoid=("very bad",))  # type: ignore[arg-type]
    assert scores_after([1, 7], rule)[6] == -float("inf")
    assert scores_after([1], rule)[6] == 1.0
    assert scores_after([], Constraints(**FREE, avoid=("bad",)))[6] == -float("inf")  # type: ignore[arg-type]


def test_phrases_are_met_in_their_usual_forms() -> None:
    assert set(phrase_variants((" as an AI ", ""))) >= {"as an AI", " as an AI", " as an ai", "As an AI", " AS AN AI"}


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
