import threading

import pytest

from companion.errors import ModelError
from companion.think.fake import FakeEngine
from companion.think.protocol import Constraints, Engine, GenerationRequest, Piece, Prompt, PromptMessage, Written


def request() -> GenerationRequest:
    return GenerationRequest(Prompt((PromptMessage("user", "Hi you"),)), Constraints())


def test_scripts_are_written_in_turn() -> None:
    engine: Engine = FakeEngine(["a", "b"], ["c"])
    assert list(engine.write(request())) == [Piece("a"), Piece("b"), Written("end", 2, 0, 2, 1.0, 1.0)]
    assert next(iter(engine.write(request()))) == Piece("c")
    assert next(iter(engine.write(request()))) == Piece("c")


def test_a_gated_piece_waits_and_can_be_cancelled() -> None:
    engine, order = FakeEngine(["a", "b"], gate=True), request()
    told: list[Piece | Written] = []
    reader = threading.Thread(target=lambda: told.extend(engine.write(order)))
    reader.start()
    assert engine.waiting.wait(10)
    engine.release()
    order.cancel.set()
    reader.join(10)
    assert isinstance(told[-1], Written) and told[-1].reason == "stopped"


def test_a_failure_comes_after_what_was_written() -> None:
    events = FakeEngine(["a"], fail_with=ModelError("It broke.", hint="Try again.")).write(request())
    assert next(events) == Piece("a")
    with pytest.raises(ModelError):
        next(events)
