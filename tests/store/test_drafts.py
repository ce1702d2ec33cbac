"""Drafts: kept at each step, whatever is in them, and undone and done again as a person expects."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from companion.store import drafts as drafts_module
from companion.store.database import open_database, writing
from companion.store.drafts import MOST_STEPS, Drafts
from companion.store.tables import drafts as table
from tests.store.conftest import Clock


@pytest.fixture
def begun(engine: Engine, clock: Clock) -> Drafts:
    return Drafts(engine, clock)


def test_a_draft_need_not_be_valid_nor_belong_to_anybody(begun: Drafts) -> None:
    assert begun.of("somebody-new") is None
    data = {"identity": {"name": "", "age": None}, "extra": [1, 2.5, "ü\ud800"]}
    kept = begun.keep("somebody-new", data, None)
    assert begun.of("somebody-new") == kept and (kept.data, kept.based_on) == (data, None)


def test_steps_are_taken_back_and_done_again(begun: Drafts) -> None:
    one, two = begun.keep("mara", {"a": 1}, 3), begun.keep("mara", {"a": 2}, 3)
    assert begun.steps("mara") == (True, False)
    assert begun.undo("mara") == one == begun.of("mara") and begun.steps("mara") == (False, True)
    assert begun.undo("mara") is None and begun.of("mara") == one
    assert begun.redo("mara") == two == begun.of("mara") and begun.redo("mara") is None


def test_a_step_after_an_undo_cuts_what_could_be_done_again(begun: Drafts) -> None:
    for number in (1, 2, 3):
        begun.keep("mara", {"a": number}, 1)
    begun.undo("mara")
    begun.undo("mara")
    begun.keep("mara", {"a": 9}, 1)
    assert begun.redo("mara") is None
    undone = begun.undo("mara")
    assert undone and undone.data == {"a": 1}


def test_what_changes_nothing_is_no_step(begun: Drafts) -> None:
    begun.keep("mara", {"a": 1}, 1)
    begun.keep("mara", {"a": 1}, 1)
    assert begun.steps("mara") == (False, False)
    begun.keep("mara", {"a": True}, 1)
    assert begun.steps("mara") == (True, False), "yes is not one"


def test_a_dropped_draft_is_gone_with_its_steps_and_nobody_elses(begun: Drafts) -> None:
    for persona in ("mara", "theo"):
        begun.keep(persona, {"a": 1}, 1)
        begun.keep(persona, {"a": 2}, 1)
    begun.drop("mara")
    assert begun.of("mara") is None and begun.undo("mara") is None and begun.steps("mara") == (False, False)
    assert begun.steps("theo") == (True, False)


def test_a_hundred_steps_can_be_taken_back(begun: Drafts) -> None:
    for number in range(MOST_STEPS + 20):
        begun.keep("mara", {"a": number}, 1)
    steps = 0
    while undone := begun.undo("mara"):
        steps += 1
        last = undone
    assert steps == MOST_STEPS and last.data == {"a": 19}


def test_steps_outlive_the_program(begun: Drafts, home: Any, engine: Engine) -> None:
    begun.keep("mara", {"a": 1}, 1)
    begun.keep("mara", {"a": 2}, 1)
    engine.dispose()
    again = open_database(home)
    undone = Drafts(again).undo("mara")
    assert undone and undone.data == {"a": 1}
    again.dispose()


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(drafts_module, "MOST_STEPS", 4)
    yield 4


Acts = st.lists(st.tuples(st.sampled_from(["keep", "keep", "undo", "redo", "drop"]), st.integers(0, 3), st.sampled_from(["a", "b"])))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(Acts)
def test_undo_and_redo_walk_a_line_that_a_new_step_cuts(begun: Drafts, engine: Engine, few: int, acts: list[tuple[str, int, str]]) -> None:
    with writing(engine) as connection:
        connection.execute(delete(table))
    lines: dict[str, tuple[list[int], int]] = {"a": ([], -1), "b": ([], -1)}  # the steps of a persona, and which one is shown
    for act, number, who in acts:
        line, at = lines[who]
        if act == "keep":
            begun.keep(who, {"n": number}, None)
            if at < 0 or line[at] != number:
                line = [*line[: at + 1], number][-few - 1 :]
                at = len(line) - 1
        elif act == "drop":
            begun.drop(who)
            line, at = [], -1
        else:
            to = at - 1 if act == "undo" else at + 1
            told = begun.undo(who) if act == "undo" else begun.redo(who)
            assert (told and told.data["n"]) == (line[to] if 0 <= to < len(line) and at >= 0 else None)
            at = to if told else at
        lines[who] = line, at
        for each, (steps, shown) in lines.items():
            draft = begun.of(each)
            assert (draft and draft.data["n"]) == (steps[shown] if shown >= 0 else None)
            assert begun.steps(each) == (shown > 0, shown >= 0 and shown < len(steps) - 1)
