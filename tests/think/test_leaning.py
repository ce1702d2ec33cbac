import torch

from companion.think.constraints import logits_processors
from companion.think.leaning import BEGINS, GOES_ON, Leaning
from companion.think.protocol import Constraints

WORDS = ["Take", " take", " Take", " your", " time", ".", " Gently", " gently", "Gently", " a."]


def encode(text: str) -> list[int]:
    forms = {"Take your time": [0, 3, 4], " take your time": [1, 3, 4], " Take your time": [2, 3, 4], ".": [5]}
    return forms.get(text) or ([WORDS.index(text)] if text in WORDS else [])


def bonuses(*reply: int) -> dict[int, float]:
    scores: torch.Tensor = Leaning((" take your time ", "gently", ""), encode)(torch.tensor([reply], dtype=torch.long), torch.zeros(1, 10))
    return {i: float(score) for i, score in enumerate(scores[0]) if score}


def test_a_phrase_is_begun_likelier_in_the_form_that_fits() -> None:
    assert bonuses() == {0: BEGINS, 8: BEGINS}
    assert bonuses(9) == {1: BEGINS, 7: BEGINS}
    assert bonuses(9, 5) == {2: BEGINS, 6: BEGINS}


def test_once_begun_it_goes_on_likelier_and_is_not_begun_again() -> None:
    assert bonuses(9, 1) == {3: GOES_ON, 7: BEGINS}
    assert bonuses(9, 1, 3) == {4: GOES_ON, 7: BEGINS}
    assert bonuses(9, 1, 5) == {6: BEGINS}


def test_each_is_favoured_once() -> None:
    assert bonuses(9, 1, 3, 4) == {7: BEGINS}
    assert bonuses(9, 1, 3, 4, 7, 1) == {}


def test_it_is_one_of_the_processors() -> None:
    chain = logits_processors(Constraints(temperature=0, repetition_penalty=1, leanings=("gently",)), start=2, encode=encode)
    assert chain(torch.tensor([[7, 7]]), torch.zeros(1, 10))[0].argmax() == 8
