"""A model reads after the rules: what it is asked, what is kept of it, and that nobody ever waits for it."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from companion import extracting
from companion.errors import ModelError
from companion.extracting import CACHE_KEY, Extracting
from companion.learn.extraction import extraction
from companion.learn.learner import Learner
from companion.store.backlog import MOST_FAILURES
from companion.think import local
from companion.think.fake import FakeEngine
from companion.think.local import LocalEngine
from companion.think.protocol import GenerationRequest, Piece, Written
from companion.think.remote import RemoteEngine
from companion.worker import Worker
from tests.desk import Setup, set_up
from tests.think.checkpoints import save_checkpoint, starter_like
from tests.think.server import Handler, refuses, says, serving

LONG_S = 60.0
BLANK = {"about": "user", "what": "home", "value": "", "when": "", "denied": False, "note": ""}
SHED = {"what": "other", "value": "the shed", "note": "they are repainting the shed"}


def reply(*items: dict[str, Any]) -> str:
    return json.dumps({"statements": [BLANK | item for item in items]})


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return set_up(tmp_path, ["I see."])


def say(setup: Setup, text: str) -> None:
    answer = setup.store.begin_turn(setup.conversation_id, text)[1]
    setup.store.finish_reply(answer.id, "I see.", "complete", "end")
    Learner(setup.memories).catch_up()


def known(setup: Setup) -> dict[str, str]:
    return {memory.text: memory.extractor for memory in setup.memories.list("mara")}


def waiting(setup: Setup) -> int:
    return len(setup.memories.unextracted("mara"))


def read(setup: Setup, engine: Any, cancel: threading.Event | None = None) -> int:
    return Extracting(setup.memories).read(engine, "mara", cancel or threading.Event())


def test_both_extractors_share_one_memory_and_the_model_adds(setup: Setup) -> None:
    say(setup, "I live in Porto. I'm repainting the shed")
    engine = FakeEngine([reply({"value": "Porto"}, SHED)], capable=True)
    told: list[int] = []
    assert Extracting(setup.memories, learnt=lambda: told.append(1)).read(engine, "mara", threading.Event()) == 1
    assert known(setup) == {"they live in Porto": "rules", "they are repainting the shed": "model"}
    assert told == [1] and waiting(setup) == 0
    (asked,) = engine.requests
    assert asked.schema == extraction().schema and asked.constraints.temperature == 0 and asked.cache_key == CACHE_KEY
    assert engine.forgotten == [CACHE_KEY]
    assert read(setup, engine) == 0 and len(engine.requests) == 1


def test_a_model_that_is_not_capable_is_asked_nothing(setup: Setup) -> None:
    say(setup, "I live in Porto")
    engine = FakeEngine([reply()])
    assert read(setup, engine) == 0 and engine.requests == [] and waiting(setup) == 1


def test_garbage_teaches_nothing_and_is_not_asked_for_for_ever(setup: Setup) -> None:
    say(setup, "I live in Porto")
    engine = FakeEngine(["I am ", "sorry."], capable=True)
    for _ in range(MOST_FAILURES + 2):
        assert read(setup, engine) == 0
    assert len(engine.requests) == MOST_FAILURES and known(setup) == {"they live in Porto": "rules"}


def test_a_model_that_fails_is_asked_again_another_time(setup: Setup) -> None:
    say(setup, "I'm repainting the shed")
    failure = ModelError("It is busy.", hint="Try again.")
    failure.retryable = True
    engine = FakeEngine([reply(SHED)], fail_with=failure, capable=True)
    for _ in range(MOST_FAILURES + 2):
        assert read(setup, engine) == 0
    engine.fail_with = None
    assert read(setup, engine) == 1 and known(setup) == {"they are repainting the shed": "model"}


def test_a_message_that_cannot_be_asked_about_holds_up_no_other(setup: Setup) -> None:
    say(setup, "I'm repainting the shed")
    say(setup, "a very long one")

    class Short(FakeEngine):
        def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
            if request.prompt.messages[0].content.endswith("a very long one"):
                raise ModelError("It is too long.", hint="Shorten it.")
            yield from super().write(request)

    engine = Short([reply(SHED)], capable=True)
    assert read(setup, engine) == 0
    assert read(setup, engine) == 1 and known(setup) == {"they are repainting the shed": "model"}


def test_what_is_interrupted_waits_on(setup: Setup) -> None:
    say(setup, "I'm repainting the shed")
    engine, cancel = FakeEngine([reply(SHED)[:20], reply(SHED)[20:]], gate=True, capable=True), threading.Event()
    thread = threading.Thread(target=read, args=(setup, engine, cancel))
    thread.start()
    assert engine.waiting.wait(LONG_S)
    cancel.set()
    thread.join(LONG_S)
    assert not thread.is_alive() and waiting(setup) == 1 and known(setup) == {}


def test_a_new_message_interrupts_it_at_once(tmp_path: Path) -> None:
    """The engine holds every piece back; only a cancel lets the reading go, so the reply comes only if it is interrupted."""
    setup = set_up(tmp_path, ["{"], ["Yes."], gate=True, capable=True)
    say(setup, "I'm repainting the shed")
    ended = threading.Event()

    def studies(engine: Any, persona_id: str, cancel: threading.Event) -> int:
        read = Extracting(setup.memories).read(engine, persona_id, cancel)
        ended.set()
        return read

    worker = Worker(replace(setup.desk, studies=studies))
    worker.prepare(setup.conversation_id)
    assert setup.engine.waiting.wait(LONG_S)
    turn_id = worker.start(setup.order("Hi"))
    assert ended.wait(LONG_S)
    setup.engine.release(2)
    assert [type(event).__name__ for event in worker.follow(turn_id)][-1] == "TurnFinished"
    assert setup.texts()[-1] == "Yes."
    worker.shutdown(LONG_S)
    assert [message.text for message in setup.memories.unextracted("mara")] == ["I'm repainting the shed"]


def test_a_model_on_this_machine_with_random_weights_invents_nothing(setup: Setup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(setup, "I live in Porto")
    folder = save_checkpoint(tmp_path / "tiny", starter_like(), context_tokens=8192)
    engine = LocalEngine(folder, device="cpu", dtype="float32", context_tokens=8192)
    engine.load()
    assert not engine.card().capable
    monkeypatch.setattr(local, "CAPABLE_WEIGHTS", 1)
    monkeypatch.setattr(extracting, "REPLY_TOKENS", 120)
    assert engine.card().capable and not LocalEngine(folder, built_in=True).card().capable
    read(setup, engine)
    assert known(setup) == {"they live in Porto": "rules"}
    assert engine.held() == (0, 0)


def connected(url: str) -> RemoteEngine:
    return RemoteEngine(url, "some-model", context_tokens=8192, retries=0)


def picky(handler: Handler, body: dict[str, Any]) -> None:
    answer = refuses(400, "json_schema is not supported") if "response_format" in body else says(reply(SHED))
    answer(handler, body)


def test_a_server_that_takes_no_schema_is_asked_in_words(setup: Setup) -> None:
    say(setup, "I'm repainting the shed")
    with serving(picky) as server:
        engine = connected(server.url)
        assert read(setup, engine) == 1
        engine.unload()
    assert [("response_format" in body) for body in server.bodies] == [True, False]
    assert known(setup) == {"they are repainting the shed": "model"}


def test_a_server_that_returns_garbage_teaches_nothing(setup: Setup) -> None:
    say(setup, "I'm repainting the shed")
    with serving(says('{"statements":[{"about":"user"', finish="length")) as server:
        engine = connected(server.url)
        assert read(setup, engine) == 0
        engine.unload()
    assert known(setup) == {} and waiting(setup) == 1


def test_a_slow_server_is_left_when_somebody_writes(setup: Setup) -> None:
    say(setup, "I'm repainting the shed")
    cancel = threading.Event()

    def slow(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        handler.piece(reply(SHED)[:12])
        cancel.set()
        handler.wait_for_leaving()

    with serving(slow) as server:
        engine = connected(server.url)
        assert read(setup, engine, cancel) == 0
        assert server.left.wait(LONG_S)
        engine.unload()
    assert known(setup) == {} and waiting(setup) == 1
