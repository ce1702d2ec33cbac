"""Every feeling has one look, every look its numbers and words, and what a rule calls a look is understood."""

from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from companion.persona.files import read_blueprint
from companion.persona.terms import Emotion
from companion.shot import Expression
from companion.show.expressions import Expressions, expression_of, expressions

PERSONAS = Path(__file__).parents[2] / "personas"
OWN = yaml.safe_load((files("companion.show") / "expressions.yaml").read_text("utf-8"))


def test_every_expression_has_a_row_and_every_feeling_leads_to_one() -> None:
    known = expressions()
    assert list(known.looks) == list(get_args(Expression))
    assert set(known.feelings) == set(get_args(Emotion)), "all 28 labels, each once"
    for look in known.looks.values():
        assert all(-1 <= value <= 1 for value in look.mood) and look.prompt and look.word


def test_numbers_that_are_said_to_be_measured_are_those_of_the_table() -> None:
    terms = yaml.safe_load((files("companion.feel") / "occ.yaml").read_text("utf-8"))["terms"]
    taken = [look for look in expressions().looks.values() if look.like]
    assert len(taken) > 20
    for look in taken:
        assert list(look.mood) == terms[look.like], look.expression


def test_a_feeling_is_as_good_as_its_look() -> None:
    moods = {feeling: expressions().looks[name].mood for feeling, name in expressions().feelings.items()}
    for good in ("joy", "love", "gratitude", "relief", "pride", "amusement", "optimism"):
        assert moods[good].pleasure > 0
    for bad in ("anger", "fear", "sadness", "grief", "remorse", "disgust", "disapproval"):
        assert moods[bad].pleasure < 0
    assert moods["anger"].dominance > moods["fear"].dominance


@pytest.mark.parametrize(
    ("words", "expression"),
    [
        ("tender", "tender"),
        ("Caring", "tender"),
        ("a slow smile", "content"),
        ("soft eyes", "calm"),
        ("a level look", "neutral"),
        ("a wide grin", "excited"),
        ("a grin", "joyful"),
        ("both arms up", "excited"),
        ("a glare at somebody else", "angry"),
        ("open and still", "calm"),
        ("a laugh", "laughing"),
        ("wet eyes, a small smile", "tender"),
        ("brows together", "worried"),
        ("a raised eyebrow", "amused"),
        ("a frown", "annoyed"),
        ("soft smile", "tender"),
        ("not smiling, sad", "sad"),
        ("doesn't laugh", None),
        ("a hat on backwards", None),
        ("", None),
    ],
)
def test_free_words_name_an_expression(words: str, expression: str | None) -> None:
    assert expression_of(words) == expression


def test_every_look_that_a_shipped_persona_asks_for_is_understood() -> None:
    asked = [rule.then.expression for path in PERSONAS.glob("*.yaml") for rule in read_blueprint(path).rules if rule.then.expression]
    assert asked and not [words for words in asked if expression_of(words) is None]


@given(st.text(max_size=600))
def test_any_words_are_a_look_or_none(words: str) -> None:
    assert expression_of(words) in (*get_args(Expression), None)


def test_a_table_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="one row"):
        Expressions.of({name: row for name, row in OWN.items() if name != "shy"})
    with pytest.raises(ValueError, match="two expressions"):
        Expressions.of(OWN | {"shy": OWN["shy"] | {"feelings": ["joy"]}})
    with pytest.raises(ValueError, match="names two"):
        Expressions.of(OWN | {"shy": OWN["shy"] | {"called": ["a laugh", "laugh"]}})
