import torch

from companion.think.constraints import logits_processors
from companion.think.favour import BONUS, SURELY, Favours, Recites
from companion.think.protocol import Constraints

WORDS = "with what was it ? anna tea end".split()
END = 7


def encode(text: str) -> list[int]:
    return [WORDS.index(word) for word in text.replace("?", " ?").split()]


def favoured(text: str, *reply: str) -> dict[str, float]:
    """What is added to each word's score after a reply."""
    scores = Favours(text, encode, {END})(torch.tensor([[WORDS.index(word) for word in reply]], dtype=torch.long), torch.zeros(1, 8))
    return {WORDS[i]: float(score) for i, score in enumerate(scores[0]) if score}


def test_the_more_is_followed_the_more_is_favoured() -> None:
    assert favoured("what was it ?") == {"what": BONUS["lightly"][0]}
    assert favoured("what was it ?", "what") == {"was": BONUS["lightly"][1]}
    assert favoured("what was it ?", "what", "was") == {"it": BONUS["lightly"][2]}
    assert favoured("what was it ?", "tea", "what", "was", "it") == {"?": BONUS["lightly"][3]}
    assert favoured("what was it ?", "was", "it", "?") == {"end": BONUS["lightly"][3]}


def test_what_goes_its_own_way_is_left_alone() -> None:
    assert favoured("what was it ?", "tea") == {}
    assert favoured("what was it ?", "tea", "was") == {}, "one word alone may stand anywhere"
    assert favoured("", "tea") == favoured("") == {}


def test_a_gap_is_free_and_behind_it_the_text_is_found_again() -> None:
    assert favoured("with _? what was it ?", "with") == {}
    assert favoured("with _? what was it ?", "with", "anna", "?") == {"what": BONUS["lightly"][1]}
    assert favoured("with _? what was it ?", "with", "anna", "tea") == {}
    assert favoured("_? it was", "anna", "?") == {"it": BONUS["lightly"][1]}
    assert favoured("with _") == {"with": BONUS["lightly"][0]} and favoured("with _", "with") == {}


def test_scores_are_not_changed_in_place_and_the_prompt_does_not_count() -> None:
    scores = torch.zeros(1, 8)
    chain = logits_processors(
        Constraints(temperature=0.0, repetition_penalty=1.0, favour="what was it ?"), start=2, encode=encode, ends={END}
    )
    bounded = chain(torch.tensor([[1, 2]]), scores)
    assert not scores.any() and float(bounded[0, 1]) == BONUS["lightly"][0] and float(bounded.sum()) == BONUS["lightly"][0]


def test_a_text_is_begun_the_sooner_the_firmer_it_is_favoured() -> None:
    nothing, scores = torch.tensor([[]], dtype=torch.long), torch.zeros(1, 8)
    begun = [float(Favours("what was it ?", encode, {END}, lean=lean)(nothing, scores)[0, 1]) for lean in ("lightly", "firmly")]
    assert begun == [BONUS["lightly"][0], BONUS["firmly"][0]] == sorted(set(begun))


def recited(text: str, *reply: str) -> dict[str, float]:
    scores = Recites(text, encode, {END})(torch.tensor([[WORDS.index(word) for word in reply]], dtype=torch.long), torch.zeros(1, 8))
    return {WORDS[i]: float(score) for i, score in enumerate(scores[0]) if score}


def test_what_is_said_for_certain_is_said_word_for_word_and_ends() -> None:
    said: list[str] = []
    while "end" not in said:
        (following,) = recited("it was tea it was", *said)
        said.append(following)
    assert said == ["it", "was", "tea", "it", "was", "end"], "what stands in it twice does not lead astray"
    assert recited("it was tea", "it") == {"was": SURELY}


def test_what_could_not_be_said_is_not_gone_on_with() -> None:
    assert recited("it was tea", "anna") == recited("it was tea", "it", "anna", "was") == {}
    assert recited("it was tea", "it", "was", "tea", "end") == {}


def test_the_surest_lean_recites() -> None:
    chain = logits_processors(
        Constraints(temperature=0.0, repetition_penalty=1.0, favour="it was tea", lean="surely"), start=1, encode=encode, ends={END}
    )
    assert WORDS[int(chain(torch.tensor([[4, 3, 2]]), torch.zeros(1, 8)).argmax())] == "tea"
