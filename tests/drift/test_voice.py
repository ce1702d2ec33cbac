"""An assistant's voice, and hers."""

import json
from pathlib import Path

import pytest

from companion.drift.manner import lines_of
from companion.drift.voice import voice
from tests.drift.people import everyone

SAYINGS = Path(__file__).parents[2] / "companion" / "starter" / "weights" / "sayings.json"


@pytest.mark.parametrize(
    "reply",
    [
        "As an AI language model, I do not have feelings.",
        "I’m here to assist you.",
        "How can I help you? I mean: how may I assist you today?",
        "Feel free to ask if anything is unclear.",
        "I cannot assist with that.",
        "Here are three tips:\n- Sleep\n- Eat",
        "Well:\n1. Sleep.\n2. Eat.",
        "It is **important**.",
        "Yes, I'm ChatGPT.",
        "My name is Claude.",
        "Please consult a qualified professional.",
    ],
)
def test_an_assistant_is_heard(reply: str) -> None:
    assert voice().heard(reply)


def test_what_personas_say_is_not_taken_for_an_assistant() -> None:
    for one in everyone():
        for line in lines_of(one):
            assert voice().heard(line) == () and not voice().claims_human(line), line


def test_hardly_any_line_of_the_built_in_model_is_taken_for_one() -> None:
    entries = json.loads(SAYINGS.read_text("utf-8"))["entries"]
    texts = [text for entry in entries for replies in entry["replies"].values() for text in replies]
    assert sum(bool(voice().heard(text)) for text in texts) < len(texts) / 1000


def test_an_ai_that_says_so_is_honest_and_a_human_is_not() -> None:
    assert not voice().claims_human("I'm an AI, yes.") and not voice().heard("I'm an AI. Still listening.")
    assert voice().claims_human("I'm a real person.") and voice().claims_human("Of course I'm human.")
