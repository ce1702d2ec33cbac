"""Every handler of the built page: that it takes and gives as many values as it is wired to, and tells nobody else."""

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from companion.compose import Companion, compose
from companion.settings import Settings
from companion.think.fake import FakeEngine
from companion.ui.page import build_page, launch_arguments

EVENTS = {
    "send", "rewrite", "stop", "undo", "opener", "again", "answer", "grow", "edit", "swipe", "branch", "delete", "earlier",
    "choose", "open", "new", "rename", "remove", "export", "search", "use", "fetch", "bring", "tick", "load", "change",
    "select", "ask", "filter", "clear", "period", "further", "show", "begin", "keep", "save", "pin", "hide", "merge", "forget", "close",
    "weigh", "forget_all", "remember", "finish", "memory", "source", "differ", "move", "append", "section", "sort", "entry", "test",
    "redo", "everyone", "find",
    "duplicate", "discard", "work", "restore", "write", "create", "enter", "enter_studio",
    "cause", "say", "example", "begins", "unsay", "begin_again", "battery", "stop_battery",
    "look", "survey", "shoot", "dismiss", "unselect", "compare", "like", "favourite", "vary", "repaint", "portrait",
    "reference", "compare_with", "warm", "fill", "cell", "stop_warming", "picture",
}  # fmt: skip


@pytest.fixture(scope="module")
def companion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Companion]:
    made = compose(Settings(home=tmp_path_factory.mktemp("home")), engine=FakeEngine())
    yield made
    made.close()


@pytest.fixture(scope="module")
def handlers(companion: Companion) -> list[Any]:
    async def built() -> gr.Blocks:  # in a running loop, because Gradio would leave one of its own behind
        return build_page(companion)

    return list(asyncio.run(built()).fns.values())


def test_every_action_of_the_page_is_wired(handlers: list[Any]) -> None:
    assert {event for handler in handlers for _, event in handler.targets} - {"cancel"} >= EVENTS


def test_every_handler_takes_what_it_is_given(handlers: list[Any]) -> None:
    for handler in handlers:
        if handler.fn is None:
            continue
        parameters = inspect.signature(handler.fn).parameters.values()
        special = [one for one in parameters if one.annotation in (gr.EventData, gr.Request)]
        required = [one for one in parameters if one.default is inspect.Parameter.empty and one not in special]
        assert len(required) <= len(handler.inputs) <= len(parameters) - len(special), handler


def test_no_handler_is_part_of_a_public_interface(handlers: list[Any]) -> None:
    assert {handler.api_visibility for handler in handlers if handler.fn is not None} == {"private"}


def test_leaving_a_conversation_lets_go_of_every_reply_being_followed(handlers: list[Any]) -> None:
    follows = {handler._id for handler in handlers if handler.concurrency_id == "following"}
    begun = {event for handler in handlers if handler._id in follows for _, event in handler.targets}
    assert begun == {"send", "rewrite", "opener", "again", "answer", "grow", "change"}
    leaving = [handler for handler in handlers if handler.cancels]
    assert {event for handler in leaving for _, event in handler.targets} == {"choose", "open", "new", "remove", "undo", "source", "change"}
    assert all(set(handler.cancels) == follows for handler in leaving)


def test_the_page_is_not_shared_and_keeps_no_history_of_runs(companion: Companion) -> None:
    arguments = launch_arguments(companion)
    assert arguments["share"] is False and arguments["run_history"] is False and arguments["enable_monitoring"] is False
    assert all(Path(path).is_file() for path in (*arguments["css_paths"], arguments["favicon_path"]))
