"""What a persona is beyond her words: goals, rules, stages, looks, a voice. What is wrong is told at its line."""

from pathlib import Path
from typing import get_args

import pytest

from companion.affect import OCTANTS
from companion.errors import BlueprintError
from companion.feel.feelings import feelings
from companion.persona.blueprint import Blueprint
from companion.persona.editing import blank, checked, data_of, part_at, with_item
from companion.persona.files import format_blueprint, parse_blueprint, read_blueprint
from companion.persona.terms import Emotion, Octant
from companion.think.layout import render_blueprint

PERSONAS = Path(__file__).parents[2] / "personas"
SMALL = """\
identity:
  name: Ada
  age: 36
  tagline: clock maker
  background: I live in Windle.
character:
  speech:
    manner: calm and steady
greeting: Hello.
"""  # nine lines
EVERYDAY = "the, and, to, of, in, that, it, with, for, you, they"


def read(more: str = "") -> Blueprint:
    return parse_blueprint((SMALL + more).encode(), source="ada.yaml")


def refused(more: str) -> str:
    with pytest.raises(BlueprintError) as caught:
        read(more)
    return caught.value.message


def test_all_of_it_may_be_left_out_and_then_nothing_of_it_is_written() -> None:
    blueprint = read()
    assert (blueprint.goals, blueprint.rules, blueprint.relationship.stages) == ((), (), ())
    assert blueprint.memory.learns and blueprint.memory.recollections == 8
    assert not any(f"{key}:" in format_blueprint(blueprint) for key in ("goals", "rules", "relationship", "memory", "visual", "voice"))


def test_emotions_and_octants_are_those_that_are_felt() -> None:
    assert set(get_args(Emotion)) == set(feelings())
    assert set(get_args(Octant)) == set(OCTANTS.values())


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("goals:\n- name: to see the sea\n", "line 11, column 3: `goals.1.utility` is missing"),
        ("goals:\n- {name: a, utility: 2}\n", "`goals.1.utility` must be at most 1"),
        ("goals:\n- {name: a, utility: 1}\n- {name: A, utility: 1}\n", "line 12, column 4: `goals.2.name` is already the name of number 1"),
        (
            "goals:\n- name: a\n  utility: 1\n  moved_by:\n  - effect: 1\n",
            "line 14, column 5: `goals.1.moved_by.1` says nothing of",
        ),
        ("goals:\n- {name: a, utility: 1, moved_by: [{emotion: joy, topic: work, effect: 1}]}\n", "names emotion and topic; name one"),
        (
            "goals:\n- {name: a, utility: 1, moved_by: [{emotion: joyful, effect: 1}]}\n",
            "is not a word that is known here; did you mean",
        ),
        ("goals:\n- {name: a, utilty: 1}\n", "line 11, column 13: `utilty` is not a key here; did you mean `utility`?"),
        ("rules:\n- name: r\n  then: {}\n", "line 12, column 3: `rules.1.then` says nothing; add what she does then"),
        ("rules:\n- name: r\n", "`rules.1.then` is missing"),
        ("rules:\n- {name: r, then: {pace: slow}}\n- {name: r, then: {pace: slow}}\n", "`rules.2.name` is already the name"),
        ("rules:\n- {name: r, then: {avoid: [hm, '...']}}\n", "`rules.1.then.avoid.2` would forbid almost everything"),
        ("rules:\n- {name: r, then: {avoid: [e]}}\n", "`rules.1.then.avoid.1` would forbid almost everything"),
        ("rules:\n- {name: r, then: {avoid: ['  ']}}\n", "`rules.1.then.avoid.1` must not be empty"),
        ("rules:\n- {name: r, then: {avoid: [My dear], favour: [my dear]}}\n", "is favoured by the same rule"),
        (
            "rules:\n- {name: r, then: {avoid: [dear], favour: ['oh, my Dear!']}}\n",
            "stands in “oh, my Dear!”, which is favoured by the same",
        ),
        (
            f"rules:\n- {{name: r, then: {{avoid: [{EVERYDAY}]}}}}\n",
            "`rules.1.then.avoid` forbids 11 of the hundred commonest words (“the”, “and”",
        ),
        (
            "rules:\n- {name: r, then: {sentence_words: 3, favour: [one wave at a time]}}\n",
            "`rules.1.then.favour.1` has a sentence of 5 words, and the same rule allows 3",
        ),
        ("rules:\n- {name: r, then: {reply_sentences: 1, favour: [Come in. Sit down.]}}\n", "has 2 sentences, and the same rule allows 1"),
        ("rules:\n- {name: r, then: {questions: none, favour: ['how so?']}}\n", "is a question, and the same rule allows none"),
        ("rules:\n- {name: r, then: {hide: [angr]}}\n", "`rules.1.then.hide.1` is not a word that is known here; did you mean `anger`"),
        (f"rules:\n- {{name: r, then: {{hide: [{', '.join(get_args(Emotion))}]}}}}\n", "`rules.1.then.hide` leaves her nothing to show"),
        (
            "rules:\n- {name: r, then: {pace: slow}}\n- {name: s, then: {pace: quick}}\n",
            "`rules.2.then.pace` clashes with number 1, “r”: “slow” there, “quick” here. Both hold at the same times",
        ),
        (
            "rules:\n- {name: r, then: {avoid: [dear]}}\n- {name: s, then: {favour: [my dear]}}\n",
            "`rules.2.then.favour` clashes with number 1, “r”: that one avoids “dear”, this one favours “my dear”.",
        ),
        ("goals:\n- {name: a, utility: 0}\n", "`goals.1.utility` is 0: what matters nothing moves nothing in her"),
        ("goals:\n- name: a\n", "`goals.1.utility` is missing"),
        ("rules:\n- {name: r, when: {stage: friend}, then: {pace: slow}}\n", "line 11, column 20: `rules.1.when.stage` is no stage of the"),
        ("rules:\n- {name: r, when: {mod: bored}, then: {pace: slow}}\n", "`mod` is not a key here; did you mean `mood`?"),
        ("rules:\n- {name: r, then: {temperature: 2}}\n", "`rules.1.then.temperature` must be at most 1.5"),
        ("rules:\n- {name: r, then: {pace: slwo}}\n", "`rules.1.then.pace` must be 'slow', 'even' or 'quick'; did you mean `slow`?"),
        ("relationship:\n  stages:\n  - {name: a, enter: {trust: 0.1}}\n", "`relationship.stages.1.enter` must be empty: everybody begins"),
        ("relationship:\n  stages: [{name: a}, {name: a}]\n", "`relationship.stages.2.name` is already the name of number 1"),
        ("relationship:\n  stage: []\n", "line 11, column 3: `stage` is not a key here; did you mean `stages`?"),
        ("memory: {recollections: 9}\n", "`memory.recollections` must be at most 8"),
        ("visual: {palette: [teal]}\n", '`visual.palette.1` must be a colour like "#2F6E73"'),
        ("visual: {look: {hairs: red}}\n", "`hairs` is not a key here; did you mean `hair`?"),
        ("visual: {loras: [{name: a, weight: 3}]}\n", "`visual.loras.1.weight` must be at most 2"),
        ("visual: {ip_adapter: {model: m, scales: [{block: left, scale: 1}]}}\n", "must be a block such as down.block_2"),
        ("visual: {ip_adapter: {model: m, sclae: 1}}\n", "`sclae` is not a key here; did you mean `scale`?"),
        ("visual: {controlnet: [depth, depth]}\n", "`visual.controlnet.2` is named twice"),
        ("voice: {language: English please}\n", "`voice.language` must be a language such as en or pt-BR"),
        ("voice: {reference: ../../secret.wav}\n", "`voice.reference` must be the name of a file, without a folder"),
        ("voice: {pitch: 13}\n", "`voice.pitch` must be at most 12"),
    ],
)
def test_a_mistake_is_named_at_its_line(more: str, says: str) -> None:
    assert says in refused(more)


def test_rules_of_which_one_comes_first_do_not_clash() -> None:
    slow, quick = ("{name: r, then: {pace: slow}}", "{name: s, priority: 1, then: {pace: quick}}")
    assert len(read(f"rules:\n- {slow}\n- {quick}\n").rules) == 2
    assert len(read("rules:\n- {name: r, then: {pace: slow}}\n- {name: s, when: {mood: bored}, then: {pace: quick}}\n").rules) == 2


def test_rules_that_always_hold_are_read_as_one_when_words_are_counted() -> None:
    words = EVERYDAY.split(", ")
    one, other = (f"- {{name: r{at}, then: {{avoid: [{', '.join(part)}]}}}}\n" for at, part in enumerate((words[:6], words[6:])))
    assert "`rules.2.then.avoid` with the rules before it that always hold forbids 11" in refused(f"rules:\n{one}{other}")
    assert len(read(f"rules:\n{one}{other.replace('then', 'when: {mood: bored}, then')}").rules) == 2


def test_a_phrase_of_common_words_forbids_none_of_them() -> None:
    assert read(
        "rules:\n- {name: r, then: {avoid: [the and, to of, in that, it with, for you, they do, do it, we go, go on, on it, to us]}}\n"
    ).rules


def test_every_unknown_stage_is_told_with_those_there_are() -> None:
    stages = "relationship:\n  stages: [{name: guest}, {name: friend, enter: {trust: 0.5}}]\n"
    rules = "rules:\n- {name: a, when: {stage: frend}, then: {pace: slow}}\n- {name: b, when: {stage: foe}, then: {pace: slow}}\n"
    message = refused(stages + rules)
    assert "2 problems" in message and "`rules.2.when.stage` is no stage of the relationship; there are guest, friend" in message
    assert read(stages + rules.replace("frend", "friend").replace("foe", "guest")).rules[0].when.stage == "friend"


def test_a_stage_that_takes_no_less_than_a_later_one_is_passed_over() -> None:
    stages = "[{name: a}, {name: b, enter: {trust: 0.5}}, {name: c, enter: {trust: 0.4}}, {name: d, enter: {shared_days: 9}}]"
    assert read(f"relationship:\n  stages: {stages}\n").relationship.passed_over() == {"b"}


def test_what_is_set_is_written_and_read_again() -> None:
    more = """\
goals:
- {name: to see the sea, utility: -0.5, likelihood: 0, moved_by: [{silence_days: 3, effect: -1}, {event: storm, effect: 0.5}]}
rules:
- {name: late, priority: -3, when: {time_of_day: night, days_apart: 2}, then: {avoid: [no way], questions: none, temperature: 0.5}}
memory: {learns: false, recollections: 0}
visual:
  look: {eyes: green}
  ip_adapter: {model: plus-face, scales: [{block: up.block_0, scale: 0.4}]}
  loras: [{name: ada, weight: -0.5, purpose: style}]
  controlnet: [depth]
  seed_policy: fixed
  seed: 4294967295
voice: {engine: coqui, language: en-GB, rate: 0.5, pitch: -12, reference: ada.wav}
"""
    blueprint = read(more)
    written = format_blueprint(blueprint)
    assert parse_blueprint(written.encode(), source="x") == blueprint
    assert "format: companion-blueprint-2" in written and "negative_prompt" not in written


def test_an_older_file_is_brought_up_to_date_and_a_newer_one_is_not_guessed_at() -> None:
    assert read("format: companion-blueprint-1\n") == read()
    assert "line 11, column 1: `gaols` is not a key here; did you mean `goals`?" in refused("format: companion-blueprint-1\ngaols: []\n")
    with pytest.raises(BlueprintError) as caught:
        read("format: companion-blueprint-12\n")
    assert caught.value.message == (
        "ada.yaml, line 10, column 1, is written as companion-blueprint-12, and this Companion reads up to companion-blueprint-2."
    )
    assert "Update Companion" in caught.value.hint


@pytest.mark.parametrize("path", [("goals",), ("rules",), ("relationship", "stages"), ("visual", "wardrobe"), ("visual", "loras")])
def test_an_empty_item_asks_only_for_what_must_be_written(path: tuple[str, ...]) -> None:
    data = with_item(data_of(read()), path, blank(part_at((*path, 0))))
    assert {one.path[-1] for one in checked(data)[1]} <= {"name", "description", "then"}


@pytest.mark.parametrize("id", ["ines", "juno", "mara", "theo"])
def test_none_of_it_makes_the_prompt_longer(id: str) -> None:
    blueprint = read_blueprint(PERSONAS / f"{id}.yaml")
    bare = Blueprint(**{name: getattr(blueprint, name) for name in ("identity", "character", "greeting", "boundaries")})
    examples = [exchange for talk in blueprint.examples for exchange in talk]
    assert render_blueprint(blueprint, examples=examples) == render_blueprint(bare, examples=examples)
