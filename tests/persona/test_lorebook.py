"""A lorebook in a persona's file: written back as it was, its mistakes named by line, old files unchanged."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.errors import BlueprintError
from companion.persona.files import format_blueprint, parse_blueprint
from companion.persona.lorebook import Decorators, Entry, Lorebook

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
"""

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
keys = st.lists(words, max_size=3).map(tuple)
count = st.integers(0, 10_000)
decorators = st.builds(
    Decorators, activate_only_after=count, is_greeting=st.none() | st.integers(0, 9), activate=st.booleans(), others=keys
)
entries = st.builds(
    Entry,
    comment=words,
    keys=keys,
    secondary_keys=keys,
    logic=st.sampled_from(["and_any", "and_all", "not_any", "not_all"]),
    content=words,
    enabled=st.booleans(),
    priority=st.none() | st.integers(-100, 100),
    probability=st.floats(0, 100),
    sticky=count,
    scan_depth=st.none() | count,
    position=st.sampled_from(["before_char", "depth"]),
    decorators=decorators,
)
books = st.builds(
    Lorebook, name=words, token_budget=st.none() | count, recursive=st.booleans(), entries=st.lists(entries, max_size=3).map(tuple)
)


def ada(lorebook: str = "") -> bytes:
    return (SMALL + lorebook).encode()


def refused(lorebook: str) -> str:
    with pytest.raises(BlueprintError) as caught:
        parse_blueprint(ada(lorebook), source="ada.yaml")
    return caught.value.message


@given(books)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_writing_and_reading_keeps_every_entry(book: Lorebook) -> None:
    blueprint = parse_blueprint(ada(), source="ada.yaml").model_copy(update={"lorebook": book})
    assert parse_blueprint(format_blueprint(blueprint).encode(), source="ada.yaml") == blueprint


def test_a_persona_without_a_lorebook_is_written_without_one() -> None:
    assert "lorebook" not in format_blueprint(parse_blueprint(ada(), source="ada.yaml"))


def test_an_entry_is_written_with_what_was_set_alone() -> None:
    lorebook = "lorebook:\n  entries:\n  - keys:\n    - mill\n    content: It burned down.\n"
    assert lorebook in format_blueprint(parse_blueprint(ada(lorebook), source="ada.yaml"))


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{keys: [mill], contnt: x}", "line 12, column 20: `contnt` is not a key here; did you mean `content`?"),
        ("{content: x, probability: 120}", "line 12, column 18: `lorebook.entries.1.probability` must be at most 100"),
        ("{content: x, keys: ['']}", "`lorebook.entries.1.keys.1` must not be empty"),
        ("{content: x, logic: maybe}", "`lorebook.entries.1.logic` must be 'and_any', 'and_all', 'not_any' or 'not_all'"),
        ("{content: x, id: a}\n  - {content: y, id: a}", "`lorebook.entries` is not valid (entries 1 and 2 have the same id)"),
    ],
)
def test_a_mistake_is_named_with_its_line(entry: str, says: str) -> None:
    assert says in refused(f"lorebook:\n  entries:\n  - {entry}\n")


def test_a_key_of_an_entry_elsewhere_is_sent_home() -> None:
    assert "`sticky` is not a key here; it belongs under `lorebook.entries`" in refused("sticky: 3\n")
