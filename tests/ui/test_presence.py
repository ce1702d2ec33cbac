from collections.abc import Callable

from companion.ui.presence import WORDS_CHARS, beginning
from tests.ui.room import Room


def test_every_shipped_persona_is_introduced_in_whole_sentences(rooms: Callable[..., Room]) -> None:
    for persona in rooms().companion.library.list():
        words = beginning(persona.blueprint.identity.background)
        assert len(words) <= WORDS_CHARS and words.endswith(".") and words.count(".") >= 3


def test_as_many_sentences_as_fit_are_told() -> None:
    assert beginning("I sing.\n" + "I like long walks by the sea. " * 9) == "I sing." + " I like long walks by the sea." * 3


def test_one_long_sentence_is_cut_between_words() -> None:
    words = beginning("I walk " + "and walk " * 40)
    assert len(words) <= WORDS_CHARS and words.endswith(("walk…", "and…"))
