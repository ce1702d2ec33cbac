"""The page on rules is true: it names every part of one, its examples are sound, and what it says of them comes out."""

import re
from pathlib import Path

from ruamel.yaml import YAML

from companion.feel.ruling import Situation, rule
from companion.persona.blueprint import Relationship, Rule, Then, When
from companion.persona.files import read_blueprint
from companion.persona.rule_checks import conflicts
from companion.persona.rules import MOST_RULES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")


def examples() -> tuple[Rule, ...]:
    blocks = re.findall(r"\n\n((?:    .*\n)+)", PAGE)
    written = [YAML(typ="safe", pure=True).load(block.removeprefix("    rules:\n")) for block in blocks]
    return tuple(Rule.model_validate(one) for block in written for one in block)


def test_every_part_of_a_rule_is_named() -> None:
    assert [name for name in (*When.model_fields, *Then.model_fields) if f"`{name}`" not in PAGE] == []
    assert f"up to {MOST_RULES}" in PAGE


def test_the_examples_are_sound_together() -> None:
    rules = examples()
    stages = Relationship.model_validate({"stages": [{"name": "guest"}, {"name": "old friend", "enter": {"trust": 0.5}}]})
    blueprint = read_blueprint(ROOT / "personas" / "mara.yaml").model_copy(update={"rules": rules, "relationship": stages})
    assert len(rules) == 5 and conflicts(blueprint) == ()
    type(blueprint).model_validate(blueprint.model_dump())


def test_what_is_said_to_stand_under_the_reply_does() -> None:
    now = Situation("relaxed", "night", stage="old friend", days_apart=40, topics=("work",))
    told = re.findall(r"> \*\*(.+)\*\*: (.+)", PAGE)
    assert [(one.name, one.effect) for one in rule(examples(), now).reasons] == told
