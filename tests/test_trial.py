"""Asking on the side: nothing of it stays."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from companion.errors import NotFoundError
from companion.settings import Settings
from companion.store.tables import metadata
from companion.think.fake import FakeEngine
from companion.trial import SEED, Trial
from companion.worker import Worker
from tests.desk import Setup, library, set_up

WAIT_S = 30


@contextmanager
def tried(setup: Setup, home: Path) -> Iterator[Trial]:
    worker = Worker(setup.desk)
    try:
        yield Trial(worker, setup.desk.writer, Settings(home=home), setup.clock, setup.desk)
    finally:
        worker.shutdown()


def everything(setup: Setup) -> dict[str, list[tuple[object, ...]]]:
    database: Engine = setup.store._engine
    with database.connect() as connection:
        return {table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables}


def test_a_side_branch_reads_what_a_turn_would_read_and_leaves_the_home_as_it_was(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["A dog, then."], ["In Skerry Point."], ["In Skerry Point."])
    setup.take(text="I have a dog called Rex.")
    before = everything(setup)
    with tried(setup, tmp_path) as trial:
        assert trial.ask_within(setup.conversation_id, "Where do you live?").result(WAIT_S) == "In Skerry Point."
    assert everything(setup) == before
    aside = setup.engine.requests[-1]
    setup.take(text="Where do you live?")
    turn = setup.engine.requests[-1]
    assert [one.content for one in aside.prompt.messages[:-1]] == [one.content for one in turn.prompt.messages[:-1]]
    assert aside.prompt.messages[-1].content.endswith("Where do you live?") and aside.prompt.stable == turn.prompt.stable
    assert any("Rex" in one.content for one in aside.prompt.messages)


def test_a_side_branch_does_not_take_over_what_was_read_of_the_conversation(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Hello."])
    setup.take(text="Hello!")
    with tried(setup, tmp_path) as trial:
        trial.ask_within(setup.conversation_id, "Who are you?").result(WAIT_S)
        trial.ask_within(setup.conversation_id, "Who are you?").result(WAIT_S)
    told, first, second = setup.engine.requests
    assert told.cache_key == setup.conversation_id and first.cache_key == second.cache_key == ""
    assert first.constraints.seed == second.constraints.seed == SEED, "the same dice each time"
    assert [one.content for one in first.prompt.messages[:-1]] == [one.content for one in second.prompt.messages[:-1]]


def test_a_conversation_that_is_gone_cannot_be_asked(tmp_path: Path) -> None:
    setup = set_up(tmp_path)
    with tried(setup, tmp_path) as trial, pytest.raises(NotFoundError):
        trial.ask_within("nowhere", "Who are you?").result(WAIT_S)


def test_a_blueprint_is_asked_outside_of_every_conversation(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Pilot."])
    before = everything(setup)
    with tried(setup, tmp_path) as trial:
        assert trial.ask(library().get("mara").blueprint, "What is your cat called?").result(WAIT_S) == "Pilot."
    assert everything(setup) == before


def test_who_wants_a_reply_comes_first(tmp_path: Path) -> None:
    setup = set_up(tmp_path, ["Aside."], ["To you."], ["Aside again."], gate=True)
    engine: FakeEngine = setup.engine
    worker = Worker(setup.desk)
    try:
        trial = Trial(worker, setup.desk.writer, Settings(home=tmp_path), setup.clock, setup.desk)
        asked = trial.ask_within(setup.conversation_id, "Who are you?")
        assert engine.waiting.wait(WAIT_S)
        turn = worker.start(setup.order("Hello?"))
        threading.Thread(target=lambda: engine.release(20)).start()
        *_, end = worker.follow(turn)
        assert end.text == "To you." and asked.result(WAIT_S) == "Aside again."  # type: ignore[union-attr]
    finally:
        engine.release(20)
        worker.shutdown()
