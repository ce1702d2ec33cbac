import torch

from companion.think.constraints import logits_processors
from companion.think.likelier import BEGINS, GOES_ON, Likelier
from companion.think.protocol import Constraints

PIECES = [" Bran", "nig", "an", " spin", " Spin", "ach", " is", "nd"]


def encode(text: str) -> list[int]:
    ids: list[int] = []
    while text:
        at = next(i for i, piece in enumerate(PIECES) if text.startswith(piece))
        ids.append(at)
        text = text[len(PIECES[at]) :]
    return ids


def added(words: list[str], *reply: str) -> dict[str, float]:
    scores = Likelier(words, encode)(torch.tensor([[PIECES.index(one) for one in reply]], dtype=torch.long), torch.zeros(1, len(PIECES)))
    return {PIECES[i]: float(score) for i, score in enumerate(scores[0]) if score}


def test_a_word_is_likelier_and_once_begun_is_said_to_its_end() -> None:
    assert added(["Brannigan"], " is") == {" Bran": BEGINS}
    assert added(["Brannigan"], " is", " Bran") == {" Bran": BEGINS, "nig": GOES_ON[0]}
    assert added(["Brannigan"], " Bran", "nig") == {" Bran": BEGINS, "an": GOES_ON[1]}
    assert added(["Brannigan"], " Bran", "nig", "an") == {" Bran": BEGINS}


def test_a_sentence_may_begin_with_it() -> None:
    assert added(["spinach"]) == {" spin": BEGINS, " Spin": BEGINS}
    assert added(["spinach"], " is") == {" spin": BEGINS}
    assert added(["spinach"], " Spin") == {" spin": BEGINS, "ach": GOES_ON[0]}


def test_without_words_nothing_changes_and_the_prompt_does_not_count() -> None:
    assert added([], " Bran") == {}
    bounds = Constraints(temperature=0.0, repetition_penalty=1.0, likely=("Brannigan",))
    scores = torch.zeros(1, len(PIECES))
    bounded = logits_processors(bounds, start=1, encode=encode)(torch.tensor([[0]]), scores)
    assert not scores.any() and float(bounded[0, 0]) == BEGINS and not float(bounded[0, 1])


def test_a_name_of_several_words_is_said_to_its_end() -> None:
    assert added(["Bran is spinach"], " Bran", " is") == {" Bran": BEGINS, " spin": GOES_ON[1]}
