"""What a message may be about is said once more before it, and nothing else is."""

import numpy as np
import pytest

from companion.remember.fake import FakeEmbedder
from companion.think.nearest import Vector, nearest, sentences

BACKGROUND = "My cat is called Pilot. I live in Skerry Point.\nMy favourite food is fish soup."
MEMORIES = (
    "their sister is called Anna",
    'on 3 March they said: "I had a long day. The dog Bruno ate my shoes!"',
    'on 4 March you said: "The sea is calm tonight."',
)


def near(
    message: str, *, about_her: str = BACKGROUND, memories: tuple[str, ...] = MEMORIES, heard: tuple[str, ...] = ()
) -> tuple[str, ...]:
    return nearest(FakeEmbedder(dims=4096).encode, message, about_her, memories, heard)


def test_what_is_asked_of_her_is_found_in_her_background() -> None:
    assert near("what is your cat called?")[-1] == "About you: My cat is called Pilot."


def test_what_was_told_is_found_by_the_sentence_that_tells_it_and_says_who_spoke() -> None:
    assert near("do you know what the dog ate?")[-1] == "They said: The dog Bruno ate my shoes!"
    assert near("how is my sister called?")[-1] == "You remember: their sister is called Anna"
    assert near("was the sea calm tonight?")[-1] == "You said: The sea is calm tonight."


def test_what_was_just_said_is_found_and_what_was_asked_is_not() -> None:
    heard = ("we got a kitten, her name is Pebble", "what is the name of your kitten?")
    assert near("what is the name of my kitten?", memories=(), heard=heard)[-1] == "They said: we got a kitten, her name is Pebble"


def test_nothing_near_is_nothing_said() -> None:
    assert near("hello") == () == near("your hat", about_her="", memories=())


@pytest.mark.parametrize("mark", ["(no longer so)", "(that has changed since)"])
def test_what_is_no_longer_so_is_never_pointed_at(mark: str) -> None:
    assert near("is my sister called Anna?", about_her="", memories=(f"their sister is called Anna {mark}",)) == ()
    assert near("is my sister called Anna?", about_her="", memories=(f'they said: "my sister is called Anna" {mark}',)) == ()


def test_the_nearest_comes_last_and_only_what_is_nearly_as_near_beside_it() -> None:
    cosines = {"Best.": 0.6, "Close.": 0.55, "Third.": 0.54, "Far.": 0.3, "told": 0.4}

    def encode(texts: list[str]) -> Vector:
        rows = [[cosines.get(text, 1.0), np.sqrt(1 - cosines.get(text, 1.0) ** 2)] for text in texts]
        return np.array(rows, dtype=np.float32)

    found = nearest(encode, "and you?", "Far. Third. Best. Close.", ["told"])
    assert found == ("You remember: told", "About you: Close.", "About you: Best.")
    assert nearest(encode, "and me?", "Far.", ["told"]) == ("You remember: told",)  # she is not spoken to


def test_every_sentence_is_one_that_the_prompt_says() -> None:
    everything = (BACKGROUND, *MEMORIES)
    assert all(any(one.text in text for text in everything) for one in sentences(BACKGROUND, MEMORIES))
    assert [one.text for one in sentences("Mrs. Hall and Dr. Ray teach me. I like both.", ())] == [
        "Mrs. Hall and Dr. Ray teach me.",
        "I like both.",
    ]
    assert sentences("x" * 500, ()) == () == sentences(" ... \n", ())
