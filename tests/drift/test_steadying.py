"""Bringing her back: what the next reply gets when her last ones have drifted."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from companion.affect import Affect, Felt, Manner, Mood
from companion.drift.steadying import Steadying
from companion.store.conversations import Message
from companion.think.fake import FakeEngine
from companion.think.protocol import Constraints, GenerationRequest, Piece, Prompt, PromptMessage, Written
from tests.desk import library
from tests.drift.people import everyone

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MARA = library().get("mara")
FELT = Felt("u", Affect(NOW, Mood(0.1, 0.0, 0.0)), Manner(avoid=("cheer up",), temperature=0.8))
ASSISTANT = "As an AI language model, I'm here to assist you. Feel free to ask!"
HERS = "Storms pass. They only take what was loose."


def path(*replies: str) -> list[Message]:
    said: list[Message] = []
    for at, text in enumerate(replies):
        for role, words in (("user", f"And now, {at}?"), ("persona", text)):
            said.append(Message(f"{role}{at}", "talk", None, role, words, "complete", NOW + timedelta(minutes=len(said))))  # type: ignore[arg-type]
    return said


USER = Message("u", "talk", None, "user", "What about storms?", "complete", NOW)


def steadying() -> Steadying:
    return Steadying(everyone)


def written(parts: Iterator[Piece | Written]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Piece))


def request() -> GenerationRequest:
    return GenerationRequest(Prompt((PromptMessage("user", "hi"),)), Constraints(seed=1), cancel=threading.Event())


def test_who_is_herself_is_let_be() -> None:
    engine = FakeEngine(["hello"])
    steadied = steadying().steady(MARA, path(HERS, HERS), USER, FELT)
    assert steadied.felt == FELT
    assert steadied.anchors == ()
    assert steadied.engine(engine) is engine


def test_who_has_drifted_gets_her_lines_and_tighter_bounds_and_it_is_said_why() -> None:
    steadied = steadying().steady(MARA, path(ASSISTANT, ASSISTANT, ASSISTANT), USER, FELT)
    assert len(steadied.anchors) >= 2
    manner = steadied.felt.manner
    assert manner.temperature < FELT.manner.temperature
    assert "cheer up" in manner.avoid and len(manner.avoid) > 1
    assert [one.kind for one in manner.reasons] == ["drift", "drift"]


def test_undoing_the_replies_undoes_the_correction() -> None:
    meter = steadying()
    assert meter.steady(MARA, path(HERS, ASSISTANT, ASSISTANT), USER, FELT).anchors
    assert not meter.steady(MARA, path(HERS), USER, FELT).anchors


def test_a_reply_tried_again_is_corrected_once() -> None:
    meter, history = steadying(), path(ASSISTANT, ASSISTANT)
    once = meter.steady(MARA, history, USER, FELT).felt
    assert meter.steady(MARA, history, USER, once).felt == once


def test_while_she_is_held_a_reply_out_of_character_is_written_once_more_before_it_is_shown() -> None:
    engine = FakeEngine([ASSISTANT], [HERS], ["never asked for"])
    held = steadying().steady(MARA, path(ASSISTANT, ASSISTANT), USER, FELT).engine(engine)
    assert written(held.write(request())) == HERS
    assert [one.constraints.seed for one in engine.requests][1] != 1
    assert len(engine.requests) == 2


def test_the_better_of_two_stands_and_a_good_one_is_not_tried_again() -> None:
    engine = FakeEngine([HERS])
    held = steadying().steady(MARA, path(ASSISTANT, ASSISTANT), USER, FELT).engine(engine)
    assert written(held.write(request())) == HERS
    assert len(engine.requests) == 1
    worse = FakeEngine([ASSISTANT], [ASSISTANT + " " + ASSISTANT])
    held = steadying().steady(MARA, path(ASSISTANT, ASSISTANT), USER, FELT).engine(worse)
    assert written(held.write(request())) == ASSISTANT


def test_one_that_is_stopped_or_continued_is_not_written_anew() -> None:
    engine = FakeEngine([ASSISTANT], [HERS])
    held = steadying().steady(MARA, path(ASSISTANT, ASSISTANT), USER, FELT).engine(engine)
    asked = GenerationRequest(Prompt((PromptMessage("user", "hi"),), prefix="As an"), Constraints())
    assert written(held.write(asked)) == ASSISTANT
    assert len(engine.requests) == 1
