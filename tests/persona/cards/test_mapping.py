"""A card becomes a persona: everything in its place, and nobody who is a child."""

import pytest

from companion.errors import CardError
from companion.persona.cards.card import read_card
from companion.persona.cards.mapping import MOST_BACKGROUND, blueprint_of
from companion.persona.library import Library
from tests.persona.cards.building import V1, V2, V3, carried, text


def mapped(**fields):
    return blueprint_of(read_card(text(V1 | fields))[1])


@pytest.mark.parametrize("card", [V1, V2, V3])
@pytest.mark.parametrize("kind", ["png", "json", "charx"])
def test_a_card_is_kept_beside_its_persona_and_deleted_with_her(card, kind, tmp_path):
    library, data = Library(tmp_path / "shipped", tmp_path / "own"), carried(card, kind)
    first, warnings = library.import_card(data)
    second, _ = library.import_card(data)
    assert (first.id, second.id) == ("ada", "ada-2") and any("no age" in one for one in warnings)
    assert library.get("ada").blueprint == first.blueprint and library.card("ada") == data
    assert first.blueprint.greeting == "Hello." and first.blueprint.identity.background.endswith("mends clocks.")
    assert len(first.blueprint.lorebook.entries) == (card is not V1)
    assert library.card(library.duplicate("ada", "Bea").id) is None
    library.delete("ada")
    assert library.card("ada") is None and library.card("ada-2") == data


@pytest.mark.parametrize(
    "words", ["Age: 17", 'Age("sixteen")', "Ada is 15.", "{{char}} is a schoolgirl. Age: 25", "A teenager.", "Age: 300. She looks 12"]
)
def test_whoever_may_be_under_18_is_refused(words):
    with pytest.raises(CardError, match="under 18"):
        mapped(description=words)


def test_an_age_is_read_and_others_may_be_children():
    assert mapped(description="Age: 34. Her daughter is 6 years old.").blueprint.identity.age == 34
    assert mapped(description="Ada is twenty-one years old.").blueprint.identity.age == 21


def test_what_is_too_long_is_cut_at_a_sentence_with_a_warning():
    long = mapped(description="She mends clocks. " * 400)
    assert len(long.blueprint.identity.background) <= MOST_BACKGROUND and long.blueprint.identity.background.endswith("clocks.")
    assert any("was cut" in one for one in long.warnings)


def test_examples_are_questions_with_their_answers():
    found = mapped(mes_example="<START>\n{{user}}: Who?\n{{char}}: {{char}}, {{user}}.\n<START>\n{{char}}: Alone.")
    assert [(one.user, one.reply) for one in found.blueprint.examples[0]] == [("Who?", "Ada.")]
    assert any("mes_example" in one for one in found.warnings)
