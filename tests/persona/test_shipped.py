"""The four who ship: a small model must be able to play them, and a reader to tell them apart."""

import re
from pathlib import Path

import pytest

from companion.persona.blueprint import Blueprint
from companion.persona.files import read_blueprint

FILES = sorted((Path(__file__).parents[2] / "personas").glob("*.yaml"))
WHITE_LUMINANCE = 1.0


@pytest.fixture(params=FILES, ids=[file.stem for file in FILES])
def blueprint(request: pytest.FixtureRequest) -> Blueprint:
    return read_blueprint(request.param)


def texts(blueprint: Blueprint) -> list[str]:
    said = [reply for exchange in blueprint.examples for turn in exchange for reply in (turn.user, turn.reply)]
    later = [stage.greeting for stage in blueprint.relationship.stages if stage.greeting]
    return [blueprint.greeting, *blueprint.alternate_greetings, *later, *blueprint.character.speech.lines, *said]


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.2."""
    shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_there_are_four_adults() -> None:
    assert [file.stem for file in FILES] == ["ines", "juno", "mara", "theo"]
    assert len({read_blueprint(file).identity.age // 10 for file in FILES}) == 4


def test_all_text_is_ascii() -> None:
    for file in FILES:
        assert file.read_text("utf-8").isascii(), file.name


def test_the_background_is_short_first_person_facts(blueprint: Blueprint) -> None:
    facts = blueprint.identity.background.splitlines()
    assert 8 <= len(facts) <= 12
    for fact in facts:
        assert re.fullmatch(r"(I|My) [^.!?]+\.", fact), fact
        assert len(fact.split()) <= 10, fact


def test_the_manner_is_two_to_four_descriptors(blueprint: Blueprint) -> None:
    assert 2 <= len(blueprint.character.speech.manner.split("; ")) <= 4
    assert 3 <= len(blueprint.character.speech.lines) <= 5


def test_greetings_and_openers_are_short(blueprint: Blueprint) -> None:
    assert len(blueprint.alternate_greetings) == 2
    assert all(len(text.split()) <= 30 for text in (blueprint.greeting, *blueprint.alternate_greetings))
    assert len(blueprint.openers) == 3
    assert len(blueprint.examples) == 2
    assert all(len(exchange) <= 2 for exchange in blueprint.examples)


def test_every_name_that_is_mentioned_stands_in_the_background(blueprint: Blueprint) -> None:
    known = set(re.findall(r"[A-Z]\w+", blueprint.identity.background)) | {"Kevin", "Tuesdays"}  # a crater and a day are no facts
    for text in texts(blueprint):
        inner = re.findall(r"(?<![.!?] )(?<!^)\b[A-Z][a-z]+\b", text)
        assert set(inner) <= known, text


def test_nobody_says_their_own_name_so_that_a_copy_can_carry_another(blueprint: Blueprint) -> None:
    assert not any(blueprint.identity.name in text for text in texts(blueprint))


def test_white_text_is_readable_on_every_accent(blueprint: Blueprint) -> None:
    stages = [stage.accent for stage in blueprint.relationship.stages if stage.accent]
    assert all((WHITE_LUMINANCE + 0.05) / (luminance(accent) + 0.05) >= 4.5 for accent in (blueprint.appearance.accent, *stages))


def test_everyone_wants_something_gets_nearer_and_has_looks(blueprint: Blueprint) -> None:
    assert len(blueprint.goals) == 3 and any(goal.utility < 0 for goal in blueprint.goals)
    assert all(goal.moved_by for goal in blueprint.goals)
    assert {"sadness", "joy", "anger"} <= {rule.when.user_emotion for rule in blueprint.rules}
    stages = blueprint.relationship.stages
    assert 3 <= len(stages) <= 4 and blueprint.relationship.passed_over() == frozenset()
    assert [stage.openness for stage in stages] == sorted(stage.openness for stage in stages)
    assert all(blueprint.visual.look.model_dump().values())
    assert len(blueprint.visual.wardrobe) == len(blueprint.visual.settings) == 2


def test_they_differ_in_manner_and_colour() -> None:
    everyone = [read_blueprint(file) for file in FILES]
    manners = [set(one.character.speech.manner.split("; ")) for one in everyone]
    assert sum(len(manner) for manner in manners) == len(set().union(*manners))
    assert len({one.appearance.accent for one in everyone}) == 4
    assert len({one.appearance.portrait["top"] for one in everyone}) == 4
