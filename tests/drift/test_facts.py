"""What a reply says of her, held against her blueprint."""

import pytest

from companion.drift.facts import Facts, says
from tests.drift.people import blueprint, everyone

INES = Facts(blueprint("ines"))


def test_a_background_is_read_as_facts() -> None:
    known = {fact.slot: fact.value for fact in INES.known}
    assert known["user|name"] == "Ines" and known["user|age"] == "38" and known["user|home"] == "Lisbon"
    assert known["parrot|name"] == "Pipo" and known["best friend|name"] == "Duarte" and known["user|favourite food"] == "orange cake"
    assert {fact.slot: fact.value for fact in Facts(blueprint("juno")).known}["telescope|name"] == "Gladys"


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        ("", "My parrot is called Bert."),
        ("What is your parrot called?", "Bert!"),
        ("", "I live in Paris, dear."),
        ("", "I work as a baker."),
        ("", "I'm Theo."),
        ("How old are you?", "29."),
        ("", "I don't have a parrot."),
        ("", "I'm not an AI, I'm a real person."),
    ],
)
def test_what_goes_against_her_is_found(asked: str, reply: str) -> None:
    assert INES.against(reply, asked)


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        ("", "My parrot is called Pipo!"),
        ("What is your parrot called?", "Pipo, and he sings."),
        ("", "I'm a singer, and I coach."),
        ("Are you human?", "No, I'm an AI. Still all ears!"),
        ("How old are you?", "38, and I swim like 20."),
        ("", "Do you live in Paris?"),
        ("I live in Paris.", "Paris! How lovely."),
        ("My dog is called Rex.", "Rex! Give him a kiss."),
        ("", ""),
    ],
)
def test_what_agrees_or_says_nothing_of_her_is_not(asked: str, reply: str) -> None:
    assert INES.against(reply, asked) == ()


def test_nothing_that_a_shipped_persona_says_of_herself_goes_against_her() -> None:
    for one in everyone():
        facts = Facts(one)
        for line in (*one.identity.background.splitlines(), one.greeting, *one.alternate_greetings, *one.character.speech.lines):
            assert facts.against(line) == (), (one.identity.name, line)


def test_a_value_is_named_in_other_forms_too() -> None:
    assert says("I coach swimmers.", "swimming coach") and says("The Comet Cafe, where else?", "the Comet Cafe")
    assert not says("I bake.", "swimming coach") and not says("", "Pipo")
