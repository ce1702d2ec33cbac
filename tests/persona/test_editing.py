"""A blueprint changed step by step, as data that may be wrong for a while."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.errors import InputError
from companion.persona.editing import blank, checked, data_of, moved, part_at, value_at, with_item, with_value, without_item
from companion.persona.files import read_blueprint

MARA = data_of(read_blueprint(Path(__file__).parents[2] / "personas" / "mara.yaml"))


def test_a_blueprint_is_unchanged_by_becoming_data() -> None:
    blueprint, troubles = checked(MARA)
    assert blueprint is not None and troubles == () and data_of(blueprint) == MARA


def test_one_value_changes_and_nothing_else() -> None:
    data = with_value(MARA, ("character", "big_five", "openness"), 0.5)
    assert value_at(data, ("character", "big_five", "openness")) == 0.5
    assert with_value(data, ("character", "big_five", "openness"), MARA["character"]["big_five"]["openness"]) == MARA
    assert MARA["character"]["big_five"]["openness"] != 0.5, "nothing is changed in place"


def test_what_is_wrong_is_told_at_its_place() -> None:
    _, troubles = checked(with_value(MARA, ("identity", "age"), 17))
    assert [(one.path, one.text) for one in troubles] == [(("identity", "age"), "must be at least 18")]
    _, troubles = checked(with_value(MARA, ("character", "speech", "manner"), ""))
    assert [(one.path, one.text) for one in troubles] == [(("character", "speech", "manner"), "must not be empty")]


def test_items_come_go_and_move() -> None:
    data = with_item(MARA, ("character", "values"), "a new one")
    at = len(data["character"]["values"]) - 1
    up = moved(data, ("character", "values", at), -1)
    assert value_at(up, ("character", "values", at - 1)) == "a new one"
    assert moved(up, ("character", "values", at - 1), 1) == data
    assert without_item(data, ("character", "values", at)) == MARA
    assert moved(MARA, ("character", "values", 0), -1) == MARA, "at an end it stays"


def test_a_part_of_a_portrait_can_be_named_and_left_to_chance_again() -> None:
    path = ("appearance", "portrait", "nose")
    data = with_value(MARA, path, "wide")
    assert without_item(data, path)["appearance"]["portrait"].keys() == MARA["appearance"]["portrait"].keys() - {"nose"}


@pytest.mark.parametrize("path", [("nobody",), ("identity", "name", "x"), ("character", "values", 99), ("openers", "x"), ("identity", 0)])
def test_a_place_that_is_none_is_refused(path: tuple[str | int, ...]) -> None:
    with pytest.raises(InputError):
        part_at(path) and value_at(MARA, path)


def test_an_empty_entry_asks_only_for_what_must_be_written() -> None:
    data = with_item(MARA, ("lorebook", "entries"), blank(part_at(("lorebook", "entries", 0))))
    assert checked(data)[0] is not None or [one.path[-1] for one in checked(data)[1]] == ["content"]
    data = with_item(MARA, ("openers",), blank(part_at(("openers", 0))))
    assert [one.text for one in checked(data)[1]] == ["must not be empty"]


@given(st.randoms(use_true_random=False))
def test_any_walk_of_steps_leaves_data_that_can_be_checked(rng: random.Random) -> None:
    data = MARA
    for _ in range(8):
        path: tuple[str | int, ...] = rng.choice(
            [("openers",), ("boundaries",), ("character", "values"), ("lorebook", "entries"), ("examples",)]
        )
        items = value_at(data, path)
        match rng.randrange(3):
            case 0:
                data = with_item(data, path, blank(part_at((*path, 0))))
            case 1 if items:
                data = without_item(data, (*path, rng.randrange(len(items))))
            case 2 if items:
                data = moved(data, (*path, rng.randrange(len(items))), rng.choice((-1, 1)))
    blueprint, troubles = checked(data)
    assert (blueprint is None) == bool(troubles)
    assert all(value_at(data, one.path) is not ... for one in troubles)
