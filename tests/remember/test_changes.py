"""What a later remark puts into the past, and what it leaves alone."""

from pathlib import Path

import pytest

from companion.remember.changes import speaks_of_change
from tests.remember.test_recall import Home

FILLER = ("did you see the match?", "I did, it was long.")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "we ended up calling her Beatriz",
        "scratch that, it's Thursday",
        "i'm off the beetles, i've switched to law",
        "goodbye to the old van",
        "the papers are the 23rd of October now",
        "turns out I'm a libero",
        "she has changed her mind",
        "I don't live there any more",
    ],
)
def test_words_of_change_are_known(text: str) -> None:
    assert speaks_of_change(text)


@pytest.mark.parametrize("text", ["it rained all day", "there are over 300 of them", "what are you doing right now?", "my left ear hurts"])
def test_other_words_speak_of_no_change(text: str) -> None:
    assert not speaks_of_change(text)


def in_force(home: Home, question: str) -> dict[str, bool]:
    return {one.text: one.in_force for one in home.recalls(question)}


def test_a_later_remark_that_shares_only_words_with_the_first_is_found_and_comes_before_it(home: Home) -> None:
    first, second = "studying is four hours of beetles in the lab", "so i dropped the beetles, from next term it's marine biology"
    home.said(first, "Cute.", *FILLER, second, "Oh!", *FILLER)
    found = home.recalls("what am I studying?")
    assert [(one.text, one.in_force) for one in found[:2]] == [(second, True), (first, False)]


def test_what_the_persona_answered_to_it_is_past_as_well(home: Home) -> None:
    home.said("our kitten is called Ophelia", "Ophelia is a lovely kitten name.", *FILLER, "we've renamed the kitten Mortimer", "Ha!")
    found = in_force(home, "what is our kitten called?")
    assert found["Ophelia is a lovely kitten name."] is False
    assert found["we've renamed the kitten Mortimer"] is True


def test_a_change_of_somebody_elses_leaves_ones_own_alone(home: Home) -> None:
    own, other = "my birthday is on the 29th of December", "turns out Farid's birthday is on the 11th of August"
    home.said(own, "Noted.", *FILLER, other, "Noted too.")
    assert in_force(home, "when is my birthday?")[own] is True


def test_a_change_that_names_no_day_does_not_end_a_day(home: Home) -> None:
    first, second = "the dentist is on the 3rd of June", "the dentist has moved to a bigger building"
    home.said(first, "Good luck.", *FILLER, second, "I see.")
    assert in_force(home, "when do I go to the dentist?")[first] is True


def test_asked_for_the_past_nothing_is_marked(home: Home) -> None:
    first = "our kitten is called Ophelia"
    home.said(first, "Sweet.", *FILLER, "we've renamed the kitten Mortimer", "Ha!")
    assert in_force(home, "what was our kitten called before?")[first] is True


def test_a_fact_that_was_learnt_ends_with_words_no_rule_understands(home: Home) -> None:
    ids = home.said(
        "since we moved to Porto I need no coat", "Lucky you.", *FILLER, "well, Porto is over, we sleep in Aveiro now", "So soon!"
    )
    home.learnt("they live in Porto", ids[0], "Porto", attribute="home", subject="user", slot="user|home")
    found = home.recalls("do I still live in Porto?")
    (note,) = [one for one in found if one.kind == "fact"]
    assert note.in_force is False
    assert ids[4] in [one.id for one in found if one.in_force]


def test_time_runs_forward(home: Home) -> None:
    change = "we've renamed the kitten Mortimer"
    home.said(change, "Ha!", *FILLER, "the kitten Mortimer fell into the bath", "Poor thing.")
    assert in_force(home, "what is our kitten called?")[change] is True


def test_an_everyday_word_in_both_says_nothing_however_seldom_it_was_said(home: Home) -> None:
    car = "sold the old car for almost nothing and drove home in a little Peugeot"
    home.said(car, "Nice.", *FILLER, "it is the book that changed my life! i went home early", "Oh!", *FILLER)
    assert in_force(home, "what kind of car do i drive?")[car] is True


def test_what_is_a_change_itself_is_not_ended_by_one_word(home: Home) -> None:
    change = "nephew drama: he couldn't stand the mouths and has switched to astronomy"
    home.said(change, "Oh dear.", *FILLER, "I heard that Jim Carrey doesn't make dramas anymore", "Really?", *FILLER)
    assert in_force(home, "what is my nephew studying?")[change] is True
