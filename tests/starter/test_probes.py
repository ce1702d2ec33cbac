"""What counts as a right answer when the built-in model is measured."""

import pytest

from benchmarks.starter import repeated_4grams
from benchmarks.starter_probes import Probe, Prober, passed
from companion.starter.recipe.grammar import load_grammar
from companion.starter.recipe.values import held_out
from companion.think.protocol import Prompt


def probe(expected: str, shown: tuple[str, ...] = ("Ostrik",)) -> Probe:
    return Probe("memory" if expected else "unknown", Prompt(()), expected, "what's my sister's name?", shown, "fresh")


@pytest.mark.parametrize("reply", ["Bruno.", "Your dog is called bruno, of course.", "That is Bruno's name."])
def test_naming_the_value_passes(reply: str) -> None:
    assert passed(probe("Bruno"), reply)


@pytest.mark.parametrize("reply", ["Brunoldo.", "Your dog.", "Ostrik.", ""])
def test_anything_else_does_not(reply: str) -> None:
    assert not passed(probe("Bruno"), reply)


@pytest.mark.parametrize("reply", ["You haven't told me yet.", "I don't know her name. What is it?", "No idea, you never said."])
def test_admitting_passes_where_nothing_was_told(reply: str) -> None:
    assert passed(probe(""), reply)


@pytest.mark.parametrize("reply", ["Ostrik, I don't forget.", "I don't know, maybe Nora?", "She is called something.", ""])
def test_inventing_or_evading_does_not(reply: str) -> None:
    assert not passed(probe(""), reply)


def test_probe_values_stand_in_the_prompt_once_told_and_are_never_trained_on() -> None:
    grammar = load_grammar(families=False)
    closed = {value for values in grammar.values.lists.values() if len(values) < 30 for value in values}  # days, months: drawn whole
    probes = list(Prober(grammar, seed=1).probes(memory=20, persona=20, unknown=10))
    assert [p.kind for p in probes] == ["memory"] * 20 + ["persona"] * 20 + ["unknown"] * 10
    for told in (p for p in probes if p.expected):
        text = told.prompt.messages[-1 if told.kind == "memory" else 0].content
        assert told.expected.lower() in text.lower()
        assert held_out(told.expected) or told.expected in closed


def test_repetition_counts_across_a_conversation() -> None:
    assert repeated_4grams(["one two three four", "one two three four"]) == (1, 2)
    assert repeated_4grams(["one two three", "four five six seven"]) == (0, 1)
