import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from companion.errors import ModelError
from companion.think.fake import FakeEngine
from companion.think.local import LocalEngine
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage, Written
from companion.think.watchdog import Watchdog
from tests.think.checkpoints import save_checkpoint, starter_like

LONG_S = 60.0  # a bound on waiting for what must happen; nothing waits this long when it does


@dataclass
class Clock:
    """A clock that goes on by `step_s` at each look; `pass_by` moves it and waits until the watchdog has seen that."""

    step_s: float = 0.0
    now: float = 0.0
    looked: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> float:
        self.now += self.step_s
        self.looked.set()
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.looked.clear()
        assert self.looked.wait(LONG_S)


class Reader(FakeEngine):
    """Reads a prompt in ten parts of 20 seconds before it writes."""

    def __init__(self, clock: Clock, *, signs: bool) -> None:
        super().__init__(["Yes."])
        self._clock, self._signs = clock, signs

    def write(self, request: GenerationRequest) -> Iterator[Piece | Written]:
        for _ in range(10):
            self._clock.pass_by(20)
            if request.over() if self._signs else request.cancel.is_set():
                yield Written("stopped", 0, 0, 0, 0.0, 0.0)
                return
        yield from super().write(request)


def request(key: str = "talk") -> GenerationRequest:
    return GenerationRequest(Prompt((PromptMessage("user", "Hi"),)), Constraints(), key)


def watched(engine: FakeEngine, clock: Clock | None = None) -> Watchdog:
    return Watchdog(engine, stuck_s=30, let_go_s=100, look_s=0.005, tick=clock or Clock())


def text_of(parts: Iterator[Piece | Written]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Piece))


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def test_an_engine_that_gets_on_is_left_alone() -> None:
    engine = FakeEngine(["The light ", "is on."])
    dog = watched(engine)
    parts = list(dog.write(request()))
    assert text_of(iter(parts)) == "The light is on." and isinstance(parts[-1], Written)
    dog.settle(request())
    assert len(engine.settled) == 1 and dog.card() == engine.card() and dog.count_tokens("two words") == 2


def test_a_long_prompt_is_no_standstill_when_its_parts_are_read() -> None:
    clock = Clock()
    assert text_of(watched(Reader(clock, signs=True), clock).write(request())) == "Yes.", "200 s, a sign each 20"


def test_silence_ends_a_reply_with_a_hint_and_the_next_one_is_written() -> None:
    clock = Clock()
    engine = Reader(clock, signs=False)
    dog = watched(engine, clock)
    with pytest.raises(ModelError, match="got nowhere for 30 seconds") as caught:
        list(dog.write(request()))
    assert caught.value.retryable and "Try again" in caught.value.hint and "COMPANION_STUCK_S" in caught.value.hint
    assert text_of(FakeEngine.write(engine, request())) == "Yes."
    engine._signs = True
    assert text_of(dog.write(request())) == "Yes."


def test_what_was_written_before_stands() -> None:
    clock = Clock()
    engine = FakeEngine(["Half", " a word"], gate=True)
    dog = watched(engine, clock)
    reply = dog.write(request())
    engine.release()
    assert next(reply) == Piece("Half")
    clock.step_s = 20
    with pytest.raises(ModelError):
        list(reply)


def test_an_engine_that_does_not_let_go_fails_at_once_until_it_comes_back() -> None:
    clock = Clock(step_s=20)
    engine = FakeEngine(["Never", " heard"], gate=True, deaf=True)
    dog = watched(engine, clock)
    with pytest.raises(ModelError, match="got nowhere") as caught:
        list(dog.write(request()))
    assert "choose another model" in caught.value.hint
    for ask in (lambda: list(dog.write(request())), lambda: dog.settle(request())):
        with pytest.raises(ModelError, match="held") as refused:
            ask()
        assert refused.value.retryable
    assert len(engine.requests) == 1 and engine.settled == []
    engine.release(9)
    clock.step_s = 0
    assert dog._call is not None and dog._call.done.wait(LONG_S)
    assert text_of(dog.write(request())) == "Never heard"


def test_reading_ahead_that_gets_nowhere_is_given_up_too() -> None:
    engine = FakeEngine(linger=True, deaf=True, gate=True)
    dog = watched(engine, Clock(step_s=20))
    with pytest.raises(ModelError, match="got nowhere"):
        dog.settle(request())
    engine.release(9)


def test_unloading_does_not_wait_for_ever_and_happens_when_it_can() -> None:
    engine = FakeEngine(["Never"], gate=True, deaf=True)
    clock = Clock(step_s=20)
    dog = watched(engine, clock)
    dog.load()
    with pytest.raises(ModelError):
        list(dog.write(request()))
    dog.unload()
    assert not engine.unloaded.is_set()
    engine.release(9)
    assert engine.unloaded.wait(LONG_S)


def test_an_engine_at_rest_is_unloaded_when_unload_returns() -> None:
    engine = FakeEngine()
    dog = watched(engine)
    dog.load()
    list(dog.write(request()))
    dog.unload()
    assert engine.unloaded.is_set()
    assert text_of(dog.write(request())) == "Hello there.", "it can be used again"


def test_leaving_early_stops_the_engine() -> None:
    engine = FakeEngine(["One", " two"], gate=True)
    dog, asked = watched(engine), request()
    reply = dog.write(asked)
    engine.release()
    next(reply)
    reply.close()  # type: ignore[attr-defined]
    assert asked.cancel.is_set()
    assert dog._call is not None and dog._call.done.is_set(), "the next reply can begin"


def test_what_the_engine_raises_is_raised() -> None:
    dog = watched(FakeEngine(fail_with=ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        list(dog.write(request()))


def test_what_is_read_while_it_is_forgotten_is_forgotten_again() -> None:
    engine = FakeEngine(linger=True)
    dog, asked = watched(engine), request()
    reading = threading.Thread(target=dog.settle, args=(asked,))
    reading.start()
    assert engine.settled_once.wait(LONG_S)
    dog.forget("talk")
    assert engine.forgotten == ["talk"], "at once"
    asked.cancel.set()
    reading.join(LONG_S)
    dog.settle(asked)  # its turn comes after that
    assert engine.forgotten == ["talk", "talk"]
    dog.forget("talk")
    assert engine.forgotten == ["talk"] * 3, "at rest, once is enough"


def test_a_network_writes_the_same_when_it_is_watched(tmp_path: Path) -> None:
    folder = save_checkpoint(tmp_path / "tiny", starter_like())
    engine = LocalEngine(folder, device="cpu", dtype="float32")
    bounds = Constraints(temperature=0, max_tokens=12)
    talk = Prompt((PromptMessage("system", "You are Ada. " * 150), PromptMessage("user", "Hello")))
    alone = text_of(engine.write(GenerationRequest(talk, bounds)))
    signs: list[None] = []
    signalling = GenerationRequest(talk, bounds, alive=lambda: signs.append(None))
    account = list(engine.write(signalling))[-1]
    assert isinstance(account, Written)
    assert len(signs) > account.passes + account.prompt_tokens // 512, "between parts of the prompt and after each pass"
    assert text_of(Watchdog(engine, stuck_s=60).write(GenerationRequest(talk, bounds))) == alone
