"""What a message does to her reaches her words: constraints, the `now` block, and what is kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from companion.affect import Felt, Manner, Mood, Reason
from companion.errors import StorageError
from companion.events import Moved, TurnFinished
from companion.feel.fake import FakeFeels
from companion.persona.library import Persona
from companion.steady import Steadied
from companion.think.fake import FakeEngine
from companion.think.protocol import Engine
from tests.desk import Setup, kinds, set_up

SLOW = Manner(("cheer up",), ("take your time",), 12, 3, "one", "slow", "low", "still", 0.5, (Reason("rule", "softly", "slow, low"),))


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return set_up(tmp_path, ["I am ", "here."], ["And still ", "here."], ["Three."], capable=True)


def feels_of(setup: Setup) -> FakeFeels:
    feels = setup.desk.feels
    assert isinstance(feels, FakeFeels)
    return feels


def test_her_manner_bounds_her_words(setup: Setup) -> None:
    feels_of(setup).manner = SLOW
    setup.take(text="I am sad")
    bounds = setup.engine.requests[0].constraints
    assert "cheer up" in bounds.avoid and bounds.leanings == ("take your time",)
    assert (bounds.sentence_words, bounds.reply_sentences, bounds.questions) == (12, 3, "one")
    own = setup.desk.cast.newest("mara").blueprint.model.sampling.temperature
    assert bounds.temperature == pytest.approx(own * 0.5)


def test_the_model_is_told_her_mood_and_how_she_carries_herself(setup: Setup) -> None:
    feels_of(setup).manner = SLOW
    feels_of(setup).mood = Mood(-0.5, 0.4, -0.3)
    setup.take(text="I am sad")
    block = setup.engine.requests[0].prompt.messages[-1].content
    assert "Your mood: a bit worried." in block
    assert "You talk like this now: unhurried, low." in block


def test_what_she_feels_is_told_before_the_first_word_and_kept_at_the_end(setup: Setup) -> None:
    events = setup.take(text="I am sad")
    assert kinds(events)[:2] == ["TurnStarted", "Moved"]
    moved = events[1]
    assert isinstance(moved, Moved) and feels_of(setup).kept == [moved.felt.message_id]


def test_a_mood_that_cannot_be_kept_loses_no_reply(setup: Setup) -> None:
    feels_of(setup).fail_with = StorageError("The disk is full.", hint="Free some space.")
    assert isinstance(setup.take(text="I am sad")[-1], TurnFinished)


def test_nothing_is_felt_at_what_the_gate_answers(setup: Setup) -> None:
    assert "Moved" not in kinds(setup.take(text="a crisis"))
    assert feels_of(setup).asked == []


def test_what_brings_her_back_is_in_the_prompt_and_what_she_felt(setup: Setup) -> None:
    class Steadies:
        def __init__(self) -> None:
            self.engines: list[Engine] = []

        def steady(self, persona: Persona, history: Any, user: Any, felt: Felt) -> Steadied:
            def engine(own: Engine) -> Engine:
                self.engines.append(own)
                return FakeEngine(["herself"])

            return Steadied(replace(felt, manner=replace(felt.manner, avoid=("as an AI",))), ("Storms pass.",), engine)

    steadies = Steadies()
    desk = replace(setup.desk, steadies=steadies)
    setup = replace(setup, desk=desk)
    events = setup.take(text="What now?")
    assert events[-1].text == "herself"
    assert steadies.engines == [setup.engine]
    assert isinstance(events[1], Moved) and events[1].felt.manner.avoid == ("as an AI",)
