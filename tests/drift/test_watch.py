"""Batteries in idle time: when they are due, that they can be ended, and that they leave a check and nothing else."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.drift.battery import Battery
from companion.drift.watch import PROBES, Asked, Watch, due
from companion.errors import ModelError
from companion.store.conversations import Conversations
from companion.store.database import open_database
from companion.store.drift_checks import DriftChecks
from tests.drift.people import blueprint, everyone

WAIT_S = 30


class Home:
    def __init__(self, folder: Path) -> None:
        self.database = open_database(folder)
        self.checks = DriftChecks(self.database)
        talk = Conversations(self.database).create("mara", ["Hello."]).id
        self.asked, self.questions = Asked("mara", 3, talk, 50), list[str]()
        self.answer: Callable[[str], str] = lambda question: "One wave at a time."
        self.done = threading.Event()

    def ask(self, conversation_id: str, question: str) -> "Future[str]":
        self.questions.append(question)
        future: Future[str] = Future()
        try:
            future.set_result(self.answer(question))
        except Exception as error:
            future.set_exception(error)
        return future

    def watch(self, every: int = 50) -> Watch:
        battery = Battery(blueprint("mara"), everyone())
        return Watch(self.ask, lambda persona_id, version: battery, self.checks, every=every, done=lambda conversation_id: self.done.set())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.database.dispose()


@given(st.integers(0, 500), st.integers(0, 60), st.integers(0, 500))
def test_a_battery_is_due_once_enough_was_said_since_the_last(turns: int, every: int, checked: int) -> None:
    assert due(turns, every, checked) == (every > 0 and (turns - checked if checked <= turns else turns) >= every)


def test_what_is_due_is_asked_and_kept(home: Home) -> None:
    watch = home.watch()
    assert watch.finished(home.asked) and home.done.wait(WAIT_S)
    (check,) = home.checks.list("mara")
    assert (check.version, check.conversation_id, check.turn) == (3, home.asked.conversation_id, 50)
    assert len(check.answers) == len(home.questions) == PROBES and 0 < check.score < 1
    watch.stop()
    assert not watch.finished(replace(home.asked, turns=500))


def test_what_is_not_due_is_not(home: Home) -> None:
    watch = home.watch()
    assert not watch.finished(replace(home.asked, turns=49)) and not home.watch(every=0).finished(home.asked)
    watch.check(home.asked)
    assert not watch.finished(replace(home.asked, turns=99)) and home.questions[PROBES:] == []
    assert watch.finished(replace(home.asked, turns=100)) and home.done.wait(WAIT_S)


def test_one_that_is_ended_keeps_nothing(home: Home) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly(question: str) -> str:
        begun.set()
        assert go_on.wait(WAIT_S)
        return "Hm."

    home.answer = slowly
    watch = home.watch()
    assert watch.finished(home.asked) and begun.wait(WAIT_S) and not watch.finished(home.asked), "one at a time"
    stopping = threading.Thread(target=watch.stop, args=(WAIT_S,))
    stopping.start()
    while not watch._over.is_set():
        pass
    go_on.set()
    stopping.join(WAIT_S)
    assert home.done.is_set() and home.checks.list("mara") == () and len(home.questions) == 1


def test_a_model_that_fails_is_no_trouble_to_anybody(home: Home) -> None:
    def fails(question: str) -> str:
        raise ModelError("The model failed.", hint="Try again.")

    home.answer = fails
    watch = home.watch()
    assert watch.finished(home.asked) and home.done.wait(WAIT_S) and home.checks.list("mara") == ()
    with pytest.raises(ModelError):
        watch.check(home.asked)
