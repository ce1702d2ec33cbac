"""What a stage shows, and how a message is read for who is meant."""

from pathlib import Path

import pytest

from companion.feel.cues import speaks_to_her, tells_of_oneself
from companion.feel.nearness import appearance, greetings, openness, standing_line
from companion.persona.blueprint import Blueprint
from companion.persona.files import read_blueprint
from companion.persona.relationship import Stage

MARA = read_blueprint(Path(__file__).parents[2] / "personas" / "mara.yaml")
STRANGER, GUEST, WATCH, LIGHT = MARA.relationship.stages


def with_greeting(*texts: str) -> Blueprint:
    return MARA.model_copy(update={"greeting": texts[0], "alternate_greetings": texts[1:]})


def test_a_stage_with_words_of_its_own_begins_with_them_and_the_usual_ones_stay() -> None:
    usual = (MARA.greeting, *MARA.alternate_greetings)
    assert greetings(MARA, LIGHT) == (LIGHT.greeting, *usual)
    assert greetings(MARA, GUEST) == greetings(MARA, None) == usual


def test_nobody_is_greeted_with_a_reproach_while_there_are_other_words() -> None:
    hurt = Stage(name="friend", greeting="Where have you been? You didn’t even write.")
    assert greetings(with_greeting("Hello."), hurt) == ("Hello.",)
    assert greetings(with_greeting("You never   call."), hurt) == (hurt.greeting, "You never   call."), "she has no other"


def test_the_model_is_told_how_near_they_are_what_to_call_them_and_how_open_she_is() -> None:
    line = standing_line(LIGHT)
    assert (
        line
        == "How near the two of you are: a light she looks for. You call them dear heart. You tell them almost anything about yourself."
    )
    assert "You call them" not in standing_line(GUEST) and standing_line(None) == ""


def test_after_a_long_time_she_is_glad_and_asks_for_no_account() -> None:
    assert standing_line(GUEST, 6) == standing_line(GUEST)
    back = standing_line(GUEST, 30).removeprefix(standing_line(GUEST)).strip()
    assert "glad" in back and back == standing_line(None, 30)


def test_more_openness_never_sounds_less_open() -> None:
    said = list(dict.fromkeys(openness(share / 100) for share in range(101)))
    assert len(said) == 4 and said[0] == openness(0) and said[-1] == openness(1)


def test_her_colour_is_the_stages_own_or_her_usual_one() -> None:
    assert LIGHT.accent and appearance(MARA, LIGHT).accent == LIGHT.accent
    assert appearance(MARA, GUEST) == appearance(MARA, None) == MARA.appearance


@pytest.mark.parametrize(
    "text", ["I hate you", "You're useless!", "YOU ’RE so mean", "He left. You are no better.", "go away", "ur stupid"]
)
def test_a_sentence_is_meant_for_her(text: str) -> None:
    assert speaks_to_her(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I hate my boss",
        "Do you hate me?",
        "You know, it was awful",
        "He told me you lie",
        "Can you believe it?",
        "The youth is angry",
        "Thank you",
    ],
)
def test_a_sentence_is_not(text: str) -> None:
    assert not speaks_to_her(text)


def test_who_tells_of_themselves_says_i_and_feels_something() -> None:
    assert tells_of_oneself("I'm so tired of it all", ["sadness"]) and tells_of_oneself("It was hard. My father died.", ["grief"])
    assert not tells_of_oneself("It is sad out there", ["sadness"])
    assert not tells_of_oneself("I took the bus", []) and not tells_of_oneself("I wonder why", ["curiosity"])
