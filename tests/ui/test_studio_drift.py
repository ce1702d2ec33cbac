"""The drift battery in the studio, without a browser: who is asked, what is shown, what is kept, and how it ends early."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.compose import Companion, compose
from companion.errors import ConflictError, InputError
from companion.persona.blueprint import Blueprint
from companion.settings import Settings
from companion.store.drift_checks import Answered, DriftCheck
from companion.studio import Work
from companion.think.fake import FakeEngine
from companion.ui.studio_asking import MOST_PROBES, Asking, Column, columns, manner, score
from companion.ui.studio_drift import battery, chart, history
from tests.ui.tab import Tab

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
BAD = "<img src=x onerror=alert(1)>"


class Kept:
    """Checks in a list."""

    def __init__(self) -> None:
        self._checks: list[DriftCheck] = []

    def keep(self, persona_id: str, version: int, score: float, answers: Sequence[Answered], *, adapter: str = "") -> DriftCheck:
        self._checks.append(DriftCheck(persona_id, version, None, 0, NOW, score, tuple(answers), adapter))
        return self._checks[-1]

    def list(self, persona_id: str, version: int | None = None) -> tuple[DriftCheck, ...]:
        return tuple(one for one in self._checks if one.persona_id == persona_id and version in (None, one.version))


@pytest.fixture
def companion(tmp_path: Path) -> Iterator[Companion]:
    made = compose(Settings(home=tmp_path), engine=FakeEngine(*[["One wave ", "at a time."] for _ in range(60)]))
    yield made
    made.close()


@pytest.fixture
def work(companion: Companion) -> Work:
    id = companion.studio.duplicate("mara").id
    return companion.studio.set(id, ("identity", "tagline"), "keeper of nothing")


def told(answer: Callable[[Blueprint, str], str]) -> Callable[[Blueprint, str], "Future[Any]"]:
    """Someone who answers at once."""

    def ask(blueprint: Blueprint, question: str) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(answer(blueprint, question))
        return future

    return ask


def others(companion: Companion) -> Callable[[str], tuple[Blueprint, ...]]:
    return lambda id: tuple(one.blueprint for one in companion.library.list() if one.id in ("theo", "juno"))


def check(version: int, share: float, *, talk: str | None = None, adapter: str = "") -> DriftCheck:
    answers = (Answered("manner", "How are you?", "", True, 0.75), Answered("fact", "Your name?", "", share > 0.5, 0.5))
    return DriftCheck("mara", version, talk, 40 if talk else 0, NOW, share, answers, adapter)


# --- who is asked


def test_the_saved_version_and_the_draft_are_asked_the_same(companion: Companion, work: Work) -> None:
    checks = Kept()
    asking = Asking(told(lambda blueprint, question: "The tide does not hurry."), others(companion), checks)
    steps = list(asking.run(work))
    saved, draft = steps[-1]
    assert saved.done and draft.done and saved.name == "version 1" and draft.name == "draft"
    assert [one.question for one in saved.answers] == [one.question for one in draft.answers] and len(saved.answers) <= MOST_PROBES
    assert all(sum(len(one.answers) for one in step) == at for at, step in enumerate(steps)), "one answer after the other"
    assert {one.kind for one in saved.answers} == {"fact", "pressure", "false", "manner"}
    (kept,) = checks.list(work.persona.id)
    assert kept.version == 1 and kept.score == score(saved.answers), "what a draft answers is kept nowhere"
    assert not asking.running(work.persona.id)


def test_without_a_draft_one_is_asked_and_with_an_adapter_she_is_asked_bare_as_well(work: Work) -> None:
    assert [one.name for one in columns(replace(work, changes=()))] == ["version 1"]
    saved = work.version.blueprint
    worn = saved.model_copy(update={"model": saved.model.model_copy(update={"adapter": "mara-lora"})})
    asked = columns(replace(work, version=replace(work.version, blueprint=worn)))
    assert [one.name for one in asked] == ["version 1", "version 1, without her adapter", "draft"]
    assert [one.blueprint.model.adapter for one in asked] == ["mara-lora", None, None] and asked[0].adapter == "mara-lora"
    assert asked[1].version == 1 and asked[1].adapter == ""


def test_one_who_talks_like_an_assistant_is_out_of_character(companion: Companion, work: Work) -> None:
    asking = Asking(told(lambda blueprint, question: "As an AI language model, I cannot answer that."), others(companion), Kept())
    saved = list(asking.run(work))[-1][0]
    assert score(saved.answers) < 0.5 and all(one.why for one in saved.answers if not one.passed)


def test_she_is_asked_once_at_a_time(companion: Companion, work: Work) -> None:
    asking = Asking(told(lambda blueprint, question: "Yes."), others(companion), Kept())
    running = asking.run(work)
    next(running)
    assert asking.running(work.persona.id)
    with pytest.raises(ConflictError):
        next(asking.run(work))
    running.close()
    assert not asking.running(work.persona.id), "whoever leaves lets go"


def test_a_battery_that_is_stopped_keeps_nothing(companion: Companion, work: Work) -> None:
    checks = Kept()
    asking = Asking(told(lambda blueprint, question: "Yes."), others(companion), checks)
    steps = []
    for step in asking.run(work):
        steps.append(step)
        if len(steps) == 3:
            asking.stop(work.persona.id)
    assert len(steps) == 3 and checks.list(work.persona.id) == ()


def test_an_answer_that_is_waited_for_is_given_up_when_it_is_stopped(companion: Companion, work: Work) -> None:
    asked: Future[Any] = Future()
    waits = threading.Event()

    def ask(blueprint: Blueprint, question: str) -> "Future[Any]":
        waits.set()
        return asked

    asking = Asking(ask, others(companion), Kept())
    steps: list[tuple[Column, ...]] = []
    follower = threading.Thread(target=lambda: steps.extend(asking.run(work)))
    follower.start()
    assert waits.wait(30)
    asking.stop(work.persona.id)
    follower.join(30)
    assert not follower.is_alive() and asked.cancelled() and len(steps) == 1


# --- what is shown


def test_each_answer_stands_with_its_verdict() -> None:
    good = Answered("fact", "What is your cat called?", "Pilot, and he knows it.", True, 0.8)
    bad = replace(good, reply="Rex.", passed=False, why="does not say Pilot")
    drawn = battery((Column("version 3", _any(), 3, answers=(good,), probes=1), Column("draft", _any(), answers=(bad,), probes=1)))
    assert "Pilot, and he knows it." in drawn and "does not say Pilot" in drawn and "100\u00a0%" in drawn and ">0\u00a0%" in drawn
    assert drawn.count('aria-label="in character"') == 1 and drawn.count('aria-label="out of character"') == 1
    assert "<details open>" in drawn, "what failed is open"
    assert "Ask her again" in drawn and "Stop" not in drawn


def test_while_it_runs_it_says_how_far_and_can_be_stopped() -> None:
    drawn = battery((Column("version 3", _any(), 3, answers=(Answered("fact", "?", "!", True, 0.5),), probes=12),), running=True)
    assert "1 of 12 answers" in drawn and 'data-act="stop_battery"' in drawn and 'data-act="battery"' not in drawn


def test_before_anything_was_asked_it_invites() -> None:
    assert "Ask her the battery" in battery() and "see what a change does" in history((), NOW)


def test_no_text_of_anyones_is_markup() -> None:
    one = Answered("fact", BAD, BAD, False, 0.5, BAD)
    drawn = battery((Column(BAD, _any(), 1, answers=(one,), probes=1),), stopped=True)
    assert "<img" not in drawn and drawn.count("&lt;img") >= 4


def test_the_history_tells_versions_apart_and_where_she_was_asked() -> None:
    drawn = history((check(1, 0.5), check(2, 0.9, talk="c", adapter="mara-lora")), NOW)
    assert "v1" in drawn and "v2" in drawn and drawn.count("version-line") == 1
    assert "after 40 messages of a talk · with her adapter" in drawn and "asked here" in drawn
    assert drawn.index("<td>2</td>") < drawn.index("<td>1</td>"), "the newest first"
    assert "0.75" in drawn


def test_with_and_without_her_adapter_are_two_lines() -> None:
    both = chart([check(1, 0.9, adapter="mara-lora"), check(1, 0.6), check(2, 0.95, adapter="mara-lora"), check(2, 0.5)])
    assert both.count("<polyline") == 2 and "with her adapter" in both and "without her adapter" in both
    assert "adapter" not in chart([check(1, 0.9), check(2, 0.8)])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_a_better_check_is_drawn_higher(shares: list[float]) -> None:
    places = [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', chart([check(1, one) for one in shares]))]
    assert len(places) == len(shares) and all(0 <= x <= 340 and 0 <= y <= 150 for x, y in places)
    assert [x for x, _ in places] == sorted(x for x, _ in places)
    best = max(range(len(shares)), key=shares.__getitem__)
    assert places[best][1] == min(y for _, y in places)


def test_figures_of_nothing() -> None:
    assert score(()) == 1.0 and manner(()) is None
    assert manner((Answered("manner", "", "", True, 0.4), Answered("fact", "", "", True, 0.9))) == 0.4


# --- in the tab


def drift_of(companion: Companion) -> Tab:
    tab = Tab(companion)
    tab.do(tab.actions.section(tab.bench, "drift"))
    return tab


def test_the_battery_is_asked_from_the_tab_and_leaves_no_trace_but_its_own(companion: Companion) -> None:
    tab = drift_of(companion)
    assert 'data-section="drift"' in tab.text("form") and "Ask her the battery" in tab.text("drift")
    drawn = tab.do(tab.actions.battery(tab.bench))
    assert "0 of" in str(drawn[0].drift) and "One wave at a time." in tab.text("drift") and "Ask her again" in tab.text("drift")
    assert "<td>1</td>" in tab.text("side")
    assert companion.conversations.list() == () and not companion.memories.list("mara")


def test_another_persona_begins_anew(companion: Companion) -> None:
    tab = drift_of(companion)
    tab.do(tab.actions.battery(tab.bench))
    tab.do(tab.actions.enter(tab.bench, "theo"))
    assert "Ask her the battery" in tab.text("drift") and "see what a change does" in tab.text("side")


def test_stopping_what_does_not_run_does_no_harm(companion: Companion) -> None:
    tab = drift_of(companion)
    assert tab.do(tab.actions.stop_battery(tab.bench)) == []


def test_what_cannot_be_asked_is_said_and_the_page_is_not_left_waiting(companion: Companion, monkeypatch: pytest.MonkeyPatch) -> None:
    tab = drift_of(companion)

    def busy(work: Work) -> Iterator[Any]:
        yield ()
        raise InputError("The model is busy.", hint="Ask again later.")

    monkeypatch.setattr(tab.actions._asking, "run", busy)
    tab.do(tab.actions.battery(tab.bench))
    assert "The model is busy." in str(tab.shown["toast"]) and "Stop" not in tab.text("drift")


def _any() -> Blueprint:
    return Blueprint.model_construct()
