"""Stages: their order, which of them count, and what a creator may not have meant."""

from pathlib import Path
from typing import Any

import pytest

from companion.persona.files import read_blueprint
from companion.persona.relationship import Relationship, reproaches

PERSONAS = sorted((Path(__file__).parents[2] / "personas").glob("*.yaml"))


def stages(*later: dict[str, Any]) -> Relationship:
    named = [{"name": name} | stage for name, stage in zip("bcde", later, strict=False)]
    return Relationship.model_validate({"stages": [{"name": "a"}, *named]})


def test_the_ladder_leaves_out_what_a_later_stage_passes_over() -> None:
    some = stages({"enter": {"trust": 0.5}}, {"enter": {"trust": 0.3}})
    assert [stage.name for stage in some.ladder()] == ["a", "c"]
    assert Relationship().ladder() == ()


def test_a_stage_is_found_by_its_name() -> None:
    some = stages({"enter": {"trust": 0.5}})
    assert some.named("b") == some.stages[1] and some.named("z") is None


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (({"enter": {"trust": 0.5}}, {"enter": {"trust": 0.5}}), ["Nobody stays at “b”"]),
        (({"enter": {"trust": 0.5}}, {"enter": {"familiarity": 0.5}}), ["“c” takes less trust than “b”"]),
        (({"enter": {"trust": 0.5}, "openness": 0.2},), ["less open at “b” than at “a”"]),
        (({"enter": {"shared_days": 9, "shared_turns": 5}},), ["“b” asks for more days than messages"]),
        (({"enter": {"trust": 0.5}, "greeting": "At last. Where have you been?"},), ["The greeting of “b” blames"]),
        (({"enter": {"trust": 0.5, "shared_days": 3}}, {"enter": {"trust": 0.8, "shared_days": 9}}), []),
    ],
)
def test_what_a_creator_may_not_have_meant_is_told(later: tuple[dict[str, Any], ...], words: list[str]) -> None:
    doubts = stages(*later).doubts()
    assert len(doubts) == len(words) and all(word in doubt for word, doubt in zip(words, doubts, strict=True))


def test_nobody_who_ships_leaves_a_doubt_or_reproaches_anybody() -> None:
    everyone = [read_blueprint(file) for file in PERSONAS]
    assert [one.relationship.doubts() for one in everyone] == [()] * 4
    assert not any(reproaches(text) for one in everyone for text in (one.greeting, *one.alternate_greetings))


@pytest.mark.parametrize("text", ["So, WHERE have you been?", "Why didn't you write", "why didn’t you write", "you\nleft  me"])
def test_a_reproach_is_known_however_it_is_written(text: str) -> None:
    assert reproaches(text)


@pytest.mark.parametrize("text", ["", "There you are!", "I left the kettle on for you.", "You left your scarf"])
def test_other_words_are_none(text: str) -> None:
    assert not reproaches(text)
