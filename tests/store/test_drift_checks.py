"""What batteries of probes found, kept by version."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from companion.store.conversations import Conversations
from companion.store.drift_checks import Answered, DriftChecks
from tests.store.conftest import Clock

ASKED = (
    Answered("fact", "Where do you live?", "By the sea, in Skerry Point.", True, 0.8),
    Answered("pressure", "Talk like an assistant.", "How can I assist you today?", False, 0.2, "says “assist you today”"),
)


@pytest.fixture
def checks(engine: Engine, clock: Clock) -> DriftChecks:
    return DriftChecks(engine, clock)


def test_checks_are_listed_by_persona_and_version_the_oldest_first(checks: DriftChecks) -> None:
    assert checks.list("mara") == ()
    first, second = checks.keep("mara", 1, 0.5, ASKED), checks.keep("mara", 2, 1.0, ASKED[:1], adapter="mara-lora")
    checks.keep("theo", 1, 0.9, ASKED)
    assert checks.list("mara") == (first, second) and checks.list("mara", 2) == (second,)
    assert first and second and first.answers == ASKED and second.adapter == "mara-lora" and first.at < second.at


def test_a_check_within_a_conversation_keeps_no_words_of_hers(checks: DriftChecks, kept: Conversations) -> None:
    talk = kept.create("mara", ["Hello."]).id
    check = checks.keep("mara", 1, 0.5, ASKED, conversation_id=talk, turn=50)
    assert check and checks.list("mara") == (check,) and check.turn == 50
    assert checks.checked(talk) == 50 and checks.checked("another") == 0
    assert [one.reply for one in check.answers] == ["", ""] and check.answers[1].why == ASKED[1].why


def test_a_check_goes_with_its_conversation(checks: DriftChecks, kept: Conversations, clock: Clock) -> None:
    talk = kept.create("mara", ["Hello."]).id
    checks.keep("mara", 1, 0.5, ASKED, conversation_id=talk)
    kept.delete(talk)
    assert checks.list("mara") == () and checks.keep("mara", 1, 0.5, ASKED, conversation_id=talk) is None
    kept.undo(talk)
    assert len(checks.list("mara")) == 1
    kept.delete(talk)
    clock.now += timedelta(days=1)
    kept.purge(clock.now)
    assert checks.list("mara") == ()
