import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import StorageError
from companion.events import TurnFinished
from companion.learn.learner import Learner
from companion.remember.protocol import Query, Recollection
from companion.turn import Order, take_turn
from tests.desk import Setup, set_up


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return set_up(tmp_path, ["The light ", "is on."])


def test_what_was_told_in_another_conversation_comes_to_her_mind(setup: Setup) -> None:
    setup.take(text="my sister is called Anna")
    Learner(setup.memories).catch_up()
    setup.clock.pass_by(days=40)
    other = setup.store.create("mara", ("Hello again.",)).id
    list(take_turn(setup.desk, Order(other, "send", "do you remember what my sister is called?"), threading.Event()))
    assert "- their sister is called Anna" in setup.engine.requests[-1].prompt.messages[-1].content
    reply = setup.store.path(other)[-1]
    assert reply.recalled[0].kind == "fact"
    assert "The light is on" not in setup.engine.requests[-1].prompt.messages[-1].content


def test_what_she_still_reads_word_for_word_is_not_recalled_as_well(setup: Setup) -> None:
    setup.take(text="my sister is called Anna")
    Learner(setup.memories).catch_up()
    setup.take(text="what is my sister called?")
    assert "You remember" not in setup.engine.requests[-1].prompt.messages[-1].content
    assert setup.store.path(setup.conversation_id)[-1].recalled == ()


def test_a_memory_that_cannot_be_searched_is_no_reason_not_to_answer(setup: Setup) -> None:
    class Broken:
        def recall(self, query: Query) -> tuple[Recollection, ...]:
            raise StorageError("The disk refused.", hint="Check it.")

    desk = replace(setup.desk, remembers=Broken())
    events = list(take_turn(desk, setup.order("hello"), threading.Event()))
    assert isinstance(events[-1], TurnFinished)


def test_what_was_recalled_is_told_when_the_turn_is_over(setup: Setup) -> None:
    told: list[Sequence[str]] = []
    desk = replace(setup.desk, afterwards=lambda conversation_id, recalled: told.append(recalled))
    for event in take_turn(desk, setup.order("hello"), threading.Event()):
        assert told == [] or isinstance(event, TurnFinished)
    assert told == [[]]
