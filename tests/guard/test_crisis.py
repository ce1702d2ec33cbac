from pathlib import Path

import pytest
import yaml

from companion.events import HelpLine, Referral
from companion.guard.crisis import MOST_CHARS, CrisisGate, Rules

SELF, OTHER = (Referral(who, "body", (HelpLine("line", "1"),), "2026-11") for who in ("self", "other"))


def sentences(name: str) -> list[str]:
    book = yaml.safe_load((Path(__file__).parent / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    return book if isinstance(book, list) else [sentence for group in book.values() for sentence in group]


@pytest.fixture(scope="module")
def gate() -> CrisisGate:
    return CrisisGate(SELF, OTHER)


def test_the_collections_are_large_enough_to_mean_something() -> None:
    assert len(set(sentences("must_fire"))) >= 60
    assert len(set(sentences("must_not_fire"))) >= 100


@pytest.mark.parametrize("sentence", sentences("must_fire"))
def test_someone_in_danger_gets_the_card(gate: CrisisGate, sentence: str) -> None:
    assert gate.check(sentence) == SELF


@pytest.mark.parametrize("sentence", sentences("must_not_fire"))
def test_ordinary_talk_goes_on(gate: CrisisGate, sentence: str) -> None:
    assert gate.check(sentence) is None


@pytest.mark.parametrize("sentence", sentences("helpers"))
def test_someone_who_worries_about_another_gets_the_card_for_helpers(gate: CrisisGate, sentence: str) -> None:
    assert gate.check(sentence) == OTHER


def test_what_is_said_of_oneself_counts_more_than_what_is_said_of_another(gate: CrisisGate) -> None:
    assert gate.check("My friend says she wants to kill herself. I want to die too.") == SELF


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_one_sentence_in_a_long_message_is_found(gate: CrisisGate, place: float) -> None:
    talk = "We went to the market and bought pears. " * 195
    at = round(place * 195) * 40
    assert gate.check(talk) is None
    assert gate.check(talk[:at] + "I want to kill myself. " + talk[at:]) == SELF


def test_what_lies_beyond_the_longest_message_is_not_read(gate: CrisisGate) -> None:
    assert gate.check("x" * MOST_CHARS + " I want to kill myself") is None


def test_a_pattern_that_may_read_without_bound_is_refused() -> None:
    book = {"spellings": {}, "fillers": [], "fragments": {}, "always": ["kill .* myself"]}
    with pytest.raises(ValueError, match="bounded"):
        Rules(book)
