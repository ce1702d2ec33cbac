"""What answers a question about the user, and what a reply may name of what stands near it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from companion.answering import BESIDE, NEAREST, NEVER, PERHAPS, SURE, UNTOLD, least, likely, said_back
from companion.remember.protocol import Factors, Recollection

QUOTE = Recollection("a", "turn", "had lunch with my sister Ingrid", datetime(2026, 3, 1, tzinfo=UTC), "user", 1.0, Factors(), ("a",))
NOTE = Recollection("b", "fact", "they love their dog", datetime(2026, 3, 1, tzinfo=UTC), "", 1.0, Factors(), ("c",))
ASKED = "what is my sister called?"


def test_the_likeliest_is_said_back_word_for_word() -> None:
    said = said_back([replace(QUOTE, id="x", text="it rained", answers=0.1), replace(QUOTE, answers=0.8)], ASKED, "seed")
    assert said.endswith('"had lunch with my sister Ingrid"') and "sure" not in said


def test_a_remark_about_the_world_is_never_surely_about_them() -> None:
    world = replace(QUOTE, text="There are so many great bands", answers=0.9)
    own = replace(QUOTE, id="d", text="Put my favourite band on", answers=0.3)
    said = said_back([world, own], "which band is my favourite?", "seed")
    assert "so many great bands" in said and "my favourite band" in said


def test_a_note_is_said_to_them() -> None:
    assert said_back([replace(NOTE, answers=0.8)], ASKED, "seed") == "You love your dog."


def test_the_less_likely_the_more_doubt_and_at_last_nothing() -> None:
    shares = (SURE, PERHAPS, NEAREST)
    said = [said_back([replace(QUOTE, answers=share)], ASKED, "seed") for share in shares]
    assert len(set(said)) == 3 and all("had lunch with my sister Ingrid" in one for one in said)
    for share, way in zip(shares, said, strict=True):
        assert said_back([replace(QUOTE, answers=share - 0.01)], ASKED, "seed") != way
    for unlikely in ([replace(QUOTE, answers=NEAREST - 0.01)], []):
        assert said_back(unlikely, ASKED, "seed") in UNTOLD


@pytest.mark.parametrize(
    ("message", "untold"),
    [
        ("What's my cat called?", True),
        ("Hey, do you remember what my job is", False),
        ("Can you still remember, what is my job?", True),
        ("and where was my mother born?", True),
        ("How old is my brother?!", True),
        ("What is your cat called?", False),
        ("What should I give my sister?", False),
        ("My cat is called Biscuit.", False),
        ("What is my cat called? She is so sweet.", False),
        ("Which town do I live in?", True),
        ("what do I usually drink before bed?", True),
        ("What did I just say?", False),
        ("What do I do now?", False),
        ("Where do I start?", False),
        ("How am I supposed to know?", False),
    ],
)
def test_what_only_they_can_know_and_never_told_is_not_made_up(message: str, untold: bool) -> None:
    assert (said_back([], message, "seed") in UNTOLD) == untold
    assert said_back([], message, "seed") in (*UNTOLD, "")


def test_of_what_only_comes_nearest_three_are_named_and_two_of_what_is_doubted() -> None:
    for best, most in ((NEAREST, 3), (PERHAPS, 2)):
        several = [replace(QUOTE, id=str(i), text=f"remark number {i}", answers=best - 0.001 * i) for i in range(5)]
        assert said_back([replace(several[0], answers=best), *several[1:]], ASKED, "seed").count("remark number") == most


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("what is my sister called?", NEAREST),
        ("which herb can I not stand", NEAREST),
        ("do you still know which band is my favourite?", NEAREST),
        ("do you remember when the baby is due?", NEAREST),
        ("I've mentioned my brother before, right? What's his name?", NEAREST),
        ("I can't think of it, what did we name our dog?", NEAREST),
        ("when is the baby due?", PERHAPS),
        ("what day is Farid's birthday", PERHAPS),
        ("what is your sister called?", NEVER),
        ("do you know whether you like my sister?", NEVER),
        ("did you know that the universe may be a hologram?", NEVER),
        ("I like them a lot. Who are their strongest players?", NEVER),
        ("Wow. I wonder how long such a career lasts?", NEVER),
        ("", NEVER),
    ],
)
def test_how_likely_an_answer_must_be(message: str, wanted: float) -> None:
    assert least(message) == wanted


def test_in_doubt_two_are_named_where_the_second_is_likely_too() -> None:
    other = replace(QUOTE, id="x", text="my sister sings")
    for best in (SURE - 0.01, PERHAPS - 0.01):
        both = [replace(other, answers=best * BESIDE + 0.01), replace(QUOTE, answers=best), replace(NOTE, answers=0.01)]
        said = said_back(both, ASKED, "seed")
        assert said.index("Ingrid") < said.index('"my sister sings"') and "dog" not in said
        assert "sings" not in said_back([replace(other, answers=best * BESIDE - 0.01), replace(QUOTE, answers=best)], ASKED, "seed")
    assert "sings" not in said_back([replace(other, answers=0.3), replace(QUOTE, answers=SURE)], ASKED, "seed")


def test_a_note_in_doubt_stands_as_a_sentence_beside_a_quote() -> None:
    said = said_back([replace(NOTE, answers=0.3), replace(QUOTE, answers=0.2)], ASKED, "seed")
    assert said.endswith('You love your dog. Or this: "had lunch with my sister Ingrid"')


def test_the_same_reply_says_it_in_the_same_way_and_another_one_may_not() -> None:
    ways = {said_back([replace(QUOTE, answers=0.8)], ASKED, f"reply {i}") for i in range(20)}
    assert len(ways) > 1
    assert said_back([replace(QUOTE, answers=0.8)], ASKED, "one") == said_back([replace(QUOTE, answers=0.8)], ASKED, "one")


@pytest.mark.parametrize(
    "message",
    [
        "what should I cook for my sister?",
        "can we talk about my sister?",
        "do you like my sister?",
        "how was my day?",
        "why am I so tired?",
    ],
)
def test_who_asks_for_advice_is_not_told_what_they_said(message: str) -> None:
    assert said_back([replace(QUOTE, answers=0.9)], message, "seed") == ""


@pytest.mark.parametrize(
    "message", ["can you tell me what my sister is called?", "how old did I say my sister is?", "do you still know my sister's name?"]
)
def test_who_asks_what_they_told_is(message: str) -> None:
    assert said_back([replace(QUOTE, answers=0.9)], message, "seed")


def test_who_asks_nothing_is_told_nothing() -> None:
    assert said_back([replace(QUOTE, answers=0.9)], "I met my sister", "seed") == ""


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
