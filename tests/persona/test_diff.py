"""What two versions of a persona differ in, as it is listed for whoever saves one."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from companion.persona.blueprint import Blueprint, Goal, IPAdapter, Outfit, Visual
from companion.persona.diff import differences, words
from companion.persona.files import read_blueprint
from companion.persona.lorebook import Entry, Lorebook
from tests.persona.test_files import blueprints

MARA = read_blueprint(Path(__file__).parents[2] / "personas" / "mara.yaml")


def changed(**fields: object) -> Blueprint:
    return MARA.model_copy(update=fields)


def with_lore(*entries: Entry) -> Blueprint:
    return changed(lorebook=Lorebook(entries=entries))


def test_one_field_is_one_change_in_words_of_the_page() -> None:
    calmer = MARA.character.big_five.model_copy(update={"openness": 0.9})
    (change,) = differences(MARA, changed(character=MARA.character.model_copy(update={"big_five": calmer})))
    assert (change.path, change.label) == (("character", "big_five", "openness"), "Character · openness")
    assert (change.before, change.after, change.kind) == ("0.6", "0.9", "changed")


def test_an_entry_is_called_by_its_title() -> None:
    old, new = (with_lore(Entry(comment="The lighthouse", content=text)) for text in ("It is tall.", "It is white."))
    (change,) = differences(old, new)
    assert change.label == "Lorebook · The lighthouse · content"
    assert change.path == ("lorebook", "entries", 0, "content")


def test_an_item_put_in_front_is_one_addition() -> None:
    (change,) = differences(MARA, changed(openers=("Hello.", *MARA.openers)))
    assert (change.path, change.label, change.before, change.after, change.kind) == (("openers", 0), "Openers · 1", "", "Hello.", "added")


def test_an_item_put_in_front_hides_no_change_behind_it() -> None:
    first, *rest = MARA.goals
    other = Goal(name="to sleep", utility=0.1)
    found = differences(MARA, changed(goals=(other, first.model_copy(update={"utility": 0.1}), *rest)))
    assert [(one.path, one.kind) for one in found] == [(("goals", 0), "added"), (("goals", 1, "utility"), "changed")]
    assert found[1].label == f"Goals · {first.name} · utility"


def test_what_is_gone_is_told_at_its_old_place() -> None:
    (change,) = differences(MARA, changed(goals=MARA.goals[1:]))
    assert (change.path, change.kind, change.after) == (("goals", 0), "removed", "")
    assert change.before.startswith(f"name: {MARA.goals[0].name}")


def test_what_is_there_for_the_first_time_is_an_addition() -> None:
    visual = MARA.visual.model_copy(update={"ip_adapter": IPAdapter(model="plus-face")})
    (change,) = differences(MARA, changed(visual=visual))
    assert (change.label, change.kind) == ("Visual · ip adapter", "added") and "plus-face" in change.after


def test_texts_that_are_written_alike_are_told_apart() -> None:
    old, new = (changed(lorebook=Lorebook(entries=(Entry(content="x", keys=keys),))) for keys in (("a", "b"), ("a\nb",)))
    assert differences(old, new)
    assert differences(changed(visual=Visual(wardrobe=(Outfit(name="a", description="b"),))), changed(visual=Visual()))


@given(blueprints, blueprints)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_there_is_no_difference_just_when_they_are_equal(one: Blueprint, other: Blueprint) -> None:
    assert differences(one, one.model_copy(deep=True)) == ()
    assert bool(differences(one, other)) == (one != other)


shapes = st.lists(st.sampled_from([Entry(content=text, comment=title) for text in "xyz" for title in ("", "a", "b")]), max_size=6)


@given(shapes, shapes)
@settings(deadline=None)
def test_so_it_is_in_lists_with_much_alike(one: list[Entry], other: list[Entry]) -> None:
    assert bool(differences(with_lore(*one), with_lore(*other))) == (one != other)


def test_words_tell_what_was_written_in_and_taken_out() -> None:
    assert words("the grey sea", "the wide grey sea") == (("kept", "the "), ("added", "wide "), ("kept", "grey sea"))
    assert words("keeper", "keeper of nothing") == (("kept", "keeper"), ("added", " of nothing"))
    assert words("", "") == ()


@given(*[st.text(alphabet="ab \n", max_size=40)] * 2)
def test_the_runs_hold_both_texts_whole(before: str, after: str) -> None:
    runs = words(before, after)
    assert "".join(text for kind, text in runs if kind != "added") == before
    assert "".join(text for kind, text in runs if kind != "removed") == after
    assert all(text for _, text in runs)
