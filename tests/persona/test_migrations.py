"""Blueprints of older formats become those of the newest, whichever step they begin at."""

import pytest

from companion.errors import BlueprintError
from companion.persona.blueprint import FORMAT
from companion.persona.migrations import STEPS, is_newer, migrated


def test_every_older_format_ends_at_the_newest_and_keeps_what_it_says() -> None:
    for format in STEPS:
        before = {"format": format, "greeting": "Hello."}
        assert migrated(before) == {"format": FORMAT, "greeting": "Hello."}
        assert before["format"] == format, "nothing is changed in place"


@pytest.mark.parametrize("format", [FORMAT, "companion-card-9", "companion-blueprint-", "companion-blueprint-0", 3, None])
def test_what_is_neither_older_nor_newer_is_left_to_validation(format: object) -> None:
    assert migrated({"format": format}) == {"format": format}
    assert not is_newer(format)


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    with pytest.raises(BlueprintError, match="companion-blueprint-3") as caught:
        migrated({"format": "companion-blueprint-3"})
    assert "Update Companion" in caught.value.hint
