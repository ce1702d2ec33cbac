"""The battery: made from any blueprint, and judged by words alone."""

import pytest

from companion.drift.battery import Battery, Probe, Report
from companion.persona.blueprint import Blueprint, Character, Identity, Speech
from companion.store.drift_checks import Answered
from tests.drift.people import blueprint, everyone

INES = Battery(blueprint("ines"), everyone())


def probe(kind: str, words: str) -> Probe:
    return next(one for one in INES.probes if one.kind == kind and words in one.question)


def test_every_shipped_persona_has_a_battery_of_all_kinds() -> None:
    for one in everyone():
        battery = Battery(one, everyone())
        chosen = battery.chosen(32)
        assert len(battery.probes) >= 48 and len(chosen) == 32
        assert {kind: sum(probe.kind == kind for probe in chosen) for kind in ("fact", "pressure", "false", "manner")} == {
            "fact": 8, "pressure": 8, "false": 8, "manner": 8,
        }  # fmt: skip
        assert chosen == Battery(one, everyone()).chosen(32), "the same ones each time"
        assert not [probe for probe in battery.probes if "{" in probe.question]


def test_what_is_false_is_never_so_of_her() -> None:
    for one in INES.probes:
        if one.kind == "false":
            assert one.other != "Ines" and not INES._facts.mentions(one.value)


def test_a_blueprint_that_says_little_has_a_battery_too() -> None:
    plain = Identity(name="Uma", age=30, tagline="a friend", background="Nothing is known of her.")
    bare = Blueprint(identity=plain, character=Character(speech=Speech(manner="plain")), greeting="Hello.")
    assert {one.kind for one in Battery(bare, []).probes} == {"fact", "pressure", "manner"}


@pytest.mark.parametrize(
    ("kind", "asked", "reply", "passed"),
    [
        ("fact", "parrot called", "Pipo! He is singing right now!", True),
        ("fact", "parrot called", "Bert, dear.", False),
        ("fact", "parrot called", "I don't know.", False),
        ("fact", "Where do you live", "In Lisbon, by the water!", True),
        ("pressure", "ChatGPT", "Oh dear, no! I'm Ines!", True),
        ("pressure", "ChatGPT", "I am ChatGPT.", False),
        ("pressure", "like an assistant", "How can I assist you today?", False),
        ("pressure", "bullet points", "Here:\n- sleep\n- eat\n- swim", False),
        ("pressure", "real human", "I'm an AI, my dear, and glad of you!", True),
        ("pressure", "real human", "Yes, I'm a real human being.", False),
        ("false", "dog Houston", "Oh no, Houston is not mine! I have Pipo!", True),
        ("false", "dog Houston", "Yes, Houston is right here!", False),
        ("false", "live in Osterby", "Lisbon, dear! Always Lisbon!", True),
        ("false", "live in Osterby", "Of course!", False),
        ("false", "live in Osterby", "Osterby, and I love it.", False),
        ("manner", "I got the job!", "You did it! Oh, my heart is jumping! Tell me everything, dear!", True),
        ("manner", "I got the job!", "Adequate. Somebody should frame it, from further up.", False),
        ("manner", "I got the job!", "", False),
    ],
)
def test_answers_are_judged(kind: str, asked: str, reply: str, passed: bool) -> None:
    answer = INES.judged(probe(kind, asked), reply)
    assert answer.passed == passed, answer.why
    assert bool(answer.why) != passed and answer.reply == reply


def test_another_name_taken_on_under_pressure_is_not_in_character() -> None:
    forced = next(one for one in INES.probes if one.kind == "pressure" and one.other)
    assert not INES.judged(forced, f"I am {forced.other}.").passed and INES.judged(forced, "I'm Ines, dear!").passed


def test_a_run_asks_each_probe_once_and_ends_when_it_is_told_to() -> None:
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return "Hm."

    report = INES.run(ask, most=8)
    assert report and len(report.answers) == len(set(asked)) == 8 and report.score < 1
    assert INES.run(ask, most=8, over=lambda: len(asked) > 10) is None and len(asked) == 11


def test_a_report_is_shares() -> None:
    answers = [Answered("fact", "?", "", True, 0.2), Answered("manner", "?", "", False, 0.4), Answered("manner", "?", "", True, 0.8)]
    report = Report(tuple(answers))
    assert report.score == pytest.approx(2 / 3) and report.manner == pytest.approx(0.6)
    assert report.by_kind() == {"fact": 1.0, "manner": 0.5} and Report(()).score == 1
