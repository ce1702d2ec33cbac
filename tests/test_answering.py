"""What a reply may name, of what stands near a question."""

import pytest

from companion.answering import likely


@pytest.mark.parametrize(
    ("near", "question", "expected"),
    [
        ("About you: My cat is called Pilot.", "What is your cat called?", ("Pilot",)),
        ("They said: My favourite song is Stand by Me.", "What is my favourite song?", ("Stand by Me", "Me")),
        ("You remember: they eat roast potatoes", "What do I eat?", ("roast potatoes", "potatoes")),
        (
            "About you: I love Some Like It Hot, and my dog.",
            "which film do you love?",
            ("Some Like It Hot", "Like It Hot", "It Hot", "Hot", "dog"),
        ),
        ("About you: I grow thyme.", "I grow thyme too", ()),
        ("About you: I grow thyme.", "Do you grow thyme?", ()),
    ],
)
def test_telling_words_and_whole_names_but_none_of_the_question(near: str, question: str, expected: tuple[str, ...]) -> None:
    assert likely([near], question) == expected


def test_each_is_told_once() -> None:
    assert likely(["About you: My cat is Pilot.", "They said: Pilot is a cat."], "Who is it?") == ("cat", "Pilot")
