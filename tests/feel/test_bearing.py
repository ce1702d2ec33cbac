"""What a model is told of how she feels and carries herself."""

from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
import yaml

from companion.affect import OCTANTS, Affect, Bond, Felt, Manner, Mood
from companion.feel.bearing import bearing, mood_line
from companion.persona.relationship import Relationship
from companion.persona.terms import Emotion, Pace
from tests.desk import library

CALM = Mood(0.5, -0.5, 0.5)
NOW = datetime(2026, 3, 1, tzinfo=UTC)
INES = library().get("ines").blueprint


def affect(shown: str = "", mood: Mood = CALM, stage: str = "") -> Affect:
    return Affect(NOW, mood, shown=shown, bond=Bond(stage))


def test_every_feeling_octant_and_pace_has_its_words() -> None:
    book = yaml.safe_load((Path(__file__).parents[2] / "companion" / "feel" / "bearing.yaml").read_text("utf-8"))
    assert book["shown"].keys() == {*get_args(Emotion)} - {"neutral"}
    assert book["octants"].keys() == {*OCTANTS.values()}
    assert book["pace"].keys() == {*get_args(Pace)}


def test_what_she_shows_is_her_mood_and_else_where_it_lies() -> None:
    assert mood_line(affect("joy")) == "cheerful"
    assert mood_line(affect()) == "calm"


def test_how_she_talks_is_told_in_sentences() -> None:
    manner = Manner(favour=("take your time",), reply_sentences=1, questions="none", pace="slow", tone="low and tender")
    lines = bearing(Felt("", affect(), manner), Relationship())
    assert "You talk like this now: unhurried, low and tender." in lines
    assert "You say 1 sentence at most." in lines
    assert "You ask nothing back." in lines
    assert any("take your time" in line for line in lines)


def test_nothing_is_told_where_nothing_is_asked() -> None:
    assert bearing(Felt("", affect()), Relationship()) == ()


@pytest.mark.parametrize("stage", INES.relationship.stages, ids=lambda stage: stage.name)
def test_where_the_two_are_is_told(stage: object) -> None:
    [line] = bearing(Felt("", affect(stage=stage.name)), INES.relationship)  # type: ignore[attr-defined]
    assert stage.name in line  # type: ignore[attr-defined]
    assert not stage.address or stage.address in line  # type: ignore[attr-defined]
