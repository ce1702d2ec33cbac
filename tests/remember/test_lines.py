from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from companion.remember.lines import line, passage
from companion.remember.protocol import Factors, Kind, Recollection

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def recollection(kind: Kind, text: str, *, at: datetime = NOW, speaker: str = "", in_force: bool = True) -> Recollection:
    return Recollection("a", kind, text, at, speaker, 1.0, Factors(), (), in_force)  # type: ignore[arg-type]


def test_a_fact_stands_as_it_is_noted() -> None:
    assert line(recollection("fact", "their sister is called Anna"), "", NOW) == "their sister is called Anna"


def test_what_was_replaced_says_so() -> None:
    assert "no longer" in line(recollection("fact", "they live in Porto", in_force=False), "", NOW)


def test_a_message_is_quoted_with_its_day_and_speaker() -> None:
    said = recollection("turn", 'I call her "Bee".', at=datetime(2026, 3, 3, tzinfo=UTC), speaker="user")
    assert line(said, "", NOW) == "on 3 March they said: \"I call her 'Bee'.\""
    mine = recollection("turn", "Sleep well.", at=datetime(2025, 3, 3, tzinfo=UTC), speaker="persona")
    assert line(mine, "", NOW) == 'on 3 March 2025 you said: "Sleep well."'


def test_of_a_long_message_the_sentences_that_fit_are_quoted() -> None:
    filler = "The rain kept falling on the roof all day long and nobody minded. "
    said = filler * 3 + "My sister Clara moved to Ghent. " + filler * 3
    quoted = passage(said, "where does my sister live?")
    assert "My sister Clara moved to Ghent." in quoted
    assert len(quoted) <= 190


@given(st.text(max_size=2000), st.text(max_size=80))
def test_a_passage_is_one_short_line(text: str, question: str) -> None:
    quoted = passage(text, question)
    assert len(quoted) <= 200
    assert "\n" not in quoted and '"' not in quoted
