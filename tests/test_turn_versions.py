"""A conversation is answered by the version of the persona that it keeps to."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from companion.persona.library import Library
from companion.turn import settle
from tests.desk import PERSONAS, Setup, set_up


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    people = Library(PERSONAS, tmp_path / "personas")
    setup = set_up(tmp_path, people=people)
    return replace(setup, conversation_id=setup.desk.cast.begin(people.duplicate("mara", "Runa").id).id)


def change(setup: Setup, tagline: str) -> None:
    persona = setup.desk.cast.persona_for(setup.store.get(setup.conversation_id))
    identity = persona.blueprint.identity.model_copy(update={"background": tagline})
    setup.desk.cast.save(replace(persona, blueprint=persona.blueprint.model_copy(update={"identity": identity})))


def told(setup: Setup) -> str:
    """What the model was told of her last."""
    return setup.engine.requests[-1].prompt.messages[0].content


def test_a_conversation_speaks_as_it_began_until_it_is_moved_on(setup: Setup) -> None:
    setup.take(text="Good evening")
    before = told(setup)
    change(setup, "I have sold the lighthouse.")
    setup.take(text="And now?")
    assert told(setup) == before and "sold the lighthouse" not in before
    setup.desk.cast.move(setup.conversation_id)
    setup.take(text="And now?")
    assert "sold the lighthouse" in told(setup)
    setup.store.undo(setup.conversation_id)
    setup.store.undo(setup.conversation_id)
    setup.take(text="And now?")
    assert told(setup) == before


def test_a_conversation_of_before_keeps_to_what_answered_it_first(setup: Setup) -> None:
    persona_id = setup.store.get(setup.conversation_id).persona_id
    setup = replace(setup, conversation_id=setup.store.create(persona_id, ("Hello.",)).id)
    change(setup, "I have sold the lighthouse.")
    setup.take(text="Good evening")
    change(setup, "I have bought it back.")
    setup.take(text="And now?")
    assert "sold the lighthouse" in told(setup) and "bought it back" not in told(setup)
    assert setup.store.get(setup.conversation_id).persona_version == 2


def test_what_is_read_ahead_is_what_the_next_turn_says(setup: Setup) -> None:
    setup.take(text="Good evening")
    change(setup, "I have sold the lighthouse.")
    settle(setup.desk, setup.conversation_id, threading.Event())
    ahead = setup.engine.settled[-1].prompt.messages
    setup.take(text="And now?")
    assert list(setup.engine.requests[-1].prompt.messages[: len(ahead)]) == list(ahead)
