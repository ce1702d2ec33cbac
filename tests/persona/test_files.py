"""What someone who writes a persona by hand meets: their mistakes named by line, and nothing lost on the way."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.errors import BlueprintError, StorageError
from companion.persona.blueprint import (
    Appearance,
    BigFive,
    Blueprint,
    Character,
    Enter,
    Exchange,
    Goal,
    Identity,
    Influence,
    Memory,
    ModelChoice,
    Relationship,
    Rule,
    Sampling,
    Speech,
    Stage,
    Then,
    Visual,
    Voice,
    When,
)
from companion.persona.files import format_blueprint, parse_blueprint, read_blueprint, write_blueprint

SMALL = """\
identity:
  name: Ada
  age: 36
  tagline: clock maker
  background: I live in Windle.
character:
  speech:
    manner: calm and steady
greeting: Hello. The clocks are all wrong today.
"""


def refused(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(BlueprintError) as caught:
        parse_blueprint(data, source="ada.yaml")
    assert caught.value.hint
    return caught.value.message


def test_a_small_file_is_enough() -> None:
    blueprint = parse_blueprint(SMALL.encode(), source="ada.yaml")
    assert blueprint.identity.called == "Ada"
    assert blueprint.model.base == "default"


def test_a_misspelt_key_is_named_with_its_line_and_the_key_that_was_meant() -> None:
    message = refused(SMALL.replace("greeting", "greating"))
    assert message == "ada.yaml, line 9, column 1: `greating` is not a key here; did you mean `greeting`?"


def test_a_key_in_the_wrong_group_is_sent_home() -> None:
    assert "`quirks` is not a key here; it belongs under `character`" in refused(SMALL + "quirks: [hums]\n")
    assert "it belongs at the top level" in refused(SMALL.replace("    manner:", "    openers: []\n    manner:"))


def test_a_stray_key_gets_the_list_of_keys() -> None:
    assert "`xyzzy` is not a key here; the keys are `manner`, `lines`" in refused(SMALL.replace("    manner:", "    xyzzy: 1\n    manner:"))


def test_every_problem_is_listed_in_the_order_of_the_file() -> None:
    message = refused(SMALL.replace("age: 36", "age: 12").replace("Ada", '""').replace("calm and steady", "[calm]") + "openers: hello\n")
    assert message.startswith("ada.yaml has 4 problems: line 2, column 3: `identity.name` must not be empty; line 3, column 3:")
    assert "`identity.age` must be at least 18" in message
    assert "`character.speech.manner` must be text" in message
    assert message.endswith("line 10, column 1: `openers` must be a list.")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("age: 36", "age: 36.5"), "`identity.age` must be a whole number"),
        (("age: 36", "age: '36'"), "`identity.age` must be a whole number"),
        (("age: 36", "age:"), "`identity.age` has no value; it must be a whole number"),
        (("age: 36", "age: .nan"), "`.nan` is not a number that can be used here"),
        (("age: 36", "age: " + "9" * 5000), "is not a number that can be used here"),
        (("name: Ada", "name: 1984"), "`identity.name` must be text; put it in quotes"),
        (("name: Ada", "name: Ada\n  name: Eve"), "line 3, column 3: `name` appears twice; it is already on line 2"),
        (("name: Ada", "name: &a Ada"), "line 2, column 9: `&a` is an anchor or alias"),
        (("name: Ada", "name: !!python/name:os.system Ada"), "line 2, column 9: the tag"),
        (("name: Ada", "name: Ada\n  pronouns: she"), "`identity.pronouns` must look like she/her"),
        (("name: Ada", 'name: "\\ud800"'), "half of a character"),
        (("name: Ada", "name: \x07"), "line 2, column 9: there is a control character"),
        (("greeting:", "greeting"), "this is not valid YAML"),
        (("greeting:", "format: companion-card-1\ngreeting:"), "`format` must be 'companion-blueprint-2'"),
        (("greeting:", "format: companion-blueprint-3\ngreeting:"), "ada.yaml, line 9, column 1, is written as companion-blueprint-3"),
        (("greeting:", "appearance: {accent: teal}\ngreeting:"), 'must be a colour like "#2F6E73"'),
        (("greeting:", "[a, b]: 1\ngreeting:"), "a key must be a word"),
        (("greeting:", "---\ngreeting:"), "a second document begins"),
    ],
)
def test_a_wrong_value_is_explained(change: tuple[str, str], says: str) -> None:
    assert says in refused(SMALL.replace(*change))


def test_what_is_not_a_persona_at_all() -> None:
    assert refused("") == "ada.yaml is empty."
    assert "the file must be a group of `key: value` lines" in refused("- a\n- b\n")
    assert "line 2, column 3: there is a character that is not UTF-8" in refused(b"a: 1\nb:\xff\n")
    assert refused(b"#" * 300_000) == "ada.yaml is larger than 256 KiB."
    assert "nested too deeply" in refused("[" * 100_000)
    assert "more entries before this than a persona can have" in refused("[" + "x," * 100_000 + "]")


def test_a_bomb_of_aliases_is_refused_before_it_expands() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"] + [
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    assert "is an anchor or alias" in refused("\n".join(lines))


def test_a_flood_of_problems_is_counted_and_not_poured_out() -> None:
    message = refused(SMALL + "".join(f"q{i}x: 1\n" for i in range(500)))
    assert "500 problems" in message
    assert "and 480 more" in message


def test_a_byte_order_mark_is_no_problem() -> None:
    assert parse_blueprint(b"\xef\xbb\xbf" + SMALL.encode(), source="ada.yaml").identity.name == "Ada"


@given(st.one_of(st.text(max_size=80), st.text(alphabet="ab:-[]{}&*!|>'\"#%@?,\n\t \\0", max_size=60)))
@settings(max_examples=150, deadline=None)
def test_no_text_whatever_ends_in_anything_but_a_blueprint_error(text: str) -> None:
    try:
        parse_blueprint(text.encode(errors="replace"), source="any.yaml")
    except BlueprintError as error:
        assert error.message.startswith("any.yaml")


words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda text: text.strip())
lines = st.lists(words, max_size=3).map(tuple)
color = st.from_regex(r"#[0-9A-F]{6}", fullmatch=True)
trait = st.floats(-1, 1)
share = st.floats(0, 1)
exchanges = st.builds(Exchange, user=words, reply=words)
influences = st.builds(Influence, emotion=st.sampled_from(["joy", "grief"]), effect=trait) | st.builds(Influence, topic=words, effect=trait)
goals = st.builds(Goal, name=words, utility=trait.filter(bool), likelihood=share, moved_by=st.lists(influences, max_size=2).map(tuple))
rules = st.builds(
    Rule,
    name=words,
    priority=st.integers(-9, 9),
    when=st.builds(When, topic=st.none() | words, days_apart=st.none() | st.integers(1, 9)),
    then=st.builds(Then, favour=lines, pace=st.sampled_from(["slow", "quick"]), temperature=st.none() | st.floats(0.5, 1.5)),
)
stages = st.builds(Stage, name=words, enter=st.builds(Enter, trust=share), greeting=words, openness=share, accent=st.none() | color)


def unlike(items: st.SearchStrategy) -> st.SearchStrategy:
    """Two at most, with names of their own."""
    return st.lists(items, max_size=2, unique_by=lambda one: one.name.casefold()).map(tuple)


blueprints = st.builds(
    Blueprint,
    identity=st.builds(
        Identity,
        name=words,
        nickname=st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
        age=st.integers(18, 999),
        tagline=words,
        background=words,
    ),
    character=st.builds(
        Character,
        big_five=st.builds(BigFive, openness=trait, emotional_stability=trait),
        values=lines,
        quirks=lines,
        speech=st.builds(Speech, manner=words, lines=lines),
    ),
    greeting=words,
    alternate_greetings=lines,
    openers=lines,
    examples=st.lists(st.lists(exchanges, max_size=2).map(tuple), max_size=2).map(tuple),
    boundaries=lines,
    model=st.builds(ModelChoice, base=words, adapter=st.none() | words, sampling=st.builds(Sampling, temperature=st.floats(0, 2))),
    goals=unlike(goals),
    rules=unlike(rules).filter(lambda two: len({one.priority for one in two}) == len(two)),  # of equals neither may contradict the other
    relationship=unlike(stages).map(
        lambda found: Relationship(stages=[one.model_copy(update={} if at else {"enter": Enter()}) for at, one in enumerate(found)])
    ),
    memory=st.builds(Memory, learns=st.booleans(), recollections=st.integers(0, 8)),
    visual=st.builds(Visual, style=words, palette=st.lists(color, max_size=2).map(tuple), seed=st.integers(0, 2**32 - 1)),
    voice=st.builds(Voice, speaker=words, pitch=st.floats(-12, 12)),
    appearance=st.builds(Appearance, portrait=st.dictionaries(words, words, max_size=3), accent=color, backdrop=color),
)


@given(blueprints)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_writing_and_reading_keeps_every_value(blueprint: Blueprint) -> None:
    assert parse_blueprint(format_blueprint(blueprint).encode(), source="any.yaml") == blueprint


def test_paragraphs_are_written_for_people_to_read() -> None:
    identity = Identity(name="Ada", age=36, tagline="clock maker", background="I live in Windle.\nI have a cat.")
    blueprint = parse_blueprint(SMALL.encode(), source="ada.yaml").model_copy(update={"identity": identity})
    assert "    I live in Windle.\n    I have a cat.\n" in format_blueprint(blueprint)


def test_writing_makes_the_folder_and_leaves_one_file(tmp_path: Path) -> None:
    path = tmp_path / "personas" / "ada.yaml"
    blueprint = parse_blueprint(SMALL.encode(), source="ada.yaml")
    write_blueprint(path, blueprint)
    write_blueprint(path, blueprint)
    assert read_blueprint(path) == blueprint
    assert [one.name for one in path.parent.iterdir()] == ["ada.yaml"]


def test_a_file_that_cannot_be_read_or_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone\.yaml cannot be read"):
        read_blueprint(tmp_path / "gone.yaml")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"ada\.yaml cannot be written"):
        write_blueprint(tmp_path / "file" / "ada.yaml", parse_blueprint(SMALL.encode(), source="ada.yaml"))
