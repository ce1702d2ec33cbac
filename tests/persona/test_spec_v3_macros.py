"""What the Character Card specification V3 demands of macros ("Curly Braced Syntaxes"), under the heading that it stands under."""

import pytest

from companion.persona.cards.card import read_card
from companion.persona.cards.macros import Names, expand
from companion.persona.cards.mapping import blueprint_of
from companion.persona.lore import Lore, Said
from companion.persona.lorebook import Entry, Lorebook
from tests.persona.cards.building import V3, text


def said(words: str, *, turns: int = 1) -> set[str]:
    """What becomes of a text in some turns of a conversation."""
    return {expand(words, Names("Addie", "Sam"), draw=turn) for turn in range(turns)}


@pytest.mark.parametrize("macro", ["{{char}}", "{{user}}", "{{random:a}}", "{{pick:a}}", "{{roll:1}}", "{{// a}}", "{{comment: a}}",
                                   "{{hidden_key:a}}", "{{reverse:a}}", "<char>", "<bot>", "<user>"])  # fmt: skip
def test_every_macro_of_the_specification_is_replaced_wherever_a_card_speaks(macro: str) -> None:
    """V3, Curly Braced Syntaxes."""
    data = V3["data"] | dict.fromkeys(("description", "first_mes"), f"So {macro} it is.")
    data |= {
        "alternate_greetings": [f"So {macro} it is."],
        "character_book": {"entries": [{"keys": ["a"], "content": f"So {macro} it is."}]},
    }
    found = blueprint_of(read_card(text(V3 | {"data": data}))[1]).blueprint
    assert macro not in found.model_dump_json() and found.greeting.startswith("So ") and found.greeting.endswith(" it is.")


@pytest.mark.parametrize("words", ["{original}", "[original]", "<original>", "original", "{{original", "$original"])
def test_the_one_macro_that_is_added_stands_in_two_braces(words: str) -> None:
    """V3, Curly Braced Syntaxes: `{{original}}`, which V2 has."""
    assert expand(words, Names("Addie", "Sam", "Be kind.")) == words
    assert expand("{{original}}", Names("Addie", "Sam", "Be kind.")) == "Be kind."


@pytest.mark.parametrize(("nickname", "called"), [("Addie", "Addie"), ("", "Ada"), (None, "Ada")])
@pytest.mark.parametrize("macro", ["{{char}}", "<char>", "<bot>"])
def test_char_is_the_nickname_and_without_one_the_name(macro: str, nickname: str | None, called: str) -> None:
    """V3, `{{char}}`, `<char>` and `<bot>`."""
    data = {key: value for key, value in V3["data"].items() if key != "nickname"} | {"first_mes": f"{macro}, that is me."}
    data |= {} if nickname is None else {"nickname": nickname}
    assert blueprint_of(read_card(text(V3 | {"data": data}))[1]).blueprint.greeting == f"{called}, that is me."


@pytest.mark.parametrize("macro", ["{{user}}", "<user>"])
def test_user_is_what_the_user_is_called(macro: str) -> None:
    """V3, `{{user}}` and `<user>`; where nobody was asked for a name, what stands for everybody's."""
    assert said(f"Hello, {macro}.") == {"Hello, Sam."}
    blueprint = blueprint_of(read_card(text(V3))[1]).blueprint
    lore = Lorebook(entries=(Entry(keys=("mill",), content=f"{macro} saw it burn."),))
    blueprint, heard = blueprint.model_copy(update={"lorebook": lore}), [Said("user", "The mill?")]
    assert Lore().for_persona(blueprint, heard, "c", "Sam", count_tokens=len).lines == ("Sam saw it burn.",)
    assert Lore().for_persona(blueprint, heard, "c", count_tokens=len).lines == ("the user saw it burn.",)


def test_random_is_one_of_its_values() -> None:
    """V3, `{{random:A,B,C...}}`."""
    assert said("{{random:Hello,Hi,Hey}}", turns=60) == {"Hello", "Hi", "Hey"}
    assert said("{{random:Hello\\, you,Hi}}", turns=60) == {"Hello, you", "Hi"}


@pytest.mark.parametrize("colon", [":", "::"])
def test_pick_is_one_of_its_values(colon: str) -> None:
    """V3, `{{pick:A,B,C...}}`; the specification writes it with one colon and with two."""
    found = {expand(f"{{{{pick{colon}Hello,Hi,Hey}}}}", Names("Addie", "Sam"), seed=str(number)) for number in range(60)}
    assert found == {"Hello", "Hi", "Hey"}


def test_a_roll_knows_no_largest_die() -> None:
    """V3, `{{roll:N}}`."""
    assert 1 <= int(expand("{{roll:98765432101234567890}}", Names("Ada", "Sam"))) <= 98765432101234567890


@pytest.mark.parametrize("macro", ["{{roll:6}}", "{{roll:d6}}", "{{roll:D6}}"])
def test_roll_is_a_number_from_one_to_n(macro: str) -> None:
    """V3, `{{roll:N}}`."""
    assert said(macro, turns=200) == set("123456")


@pytest.mark.parametrize("macro", ["{{// a}}", "{{//}}", "{{// {{char}} }}", "{{comment: a}}", "{{comment:}}", "{{hidden_key:a}}"])
def test_comments_and_hidden_keys_are_nothing_in_a_prompt(macro: str) -> None:
    """V3, `{{// A}}`, `{{comment: A}}` and `{{hidden_key:A}}`."""
    assert said(f"Old{macro}.") == {"Old."}
    book = {"entries": [{"keys": ["mill"], "content": f"Old{macro}."}]}
    blueprint = blueprint_of(read_card(text(V3 | {"data": V3["data"] | {"character_book": book}}))[1]).blueprint
    assert Lore().for_persona(blueprint, [Said("user", "The mill?")], "c", count_tokens=len).lines == ("Old.",)


def test_reverse_is_its_text_turned_around() -> None:
    """V3, `{{reverse:A}}`."""
    assert said("{{reverse:Hello}}") == {"olleH"}
