from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from companion.feel.topics import MOST_TOPICS, Topics

LINES: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "topic_lines.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def topics() -> Topics:
    return Topics.open()


@pytest.mark.parametrize("line", LINES)
def test_what_a_message_is_about(topics: Topics, line: str) -> None:
    assert list(topics.of(line)) == LINES[line]


def test_the_lines_are_enough_to_mean_something() -> None:
    assert len(LINES) >= 60


@pytest.mark.parametrize("careful", ["my Girlfriend's café", "I’m studying at the université", "so much  homework\n\ntoday"])
def test_hurried_spelling_is_about_the_same(topics: Topics, careful: str) -> None:
    assert topics.of(careful)
    assert topics.of(careful.upper().replace("'", "").replace("’", "'")) == topics.of(careful)


def test_a_word_inside_another_is_not_found(topics: Topics) -> None:
    assert topics.of("catalogue, dogma, preschoolishness, thousand, catch") == ()


def test_a_word_like_another_is_left_as_it_is() -> None:
    words = {"loneliness": ["lonely"], "food": ["dessert"]}
    assert Topics(words).of("a day in the desert") == ("food",)  # doubled letters are one
    assert Topics(words).of("what a lovely day") == ()
    assert Topics({"work": ["salary"]}).of("a solary") == ("work",)
    assert Topics({"work": ["salary"]}, as_they_are=["solary"]).of("a solary") == ()


def test_the_longest_phrase_decides() -> None:
    topics = Topics({"sport": ["football"], "hobbies": ["table football"]})
    assert topics.of("table football") == ("hobbies",)


def test_a_phrase_that_stands_under_two_topics_is_refused() -> None:
    with pytest.raises(ValueError, match="two topics"):
        Topics({"work": ["shift"], "sleep": ["shift"]})


def test_a_long_message_names_what_it_speaks_of_most(topics: Topics) -> None:
    assert topics.of("My dog. " * 3 + "The rain. " * 2 + "My boss.") == ("pets", "weather")


@given(st.text(max_size=200))
def test_any_text_has_at_most_two_topics(text: str) -> None:
    topics = Topics({"work": ["job", "my boss", "employ*"], "sleep": ["slept"]})
    assert len(topics.of(text)) <= MOST_TOPICS
    assert topics.of(text) == topics.of(text.swapcase()) or not text.isascii()
