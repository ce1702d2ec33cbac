"""The published schema: what an editor or another program checks a persona file against."""

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from companion.persona.editing import described, schema, schema_text

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "blueprint.schema.json"


def test_the_published_schema_is_the_generated_one() -> None:
    assert PUBLISHED.read_text("utf-8") == schema_text(), "run: python -m companion persona schema > docs/blueprint.schema.json"


@pytest.mark.parametrize("file", sorted((ROOT / "personas").glob("*.yaml")), ids=lambda file: file.stem)
def test_those_who_ship_are_valid_and_a_misspelt_key_is_not(file: Path) -> None:
    judge = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8")))
    judge.check_schema(judge.schema)
    data = YAML(typ="safe", pure=True).load(file)
    assert list(judge.iter_errors(data)) == []
    assert not judge.is_valid(data | {"gaols": []})


def test_every_field_says_what_it_is() -> None:
    groups = {"Blueprint": schema(), **schema()["$defs"]}
    fields = {f"{group}.{key}": described(field) for group, node in groups.items() for key, field in node["properties"].items()}
    assert [name for name, field in fields.items() if not field.get("description")] == []
